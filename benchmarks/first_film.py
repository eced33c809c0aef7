"""How long a member waits beyond the rendering: from the typed command to the film in the channel.

The bot runs as its operator runs it, in a process of its own with its usual pace; fal's stand-in neither queues nor
adds time to its rendering. Prints each run and the median, in seconds.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from typing import Any

from sandbox import connect
from sandbox.client import Sandbox, Upload
from sandbox.page import FOLDER as PAGE

RUNS = 10


async def main() -> None:
    with connect.own_sandbox() as url, tempfile.TemporaryDirectory() as folder:
        photo = Upload("sea.jpg", (PAGE / "samples" / "sea.jpg").read_bytes())
        async with Sandbox(url) as sandbox:
            await sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 0})
            environment = os.environ | {"ZOETROPE_DATA": folder}
            command = [sys.executable, "-m", "bot", "run", "--sandbox", url]
            bot = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.DEVNULL)
            try:
                await sandbox.online()
                beyond = [await one(sandbox, photo, run) for run in range(RUNS)]
            finally:
                bot.terminate()
                await bot.wait()
    print(f"median {statistics.median(beyond):.2f} s, worst {max(beyond):.2f} s beyond the rendering")


async def one(sandbox: Sandbox, photo: Upload, run: int) -> float:
    """Seconds from the command to the film, without the rendering."""
    began = time.monotonic()
    options = {"image": photo, "prompt": "the tide comes in", "seed": run}
    first = await sandbox.command("ada", "films", "animate", options)
    await sandbox.until(lambda seen: _film(seen, run), seconds=60)
    took = time.monotonic() - began
    request = (await sandbox.get("fal/requests"))[-1]
    rendered = request["render_seconds"]
    answered = f"answered after {first['acknowledged_ms']:.0f} ms"
    print(f"{answered}, film after {took:.2f} s, {rendered:.2f} s of it rendering")
    return took - rendered


def _film(messages: list[dict[str, Any]], run: int) -> bool:
    return any(message["attachments"] and f"seed {run} " in message["content"] for message in messages)


asyncio.run(main())
