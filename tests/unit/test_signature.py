"""What fal has signed is let in; whatever differs by a bit, or is old, is not."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.adapters.signature import Signatures
from bot.domain.errors import Forged, Unavailable
from tests.signing import NOW, Published, Signer, publishing

REQUEST_ID, USER_ID, TIME, SIGNATURE = HEADERS = (
    "X-Fal-Webhook-Request-Id",
    "X-Fal-Webhook-User-Id",
    "X-Fal-Webhook-Timestamp",
    "X-Fal-Webhook-Signature",
)
DAY = 24 * 3600
BODY = b'{"request_id": "request-1"}'
OURS, OTHER = Signer(), Signer(bytes(32))
# agreed by PyNaCl, cryptography and Node's crypto, with the seed 00 01 … 1f; the body as fal writes it
SPOKEN = (
    b'{"error": null, "gateway_request_id": "123e4567-e89b-12d3-a456-426614174000", "payload": {"seed": 7, "video": '
    b'{"content_type": "video/mp4", "url": "http://127.0.0.1:8899/files/b/x/out.mp4"}}, '
    b'"request_id": "123e4567-e89b-12d3-a456-426614174000", "status": "OK"}'
)
VECTOR = {
    REQUEST_ID: "123e4567-e89b-12d3-a456-426614174000",
    USER_ID: "user-loopback-0001",
    TIME: "1767225600",
    SIGNATURE: "7800c91df01b0df7d5bd46637ab1fa20959f15295608b71ab2a608cfc1064a66"
    "442235cf82196f1051ed6473cc6cd0d8fc8f8e92e9702c30522706526c7dac01",
}
JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "loopback-1",
    "use": "sig",
    "alg": "EdDSA",
    "x": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg",
}


@dataclass
class Case:
    """Signatures whose clock and keys the test sets."""

    signatures: Signatures
    published: Published
    now: float = NOW

    async def good(self, signer: Signer = OURS) -> None:
        await self.signatures.check(signer.headers(BODY, time=str(int(self.now))), BODY)

    async def forged(self) -> None:
        await self.good(Signer(b"\xff" * 32))


@contextlib.asynccontextmanager
async def trying(*keys: Any) -> AsyncGenerator[Case]:
    async with publishing(*(keys or [OURS.jwk])) as published, ClientSession() as http:
        case = Case(Signatures(http, lambda: case.now, jwks=published.url), published)
        yield case


@pytest.fixture
async def case() -> AsyncGenerator[Case]:
    async with trying() as case:
        yield case


async def test_the_agreed_vector_is_let_in() -> None:
    async with trying(JWK) as case:
        await case.signatures.check(VECTOR, SPOKEN)


MESSAGE = "\n".join([*list(VECTOR.values())[:3], hashlib.sha256(SPOKEN).hexdigest()]).encode()
DIGEST = hashlib.sha256(SPOKEN)


def test_the_vectors_signature_is_over_the_message_as_the_tests_make_it() -> None:
    assert OURS.sign(MESSAGE) == VECTOR[SIGNATURE]
    assert OURS.jwk["x"] == JWK["x"]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(MESSAGE + b"\n", id="trailing LF"),
        pytest.param(MESSAGE.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(
            MESSAGE.replace(DIGEST.hexdigest().encode(), DIGEST.hexdigest().upper().encode()), id="upper case"
        ),
        pytest.param(MESSAGE.replace(DIGEST.hexdigest().encode(), DIGEST.digest()), id="raw digest"),
        pytest.param(MESSAGE.replace(DIGEST.hexdigest().encode(), SPOKEN), id="no digest"),
    ],
)
async def test_a_message_put_together_otherwise_is_refused(case: Case, message: bytes) -> None:
    with pytest.raises(Forged, match="no key"):
        await case.signatures.check({**VECTOR, SIGNATURE: OURS.sign(message)}, SPOKEN)


async def test_the_same_body_written_anew_is_refused(case: Case) -> None:
    anew = json.dumps(json.loads(SPOKEN), separators=(",", ":")).encode()
    with pytest.raises(Forged, match="no key"):
        await case.signatures.check(VECTOR, anew)


@pytest.mark.parametrize("spell", [str.lower, str.upper])
async def test_a_headers_name_may_have_any_case(case: Case, spell: Callable[[str], str]) -> None:
    await case.signatures.check({spell(name): value for name, value in VECTOR.items()}, SPOKEN)


@pytest.mark.parametrize("name", HEADERS)
async def test_a_header_must_be_there_once_with_a_value(case: Case, name: str) -> None:
    without = {given: value for given, value in VECTOR.items() if given != name}
    for headers in (without, {**VECTOR, name: ""}, {**VECTOR, name.lower(): VECTOR[name]}):
        with pytest.raises(Forged, match=name):
            await case.signatures.check(headers, SPOKEN)
    assert not case.published.asked, "a forged post should not cost fal a request"


@pytest.mark.parametrize(
    "time",
    ["soon", "-1", "+1767225600", " 1767225600", "1_767_225_600", "1767225600.0", "１７６７２２５６００", "9" * 5000],
)
async def test_a_time_that_is_no_decimal_number_is_refused(case: Case, time: str) -> None:
    with pytest.raises(Forged, match="number"):
        await case.signatures.check(OURS.headers(BODY, time=time), BODY)
    assert not case.published.asked


@pytest.mark.parametrize("signature", ["00", "0" * 127, "0" * 129, "g" * 128, " ".join(["00"] * 43), "0" * 128 + "\n"])
async def test_a_signature_that_is_not_128_hexadecimal_digits_is_refused(case: Case, signature: str) -> None:
    with pytest.raises(Forged, match="128"):
        await case.signatures.check({**VECTOR, SIGNATURE: signature}, SPOKEN)
    assert not case.published.asked


@pytest.mark.parametrize("away", [-300, 300])
async def test_five_minutes_between_the_clocks_are_let_pass_and_no_more(case: Case, away: int) -> None:
    case.now += away
    await case.signatures.check(VECTOR, SPOKEN)
    case.now += 1 if away > 0 else -1
    with pytest.raises(Forged, match="300 s"):
        await case.signatures.check(VECTOR, SPOKEN)


async def test_headers_are_signed_as_the_bytes_that_came(case: Case) -> None:
    """As aiohttp tells a byte that is no UTF-8."""
    await case.signatures.check(OURS.headers(BODY, user_id="us\udce9r"), BODY)


@settings(max_examples=40)
@given(where=st.integers(0, len(SPOKEN) * 8 - 1))
async def test_a_body_with_one_other_bit_is_refused(where: int) -> None:
    body = bytearray(SPOKEN)
    body[where // 8] ^= 1 << where % 8
    async with trying() as case:
        with pytest.raises(Forged, match="no key"):
            await case.signatures.check(VECTOR, bytes(body))


@settings(max_examples=40)
@given(where=st.integers(0, 511))
async def test_a_signature_with_one_other_bit_is_refused(where: int) -> None:
    signature = bytearray.fromhex(VECTOR[SIGNATURE])
    signature[where // 8] ^= 1 << where % 8
    async with trying() as case:
        with pytest.raises(Forged, match="no key"):
            await case.signatures.check({**VECTOR, SIGNATURE: signature.hex()}, SPOKEN)


@settings(max_examples=40)
@given(name=st.sampled_from((REQUEST_ID, USER_ID)), value=st.text(st.characters(exclude_categories=["C"]), min_size=1))
async def test_another_header_is_refused(name: str, value: str) -> None:
    assume(value != VECTOR[name])
    async with trying() as case:
        with pytest.raises(Forged, match="no key"):
            await case.signatures.check({**VECTOR, name: value}, SPOKEN)


@settings(max_examples=40)
@given(time=st.integers(NOW - 300, NOW + 300).filter(lambda time: time != NOW).map(str) | st.just(f"0{NOW}"))
async def test_another_time_is_refused(time: str) -> None:
    async with trying() as case:
        with pytest.raises(Forged, match="no key"):
            await case.signatures.check({**VECTOR, TIME: time}, SPOKEN)


async def test_a_key_may_be_written_with_padding() -> None:
    async with trying({**JWK, "x": JWK["x"] + "="}) as case:
        await case.signatures.check(VECTOR, SPOKEN)


async def test_one_fitting_key_among_others_that_are_no_use_is_enough() -> None:
    useless: list[Any] = [
        OTHER.jwk,
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {**JWK, "crv": "X25519"},
        {**JWK, "x": "AAAA"},
        {**JWK, "x": "A"},
        {**JWK, "x": "ä" * 43},
        {**JWK, "x": 7},
        {"kty": "OKP", "crv": "Ed25519"},
        "key",
        None,
    ]
    async with trying(*useless, JWK) as case:
        await case.signatures.check(VECTOR, SPOKEN)


@pytest.mark.parametrize("kind", [{"crv": "Ed448"}, {"kty": "EC"}])
async def test_a_key_of_another_kind_is_not_used_even_if_it_would_fit(kind: dict[str, str]) -> None:
    async with trying({**JWK, **kind}, OTHER.jwk) as case:
        with pytest.raises(Forged, match="no key"):
            await case.signatures.check(VECTOR, SPOKEN)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"keys": 7}',
        b'{"keys": {}}',
        b'{"keys": []}',
        b"[" * 60000,
    ],
)
async def test_what_is_no_key_set_says_nothing_about_a_webhook(case: Case, text: bytes) -> None:
    case.published.text = text
    with pytest.raises(Unavailable, match="fal's keys"):
        await case.good()


async def test_a_key_set_of_64_kib_is_read_and_a_larger_one_is_not(case: Case) -> None:
    case.published.text = case.published.text.ljust(64 * 1024)
    await case.good()
    case.now += DAY + 1
    case.published.text += b" "
    with pytest.raises(Unavailable, match="fal's keys"):
        await case.good()


@pytest.mark.parametrize("status", [403, 404, 500, 503])
async def test_keys_on_a_page_that_tells_an_error_are_none(case: Case, status: int) -> None:
    case.published.status = status
    with pytest.raises(Unavailable, match="fal's keys"):
        await case.good()


async def test_without_a_server_nobody_can_tell(unused_tcp_port: int) -> None:
    async with ClientSession() as http:
        signatures = Signatures(http, lambda: NOW, jwks=f"http://127.0.0.1:{unused_tcp_port}")
        with pytest.raises(Unavailable, match="fal's keys"):
            await signatures.check(VECTOR, SPOKEN)


async def test_keys_are_fetched_once_a_day(case: Case) -> None:
    for _ in range(25):
        await case.good()
        case.now += 3600
    assert case.published.asked == 1
    case.now += 1 - 3600
    await case.good()
    assert case.published.asked == 2


async def test_keys_older_than_a_day_are_not_used(case: Case) -> None:
    await case.good()
    case.now += DAY + 1
    case.published.status = 500
    with pytest.raises(Unavailable):
        await case.good()


async def test_keys_of_a_clock_that_was_set_back_are_not_kept_for_longer(case: Case) -> None:
    case.now += 10 * DAY
    await case.good()
    case.now -= 10 * DAY
    case.published.publish(OTHER.jwk)
    with pytest.raises(Forged):
        await case.good()
    assert case.published.asked == 2


async def test_a_key_that_is_new_at_fal_is_fetched_when_it_is_needed(case: Case) -> None:
    await case.good()
    case.published.publish(OTHER.jwk)
    case.now += 61
    await case.good(OTHER)
    with pytest.raises(Forged):
        await case.good(OURS)
    assert case.published.asked == 2


async def test_forged_posts_make_us_ask_fal_once_a_minute(case: Case) -> None:
    for _ in range(5):
        for _ in range(20):
            with pytest.raises(Forged):
                await case.forged()
            case.now += 3
    assert 5 <= case.published.asked <= 6, "the fifth minute has just ended"


async def test_a_fal_that_does_not_give_its_keys_is_asked_once_a_minute(case: Case) -> None:
    case.published.status = 500
    for _ in range(20):
        with pytest.raises(Unavailable):
            await case.good()
        case.now += 3
    assert case.published.asked == 1
    case.published.status = 200
    case.now += 1
    await case.good()
    assert case.published.asked == 2


async def test_while_fal_does_not_give_its_keys_a_post_that_fits_no_old_one_is_neither_good_nor_forged(
    case: Case,
) -> None:
    await case.good()
    case.now += 61
    case.published.status = 500
    for _ in range(2):
        with pytest.raises(Unavailable):
            await case.good(OTHER)
    await case.good()
    case.now += 61
    case.published.status = 200
    with pytest.raises(Forged):
        await case.good(OTHER)


async def test_checks_at_the_same_time_share_one_fetch(case: Case) -> None:
    case.published.open.clear()
    async with asyncio.TaskGroup() as group:
        for _ in range(30):
            group.create_task(case.good())
        await case.published.knocked.wait()
        case.published.open.set()
    assert case.published.asked == 1


async def test_a_good_webhook_does_not_wait_for_a_fetch_that_a_forged_one_began(case: Case) -> None:
    await case.good()
    case.now += 61
    case.published.open.clear()
    case.published.knocked.clear()
    forged = asyncio.create_task(case.forged())
    await case.published.knocked.wait()
    async with asyncio.timeout(5):
        await case.good()
    case.published.open.set()
    with pytest.raises(Forged):
        await forged
