"""What is kept of people, why, and for how long: as a member reads it, PRIVACY.md tells it, and each night does it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.budget import Span, counted, window
from bot.domain.language import say, say_number, sentence
from bot.domain.media import FAL_KEEPS_SECONDS
from bot.domain.money import dollars_left

DAY = 24 * 3600.0  # seconds
NIGHT = 3  # the hour (UTC) at which is removed what need not be kept any more
FAL_STORES_SECONDS = 30 * DAY  # requests and answers, by its own account: https://docs.fal.ai/model-apis/payloads
HEARD_SECONDS = 15 * DAY  # a reaction that was heard, but for ⭐: longer than is looked back for those that were not
UNKEPT = sentence("(no longer kept)")  # for a prompt that was removed
SOMEBODY = sentence("somebody who is forgotten")
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
    """Something that is kept: what it is and why, and the field of Keep that says for how long, and words for that."""

    name: str
    what: str
    why: str
    days: str = ""
    until: str = ""

    def how_long(self, keep: Keep) -> str:
        """In words."""
        if not self.days:
            return say(self.until)
        days = _days(getattr(keep, self.days))
        return say(self.until, days=days) if self.until else days


KINDS = (
    Kind(
        name=sentence("What you attach"),
        what=sentence("the file as you sent it, with whatever is in it"),
        why=sentence("to prepare it"),
        until=sentence("the moment that this takes"),
    ),
    Kind(
        name=sentence("What is said in a channel"),
        what=sentence("its last messages when somebody asks for a scene, where that is switched on"),
        why=sentence("to draft a prompt"),
        until=sentence("the moment that this takes"),
    ),
    Kind(
        name=sentence("Pictures and sounds"),
        what=sentence("as they are sent to fal: without place, time, camera and comments"),
        why=sentence("to try again where there was no film, and to make a film once more"),
        days="pictures",
    ),
    Kind(
        name=sentence("Films"),
        what=sentence("as they came from fal"),
        why=sentence("to post them again when Discord's link has expired"),
        days="films",
    ),
    Kind(
        name=sentence("What you asked for"),
        what=sentence("prompts and all other options, addresses of files, what fal answered"),
        why=sentence("to make the film, show it in your history and make it again"),
        days="prompts",
    ),
    Kind(
        name=sentence("Who spent what"),
        what=sentence(
            "your number at Discord beside each film's model, price, time and message, beside each draft's price and "
            "time, and beside credit; who changed a server's settings"
        ),
        why=sentence("for budgets and reports, and to find and delete a film; the sums stay without you"),
        days="accounts",
        until=sentence("{days} (beside a film at least as long as anything else of it)"),
    ),
    Kind(
        name=sentence("Preferences"),
        what=sentence("what you have chosen for all your films, and where your stories go on"),
        why=sentence("to do as you like"),
        until=sentence("until you delete them"),
    ),
    Kind(
        name=sentence("Stars, reports and reactions"),
        what=sentence("which films you have starred or reported, and which of your reactions to films were heard"),
        why=sentence("to count and to do each once"),
        until=sentence("as long as whose film it is; reactions other than ⭐ for 15 days"),
    ),
    Kind(
        name=sentence("Servers"),
        what=sentence("settings, limits, blocked members, and all of the above that belongs to the server"),
        why=sentence("to do as those who manage it like"),
        days="left",
        until=sentence("{days} after the bot has left it"),
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
    marks: int = 0  # on films: stars, reports, reactions that were heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What became of a member's films when he was forgotten."""

    films: Mapping[str, str | None]  # his, with their requests at fal
    copies: Collection[str]  # the films of others that were made of his, or of what he had sent
    joined: Collection[str] = ()  # those of them in which his are seen whole


def shown(keep: Keep, kept: Kept) -> str:
    """What a member reads of it; fits the description of an embed (4096 characters)."""
    lines = [
        say(
            "- **{name}**: {what}; {why}. *Kept: {how_long}.*",
            name=say(kind.name),
            what=say(kind.what),
            why=say(kind.why),
            how_long=kind.how_long(keep),
        )
        for kind in KINDS
    ]
    films = counted(kept.films)
    yours = say(
        "**Of you**: {films}; lines in the books: {lines}; bonus credit: {credit}; preferences: {preferences}; "
        "stars, reports and reactions: {marks}.",
        films=say("{films}, the first {day}", films=films, day=f"<t:{kept.since:.0f}:D>") if kept.since else films,
        lines=f"{kept.lines:,}",
        credit=dollars_left(kept.credit),
        preferences=say("yes") if kept.preferences else say("none"),
        marks=f"{kept.marks:,}",
    )
    elsewhere = say(
        "**Elsewhere**: fal gets the prompt, the options and the prepared files, never your name; "
        "it is asked to keep files for {days} days. What is posted is Discord's, and your server's.",
        days=f"{FAL_KEEPS_SECONDS / DAY:.0f}",
    )
    scenes = say(
        "For a scene fal gets the last messages of the channel, without who wrote them, mentions, Discord's long "
        "numbers and full links; names and numbers that people write in them stay. It is asked to store nothing of "
        "them. `/preferences scenes: False` leaves yours out."
    )
    has = say("`/privacy export` sends you all of it, `/privacy delete` removes it.")
    return "\n".join([*lines, f"\n{yours}", f"\n{elsewhere}", scenes, f"\n{has}"])


def question(kept: Kept) -> str:
    """What a member reads before all that is kept of him is deleted."""
    at_once = say(
        "- **Goes at once**: what you asked for ({films}: prompts, options, addresses), your pictures, sounds and "
        "films in my store, your preferences, stars and reports, and whose films they were. Of films that others made "
        "once more from yours goes what was asked for, with your pictures and sounds; films that others joined of "
        "yours and their own go from my store as well. fal is asked to delete what it stores of them.",
        films=counted(kept.films),
    )
    scenes = say(
        "- **Holds no more**: that scenes leave out what you write. If they are to, choose "
        "`/preferences scenes: False` anew afterwards."
    )
    later = say(
        "- **Goes when this month is over**: your number in the books and in what you changed of settings. Until then "
        "budgets count what you have spent, so that none begins anew."
    )
    credit = dollars_left(kept.credit)
    lost = [say("- **Is lost**: your bonus credit of {credit}.", credit=credit)] if kept.credit else []
    stays = say(
        "- **Stays**: films that were posted, as they are messages of their servers. I do not know any more then which "
        "are yours: those who manage a server can delete their messages by hand, or with `/admin delete` before you "
        "press the button. The sums of the books, without you. If you are blocked somewhere, that."
    )
    end = say("This cannot be undone. `/privacy export` sends you a copy first.")
    return "\n".join([at_once, scenes, later, *lost, stays, end])


def not_yet(films: int, untold: int) -> str:
    """Why nothing can be deleted now: films are under way, or nobody could be told how some of them have ended."""
    if films:
        return say_number(
            "You have {films} under way. Please wait for it, or cancel it, and ask again. Nothing was deleted.",
            "You have {films} under way. Please wait for them, or cancel them, and ask again. Nothing was deleted.",
            films,
            films=counted(films),
        )
    return say(
        "The notice of how {films} ended is still on its way. Let me write where you asked for it, or to you directly, "
        "or ask again in a few days. Nothing was deleted.",
        films=counted(untold),
    )


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
        return say("for ever")
    return say_number("{number} day", "{number} days", days)
