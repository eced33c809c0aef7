"""What pictures, sounds and films are to everybody who speaks of them."""

from dataclasses import dataclass
from typing import NamedTuple

# fal keeps what a request makes for ever unless it is told otherwise, and whoever knows its address may see it.
FAL_KEEPS_SECONDS = 7 * 24 * 3600
UNBOOSTED = 20 * 2**20  # bytes of a file that Discord takes everywhere; discord.py 2.7.1 still says 10 MiB


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a film that arrived really is."""

    size: Size
    seconds: float
    plays: bool  # inline in every Discord client as it is: H.264 in yuv420p, the index before the pictures
