"""Pictures as people have them, made into pictures as the models take them. The bytes decide, never the name."""

import asyncio
import io
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from bot.domain.errors import Final

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "BMP", "GIF", "TIFF")
MOST_PIXELS = 50_000_000
MOST_SIDE = 2000  # pixels: more than any of the models shows, and what Wan 2.6 recommends as the largest
GROUND = (255, 255, 255)  # under what is transparent
AT_ONCE = 2  # pictures being unpacked: each may take some hundred megabytes


class Pictures:
    """Makes pictures ready, a few at a time."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def prepare(self, source: Path, made: Path, *, sides: tuple[int, int], shape: str | None) -> None:
        """Make the JPEG at `made` from the picture at `source`: upright, opaque, sRGB, without any metadata.

        `sides` are the smallest and largest side that the model takes, in pixels: larger is scaled down, smaller
        refused. `shape` such as 16:9 cuts the picture around its middle. `made` is there whole or not at all. Raises
        Final with a sentence for its owner.
        """
        async with self._gate:
            await asyncio.to_thread(_prepare, source, made, sides, shape)


def _prepare(source: Path, made: Path, sides: tuple[int, int], shape: str | None) -> None:
    picture, size = _read(source)
    smallest, largest = sides[0], min(sides[1], MOST_SIDE)
    if max(picture.size) > largest:
        picture.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    picture = _cut(_srgb(picture), shape)
    if min(picture.size) < smallest:
        found = f"{size[0]} × {size[1]} pixels"
        raise Final(f"The picture has {found}; this model needs at least {smallest} on each side.")
    picture.info.clear()  # Pillow would write a comment again
    part = made.with_name(made.name + ".part")
    picture.save(part, "JPEG", quality=95, subsampling=0)
    part.replace(made)


def _read(source: Path) -> tuple[Image.Image, tuple[int, int]]:
    """The first frame, upright, and its size as it came; a JPEG may be unpacked smaller than that.

    The size is known from the header, so a bomb is refused before it is unpacked.
    """
    try:
        with Image.open(source, formats=FORMATS) as picture:
            size = picture.size
            if size[0] * size[1] > MOST_PIXELS:
                found = f"{size[0]} × {size[1]} pixels"
                raise Final(f"The picture is too large: {found}; at most {MOST_PIXELS // 10**6} million fit.")
            picture.draft("RGB", (MOST_SIDE, MOST_SIDE))
            picture.load()
            return ImageOps.exif_transpose(picture), size
    except UnidentifiedImageError as error:
        kinds = ", ".join(FORMATS)
        raise Final(f"That file is not a picture that I can read. Please send one of {kinds}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Final(f"The picture is far too large: {MOST_PIXELS // 10**6} million pixels fit.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # Pillow's decoders raise each of them
        raise Final("The picture is damaged: it breaks off or cannot be decoded.") from error


def _srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):  # 16 bits of grey
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    flat = picture if picture.mode == "CMYK" and profile else _flat(picture)
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = cast("Any", ImageCms).createProfile("sRGB")  # not typed in Pillow
            made = ImageCms.profileToProfile(flat, given, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):  # a profile that does not fit its picture is as good as none
            made = None
        flat = made or flat
    return flat.convert("RGB")


def _flat(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", picture.size, GROUND)
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def _cut(picture: Image.Image, shape: str | None) -> Image.Image:
    if shape is None or ":" not in shape:
        return picture
    across, down = map(int, shape.split(":"))
    width, height = picture.size
    wanted = (min(width, round(height * across / down)), min(height, round(width * down / across)))
    return ImageOps.fit(picture, (max(wanted[0], 1), max(wanted[1], 1)))
