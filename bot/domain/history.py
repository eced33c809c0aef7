"""Films that were made, as a member looks through them: lists in pages, and everything about one."""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from bot.domain.action import TABLE
from bot.domain.button import Button, button_id
from bot.domain.card import AGAIN, charged, quote, short, whole
from bot.domain.catalogue import WAN_21_NEGATIVE
from bot.domain.job import ENDED, Job, State
from bot.domain.language import say, sentence
from bot.domain.money import Entry, dollars
from bot.domain.progress import span
from bot.domain.usage import line
from bot.domain.wording import clean, fold

PAGE = 8  # films
MOST_SEARCHED = 36  # characters of a search: a button's id takes 100
LABEL = 100  # characters of a choice in a menu, Discord's limit
FIELD = 1024  # characters of a field of an embed, Discord's limit
SHOWN_PROMPT, SHOWN_NEGATIVE = 700, 200  # characters
VALUE_SHOWN = 60  # characters of a setting


class Which(enum.StrEnum):
    """Films by how they stand."""

    ALL = ""
    FINISHED = sentence("finished")
    UNDER_WAY = sentence("under-way")
    FAILED = sentence("failed")
    CANCELLED = sentence("cancelled")
    LOST = sentence("lost")

    @property
    def states(self) -> frozenset[State]:
        """The states of such a job."""
        match self:
            case Which.ALL:
                return frozenset(State)
            case Which.FINISHED:
                return frozenset({State.DELIVERED})
            case Which.UNDER_WAY:
                return frozenset(State) - ENDED
            case _:
                return frozenset({State(self.value)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which films are looked for. It is all in the id of the buttons that turn the pages, so they work for ever."""

    user_id: int
    page: int = 1
    model: str = ""  # the name of an endpoint
    which: Which = Which.ALL
    search: str = ""

    @property
    def id(self) -> str:
        """This query as the id of a button."""
        return f"history:{self.page}:{self.user_id}:{self.model}:{self.which}:{self.search}"

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:
        """The query that a button's id is for, which QUERY has found."""
        return cls(
            page=int(match["page"]),
            user_id=int(match["user"]),
            model=match["model"],
            which=Which(match["which"]),
            search=match["search"],
        )


QUERY = re.compile(
    rf"history:(?P<page>\d{{1,6}}):(?P<user>\d+):(?P<model>[\w.-]*):(?P<which>{'|'.join(Which)}):(?P<search>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of films, the newest first."""

    query: Query
    films: Sequence[Job]
    more: bool  # there are older ones

    @property
    def text(self) -> str:
        """A line for each film; fits the description of an embed (4096 characters)."""
        if self.films:
            return "\n".join(map(line, self.films))
        if self.query.page > 1:
            return say("There are no films on this page any more.")
        narrowed = self.query.search or self.query.model or self.query.which
        return say("No film is like that.") if narrowed else say("No films yet: `/animate` makes one.")

    @property
    def about(self) -> str:
        """What the films are narrowed down to, and the page."""
        query = self.query
        which = say(query.which.value) if query.which else ""
        told = [query.model, which, f"“{query.search}”" if query.search else ""]
        return " · ".join([*filter(None, told), say("page {page}", page=query.page)])

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Those that turn the pages."""
        page = self.query.page
        newer = Button(say("Newer"), replace(self.query, page=page - 1).id, calm=True)
        older = Button(say("Older"), replace(self.query, page=page + 1).id, calm=True)
        return (*((newer,) if page > 1 else ()), *((older,) if self.more else ()))

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The films to choose one of: what a menu says, and the job."""
        return [(label(job), job.id) for job in self.films]


def label(job: Job) -> str:
    """A film in a menu."""
    prompt = " ".join(job.prompt.split()) or say("(no prompt)")
    return f"{prompt[: LABEL - 20]} · {job.title}"[:LABEL]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything about one film, for who looks at it. `now_costs` is None where it cannot be made once more."""

    job: Job
    mine: bool
    now_costs: int | None  # micro-dollars
    kept: bool  # the film is on our disk

    @property
    def text(self) -> str:
        """The prompt, and where the film is; fits the description of an embed."""
        link = [say("[Go to the film]({link})", link=self.job.link)] if self.job.link else []
        return "\n".join([f"> {quote(self.job.prompt, SHOWN_PROMPT)}", *link])

    @property
    def document(self) -> str:
        """The whole prompt and all settings, as plain text to be kept beside the film."""
        told = {say("Model"): self.job.title, say("Price"): _paid(self.job), **dict(self._settings())}
        lines = [f"{name}: {value}" for name, value in told.items()]
        return "\n".join([everything(self.job), "", *lines, f"job {self.job.id}"])

    @property
    def fields(self) -> dict[str, str]:
        """What is known about it, by names."""
        job = self.job
        state = say("deleted") if job.removed_at else say(job.state.value)
        if job.ended_at:
            state = say("{state}, after {time}", state=state, time=span(job.ended_at - job.created_at))
        asked = say("asked for {when} by {member}", when=f"<t:{job.created_at:.0f}:f>", member=f"<@{job.user_id}>")
        told = {
            say("State"): f"{state}\n{asked}",
            say("Price"): _paid(job),
            say("Model"): job.title,
            say("Not to be seen"): quote(_negative(job), SHOWN_NEGATIVE),
            say("Settings"): ", ".join(f"{name} {_value(value)}" for name, value in self._settings())
            or say("as usual"),
            say("Film"): _measures(job),
            say("Why"): job.reason or "",
            say("Made again from"): f"`{job.parent_id}`" if job.parent_id else "",
        }
        return {name: short(text, FIELD) for name, text in told.items() if text}

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What can be done with it."""
        job = self.job
        found: list[Button] = []
        if self.kept:
            found.append(Button(say("Show me the film"), button_id("film", job.id)))
        if self.now_costs is not None:
            text = say("Make it once more for {price}", price=dollars(self.now_costs))
            found.append(Button(text, button_id("again", job.id, self.now_costs), calm=True))
        elif self.mine and job.state in AGAIN and not job.forgotten and not job.local:
            text = say("Try again for {price}", price=dollars(job.price))
            found.append(Button(text, button_id("again", job.id), calm=True))
        if self.mine and job.state not in ENDED and not job.unwanted_at:
            found.append(Button(say("Cancel"), button_id("cancel", job.id), calm=True))
        done = {"again", "cancel"}  # with what is shown above
        found += [action.button(job.id) for action in TABLE if action.name not in done and action.there(job)]
        long = whole(job) or len(_negative(job)) > SHOWN_NEGATIVE
        return (*found, *((Button(say("Whole prompt"), button_id("prompt", job.id), calm=True),) if long else ()))

    def _settings(self) -> list[tuple[str, object]]:
        hidden = {"prompt", "negative_prompt", "negative"}
        settings: dict[str, object] = {**self.job.options, **self.job.arguments}
        if self.job.seed is not None:
            settings["seed"] = self.job.seed
        return [(name, value) for name, value in settings.items() if name not in hidden and value not in (None, "")]


def everything(job: Job) -> str:
    """The whole prompt, what should not be seen, and what fal's model made of it, to be copied."""
    negative, expanded = _negative(job), clean(job.expanded or "")
    parts = [job.prompt]
    if negative:
        parts.append(say("Not to be seen: {negative}", negative=negative))
    if expanded:
        parts.append(say("The model made of it: {expanded}", expanded=expanded))
    return clean("\n\n".join(parts))


def matches(search: str) -> str:
    """What is looked for in the folded prompts."""
    return fold(search)[:MOST_SEARCHED]


def _negative(job: Job) -> str:
    """What should not be seen, where that is not fal's own text."""
    negative = str(job.arguments.get("negative_prompt") or "")
    return "" if negative == WAN_21_NEGATIVE else negative


def _paid(job: Job) -> str:
    """What it costs, or has cost."""
    if job.booked is Entry.REFUND and job.state is not State.DELIVERED:
        return say("nothing was charged")
    return charged(job)


def _measures(job: Job) -> str:
    told = [f"{job.width} × {job.height}"] if job.width else []
    told.append(f"{job.seconds or job.length:.1f} s")
    if job.rendered_seconds:
        told.append(say("rendered in {time}", time=span(job.rendered_seconds)))
    return ", ".join(told)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return quote(str(value), VALUE_SHOWN)
