"""What becomes of a film that arrived, where encoding it anew fails: it is whole, so it stays."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.catalogue import CATALOGUE, by_id
from bot.domain.crop import Shape
from bot.domain.errors import Broken, Final, TooLarge
from bot.domain.job import Job
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


class Frames:
    """Pictures that are texts: which frame of what, and how it was prepared."""

    def __init__(self, size: Size = MEASURED.size) -> None:
        self._size = size

    async def first_frame(self, film: Path, made: Path) -> None:
        made.write_text(f"first of {film.read_text()}")

    async def last_frame(self, film: Path, made: Path) -> None:
        if not film.read_text():
            raise Broken("It is no film.")
        made.write_text(f"last of {film.read_text()}")

    async def prepare(self, source: Path, made: Path, *, sides: tuple[int, int], shape: Shape | None) -> Size:
        made.write_text(f"{source.read_text()}, cut to {shape}")
        return self._size

    async def size(self, picture: Path) -> Size:
        return self._size


def intake(media: Codecs | Frames, web: Web, folder: Path | None = None) -> Intake:
    none: Any = None
    parts: dict[str, Any] = {"media": media, "downloads": web}
    world = World(jobs=none, models=none, channel=none, hook=none, folder=folder or Path(), clock=lambda: 0.0, **parts)
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


async def taken(folder: Path, film: Job, media: Frames | None = None) -> str:
    """The picture of a job, which nobody is asked for."""
    web, endpoint = Web(), by_id(CATALOGUE)(film.endpoint)
    assert endpoint
    [picture] = (await intake(media or Frames(), web, folder).pictures(film, endpoint)).values()
    assert web.asked == 0
    assert not [*(folder / "incoming").iterdir()]
    return picture.path.read_text()


@pytest.mark.parametrize("which", ["first", "last"])
async def test_a_frame_of_a_film_is_a_picture_that_is_kept_when_the_film_is_gone(tmp_path: Path, which: str) -> None:
    for kind in ("films", "incoming"):
        (tmp_path / kind).mkdir()
    film = tmp_path / "films" / "9876543210.mp4"
    film.write_text("film")
    wanted = replace(job(), media={"image_url": f"film:9876543210:{which}"})
    assert await taken(tmp_path, wanted) == f"{which} of film, cut to None"
    film.unlink()
    assert await taken(tmp_path, wanted) == f"{which} of film, cut to None"
    assert await taken(tmp_path, replace(wanted, id="1", parent_id=wanted.id)) == f"{which} of film, cut to None"
    with pytest.raises(Final, match="The film from which `image` is to be taken is not kept any more"):
        await taken(tmp_path, replace(wanted, id="2"))
    film.write_text("")
    with pytest.raises(Final, match="is not kept any more"):
        await taken(tmp_path, replace(wanted, id="3", media={"image_url": "film:9876543210:last"}))


@pytest.mark.parametrize(
    ("size", "shape", "kept"),
    [
        (Size(480, 288), "auto", "kept"),
        (Size(480, 288), "square", "kept, cut to (1, 1)"),
        (Size(640, 640), "square", "kept"),
        (
            Size(200, 200),
            "auto",
            "kept, cut to None",
        ),  # which this model refuses
    ],
)
async def test_a_kept_picture_is_prepared_anew_for_another_model_or_shape(
    tmp_path: Path, size: Size, shape: str, kept: str
) -> None:
    for kind in ("pictures", "incoming"):
        (tmp_path / kind).mkdir()
    (tmp_path / "pictures" / "9-image_url.jpg").write_text("kept")
    other = CATALOGUE[-1]
    arguments = other.arguments({"prompt": "x"})
    wanted = replace(job(), parent_id="9", endpoint=other.id, arguments=arguments, options={"shape": shape})
    assert await taken(tmp_path, wanted, Frames(size)) == kept
