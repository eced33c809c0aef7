"""One call to the real fal as it passes: what was asked and what came back, so far as somebody wants to know."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sandbox.fal.endpoints import Json
from sandbox.fal.record import TORN

# Inputs, statuses and results are a few kilobytes; what is larger is none of them.
LARGEST = 2**20
READABLE = ("gzip", "deflate", "identity")


class Copy:
    """A copy of a body for reading, kept only while it is at most `LARGEST` bytes long: of a film nothing is."""

    def __init__(self) -> None:
        self._data: bytearray | None = bytearray()

    def add(self, chunk: bytes) -> None:
        """The next bytes."""
        if self._data is None or len(self._data) + len(chunk) > LARGEST:
            self._data = None
        else:
            self._data += chunk

    def json(self, encoding: str = "") -> Json | None:
        """The JSON object that it is, None if it is none; `encoding` is its Content-Encoding."""
        try:
            read = json.loads(_plain(bytes(self._data or b""), encoding.strip().lower()))
        except (ValueError, zlib.error):
            return None
        return cast("Json", read) if isinstance(read, dict) else None


@dataclass
class Exchange:
    """`status` is fal's, TORN without an answer; `path` is without a slash at its end; `at` is in Unix seconds."""

    at: float
    method: str
    host: str
    path: str
    query: Mapping[str, str]
    status: int = TORN
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    asked: Copy = field(default_factory=Copy)
    answered: Copy = field(default_factory=Copy)

    def answer(self) -> Json | None:
        """The JSON object that fal answered, None if it was none, or not the whole of it."""
        return self.answered.json(self.headers.get("Content-Encoding", ""))


def _plain(data: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return data
    if encoding not in READABLE:
        raise ValueError(f"{encoding} cannot be read")
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(
        data, LARGEST
    )  # 32: gzip or zlib, as it says itself
