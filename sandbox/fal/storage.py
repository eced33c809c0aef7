"""fal's storage and CDN: files by their URL, kept in memory."""

import base64
import binascii
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes, urlsplit

CDN = "https://v3.fal.media"
TOKEN_SECONDS = 3600
MEDIA_HOST = re.compile(r"[\w-]+\.fal\.media")
DATA_URI = re.compile(r"data:[^,]*?(;base64)?,(.*)", re.DOTALL)


@dataclass
class File:
    """A stored file; `data` is None until the upload that was announced has come."""

    content_type: str
    data: bytes | None = None
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    film: bool = False


class Storage:
    """The files, and the tokens with which they may be uploaded."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}
        self._tokens: dict[str, float] = {}

    def clear(self) -> None:
        """Forget all files. Tokens stay: a client keeps the one it has, and asks for no other before it expires."""
        self._files.clear()

    def keep(self, name: str, file: File) -> str:
        """Store; return the public URL."""
        safe = re.sub(r"[^\w.-]", "_", name) or "file.bin"
        # Never the same path twice, not even after a restart: clients remember URLs.
        path = f"/files/b/{secrets.token_hex(4)}/{secrets.token_urlsafe(16)}_{safe}"
        self._files[path] = file
        return CDN + path

    def find(self, path: str) -> File | None:
        return self._files.get(path)

    def remove(self, url: str) -> None:
        """Whoever asks for it finds nothing any more."""
        self._files.pop(urlsplit(url).path, None)

    def fetch(self, url: str) -> bytes | None:
        """What a model downloads: a file of this storage or a data URI; None if there is no such thing."""
        if url.startswith("data:"):
            return _data(url)
        parts = urlsplit(url)
        if parts.scheme != "https" or not MEDIA_HOST.fullmatch(parts.hostname or ""):
            return None
        file = self._files.get(parts.path)
        return file.data if file else None

    def issue_token(self) -> tuple[str, str]:
        """A token for uploads and its expiry, ISO 8601 with a time zone (without one the client gives up)."""
        token, expiry = secrets.token_urlsafe(24), self._clock() + TOKEN_SECONDS
        self._tokens[token] = expiry
        return token, datetime.fromtimestamp(expiry, UTC).isoformat()

    def accepts(self, authorization: str | None) -> bool:
        kind, _, token = (authorization or "").partition(" ")
        return kind == "Bearer" and self._tokens.get(token, 0) > self._clock()


def _data(uri: str) -> bytes | None:
    found = DATA_URI.fullmatch(uri)
    if not found:
        return None
    if not found[1]:
        return unquote_to_bytes(found[2])
    try:
        return base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return None
