"""Somebody in front of the page: what the tests of the page do again and again."""

import base64
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, Request

from tests.e2e.stage import picture

PATIENCE = 20_000  # milliseconds; a bot that starts on a busy machine takes some seconds
# Without them Chromium wants a user that is not root, a graphics card, and to speak to its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SIZES = WIDE, NARROW = (1440, 900), (390, 844)
LOST = "Failed to load resource: net::ERR_"  # how it tells of a server that is not there
REFUSED = "Failed to load resource: the server responded with a status of 4"  # how Chromium tells a refused call


NAME_OF_FOCUS = """() => {
  const at = document.activeElement;
  const labels = [...(at.labels ?? [])].map((label) => label.textContent);
  return [at.getAttribute("aria-label"), ...labels, at.textContent, at.title].join(" ");
}"""
PLAY = """async (film) => {
  film.muted = film.loop = true;
  const began = film.currentTime;
  const moved = new Promise((resolve) => { film.ontimeupdate = () => film.currentTime > began && resolve(); });
  await film.play();
  await moved;
}"""
AXE = "axe.run({ resultTypes: ['violations'] })"
BRING = """(element, [data, name, events]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, { type: "image/jpeg" }));
  for (const kind of events) {
    const about = { bubbles: true, cancelable: true, dataTransfer: files, clipboardData: files };
    element.dispatchEvent(kind === "paste" ? new ClipboardEvent(kind, about) : new DragEvent(kind, about));
  }
}"""


def chromium_path() -> str | None:
    """The browser of this machine, if it has one; ZOETROPE_CHROMIUM may name another."""
    return os.environ.get("ZOETROPE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(frozen=True)
class Seat:
    """A window of the browser, of which there is one for each who looks at the same time."""

    page: Page
    look: tuple[tuple[int, int], str]  # size in pixels, colour scheme


class Seats:
    """Windows that people sit down at one after the other: a new one costs more than all that most of them do there."""

    def __init__(self, browser: Browser, before_all: str = "") -> None:
        self._browser, self._before_all = browser, before_all  # a script, for each page before its own
        self._free: list[Seat] = []

    async def take(self, size: tuple[int, int], scheme: str) -> Seat:
        """An empty window."""
        look = (size, scheme)
        if free := next((seat for seat in self._free if seat.look == look), None):
            self._free.remove(free)
            return free
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            has_touch=size == NARROW,
            reduced_motion="reduce",  # what is still fading in has another contrast
        )
        context.set_default_timeout(PATIENCE)
        if self._before_all:
            await context.add_init_script(self._before_all)
        return Seat(await context.new_page(), look)

    async def give_back(self, seat: Seat) -> None:
        """Nothing of who sat here may be left for the next."""
        page = seat.page
        await page.unroute_all(behavior="ignoreErrors")
        await page.evaluate("sessionStorage.clear()")
        await page.goto("about:blank")
        await page.mouse.move(-1, -1)
        self._free.append(seat)


class Visitors:
    """Opens the page for people and notes whatever goes wrong on it."""

    def __init__(self, seats: Seats) -> None:
        self.problems: list[str] = []
        self.refusals_expected = False
        self.losses_expected = False
        self._seats = seats
        self._taken: list[Seat] = []

    async def visit(
        self, url: str, size: tuple[int, int] = WIDE, scheme: str = "light", *, channel_expected: bool = True
    ) -> "Visitor":
        """The page at this size in pixels, when it shows the channel (or channels at all)."""
        seat = await self._seats.take(size, scheme)
        self._taken.append(seat)
        page = seat.page
        for event, hear in self._ears().items():
            page.on(event, hear)  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownMemberType]
        await page.goto(url)
        visitor = Visitor(page)
        chosen = "[aria-current=true]" if channel_expected else ""
        await page.locator(f"#channels button{chosen}").first.wait_for(state="attached")
        return visitor

    async def leave(self) -> None:
        """Everybody closes the page."""
        while self._taken:
            seat = self._taken.pop()
            for event, hear in self._ears().items():
                seat.page.remove_listener(event, hear)
            await self._seats.give_back(seat)

    def _ears(self) -> dict[str, Callable[..., None]]:
        return {"console": self._heard, "pageerror": self._failed, "request": self._asked}

    def _failed(self, error: Error) -> None:
        self.problems.append(f"error: {error}")

    def _heard(self, message: ConsoleMessage) -> None:
        expected = (self.refusals_expected and message.text.startswith(REFUSED)) or (
            self.losses_expected and message.text.startswith(LOST)
        )
        if message.type in ("error", "warning") and not expected:
            self.problems.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.hostname != "127.0.0.1":
            self.problems.append(f"left the machine: {request.url}")


class Visitor:
    """One person in front of the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def messages(self) -> Locator:
        """The messages of the conversation, oldest first."""
        return self.page.locator("#messages article")

    async def be(self, person: str) -> None:
        """Become somebody else."""
        await self.page.locator("#people").get_by_role("button", name=person).click()
        await self.page.locator("#people button[aria-pressed=true]", has_text=person).wait_for()

    async def go(self, channel: str) -> None:
        """Look at another channel."""
        await self.page.locator("#channels").get_by_role("button", name=channel).click()
        await self.page.locator("#channels button[aria-current=true]", has_text=channel).wait_for()

    async def say(self, text: str) -> None:
        """Write a message and see it."""
        await self.page.locator("#text").fill(text)
        await self.page.locator("#text").press("Enter")
        await self.messages.filter(has_text=text).last.wait_for()

    async def begin(self, command: str) -> Locator:
        """Type a command's name and choose it; its form."""
        await self.page.locator("#text").fill(f"/{command}")
        await self.page.get_by_role("option", name=f"/{command}").first.wait_for()
        await self.page.keyboard.press("Enter")
        form = self.page.get_by_role("form", name=f"/{command}")
        await form.wait_for()
        return form

    async def animate(self, path: Path, prompt: str) -> None:
        """Ask for a film, a small one."""
        form = await self.begin("animate")
        await form.locator("input[type=file]").first.set_input_files(path)
        await form.get_by_role("textbox", name="prompt").fill(prompt)
        await form.get_by_role("button", name="+ quality").click()
        await form.get_by_role("combobox", name="quality").select_option("draft")
        await form.get_by_role("button", name="Send").click()
        await form.wait_for(state="detached")

    async def tab_to(self, name: str) -> None:
        """Press Tab until something with this name has the focus. Raises AssertionError where Tab never leads."""
        for _ in range(60):
            if name in await self.page.evaluate(NAME_OF_FOCUS):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never leads to {name}")

    async def choose(self, where: Locator, select: str, *options: str) -> None:
        """Choose options in a select of a message or modal."""
        field = where.get_by_role("combobox", name=select).or_(where.get_by_role("button", name=select)).first
        await field.click()
        for option in options:
            await self.page.locator("li[role=option]:visible", has_text=option).click()
        done = self.page.get_by_role("button", name="Done")
        if await done.is_visible():
            await done.click()

    async def drop(self, path: Path, where: str) -> None:
        """Drop a file there, as from a folder's window."""
        await self._bring(path, where, ["dragenter", "dragover", "drop"])

    async def paste(self, path: Path) -> None:
        """Paste a picture where the focus is."""
        await self._bring(path, ":focus", ["paste"])

    async def sees_a_film_play(self) -> None:
        """Wait for a film in the newest message, let it play, and see that its time moves."""
        film = self.messages.last.locator("video")
        await film.wait_for(timeout=30_000)
        await film.evaluate(PLAY)

    async def _bring(self, path: Path, where: str, events: list[str]) -> None:
        data = base64.b64encode(path.read_bytes()).decode()
        await self.page.locator(where).first.evaluate(BRING, [data, path.name, events])

    async def faults(self) -> list[str]:
        """What axe-core finds wrong with the page as it is and is serious or critical."""
        # evaluated, not added as a script: the page's own policy allows none but its own
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text())
        found: list[Any] = (await self.page.evaluate(AXE))["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        return [f"{one['id']}: {node['html'][:200]}" for one in grave for node in one["nodes"]]


def a_picture(folder: Path, name: str = "beach.jpg") -> Path:
    """A small picture of one's own."""
    path = folder / name
    path.write_bytes(picture(320, 192).data)
    return path
