"""Pictures as people have them, made into pictures as the models take them. The bytes decide, never the name."""

import contextlib
import io
from pathlib import Path
from typing import Any, cast

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageStat, TiffImagePlugin, UnidentifiedImageError

from bot.domain.crop import Shape, cut
from bot.domain.errors import Final
from bot.domain.language import sentence
from bot.domain.media import Size

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF")
MOST_PIXELS = 50_000_000
MILLIONS = str(MOST_PIXELS // 10**6)
WHITE, DARK = (255, 255, 255), (32, 32, 32)
BRIGHT = 192  # of 255: what is drawn brighter than this would be lost on white
NO_PICTURE = sentence(
    "That file is not a picture that I can read. Please send a JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF."
)
UNREADABLE = sentence("I cannot read this kind of TIFF: 16 bits, each colour by itself. Please send a PNG.")
TOO_LARGE = sentence("The picture is too large: {size} pixels; at most {most} million fit.")
FAR_TOO_LARGE = sentence("The picture is far too large: {most} million pixels fit.")
TOO_SMALL = sentence("The picture has {came} pixels; this model needs at least {least} on each side.")
LEFT_TOO_SMALL = sentence(
    "The picture has {came} pixels, {left} once it is cut and scaled down; "
    "this model needs at least {least} on each side."
)
DAMAGED = sentence("The picture is damaged: it breaks off or cannot be decoded.")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def prepare(source: Path, made: Path, sides: tuple[int, int], shape: Shape | None) -> Size:
    """Make the JPEG at `made` from the picture at `source`: upright, opaque, sRGB, without any metadata.

    `sides` are the smallest and largest side that the model takes, in pixels: larger is scaled down, smaller refused.
    `shape` cuts the picture to this width : height around its middle. Gives its size as it came, upright. Raises Final
    with a sentence for its owner.
    """
    picture, came = _read(source, None if shape else sides[1])
    picture = _cut(picture, shape)
    if max(picture.size) > sides[1]:
        picture.thumbnail((sides[1], sides[1]), Image.Resampling.LANCZOS)
    size = Size(*picture.size)
    if min(size) < sides[0]:
        raise Final(
            TOO_SMALL if size == came else LEFT_TOO_SMALL,
            {"came": str(came), "left": str(size), "least": str(sides[0])},
        )
    keep(_srgb(picture), made)
    return came


def keep(picture: Image.Image, made: Path) -> None:
    """Write a picture in sRGB to `made`: a JPEG as the models take it, without any metadata."""
    picture.info.clear()  # Pillow would write a comment again
    picture.save(made, "JPEG", quality=95, subsampling=0)


def size(picture: Path) -> Size:
    """The size of a picture that `prepare` made."""
    with Image.open(picture, formats=["JPEG"]) as opened:
        return Size(*opened.size)


def _read(source: Path, enough: int | None) -> tuple[Image.Image, Size]:
    """The first frame, upright and in 8 bits, and its size; a JPEG is unpacked smaller where `enough` pixels are.

    The size is known from the header, so a bomb is refused before it is unpacked.
    """
    cast("Any", pillow_heif).register_heif_opener()
    try:
        with Image.open(source, formats=FORMATS) as picture:
            size = Size(*picture.size)
            if size.width * size.height > MOST_PIXELS:
                raise Final(TOO_LARGE, {"size": str(size), "most": MILLIONS})
            if enough:
                picture.draft("RGB", (enough, enough))
            picture.load()
            if _misread(picture):
                raise Final(UNREADABLE)
            turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
            plain = _eight_bits(picture)
    except UnidentifiedImageError as error:
        raise Final(NO_PICTURE) from error
    except Image.DecompressionBombError as error:
        raise Final(FAR_TOO_LARGE, {"most": MILLIONS}) from error
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:  # Pillow's decoders raise each of them
        raise Final(DAMAGED) from error
    turned = plain if turn is None else plain.transpose(turn)
    sideways = (turned.width > turned.height) != (size.width > size.height)  # a TIFF is turned by Pillow itself
    return turned, Size(size.height, size.width) if sideways else size


def _misread(picture: Image.Image) -> bool:
    """Whether this is a TIFF that Pillow (13.0) gets wrong without a word: it takes these 16 bits for 8."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return False
    bits = cast("tuple[int, ...]", picture.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (8,)))
    return picture.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and max(bits) > 8


def _eight_bits(picture: Image.Image) -> Image.Image:
    """In one of L, LA, RGB, RGBA, CMYK, YCbCr and LAB, which can be scaled without steps."""
    if picture.mode.startswith(("I", "F")):  # 16 bits of grey, or as many as somebody's instrument has
        grey = picture.convert("F")
        brightest = cast("tuple[float, float]", grey.getextrema())[1]
        white = max(1 if picture.mode == "F" else 65535, brightest)
        return grey.point(lambda value: value * (255 / white)).convert("L")
    if picture.has_transparency_data:
        return picture.convert("LA" if picture.mode in ("L", "LA") else "RGBA")
    if picture.mode in ("1", "P", "PA", "RGBX"):
        return picture.convert("RGB")
    return picture.copy()


def _cut(picture: Image.Image, shape: Shape | None) -> Image.Image:
    if shape is None:
        return picture
    width, height = cut(Size(*picture.size), shape)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    picture = _opaque(picture)
    if profile:
        # a profile that is broken or does not fit its picture is as good as none
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = cast("Any", ImageCms).createProfile("sRGB")  # not typed in Pillow
            return cast("Image.Image", ImageCms.profileToProfile(picture, given, srgb, outputMode="RGB"))
    return picture.convert("RGB")


def _opaque(picture: Image.Image) -> Image.Image:
    """On white, or on a dark ground where what is visible is so bright that it would be lost on white."""
    if picture.mode not in ("LA", "RGBA"):
        return picture
    alpha = picture.getchannel("A")
    seen = ImageStat.Stat(picture.convert("L"), alpha.point([0] * 128 + [255] * 128))
    ground = Image.new("RGB", picture.size, DARK if seen.mean[0] > BRIGHT else WHITE).convert(picture.mode[:-1])
    ground.paste(picture.convert(ground.mode), mask=alpha)
    return ground
