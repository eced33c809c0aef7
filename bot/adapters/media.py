"""Pictures as people have them, made into pictures as the models take them. The bytes decide, never the name."""

import asyncio
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.domain.errors import Final

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "BMP", "GIF", "TIFF")
MOST_PIXELS = 50_000_000
MOST_SIDE = 2000  # pixels: more than any of the models shows, and what Wan 2.6 recommends as the largest
SHAPES = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}
GROUND = (255, 255, 255)  # under what is transparent
NOTHING = "Nothing was spent."


async def prepare(source: Path, made: Path, *, sides: tuple[int, int], shape: str | None) -> None:
    """Make the JPEG at `made` from the picture at `source`: upright, opaque, sRGB, without any metadata.

    `sides` are the smallest and largest side that the model takes, in pixels: larger is scaled down, smaller refused.
    `shape` (16:9, 9:16 or 1:1) cuts the picture around its middle. Raises Final with a sentence for its owner.
    """
    await asyncio.to_thread(_prepare, source, made, sides, shape)


def _prepare(source: Path, made: Path, sides: tuple[int, int], shape: str | None) -> None:
    picture = _cut(_flat(_read(source)), SHAPES.get(shape or ""))
    smallest, largest = sides[0], min(sides[1], MOST_SIDE)
    before = f"{picture.width} × {picture.height} pixels"
    if max(picture.size) > largest:
        picture.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    if min(picture.size) < smallest:
        raise Final(f"The picture has {before}; this model needs at least {smallest} on each side. {NOTHING}")
    picture.save(made, "JPEG", quality=95, subsampling=0)


def _read(source: Path) -> Image.Image:
    """The first frame, upright. The size is known from the header, so a bomb is refused before it is unpacked."""
    try:
        with Image.open(source, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                size = f"{picture.width} × {picture.height} pixels"
                raise Final(f"The picture is too large: {size}; at most {MOST_PIXELS // 10**6} million fit. {NOTHING}")
            picture.load()
            return ImageOps.exif_transpose(picture)
    except UnidentifiedImageError as error:
        kinds = ", ".join(FORMATS)
        raise Final(f"That file is not a picture that I can read. Please send one of {kinds}. {NOTHING}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Final(f"The picture is far too large: {MOST_PIXELS // 10**6} million pixels fit. {NOTHING}") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # Pillow's decoders raise each of them
        raise Final(f"The picture is damaged: it breaks off or cannot be decoded. {NOTHING}") from error


def _flat(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", picture.size, GROUND)
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def _cut(picture: Image.Image, ratio: float | None) -> Image.Image:
    if ratio is None:
        return picture
    width, height = picture.size
    wanted = (min(width, round(height * ratio)), min(height, round(width / ratio)))
    return ImageOps.fit(picture, (max(wanted[0], 1), max(wanted[1], 1)))
