"""fal's webhooks come in, once they are known to be fal's; everybody else gets a short answer."""

import asyncio
import contextlib
import gzip
import hmac
import io
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.adapters.signature import Signatures
from bot.domain.errors import Misconfigured, Unavailable
from bot.web import MOST_BYTES, NOBODYS, hook, serving
from tests.signing import NOW, Published, Signer, publishing

JOB, TOKEN = "abcdefghjk", "Zm9v-YmFy_0123456789"
FAL = Signer()
PATIENCE = 0.2  # seconds


async def at_once() -> None:
    """What a database does that has nothing else to do."""


@dataclass
class Ears:
    """Knows one job, and what it was told of it."""

    heard: list[tuple[str, str, Mapping[str, Any] | None]] = field(default_factory=lambda: [])
    asks: Callable[[], Awaitable[None]] = at_once
    hears: Callable[[], Awaitable[None]] = at_once

    async def secret(self, job_id: str) -> str | None:
        await self.asks()
        return TOKEN if job_id == JOB else None

    async def hear(self, job_id: str, request_id: str, payload: Mapping[str, Any] | None) -> None:
        await self.hears()
        self.heard.append((job_id, request_id, payload))


@dataclass
class Case:
    ears: Ears
    published: Published
    http: ClientSession
    port: int

    def url(self, job_id: str = JOB, token: str = TOKEN) -> str:
        return hook(f"http://127.0.0.1:{self.port}/", job_id, token)

    async def post(self, body: bytes, *, url: str = "", **headers: str) -> tuple[int, str]:
        """Status and text of the answer to what fal signs."""
        given = {**FAL.headers(body), **headers}
        async with self.http.post(
            url or self.url(), data=io.BytesIO(body), headers=given, allow_redirects=False
        ) as reply:
            return reply.status, await reply.text()

    async def say(self, *parts: bytes) -> bytes:
        """Everything that is answered to these bytes, until the bot ends the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(10):
                return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()


def spoken(**changes: Any) -> bytes:
    said = {"request_id": "request-1", "gateway_request_id": "request-2", "status": "OK", "error": None}
    return json.dumps({**said, "payload": {"video": {"url": "https://fal.media/film.mp4"}}, **changes}).encode()


def head(*lines: str, target: str = f"/fal/{JOB}/{TOKEN}") -> bytes:
    return "\r\n".join([f"POST {target} HTTP/1.1", "Host: here", *lines, "", ""]).encode()


@contextlib.asynccontextmanager
async def opened(ears: Ears) -> AsyncGenerator[Case]:
    async with publishing(FAL.jwk) as published, ClientSession() as http:
        signatures = Signatures(http, lambda: NOW, jwks=published.url)
        async with serving("127.0.0.1", 0, ears, signatures, patience=PATIENCE) as port:
            yield Case(ears, published, http, port)


@pytest.fixture
async def case() -> AsyncGenerator[Case]:
    async with opened(Ears()) as case:
        yield case


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_what_the_model_made_is_heard(case: Case) -> None:
    assert (await case.post(spoken()))[0] == 200
    assert case.ears.heard == [(JOB, "request-1", {"video": {"url": "https://fal.media/film.mp4"}})]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "ERROR", "error": "Invalid status code: 422", "payload": {"detail": "no"}},
        {"payload": None, "payload_error": "cannot be written"},
        {"payload": ["film"]},
        {"status": None},
        {"status": ["OK"]},
    ],
)
async def test_anything_but_a_films_answer_is_left_to_be_looked_up(case: Case, changes: dict[str, Any]) -> None:
    assert (await case.post(spoken(**changes)))[0] == 200
    assert case.ears.heard == [(JOB, "request-1", None)]


async def test_an_unknown_job_and_a_wrong_token_are_told_apart_by_nothing(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[Any, Any]] = []
    compare = hmac.compare_digest

    def counting(a: Any, b: Any) -> bool:
        compared.append((a, b))
        return compare(a, b)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    told: list[Any] = []
    for job_id, token in ((JOB, "wrong"), ("nobodys", "wrong"), ("nobodys", TOKEN), ("nobodys", NOBODYS)):
        url = case.url(job_id, token)
        async with case.http.post(url, data=spoken(), headers=FAL.headers(spoken())) as reply:
            headers = {name: value for name, value in reply.headers.items() if name != "Date"}
            told.append((reply.status, headers, await reply.text()))
    assert told == [told[0]] * 4
    assert told[0][0] == 404
    assert compared == [(TOKEN, "wrong"), (NOBODYS, "wrong"), (NOBODYS, TOKEN), (NOBODYS, NOBODYS)]
    assert not case.ears.heard
    assert not case.published.asked, "a signature is looked at only where the address is right"


@pytest.mark.parametrize("token", [TOKEN[:-1], TOKEN + "0", TOKEN.lower(), "%FF", "%C3%A4", "%00", "a%2Fb"])
async def test_a_token_must_be_the_jobs_to_the_letter(case: Case, token: str) -> None:
    answer = await case.say(head("Connection: close", "Content-Length: 0", target=f"/fal/{JOB}/{token}"))
    assert b" 404 " in answer.splitlines()[0]


async def test_what_fal_has_not_signed_is_refused_with_a_line_in_the_log(
    case: Case, log: pytest.LogCaptureFixture
) -> None:
    status, text = await case.post(spoken(), **Signer(bytes(32)).headers(spoken()))
    assert (status, text) == (401, "This does not come from fal.")
    assert not case.ears.heard
    warnings = [record.getMessage() for record in log.records if record.levelno == logging.WARNING]
    assert warnings == [f"job {JOB}: a webhook is refused: no key of fal's fits its signature"]


async def test_a_token_never_gets_into_the_log(case: Case, log: pytest.LogCaptureFixture) -> None:
    await case.post(spoken())
    await case.post(spoken(), **Signer(bytes(32)).headers(spoken()))
    case.published.status = 500
    await case.post(b"nothing")
    await case.say(head("Content-Length: 10"), b"slow")
    await case.say(head("Transfer-Encoding: chunked"), b"no chunk\r\n")
    assert "refused" in log.text
    assert TOKEN not in log.text


async def test_without_fals_keys_it_shall_come_again(case: Case) -> None:
    case.published.status = 500
    assert (await case.post(spoken()))[0] == 503
    assert not case.ears.heard


async def away() -> None:
    raise Unavailable("the database")


async def test_what_cannot_be_looked_up_or_stored_shall_come_again(case: Case) -> None:
    case.ears.hears = away
    assert (await case.post(spoken()))[0] == 503
    case.ears.hears, case.ears.asks = at_once, away
    assert (await case.post(spoken()))[0] == 503
    assert not case.ears.heard


@pytest.mark.parametrize(
    "body", [b"", b"film", b"\xff\xfe", b"[]", b"null", b"{}", b'{"request_id": 7}', b"[" * 100_000, b'"request-1"']
)
async def test_what_fal_signed_must_be_a_webhook(case: Case, body: bytes) -> None:
    assert await case.post(body) == (400, "This is no webhook of fal's.")
    assert not case.ears.heard


async def test_header_and_body_must_name_the_same_request(case: Case) -> None:
    body = spoken(request_id="request-3")
    assert (await case.post(body))[0] == 401
    assert (await case.post(body, **FAL.headers(body, request_id="request-3")))[0] == 200
    assert [request_id for _, request_id, _ in case.ears.heard] == ["request-3"]


async def test_a_body_that_was_packed_is_judged_as_it_came(case: Case) -> None:
    packed = gzip.compress(spoken())
    assert (await case.post(packed, **{"Content-Encoding": "gzip"}))[0] == 400
    assert (await case.post(packed, **{"Content-Encoding": "gzip"}, **FAL.headers(spoken())))[0] == 401


async def test_a_body_may_have_one_mib(case: Case) -> None:
    assert (await case.post(spoken().ljust(MOST_BYTES)))[0] == 200
    assert (await case.post(spoken().ljust(MOST_BYTES + 1)))[0] == 413
    assert len(case.ears.heard) == 1


async def test_a_body_that_is_announced_as_too_large_is_not_waited_for(case: Case) -> None:
    answer = await case.say(head(f"Content-Length: {MOST_BYTES + 1}"))
    assert b" 413 " in answer.splitlines()[0]


async def test_a_body_in_chunks_is_refused_as_soon_as_it_is_too_large(case: Case) -> None:
    """It never ends, so the answer can come only before its end."""
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    answer = await case.say(head("Transfer-Encoding: chunked"), *[chunk] * 17)
    assert b" 413 " in answer.splitlines()[0]


@pytest.mark.parametrize("body", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
async def test_who_sends_too_slowly_is_not_waited_for(case: Case, body: str) -> None:
    answer = await case.say(head(body), b"3")
    assert b" 408 " in answer.splitlines()[0]
    assert answer.endswith(b"The body takes too long.")


async def test_a_body_in_broken_chunks_is_answered(case: Case) -> None:
    answer = await case.say(head("Transfer-Encoding: chunked", "Connection: close"), b"no chunk\r\n")
    assert answer.split()[1] in (b"400", b"408"), "the latter where they come after the head"


async def test_who_hangs_up_does_no_harm_and_leaves_no_error_in_the_log(log: pytest.LogCaptureFixture) -> None:
    async with opened(Ears()) as case:
        for _ in range(3):
            _, writer = await asyncio.open_connection("127.0.0.1", case.port)
            writer.write(head("Content-Length: 1000") + b"{")
            await writer.drain()
            await case.post(spoken())  # by then the bot reads the first one's body
            writer.transport.abort()
        assert (await case.post(spoken()))[0] == 200
    assert not [record for record in log.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
@pytest.mark.parametrize(
    "path", ["", "fal", "fal/", "//fal//", f"fal/{JOB}", f"fal/{JOB}/", "fal/a/b/", "fal/../fal/a/b"]
)
async def test_nobody_is_sent_elsewhere(case: Case, method: str, path: str) -> None:
    url = f"http://127.0.0.1:{case.port}/{path}"
    async with case.http.request(method, url, data=spoken(), allow_redirects=False) as reply:
        assert reply.status in (404, 405)


async def test_a_page_that_fal_posts_to_answers_to_nothing_else(case: Case) -> None:
    async with case.http.get(case.url(), allow_redirects=False) as reply:
        assert reply.status == 405


async def broken() -> None:
    raise RuntimeError("a mistake of ours")


async def test_a_mistake_of_ours_makes_fal_come_again(case: Case, log: pytest.LogCaptureFixture) -> None:
    case.ears.hears = broken
    assert (await case.post(spoken()))[0] == 500
    assert "a mistake of ours" in log.text


async def test_at_the_end_a_request_under_way_gets_its_answer() -> None:
    begun, may = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        begun.set()
        await may.wait()

    async with opened(Ears(hears=slowly)) as case:
        async with serving("127.0.0.1", 0, case.ears, Trusting()) as case.port:
            asking = asyncio.create_task(case.post(spoken()))
            await begun.wait()
            asyncio.get_running_loop().call_later(PATIENCE, may.set)
        assert (await asking)[0] == 200
        assert len(case.ears.heard) == 1
        with pytest.raises(ConnectionError):
            await case.say(head())


class Trusting:
    """Takes everything for fal's."""

    async def check(self, headers: Mapping[str, str], body: bytes) -> None: ...


async def test_a_port_that_is_taken_is_told_with_its_setting(case: Case) -> None:
    with pytest.raises(Misconfigured, match=f"^ZOETROPE_WEB_PORT: .*{case.port}: .*in use"):
        async with serving("127.0.0.1", case.port, Ears(), Trusting()):
            pass


async def test_a_port_that_cannot_be_is_told_with_its_setting() -> None:
    with pytest.raises(Misconfigured, match=r"^ZOETROPE_WEB_PORT: .*70000: .*0-65535"):
        async with serving("127.0.0.1", 70000, Ears(), Trusting()):
            pass


async def test_a_host_that_is_not_here_is_told_with_its_setting() -> None:
    with pytest.raises(Misconfigured, match=r"^ZOETROPE_WEB_HOST: .*192\.0\.2\.1: .*(assign|bind)"):
        async with serving("192.0.2.1", 0, Ears(), Trusting()):
            pass


@pytest.mark.parametrize("public", ["https://films.example", "https://films.example/", "https://films.example//"])
def test_an_address_has_one_slash_between_its_parts(public: str) -> None:
    assert hook(public, JOB, TOKEN) == f"https://films.example/fal/{JOB}/{TOKEN}"


def test_an_address_may_lie_in_a_folder() -> None:
    assert hook("https://example.org/films/", JOB, TOKEN) == f"https://example.org/films/fal/{JOB}/{TOKEN}"
