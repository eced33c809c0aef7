"""What pictures, sounds and films are to everybody who speaks of them."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

# fal keeps what a request makes for ever unless it is told otherwise, and whoever knows its address may see it.
FAL_KEEPS_SECONDS = 7 * 24 * 3600
UNBOOSTED = 20 * 2**20  # bytes of a file that Discord takes everywhere; discord.py 2.7.1 still says 10 MiB

# where Discord serves attachments, and pictures of others that it has fetched itself for an embed
DISCORDS = frozenset(
    {"cdn.discordapp.com", "media.discordapp.net", "images-ext-1.discordapp.net", "images-ext-2.discordapp.net"}
)
FRAME = re.compile(r"film:(?P<job>[0-9a-z]+):(?P<which>first|last)")


def frame(job_id: str, which: Literal["first", "last"]) -> str:
    """The address of a frame of a film of ours, where otherwise that of an attachment stands; FRAME reads it."""
    return f"film:{job_id}:{which}"


def covered(url: str) -> bool:
    """Whether Discord covers a picture until somebody wants to see it, as its address says."""
    return "/SPOILER_" in url


def at_discord(url: str, cdn: str = "") -> bool:
    """Whether a file is served by Discord itself; `cdn` is another address of that, for a proxy."""
    if cdn and url.startswith(f"{cdn.rstrip('/')}/"):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.netloc in DISCORDS
    except ValueError:
        return False


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
