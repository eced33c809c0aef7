"""What becomes of a film that arrived, where encoding it anew fails: it is whole, so it stays."""

from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Broken, Final, TooLarge
from bot.domain.media import Measured, Size
from bot.domain.pace import Pace
from bot.intake import Intake
from bot.world import World
from tests.unit.test_words import job

MEASURED = Measured(size=Size(320, 192), seconds=5, plays=False)


class Web:
    """Serves the same bytes to everybody, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetch(self, url: str, path: Path, *, limit: int, what: str) -> None:
        self.asked += 1
        path.write_bytes(b"film")


class Codecs:
    """Opens nothing: says what it is told to say."""

    def __init__(self, *, checked: Exception | None = None, fitted: Exception | None = None) -> None:
        self._checked, self._fitted = checked, fitted

    async def check(self, film: Path, *, seconds: float) -> Measured:
        if self._checked:
            raise self._checked
        return MEASURED

    async def fit(self, film: Path, made: Path, *, limit: int) -> None:
        if self._fitted:
            raise self._fitted
        made.write_bytes(b"fitted")


def intake(media: Codecs, web: Web) -> Intake:
    none: Any = None
    parts: dict[str, Any] = {"media": media, "downloads": web}
    world = World(jobs=none, models=none, channel=none, hook=none, folder=Path(), clock=lambda: 0.0, **parts)
    return Intake(world, Pace(fetches=(0.0, 0.0)))


@pytest.mark.parametrize(("fitted", "content"), [(None, b"fitted"), (TooLarge("it takes too long"), b"film")])
async def test_a_film_that_cannot_be_encoded_anew_stays_as_it_came(
    tmp_path: Path, fitted: Exception | None, content: bytes
) -> None:
    web = Web()
    found = await intake(Codecs(fitted=fitted), web).film(job(), "https://fal.media/x", tmp_path / "film.mp4")
    assert found == MEASURED
    assert (tmp_path / "film.mp4").read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["film.mp4"]
    assert web.asked == 1


async def test_a_broken_film_is_fetched_again_and_then_told(tmp_path: Path) -> None:
    web = Web()
    with pytest.raises(Final, match=r"It is cut off\. I fetched it 3 times\."):
        await intake(Codecs(checked=Broken("It is cut off.")), web).film(job(), "https://x", tmp_path / "film.mp4")
    assert (web.asked, list(tmp_path.iterdir())) == (3, [])


async def test_what_an_earlier_life_left_half_done_is_swept_away(tmp_path: Path) -> None:
    none: Any = None
    world = World(
        jobs=none, models=none, downloads=none, media=none, channel=none, hook=none, folder=tmp_path, clock=lambda: 0.0
    )
    left = [world.path("exports", "zoetrope-1-1.zip"), world.path("incoming", "a-image"), world.path("films", "a.new")]
    kept = world.path("films", "a.mp4")
    for path in (*left, kept):
        path.touch()
    await Intake(world, Pace()).sweep()
    assert [path for path in tmp_path.glob("*/*")] == [kept]
