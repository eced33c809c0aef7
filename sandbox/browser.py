"""Opens a page in the person's browser, where there is one."""

import contextlib
import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from pathlib import PurePath

# They would take over the terminal in which the person reads us.
IN_A_TERMINAL = ("www-browser", "links", "links2", "elinks", "lynx", "w3m", "browsh")


def open_page(url: str) -> bool:
    """Open `url` beside everything else; whether that was tried. Never a browser that draws in the terminal."""
    if not has_screen(sys.platform, os.environ):
        return False
    # In a thread that may be left alone: some browsers return only when they are closed.
    threading.Thread(target=_open, args=(url,), daemon=True).start()
    return True


def has_screen(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether a window could be opened at all."""
    if platform in ("win32", "darwin"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _open(url: str) -> None:
    with contextlib.suppress(webbrowser.Error):  # none is there: the person has read the address
        browser = webbrowser.get()
        if PurePath(str(getattr(browser, "name", ""))).name not in IN_A_TERMINAL:
            browser.open(url)
