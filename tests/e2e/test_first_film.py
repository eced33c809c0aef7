"""From a typed command to a film in the channel, with everything in between."""

import asyncio
import io
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from PIL import Image

from tests.e2e.stage import Decoded, Stage, card_status, difference, picture

POST = ("POST", "/channels/{channel_id}/messages")


async def test_a_picture_becomes_a_film_in_the_channel(bot: Stage) -> None:
    photo = picture(640, 384)
    first = await bot.animate(image=photo)
    message = await bot.film()
    assert first["kind"] == "deferred"
    assert message["content"].startswith(f"<@{message['mentions'][0]['id']}> the tide comes in")
    film = Decoded(await bot.sandbox.download(message["attachments"][0]["url"]))
    assert (film.codec, film.pixels, film.faststart) == ("h264", "yuv420p", True)
    assert (len(film.frames), film.rate) == (81, Fraction(16))
    assert difference(film.frames[0], Image.open(io.BytesIO(photo.data))) < 12


async def test_the_owner_is_pinged_once_and_nobody_by_the_prompt(bot: Stage) -> None:
    world = await bot.sandbox.get("discord/world")
    ids = {person["name"]: person["id"] for person in world["people"]}
    await bot.animate(prompt=f"<@{ids['bob']}> and @everyone wave")
    message = await bot.film()
    assert [user["username"] for user in message["mentions"]] == ["ada"]
    assert not message["mention_everyone"]
    record = await bot.sandbox.get("discord/record")
    [posted] = [entry for entry in record if (entry["method"], entry["route"]) == POST]
    assert posted["body"]["allowed_mentions"]["parse"] == []
    assert [str(user) for user in posted["body"]["allowed_mentions"]["users"]] == [ids["ada"]]


async def test_the_card_tells_price_queue_and_progress_before_the_film(bot: Stage) -> None:
    await bot.queue()
    await bot.animate(model="wan-2.1", prompt="a fox\nin the *snow*", seed=7)
    await bot.status("In fal's queue, 3 ahead")
    [card] = await bot.sandbox.messages()
    [embed] = card["embeds"]
    assert embed["description"] == "> a fox in the \\*snow\\*"
    assert embed["footer"]["text"] == "Wan 2.1 · draft · 480p · 5.1 s of film · seed 7 · $0.20 · $99.80 left today"
    await bot.sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 3})
    await bot.status("so far · about")
    [card] = await bot.sandbox.messages()
    assert "▱" in card_status(card)
    await bot.release()
    await bot.film()


async def test_the_card_is_edited_only_when_its_text_has_changed(bot: Stage) -> None:
    await bot.sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 1.2})
    await bot.animate()
    await bot.film()
    edits = [entry["body"] for entry in await bot.sandbox.get("discord/record") if entry["method"] == "PATCH"]
    assert len(edits) >= 2
    assert all(one != other for one, other in pairwise(edits))


@pytest.mark.parametrize(
    ("model", "endpoint", "micro"),
    [
        ("wan-2.1", "fal-ai/wan-i2v", 200_000),
        ("wan-2.2", "fal-ai/wan/v2.2-a14b/image-to-video", 202_500),
        ("wan-2.6", "wan/v2.6/image-to-video", 500_000),
    ],
)
async def test_each_model_gets_what_was_asked_and_costs_what_was_told(
    bot: Stage, model: str, endpoint: str, micro: int
) -> None:
    await bot.animate(model=model, image=picture(400, 300), seed=42, negative="rain", prompt="  wind  ")
    message = await bot.film()
    [request] = await bot.requests()
    given = request["input"]
    assert request["endpoint"] == endpoint
    assert (given["prompt"], given["negative_prompt"], given["seed"]) == ("wind", "rain", 42)
    assert given["enable_safety_checker"] is True
    assert request["cost_usd"] == pytest.approx(micro / 1e6)
    assert await bot.spent() == micro
    assert "seed 42 · $" in message["content"]


async def test_a_seed_is_always_sent_so_that_a_film_can_be_made_again(bot: Stage) -> None:
    await bot.animate(seed=None)
    message = await bot.film()
    [request] = await bot.requests()
    assert f"seed {request['input']['seed']}" in message["content"]


@pytest.mark.parametrize(("model", "size"), [("wan-2.1", (480, 832)), ("wan-2.6", (720, 1280))])
async def test_a_shape_cuts_the_film_also_where_the_model_has_no_such_parameter(
    bot: Stage, model: str, size: tuple[int, int]
) -> None:
    await bot.animate(model=model, image=picture(900, 600), shape="tall")
    message = await bot.film()
    film = Decoded(await bot.sandbox.download(message["attachments"][0]["url"]))
    width, height = film.size
    assert width / height == pytest.approx(size[0] / size[1], rel=0.03)


async def test_a_picture_leaves_the_machine_without_where_and_when_it_was_taken(bot: Stage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x010F] = "a camera"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 0.0)}
    file = io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(file, "JPEG", exif=exif)
    await bot.animate(image=replace(picture(), data=file.getvalue()))
    await bot.film()
    [sent] = (bot.data / "pictures").iterdir()
    with Image.open(sent) as image:
        assert image.size == (300, 400)
        assert len(image.getexif()) == 0


async def test_a_look_that_fails_is_repeated(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "json_503", "times": 2, "match": "GET queue.fal.run"})
    await bot.animate()
    await bot.film()


async def test_many_people_at_once_are_all_answered_in_time(bot: Stage) -> None:
    await bot.queue()
    await bot.sandbox.post("discord/set", {"bucket_limit": 5})  # as Discord has them
    people = ["ada", "bob", "cyd", "mod", "owner"] * 6
    first = await asyncio.gather(*(bot.animate(person=person) for person in people))
    assert {answer["kind"] for answer in first} == {"deferred"}
    assert max(answer["acknowledged_ms"] for answer in first) < 3000


async def test_a_slow_database_keeps_nobody_waiting_for_an_answer(bot: Stage) -> None:
    async with bot.locked_database():
        first = await bot.animate()
    assert first["kind"] == "deferred"
    await bot.film()


async def test_a_refusal_that_comes_late_is_still_the_askers_own(stage: Stage) -> None:
    await stage.start(daily_usd="0")
    async with stage.locked_database():
        first = await stage.animate()
    assert first["kind"] == "deferred"
    assert "Your daily budget of $0.00 is used up" in await stage.refusal()
    assert await stage.sandbox.messages(person="bob") == []
