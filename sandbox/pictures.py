"""Draws a few pictures of our own, so that there is something to animate."""

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1280, 720)


def draw_samples(folder: Path) -> list[Path]:
    """Draw the sample pictures into `folder`; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"sea.jpg": sea(), "hills.jpg": hills()}
    for name, picture in made.items():
        picture.save(folder / name, quality=92)
    return [folder / name for name in made]


def sea() -> Image.Image:
    """An evening sea with a low sun."""
    picture = _gradient((250, 170, 110), (60, 60, 120))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((560, 260, 720, 420), fill=(255, 230, 180))
    for row in range(360, 720, 6):
        depth = (row - 360) / 360
        water = tuple(int(20 + part * (1 - depth)) for part in (120, 90, 110))
        points = [(x, row + 3 * math.sin(x / (20 + 90 * depth) + row)) for x in range(0, 1281, 16)]
        draw.polygon([*points, (1280, 726), (0, 726)], fill=water)
        glow = (90 - 50 * depth) * (0.75 + 0.25 * math.cos(row / 7))
        draw.line((640 - glow, row, 640 + glow, row), fill=(255, 215, 160), width=2)
    return picture.filter(ImageFilter.GaussianBlur(1))


def hills() -> Image.Image:
    """Hills behind hills under a morning sky."""
    picture = _gradient((210, 230, 250), (250, 220, 200))
    draw = ImageDraw.Draw(picture)
    for layer in range(6):
        height, shade = 320 + layer * 62, 190 - layer * 28
        ridge = [
            (x, height + 46 * math.sin(x / (170 - layer * 14) + layer * 2) + 12 * math.sin(x / 37 + layer))
            for x in range(0, 1281, 8)
        ]
        draw.polygon([*ridge, (1280, 720), (0, 720)], fill=(shade - 40, shade, shade - 20))
    return picture


def _gradient(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    fade = Image.linear_gradient("L").transform(SIZE, Image.Transform.EXTENT, (0, 0, 256, 256))
    light, dark = Image.new("RGB", SIZE, top), Image.new("RGB", SIZE, bottom)
    return Image.composite(dark, light, fade)
