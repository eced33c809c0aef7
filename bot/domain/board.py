"""What others read of a film besides its own message: in the gallery, and before those who manage the server."""

from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.button import Button, button_id
from bot.domain.card import quote
from bot.domain.job import Job
from bot.domain.language import say, say_number, sentence
from bot.domain.retention import mention

STAR, REPORT, DISMISS = "favourite", "report", "dismiss"  # what members put on films
STARS = 3  # of others that bring a film into the gallery, where a server sets nothing
DELETED = sentence("The film is deleted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A message about a film: its row."""

    job_id: str
    action: str  # STAR or REPORT, that brought it there
    channel_id: int
    message_id: int | None  # None: nobody knows whether it was posted
    shown: int | None  # how many stars or reports it tells of
    at: float  # when it was begun, in seconds UTC


class Shown(NamedTuple):
    """Where a film stands, or the card of its job."""

    job_id: str
    guild_id: int
    channel_id: int
    message_id: int


class Notice(NamedTuple):
    """The text of a message, and the buttons below it."""

    text: str
    buttons: tuple[Button, ...] = ()


class Reports(NamedTuple):
    """How many members have reported a film, when the last one did, and when that was dismissed (seconds UTC)."""

    members: int
    last: float = 0.0
    dismissed: float = 0.0


def starred(job: Job, stars: int) -> Notice:
    """What stands in the gallery."""
    return Notice("\n".join([f"⭐ **{stars}** · {_film(job)}", f"-# {job.link} · {_facts(job)}"]))


def reported(job: Job, reports: Reports) -> Notice:
    """What those who manage the server read of a film that was reported, and what they can do."""
    told = say_number("🚩 {number} member reports this film.", "🚩 {number} members report this film.", reports.members)
    facts = f"-# {_facts(job)}"
    hide = Button(say("Hide"), button_id("hide", job.id))
    delete = Button(say("Delete"), button_id("delete", job.id), calm=True)
    dismiss = Button(say("Dismiss"), button_id("dismiss", job.id), calm=True)
    if job.removed_at:
        return Notice("\n".join([told, say(DELETED), facts]))
    if job.hidden:
        hidden = say("It is hidden: its owner and those who manage this server see it alone.")
        return Notice("\n".join([told, _film(job), hidden, facts]), (delete,))
    if reports.dismissed >= reports.last:
        let_be = say("That was dismissed; the film stays: {link}", link=job.link)
        return Notice("\n".join([told, _film(job), let_be, facts]), (hide, delete))
    return Notice("\n".join([told, _film(job), f"{job.link}", facts]), (hide, delete, dismiss))


def _film(job: Job) -> str:
    return f"{mention(job.user_id)} {quote(job.prompt)}"


def _facts(job: Job) -> str:
    """By which the message is found again: see bot.domain.card.tells_of."""
    return f"{job.title} · job {job.id}"
