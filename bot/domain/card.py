"""What the channel reads about a job: its card while it runs, the line above its film, the notice without one."""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.domain.button import Button, button_id
from bot.domain.crop import question, ways
from bot.domain.job import Job, State
from bot.domain.language import say, sentence
from bot.domain.money import Entry, dollars
from bot.domain.progress import Finished, Progress, Queued, Typical, running, span
from bot.domain.wording import clean

CANCEL = "cancel"  # the answer that calls a film off
YES = "yes"  # the answer to its price
REFUNDED = sentence("Nothing was charged to your budget.")
AGAIN = frozenset({State.FAILED, State.LOST})  # what may be tried again
FETCHING = sentence("Rendered, fetching the film")
PROMPT_SHOWN = 300  # characters of the prompt; Discord's own limits are far above
LONGEST = 10_000  # characters; no prompt has so many, as Discord takes 6000 from a command
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
    buttons: tuple[Button, ...] = ()


class Posted(NamedTuple):
    """A message with a film, and whether it is before its owner alone."""

    message_id: int
    direct: bool = False


class Shown(NamedTuple):
    """A card as it stands in the channel, and whether the interaction's token reaches it."""

    card_id: int
    by_token: bool


def card(job: Job, status: str) -> Card:
    """The card of a job that runs."""
    cancel = () if job.unwanted_at else (Button(say("Cancel"), button_id("cancel", job.id), calm=True),)
    return Card(
        title=say("A film is being made"),
        prompt=quote(job.prompt),
        details=" · ".join(filter(None, [*_wanted(job), charged(job), job.remains])),
        status=short(status, STATUS_SHOWN),
        buttons=(*cancel, *whole(job)),
    )


def asking(job: Job, until: float) -> Card:
    """The card of a job that waits for its owner's word, with a button for each answer."""
    price = dollars(job.price)
    if job.asks_price and job.local:
        title = say("Shall I make these films?")
        asked = say("Together they cost {price}; I put them side by side in one more film then.", price=price)
        choices = [Button(say("Make all for {price}", price=price), button_id("all", job.id))]
    elif job.asks_price:
        title = say("Shall I make this film?")
        asked = say("It costs {price}. So much is asked about first here.", price=price)
        choices = [Button(say("Make it for {price}", price=price), button_id("answer", job.id, YES))]
    else:
        title, asked = say("How shall the pictures fit together?"), question(job.unlike, job.shape)
        answers = ways(job.unlike, job.shape).items()
        choices = [Button(way.label, button_id("answer", job.id, name)) for name, way in answers]
    end = f"<t:{until:.0f}:R>"
    free = say("Nothing is paid yet. Without an answer {until} I let it be, at no cost.", until=end)
    return replace(
        card(job, f"{asked}\n{free}"),
        title=title,
        buttons=(*choices, Button(say("Call it off"), button_id("answer", job.id, CANCEL), calm=True), *whole(job)),
    )


def ended(job: Job) -> Card:
    """The card of a job that ended without a film: what happened, what it cost, what to do next."""
    titles = {State.CANCELLED: say("Cancelled"), State.LOST: say("The film got lost")}
    tried = job.state in AGAIN and not job.local
    again = Button(say("Try again for {price}", price=dollars(job.price)), button_id("again", job.id), calm=True)
    return Card(
        title=titles.get(job.state, say("No film this time")),
        prompt=quote(job.prompt),
        details=" · ".join([*_wanted(job), f"job {job.id}"]),
        status=short(job.reason or say("It did not work."), STATUS_SHOWN),
        bad=True,
        buttons=(*((again,) if tried else ()), *whole(job)),
    )


def called_off(job: Job, *, paid: bool) -> str:
    """What its owner reads of a job that was called off; `paid` where fal had finished it."""
    if paid and job.paid and job.booked is not Entry.REFUND:
        price = dollars(job.paid)
        if job.moderated:
            return say(
                "Those who manage this server called it off, but fal had finished it: {price} stay charged. "
                "The film is not posted.",
                price=price,
            )
        return say(
            "You called it off, but fal had finished it: {price} stay charged. The film is not posted.", price=price
        )
    off = say("Those who manage this server called it off.") if job.moderated else say("You called it off.")
    if job.state is State.GATHERING:
        return " ".join([off, say("The films that were to stand side by side go on; each has a card of its own.")])
    return f"{off} {say(REFUNDED)}"


def whole(job: Job) -> tuple[Button, ...]:
    """A button for the whole prompt, where not all of it is shown."""
    shown = quote(job.prompt), quote(job.expanded or "")
    short = shown == (quote(job.prompt, LONGEST), quote(job.expanded or "", LONGEST))
    return () if short else (Button(say("Whole prompt"), button_id("prompt", job.id), calm=True),)


def charged(job: Job) -> str:
    """What the member pays: a film that was given up as lost and came after all is on the house."""
    if job.local and job.state is not State.ASKING:
        return say("free")
    return say("on the house") if job.booked is Entry.REFUND else dollars(job.paid)


def _wanted(job: Job) -> list[str]:
    """What a film is made with, as it was asked for."""
    options = [job.options.get("quality"), job.arguments.get("resolution"), job.shape]
    told = [say(str(option)) for option in options if option and option != "auto"]  # as the commands offer them
    return [job.title, *told, say("{seconds} s of film", seconds=f"{job.length:.1f}"), *_seed(job)]


def waiting(progress: Progress, *, elapsed: float, usual: Typical) -> str:
    """How a submitted job stands, in one line. `elapsed` counts from when it began to be rendered, in seconds."""
    match progress:
        case Queued(0):
            return say("In fal's queue, next in line")
        case Queued(ahead):
            return say("In fal's queue, {ahead} ahead", ahead=ahead)
        case Finished():
            return say(FETCHING)
        case _:
            return running(progress, elapsed, usual)


def caption(job: Job, now: float) -> str:
    """The text of the message that brings the film; the owner's mention in it is the one ping of a job."""
    size = [f"{job.width} × {job.height}"] if job.width else []
    facts = [job.title, *size, f"{job.seconds or job.length:.1f} s", *_seed(job), charged(job)]
    facts += [say("took {time}", time=span(now - job.created_at)), f"job {job.id}"]
    expanded = job.expanded and job.expanded.strip() != job.prompt.strip()
    enriched = [say("The model made of it: {prompt}", prompt=quote(job.expanded or ""))] if expanded else []
    small = [f"-# {line}" for line in (*enriched, " · ".join(facts))]
    return "\n".join([f"<@{job.user_id}> {quote(job.prompt)}", *small])


def tells_of(job: Job, text: str) -> bool:
    """Whether a message is the one with the job's film."""
    return told_of(text) == job.id


def told_of(text: str) -> str:
    """The job with whose film a message of the bot came: by its line of facts, which nobody but the bot can write.

    It is the last of the small lines, in whatever language; the one before it has words of a model's.
    """
    small = (line for line in reversed(text.splitlines()) if line.startswith("-# "))
    _, found, job_id = next(small, "").rpartition(" · job ")
    return job_id if found else ""


def quote(prompt: str, most: int = PROMPT_SHOWN) -> str:
    """A prompt as plain text of which no sign is markup to Discord."""
    return MARKDOWN.sub(r"\\\1", plain(prompt, most))


def plain(prompt: str, most: int) -> str:
    """A prompt without what nobody sees, on one line, cut to so many characters."""
    return short(" ".join(clean(prompt).split()), most)


def _seed(job: Job) -> tuple[str, ...]:
    seed = job.arguments.get("seed") if job.seed is None else job.seed
    return () if job.local else (say("seed {seed}", seed=seed),)


def short(text: str, most: int) -> str:
    """The text, of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
