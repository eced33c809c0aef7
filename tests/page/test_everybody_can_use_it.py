"""The page in each of its states for those who cannot see it well."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.client import Sandbox
from tests.page.visitor import NARROW, SIZES, WIDE, Visitor, Visitors, a_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

TIGHT = (1100, 900)  # pixels: the narrowest window in which the panel stands beside the conversation
LOOKS = [(WIDE, "light"), (NARROW, "dark")]
Act = Callable[[Visitor], Awaitable[object]]


async def _panel(ada: Visitor) -> None:
    await (await ada.begin("panel")).get_by_role("button", name="Send").click()
    await expect(ada.messages.last).to_contain_text("counted 0")


async def _layout(ada: Visitor) -> None:
    await (await ada.begin("layout")).get_by_role("button", name="Send").click()
    await expect(ada.messages.last).to_contain_text("A layout")


async def _embed(ada: Visitor) -> None:
    await (await ada.begin("embed")).get_by_role("button", name="Send").click()
    await expect(ada.messages.last).to_contain_text("A footer")


async def _form(ada: Visitor) -> None:
    form = await ada.begin("everything")
    await form.get_by_role("button", name="Show all").click()
    await form.get_by_role("button", name="Send").click()  # with every complaint that it has


async def _commands(ada: Visitor) -> None:
    await ada.page.locator("#text").fill("/")
    await ada.page.get_by_role("option", name="/everything").wait_for()


async def _modal(ada: Visitor) -> None:
    await (await ada.begin("choose")).get_by_role("button", name="Send").click()
    await ada.page.get_by_role("dialog", name="Choose").wait_for()


async def _menu(ada: Visitor) -> None:
    await ada.say("look")
    await ada.messages.last.hover()
    await ada.messages.last.get_by_role("button", name="More").click()
    await ada.page.get_by_role("menuitem", name="Animate this").wait_for()


async def _behind(ada: Visitor) -> None:
    if not await ada.page.locator("#services").is_visible():
        await ada.page.get_by_role("button", name="Behind").click()
    closed = ada.page.locator("#services > details:not([open]) > summary")
    while await closed.count():
        await closed.first.click()


# whether one looks after each act: what stands in the conversation stays there, and is looked at once
STATES = [
    (_panel, False),
    (_layout, False),
    (_embed, False),
    (_commands, True),
    (_form, True),
    (_modal, True),
    (_menu, True),
    (_behind, True),
]


@pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=["wide and light", "narrow and dark"])
async def test_no_state_of_the_page_has_a_serious_fault_of_accessibility(
    props: Sandbox, visitors: Visitors, size: tuple[int, int], scheme: str
) -> None:
    ada = await visitors.visit(props.url, size, scheme)
    found: dict[str, list[str]] = {}
    for act, look in STATES:
        await act(ada)
        if look and (faults := await ada.faults()):
            found[act.__name__] = faults
        await ada.page.keyboard.press("Escape")
    assert found == {}


@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
async def test_nothing_is_wider_than_the_window(props: Sandbox, visitors: Visitors, size: tuple[int, int]) -> None:
    ada = await visitors.visit(props.url, size)
    await props.post("discord/message", {"person": "bob", "channel": "films", "content": "a" * 1900})
    for act in (_panel, _layout, _embed, _form):
        await act(ada)
        assert await ada.page.evaluate(TOO_WIDE) == []


async def test_beside_the_panel_the_conversation_keeps_to_its_column(props: Sandbox, visitors: Visitors) -> None:
    ada = await visitors.visit(props.url, TIGHT)
    await props.post("discord/message", {"person": "bob", "channel": "films", "content": "a" * 1900})
    await expect(ada.messages.last).to_contain_text("aaa")
    inside = "right => [...document.querySelectorAll('#talk > *, #topic > *, #messages article')]"
    inside += ".filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > right + 1).length"
    panel = await ada.page.locator("#services").bounding_box()
    assert panel
    assert panel["x"] < TIGHT[0]
    assert await ada.page.evaluate(inside, panel["x"]) == 0


TOO_WIDE = """[...document.querySelectorAll("#talk *, #talk")]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1
    && !element.closest(".unseen"))
  .map((element) => element.outerHTML.slice(0, 100))"""


async def test_a_film_and_its_card_have_no_serious_fault_of_accessibility(
    demo: Sandbox, visitors: Visitors, tmp_path: Path
) -> None:
    ada = await visitors.visit(demo.url)
    await demo.post("fal/set", {"queue_seconds": 3600})
    await ada.animate(a_picture(tmp_path), "waves")
    await expect(ada.messages.last).to_contain_text("A film is being made")
    assert await ada.faults() == []
    await demo.post("fal/set", {"queue_seconds": 0})
    await ada.sees_a_film_play()
    assert await ada.faults() == []
