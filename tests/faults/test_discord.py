"""Discord breaks: the film comes all the same, once."""

import pytest

from bot.domain.errors import Misconfigured
from sandbox.discord.faults import GATEWAY, REST
from tests.crash.count import FILM
from tests.faults.scene import Scene
from tests.faults.table import DISCORD, DISCORD_PLACES, FATAL, PASSING

ONLINE = True


def test_the_table_has_every_fault_of_discords() -> None:
    assert DISCORD.keys() == {*REST}
    assert {*PASSING, "gateway_close"} >= {*GATEWAY}


@pytest.mark.parametrize("place", DISCORD_PLACES)
async def test_the_film_comes_whatever_discord_does(scene: Scene, place: str) -> None:
    await scene.stage.start()
    await scene.make_a_film()
    orders = [{"kind": kind, "match": DISCORD_PLACES[place], "seconds": seconds} for kind, seconds in DISCORD.items()]
    if place == "the answer":  # for which a member waits 3 s: all of them at once
        assert await scene.struck(discord=orders, jobs=len(orders)) == [FILM] * len(orders), await scene.met()
        return
    for order in orders:
        assert await scene.struck(discord=[order]) == [FILM], order


@pytest.mark.parametrize("trouble", PASSING)
async def test_a_bot_that_lost_its_connection_goes_on(scene: Scene, trouble: str | int) -> None:
    await scene.stage.start()
    await scene.under_way()
    order = {"kind": trouble} if isinstance(trouble, str) else {"kind": "gateway_close", "code": trouble}
    online: list[bool] = []
    async with scene.stage.sandbox.events() as events:
        await scene.stage.sandbox.post("discord/fault", order)
        while online[-1:] != [ONLINE]:
            name, data = await anext(events)
            online += [data["online"]] if name == "bot" else []
    await scene.ask()
    await scene.stage.release()
    assert (await scene.became(), online) == ([FILM, FILM], [not ONLINE, ONLINE])


@pytest.mark.parametrize("code", FATAL)
async def test_a_bot_that_discord_wants_no_more_says_so_and_the_next_one_goes_on(scene: Scene, code: int) -> None:
    await scene.stage.start()
    await scene.under_way()
    await scene.stage.sandbox.post("discord/fault", {"kind": "gateway_close", "code": code})
    with pytest.raises(Misconfigured, match="for good"):
        await scene.stage.ended()
    await scene.stage.start()
    await scene.stage.release()
    assert await scene.became() == [FILM]
