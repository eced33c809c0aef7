"""What film an input asks for: its size in pixels, its count of frames, their rate and its price."""

import math
from dataclasses import dataclass

from sandbox.fal.endpoints import Json

# Area of a film in pixels, whatever its shape.
AREAS = {"480p": 832 * 480, "580p": 1008 * 576, "720p": 1280 * 720, "1080p": 1920 * 1080}
SIZES = {
    ("480p", "16:9"): (832, 480),
    ("480p", "9:16"): (480, 832),
    ("480p", "1:1"): (624, 624),
    ("580p", "16:9"): (1008, 576),
    ("580p", "9:16"): (576, 1008),
    ("580p", "1:1"): (768, 768),
    ("720p", "16:9"): (1280, 720),
    ("720p", "9:16"): (720, 1280),
    ("720p", "1:1"): (960, 960),
}
GRID = 16
# No film is more than four times as wide as high, or the other way round.
NARROWEST = 1 / 4
WAN_2_6_RATE = 30
# One unit of each endpoint in micro-dollars: a video of 720p, a second of 720p, a second of 720p.
UNIT_PRICES = {
    "fal-ai/wan-i2v": 400_000,
    "fal-ai/wan-flf2v": 400_000,
    "fal-ai/wan/v2.2-a14b/image-to-video": 80_000,
    "wan/v2.6/image-to-video": 100_000,
}


@dataclass(frozen=True)
class Plan:
    """A film to be made: sides in pixels, `rate` in frames per second."""

    width: int
    height: int
    frames: int
    rate: int

    @property
    def seconds(self) -> float:
        return self.frames / self.rate


def plan(values: Json, picture: tuple[int, int]) -> Plan:
    """The film that `values` (an input with its defaults) asks for, made of a picture of that width and height."""
    frames, rate = length(values)
    width, height = size(str(values["resolution"]), str(values.get("aspect_ratio", "auto")), picture)
    return Plan(width, height, frames, rate)


def length(values: Json) -> tuple[int, int]:
    """Count of frames, and frames per second."""
    if "duration" in values:
        return int(values["duration"]) * WAN_2_6_RATE, WAN_2_6_RATE
    frames, rate = int(values["num_frames"]), int(values["frames_per_second"])
    if values.get("interpolator_model", "none") == "none":
        return frames, rate
    steps = int(values["num_interpolated_frames"]) + 1
    return (frames - 1) * steps + 1, rate * steps if values["adjust_fps_for_interpolation"] else rate


def size(resolution: str, aspect_ratio: str, picture: tuple[int, int]) -> tuple[int, int]:
    """Width and height in pixels; `auto` keeps the aspect of the picture and the area of the resolution."""
    if aspect_ratio != "auto":
        return SIZES[resolution, aspect_ratio]
    aspect = min(max(picture[0] / picture[1], NARROWEST), 1 / NARROWEST)
    area = AREAS[resolution]
    return _on_grid(math.sqrt(area * aspect)), _on_grid(math.sqrt(area / aspect))


def _on_grid(side: float) -> int:
    return max(1, math.floor(side / GRID + 0.5)) * GRID


def price(endpoint: str, values: Json) -> int:
    """What fal would ask for this film, in micro-dollars."""
    resolution = values["resolution"]
    if endpoint == "wan/v2.6/image-to-video":
        return {"720p": 100_000, "1080p": 150_000}[resolution] * int(values["duration"])
    frames = int(values["num_frames"])
    if endpoint == "fal-ai/wan/v2.2-a14b/image-to-video":
        # The price of a second is that of 16 generated frames, whatever the rate; interpolated ones are free.
        return {"480p": 40_000, "580p": 60_000, "720p": 80_000}[resolution] * frames // 16
    base = {"480p": 200_000, "720p": 400_000}[resolution]
    return base * 5 // 4 if frames > 81 else base
