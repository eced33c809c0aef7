"""What stands behind the conversation: what is amiss, what waits to go wrong, and stories of trouble."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from sandbox import connect
from sandbox.client import Sandbox
from tests.page.visitor import Visitors, a_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def bot_is_here(route: Route) -> None:
    """The world as it is, but with a bot in it."""
    reply = await route.fetch()
    world = await reply.json()
    world["bot"]["online"] = True
    await route.fulfill(json=world)


async def test_a_sandbox_that_ends_is_told_although_all_was_well(visitors: Visitors) -> None:
    visitors.losses_expected = True
    with connect.own_sandbox() as url:
        page = (await visitors.visit(url)).page
        await expect(page.locator("#banner")).to_contain_text("No bot is connected")
        await page.route("**/_sim/discord/world*", bot_is_here)
        await page.reload()
        await expect(page.locator("#bot-line")).to_contain_text("is here")
        await expect(page.locator("#banner")).to_have_text("")
    await expect(page.locator("#banner")).to_contain_text("does not answer")


async def test_a_page_that_never_reached_its_events_says_so(demo: Sandbox, visitors: Visitors) -> None:
    visitors.losses_expected = True
    page = (await visitors.visit(demo.url)).page
    await page.route("**/_sim/events*", lambda route: route.abort())
    await page.reload()
    await expect(page.locator("#banner")).to_contain_text("does not answer")


async def test_an_armed_outcome_waits_also_after_a_reload_until_a_film_takes_it(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await behind.get_by_text("Make trouble").click()
    await behind.get_by_role("button", name="refused by the safety checker").click()
    await demo.post("fal/set", {"outcome": {"error_status": 418, "body": {}}})
    await ada.page.reload()
    waiting = behind.locator(".waiting .chip")
    await expect(waiting).to_have_text(
        ["The next film is refused by the safety checker", "The next film ends with status 418"]
    )
    await ada.animate(a_picture(tmp_path), "waves")
    await expect(waiting).to_have_text(["The next film ends with status 418"])
    await expect(ada.messages.last).to_contain_text("safety check refused")


async def test_a_story_goes_on_when_one_has_looked_elsewhere_meanwhile(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await behind.get_by_text("Make trouble").click()
    story = behind.locator(".story", has_text="A lost reply")
    await story.get_by_role("button", name="Begin").click()
    await expect(story.locator("li.done")).to_have_count(1)
    await ada.animate(a_picture(tmp_path), "waves")
    await ada.go("general")
    await expect(behind.get_by_text("done", exact=True).first).to_be_visible()
    await expect(ada.page.locator("#channels").get_by_role("img", name="new messages")).to_be_visible()
    await ada.go("films")
    await expect(story.locator("li.done")).to_have_count(5)
    await expect(story.locator("li").last).to_contain_text("asked for 1 film")
    await ada.sees_a_film_play()


async def test_the_settings_show_what_is_set_and_set_it(demo: Sandbox, visitors: Visitors) -> None:
    await demo.post("fal/set", {"run_seconds": 7.5, "logs": False})
    await demo.post("discord/set", {"boost_tier": 2, "upload_limit": 3 * 2**20})
    await demo.post("discord/set", {"remove_permission": "EMBED_LINKS", "channel": "films"})
    ada = await visitors.visit(demo.url)
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await behind.get_by_text("Weather").click()
    await expect(behind.get_by_label("Seconds of rendering")).to_have_value("7.5")
    await expect(behind.get_by_label("Progress in fal's logs")).not_to_be_checked()
    await expect(behind.get_by_label("Boost tier")).to_have_value("2")
    await expect(behind.get_by_label("Largest file in MiB")).to_have_value("3")
    links, files = behind.get_by_label("embed links"), behind.get_by_label("attach files")
    await expect(links).not_to_be_checked()
    await expect(files).to_be_checked()

    await links.check()
    await files.uncheck()
    await behind.get_by_label("Films at once").fill("5")
    await behind.get_by_label("Seconds of rendering").fill("0.25")
    await behind.get_by_label("Largest file in MiB").fill("")
    await behind.get_by_label("Progress in fal's logs").check()
    await ada.page.reload()
    await expect(links).to_be_checked()
    await expect(files).not_to_be_checked()
    await expect(behind.get_by_label("Largest file in MiB")).to_have_value("")
    told = await demo.get("fal/settings")
    assert (told["concurrency"], told["run_seconds"], told["logs"]) == (5, 0.25, True)

    await ada.go("readonly")
    await expect(behind.get_by_label("send messages")).not_to_be_checked()
    await ada.go("films")
    await behind.get_by_role("button", name="Reset everything").click()
    await behind.get_by_role("button", name="Yes, reset").click()
    await expect(files).to_be_checked()
    await expect(behind.get_by_label("Boost tier")).to_have_value("0")
    await expect(behind.get_by_label("Films at once")).to_have_value("2")


async def test_a_box_that_is_being_ticked_does_not_jump_back_when_something_else_is_set_meanwhile(
    demo: Sandbox, visitors: Visitors
) -> None:
    ada = await visitors.visit(demo.url)
    behind = ada.page.get_by_role("complementary", name="What the bot asked")
    await behind.get_by_text("Weather").click()
    sent: asyncio.Future[Route] = asyncio.get_running_loop().create_future()
    await ada.page.route("**/_sim/discord/set", lambda route: sent.set_result(route))
    files = behind.get_by_label("attach files")
    await files.uncheck()
    underway = await sent
    await demo.post("discord/set", {"boost_tier": 3})
    await expect(behind.get_by_label("Boost tier")).to_have_value("3")
    assert not await files.is_checked()
    async with ada.page.expect_response("**/_sim/discord/set"):
        await underway.continue_()
    await ada.page.reload()
    await expect(files).not_to_be_checked()
