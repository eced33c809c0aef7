"""Jobs that are struck by faults, and what becomes of them."""

import asyncio
from collections.abc import Sequence
from itertools import chain

import aiosqlite

from sandbox.client import Json
from tests.crash.count import Outcome, outcomes
from tests.e2e.stage import Stage, picture

# The shortest film there is.
WISH = {"prompt": "x", "num_frames": 17, "frames_per_second": 60, "resolution": "480p", "interpolator_model": "none"}


class Scene:
    """Members who ask for films, while this and that goes wrong."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self._sandbox = stage, stage.sandbox
        self._known: set[str] = set()  # jobs that have been counted
        self._film: Json = {}  # fal's answer with a film

    async def ask(self) -> None:
        """Somebody asks for a film."""
        await self._sandbox.command("ada", "films", "wan22", {**WISH, "image": picture(64, 64)})

    async def under_way(self) -> None:
        """A film has been asked for, and waits in fal's queue until the stage's `release`."""
        await self.stage.queue()
        await self.ask()
        await self.stage.queued()

    async def make_a_film(self) -> None:
        """One that fal gives to everybody from now on: to render each of them would take most of the time."""
        await self.ask()
        await self.became()
        [request] = await self.stage.requests()
        self._film = request["result"]

    async def struck(
        self, *, fal: Sequence[Json] = (), discord: Sequence[Json] = (), jobs: int = 1, close: int = 0
    ) -> list[Outcome]:
        """What becomes of so many jobs at once, when these faults are ordered before; each must have struck.

        The gateway is closed with the code `close` when all of the jobs are under way.
        """
        outcome = {"outcome": {"error_status": 200, "body": self._film}}
        orders = chain(
            (("fal/set", outcome) for _ in range(jobs)),
            (("fal/fault", order) for order in fal),
            (("discord/fault", order) for order in discord),
        )
        for path, order in orders:
            await self._sandbox.post(path, order)
        await asyncio.gather(*(self.ask() for _ in range(jobs)))
        if close:
            await self._sandbox.post("discord/fault", {"kind": "gateway_close", "code": close})
        became = await self.became()
        await self._sandbox.post("fal/set", {"outcome": None})  # those that fal was never asked for
        assert await self._sandbox.get("faults") == {"discord": [], "fal": []}, "these have not struck"
        return became

    async def became(self) -> list[Outcome]:
        """What has become of the jobs since the last time, when nothing is left to do for them."""
        await self._all_closed()
        counted, here = await outcomes(self.stage), await self._sandbox.messages()
        wanted = sum(one.films + one.notices for one in counted.values())
        assert len(here) == wanted, "something else is left, or went to its owner alone"
        fresh = [one for job, one in counted.items() if job not in self._known]
        self._known = {*counted}
        return fresh

    async def _all_closed(self) -> None:
        """What the stage's own does, by one connection: to open one for each look would take a tenth of the time."""
        async with asyncio.timeout(60), aiosqlite.connect(self.stage.data / "zoetrope.db") as database:
            while [*await database.execute_fetchall("SELECT 1 FROM jobs WHERE closed_at IS NULL")]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # a database has no events

    async def told(self, tries: int) -> list[int | str]:
        """What the bot answered to the webhooks of the newest request, when so many of them were sent."""
        async with asyncio.timeout(20), self._sandbox.events("events") as events:
            while len(found := (await self.stage.requests())[-1]["deliveries"]) < tries:
                await anext(events)
        return [one["status"] for one in found]

    async def met(self) -> list[str]:
        """Which request of the bot met which fault of Discord's, in words."""
        calls = await self._sandbox.get("discord/record")
        return [f"{call['faults'][0]}: {call['method']} {call['path']}" for call in calls if call.get("faults")]
