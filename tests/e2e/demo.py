"""`zoetrope demo` as a person starts it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.client import Sandbox

COMMAND = (sys.executable, "-m", "bot", "demo", "--port", "0")


def clean() -> dict[str, str]:
    """An environment without the settings of whoever runs the tests."""
    return {name: os.environ[name] for name in ("PATH", "DISCORD_OPENAPI") if name in os.environ}


@asynccontextmanager
async def running(folder: Path, *arguments: str, **more: str) -> AsyncGenerator[tuple[Process, Sandbox]]:
    """The demo with its page, when its bot is connected; told to end with the block."""
    environment = clean() | more
    process = await asyncio.create_subprocess_exec(*COMMAND, *arguments, cwd=folder, env=environment, stdout=PIPE)
    try:
        assert process.stdout
        url = (await process.stdout.readline()).decode().strip()
        async with Sandbox(url) as sandbox:
            await sandbox.online(60)
            yield process, sandbox
    finally:
        ended = process.returncode is not None
        if not ended:
            process.terminate()
        await process.communicate()
        assert ended or process.returncode == 0
