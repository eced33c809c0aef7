"""fal breaks, alone and together with Discord: each job becomes what the table says."""

import pytest

from sandbox.client import Json
from sandbox.fal.faults import KINDS
from tests.crash.count import FILM
from tests.e2e.stage import free_port
from tests.faults.scene import Scene
from tests.faults.table import DISCORD, DISCORD_PLACES, FAL, PACES, PATIENT, TOLD, Fault

CLOSED = 4000  # by the gateway, while all the jobs are under way


def test_the_table_has_every_fault_of_fals() -> None:
    assert {fault.kind for fault in FAL} == {*KINDS}


async def begin(scene: Scene, kind: str) -> list[Fault]:
    """Start the bot as faults of this kind need it; these faults, as the table has them."""
    await scene.stage.start(pace=PACES.get(kind, PATIENT), public_port=free_port() if kind in TOLD else None)
    faults = [fault for fault in FAL if fault.kind == kind]
    if any(fault.becomes == FILM for fault in faults):
        await scene.make_a_film()
    return faults


@pytest.mark.parametrize("kind", KINDS)
async def test_a_fault_of_fals_has_its_outcome_wherever_it_strikes_and_whatever_discord_does(
    scene: Scene, kind: str
) -> None:
    faults = await begin(scene, kind)
    for fault in faults:
        assert await scene.struck(fal=fault.orders()) == [fault.becomes], fault
        if kind in TOLD:
            assert await scene.told(len(TOLD[kind])) == [*TOLD[kind]], fault
    fault, jobs = faults[0], len(DISCORD)
    became = await scene.struck(fal=fault.orders(jobs), discord=meanwhile(fault), jobs=jobs, close=CLOSED)
    assert became == [fault.becomes] * jobs, await scene.met()


def meanwhile(fault: Fault) -> list[Json]:
    """Discord's faults, for a job each: at its first card, and then at its film or at a later card, which says why not.

    It may be another's, but each job meets the fault of fal's, and each fault of Discord's meets one of them.
    """
    card, film = DISCORD_PLACES["the card"], DISCORD_PLACES["the film"]
    places = (card, film if fault.becomes == FILM else card)
    return [{"kind": kind, "match": at, "seconds": seconds} for at in places for kind, seconds in DISCORD.items()]
