"""Of which films something is made that others see: by their owner, another member, and who manages the server."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.actions import NOT_NOW, Person
from bot.archive import ALONE, GONE, HIDDEN, NOT_HERE, PRIVATE, UNKNOWN
from bot.domain.doors import SAFETY
from bot.domain.errors import Refused
from bot.domain.job import Job, State
from bot.domain.rules import Rules
from bot.messages import Messages, Seen
from bot.story import Stories
from tests.unit.test_archive import Media
from tests.unit.test_who_may import ADA, BOB, CHANNEL, FILM, MOD, done, kept, person, stands

FIRST = replace(FILM, id="0123456780", state=State.DELIVERED)
WHO = {"owner": ADA, "member": BOB, "manager": MOD}
ELSEWHERE = 4  # another channel that all of them see
# how the film is, whether its owner keeps his to himself, and what comes of each action for each of WHO
ROWS: dict[str, tuple[dict[str, Any], bool, dict[str, str]]] = {
    "hidden": (
        {"message_id": None},
        False,
        dict.fromkeys(("stitch", "continue", "bridge", "again", "edit", "better", "morph", "animate"), "HUH"),
    ),
    "hidden, for its owner": ({"message_id": None}, False, {"send": "+U+"}),
    "private": (
        {"channel_id": ELSEWHERE, "seen_in": ELSEWHERE},
        True,
        dict.fromkeys(("stitch", "continue", "bridge", "again", "morph", "animate"), "+PP"),
    ),
    "private, here": ({}, True, {"stitch": "+P+", "continue": "+++", "bridge": "+++"}),
    "direct": ({"direct": True}, False, dict.fromkeys(("stitch", "continue", "bridge"), "+UA")),
    "unchecked": (
        {"arguments": {**FILM.arguments, SAFETY: False}},
        False,
        dict.fromkeys(("stitch", "continue", "bridge"), "CCC"),
    ),
    "deleted": ({"removed_at": 1.0}, False, {"stitch": "GUG", "continue": "NUN", "bridge": "NUN"}),
}
SAID = {"H": HIDDEN, "U": UNKNOWN, "P": PRIVATE, "A": ALONE, "C": NOT_HERE, "G": GONE, "N": NOT_NOW}
CASES = [
    pytest.param(changed, private, action, WHO[who], told, id=f"{action} by {who}, {name}")
    for name, (changed, private, actions) in ROWS.items()
    for action, row in actions.items()
    for who, told in zip(WHO, row, strict=True)
]


class Tale:
    """The scenes of a story: the film, after another that all see."""

    def __init__(self, film: Job) -> None:
        self._film = film

    async def chain(self, job_id: str, most: int) -> list[Job]:
        return [FIRST, self._film]

    async def ended(self, user_id: int, origin: str) -> int:
        return 0


async def stitched(who: Person, film: Job, folder: Path, *, fade: float = 0, private: bool = False) -> Job:
    """The film joined of that and another of his."""
    studio, archive, books, _ = kept(film, folder, private=private)
    tale: Any = Tale(film)
    media: Any = Media()
    (folder / "films" / f"{FIRST.id}.mp4").write_bytes(b"x")
    books.rules = Rules(unchecked=True)
    books.several = {film.id: film, FIRST.id: replace(FIRST, user_id=who.viewer.user_id)}
    return await Stories(tale, books, archive, studio, media, folder, lambda: 0.0).stitch(who, film.id, fade)


async def shared(action: str, who: Person, film: Job, folder: Path, *, private: bool) -> None:
    """What is made of the film by this action."""
    if action not in ("stitch", "morph", "animate"):
        actions, forms, _ = stands(film, folder, private=private)
        await done(action, actions, forms, who)
        return
    if action == "stitch":
        same = {(await stitched(who, film, folder, fade=fade, private=private)).origin for fade in (0, 1.5)}
        assert len(same) == 1, "joined once at a time, whatever the fade"
        return
    studio, archive, *_ = kept(film, folder, private=private)
    messages = Messages(studio, archive, lambda: 0.0, "")
    seen = Seen(job_id=film.id)
    await (messages.ask_to_morph("first", who, seen) if action == "morph" else messages.ask_to_animate(who, seen))


@pytest.mark.parametrize(("changed", "private", "action", "user_id", "told"), CASES)
async def test_what_is_made_of_a_film_for_others_to_see(  # noqa: PLR0913 - drawn
    tmp_path: Path,
    changed: dict[str, Any],
    private: bool,  # noqa: FBT001
    action: str,
    user_id: int,
    told: str,
) -> None:
    film = replace(FILM, state=State.DELIVERED, **changed)
    asks = person(user_id)
    asks = replace(asks, viewer=replace(asks.viewer, channels=frozenset({CHANNEL, ELSEWHERE})))
    if told == "+":
        await shared(action, asks, film, tmp_path, private=private)
    else:
        with pytest.raises(Refused) as refused:
            await shared(action, asks, film, tmp_path, private=private)
        assert SAID[told] in str(refused.value)


@pytest.mark.parametrize("arguments", [{}, {**FILM.arguments, SAFETY: False}])
async def test_what_is_joined_of_films_that_may_be_unchecked_counts_as_unchecked(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    film = replace(FILM, state=State.DELIVERED, arguments=arguments)
    adults = person(ADA, adults=True)
    adults = replace(adults, asker=replace(adults.asker, age_restricted=True))
    made = await stitched(adults, film, tmp_path)
    assert made.arguments[SAFETY] is False
