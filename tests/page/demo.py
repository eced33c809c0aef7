"""`zoetrope demo` as a person starts it, and the browser that this machine has."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """The browser of this machine, if it has one; ZOETROPE_CHROMIUM may name another."""
    return os.environ.get("ZOETROPE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def running_demo(folder: Path) -> Generator[str]:
    """Stand-ins, page and the real bot until the end of the block; the URL. `folder` takes its log."""
    clean = {name: os.environ[name] for name in ("PATH", "DISCORD_OPENAPI") if name in os.environ}
    command = [sys.executable, "-m", "bot", "demo", "--no-browser", "--port", "0"]
    with (folder / "log").open("w") as log:
        # in the folder, where no .env file of a developer lies
        process = subprocess.Popen(command, cwd=folder, env=clean, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            assert url, (folder / "log").read_text()
            yield url
        finally:
            process.terminate()
            process.communicate(timeout=20)
