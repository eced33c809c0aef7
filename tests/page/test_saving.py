"""What one takes away from the page: the conversation as one file that stands by itself."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from sandbox.client import Sandbox
from tests.page.visitor import Visitors, a_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_saved_conversation_stands_by_itself_and_plays_its_films(
    demo: Sandbox, visitors: Visitors, browser: Browser, tmp_path: Path
) -> None:
    await demo.post("discord/message", {"person": "bob", "channel": "films", "content": "<b>show</b> **us** the sea"})
    for number in range(80):
        await demo.post("discord/message", {"person": "bob", "channel": "films", "content": f"number {number}."})
    ada = await visitors.visit(demo.url)
    await ada.animate(a_picture(tmp_path), "the tide comes in")
    await ada.sees_a_film_play()

    await ada.page.get_by_role("button", name="Save conversation").click()
    async with ada.page.expect_download() as download:
        await ada.page.get_by_role("button", name=re.compile("HTML")).click()
    file = await download.value
    assert re.fullmatch(r"zoetrope-films-\d{4}-\d\d-\d\d\.html", file.suggested_filename)
    saved = tmp_path / "saved.html"
    await file.save_as(saved)

    text = saved.read_text()
    assert "<script" not in text
    assert "127.0.0.1" not in text
    context = await browser.new_context(offline=True)
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(saved.as_uri())
    await expect(page.locator("body")).to_contain_text("<b>show</b> us the sea")
    for number in (0, 79):
        await expect(page.locator("body")).to_contain_text(f"number {number}.")
    playing = "async (film) => { film.muted = true; await film.play(); return film.videoWidth; }"
    assert await page.locator("video").evaluate(playing) > 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    await context.close()
