"""The README's table of formats is true: each picture and sound in it becomes what it says."""

from pathlib import Path

import pytest
from PIL import Image

from bot.adapters.media import Media
from bot.domain.errors import Final
from tests.formats import PICTURES, SOUNDS, Picture, Sound

SIDES, SECONDS = (64, 4096), (3.0, 30.0)


@pytest.mark.parametrize("kind", PICTURES, ids=lambda kind: kind.name)
async def test_a_picture_becomes_what_the_table_says(kind: Picture, tmp_path: Path) -> None:
    source, made = tmp_path / "holiday.exe", tmp_path / "made.jpg"
    source.write_bytes(kind.make())
    if kind.refused:
        assert kind.outcome == "refused"
        with pytest.raises(Final, match=kind.refused):
            await Media().prepare(source, made, sides=SIDES)
        return
    assert await Media().prepare(source, made, sides=SIDES) == kind.size
    with Image.open(made) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", kind.size)
        middle = picture.getpixel((kind.size[0] // 2, kind.size[1] // 2))
        assert middle == pytest.approx(kind.colour, abs=10)
        assert picture.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert len(picture.getexif()) == 0


@pytest.mark.parametrize("kind", SOUNDS, ids=lambda kind: kind.name)
async def test_a_sound_becomes_what_the_table_says(kind: Sound, tmp_path: Path) -> None:
    source = tmp_path / "holiday.exe"
    source.write_bytes(kind.make())
    if kind.refused:
        assert kind.outcome == "refused"
        with pytest.raises(Final, match=kind.refused):
            await Media().sound(source, tmp_path / "made", seconds=SECONDS)
        return
    made = await Media().sound(source, tmp_path / "made", seconds=SECONDS)
    assert made.suffix == f".{kind.name.lower()}"
    assert b"Secret place" in source.read_bytes()
    assert b"Secret place" not in made.read_bytes()
