"""Pictures and sounds as people have them, made here: the README's table of formats, and what tests send."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import av
import pillow_heif
from PIL import Image, ImageCms, ImageDraw

from tests import media_files

Colour = tuple[int, int, int]
TEAL, RED, WHITE = (0, 128, 128), (200, 30, 30), (255, 255, 255)
SIZE = (120, 90)


@dataclass(frozen=True)
class Picture:
    """One kind of picture: how it is made, and what must become of it."""

    name: str
    make: Callable[[], bytes]
    outcome: str
    colour: Colour = TEAL  # in its middle, afterwards
    size: tuple[int, int] = SIZE  # pixels, afterwards
    refused: str = ""  # a part of the sentence, where it is


@dataclass(frozen=True)
class Sound:
    """One kind of sound, likewise."""

    name: str
    make: Callable[[], bytes]
    outcome: str
    seconds: int = 4
    tagged: bool = False
    refused: str = ""


def saved(kind: str, mode: str = "RGB", colour: Any = TEAL, **more: Any) -> Callable[[], bytes]:
    """Makes a picture of one colour in a format of Pillow's."""

    def make() -> bytes:
        file = io.BytesIO()
        Image.new(mode, SIZE, colour).save(file, kind, **more)
        return file.getvalue()

    return make


def converted(kind: str, mode: str, **more: Any) -> Callable[[], bytes]:
    """Makes a teal picture in another mode."""

    def make() -> bytes:
        file = io.BytesIO()
        Image.new("RGB", SIZE, TEAL).convert(mode, palette=Image.Palette.ADAPTIVE).save(file, kind, **more)
        return file.getvalue()

    return make


def animated(kind: str) -> Callable[[], bytes]:
    """Makes a picture whose first frame is teal and whose second is red."""

    def make() -> bytes:
        file = io.BytesIO()
        first, second = Image.new("RGB", SIZE, TEAL), Image.new("RGB", SIZE, RED)
        first.save(file, kind, save_all=True, append_images=[second], duration=100)
        return file.getvalue()

    return make


def sideways() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 0.0)}
    return saved("JPEG", exif=exif, comment=b"at home")()


def clear_ground() -> bytes:
    """A black ring on nothing."""
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 5, 100, 85), outline="black", width=4)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def heic() -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", SIZE, TEAL)).save(file, quality=95)  # pyright: ignore[reportUnknownMemberType]
    return file.getvalue()


def other_colours() -> bytes:
    """A red picture whose profile says that red is green."""
    tools = cast("Any", ImageCms)
    srgb = tools.ImageCmsProfile(tools.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"none").replace(b"gXYZ", b"rXYZ").replace(b"none", b"gXYZ")
    return saved("PNG", colour=RED, icc_profile=swapped)()


def deep_colours() -> bytes:
    """A PNG with 16 bits for each colour, which Pillow cannot write."""
    return _frame("png", "rgb48be", 2)


def deep_tiff() -> bytes:
    return _frame("tiff", "rgb48le", 2)


def _frame(codec: str, pixels: str, depth: int) -> bytes:
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *SIZE, pixels, Fraction(1, 25)
    frame = av.VideoFrame(*SIZE, pixels)
    [plane] = frame.planes
    pixel = b"".join(value.to_bytes(1, "big") * depth for value in TEAL)
    plane.update((pixel * SIZE[0]).ljust(plane.line_size, b"\0") * SIZE[1])
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def sound(codec: str, container: str, *, rate: int = 44_100, title: str = "") -> Callable[[], bytes]:
    """Makes a tone of four seconds."""

    def make() -> bytes:
        with TemporaryDirectory() as folder:
            return media_files.sound(Path(folder) / "sound", container, codec, rate=rate, title=title)

    return make


AS_IT_IS = "taken as it is"
FIRST = "its first frame"
PICTURES = (
    Picture("JPEG", saved("JPEG", quality=95), AS_IT_IS),
    Picture("JPEG, progressive", saved("JPEG", quality=95, progressive=True), AS_IT_IS),
    Picture("JPEG that was turned (EXIF)", sideways, "turned upright", size=(90, 120)),
    Picture("JPEG, greyscale", saved("JPEG", "L", 90), "becomes colour", colour=(90, 90, 90)),
    Picture("JPEG in CMYK", converted("JPEG", "CMYK", quality=95), "becomes sRGB"),
    Picture("several pictures in one JPEG (MPO)", animated("MPO"), "its first picture"),
    Picture("PNG", saved("PNG"), AS_IT_IS),
    Picture("PNG with a palette", converted("PNG", "P"), "becomes colour"),
    Picture("PNG with 16 bits of grey", saved("PNG", "I;16", 30_000), "becomes 8 bits", colour=(117, 117, 117)),
    Picture("PNG with 16 bits a colour", deep_colours, "becomes 8 bits"),
    Picture("PNG with transparency", clear_ground, "gets a white ground, a bright drawing a dark one", colour=WHITE),
    Picture("APNG", animated("PNG"), FIRST),
    Picture("GIF", animated("GIF"), FIRST),
    Picture("WebP", saved("WEBP", lossless=True), AS_IT_IS),
    Picture("WebP, animated", animated("WEBP"), FIRST),
    Picture("AVIF", saved("AVIF", quality=95), AS_IT_IS),
    Picture("HEIC", heic, AS_IT_IS),
    Picture("BMP", saved("BMP"), AS_IT_IS),
    Picture("TIFF", saved("TIFF", compression="tiff_lzw"), AS_IT_IS),
    Picture("TIFF in CMYK", converted("TIFF", "CMYK"), "becomes sRGB"),
    Picture("any of them with a colour profile (ICC)", other_colours, "becomes sRGB", colour=(30, 200, 30)),
    Picture("SVG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "refused", refused="not a picture"),
    Picture("PDF", lambda: b"%PDF-1.7\n", "refused", refused="not a picture"),
)
SOUNDS = (
    Sound("WAV", sound("pcm_s16le", "wav", title="Secret place"), "taken without its tags", tagged=True),
    Sound("MP3", sound("libmp3lame", "mp3", title="Secret place"), "taken without its tags", tagged=True),
    Sound("M4A", sound("aac", "mp4"), "refused", refused="WAV or MP3"),
    Sound("FLAC", sound("flac", "flac"), "refused", refused="WAV or MP3"),
    Sound("Ogg", sound("libopus", "ogg", rate=48_000), "refused", refused="WAV or MP3"),
)
