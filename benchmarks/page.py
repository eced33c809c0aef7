"""How soon the sandbox's page shows something, and how smoothly a long conversation scrolls, in Chromium.

Prints milliseconds until the first paint and until channels and messages are there, and the time of each frame while
the page is scrolled through a thousand messages, up as far as they are loaded and down again.
"""

import asyncio
import sys

from playwright.async_api import Browser, async_playwright

from sandbox import connect
from sandbox.client import Sandbox
from tests.page.visitor import FLAGS, SIZES, Seats, Visitors, chromium_path

MESSAGES = 1000
SLOW = 50  # milliseconds; a frame that takes longer is seen to stick
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
# Milliseconds after which channels and messages were painted for the first time.
FIRST_USE = """new MutationObserver((_, observer) => {
  if (!document.querySelector("#channels li") || !document.querySelector("#messages article")) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.usefulPaint = performance.now(); }));
}).observe(document, { childList: true, subtree: true })"""
SCROLL = """async (all) => {
  const scroller = document.querySelector("#scroll"), frames = [];
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let before = await frame();
  const step = async (by) => {
    scroller.scrollTop += by;
    const now = await frame();
    frames.push(now - before);
    before = now;
  };
  while (document.querySelectorAll("#messages article").length < all) await step(-400);
  while (scroller.scrollTop > 0) await step(-400);
  while (scroller.scrollTop + scroller.clientHeight < scroller.scrollHeight - 2) await step(400);
  return frames;
}"""


async def main() -> None:
    path = chromium_path()
    if not path:
        sys.exit("This needs Debian's package chromium-headless-shell, or chromium, or ZOETROPE_CHROMIUM.")
    with connect.own_sandbox() as url:
        async with Sandbox(url) as sandbox, async_playwright() as playwright:
            for number in range(MESSAGES):
                said = {"person": "bob", "channel": "films", "content": f"message {number} **with** `some` words"}
                await sandbox.post("discord/message", said)
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            for size in SIZES:
                await measured(browser, url, size)
            await browser.close()


async def measured(browser: Browser, url: str, size: tuple[int, int]) -> None:
    """One visit in a window of this size in pixels."""
    visitors = Visitors(Seats(browser, FIRST_USE))
    ada = await visitors.visit(url, size)
    await ada.messages.filter(has_text=f"message {MESSAGES - 1}").wait_for()
    paint: float = await ada.page.evaluate(FIRST_PAINT)
    await ada.page.wait_for_function("() => window.usefulPaint")
    useful: float = await ada.page.evaluate("usefulPaint")
    frames: list[float] = await ada.page.evaluate(SCROLL, MESSAGES)
    slow = [frame for frame in frames if frame > SLOW]
    print(f"at {size[0]} px: first paint {paint:.0f} ms, channels and messages {useful:.0f} ms;", end=" ")
    print(f"{len(frames)} frames, {len(slow)} over {SLOW} ms, the longest {max(frames):.0f} ms")
    await visitors.leave()


asyncio.run(main())
