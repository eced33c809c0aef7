"""The gallery and the moderators' channel: each film once, its count kept up to date, whatever breaks off when."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.adapters.board import Wall
from bot.adapters.store import Store
from bot.boards import REFUSED, Boards
from bot.complaints import GONE, HIDDEN, KNOWN, NOWHERE, OWN, PASSED_ON, Complaints
from bot.domain.board import REPORT, STAR, Board, Notice, Reports, reported
from bot.domain.board import starred as starred_notice
from bot.domain.budget import Terms
from bot.domain.card import caption
from bot.domain.errors import TooLarge, Unavailable, Undeliverable
from bot.domain.job import Job, State
from bot.domain.pace import Pace
from bot.domain.rules import Change, Rules
from bot.ending import UNKNOWN
from bot.gallery import PRIVATE, Gallery
from bot.office import NOT_YOURS, Caller
from bot.world import World, in_english
from cogs.person import lacking
from sandbox.discord.world import World as Discord
from tests.unit.test_moderation import Channel, delivered, refused
from tests.unit.test_words import job
from tests.unit.under import under

GUILD, OWNER, HOME, GALLERY, REPORTS = 2, 1, 3, 30, 31
MOD = Caller(user_id=9, guild_id=GUILD, manages=True)
NOW = 5000.0


class Hung:
    """Channels in which the messages hang, by their ids."""

    def __init__(self) -> None:
        self.messages: dict[int, Notice] = {}
        self.films: list[Path | None] = []
        self.told: list[str] = []
        self.open, self.silent, self.most = True, False, 100
        self.refuses: list[int] = []  # channels
        self.asked = asyncio.Event()

    def may_show(self, job: Job, channel_id: int) -> bool:
        return self.open

    def limit(self, job: Job) -> int:
        return self.most

    async def post(self, board: Board, job: Job, notice: Notice, film: Path | None) -> int:
        self.asked.set()
        if self.silent:
            raise Unavailable("Discord")
        if board.channel_id in self.refuses:
            raise Undeliverable("Missing Access")
        self.films.append(film)
        if film and film.stat().st_size > self.most // 2:
            raise TooLarge
        message_id = board.channel_id * 100 + len(self.films)
        self.messages[message_id] = notice
        return message_id

    async def find(self, board: Board, job: Job) -> int | None:
        return next((one for one in self.messages if one // 100 == board.channel_id), None)

    async def edit(self, board: Board, job: Job, notice: Notice) -> bool:
        there = board.message_id in self.messages
        if board.message_id and there:
            self.messages[board.message_id] = notice
        return there

    async def remove(self, board: Board, job: Job) -> None:
        self.messages.pop(board.message_id or 0, None)

    async def tell(self, user_id: int, text: str, nonce: str) -> None:
        self.told.append(text)

    async def hangs(self) -> None:
        """Wait until a message hangs here."""
        async with asyncio.timeout(5):
            while not self.messages:
                self.asked.clear()
                await self.asked.wait()

    @property
    def shown(self) -> list[str]:
        return [" ".join(notice.text.split()) for notice in self.messages.values()]


@pytest.fixture
def wall() -> Hung:
    return Hung()


def boards_of(store: Store, wall: Hung, folder: Path = Path(), clock: Callable[[], float] = lambda: NOW) -> Boards:
    kept = store, store.marks, store.boards, store.servers, store.members
    return Boards(*kept, wall, wall.limit, folder, in_english, clock, Pace(edit_every=0))


async def shown(store: Store, **columns: Any) -> Job:
    """A film in a channel that everybody sees, of a server that has a gallery for two stars, and moderators."""
    rules = Rules(gallery_id=GALLERY, reports_id=REPORTS, stars=2)
    change = Change(guild_id=GUILD, by_id=9, at=1.0, text="x")
    await store.servers.revise(GUILD, lambda _: (rules, change))
    done = await delivered(store, await store.accept(replace(job(), seen_in=HOME, channel_id=HOME), under(Terms())))
    stands: dict[str, Any] = {"message_id": 7, **columns}
    return await store.note(done, **stands)


def gallery_of(store: Store) -> Gallery:
    return Gallery(store.marks, store.servers, store.members, boards_of(store, Hung()), lambda: NOW)


async def starred(store: Store, film: Job, *members: int, on: bool = True) -> None:
    gallery = gallery_of(store)
    for member in members:
        await gallery.star(film, member, on=on)


async def test_stars_of_enough_others_bring_a_film_into_the_gallery_once_with_their_count(
    store: Store, wall: Hung
) -> None:
    film = await shown(store)
    for members, stars in (((OWNER, 11), 0), ((12,), 2), ((12, 13), 3)):
        await starred(store, film, *members)
        await boards_of(store, wall).renewed(film.id)
        assert wall.shown == [f"⭐ **{stars}** · <@1> x -# {film.link} · {film.title} · job {film.id}"] * bool(stars)
    await starred(store, film, 11, 12, on=False)
    await boards_of(store, wall).renewed(film.id)
    assert wall.shown[0].startswith("⭐ **1**")
    assert len(wall.films) == 1
    wall.messages.clear()  # a moderator does not want it there
    await boards_of(store, wall).renewed(film.id)
    assert wall.messages == {}


@pytest.mark.parametrize("columns", [{"seen_in": None}, {"direct": True}, {"message_id": None}, {"removed_at": 1.0}])
async def test_what_not_everybody_sees_does_not_come_into_the_gallery(
    store: Store, wall: Hung, columns: dict[str, Any]
) -> None:
    film = await shown(store, **columns)
    await starred(store, film, 11, 12)
    await boards_of(store, wall).renewed(film.id)
    assert wall.messages == {}


async def test_a_film_that_may_not_be_shown_there_stays_where_it_is(store: Store, wall: Hung) -> None:
    film = await shown(store)
    await starred(store, film, 11, 12)
    wall.open = False
    await boards_of(store, wall).renewed(film.id)
    assert wall.messages == {}


async def test_films_that_a_member_keeps_to_himself_do_not_come_into_the_gallery(store: Store, wall: Hung) -> None:
    film = await shown(store)
    await starred(store, film, 11, 12)
    await store.members.prefer(OWNER, private=True)
    await boards_of(store, wall).renewed(film.id)
    assert wall.messages == {}
    assert await gallery_of(store).toggle(film, 13) == PRIVATE


async def test_the_film_is_shown_if_it_is_kept_and_fits(store: Store, wall: Hung, tmp_path: Path) -> None:
    film = await shown(store)
    await starred(store, film, 11, 12)
    kept = tmp_path / "films" / f"{film.id}.mp4"
    kept.parent.mkdir()
    for size, posted in ((50, [kept]), (60, [kept, None]), (101, [None])):
        kept.write_bytes(bytes(size))
        again = Hung()
        await boards_of(store, again, tmp_path).renewed(film.id)
        assert again.films == posted
        await store.boards.drop(await board(store, film))


async def board(store: Store, film: Job) -> Board:
    found = await store.boards.find(film.id, STAR)
    assert found
    return found


@pytest.mark.parametrize("posted", [False, True])
async def test_a_message_that_broke_off_half_way_is_there_once_and_is_found_by_the_next_start(
    store: Store, wall: Hung, *, posted: bool
) -> None:
    film = await shown(store)
    await starred(store, film, 11, 12)
    assert await store.boards.unfinished(0) == [film.id]  # killed before anything was posted
    begun = await store.boards.begin(film.id, STAR, GALLERY, NOW)
    if posted:
        wall.messages[GALLERY * 100] = Notice("old")
    assert await store.boards.unfinished(0) == [film.id]
    await boards_of(store, wall).renewed(film.id)
    assert [text[:7] for text in wall.shown] == ["⭐ **2**"]
    assert (await board(store, film)).message_id
    assert await store.boards.unfinished(0) == []
    await starred(store, film, 13)
    assert await store.boards.unfinished(NOW) == [film.id]
    assert await store.boards.begin(film.id, STAR, 99, 1.0) == replace(
        begun, message_id=next(iter(wall.messages)), shown=2
    )


async def test_a_deleted_or_hidden_film_leaves_the_gallery(store: Store, wall: Hung) -> None:
    film = await shown(store)
    await starred(store, film, 11, 12)
    await boards_of(store, wall).renewed(film.id)
    await store.note(film, removed_at=1.0, message_id=None)
    assert await store.boards.unfinished(0) == [film.id]
    await boards_of(store, wall).renewed(film.id)
    assert wall.messages == {}
    assert await store.boards.unfinished(NOW) == []


async def test_what_discord_does_not_take_now_is_tried_again(store: Store, wall: Hung) -> None:
    film = await shown(store)
    await starred(store, film, 11, 12)
    wall.silent = True
    with pytest.raises(Unavailable):
        await boards_of(store, wall).renewed(film.id)
    wall.silent = False
    await boards_of(store, wall).renewed(film.id)
    assert len(wall.messages) == 1


async def test_a_deleted_film_leaves_the_gallery_also_where_its_report_cannot_be_posted(
    store: Store, wall: Hung
) -> None:
    film = await shown(store)
    await starred(store, film, 11, 12)
    await boards_of(store, wall).renewed(film.id)
    await complaints_of(store, wall).report(film, 11)
    await store.note(film, removed_at=1.0, message_id=None)
    wall.refuses = [REPORTS]
    with pytest.raises(Undeliverable):
        await boards_of(store, wall).renewed(film.id)
    assert wall.messages == {}


async def test_a_report_is_posted_also_where_the_gallery_is_shut_and_later_there_as_well(
    store: Store, wall: Hung
) -> None:
    film, now = await shown(store), [NOW]
    await starred(store, film, 11, 12)
    await complaints_of(store, wall).report(film, 11)
    wall.refuses = [GALLERY]
    boards = boards_of(store, wall, clock=lambda: now[0])
    runs = asyncio.create_task(boards.run())
    await wall.hangs()
    assert wall.shown[0].startswith("🚩 1 member")
    wall.messages.clear()
    wall.refuses, now[0] = [], NOW + REFUSED
    boards.renew("another")  # which only wakes it
    await wall.hangs()
    assert wall.shown[0].startswith("⭐ **2**")
    runs.cancel()


# ---- reports ----


def complaints_of(store: Store, wall: Hung, *answers: Exception) -> Complaints:
    parts: dict[str, Any] = dict.fromkeys(("models", "downloads", "media", "hook"))
    channel: Any = Channel()
    channel.answers = [*answers]
    world = World(jobs=store, channel=channel, folder=Path(), clock=lambda: NOW, **parts)
    return Complaints(world, store.marks, store.servers, boards_of(store, wall), wall, clock_of(NOW))


def clock_of(at: float) -> Callable[[], float]:
    """Later each time."""
    times = iter(range(int(at), int(at) + 1000))
    return lambda: float(next(times))


async def test_each_member_reports_once_and_one_message_tells_how_many_did(store: Store, wall: Hung) -> None:
    film, complaints = await shown(store), complaints_of(store, wall)
    assert await refused(complaints.report(film, OWNER)) == OWN
    for member, told in ((11, PASSED_ON), (11, KNOWN), (12, PASSED_ON)):
        assert await complaints.report(film, member) == told
        await boards_of(store, wall).renewed(film.id)
    [text] = wall.shown
    assert text.startswith("🚩 2 members report this film. <@1> x https://discord.com/channels/2/3/7 -# ")
    assert "<@11>" not in text
    wall.messages.clear()
    await complaints.report(film, 13)
    await boards_of(store, wall).renewed(film.id)
    assert "3 members" in wall.shown[0], "a report is not lost with an older message"
    wall.messages.clear()  # those who manage the server do not want it there
    await starred(store, film, 11)
    await boards_of(store, wall).renewed(film.id)
    assert wall.messages == {}
    await store.servers.revise(GUILD, lambda rules: (replace(rules, reports_id=None), MOD.change("x", 1.0)))
    assert await refused(complaints.report(film, 14)) == NOWHERE
    assert (await store.marks.reports(film.id)).members == 3


async def test_a_dismissed_film_stays_until_it_is_reported_again(store: Store, wall: Hung) -> None:
    film, complaints = await shown(store), complaints_of(store, wall)
    buttons = {}
    messages = list[int]()
    for step in (11, "dismiss", 12, "dismiss", 11):
        if step == "dismiss":
            await complaints.dismiss(MOD, film.id)
        else:
            assert await complaints.report(film, int(step)) == PASSED_ON
        assert await store.boards.unfinished(0) == [film.id]
        await boards_of(store, wall).renewed(film.id)
        assert await store.boards.unfinished(0) == []
        [(message_id, notice)] = wall.messages.items()
        messages += [] if step == "dismiss" else [message_id]
        buttons = [button.label for button in notice.buttons]
        assert buttons == (["Hide", "Delete"] if step == "dismiss" else ["Hide", "Delete", "Dismiss"])
        assert ("was dismissed" in notice.text) == (step == "dismiss")
    assert len(set(messages)) == 3, "a new message each time"
    assert await complaints.report(film, 12) == KNOWN
    assert [one.text for one in await store.servers.log(GUILD)][:2] == [
        f"The reports of the film `{film.id}` of <@1> were dismissed."
    ] * 2


@pytest.mark.parametrize("stands", [False, True])
async def test_a_report_comes_where_reports_go_now(store: Store, wall: Hung, *, stands: bool) -> None:
    film, complaints = await shown(store), complaints_of(store, wall)
    wall.refuses = [] if stands else [REPORTS]
    await complaints.report(film, 11)
    with contextlib.suppress(Undeliverable):
        await boards_of(store, wall).renewed(film.id)
    assert len(wall.messages) == stands
    await store.servers.revise(GUILD, lambda rules: (replace(rules, reports_id=99), MOD.change("x", 1.0)))
    await complaints.report(film, 12)
    await boards_of(store, wall).renewed(film.id)
    [text] = wall.shown
    assert text.startswith("🚩 2 members")
    assert next(iter(wall.messages)) // 100 == 99


async def test_a_hidden_film_is_its_owners_and_the_moderators_alone(store: Store, wall: Hung) -> None:
    film = await shown(store)
    complaints = complaints_of(store, wall, Undeliverable("Missing Access"))
    await complaints.report(film, 11)
    await boards_of(store, wall).renewed(film.id)
    assert "so nothing was changed. Please do so yourself" in await refused(complaints.hide(MOD, film.id))
    assert "is hidden" in await complaints.hide(MOD, film.id)
    assert await refused(complaints.hide(MOD, film.id)) == HIDDEN
    await boards_of(store, wall).renewed(film.id)
    [notice] = wall.messages.values()
    assert [button.label for button in notice.buttons] == ["Delete"]
    assert "It is hidden" in notice.text
    assert wall.told[0].startswith("Those who manage the server have hidden your film")
    assert next(one.text for one in await store.servers.log(GUILD)) == f"The film `{film.id}` of <@1> was hidden."
    assert await store.films.newest(OWNER, GUILD, 5, channels={HOME}) == []
    assert [one.id for one in await store.films.newest(OWNER, GUILD, 5)] == [film.id]
    hidden = await store.find(film.id)
    assert hidden
    await store.note(hidden, removed_at=1.0)
    assert await refused(complaints.hide(MOD, film.id)) == GONE
    await boards_of(store, wall).renewed(film.id)
    assert "The film is deleted." in wall.shown[0]
    assert next(iter(wall.messages.values())).buttons == ()


@pytest.mark.parametrize(
    ("caller", "told"),
    [
        (replace(MOD, manages=False), NOT_YOURS),
        (replace(MOD, guild_id=22), UNKNOWN),
        (replace(MOD, guild_id=0), UNKNOWN),
    ],
)
async def test_only_who_manages_the_server_says_what_becomes_of_a_report(
    store: Store, wall: Hung, caller: Caller, told: str
) -> None:
    film, complaints = await shown(store), complaints_of(store, wall)
    for act in (complaints.hide, complaints.dismiss):
        assert await refused(act(caller, film.id)) == told
    assert await refused(complaints.hide(MOD, "unknown")) == UNKNOWN
    assert len(await store.servers.log(GUILD)) == 1


# ---- where a film may be shown ----


def client_of(discords: Discord) -> discord.Client:
    """A client to whom its gateway has told of the server."""
    client = discord.Client(intents=discord.Intents(guilds=True))
    state = client._connection  # pyright: ignore[reportPrivateUsage] - as its gateway fills it
    me: Any = discords.bot
    state.user = discord.ClientUser(data=me, state=state)
    data: Any = discords.guild_create(everybody=False)
    state._add_guild(discord.Guild(data=data, state=state))  # pyright: ignore[reportPrivateUsage]
    return client


@pytest.mark.parametrize(
    ("home", "there", "hide", "checked", "shown_there"),
    [
        ("films", "general", None, True, True),
        ("films", "general", "films", True, False),  # a channel that only some see
        ("films", "general", "general", True, True),  # a gallery that only some see
        ("nsfw", "general", None, True, False),
        ("films", "nsfw", None, True, True),
        ("films", "general", None, False, False),
        ("nsfw", "nsfw", None, False, True),
        ("films", "gone", None, True, False),
    ],
)
async def test_nobody_sees_in_the_gallery_what_he_would_not_see_anyway(
    home: str, there: str, hide: str | None, *, checked: bool, shown_there: bool
) -> None:
    discords = Discord(1, lambda: 0.0)
    if hide:
        discords.named(hide)["permission_overwrites"] = [
            {"id": discords.guild_id, "type": 0, "allow": "0", "deny": str(1 << 10)}
        ]
    client = client_of(discords)
    ids = {one["name"]: int(one["id"]) for one in discords.places}
    arguments = {**job().arguments, "enable_safety_checker": checked}
    film = replace(
        job(), state=State.DELIVERED, guild_id=int(discords.guild_id), seen_in=ids[home], arguments=arguments
    )
    assert Wall(client).may_show(film, ids.get(there, 1)) == shown_there


def test_what_the_bot_lacks_to_post_in_a_channel_is_known_before_it_is_chosen() -> None:
    discords = Discord(1, lambda: 0.0)
    discords.named("nsfw")["type"] = discord.ChannelType.forum.value
    ids = {one["name"]: int(one["id"]) for one in discords.places}
    found = [lacking(client_of(discords), ids.get(name, 1)) for name in ("general", "readonly", "nsfw", "gone")]
    assert found[0] == ()
    assert "“Send messages”" in (found[1] or ())
    assert found[2:] == [None, None]


# ---- the messages themselves ----


class Said:
    """A channel in which the bot has said this, the newest first."""

    id = 5

    def __init__(self, *messages: tuple[int, str]) -> None:
        self.user, self._messages = discord.Object(99), messages

    def get_partial_messageable(self, *_: object, **__: object) -> "Said":
        return self

    async def history(self, **_: object) -> AsyncIterator[Any]:
        for message_id, text in self._messages:
            message: Any = discord.Object(message_id)
            yield SimpleNamespace(id=message.id, author=self.user, content=text, created_at=message.created_at)


async def test_a_notice_is_found_by_its_sign_among_other_messages_about_the_film() -> None:
    film = replace(job(), state=State.DELIVERED, guild_id=GUILD, message_id=7)
    star, report = starred_notice(film, 2).text, reported(film, Reports(1, 1)).text
    said: Any = Said((10, caption(film, 0)), (9, f"a question -# job {film.id}"), (8, report), (7, star), (6, star))
    for action, found in ((REPORT, 8), (STAR, 6)):
        board = Board(job_id=film.id, action=action, channel_id=3, message_id=None, shown=None, at=0)
        assert await Wall(said).find(board, film) == found


async def test_a_film_that_vanishes_as_it_is_posted_is_for_the_next_time(tmp_path: Path) -> None:
    board = Board(job_id="x", action=STAR, channel_id=3, message_id=None, shown=None, at=0)
    with pytest.raises(Unavailable):
        await Wall(discord.Client(intents=discord.Intents.none())).post(board, job(), Notice(""), tmp_path / "gone.mp4")
