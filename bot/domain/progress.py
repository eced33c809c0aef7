"""How far a job is, as far as anybody knows, and how that is shown."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.language import say

BAR = 12  # cells
ENOUGH = 3  # films, to say what is usual
CERTAIN = 0.97  # a bar is full only when the film is there
STEPS = re.compile(r"\b(\d{1,4})\s*/\s*(\d{1,4})\b")


@dataclass(frozen=True, slots=True)
class Queued:
    """In fal's queue; `ahead` counts the requests before it, of all of fal's customers."""

    ahead: int


@dataclass(frozen=True, slots=True)
class Running:
    """Being rendered; `done` is the share that the model itself reports (0 to 1), None where it says nothing."""

    done: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """fal has an answer; whether it is a film only the result tells. `seconds` is how long fal says that it took."""

    seconds: float | None = None


Progress = Queued | Running | Finished


@dataclass(frozen=True, slots=True)
class Typical:
    """How long such a film usually takes to render, in seconds, and from how many of our own that is known."""

    seconds: float
    films: int = 0


def typical(past: Sequence[float], guess: float) -> Typical:
    """From the seconds that earlier films like this took; `guess` while there are too few of them."""
    return Typical(statistics.median(past), len(past)) if len(past) >= ENOUGH else Typical(guess)


def steps(logs: Sequence[str]) -> float | None:
    """The share of the last step count such as 12/30 that a model printed, None without one."""
    for line in reversed(logs):
        if counts := STEPS.findall(line):
            done, total = map(int, counts[-1])
            if 0 < done <= total:
                return done / total
    return None


def running(progress: Running, elapsed: float, usual: Typical) -> str:
    """One line for a film being rendered: bar, share, seconds so far, seconds left, and how that is known.

    `elapsed` is the time since the render began, in seconds. Where the model reports steps they count; else the share
    is a guess from what is usual.
    """
    share, so_far = progress.done, say("{time} so far", time=span(elapsed))
    if share:
        left = say("about {time} left, by the model's steps", time=span(elapsed / share - elapsed))
        return f"{bar(share)} {percent(share)} · {so_far} · {left}"
    share = min(elapsed / usual.seconds, CERTAIN)
    return f"{bar(share)} {so_far} · {_left(usual.seconds - elapsed, usual.films)}"


def _left(seconds: float, films: int) -> str:
    """How long it takes yet, as so many films did; as somebody guessed where that is not known."""
    if seconds >= 1:
        time = span(seconds)
        if films:
            return say("usually {time} more, by my last {films} like it", time=time, films=films)
        return say("usually {time} more, at a guess", time=time)
    if films:
        return say("longer than usual, by my last {films} like it", films=films)
    return say("longer than usual, at a guess")


def bar(share: float) -> str:
    """A share from 0 to 1 as a bar of text."""
    full = int(min(max(share, 0), CERTAIN) * BAR + 0.5)
    return "▰" * full + "▱" * (BAR - full)


def percent(share: float) -> str:
    return f"{min(share, CERTAIN):.0%}"


def span(seconds: float) -> str:
    """Seconds as people say them: 8 s, 1 min 20 s, 2 min."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest and minutes < 5 else f"{minutes} min"
