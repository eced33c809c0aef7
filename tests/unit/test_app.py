"""What holds the bot together."""

import asyncio

import discord

from bot.app import stay_connected


class Deaf(discord.Client):
    """Swallows the first cancellation, as discord.py does while it connects anew."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.none())
        self.connecting = asyncio.Event()

    async def connect(self, *, reconnect: bool = True) -> None:
        del reconnect
        self.connecting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()


async def test_a_bot_that_connects_anew_can_still_be_stopped() -> None:
    client = Deaf()
    over = asyncio.Event()
    over.set()
    holding = asyncio.create_task(stay_connected(client, over))
    await client.connecting.wait()
    holding.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait([holding])
    assert holding.cancelled()


async def test_the_connection_stays_until_the_jobs_are_put_away() -> None:
    client, over = Deaf(), asyncio.Event()
    holding = asyncio.create_task(stay_connected(client, over))
    await client.connecting.wait()
    holding.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not holding.done()
    over.set()
    async with asyncio.timeout(10):
        await asyncio.wait([holding])
