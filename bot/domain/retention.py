"""What is kept of people, why, and for how long: as a member reads it, PRIVACY.md tells it, and each night does it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.budget import Span, counted, window
from bot.domain.media import FAL_KEEPS_SECONDS
from bot.domain.money import dollars_left

DAY = 24 * 3600.0  # seconds
NIGHT = 3  # the hour (UTC) at which is removed what need not be kept any more
FAL_STORES_SECONDS = 30 * DAY  # requests and answers, by its own account: https://docs.fal.ai/model-apis/payloads
UNKEPT = "(no longer kept)"  # for a prompt that was removed
SOMEBODY = "somebody who is forgotten"
NOBODY = 0  # whose a job or a line of the ledger is, of which nobody knows any more whose it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """For how many days each kind is kept; None: for ever."""

    pictures: int | None = 365
    films: int | None = 365
    prompts: int | None = 365
    accounts: int | None = 400
    left: int | None = 30

    @property
    def owners(self) -> int | None:
        """For how many days it is kept whose a film is: as long as anything else of it."""
        kinds = (self.accounts, self.prompts, self.pictures, self.films)
        return None if None in kinds else max(days for days in kinds if days is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that is kept: what it is and why, and the field of Keep that says for how long, or words for that."""

    name: str
    what: str
    why: str
    days: str = ""
    until: str = ""

    def how_long(self, keep: Keep) -> str:
        """In words."""
        if not self.days:
            return self.until
        days: int | None = getattr(keep, self.days)
        return f"{_days(days)} {self.until}".strip()


KINDS = (
    Kind(
        name="What you attach",
        what="the file as you sent it, with whatever is in it",
        why="to prepare it",
        until="the moment that this takes",
    ),
    Kind(
        name="Pictures and sounds",
        what="as they are sent to fal: without place, time, camera and comments",
        why="to try again where there was no film, and to make a film once more",
        days="pictures",
    ),
    Kind(
        name="Films",
        what="as they came from fal",
        why="to post them again when Discord's link has expired",
        days="films",
    ),
    Kind(
        name="What you asked for",
        what="prompts and all other options, addresses of files, what fal answered",
        why="to make the film, show it in your history and make it again",
        days="prompts",
    ),
    Kind(
        name="Who spent what",
        what="your number at Discord beside each film's model, price, time and message, and beside credit; "
        "who changed a server's settings",
        why="for budgets and reports, and to find and delete a film; the sums stay without you",
        days="accounts",
        until="(beside a film at least as long as anything else of it)",
    ),
    Kind(
        name="Preferences",
        what="what you have chosen for all your films",
        why="to do as you like",
        until="until you delete them",
    ),
    Kind(
        name="Servers",
        what="settings, limits, blocked members, and all of the above that belongs to the server",
        why="to do as those who manage it like",
        days="left",
        until="after the bot has left it",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of one member now."""

    films: int = 0  # that he asked for
    under_way: int = 0  # of them
    untold: int = 0  # of them, which have ended, but nobody could be told so yet
    since: float | None = None  # the first of them, in seconds UTC
    credit: int = 0  # micro-dollars of bonus credit, in all servers
    lines: int = 0  # of the ledger
    preferences: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What became of a member's films when he was forgotten."""

    films: Mapping[str, str | None]  # his, with their requests at fal
    copies: Collection[str]  # the films of others that were made once more from his


def shown(keep: Keep, kept: Kept) -> str:
    """What a member reads of it; fits the description of an embed (4096 characters)."""
    lines = [f"- **{kind.name}**: {kind.what}; {kind.why}. *Kept: {kind.how_long(keep)}.*" for kind in KINDS]
    since = f", the first <t:{kept.since:.0f}:D>" if kept.since else ""
    yours = f"{counted(kept.films)}{since}; lines in the books: {kept.lines:,}; "
    yours += f"bonus credit: {dollars_left(kept.credit)}; preferences: {'yes' if kept.preferences else 'none'}."
    week = f"{FAL_KEEPS_SECONDS / DAY:.0f} days"
    elsewhere = "fal gets the prompt, the options and the prepared files, never your name; it is asked to keep files "
    elsewhere += f"for {week}. What is posted is Discord's, and your server's."
    has = "`/privacy export` sends you all of it, `/privacy delete` removes it."
    return "\n".join([*lines, f"\n**Of you**: {yours}", f"\n**Elsewhere**: {elsewhere}", f"\n{has}"])


def question(kept: Kept) -> str:
    """What a member reads before all that is kept of him is deleted."""
    lost = f"- **Is lost**: your bonus credit of {dollars_left(kept.credit)}.\n" if kept.credit else ""
    return (
        f"- **Goes at once**: what you asked for ({counted(kept.films)}: prompts, options, addresses), your pictures, "
        "sounds and films in my store, your preferences, and whose films they were. Of films that others made once "
        "more from yours goes what was asked for, with your pictures and sounds. fal is asked to delete what it stores "
        "of them.\n"
        "- **Goes when this month is over**: your number in the books and in what you changed of settings. Until then "
        "budgets count what you have spent, so that none begins anew.\n"
        f"{lost}"
        "- **Stays**: films that were posted, as they are messages of their servers. I do not know any more then which "
        "are yours: those who manage a server can delete their messages by hand, or with `/admin delete` before you "
        "press the button. The sums of the books, without you. If you are blocked somewhere, that.\n"
        "This cannot be undone. `/privacy export` sends you a copy first."
    )


def not_yet(films: int, untold: int) -> str:
    """Why nothing can be deleted now: films are under way, or nobody could be told how some of them have ended."""
    if films:
        wait = "Please wait for it, or cancel it" if films == 1 else "Please wait for them, or cancel them"
        return f"You have {counted(films)} under way. {wait}, and ask again. Nothing was deleted."
    way = "Let me write where you asked for it, or to you directly, or ask again in a few days."
    return f"The notice of how {counted(untold)} ended is still on its way. {way} Nothing was deleted."


def mention(user_id: int) -> str:
    """How a member is named in a text."""
    return f"<@{user_id}>"


def before(days: int | None, now: float) -> float | None:
    """What is older than this (seconds UTC) is to go; None where it is kept for ever."""
    return None if days is None else now - days * DAY


def counts_from(now: float) -> float:
    """What was accepted before that, in seconds UTC, counts in no day or month any more, in no time zone."""
    return window(Span.MONTH, now - DAY, "UTC").start - DAY


def next_night(now: float) -> float:
    """When the next night's task begins, in seconds UTC: later than `now`."""
    tonight = datetime.fromtimestamp(now, UTC).replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    return (tonight if tonight.timestamp() > now else tonight + timedelta(days=1)).timestamp()


def _days(days: int | None) -> str:
    if days is None:
        return "for ever"
    return "1 day" if days == 1 else f"{days} days"
