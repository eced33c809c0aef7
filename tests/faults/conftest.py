"""One bot for each test, and a sandbox in which something goes wrong."""

import pytest

from tests.e2e.conftest import bot as bot
from tests.e2e.conftest import sandbox as sandbox
from tests.e2e.conftest import stage as stage
from tests.e2e.stage import Stage
from tests.faults.scene import Scene


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    """A stage whose bot is not started yet, where fal renders as much at once as it is asked for."""
    await stage.sandbox.post("fal/set", {"concurrency": 100})
    return Scene(stage)
