"""What those who manage a server let be made there: in which channels, by whom, of which words; and what they stop."""

import enum
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Protocol

from bot.domain.board import STARS
from bot.domain.card import plain, quote
from bot.domain.errors import Refused
from bot.domain.job import Job, State
from bot.domain.language import say, sentence
from bot.domain.money import Entry, dollars
from bot.domain.retention import mention
from bot.domain.rules import Change, Rules
from bot.domain.usage import STATES
from bot.domain.wording import fold
from bot.ending import Endings
from bot.office import Caller, admit, broken, paged

MOST_BLOCKED = 1000
MOST_WORDS, LONGEST_WORD = 200, 50  # words, characters of each
COMMAS = re.compile(r"[,，、\n]")
MENTIONS, WORDS = 10, 3  # in a line, so that a page of them fits an embed
LISTED = 25  # films that are offered to choose from: as many as Discord shows
PROMPT_LISTED = 60  # characters
NO_GALLERY = sentence("There is no gallery.")
NO_REPORTS = sentence("Films cannot be reported here.")
NO_PLACE = sentence(
    "{channel} is a forum, or a place that I do not see, so nothing was changed. Please choose another channel, or let "
    "me see that one."
)
NO_WRITING = sentence(
    "I lack {needed} in {channel}, so nothing was changed. Please allow it there, or choose another channel."
)
BRING = sentence("Stars of others that bring a film there: {stars}.")


class Servers(Protocol):
    """Where it is kept: see bot.adapters.store."""

    async def rules(self, guild_id: int | None) -> Rules: ...
    async def revise(self, guild_id: int, turn: Callable[[Rules], tuple[Rules, Change]]) -> str: ...


class Books(Protocol):
    """The same for jobs."""

    async def of_server(
        self, guild_id: int, *, count: int, ended: bool, search: str = "", begins: str = ""
    ) -> list[Job]: ...


class Use(enum.StrEnum):
    """What a channel is for."""

    ALLOW = "allow"
    FORBID = "forbid"
    AS_OTHERS = "as others"
    GALLERY = "gallery"
    NO_GALLERY = "no gallery"
    REPORTS = "reports"
    NO_REPORTS = "no reports"
    ALL_ALIKE = "all channels alike"
    NO_SCENES = "no scenes"
    SCENES = "scenes"


POSTED = frozenset({Use.GALLERY, Use.REPORTS})  # for which the bot writes there
OF_NO_CHANNEL = frozenset({Use.NO_GALLERY, Use.NO_REPORTS, Use.ALL_ALIKE})


class Moderation:
    """The use cases. Each method answers in a sentence, and raises Refused with one."""

    def __init__(self, servers: Servers, books: Books, endings: Endings, clock: Callable[[], float]) -> None:
        self._servers, self._books, self._endings, self._clock = servers, books, endings, clock

    # ---- what holds for what is asked for from now on ----

    async def channels(  # noqa: PLR0913 - what the command's options are
        self,
        caller: Caller,
        channel_id: int | None,
        use: Use | None,
        page: int = 1,
        stars: int | None = None,
        lacking: Collection[str] | None = (),
    ) -> str:
        """Show where films are made, or say what a channel is for; `stars` bring a film into the gallery.

        `lacking` are the permissions that the bot would need to write there; None where nobody writes, or it sees
        nothing.
        """
        admit(caller)
        if stars is not None and use is not Use.GALLERY:
            raise Refused(say("Please give `stars` together with the gallery in `use`. Nothing was changed."))
        if use is None:
            if channel_id is not None:
                raise Refused(say("Please choose what the channel is for with `use`. Nothing was changed."))
            return paged(_channels(await self._servers.rules(caller.guild_id)), page)
        if channel_id is None and use not in OF_NO_CHANNEL:
            raise Refused(say("Please choose the `channel` as well. Nothing was changed."))
        here = f"<#{channel_id}>"
        if use in POSTED and lacking is None:
            raise Refused(say(NO_PLACE, channel=here))
        if use in POSTED and lacking:
            raise Refused(say(NO_WRITING, needed=", ".join(lacking), channel=here))
        return await self._revise(caller, lambda rules: _used(rules, channel_id or 0, use, stars))

    async def blocked(self, caller: Caller, page: int = 1) -> str:
        """Show who makes nothing new."""
        admit(caller)
        blocked = sorted((await self._servers.rules(caller.guild_id)).blocked)
        if not blocked:
            return say("Nobody is blocked.")
        return paged(broken(say("Blocked: {members}.", members=", ".join(map(mention, blocked))), MENTIONS), page)

    async def block(self, caller: Caller, user_id: int) -> str:
        """Let a member make nothing new."""
        admit(caller)
        member = mention(user_id)

        def turn(rules: Rules) -> tuple[Rules, str]:
            if user_id in rules.blocked:
                already = sentence(
                    "{member} is blocked already, so nothing was changed. `/admin unblock` takes it back."
                )
                raise Refused(say(already, member=member))
            if len(rules.blocked) >= MOST_BLOCKED:
                full = sentence(
                    "{most} members are blocked, and more are not kept, so nothing was changed. "
                    "Please unblock one first."
                )
                raise Refused(say(full, most=MOST_BLOCKED))
            told = say("{member} can make no films here any more; those under way are finished.", member=member)
            return replace(rules, blocked=rules.blocked | {user_id}), told

        told = await self._revise(caller, turn)
        own = [say("That is yourself: `/admin unblock` takes it back.")] if user_id == caller.user_id else []
        return " ".join([told, *own])

    async def unblock(self, caller: Caller, user_id: int) -> str:
        """Let a member make films again."""
        admit(caller)
        member = mention(user_id)

        def turn(rules: Rules) -> tuple[Rules, str]:
            if user_id not in rules.blocked:
                free = sentence("{member} is not blocked, so nothing was changed. `/admin block` shows who is.")
                raise Refused(say(free, member=member))
            told = say("{member} can make films here again.", member=member)
            return replace(rules, blocked=rules.blocked - {user_id}), told

        return await self._revise(caller, turn)

    async def words(self, caller: Caller, add: str, remove: str, page: int = 1) -> str:
        """Show the words that no prompt may have, or change them; several are parted by commas."""
        admit(caller)
        fresh, gone = _parted(add), _parted(remove)
        if not fresh and not gone:
            if add or remove:
                raise Refused(
                    say("There is no word in that. Nothing was changed. Please give words, parted by commas.")
                )
            words = (await self._servers.rules(caller.guild_id)).words
            shown = _none_may_have(words) if words else say("Prompts may have any words.")
            return paged(broken(shown, WORDS), page)
        return await self._revise(caller, lambda rules: _worded(rules, fresh, gone))

    async def safety(self, caller: Caller, *, checked: bool | None) -> str:
        """Let fal's safety checker look at every film, or not at those of age-restricted channels; None: show that."""
        admit(caller)
        if checked is None:
            return _checked((await self._servers.rules(caller.guild_id)).unchecked)
        told = _checked(not checked)
        return await self._revise(caller, lambda rules: (replace(rules, unchecked=not checked), told))

    async def _revise(self, caller: Caller, turn: Callable[[Rules], tuple[Rules, str]]) -> str:
        """Change the settings, and note what is told."""

        def noted(rules: Rules) -> tuple[Rules, Change]:
            changed, told = turn(rules)
            return changed, caller.change(told, self._clock())

        return await self._servers.revise(caller.guild_id, noted)

    # ---- films of others ----

    async def cancel(self, caller: Caller, job_id: str) -> str:
        """Call a member's film off."""
        admit(caller)
        job = await self._endings.cancel(caller, job_id)
        owner = mention(job.user_id)
        if job.state is not State.CANCELLED:
            return say(
                "The film of {owner} is being called off at fal. If fal finishes it all the same, its price stays "
                "charged.",
                owner=owner,
            )
        if job.booked is Entry.SETTLE:
            done = sentence("The film of {owner} is called off. fal had finished it, so {price} stay charged.")
            return say(done, owner=owner, price=dollars(job.paid))
        return say("The film of {owner} is called off. Nothing is charged.", owner=owner)

    async def to_delete(self, caller: Caller, job_id: str) -> str:
        """What is asked before a film is deleted."""
        admit(caller)
        return await self._endings.question(caller, job_id)

    async def films(self, caller: Caller, typed: str, *, ended: bool) -> list[tuple[str, str]]:
        """The newest films that can be deleted, or if not `ended` cancelled: their ids, and how each is shown."""
        admit(caller)
        wanted = {"search": fold(typed), "begins": typed.strip()}
        found = await self._books.of_server(caller.guild_id, count=LISTED, ended=ended, **wanted)
        return [(job.id, f"{plain(job.prompt, PROMPT_LISTED)} · {say(STATES[job.state])} · {job.id}") for job in found]


def _used(rules: Rules, channel_id: int, use: Use, stars: int | None) -> tuple[Rules, str]:
    """The settings once a channel is used like that, and what is told."""
    this, here = {channel_id}, f"<#{channel_id}>"
    allowed, forbidden = rules.allowed - this, rules.forbidden - this
    match use:
        case Use.ALLOW:
            told = say("Films are made in {channel}, and in no channel that is not allowed.", channel=here)
            return replace(rules, allowed=allowed | this, forbidden=forbidden), told
        case Use.FORBID:
            told = say("No films are made in {channel}.", channel=here)
            return replace(rules, allowed=allowed, forbidden=forbidden | this), told
        case Use.AS_OTHERS:
            told = say("{channel} is neither allowed nor forbidden.", channel=here)
            return replace(rules, allowed=allowed, forbidden=forbidden), f"{told} {_where(allowed)}"
        case Use.GALLERY:
            gallery = replace(rules, gallery_id=channel_id, stars=rules.stars if stars is None else stars)
            told = say("{channel} is the gallery, for films that many like.", channel=here)
            return gallery, f"{told} {_bring(gallery)}"
        case Use.NO_GALLERY:
            return replace(rules, gallery_id=None), say(NO_GALLERY)
        case Use.REPORTS | Use.NO_REPORTS:
            reports = replace(rules, reports_id=channel_id if use is Use.REPORTS else None)
            return reports, _reported(reports)
        case Use.ALL_ALIKE:
            alike: frozenset[int] = frozenset()
            return replace(rules, allowed=alike, forbidden=alike), say("Films are made in all channels alike.")
        case _:
            return _read(rules, channel_id, read=use is Use.SCENES)


def _read(rules: Rules, channel_id: int, *, read: bool) -> tuple[Rules, str]:
    """The settings once scenes are made of a channel, or not, and what is told."""
    here = f"<#{channel_id}>"
    if read:
        told = say("Scenes may be made of what is said in {channel}.", channel=here)
        return replace(rules, unread=rules.unread - {channel_id}), told
    told = say("No scenes are made of what is said in {channel}, nor in its threads.", channel=here)
    return replace(rules, unread=rules.unread | {channel_id}), told


def _channels(rules: Rules) -> list[str]:
    """Where films are made, in lines."""
    lines = broken(_where(rules.allowed), MENTIONS)
    if rules.forbidden:
        lines += broken(say("None are made in {channels}.", channels=_mentions(rules.forbidden)), MENTIONS)
    if rules.unread:
        lines += broken(say("No scenes are made of {channels}.", channels=_mentions(rules.unread)), MENTIONS)
    if rules.gallery_id:
        gallery = say("{channel} is the gallery.", channel=f"<#{rules.gallery_id}>")
        return [*lines, f"{gallery} {_bring(rules)}", _reported(rules)]
    return [*lines, say(NO_GALLERY), _reported(rules)]


def _bring(rules: Rules) -> str:
    return say(BRING, stars=rules.stars or STARS)


def _reported(rules: Rules) -> str:
    if rules.reports_id is None:
        return say(NO_REPORTS)
    return say("Reports of films go to {channel}. Whoever sees it reads them.", channel=f"<#{rules.reports_id}>")


def _where(allowed: Collection[int]) -> str:
    if not allowed:
        return say("Films are made in all channels that are not forbidden.")
    return say("Films are made in {channels}, and nowhere else.", channels=_mentions(allowed))


def _mentions(channels: Collection[int]) -> str:
    return ", ".join(f"<#{channel}>" for channel in sorted(channels))


def _checked(unchecked: bool) -> str:  # noqa: FBT001 - a setting
    if unchecked:
        return say("In age-restricted channels films are made without fal's safety checker; in all others it is on.")
    return say("fal's safety checker is on in all channels.")


def _parted(typed: str) -> frozenset[str]:
    """The words of a list, folded."""
    return frozenset(map(fold, COMMAS.split(typed))) - {""}


def _worded(rules: Rules, fresh: Collection[str], gone: Collection[str]) -> tuple[Rules, str]:
    """The settings with other words, and what is told."""
    if unknown := set(gone) - rules.words:
        free = sentence(
            "{words} could not be removed, as prompts may have that. Nothing was changed. "
            "`/admin words` lists what there is."
        )
        raise Refused(say(free, words=_spoiled(unknown)))
    if any(len(word) > LONGEST_WORD for word in fresh):
        long = sentence("A word may have at most {most} characters. Nothing was changed. Please give a shorter one.")
        raise Refused(say(long, most=LONGEST_WORD))
    words = (rules.words - set(gone)) | set(fresh)
    if len(words) > MOST_WORDS:
        many = sentence(
            "That would be {words} words; {most} are the most. Nothing was changed. Please remove some first."
        )
        raise Refused(say(many, words=len(words), most=MOST_WORDS))
    told = [_none_may_have(fresh)] if fresh else []
    told += [say("Prompts may have {words} again.", words=_spoiled(gone))] if gone else []
    return replace(rules, words=words), " ".join(told)


def _none_may_have(words: Collection[str]) -> str:
    return say("No prompt may have {words}.", words=_spoiled(words))


def _spoiled(words: Collection[str]) -> str:
    """Words that are seen by who wants to see them."""
    return ", ".join(f"||{quote(word)}||" for word in sorted(words))
