"""What others read of a film besides its own message: in the gallery, and before those who manage the server."""

from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.button import Button, button_id
from bot.domain.card import quote, told_of
from bot.domain.job import Job
from bot.domain.language import say, say_number, sentence
from bot.domain.retention import mention

STAR, REPORT, DISMISS = "favourite", "report", "dismiss"  # what members put on films
STARS = 3  # of others that bring a film into the gallery, where a server sets nothing
SIGNS = {STAR: "⭐", REPORT: "🚩"}  # with which each kind of message begins, in all languages
DELETED = sentence("The film is deleted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A message about a film: its row."""

    job_id: str
    action: str  # STAR or REPORT, that brought it there
    channel_id: int
    message_id: int | None  # None: nobody knows whether it was posted
    shown: int | None  # how many stars it tells of, or reports that are pending
    at: float  # when it was begun, in seconds UTC


class Shown(NamedTuple):
    """Where a film stands, or the card of its job."""

    job_id: str
    channel_id: int
    message_id: int


class Notice(NamedTuple):
    """The text of a message, and the buttons below it."""

    text: str
    buttons: tuple[Button, ...] = ()


class Reports(NamedTuple):
    """How many members have reported a film, and how many of these reports are not dismissed."""

    members: int
    pending: int


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
    if not reports.pending:
        let_be = say("That was dismissed; the film stays: {link}", link=job.link)
        return Notice("\n".join([told, _film(job), let_be, facts]), (hide, delete))
    return Notice("\n".join([told, _film(job), f"{job.link}", facts]), (hide, delete, dismiss))


def is_notice(board: Board, text: str) -> bool:
    """Whether a message of the bot is the one of this row."""
    return text.startswith(SIGNS[board.action]) and told_of(text) == board.job_id


def _film(job: Job) -> str:
    return f"{mention(job.user_id)} {quote(job.prompt)}"


def _facts(job: Job) -> str:
    """By which the message is found again: see bot.domain.card.told_of."""
    return f"{job.title} · job {job.id}"
