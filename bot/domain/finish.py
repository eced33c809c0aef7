"""Steps that must not be left half-way, even by a task that is told to stop."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finish(step: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
    """Run `step` to its end whatever happens to the task that awaits it; a cancellation takes effect afterwards."""
    running = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():  # told twice, it is no less to be finished
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # it is seen: whoever asked is gone
        raise
