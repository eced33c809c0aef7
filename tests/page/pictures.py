"""Draws the pictures of the README from the real page: `python -m tests.page.pictures docs/pictures`."""

import asyncio
import io
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from sandbox.client import Sandbox
from sandbox.page import FOLDER
from tests.e2e.demo import running
from tests.page.visitor import FLAGS, NARROW, PATIENCE, WIDE, Seats, Visitors, chromium_path

BEHIND = "What the bot asked"
SAMPLES = FOLDER / "samples"


async def draw(folder: Path) -> None:
    """Six states of the page, as WebP files in `folder`."""
    expect.set_options(timeout=PATIENCE)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        async with async_playwright() as playwright, running(Path(data), "--no-browser") as (_, sandbox):
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            visitors = Visitors(Seats(browser))
            await _form(visitors, sandbox.url, folder)
            await _card_and_film(visitors, sandbox, folder)
            await _killed(visitors, sandbox, folder)
            await _workbench(visitors, sandbox, folder)
            await visitors.leave()
            await browser.close()
    if visitors.problems:
        sys.exit("\n".join(visitors.problems))


async def _form(visitors: Visitors, url: str, folder: Path) -> None:
    ada = await visitors.visit(url, WIDE, "light")
    form = await ada.begin("animate")
    await form.locator("input[type=file]").first.set_input_files(SAMPLES / "lighthouse.jpg")
    await form.get_by_role("textbox", name="prompt").fill("the light turns, clouds pass over the moon")
    await form.get_by_role("button", name="+ quality").click()
    await form.get_by_role("combobox", name="quality").select_option("best")
    await ada.page.mouse.move(0, 0)
    await _keep(ada.page, folder / "command.webp")


async def _card_and_film(visitors: Visitors, sandbox: Sandbox, folder: Path) -> None:
    await sandbox.post("fal/set", {"queue_seconds": 1, "run_seconds": 6})
    ada = await visitors.visit(sandbox.url, WIDE, "dark")
    await ada.say("who wants to see the sea?")
    await ada.animate(SAMPLES / "sea.jpg", "the tide comes in, the sun glitters on the waves")
    await expect(ada.messages.last).to_contain_text(re.compile(r"[2-9]\d%"))
    await _keep(ada.page, folder / "card.webp")
    await ada.sees_a_film_play()
    film = (await sandbox.messages())[-1]["id"]
    for person, emoji in (("bob", "👍"), ("cyd", "👍"), ("mod", "⭐")):
        await sandbox.post("discord/react", {"person": person, "message_id": film, "emoji": emoji})
    answer = {"person": "bob", "channel": "films", "content": "**again**, please", "reply_to": film}
    await sandbox.post("discord/message", answer)
    await expect(ada.messages.last).to_contain_text("again")
    await _keep(ada.page, folder / "film.webp")
    small = await visitors.visit(sandbox.url, NARROW, "light")
    await small.messages.last.get_by_text("again").wait_for()
    await _keep(small.page, folder / "phone.webp")


async def _killed(visitors: Visitors, sandbox: Sandbox, folder: Path) -> None:
    await sandbox.post("reset", {})
    await sandbox.post("fal/set", {"queue_seconds": 3600})
    ada = await visitors.visit(sandbox.url, WIDE, "light")
    await ada.animate(SAMPLES / "hills.jpg", "mist drifts through the valleys")
    behind = ada.page.get_by_role("complementary", name=BEHIND)
    await expect(ada.messages.last).to_contain_text("In fal's queue")
    await behind.get_by_text("Make trouble").click()
    for section in ("fal", "Calls"):
        await behind.locator("summary", has=ada.page.get_by_role("heading", name=section, exact=True)).click()
    await behind.get_by_role("button", name="Kill it").click()
    await expect(ada.page.locator("#banner")).to_contain_text("away")
    await _keep(ada.page, folder / "killed.webp")
    await ada.page.locator("#banner").get_by_role("button", name="Start it again").click()
    await sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 0})
    await ada.sees_a_film_play()


async def _workbench(visitors: Visitors, sandbox: Sandbox, folder: Path) -> None:
    await sandbox.post("reset", {})
    await sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 0})
    ada = await visitors.visit(sandbox.url, WIDE, "dark")
    for prompt in ("a slow dolly towards the boat", "the paper boat sails away"):
        await ada.animate(SAMPLES / "boat.jpg", prompt)
        await expect(ada.messages.last).to_contain_text(f"@ada {prompt}")
    behind = ada.page.get_by_role("complementary", name=BEHIND)
    for section in ("Bot", "Calls"):
        await behind.locator("summary", has=ada.page.get_by_role("heading", name=section, exact=True)).click()
    await behind.locator("summary", has_text="done").first.click()
    await _keep(ada.page, folder / "workbench.webp")


async def _keep(page: Page, path: Path) -> None:
    await page.wait_for_timeout(500)  # until nothing slides or fades any more
    shot = Image.open(io.BytesIO(await page.screenshot()))
    shot.save(path, quality=84, method=6)


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
