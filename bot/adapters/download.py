"""Fetches a file from the web onto the disk: streamed, bounded, whole or not at all."""

import asyncio
from pathlib import Path

import aiohttp

from bot.domain.errors import Broken, Final, Unavailable
from bot.domain.language import say, sentence

CHUNK = 256 * 1024  # bytes
HOLDER = sentence("The server that holds {what}")
PATIENCE = aiohttp.ClientTimeout(total=None, connect=15, sock_read=30)  # seconds; a large film may take its time


class Downloads:
    """Downloads through one shared session."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def fetch(self, url: str, path: Path, *, limit: int, what: str) -> None:
        """Store at `path` what `url` serves, at most `limit` bytes. `what` names it in sentences: "the picture", said.

        Raises Broken where it is gone or breaks off, Final where it is too large, Unavailable where nobody answers;
        then nothing is left at `path`.
        """
        part = path.with_name(path.name + ".part")
        try:
            async with self._http.get(url, timeout=PATIENCE) as reply:
                if 400 <= reply.status < 500 and reply.status not in (408, 425, 429):
                    raise Broken(say("{what} is no longer where it was.", what=_begin(what)))
                if not reply.ok:
                    raise Unavailable(say(HOLDER, what=what))
                await self._store(reply, part, limit, what)
            await asyncio.to_thread(part.replace, path)
        except aiohttp.InvalidURL as error:
            raise Broken(say("{what} has no address that works.", what=_begin(what))) from error
        except aiohttp.ClientPayloadError as error:
            raise Broken(say("{what} breaks off half-way.", what=_begin(what))) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(say(HOLDER, what=what)) from error
        except OSError as error:  # it is full, or may not be written to
            raise Unavailable(sentence("The bot's own disk")) from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _store(self, reply: aiohttp.ClientResponse, part: Path, limit: int, what: str) -> None:
        size = 0
        with part.open("wb") as file:
            async for chunk in reply.content.iter_chunked(CHUNK):
                size += len(chunk)
                if size > limit:
                    most = f"{limit / 1e6:g} MB"
                    raise Final(say("{what} is larger than {most}.", what=_begin(what), most=most))
                await asyncio.to_thread(file.write, chunk)


def _begin(what: str) -> str:
    return what[0].upper() + what[1:]
