"""Whatever a bot can show and ask for, with a small bot that does all of it."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.client import Sandbox
from tests.page.visitor import NARROW, SIZES, Visitors, a_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_command_offers_each_kind_of_option_and_the_bot_gets_what_was_chosen(
    props: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(props.url)
    form = await ada.begin("everything")
    await form.get_by_role("button", name="Show all").click()
    await expect(form).to_contain_text("2 to 20 characters")
    await form.get_by_role("textbox", name="text required").fill("some words")
    await form.get_by_role("textbox", name="count").fill("7")
    await form.get_by_role("textbox", name="ratio").fill("0.25")
    await form.get_by_role("radio", name="True").check()
    await form.get_by_role("combobox", name="kind").select_option("Wild")
    await form.get_by_role("combobox", name="place").fill("house")
    await ada.page.get_by_role("option", name="house by the lake").click()
    for name, chosen in (("whom", "bob"), ("where", "general"), ("role", "@moderator")):
        await form.get_by_role("combobox", name=name).select_option(chosen)
    await form.locator("input[type=file]").first.set_input_files(a_picture(tmp_path, "note.jpg"))
    await form.get_by_role("button", name="Send").click()
    said = ["some words", 7, 0.25, True, "wild", "house/lake", "bob", "general", "moderator", "note.jpg"]
    await expect(ada.messages.last).to_contain_text(f"everything {json.dumps(said)}")


async def test_a_number_out_of_range_is_told_at_its_field(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    form = await ada.begin("everything")
    await form.get_by_role("textbox", name="text required").fill("x")
    await form.get_by_role("button", name="+ count").click()
    await form.get_by_role("textbox", name="count").fill("10")
    await form.get_by_role("button", name="Send").click()
    for field in (form.get_by_role("textbox", name="text required"), form.get_by_role("textbox", name="count")):
        await expect(field).to_have_attribute("aria-invalid", "true")
    assert await props.messages() == []


async def test_only_those_who_may_use_a_command_are_offered_it(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await ada.page.locator("#text").fill("/")
    await expect(ada.page.get_by_role("option", name="/everything")).to_be_visible()
    await expect(ada.page.get_by_role("option", name="/admin limits")).to_have_count(0)
    await ada.page.locator("#text").fill("")
    await ada.be("mod")
    form = await ada.begin("admin limits")
    await form.get_by_role("textbox", name="films").fill("3")
    await form.get_by_role("button", name="Send").click()
    await expect(ada.messages.last).to_contain_text("limits 3")


@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
async def test_a_modal_takes_text_choices_people_and_files(
    props: Sandbox, visitors: Visitors, tmp_path: Path, size: tuple[int, int]
) -> None:
    ada = await visitors.visit(props.url, size)
    await props.command("ada", "films", "panel", {})
    await ada.messages.last.get_by_role("button", name="Edit").click()
    modal = ada.page.get_by_role("dialog", name="Tell me everything")
    await modal.get_by_role("textbox", name="Short").fill("x")
    await ada.choose(modal, "Colour", "Green")
    await modal.locator("input[type=file]").set_input_files([a_picture(tmp_path, "one.jpg"), a_picture(tmp_path)])
    await modal.get_by_role("button", name="Submit").click()
    await expect(modal.get_by_role("textbox", name="Short")).to_have_attribute("aria-invalid", "true")
    await modal.get_by_role("textbox", name="Short").fill("a wave")
    await modal.get_by_role("button", name="Submit").click()
    await expect(modal).to_be_hidden()
    said = ["a wave", "already here", ["Green"], [], [["one.jpg", True], ["beach.jpg", True]]]
    await expect(ada.messages.last).to_contain_text(f"form {json.dumps(said)}")
    await expect(ada.messages.last).to_contain_text("Only you can see this")


async def test_a_modal_takes_the_newer_choices_by_keyboard(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await (await ada.begin("choose")).get_by_role("button", name="Send").click()
    modal = ada.page.get_by_role("dialog", name="Choose")
    await modal.get_by_role("radio", name="fast").focus()
    await ada.page.keyboard.press("Space")
    await ada.tab_to("slow extra")
    await ada.page.keyboard.press("Space")
    await ada.tab_to("Sure")
    await ada.page.keyboard.press("Space")
    await ada.tab_to("Submit")
    await ada.page.keyboard.press("Enter")
    await expect(ada.messages.last).to_contain_text('choices ["fast", ["slow"], true]')


async def test_a_modal_that_is_closed_asks_the_bot_nothing(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await props.command("ada", "films", "panel", {})
    button = ada.messages.last.get_by_role("button", name="Edit")
    await button.click()
    await ada.page.get_by_role("dialog").wait_for()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("dialog")).to_be_hidden()
    await expect(button).to_be_focused()
    assert len(await props.messages()) == 1


async def test_buttons_and_selects_tell_the_bot_and_edits_are_seen_live(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await props.command("ada", "films", "panel", {})
    panel = ada.messages.first
    await panel.get_by_role("button", name="Count").click()
    await expect(panel).to_contain_text("counted 1")
    await panel.get_by_role("button", name="Count").click()
    await expect(panel).to_contain_text("counted 2")
    await expect(panel.get_by_role("button", name="Closed")).to_be_disabled()
    await expect(panel.get_by_role("link", name="Elsewhere")).to_have_attribute("href", "https://example.com/")
    await ada.choose(panel, "Colours", "Red", "Blue")
    await expect(ada.messages.last).to_contain_text("colours ['Blue', 'Red']")
    await ada.choose(panel, "Who", "cyd")
    await expect(ada.messages.last).to_contain_text("who ['cyd']")


async def test_a_bot_that_does_not_answer_is_told(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await props.command("ada", "films", "panel", {})
    await ada.messages.first.get_by_role("button", name="Silent").click()
    await expect(ada.page.locator("#toasts")).to_contain_text("did not answer within Discord's 3 s")


@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
async def test_a_layout_shows_its_text_pictures_files_and_buttons(
    props: Sandbox, visitors: Visitors, size: tuple[int, int]
) -> None:
    ada = await visitors.visit(props.url, size)
    await props.command("ada", "films", "layout", {})
    layout = ada.messages.last
    await expect(layout.get_by_role("heading", name="A layout")).to_be_visible()
    await expect(layout.locator("strong")).to_have_text("bold")
    await expect(layout).to_contain_text("notes.txt")
    await expect(layout.get_by_role("button", name="a small picture")).to_be_visible()
    await layout.get_by_role("button", name="a teal picture").click()
    viewer = ada.page.get_by_role("dialog")
    await expect(viewer.get_by_role("img", name="a teal picture")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await layout.get_by_role("button", name="Press").click()
    await expect(ada.messages.last).to_contain_text("pressed")


async def test_an_embed_shows_all_its_parts_and_its_time_counts(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await props.command("ada", "films", "embed", {})
    embed = ada.messages.last
    for part in ("An author", "A title", "bold", "code", "Ready", "A footer"):
        await expect(embed).to_contain_text(part)
    await expect(embed.locator("img[src*='teal.png']")).to_have_count(1)
    counting = embed.locator("time", has_text="second")
    early = await counting.text_content()
    await expect(counting).not_to_have_text(early or "")


async def test_a_reaction_is_counted_answered_and_taken_back(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await ada.say("look")
    message = ada.messages.last
    await message.hover()
    await message.get_by_role("button", name="Add a reaction").first.click()
    await ada.page.get_by_role("dialog", name=re.compile("eaction")).get_by_text("⭐").click()
    star = message.get_by_role("button").filter(has_text="⭐")
    await expect(star).to_contain_text("2")  # ada's and the bot's
    await expect(star).to_have_attribute("aria-pressed", "true")
    await star.click()
    await expect(star).to_contain_text("1")
    await expect(star).to_have_attribute("aria-pressed", "false")


async def test_a_right_click_offers_what_the_bot_does_with_a_message(
    props: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(props.url)
    await ada.page.locator("#writing input[type=file]").first.set_input_files(a_picture(tmp_path))
    await ada.say("look")
    await ada.messages.last.get_by_text("look").click(button="right")
    await ada.page.get_by_role("menuitem", name="Animate this").click()
    await expect(ada.messages.last).to_contain_text("animate ['beach.jpg']")


async def test_a_touched_button_opens_the_same_menu(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url, NARROW)
    await ada.say("look")
    await ada.messages.last.get_by_role("button", name="More").tap()
    await ada.page.get_by_role("menuitem", name="Animate this").tap()
    await expect(ada.messages.last).to_contain_text("animate []")


async def test_a_reply_leads_to_what_it_answers(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await ada.say("a question")
    await ada.messages.last.hover()
    await ada.messages.last.get_by_role("button", name="Reply").click()
    await ada.say("an answer")
    await expect(ada.messages.last).to_contain_text("an answer")
    await expect(ada.messages.last).to_contain_text("a question")
    [first, second] = await props.messages()
    assert second["message_reference"]["message_id"] == first["id"]


async def test_what_people_write_is_never_more_than_text(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    hostile = '<img src=x onerror="document.title=1"> [click](javascript:alert(1)) **<b>bold</b>** ' + "*_~`" * 300
    await props.post("discord/message", {"person": "bob", "channel": "films", "content": hostile})
    await expect(ada.messages.last).to_contain_text('<img src=x onerror="document.title=1">')
    await expect(ada.messages.last.locator("strong")).to_have_text("<b>bold</b>")
    assert await ada.messages.last.locator("img:not(.face), b, a[href^=javascript]").count() == 0


async def test_other_channels_tell_that_something_is_new_there(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await props.post("discord/message", {"person": "bob", "channel": "general", "content": "over here"})
    await expect(ada.page.locator("#channels").get_by_role("img", name="new messages")).to_be_visible()
    await ada.go("general")
    await expect(ada.messages.last).to_contain_text("over here")
    await expect(ada.page.locator("#channels").get_by_role("img", name="new messages")).to_have_count(0)


async def test_a_reset_of_the_sandbox_empties_the_page(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url)
    await ada.say("soon gone")
    await expect(ada.messages).to_have_count(1)
    await props.post("reset", {})
    await expect(ada.messages).to_have_count(0)
