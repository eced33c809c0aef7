"""`zoetrope demo --fal live`: the page shows what goes to the real fal.

Here a stand-in is the real one, reached as fal is on a machine with a proxy of its own: by the environment.
"""

import json
import os
from pathlib import Path

import pytest

from bot.domain.errors import Misconfigured
from sandbox import connect
from sandbox.client import Refused, Sandbox
from tests.e2e.demo import running
from tests.e2e.stage import Decoded, picture

LIVE = ("--no-browser", "--fal", "live")


async def test_what_goes_to_the_real_fal_is_shown_and_the_key_is_not(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(tmp_path, *LIVE, **connect.environment(sandbox.url, tmp_path, discord=False)) as (_, page):
        options = {"image": picture(), "prompt": "the tide comes in", "quality": "draft"}
        await page.command("ada", "films", "animate", options)
        [message] = await page.until(lambda seen: seen if seen[-1]["attachments"] and len(seen) == 1 else None)
        assert Decoded(await page.download(message["attachments"][0]["url"])).codec == "h264"
        [shown], [made] = await page.get("fal/requests"), await sandbox.get("fal/requests")
        for key in ("request_id", "endpoint", "input", "status", "answer_status", "seed", "billable_units"):
            assert shown[key] == made[key], key
        assert shown["cost_usd"] == pytest.approx(made["cost_usd"], abs=0.02)
        assert (await page.get("bot"))["fal"] == "live"
        everything = [await page.get(path) for path in ("fal/requests", "fal/record", "discord/record", "bot/log")]
        assert os.environ["FAL_KEY"] not in json.dumps(everything)
        with pytest.raises(Refused, match="This is the real fal"):
            await page.post("fal/fault", {"kind": "slow"})
        # a bot that was not told to pay does not use it
        with pytest.raises(Misconfigured, match="films are paid: say --fal live"):
            connect.environment(page.url, tmp_path)
