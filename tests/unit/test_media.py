"""Whatever bytes come as a picture, they become a JPEG that a model takes, or a sentence."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bot.adapters.media import MOST_SIDE, Pictures
from bot.domain.errors import Final

SIDES = (64, 4096)


async def prepared(data: bytes, *, sides: tuple[int, int] = SIDES, shape: str | None = None) -> Image.Image:
    with TemporaryDirectory() as folder:
        source, made = Path(folder) / "source", Path(folder) / "made.jpg"
        source.write_bytes(data)
        await Pictures().prepare(source, made, sides=sides, shape=shape)
        assert {file.name for file in Path(folder).iterdir()} == {"source", "made.jpg"}
        with Image.open(made) as picture:
            picture.load()
            return picture


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (120, 90)) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "LA"),
        ("PNG", "1"),
        ("PNG", "I;16"),
        ("WEBP", "RGBA"),
        ("AVIF", "RGB"),
        ("BMP", "RGB"),
        ("GIF", "P"),
        ("TIFF", "RGB"),
    ],
)
async def test_every_kind_of_picture_becomes_an_opaque_jpeg(kind: str, mode: str) -> None:
    picture = await prepared(encoded(kind, mode))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (120, 90))


async def test_what_is_transparent_gets_a_white_ground() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (80, 80), (255, 0, 0, 0)).save(file, "PNG")
    picture = await prepared(file.getvalue())
    assert picture.getpixel((40, 40)) == (255, 255, 255)


async def test_nothing_but_the_picture_is_left() -> None:
    for kind, more in (("JPEG", {"comment": b"at home"}), ("GIF", {"comment": b"at home"}), ("PNG", {"dpi": (72, 72)})):
        file = io.BytesIO()
        Image.new("RGB", (80, 80), "teal").save(file, kind, **more)
        assert (await prepared(file.getvalue())).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_colours_of_another_profile_become_srgb() -> None:
    srgb = cast("Any", ImageCms).ImageCmsProfile(cast("Any", ImageCms).createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"none").replace(b"gXYZ", b"rXYZ").replace(b"none", b"gXYZ")
    file = io.BytesIO()
    Image.new("RGB", (80, 80), (200, 30, 30)).save(file, "PNG", icc_profile=swapped)
    assert (await prepared(file.getvalue())).getpixel((40, 40)) == pytest.approx((30, 200, 30), abs=6)


async def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    file = io.BytesIO()
    Image.new("I;16", (80, 80), 30_000).save(file, "PNG")
    picture = await prepared(file.getvalue())
    assert picture.getpixel((40, 40)) == pytest.approx((117, 117, 117), abs=3)


async def test_a_large_picture_is_scaled_down_to_what_the_model_takes() -> None:
    assert (await prepared(encoded("JPEG", size=(3000, 1500)))).size == (MOST_SIDE, MOST_SIDE // 2)
    assert (await prepared(encoded("JPEG", size=(3000, 1500)), sides=(64, 1000))).size == (1000, 500)


async def test_a_picture_that_is_too_narrow_when_scaled_down_is_refused() -> None:
    with pytest.raises(Final, match="8000 × 100 pixels"):
        await prepared(encoded("PNG", size=(8000, 100)))


@pytest.mark.parametrize(
    ("shape", "size"), [("16:9", (120, 68)), ("9:16", (51, 90)), ("1:1", (90, 90)), ("auto", (120, 90))]
)
async def test_a_shape_cuts_around_the_middle(shape: str, size: tuple[int, int]) -> None:
    assert (await prepared(encoded("PNG"), sides=(40, 4096), shape=shape)).size == size


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on broken metadata
@given(st.binary(max_size=400) | st.tuples(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF"]), st.data()))
@settings(max_examples=60)
async def test_no_bytes_do_anything_but_make_a_picture_or_a_sentence(
    source: bytes | tuple[str, st.DataObject],
) -> None:
    if isinstance(source, tuple):  # a real picture, with some bytes changed and an end cut off
        kind, data = source
        broken = bytearray(encoded(kind))
        for place in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=4)):
            broken[place] = data.draw(st.integers(0, 255))
        source = bytes(broken[: data.draw(st.integers(1, len(broken)))])
    try:
        picture = await prepared(source)
    except Final as refusal:
        assert str(refusal).startswith(("The picture", "That file"))  # noqa: PT017 - either outcome is right
    else:
        assert picture.mode == "RGB"
