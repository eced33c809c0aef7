"""Who one is and where one looks, also when something is gone or fails on the way."""

import re

import pytest
from playwright.async_api import Route, expect

from sandbox.client import Sandbox
from tests.page.visitor import NARROW, Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_was_on_its_way_to_one_person_never_reaches_the_next(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    held: list[Route] = []
    await ada.page.route(re.compile("/_sim/fal/requests"), lambda route: held.append(route), times=1)
    await ada.page.locator("#channels").get_by_role("button", name="general").click()  # stays on its way
    await props.command("ada", "general", "layout", {})
    [public] = await props.messages("general")
    await props.post("discord/click", {"person": "ada", "message_id": public["id"], "label": "Press"})
    await ada.page.locator("#people").get_by_role("button", name="bob").click()
    await ada.page.locator("#people button[aria-pressed=true]", has_text="bob").wait_for()
    await expect(ada.messages).to_have_count(1)
    async with ada.page.expect_event("requestfinished", lambda request: "fal/requests" in request.url):
        await held[0].continue_()
    await ada.say("bob is here")
    await expect(ada.messages).to_have_count(2)
    await expect(ada.page.locator("#messages")).not_to_contain_text("Only you can see this")


async def test_what_was_written_for_one_person_is_not_sent_as_another(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    held: list[Route] = []
    await ada.page.locator("#text").fill("from ada")
    await ada.page.route(re.compile("/_sim/events"), lambda route: held.append(route), times=1)
    async with ada.page.expect_request(re.compile("/_sim/events")):
        await ada.page.locator("#people").get_by_role("button", name="bob").click()
    await ada.page.locator("#text").press("Enter")
    await held[0].continue_()
    await ada.page.locator("#people button[aria-pressed=true]", has_text="bob").wait_for()
    await ada.say("from bob")
    await ada.be("ada")
    await expect(ada.page.locator("#text")).to_have_value("from ada")
    await ada.page.locator("#text").press("Enter")
    await expect(ada.messages).to_have_count(2)
    said = [(one["author"]["username"], one["content"]) for one in await props.messages()]
    assert said == [("bob", "from bob"), ("ada", "from ada")]


async def test_a_channel_that_cannot_be_loaded_is_told_and_one_stays_where_one_was(
    props: Sandbox, visitors: Visitors
) -> None:
    visitors.refusals_expected = True
    ada = await visitors.visit(props.url)

    async def fail(route: Route) -> None:
        await route.fulfill(status=418, json={"error": "the kettle is on"})

    await ada.page.route(re.compile("/_sim/fal/record"), fail)
    await ada.page.locator("#channels").get_by_role("button", name="general").click()
    await expect(ada.page.locator("#toasts")).to_contain_text("The kettle is on.")
    await ada.page.unroute(re.compile("/_sim/fal/record"))
    await ada.say("still here")
    assert [one["content"] for one in await props.messages("films")] == ["still here"]


async def test_older_messages_come_as_one_scrolls_up_to_them(props: Sandbox, visitors: Visitors) -> None:
    for number in range(150):
        await props.post("discord/message", {"person": "bob", "channel": "films", "content": f"message {number}."})
    ada = await visitors.visit(props.url)
    await expect(ada.messages.last).to_have_text(re.compile("message 149"))
    assert await ada.messages.count() < 100
    for number in (80, 0):
        while not await ada.messages.filter(has_text=f"message {number}.").count():
            await ada.page.locator("#scroll").evaluate("(scroller) => { scroller.scrollTop = 0; }")
    numbers = re.findall(r"message (\d+)\.", " ".join(await ada.messages.all_inner_texts()))
    assert numbers == [str(number) for number in range(150)]


async def test_a_channel_that_is_gone_leaves_a_page_that_works(props: Sandbox, visitors: Visitors) -> None:
    visitors.refusals_expected = True
    await props.post("discord/set", {"delete_channel": "films"})
    ada = await visitors.visit(props.url, channel_expected=False)
    await expect(ada.page.locator("#scroll")).to_contain_text("This channel is gone.")
    await ada.be("bob")
    await ada.go("general")
    await ada.say("here then")


async def test_what_the_bot_writes_to_one_alone_is_marked_as_new(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await props.post("discord/message", {"person": "ada", "channel": "dm", "content": "only between us"})
    row = ada.page.locator("#channels li", has_text="with the bot alone")
    await expect(row.get_by_role("img", name="new messages")).to_be_visible()
    await row.get_by_role("button").click()
    await expect(ada.messages.last).to_contain_text("only between us")


async def test_the_drawers_of_a_small_screen_are_used_with_the_keyboard(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url, NARROW)
    opener = ada.page.get_by_role("button", name="Channels and people", exact=True)
    await opener.focus()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("button", name="Close channels and people")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await ada.tab_to("bob")
    await ada.page.keyboard.press("Enter")
    await expect(opener).to_be_focused()
    await expect(ada.page.locator("#people [aria-pressed=true]")).to_contain_text("bob")
    await ada.say("I am bob")
    assert (await props.messages())[0]["author"]["username"] == "bob"


async def test_a_late_modal_does_not_open_before_somebody_else(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    held: list[Route] = []
    await ada.page.route(re.compile("/_sim/discord/command"), lambda route: held.append(route))
    await (await ada.begin("choose")).get_by_role("button", name="Send").click()
    await ada.be("bob")
    await held[0].continue_()
    await expect(ada.page.locator("#toasts")).to_contain_text("The bot asks ada something")
    await expect(ada.page.get_by_role("dialog", name="Choose")).to_have_count(0)
