"""Lives of the bot beside a sandbox that outlives them."""

import os
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.pace import Pace
from tests.crash.life import Lives
from tests.e2e.conftest import QUICK
from tests.e2e.conftest import sandbox as sandbox
from tests.e2e.conftest import stage as stage
from tests.e2e.stage import Stage

PASSED_ON = ("DISCORD_", "ZOETROPE_", "FAL_", "SSL_", "HTTPS_", "https_", "NO_", "no_", "PUBLIC_")


@pytest.fixture
def pace() -> Pace:
    """That of each life."""
    return replace(QUICK, farewell=1)


@pytest.fixture
async def lives(stage: Stage, tmp_path: Path, pace: Pace) -> AsyncGenerator[Lives]:
    """Lives of a bot with the stage's data, led to its sandbox."""
    given = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    roomy = {"ZOETROPE_DAILY_USD": "1000", "ZOETROPE_BOT_DAILY_USD": "", "ZOETROPE_FILMS_AT_ONCE": ""}
    roomy |= {"ZOETROPE_SERVER_DAILY_USD": "", "ZOETROPE_CONFIRM_USD": ""}
    lives = Lives(given | roomy | {"ZOETROPE_DATA": str(stage.data)}, tmp_path, pace)
    yield lives
    await lives.end()
