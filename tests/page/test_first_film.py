"""A first film in the browser, by mouse and by keyboard, wide and narrow, and what may happen on the way."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from sandbox.client import Sandbox
from tests.e2e.stage import Decoded
from tests.page.visitor import NARROW, SIZES, WIDE, Visitors, a_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
async def test_a_first_film_by_mouse_is_asked_for_watched_and_saved(
    demo: Sandbox, visitors: Visitors, tmp_path: Path, size: tuple[int, int]
) -> None:
    ada = await visitors.visit(demo.url, size)
    page = ada.page
    await page.get_by_role("button", name="Try /animate").click()
    form = page.get_by_role("form", name="/animate")
    async with page.expect_file_chooser() as chooser:
        await form.get_by_role("button", name="Choose a file… for image").click()
    await (await chooser.value).set_files(a_picture(tmp_path))
    await form.get_by_role("textbox", name="prompt").fill("the tide comes in")
    await form.get_by_role("button", name="+ quality").click()
    await form.get_by_role("combobox", name="quality").select_option("draft")
    await form.get_by_role("button", name="Send").click()

    await expect(ada.messages.last).to_contain_text("A film is being made")
    await expect(ada.messages.last).to_contain_text(re.compile(r"\$\d\.\d\d"))
    await expect(ada.messages.last).to_contain_text("ada used /animate")
    await ada.sees_a_film_play()
    await expect(ada.messages).to_have_count(1)

    async with page.expect_download() as download:
        await ada.messages.last.get_by_role("link", name="Save").click()
    film = Decoded((await (await download.value).path()).read_bytes())
    assert (film.codec, film.pixels) == ("h264", "yuv420p")

    if size == NARROW:
        await page.get_by_role("button", name="Behind").click()
    behind = page.get_by_role("complementary", name="What the bot asked")
    await expect(behind.get_by_text("done", exact=True).first).to_be_visible()
    [request] = await demo.get("fal/requests")
    await expect(behind).to_contain_text(f"seed {request['seed']}")
    await expect(behind).to_contain_text(f"${request['cost_usd']:.2f}")


@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
async def test_a_first_film_with_the_keyboard_alone(demo: Sandbox, visitors: Visitors, size: tuple[int, int]) -> None:
    ada = await visitors.visit(demo.url, size)
    page, keys = ada.page, ada.page.keyboard
    await keys.press("Tab")
    await expect(page.get_by_role("link", name="Skip to writing")).to_be_focused()
    await keys.press("Enter")
    await expect(page.locator("#text")).to_be_focused()
    await keys.type("/ani")
    await expect(page.get_by_role("option", name="/animate")).to_be_visible()
    await keys.press("Enter")
    await ada.tab_to("Ready pictures")
    await keys.press("Enter")
    tray = page.get_by_role("dialog", name="Ready pictures").get_by_role("button")
    await expect(tray.first).to_be_focused()
    await ada.tab_to("lighthouse")
    await keys.press("Enter")
    await expect(tray).to_have_count(0)
    await expect(page.get_by_role("form", name="/animate").locator(".file-name")).to_have_text("lighthouse.jpg")
    await ada.tab_to("prompt")
    await keys.type("the light turns")
    await keys.press("Enter")
    await ada.sees_a_film_play()
    assert (await demo.get("fal/requests"))[0]["input"]["prompt"] == "the light turns"
    await expect(page.locator("#text")).to_be_focused()


async def test_a_picture_that_is_dropped_goes_into_the_command(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    await ada.drop(a_picture(tmp_path), "#scroll")
    await expect(ada.page.locator("#writing")).to_contain_text("beach.jpg")
    await ada.begin("animate")
    form = ada.page.get_by_role("form", name="/animate")
    await expect(form.get_by_role("group", name="image")).to_contain_text("beach.jpg")
    await form.get_by_role("textbox", name="prompt").fill("waves")
    await ada.page.keyboard.press("Control+Enter")
    await ada.sees_a_film_play()


async def test_a_picture_that_is_pasted_goes_into_the_command(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    await ada.begin("animate")
    await ada.paste(a_picture(tmp_path, "pasted.jpg"))
    group = ada.page.get_by_role("form", name="/animate").get_by_role("group", name="image")
    await expect(group).to_contain_text("pasted.jpg")


async def test_nothing_is_sent_while_a_ready_picture_is_on_its_way(demo: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(demo.url)
    held: list[Route] = []
    await ada.page.route("**/page/samples/sea.jpg", lambda route: held.append(route))
    form = await ada.begin("animate")
    await form.get_by_role("button", name="Ready pictures").click()
    tray = ada.page.get_by_role("dialog", name="Ready pictures")
    async with ada.page.expect_request(lambda request: request.resource_type == "fetch"):
        await tray.get_by_role("button", name="sea.jpg").click()
    await expect(tray).to_have_attribute("aria-busy", "true")
    await expect(form.locator(".file-name")).to_have_count(0)
    for route in held:
        await route.continue_()
    await expect(tray).to_be_hidden()
    await expect(form.locator(".file-name")).to_have_text("sea.jpg")


async def test_what_is_missing_is_told_before_anything_is_sent(demo: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(demo.url)
    await ada.begin("animate")
    form = ada.page.get_by_role("form", name="/animate")
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_role("textbox", name="prompt")).to_have_attribute("aria-invalid", "true")
    await form.get_by_role("textbox", name="prompt").fill("waves")
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_role("group", name="image")).to_contain_text("required")
    assert await demo.messages() == []


async def test_an_answer_for_the_asker_alone_is_marked_and_seen_by_nobody_else(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    await demo.post("discord/set", {"remove_permission": "ATTACH_FILES", "channel": "films"})
    ada, bob = await visitors.visit(demo.url), await visitors.visit(demo.url)
    await bob.be("bob")
    await ada.animate(a_picture(tmp_path), "waves")
    await expect(ada.messages.last).to_contain_text("I may not post films in this channel")
    await expect(ada.messages.last).to_contain_text("Only you can see this")
    await ada.say("did that work?")
    await expect(bob.messages.last).to_contain_text("did that work?")
    await expect(bob.messages).to_have_count(1)
    await ada.messages.first.get_by_role("button", name="Dismiss").click()
    await expect(ada.messages).to_have_count(1)


async def test_a_film_goes_on_playing_while_its_message_changes(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    await ada.animate(a_picture(tmp_path), "waves")
    await ada.sees_a_film_play()
    [message] = await demo.messages()
    await demo.post("discord/react", {"person": "bob", "message_id": message["id"], "emoji": "👍"})
    await expect(ada.messages.last.get_by_role("button").filter(has_text="👍")).to_contain_text("1")
    assert await ada.messages.last.locator("video").evaluate("film => !film.paused && film.loop")


async def test_a_killed_bot_comes_back_and_finishes_the_film_once(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    await demo.post("fal/set", {"queue_seconds": 3600})
    ada = await visitors.visit(demo.url, WIDE)
    await ada.animate(a_picture(tmp_path), "waves")
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await expect(behind.get_by_text("queued", exact=False).first).to_be_visible()
    await behind.get_by_role("button", name="Kill it").click()
    await expect(ada.page.locator("#banner")).to_contain_text("away")
    await expect(ada.page.locator("#bot-line")).to_contain_text("is away")
    await demo.post("fal/set", {"queue_seconds": 0})
    await ada.page.locator("#banner").get_by_role("button", name="Start it again").click()
    await expect(ada.page.locator("#banner")).to_have_text("")
    await ada.sees_a_film_play()
    await expect(ada.messages).to_have_count(1)
    assert len(await demo.get("fal/requests")) == 1


async def test_trouble_made_on_the_page_strikes_and_the_job_survives(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await behind.get_by_text("Make trouble").click()
    await behind.get_by_role("button", name=re.compile("submit loses its reply")).click()
    assert [one["kind"] for one in (await demo.get("faults"))["fal"]] == ["drop_reply_after_accept"]
    await ada.animate(a_picture(tmp_path), "waves")
    await ada.sees_a_film_play()
    assert len(await demo.get("fal/requests")) == 1
    assert (await demo.get("faults"))["fal"] == []


async def test_a_story_kills_the_bot_while_fal_works_and_ticks_off_how_the_job_survives(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await behind.get_by_text("Make trouble").click()
    story = behind.locator(".story", has_text="Killed while fal works")
    await story.get_by_role("button", name="Begin").click()
    await ada.animate(a_picture(tmp_path), "waves")
    await expect(story.locator("li.done")).to_have_count(5)
    await expect(ada.messages).to_have_count(1)
    await ada.sees_a_film_play()
    assert len(await demo.get("fal/requests")) == 1


async def test_a_stopped_bot_is_started_again_beside_its_log(demo: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(demo.url)
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await behind.get_by_role("button", name="Stop it").click()
    await expect(behind.get_by_role("button", name="Stop it")).to_be_disabled()
    await expect(ada.page.locator("#bot-line")).to_contain_text("is away")
    await behind.get_by_role("button", name="Start it again").click()
    await expect(ada.page.locator("#bot-line")).to_contain_text("is here")
    await behind.get_by_text("Its log").click()
    await expect(behind).to_contain_text("has connected to Gateway")
