"""What is being made in a server, as a list in pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.button import Button
from bot.domain.card import quote, short
from bot.domain.job import Job, State
from bot.domain.language import say

PAGE = 10  # films
PROMPT_SHOWN = 60  # characters
STATUS_SHOWN = 120  # characters
QUEUE = re.compile(r"queue:(?P<page>\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One film that is being made; `seen` by who asks, or in a channel that is hidden from him."""

    job: Job
    status: str
    seen: bool

    def text(self, position: int) -> str:
        """The film in one line."""
        if not self.seen:
            return say("{position}. A film in another channel", position=position)
        job = self.job
        status = say("waits for its owner's word") if job.state is State.ASKING else self.status
        status = short(" ".join(status.split()), STATUS_SHOWN)
        place = f"[{quote(job.prompt, PROMPT_SHOWN)}](https://discord.com/channels/{job.guild_id}/{job.channel_id}/"
        prompt = f"{place}{job.card_id})" if job.card_id else quote(job.prompt, PROMPT_SHOWN)
        since = say("since <t:{at}:R>", at=f"{job.created_at:.0f}")
        return f"{position}. <@{job.user_id}> {prompt} · {job.title} · {status} · {since}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The films, the oldest first, and which page of them is shown."""

    lines: Sequence[Line]
    page: int

    @property
    def text(self) -> str:
        """A line for each film; fits the description of an embed (4096 characters)."""
        first = (self.page - 1) * PAGE
        shown = [line.text(first + at) for at, line in enumerate(self.lines[first : first + PAGE], 1)]
        if shown:
            return "\n".join(shown)
        return say("There is nothing on this page any more.") if self.lines else say("Nothing is being made here now.")

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Those that turn the pages, and one that looks again."""
        page = self.page
        before = Button(say("Before"), f"queue:{page - 1}", calm=True)
        again = Button(say("Look again"), f"queue:{page}", calm=True)
        after = Button(say("After"), f"queue:{page + 1}", calm=True)
        more = len(self.lines) > page * PAGE
        return (*((before,) if page > 1 else ()), again, *((after,) if more else ()))
