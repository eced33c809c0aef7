"""Whatever bytes come as a picture, they become a JPEG that a model takes, or a sentence."""

import asyncio
import io
import os
import struct
import time
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageStat

from bot.adapters.media import Limits, Media
from bot.adapters.media.work import Bounds, Workers
from bot.domain.crop import Shape
from bot.domain.errors import Final
from bot.domain.media import Size
from tests.unit.media_trouble import address_space

SIDES = (64, MOST_SIDE := 2000)
MUCH = 170 * 2**20  # bytes, for one picture
ICM = cast("Any", ImageCms)  # not typed in Pillow
WHITE, DARK = (255, 255, 255), (32, 32, 32)


async def prepared(data: bytes, *, sides: tuple[int, int] = SIDES, shape: Shape | None = None) -> Image.Image:
    with TemporaryDirectory() as folder:
        source, made = Path(folder) / "source", Path(folder) / "made.jpg"
        source.write_bytes(data)
        try:
            await Media().prepare(source, made, sides=sides, shape=shape)
        except Final:
            assert {file.name for file in Path(folder).iterdir()} == {"source"}
            raise
        assert {file.name for file in Path(folder).iterdir()} == {"source", "made.jpg"}
        with Image.open(made) as picture:
            picture.load()
            assert (picture.format, picture.mode) == ("JPEG", "RGB")
            assert await Media().size(made) == picture.size
            return picture


def scene(size: tuple[int, int] = (120, 90)) -> Image.Image:
    """Every corner has its own colour, so that it shows which is where."""
    picture = Image.new("RGB", size, (90, 90, 90))
    draw = ImageDraw.Draw(picture)
    across, down = size[0] // 2, size[1] // 2
    draw.rectangle((0, 0, across, down), fill=(200, 40, 40))
    draw.rectangle((across, 0, *size), fill=(40, 160, 60))
    draw.rectangle((0, down, across, size[1]), fill=(50, 60, 190))
    draw.rectangle((across, down, *size), fill=(190, 180, 60))
    return picture


def encoded(kind: str, picture: Image.Image | None = None, **options: Any) -> bytes:
    cast("Any", pillow_heif).register_heif_opener()
    file = io.BytesIO()
    (picture or scene()).save(file, kind, **options)
    return file.getvalue()


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures' colours, of 255."""
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def orientation(turn: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turn
    return exif.tobytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(colour: int, pixel: tuple[int, ...], size: tuple[int, int] = (80, 80)) -> bytes:
    """A PNG with 16 bits of each channel, which Pillow does not write."""
    row = b"\0" + struct.pack(f">{len(pixel)}H", *pixel) * size[0]
    header = struct.pack(">IIBBBBB", *size, 16, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(row * size[1])), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tiff(pixel: tuple[int, ...], *, apart: bool = False, size: tuple[int, int] = (80, 80)) -> bytes:
    """A TIFF with 16 bits of each channel, which Pillow does not write; `apart` keeps each channel by itself."""
    channels, count = len(pixel), size[0] * size[1]
    plain = struct.pack(f"<{channels}H", *pixel) * count
    data = b"".join(struct.pack("<H", value) * count for value in pixel) if apart else plain
    strips, at = (channels if apart else 1), 256
    places = [at + number * len(data) // strips for number in range(strips)]
    lists = {258: (3, [16] * channels), 273: (4, places), 279: (4, [len(data) // strips] * strips)}
    single = {256: size[0], 257: size[1], 259: 1, 262: 2 if channels > 1 else 1, 277: channels, 278: size[1]}
    tags = lists | {tag: (3, [value]) for tag, value in (single | {284: 2 if apart else 1}).items()}
    table, more = b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            place = 8 + 2 + 12 * len(tags) + 4 + len(more)
            more, packed = more + packed, struct.pack("<I", place)
        table += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    head = b"II" + struct.pack("<HI", 42, 8) + struct.pack("<H", len(tags)) + table + bytes(4) + more
    return head.ljust(at, b"\0") + data


KINDS = {
    "a JPEG": encoded("JPEG"),
    "a progressive JPEG": encoded("JPEG", progressive=True),
    "a CMYK JPEG": encoded("JPEG", scene().convert("CMYK")),
    "a phone's JPEG of several pictures": encoded("MPO", save_all=True, append_images=[Image.new("RGB", (120, 90))]),
    "a PNG": encoded("PNG"),
    "a PNG with transparency": encoded("PNG", scene().convert("RGBA")),
    "a PNG with a palette": encoded("PNG", scene().quantize(8)),
    "an animated PNG": encoded("PNG", save_all=True, append_images=[Image.new("RGB", (120, 90))]),
    "a WebP": encoded("WEBP"),
    "an animated WebP": encoded("WEBP", save_all=True, append_images=[Image.new("RGB", (120, 90))]),
    "an AVIF": encoded("AVIF"),
    "a HEIC": encoded("HEIF"),
    "a GIF": encoded("GIF"),
    "an animated GIF": encoded("GIF", save_all=True, append_images=[Image.new("RGB", (120, 90))]),
    "a BMP": encoded("BMP"),
    "a TIFF": encoded("TIFF"),
    "a compressed TIFF": encoded("TIFF", compression="tiff_lzw"),
    "a CMYK TIFF": encoded("TIFF", scene().convert("CMYK")),
    "a Lab TIFF": encoded(
        "TIFF", ICM.profileToProfile(scene(), ICM.createProfile("sRGB"), ICM.createProfile("LAB"), outputMode="LAB")
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_picture_becomes_what_it_shows(kind: str) -> None:
    assert distance(await prepared(KINDS[kind]), scene()) < 5


GREY = {
    "a grey JPEG": (encoded("JPEG", Image.new("L", (80, 80), 117)), 117),
    "a PNG with 16 bits of grey": (encoded("PNG", Image.new("I;16", (80, 80), 30_000)), 117),
    "a PNG with 16 bits of grey and transparency": (png(4, (30_000, 65_535)), 117),
    "a PNG in black and white": (encoded("PNG", Image.new("1", (80, 80), 1)), 255),
    "a TIFF with 16 bits of grey": (tiff((30_000,)), 117),
    "a TIFF with grey from 0 to 1": (encoded("TIFF", Image.new("F", (80, 80), 0.46)), 117),
    "a black TIFF with grey from 0 to 1": (encoded("TIFF", Image.new("F", (80, 80), 0)), 0),
    "a TIFF with 32 bits of grey": (encoded("TIFF", Image.new("I", (80, 80), 30_000)), 117),
}


@pytest.mark.parametrize("kind", GREY)
async def test_every_depth_of_grey_keeps_its_brightness(kind: str) -> None:
    data, brightness = GREY[kind]
    assert (await prepared(data)).getpixel((40, 40)) == pytest.approx((brightness,) * 3, abs=2)


@pytest.mark.parametrize("data", [png(2, (51_400, 30_000, 5_000)), png(6, (51_400, 30_000, 5_000, 65_535))])
async def test_sixteen_bits_of_colour_keep_it(data: bytes) -> None:
    assert (await prepared(data)).getpixel((40, 40)) == pytest.approx((200, 117, 19), abs=3)


async def test_a_tiff_with_sixteen_bits_keeps_its_colour_or_is_refused() -> None:
    colour = (51_400, 30_000, 5_000)
    assert (await prepared(tiff(colour))).getpixel((40, 40)) == pytest.approx((200, 117, 19), abs=3)
    with pytest.raises(Final, match="Please send a PNG"):  # Pillow would make another colour of it
        await prepared(tiff(colour, apart=True))


@pytest.mark.parametrize("turn", range(1, 9))
async def test_a_picture_is_put_upright(turn: int) -> None:
    turns = [None, None, 0, 3, 1, 5, 4, 6, 2]  # what the numbers of EXIF mean to Pillow
    method = turns[turn]
    upright = scene() if method is None else scene().transpose(Image.Transpose(method))
    assert distance(await prepared(encoded("JPEG", exif=orientation(turn))), upright) < 5


@pytest.mark.parametrize("kind", ["HEIF", "PNG", "WEBP", "AVIF", "TIFF"])
async def test_every_kind_is_turned_once(kind: str) -> None:
    upright = scene().transpose(Image.Transpose.ROTATE_270)
    assert distance(await prepared(encoded(kind, exif=orientation(6))), upright) < 5


def shape_on_transparent(kind: str, colour: tuple[int, int, int]) -> bytes:
    picture = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((30, 30, 50, 50), fill=(*colour, 255))
    return encoded(kind, picture.convert("LA") if len(set(colour)) == 1 else picture)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF", "HEIF"])
async def test_what_is_transparent_becomes_white(kind: str) -> None:
    picture = await prepared(shape_on_transparent(kind, (200, 30, 30)))
    assert picture.getpixel((5, 5)) == pytest.approx(WHITE, abs=3)
    assert picture.getpixel((40, 40)) == pytest.approx((200, 30, 30), abs=8)


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 240, 200)])
async def test_bright_lines_on_nothing_get_a_dark_ground_where_they_are_seen(colour: tuple[int, int, int]) -> None:
    picture = await prepared(shape_on_transparent("PNG", colour))
    assert picture.getpixel((5, 5)) == pytest.approx(DARK, abs=3)
    assert picture.getpixel((40, 40)) == pytest.approx(colour, abs=8)


async def test_a_picture_of_nothing_is_white() -> None:
    picture = await prepared(encoded("PNG", Image.new("RGBA", (80, 80), (0, 0, 0, 0))))
    assert picture.getpixel((40, 40)) == WHITE


def swapped() -> bytes:
    """A profile in which red and green have changed places, so that it shows whether it is heeded."""
    profile = ICM.ImageCmsProfile(ICM.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"none").replace(b"gXYZ", b"rXYZ").replace(b"none", b"gXYZ")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
async def test_colours_of_another_profile_become_srgb(kind: str) -> None:
    data = encoded(kind, Image.new("RGB", (80, 80), (200, 30, 30)), icc_profile=swapped())
    assert (await prepared(data)).getpixel((40, 40)) == pytest.approx((30, 200, 30), abs=12)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
async def test_a_profile_that_does_not_fit_changes_nothing(mode: str) -> None:
    for profile in (b"no profile", ICM.ImageCmsProfile(ICM.createProfile("LAB")).tobytes()):
        data = encoded("TIFF", scene().convert(mode), icc_profile=profile)
        assert distance(await prepared(data), scene().convert(mode).convert("RGB")) < 5


async def test_nothing_but_the_picture_is_left() -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)  # where it was taken
    more: dict[str, Any] = {"exif": exif, "icc_profile": swapped(), "xmp": b"<x:xmpmeta>at home</x:xmpmeta>"}
    text = chunk(b"tEXt", b"Comment\0at home")
    for data in (
        encoded("JPEG", comment=b"at home", **more) + b"at home",
        encoded("PNG", **more)[:33] + text + encoded("PNG", **more)[33:],
        encoded("GIF", comment=b"at home"),
        encoded("WEBP", **more),
        encoded("HEIF", **more),
    ):
        assert b"at home" in data
        file = io.BytesIO()
        (await prepared(data)).save(file, "JPEG", quality="keep")
        with TemporaryDirectory() as folder:
            source, made = Path(folder) / "source", Path(folder) / "made"
            source.write_bytes(data)
            await Media().prepare(source, made, sides=SIDES)
            assert markers(made.read_bytes()) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def markers(jpeg: bytes) -> set[int]:
    """The kinds of the parts of a JPEG before its picture; nothing may come after that."""
    found, at = set[int](), 2
    while found.isdisjoint({0xDA}):
        assert jpeg[at] == 0xFF
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    assert jpeg.index(b"\xff\xd9") == len(jpeg) - 2
    return found


async def test_a_picture_loses_nothing_that_is_seen() -> None:
    noise = Image.effect_noise((400, 300), 60).convert("RGB")
    assert distance(await prepared(encoded("PNG", noise)), noise) < 2


async def test_a_large_picture_is_scaled_down_to_what_the_model_takes() -> None:
    large = encoded("JPEG", scene((3000, 1500)))
    assert (await prepared(large)).size == (MOST_SIDE, MOST_SIDE // 2)
    assert (await prepared(large, sides=(64, 1000))).size == (1000, 500)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(("turn", "came"), [(1, (4400, 1500)), (6, (1500, 4400))])
async def test_the_size_that_is_told_is_that_of_the_picture_as_its_owner_sees_it(
    tmp_path: Path, kind: str, turn: int, came: tuple[int, int]
) -> None:
    (tmp_path / "source").write_bytes(encoded(kind, scene((4400, 1500)), exif=orientation(turn)))
    assert await Media().prepare(tmp_path / "source", tmp_path / "made", sides=(64, 500)) == came
    with pytest.raises(Final, match=f"has {came[0]} × {came[1]} pixels"):
        await Media().prepare(tmp_path / "source", tmp_path / "made", sides=(400, 500))


@pytest.mark.parametrize("mode", ["P", "1"])
async def test_a_picture_of_few_colours_is_scaled_down_without_steps(mode: str) -> None:
    lines = Image.new("L", (4000, 200))
    ImageDraw.Draw(lines).rectangle((0, 0, 4000, 200), fill=255)
    for across in range(0, 4000, 4):
        ImageDraw.Draw(lines).line((across, 0, across, 200), width=2)
    picture = await prepared(encoded("PNG", lines.convert(mode)), sides=(16, 1000))
    assert picture.getpixel((500, 25)) == pytest.approx((127,) * 3, abs=30)


async def test_a_picture_that_is_too_small_is_refused_with_what_it_has() -> None:
    with pytest.raises(Final, match=r"^The picture has 120 × 90 pixels; this model needs at least 240 on each side\.$"):
        await prepared(encoded("PNG"), sides=(240, 4096))
    with pytest.raises(Final, match="8000 × 100 pixels, 2000 × 25 once it is cut and scaled down; this model needs"):
        await prepared(encoded("PNG", Image.new("RGB", (8000, 100))))
    with pytest.raises(Final, match="90 × 120 pixels"):
        await prepared(encoded("JPEG", exif=orientation(6)), sides=(240, 4096))


@pytest.mark.parametrize(("shape", "size"), [((16, 9), (120, 68)), ((9, 16), (51, 90)), ((1201, 900), (120, 90))])
async def test_a_shape_cuts_around_the_middle(shape: Shape, size: tuple[int, int]) -> None:
    picture = await prepared(encoded("PNG"), sides=(40, 4096), shape=shape)
    left, top = (120 - size[0]) // 2, (90 - size[1]) // 2
    assert distance(picture, scene().crop((left, top, left + size[0], top + size[1]))) < 5


async def test_a_picture_is_cut_before_it_is_scaled_down() -> None:
    assert (await prepared(encoded("PNG", scene((4000, 500))), shape=(1, 1))).size == (500, 500)


def bomb(size: tuple[int, int]) -> bytes:
    """A PNG that says it is this large, and has nothing in it."""
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100)))


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ((10_000, 6_000), "The picture is too large: 10000 × 6000 pixels; at most 50 million fit."),
        ((60_000, 60_000), "The picture is far too large: 50 million pixels fit."),
        ((2**31 - 1, 2**31 - 1), "The picture is far too large: 50 million pixels fit."),
    ],
)
async def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int], sentence: str) -> None:
    with pytest.raises(Final, match=f"^{sentence}$"):
        await prepared(bomb(size))


async def test_a_large_bomb_among_metadata_is_no_trouble() -> None:
    swollen = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000)))
    with pytest.raises(Final, match="The picture is damaged"):
        await prepared(encoded("PNG")[:33] + swollen + encoded("PNG")[33:])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_metadata_that_points_at_itself_is_no_trouble(kind: str) -> None:
    # one directory, whose entries say that EXIF, GPS and the next directory are where it is itself
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005))
    absurd = struct.pack("<HHII", 0x010E, 2, 2**32 - 1, 2**31)
    exif = b"Exif\0\0II" + struct.pack("<HIH", 42, 8, 4) + absurd + entries + struct.pack("<I", 8)
    assert (await prepared(encoded(kind, exif=exif))).size == (120, 90)


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 5000, b"<!DOCTYPE html><html><img src='a.png'></html>", b"%PDF-1.7", b"RIFF\0\0\0\0WAVEfmt "]
)
async def test_what_is_no_picture_is_refused_with_what_is_taken(data: bytes) -> None:
    with pytest.raises(Final, match=r"Please send a JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF\.$"):
        await prepared(data)


async def test_a_picture_that_is_something_else_as_well_is_only_the_picture() -> None:
    assert b"script" not in (await prepared(encoded("GIF") + b"<script>alert(1)</script>")).tobytes()


async def test_a_picture_that_breaks_off_is_refused() -> None:
    for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "HEIF"):
        data = encoded(kind, Image.effect_noise((200, 200), 90).convert("RGB"))
        for end in (len(data) // 2, len(data) * 4 // 5):
            with pytest.raises(Final, match=r"^(The picture is damaged|That file is not a picture)"):
                await prepared(data[:end])


@pytest.mark.parametrize(("kind", "begin"), [("PNG", b"IDAT"), ("AVIF", b"mdat"), ("HEIF", b"mdat")])
async def test_a_picture_with_a_broken_place_is_refused(kind: str, begin: bytes) -> None:
    data = bytearray(encoded(kind, Image.effect_noise((200, 200), 90).convert("RGB")))
    place = data.index(begin) + 4
    data[place : place + 500] = bytes(500)
    with pytest.raises(Final, match=r"^The picture is damaged: "):
        await prepared(bytes(data))


async def loaded() -> int:
    """Bytes of address space that a process has before it opens anything."""
    return await Workers(()).run(address_space, bounds=Bounds(seconds=20, memory=2**31))


async def test_the_largest_photo_needs_little_memory(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(encoded("JPEG", Image.new("RGB", (7000, 7000))))
    media = Media(Limits(memory=await loaded() + MUCH))
    await media.prepare(tmp_path / "source", tmp_path / "made", sides=SIDES)
    assert await media.size(tmp_path / "made") == (MOST_SIDE, MOST_SIDE)


async def test_a_picture_that_needs_too_much_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(encoded("PNG", Image.new("1", (7000, 7000))))
    with pytest.raises(Final, match=r"^The picture cannot be opened: it needs too much memory\.$"):
        await Media(Limits(memory=await loaded() + MUCH)).prepare(source, tmp_path / "made", sides=SIDES)
    with pytest.raises(Final, match=r"^The picture cannot be opened: it takes more than 0\.01 seconds\.$"):
        await Media(Limits(opening=0.01)).prepare(source, tmp_path / "made", sides=SIDES)
    assert [file.name for file in tmp_path.iterdir()] == ["source"]


async def test_no_more_than_two_pictures_are_opened_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "stalls")  # nobody writes to it, so whoever opens it waits
    media, began = Media(Limits(opening=0.5)), time.monotonic()
    work = [media.prepare(tmp_path / "stalls", tmp_path / f"made{number}", sides=SIDES) for number in range(3)]
    refused = await asyncio.gather(*work, return_exceptions=True)
    assert [type(one) for one in refused] == [Final] * 3
    assert time.monotonic() - began >= 1


@given(st.binary(max_size=400) | st.tuples(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "HEIF"]), st.data()))
@settings(max_examples=40)
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
        await prepared(source)
    except Final as refusal:
        assert str(refusal).startswith(("The picture", "That file"))  # noqa: PT017 - either outcome is right


@given(st.integers(20, 2500), st.integers(20, 2500), st.none() | st.tuples(st.integers(1, 21), st.integers(1, 21)))
@settings(max_examples=15)
async def test_every_size_comes_out_within_what_the_model_takes(width: int, height: int, shape: Shape | None) -> None:
    try:
        size = Size(*(await prepared(encoded("PNG", Image.new("L", (width, height))), shape=shape)).size)
    except Final:
        return
    assert 64 <= min(size) <= max(size) <= MOST_SIDE
    across, down = shape or (width, height)
    assert size.width * down / across == pytest.approx(size.height, abs=1 + max(1, down / across))
