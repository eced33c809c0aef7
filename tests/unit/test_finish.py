"""A step that must not be left half-way is not, however often whoever waits for it is told to stop."""

import asyncio

import pytest

from bot.domain.finish import finish


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_what_is_begun_is_finished_before_a_cancellation_takes_effect(times: int) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def step() -> None:
        await go_on.wait()
        done.set()

    waiting = asyncio.create_task(finish(step()))
    await asyncio.sleep(0)
    for _ in range(times):
        waiting.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
    assert not waiting.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done.is_set()


async def test_what_goes_wrong_in_it_is_told() -> None:
    async def step() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await finish(step())
