"""What the channel reads about a job: its card while it runs, the line above its film, the notice without one."""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.domain.job import Job, State
from bot.domain.money import dollars, dollars_left
from bot.domain.progress import Finished, Progress, Queued, running, span

PROMPT_SHOWN = 300  # characters of the prompt; Discord's own limits are far above
STATUS_SHOWN = 1000  # characters; a field of an embed takes 1024
MARKDOWN = re.compile(r"([\\*_~`|<>\[\]()#-])")


@dataclass(frozen=True, slots=True)
class Card:
    """One calm message about a job: who, what, for how much, and how it stands. All of it fits Discord's limits."""

    title: str
    prompt: str
    details: str
    status: str
    bad: bool = False


class Shown(NamedTuple):
    """A card as it stands in the channel, and whether the interaction's token reaches it."""

    card_id: int
    by_token: bool


def card(job: Job, status: str) -> Card:
    """The card of a job that runs."""
    options = [str(job.options[name]) for name in ("quality", "shape") if name in job.options]
    details = [job.title, *(option for option in options if option != "auto"), f"{job.length:.1f} s of film"]
    details += [dollars(job.price), f"{dollars_left(job.remaining)} left today"]
    return Card(
        title="A film is being made",
        prompt=quote(job.prompt),
        details=" · ".join(details),
        status=_short(status, STATUS_SHOWN),
    )


def ended(job: Job) -> Card:
    """The card of a job that ended without a film: what happened, what it cost, what to do next."""
    titles = {State.CANCELLED: "Cancelled", State.LOST: "The film got lost"}
    made = card(job, job.reason or "It did not work.")
    return replace(made, title=titles.get(job.state, "No film this time"), bad=True)


def waiting(progress: Progress, *, elapsed: float, typical: float) -> str:
    """How a submitted job stands, in one line. `elapsed` counts from when it began to be rendered, in seconds."""
    match progress:
        case Queued(0):
            return "In fal's queue, next in line"
        case Queued(ahead):
            return f"In fal's queue, {ahead} ahead"
        case Finished():
            return "Rendered, fetching the film"
        case _:
            return running(progress, elapsed, typical)


def caption(job: Job, now: float) -> str:
    """The text of the message that brings the film; the owner's mention in it is the one ping of a job."""
    seed = job.seed if job.seed is not None else job.arguments.get("seed")
    took = span(now - job.created_at)
    facts = f"{job.title} · seed {seed} · {dollars(job.price)} · took {took} · job {job.id}"
    return f"<@{job.user_id}> {quote(job.prompt)}\n-# {facts}"


def quote(prompt: str) -> str:
    """A prompt as plain text: no markup, no control characters, on one line, shortened."""
    printable = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in prompt)
    return MARKDOWN.sub(r"\\\1", _short(" ".join(printable.split()), PROMPT_SHOWN))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
