"""Bad input gets a plain answer, nothing is spent or lost, and the channel looks as it should."""

import asyncio
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest

from sandbox.client import Json, Refused, Upload
from tests.e2e.stage import Stage, picture


async def nothing_spent(bot: Stage) -> None:
    """No request at fal, and the member's budget is what it was."""
    assert await bot.requests() == []
    assert await bot.spent() == 0


def bomb(width: int, height: int) -> Upload:
    """A PNG of a few kilobytes that unpacks to width × height × 3 bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 + 3 * width) * 64)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return Upload("bomb.png", data, "image/png")


HTML = Upload("photo.jpg", b"<html><body>Not found</body></html>", "image/jpeg")
TEXT = Upload("notes.txt", b"buy milk", "text/plain")
TRUNCATED = Upload("photo.jpg", picture(640, 480).data[:3000], "image/jpeg")
EMPTY = Upload("photo.png", b"", "image/png")


@pytest.mark.parametrize(
    ("image", "model", "says"),
    [
        pytest.param(TEXT, "wan-2.2", "not a picture", id="not an image"),
        pytest.param(HTML, "wan-2.2", "not a picture", id="HTML in the name of a JPEG"),
        pytest.param(EMPTY, "wan-2.2", "not a picture", id="an empty file"),
        pytest.param(TRUNCATED, "wan-2.2", "damaged", id="a truncated JPEG"),
        pytest.param(picture(50, 50), "wan-2.2", "50 × 50 pixels; this model needs at least 64", id="too small"),
        pytest.param(picture(300, 200), "wan-2.6", "300 × 200 pixels; this model needs at least 240", id="for 2.6"),
        pytest.param(bomb(9000, 9000), "wan-2.2", "too large: 9000 × 9000 pixels", id="too large"),
        pytest.param(bomb(60000, 60000), "wan-2.2", "far too large", id="a decompression bomb"),
    ],
)
async def test_a_picture_that_will_not_do_is_told_on_the_card(bot: Stage, image: Upload, model: str, says: str) -> None:
    await bot.animate(image=image, model=model)
    notice = await bot.notice()
    assert says in notice
    assert "Nothing was charged to your budget." in notice
    assert (await bot.row())["state"] == "failed"
    await nothing_spent(bot)


async def test_a_picture_over_25_mb_is_refused_before_anything_is_stored(bot: Stage) -> None:
    await bot.sandbox.post("discord/set", {"upload_limit": 100 * 2**20})
    await bot.animate(image=Upload("photo.png", bytes(26 * 2**20), "image/png"))
    assert "`image` has 27.3 MB; at most 25 MB" in await bot.refusal()
    assert await bot.rows("SELECT * FROM jobs") == []
    await nothing_spent(bot)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"prompt": "   "}, ["`prompt` is empty"]),
        ({"model": "wan-2.6", "prompt": "x" * 801}, ["`prompt` has 801 characters; this model takes at most 800"]),
        ({"model": "wan-2.6", "negative": "y" * 501}, ["`negative` has 501 characters", "at most 500"]),
        ({"model": "wan-9"}, ["`model` must be one of wan-2.1, wan-2.2, wan-2.6"]),
        ({"quality": "perfect"}, ["`quality` must be one of draft, standard, best"]),
        ({"shape": "round"}, ["`shape` must be one of auto, wide, tall, square"]),
        (
            {"model": "wan-2.6", "prompt": " ", "negative": "y" * 501, "shape": "x"},
            ["`prompt`", "`negative`", "`shape`"],
        ),
    ],
)
async def test_every_problem_of_the_options_is_told_at_once_and_to_the_asker_alone(
    bot: Stage, options: dict[str, Any], says: list[str]
) -> None:
    await bot.animate(force=True, **options)
    refusal = await bot.refusal()
    assert all(part in refusal for part in says)
    assert "Nothing was spent." in refusal
    assert await bot.sandbox.messages(person="bob") == []
    await nothing_spent(bot)


async def test_discords_own_client_already_refuses_what_is_no_choice(bot: Stage) -> None:
    with pytest.raises(Refused):
        await bot.animate(quality="perfect")


async def test_a_budget_that_is_used_up_says_when_it_renews(stage: Stage) -> None:
    await stage.start(daily_usd="0.50")
    await stage.animate(model="wan-2.1")
    await stage.film()
    await stage.animate(model="wan-2.1", quality="best")
    [_film, refusal] = await stage.sandbox.until(lambda seen: seen if len(seen) == 2 else None)
    assert "This film costs $0.40, and $0.30 of your daily budget of $0.50 is left" in refusal["content"]
    assert "renews <t:" in refusal["content"]
    assert refusal["flags"] & 64
    assert await stage.spent() == 200_000
    await stage.animate(model="wan-2.1", person="bob")  # another member has a budget of his own
    await stage.sandbox.until(lambda seen: len(seen) == 2 and seen[1]["attachments"], person="bob")


async def test_a_budget_holds_against_many_commands_at_once(stage: Stage) -> None:
    await stage.queue()
    await stage.start(daily_usd="0.61")
    await asyncio.gather(*(stage.animate(model="wan-2.1") for _ in range(10)))
    assert len(await stage.rows("SELECT * FROM jobs")) == 3
    assert await stage.spent() == 600_000


CONTENT = {"detail": [{"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation", "input": "x"}]}
RANGE = {
    "detail": [{"loc": ["body", "negative_prompt"], "msg": "…", "type": "string_too_long", "ctx": {"max_length": 9}}]
}
UNKNOWN = {"detail": [{"loc": ["body", "image_url"], "msg": "secret detail", "type": "brand_new"}]}


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        pytest.param(422, CONTENT, "safety check refused the prompt or the picture", id="content policy"),
        pytest.param(422, RANGE, "`negative` has too many characters; this model takes at most 9", id="422 list"),
        pytest.param(422, UNKNOWN, "refused `image` for a reason that this bot does not know", id="unknown type"),
        pytest.param(422, {"detail": "no good"}, "gave no reason that this bot knows", id="422 string"),
        pytest.param(422, {"detail": "NSFW content"}, "safety check", id="422 string about policy"),
        pytest.param(500, {"detail": "boom", "error_type": "internal_error"}, "internal error", id="500"),
    ],
)
async def test_a_refusal_of_fal_is_told_in_words_and_refunded(bot: Stage, status: int, body: Json, says: str) -> None:
    await bot.sandbox.post("fal/set", {"outcome": {"error_status": status, "body": body}})
    await bot.animate()
    notice = await bot.notice()
    assert says in notice
    assert "Nothing was charged to your budget." in notice
    assert "secret" not in notice
    assert await bot.spent() == 0
    assert len(await bot.requests()) == 1


async def test_a_locked_account_is_told_and_refunded(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "locked_account"})
    await bot.animate()
    notice = await bot.notice()
    assert "account of this bot is locked" in notice
    assert "Please tell whoever runs this bot." in notice
    await nothing_spent(bot)


async def test_a_fal_that_is_down_is_waited_for(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "upload_fails", "times": 3})
    await bot.animate()
    await bot.status("fal's storage does not answer. I keep trying.")
    await bot.film()
    assert len(await bot.requests()) == 1


async def test_a_fal_that_stays_down_ends_the_job_without_a_charge(stage: Stage) -> None:
    await stage.start(pace=replace(stage.pace, give_up=0.5))
    await stage.sandbox.post("fal/fault", {"kind": "upload_fails", "times": 10_000})
    await stage.animate()
    assert "I gave up" in await stage.notice()
    await nothing_spent(stage)


async def test_a_submit_without_an_answer_is_found_at_fal_and_never_sent_again(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "drop_reply_after_accept"})
    await bot.animate()
    await bot.film()
    assert len(await bot.requests()) == 1
    assert await bot.spent() == 202_500


async def test_a_submit_that_nobody_can_find_is_refunded_and_never_sent_again(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "json_503"})
    await bot.animate()
    assert "nobody can tell whether it arrived" in await bot.notice()
    assert (await bot.row())["state"] == "lost"
    await nothing_spent(bot)


async def test_a_busy_fal_is_asked_again(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "rate_limited", "times": 2})
    await bot.animate()
    await bot.film()
    assert len(await bot.requests()) == 1


async def test_where_the_bot_may_not_post_it_says_so_before_anything_is_spent(bot: Stage) -> None:
    await bot.animate(channel="readonly")
    refusal = await bot.refusal(channel="readonly")
    assert "I lack “Send messages”" in refusal
    assert "Nothing was spent" in refusal
    await nothing_spent(bot)


async def test_every_missing_permission_is_named(bot: Stage) -> None:
    for name in ("ATTACH_FILES", "EMBED_LINKS"):
        await bot.sandbox.post("discord/set", {"remove_permission": name, "channel": "films"})
    await bot.animate()
    assert "I lack “Embed links”, “Attach files”" in await bot.refusal()
    await nothing_spent(bot)


async def test_a_film_whose_channel_was_closed_meanwhile_reaches_its_owner(bot: Stage) -> None:
    await bot.under_way()
    await bot.sandbox.post("discord/set", {"remove_permission": "SEND_MESSAGES", "channel": "films"})
    await bot.release()
    message = await bot.sandbox.until(lambda seen: seen[0] if seen else None, "dm")
    assert message["attachments"][0]["filename"].endswith(".mp4")


async def test_a_card_that_somebody_deleted_comes_back(bot: Stage) -> None:
    await bot.under_way()
    [card] = await bot.sandbox.messages()
    await bot.sandbox.post("discord/delete", {"message_id": card["id"]})
    await bot.sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 3})
    [fresh] = await bot.sandbox.until(lambda seen: seen if seen and seen[0]["id"] != card["id"] else None)
    assert fresh["embeds"][0]["title"] == "A film is being made"
    await bot.release()
    await bot.film()
