"""A story: films of which each begins with the last frame of the one before, and where a member goes on with his."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.domain.card import quote
from bot.domain.job import Job
from bot.domain.language import say, say_number

MOST = 20  # scenes that are shown or joined
MOST_READ = 3600  # characters of all scenes' lines; an embed's description takes 4096
PROMPT_SHOWN = (200, 100, 60, 40, 25)  # characters of each prompt, as there is room


class Made(NamedTuple):
    """A film that a member has made: what it begins with, and whether it is there."""

    id: str
    after_id: str | None
    there: bool


def tip(start: str, made: Iterable[Made]) -> str:
    """Where a story goes on that was to go on at `start`: at the newest film that was made from there since.

    `made` are the member's films since then that were delivered, the oldest first. A film that is not there any more is
    no place to go on, but leads to those that were made after it.
    """
    reached, newest = {start}, start
    for film in made:
        if film.after_id in reached:
            reached.add(film.id)
            newest = film.id if film.there else newest
    return newest


def lines(scenes: Sequence[Job]) -> str:
    """A line for each scene, with its number, its prompt and a link to its film."""
    text = ""
    for most in PROMPT_SHOWN:
        text = "\n".join(f"**{number}** {_line(scene, most)}" for number, scene in enumerate(scenes, 1))
        if len(text) <= MOST_READ:
            break
    return text


def called(scenes: Sequence[Job], *, whole: bool) -> str:
    """What a story is called that was joined."""
    if whole:
        return say_number("A story of {number} scene", "A story of {number} scenes", len(scenes))
    return say_number("The last {number} scene of a story", "The last {number} scenes of a story", len(scenes))


def _line(scene: Job, most: int) -> str:
    prompt = quote(scene.prompt, most)
    return " · ".join([prompt, say("[Go to the film]({link})", link=scene.link) if scene.link else f"`{scene.id}`"])
