"""A disk that takes nothing more: members are told, jobs wait, and all goes on when there is room again."""

import contextlib
import resource
from collections.abc import Generator

from tests.e2e.stage import Stage

TOLD = "The bot's own database does not answer"


@contextlib.contextmanager
def full_disk() -> Generator[None]:
    """This process can make no file longer; Python is told by an error, as it is by a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_while_the_disk_is_full_members_are_told_and_jobs_wait(bot: Stage) -> None:
    await bot.under_way()
    card = await bot.shown("Cancel")
    before = await bot.row()
    with full_disk():
        await bot.animate(person="bob")
        await bot.whispered(f"{TOLD}, so nothing is done and nothing was spent. Please try again in a minute.", "bob")
        await bot.click(card, "Cancel")
        await bot.whispered(TOLD)
        await bot.release()
        await bot.status(f"{TOLD}. I keep trying.")
        assert await bot.row() == before
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen) or None)
    assert (await bot.closed())["state"] == "delivered"
    assert len(await bot.requests()) == 1
    assert await bot.spent() == 202_500
