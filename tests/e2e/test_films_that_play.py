"""What arrives is checked, fits the channel, and plays; what does not arrive whole is fetched again, told, refunded."""

import io
import re
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PIL import Image

from sandbox.client import Json
from sandbox.fal.film import Plan
from sandbox.fal.render import Job, render
from tests import films
from tests.e2e.stage import Decoded, Stage, picture, wav


@asynccontextmanager
async def ends_with(bot: Stage, film: Callable[[int], bytes] | bytes) -> AsyncGenerator[films.Server]:
    """The next job's film is this one."""
    async with films.served(film) as (url, server):
        body = {"video": {"url": url}, "seed": 7}
        await bot.sandbox.post("fal/set", {"outcome": {"error_status": 200, "body": body}})
        yield server


async def posted(bot: Stage, **options: Any) -> tuple[Json, bytes]:
    """Ask for a film; the message that brings it, and its bytes."""
    await bot.animate(model="wan-2.1", **options)
    message = await bot.film()
    return message, await bot.sandbox.download(message["attachments"][0]["url"])


async def linked(bot: Stage) -> str:
    """Wait for a film that comes as a link; what the message says."""
    message = await bot.sandbox.until(lambda seen: next((one for one in seen if "https://" in one["content"]), None))
    return message["content"]


async def lifetimes(bot: Stage) -> list[str]:
    """How long fal was asked to keep what it was sent and what it made."""
    name = "x-fal-object-lifecycle-preference"
    heads = [
        {key.lower(): value for key, value in one["headers"].items()} for one in await bot.sandbox.get("fal/record")
    ]
    return [head[name] for head in heads if name in head]


# ---- the limit of the channel ----


async def test_a_film_that_fits_is_posted_as_it_came(bot: Stage) -> None:
    film = films.film()
    async with ends_with(bot, film):
        message, data = await posted(bot)
    assert data == film
    assert "320 × 192 · 5.1 s" in message["content"]


async def test_a_film_over_the_limit_is_made_smaller_with_its_sound_and_looks_the_same(bot: Stage) -> None:
    with Image.open(io.BytesIO(picture().data)) as image:
        film = render(Job(Plan(416, 240, 81, 16), 7, "she sings", image, audio=wav(5).data), threading.Event())
    limit = len(film) * 2 // 3
    await bot.sandbox.post("discord/set", {"upload_limit": limit})
    async with ends_with(bot, film):
        _, data = await posted(bot)
    assert len(data) <= limit
    assert 413 not in [entry["status"] for entry in await bot.sandbox.get("discord/record")]
    before, after = Decoded(film), Decoded(data)
    assert (after.codec, after.pixels, after.faststart, after.rate) == ("h264", "yuv420p", True, before.rate)
    assert len(after.frames) == len(before.frames)
    alike = [films.psnr(one, other.resize(one.size)) for one, other in zip(before.frames, after.frames, strict=True)]
    assert min(alike) >= 30
    assert after.sound == pytest.approx(before.sound, abs=0.1)
    assert before.sound > 4.9


async def test_a_refusal_in_spite_of_the_limits_makes_the_film_smaller_still(bot: Stage) -> None:
    async with ends_with(bot, films.film(noise=0.6)):
        await bot.under_way()
        await bot.sandbox.post("discord/set", {"upload_limit": 300_000})
        await bot.release()
        message = await bot.film()
    assert message["attachments"][0]["size"] <= 300_000
    record = await bot.sandbox.get("discord/record")
    assert 413 in [entry["status"] for entry in record if entry["route"] == "/channels/{channel_id}/messages"]


async def test_the_boost_of_the_server_counts_and_not_the_members_own_subscription(bot: Stage) -> None:
    await bot.sandbox.post("discord/set", {"upload_limit": 500 * 2**20})  # as Discord tells a subscriber
    film = films.padded(films.film(), 21 * 2**20)
    async with ends_with(bot, film):
        _, data = await posted(bot)
    assert len(data) <= 20 * 2**20


async def test_a_film_that_cannot_be_made_to_fit_is_a_link_that_says_until_when_it_works(bot: Stage) -> None:
    await bot.sandbox.post("discord/set", {"upload_limit": 9000})
    await bot.animate(image=picture(64, 64))
    content = await linked(bot)
    row = await bot.closed()
    expiry = int(re.findall(r"until <t:(\d+):f>", content)[0])
    assert expiry == pytest.approx(row["submitted_at"] + 7 * 24 * 3600, abs=2)
    assert row["film_url"] in content
    assert await lifetimes(bot) == ['{"expiration_duration_seconds": 604800}'] * 2  # of the picture and of the film
    assert [file.name for file in (bot.data / "films").iterdir()] == [f"{row['id']}.mp4"]  # the original


@pytest.mark.parametrize(
    "film",
    [
        pytest.param({"codec": "mpeg4"}, id="another codec"),
        pytest.param({"pixels": "yuv444p"}, id="colours that few players know"),
        pytest.param({"muxer": {}}, id="the index behind the pictures"),
    ],
)
async def test_a_film_that_would_not_play_inline_is_made_to(bot: Stage, film: dict[str, Any]) -> None:
    async with ends_with(bot, films.film(**film)):
        _, data = await posted(bot)
    made = Decoded(data)
    assert (made.codec, made.pixels, made.faststart) == ("h264", "yuv420p", True)
    assert len(made.frames) == 81


# ---- what does not arrive ----


async def refunded(bot: Stage) -> str:
    """Wait for the notice that there is no film; what it says. Nothing is left of it, and nothing was charged."""
    notice = await bot.notice()
    assert "Nothing was charged to your budget." in notice
    assert await bot.spent() == 0
    assert not list((bot.data / "films").iterdir())
    return notice


@pytest.mark.parametrize("kind", ["video_truncated", "video_404"])
async def test_a_film_that_does_not_come_whole_is_fetched_again(bot: Stage, kind: str) -> None:
    await bot.sandbox.post("fal/fault", {"kind": kind, "times": 2})
    await bot.animate()
    await bot.film()
    assert len(await bot.requests()) == 1


@pytest.mark.parametrize(
    ("kind", "says"), [("video_truncated", "The film breaks off"), ("video_404", "The film is no longer where it was")]
)
async def test_a_film_that_never_comes_whole_is_told_and_refunded(bot: Stage, kind: str, says: str) -> None:
    await bot.sandbox.post("fal/fault", {"kind": kind, "times": 100})
    await bot.animate()
    notice = await refunded(bot)
    assert says in notice
    assert "I fetched it 3 times." in notice


@pytest.mark.parametrize(
    "film",
    [
        pytest.param(lambda: films.film(frames=78), id="three frames short"),
        pytest.param(lambda: films.film()[:-3000], id="cut off without anybody saying so"),
        pytest.param(lambda: b"<html>Not found</html>", id="no film"),
        pytest.param(lambda: b"", id="nothing"),
    ],
)
async def test_a_film_that_is_not_what_was_promised_is_fetched_again_and_refunded(
    bot: Stage, film: Callable[[], bytes]
) -> None:
    async with ends_with(bot, film()) as server:
        await bot.animate(model="wan-2.1")
        await refunded(bot)
    assert server.asked == 3


async def test_a_film_that_comes_whole_the_second_time_is_posted(bot: Stage) -> None:
    film = films.film(frames=80)  # one short of the promise: nobody's clock is that exact
    async with ends_with(bot, lambda count: film[:-3000] if count == 1 else film) as server:
        _, data = await posted(bot)
    assert (data, server.asked) == (film, 2)


async def test_a_film_that_is_longer_than_promised_is_nobodys_loss(bot: Stage) -> None:
    async with ends_with(bot, films.film(frames=90)):
        message, _ = await posted(bot)
    assert "320 × 192 · 5.6 s" in message["content"]
