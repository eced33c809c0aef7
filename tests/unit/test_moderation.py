"""What those who manage a server set and stop, against the real database; and nobody else does."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.store import Store
from bot.domain.budget import Terms
from bot.domain.errors import OverBudget, Refused, Stale, Unavailable, Undeliverable
from bot.domain.job import Job, State
from bot.domain.language import speaking
from bot.domain.money import dollars
from bot.domain.rules import Change, Rules
from bot.ending import UNKNOWN, Endings
from bot.moderation import LISTED, LONGEST_WORD, MOST_BLOCKED, MOST_WORDS, Moderation, Use
from bot.office import NOT_YOURS, Caller
from bot.world import World
from tests.unit.test_words import job
from tests.unit.under import under

NONE: Any = None
MOD = Caller(user_id=9, guild_id=2, manages=True)
MEMBER = replace(MOD, manages=False)
ELSEWHERE = replace(MOD, guild_id=22)


@pytest.fixture
def moderation(store: Store) -> Moderation:
    """The use cases; films are not touched here."""
    return Moderation(store.servers, store.films, NONE, lambda: 1000.0)


async def refused(asked: Awaitable[object]) -> str:
    with pytest.raises(Refused) as told:
        await asked
    return str(told.value)


async def log(store: Store) -> list[str]:
    return [one.text for one in await store.servers.log(2)]


async def test_channels_are_allowed_forbidden_and_as_others_again(store: Store, moderation: Moderation) -> None:
    for channel, use in ((5, Use.ALLOW), (6, Use.ALLOW), (7, Use.FORBID), (6, Use.FORBID), (8, Use.GALLERY)):
        await moderation.channels(MOD, channel, use)
    assert (await moderation.channels(MOD, None, None)).splitlines() == [
        "Films are made in <#5>, and nowhere else.",
        "None are made in <#6>, <#7>.",
        "<#8> is the gallery. Stars of others that bring a film there: 3.",
        "Films cannot be reported here.",
    ]
    await moderation.channels(MOD, 6, Use.ALLOW)
    await moderation.channels(MOD, 7, Use.AS_OTHERS)
    rules = await store.servers.rules(2)
    assert (rules.allowed, rules.forbidden, rules.gallery_id) == ({5, 6}, frozenset(), 8)
    await moderation.channels(MOD, None, Use.NO_GALLERY)
    await moderation.channels(MOD, None, Use.ALL_ALIKE)
    assert await store.servers.rules(2) == Rules()
    assert "Please choose what the channel is for" in await refused(moderation.channels(MOD, 5, None))
    assert "Please choose the `channel`" in await refused(moderation.channels(MOD, None, Use.ALLOW))
    assert len(await log(store)) == 9


async def test_the_gallery_and_where_reports_go_are_set_and_taken_back(store: Store, moderation: Moderation) -> None:
    assert "bring a film there: 2." in await moderation.channels(MOD, 8, Use.GALLERY, stars=2)
    assert "bring a film there: 2." in await moderation.channels(MOD, 9, Use.GALLERY)
    assert "go to <#10>" in await moderation.channels(MOD, 10, Use.REPORTS)
    rules = await store.servers.rules(2)
    assert (rules.gallery_id, rules.stars, rules.reports_id) == (9, 2, 10)
    assert "go to <#10>" in await moderation.channels(MOD, None, None)
    assert await moderation.channels(MOD, None, Use.NO_REPORTS) == "Films cannot be reported here."
    assert (await store.servers.rules(2)).reports_id is None
    for use in (None, Use.REPORTS):
        assert "together with the gallery" in await refused(moderation.channels(MOD, 8, use, stars=2))
    assert "Please choose the `channel`" in await refused(moderation.channels(MOD, None, Use.REPORTS))
    for use in (Use.GALLERY, Use.REPORTS):
        assert "I lack “x” in <#8>" in await refused(moderation.channels(MOD, 8, use, lacking=["“x”"]))
        assert "<#8> is a forum" in await refused(moderation.channels(MOD, 8, use, lacking=None))
    assert len(await log(store)) == 4


async def test_no_more_members_are_blocked_than_are_kept(store: Store, moderation: Moderation) -> None:
    crowd = frozenset(range(100, 100 + MOST_BLOCKED - 1))
    await store.servers.revise(2, lambda rules: (replace(rules, blocked=crowd), MOD.change("x", 0)))
    assert "That is yourself" in await moderation.block(MOD, MOD.user_id)
    assert await refused(moderation.block(MOD, 100)) == (
        "<@100> is blocked already, so nothing was changed. `/admin unblock` takes it back."
    )
    assert "Please unblock one first" in await refused(moderation.block(MOD, 10))
    await moderation.unblock(MOD, 100)
    await moderation.block(MOD, 10)
    assert await refused(moderation.unblock(MOD, 100)) == (
        "<@100> is not blocked, so nothing was changed. `/admin block` shows who is."
    )
    assert (await store.servers.rules(2)).blocked == (crowd - {100}) | {MOD.user_id, 10}


class Aloud(NullTranslations):
    """A language in which everything is said aloud."""

    def gettext(self, message: str) -> str:
        return f"{message}!"


async def test_what_a_transaction_refuses_or_notes_is_in_the_language_of_who_asks(
    store: Store, moderation: Moderation
) -> None:
    with speaking(Aloud()):
        await moderation.block(MOD, 10)
        assert (await refused(moderation.block(MOD, 10))).endswith("takes it back.!")
        with pytest.raises(OverBudget, match=r"make no films here\..+ spent\.!$"):
            await store.accept(job(), under(Terms(at_once=0)))
    assert await log(store) == ["<@10> can make no films here any more; those under way are finished.!"]


async def test_words_are_added_and_removed_however_they_are_typed(store: Store, moderation: Moderation) -> None:
    assert await moderation.words(MOD, "", "") == "Prompts may have any words."
    assert await moderation.words(MOD, "Ärger, two  Words,, <@1>", "") == (
        "No prompt may have ||\\<@1\\>||, ||arger||, ||two words||."
    )
    assert (
        await moderation.words(MOD, "one", "ARGER") == "No prompt may have ||one||. Prompts may have ||arger|| again."
    )
    assert await moderation.words(MOD, "", "") == "No prompt may have ||\\<@1\\>||, ||one||, ||two words||."
    assert "||three|| could not be removed" in await refused(moderation.words(MOD, "four", "three, one"))
    assert "no word in that" in await refused(moderation.words(MOD, " ,\u200b", ""))
    assert "at most 50 characters" in await refused(moderation.words(MOD, "x" * (LONGEST_WORD + 1), ""))
    many = ",".join(f"w{number}" for number in range(MOST_WORDS - 2))
    assert "That would be 201 words" in await refused(moderation.words(MOD, many, ""))
    assert (await store.servers.rules(2)).words == {"<@1>", "one", "two words"}
    assert len(await log(store)) == 2


async def test_who_may_not_manage_the_server_changes_and_learns_nothing(store: Store, moderation: Moderation) -> None:
    for asked in (
        moderation.channels(MEMBER, None, None),
        moderation.channels(MEMBER, 5, Use.ALLOW),
        moderation.block(MEMBER, 5),
        moderation.unblock(MEMBER, 5),
        moderation.words(MEMBER, "", ""),
        moderation.words(MEMBER, "x", ""),
        moderation.safety(MEMBER, checked=None),
        moderation.safety(MEMBER, checked=False),
        moderation.cancel(MEMBER, "0123456789"),
        moderation.to_delete(MEMBER, "0123456789"),
        moderation.films(MEMBER, "", ended=True),
    ):
        assert await refused(asked) == NOT_YOURS
    assert await log(store) == []


async def test_films_of_this_server_are_offered_the_newest_first_and_any_is_found(
    store: Store, moderation: Moderation
) -> None:
    asks = [replace(job(f"tide {n}"), id=f"job{n}", origin=f"interaction:{n}", created_at=1000.0 + n) for n in range(5)]
    asks[1] = replace(asks[1], guild_id=22)
    made = [await store.accept(replace(one, wording=one.prompt), under(Terms())) for one in asks]
    for one in made[2:4]:
        await store.note(await delivered(store, one), message_id=5)
    await store.note(await delivered(store, made[4]), removed_at=1.0, message_id=None)
    for name, user, message in (("forgotten", 1, None), ("nobodys", 0, 6)):  # its place, whose it was
        one = replace(asks[0], id=name, origin=name, created_at=2000.0)
        one = await delivered(store, await store.accept(one, under(Terms())))
        await store.note(one, user_id=user, message_id=message)
    assert await moderation.films(MOD, "", ended=True) == [
        ("job3", "tide 3 · delivered · job3"),
        ("job2", "tide 2 · delivered · job2"),
    ]
    assert await moderation.films(MOD, "", ended=False) == [("job0", "tide 0 · accepted · job0")]
    assert [one for one, _ in await moderation.films(MOD, "TÍDE 2", ended=True)] == ["job2"]
    assert [one for one, _ in await moderation.films(MOD, " job3", ended=True)] == ["job3"]
    many = [
        replace(asks[0], id=f"later{n}", origin=f"later:{n}", wording="x", created_at=3000.0 + n) for n in range(LISTED)
    ]
    for one in many:
        await store.accept(one, under(Terms()))
    assert len(await moderation.films(MOD, "", ended=False)) == LISTED
    assert [one for one, _ in await moderation.films(MOD, "tide", ended=False)] == ["job0"]
    assert [one for one, _ in await moderation.films(MOD, "job0", ended=False)] == ["job0"]
    assert await moderation.films(MOD, "%", ended=False) == []


async def delivered(store: Store, asked: Job) -> Job:
    for state in (State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED, State.POSTING, State.DELIVERED):
        asked = await store.move(asked, state, at=1000.0)
    return asked


class Channel:
    """Discord, which first does not answer, then refuses; afterwards the message is gone."""

    def __init__(self) -> None:
        self.answers: list[Exception] = [Unavailable("Discord"), Undeliverable("Missing Access")]

    async def remove(self, job: Job) -> None:
        if self.answers:
            raise self.answers.pop(0)


class Hands:
    """Whoever carries jobs, and does not."""

    open = True

    def take(self, job: Job) -> None:
        """Nothing."""


class Boards:
    """The gallery, where nothing hangs."""

    def renew(self, job_id: str) -> None:
        """Nothing."""


def endings_of(store: Store, folder: Path = Path(), hands: Hands = NONE) -> Endings:
    parts: dict[str, Any] = dict.fromkeys(("models", "downloads", "media", "hook"))
    channel: Any = Channel()
    return Endings(World(jobs=store, channel=channel, folder=folder, clock=lambda: 1000.0, **parts), hands, Boards())


async def test_deleting_goes_on_where_it_broke_off_until_the_message_is_gone(store: Store, tmp_path: Path) -> None:
    endings = endings_of(store, tmp_path)
    films, others = tmp_path / "films", tmp_path / "pictures" / "0123456780-image_url.jpg"
    kept = [films / "0123456789.mp4", tmp_path / "pictures" / "0123456789-image_url-both.jpg"]
    for file in (*kept, others):
        file.parent.mkdir(exist_ok=True)
        file.touch()
    done = await delivered(store, await store.accept(job(), under(Terms())))
    done = await store.note(done, message_id=5)
    with pytest.raises(Unavailable):
        await endings.delete(MOD, done.id)
    assert await store.find(done.id) == done
    assert all(file.exists() for file in kept)
    kept[0].unlink()  # as a death in the middle leaves it
    told = await endings.delete(MOD, done.id)
    assert "(Missing Access); please do so yourself: https://discord.com/channels/2/3/5" in told
    assert not any(file.exists() for file in kept)
    assert others.exists()
    assert (
        await endings.delete(MOD, done.id)
        == "The film is deleted, here and in its channel. What it cost stays charged."
    )
    after = await store.find(done.id)
    assert after == replace(done, removed_at=1000.0, message_id=None)
    assert "is deleted already" in await refused(endings.delete(MOD, done.id))
    owner, film = f"<@{done.user_id}>", f"`{done.id}`"
    assert await log(store) == [
        f"The film {film} of {owner} was deleted.",
        f"The film {film} of {owner} was deleted, but its message still stands.",
    ]


async def test_what_he_does_to_his_own_film_is_not_in_the_servers_log(store: Store) -> None:
    done = await delivered(store, await store.accept(job(), under(Terms())))
    await store.note(done, message_id=5)
    endings, owner = endings_of(store), Caller(user_id=done.user_id, guild_id=2, manages=True)
    with pytest.raises(Unavailable):
        await endings.delete(owner, done.id)
    await endings.delete(owner, done.id)
    assert await log(store) == []


async def test_a_film_of_another_server_is_not_known_and_one_that_is_made_or_gone_is_not_deleted(store: Store) -> None:
    endings = endings_of(store)
    asked = await store.accept(job(), under(Terms()))
    for who in (ELSEWHERE, replace(ELSEWHERE, manages=False), Caller(user_id=9, guild_id=0, manages=False)):
        assert await refused(endings.deletable(who, asked.id)) == UNKNOWN
        assert await refused(endings.cancel(who, asked.id)) == UNKNOWN
    assert "whose film it is" in await refused(endings.deletable(MEMBER, asked.id))
    owner = Caller(user_id=asked.user_id, guild_id=0, manages=False)  # before whom it may stand directly
    for who in (MOD, owner):
        assert "is not done yet" in await refused(endings.deletable(who, asked.id))
    done = await delivered(store, asked)
    assert await endings.deletable(owner, asked.id) == await endings.deletable(MOD, asked.id)
    half = await store.note(done, removed_at=1.0, message_id=5)
    assert await endings.deletable(MOD, asked.id) == half
    await store.note(half, message_id=None)
    assert "is deleted already" in await refused(endings.deletable(MOD, asked.id))
    await store.note(half, message_id=5, user_id=0)
    for who in (MOD, replace(MEMBER, user_id=0)):
        assert await refused(endings.deletable(who, asked.id)) == UNKNOWN


async def test_a_film_that_is_hidden_has_no_message_to_delete(
    store: Store, tmp_path: Path, moderation: Moderation
) -> None:
    film = tmp_path / "films" / "0123456789.mp4"
    film.parent.mkdir()
    film.touch()
    done = await delivered(store, await store.accept(job(), under(Terms())))
    endings = endings_of(store, tmp_path)
    asked = await Moderation(store.servers, store.films, endings, lambda: 1000.0).to_delete(MOD, done.id)
    assert "its message is gone already" in asked
    assert "here and in its channel" in await endings.delete(MOD, done.id)
    assert not film.exists()
    assert "is deleted already" in await refused(endings.delete(MOD, done.id))


async def test_long_lists_have_pages_that_fit_and_lose_nothing(store: Store, moderation: Moderation) -> None:
    assert await moderation.blocked(MOD) == "Nobody is blocked."
    ids = range(10**18, 10**18 + 250)
    words = [f"{number:03}" + "*" * (LONGEST_WORD - 3) for number in range(MOST_WORDS)]
    full = Rules(blocked=frozenset(ids), allowed=frozenset(ids), forbidden=frozenset(ids), words=frozenset(words))
    await store.servers.revise(2, lambda _: (full, MOD.change("x", 0)))
    lists: tuple[tuple[Callable[[int], Awaitable[str]], int], ...] = (
        (lambda page: moderation.blocked(MOD, page), 250),
        (lambda page: moderation.channels(MOD, None, None, page), 500),
        (lambda page: moderation.words(MOD, "", "", page), MOST_WORDS),
    )
    for asked, count in lists:
        found, page = 0, 1
        while "There is no page" not in (text := await asked(page)):
            assert len(text) <= 4096
            found += text.count("<") + text.count("||") // 2
            page += 1
        assert found == count
        assert page > 3
    assert "More on page 2." in await moderation.blocked(MOD)
    assert (await moderation.blocked(MOD, 3)).endswith(f"<@{ids[-1]}>.")


async def test_the_sentence_of_a_film_that_is_called_off_names_what_is_charged(store: Store, tmp_path: Path) -> None:
    asked = await store.accept(job(), under(Terms()))
    for state in (State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED):
        asked = await store.move(asked, state, at=1000.0)
    await store.note(asked, cost=asked.price // 2)
    moderation = Moderation(store.servers, store.films, endings_of(store, tmp_path, Hands()), lambda: 1000.0)
    assert f"so {dollars(asked.price // 2)} stay charged" in await moderation.cancel(MOD, asked.id)


async def test_what_is_done_to_a_job_is_in_the_log_with_it_or_not_at_all(store: Store) -> None:
    asked = await store.accept(job(), under(Terms()))
    told = Change(guild_id=2, by_id=9, at=1.0, text="x")
    await store.move(await store.note(asked, log=told, moderated=True), State.CANCELLED, at=1.0, log=told)
    with pytest.raises(Stale):
        await store.note(asked, log=told, moderated=True)
    assert await store.servers.log(2) == [told, told]
