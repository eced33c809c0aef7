"""What Discord finds out about a file by looking at it: its type, and the size and length of pictures and films."""

import io
import mimetypes
import warnings

import av
import av.error
from PIL import Image

from sandbox.discord.wire import Json


def content_type(name: str) -> str | None:
    """The type by the file's name: a form's part always says octet-stream (discord.py http.py:286)."""
    return mimetypes.guess_type(name)[0]


def measure(name: str, data: bytes) -> Json:
    """`content_type`, and `width`, `height`, `duration_secs` of what can be read; nothing of what cannot."""
    kind = content_type(name)
    if kind is None:
        return {}
    if kind.startswith("image/"):
        return {"content_type": kind, **_picture(data)}
    if kind.startswith("video/"):
        return {"content_type": kind, **_film(data)}
    return {"content_type": kind}


def _picture(data: bytes) -> Json:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # only the header is read
            with Image.open(io.BytesIO(data)) as image:
                return {"width": image.width, "height": image.height}
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return {}


def _film(data: bytes) -> Json:
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if not container.streams.video:
                return {}
            stream = container.streams.video[0]
            size: Json = {"width": stream.width, "height": stream.height}
            return size | ({"duration_secs": container.duration / 1_000_000} if container.duration else {})
    except (OSError, ValueError, av.error.FFmpegError):
        return {}
