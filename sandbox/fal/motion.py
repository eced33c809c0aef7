"""How a stand-in film moves: a slow zoom, a tint and a sweep of light, all drawn from the seed and the prompt."""

import hashlib
import math
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageChops, ImageOps

SWEEP_STRENGTH = 70  # of 255
# Enlarging is slow: so many pictures of a film are drawn, the frames between fade from one to the next.
DRAWN = 41
# Video levels (16 to 235, chroma to 240) as every player expects; Pillow speaks full range.
LUMA = [round(16 + value * 219 / 255) for value in range(256)]
CHROMA = [round(128 + (value - 128) * 224 / 255) for value in range(256)]


class Planes(NamedTuple):
    """A picture as a video holds it: brightness in full size, both colour differences in half."""

    y: Image.Image
    cb: Image.Image
    cr: Image.Image

    @classmethod
    def of(cls, picture: Image.Image, size: tuple[int, int]) -> "Planes":
        """The picture resized and cropped at the centre to `size` (even numbers of pixels)."""
        fitted = ImageOps.fit(_flat(picture), size, Image.Resampling.BICUBIC)
        y, cb, cr = fitted.convert("YCbCr").split()
        return cls(y.point(LUMA), *(plane.reduce(2).point(CHROMA) for plane in (cb, cr)))

    def blend(self, other: "Planes", share: float) -> "Planes":
        return Planes(*(Image.blend(mine, its, share) for mine, its in zip(self, other, strict=True)))

    def zoom(self, factor: float, shift: tuple[float, float]) -> "Planes":
        """Enlarged around a centre that `shift` (-1 to 1 each way) moves as far as the picture reaches."""
        return Planes(*(_zoomed(plane, factor, shift) for plane in self))


def _flat(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def _zoomed(plane: Image.Image, factor: float, shift: tuple[float, float]) -> Image.Image:
    width, height = plane.width / factor, plane.height / factor
    left = (plane.width - width) * (1 + shift[0]) / 2
    top = (plane.height - height) * (1 + shift[1]) / 2
    return plane.resize(plane.size, Image.Resampling.BILINEAR, (left, top, left + width, top + height))


@dataclass(frozen=True)
class Look:
    """What sets one film apart from another of the same picture."""

    zoom: float
    shift: tuple[float, float]
    tint: tuple[int, int]
    sweeps: int
    backwards: bool

    @classmethod
    def drawn(cls, seed: int, prompt: str) -> "Look":
        """The same look for the same seed and prompt, for ever."""
        drawn = hashlib.sha256(f"{seed}\n{prompt}".encode()).digest()
        turn, hue = drawn[0] / 256 * math.tau, drawn[1] / 256 * math.tau
        return cls(
            zoom=0.10 + drawn[2] / 256 * 0.15,
            shift=(math.cos(turn), math.sin(turn)),
            tint=(round(26 * math.cos(hue)), round(26 * math.sin(hue))),
            sweeps=1 + drawn[3] % 3,
            backwards=drawn[4] % 2 == 1,
        )


class Scene:
    """The pictures of a film: the first is the picture itself; of a morph the last is the second picture itself."""

    def __init__(self, look: Look, first: Image.Image, last: Image.Image | None, size: tuple[int, int]) -> None:
        self._look = look
        self._first = Planes.of(first, size)
        self._last = Planes.of(last, size) if last else None
        self._light = _light(size)
        self._drawn: dict[int, Planes] = {}

    def at(self, time: float) -> Planes:
        """The picture at `time`, from 0 (the first frame) to 1 (the last); quickest in the order of time."""
        far = self._far(time)
        if far == 0:
            return self._last if self._last and time == 1 else self._first
        before = math.floor(time * (DRAWN - 1))
        share = time * (DRAWN - 1) - before
        planes = self._picture(before)
        if share > 0:
            planes = planes.blend(self._picture(before + 1), share)
        blue, red = (round(tint * far) for tint in self._look.tint)
        lit = ImageChops.add(planes.y, self._lit(planes.y.size, time))
        return Planes(lit, _shifted(planes.cb, blue), _shifted(planes.cr, red))

    def _far(self, time: float) -> float:
        """How far the film is from the pictures it was given, 0 to 1."""
        if self._last:
            return math.sin(math.pi * time) if 0 < time < 1 else 0
        return time

    def _picture(self, number: int) -> Planes:
        """One of the `DRAWN` pictures; only the last two are remembered."""
        if number not in self._drawn:
            time = number / (DRAWN - 1)
            planes = self._first.blend(self._last, time * time * (3 - 2 * time)) if self._last else self._first
            kept = {old: self._drawn[old] for old in self._drawn if old == number - 1}
            self._drawn = kept | {number: planes.zoom(1 + self._look.zoom * self._far(time), self._look.shift)}
        return self._drawn[number]

    def _lit(self, size: tuple[int, int], time: float) -> Image.Image:
        """The light that falls on the picture: it enters at one side and leaves at the other."""
        part = time * self._look.sweeps % 1
        left = round(2 * size[0] * (part if self._look.backwards else 1 - part))
        return self._light.crop((left, 0, left + size[0], size[1]))


def _light(size: tuple[int, int]) -> Image.Image:
    """A bright band in the middle of a dark strip three pictures wide."""
    width = size[0]
    row = Image.new("L", (3 * width, 1))
    middle, reach = 3 * width / 2, width / 2
    row.putdata([round(SWEEP_STRENGTH * max(0, 1 - abs(x - middle) / reach) ** 2) for x in range(3 * width)])
    return row.resize((3 * width, size[1]))


def _shifted(plane: Image.Image, by: int) -> Image.Image:
    return plane.point([min(240, max(16, value + by)) for value in range(256)]) if by else plane
