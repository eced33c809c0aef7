"""The operator's command line beside a bot that runs."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from bot.domain.errors import Misconfigured
from bot.operating import IN_FORCE, refresh
from bot.settings import Settings
from tests.e2e.stage import Stage
from tests.e2e.test_budgets import ODD, film, told


def zoetrope(data: Path, *arguments: str) -> tuple[int, str]:
    """Run the command line: its exit code, and what it says."""
    command = [sys.executable, "-m", "bot", *arguments]
    environment = os.environ | {"ZOETROPE_DATA": str(data), "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(command, cwd=data.parent, env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, (ran.stdout + ran.stderr).strip()


async def test_an_operator_sets_what_a_server_may_spend_while_the_bot_runs(bot: Stage) -> None:
    [server] = (await bot.sandbox.get("discord/world"))["guilds"]
    text = "Each member may spend at most $0.10 a day."
    assert zoetrope(bot.data, "limits", server["id"], "--usd", "0.10") == (0, text)
    await bot.animate(**ODD)
    await bot.whispered("of your daily budget of $0.10 is left")
    assert f"whoever runs this bot: {text}" in await told(bot, "mod", "admin log")
    assert text in zoetrope(bot.data, "limits", server["id"])[1]
    assert zoetrope(bot.data, "limits", server["id"], "--usd", "plenty") == (
        2,
        "--usd: dollars from 0 to 100,000, such as 2.50.",
    )
    assert zoetrope(bot.data, "limits", server["id"], "--who", "server", "--per", "once", "--films", "1") == (
        2,
        "At once, films are counted, for members and roles. Nothing was changed. Please choose a day or a month.",
    )


async def test_an_operator_finds_the_jobs_that_are_lost(bot: Stage) -> None:
    assert zoetrope(bot.data, "jobs", "lost") == (0, "No job is lost.")
    await bot.sandbox.post("fal/set", {"platform": False})
    await bot.sandbox.post("fal/fault", {"kind": "drop_reply_after_accept"})
    await bot.sandbox.post("fal/fault", {"kind": "webhook_lost"})
    await bot.animate(**ODD)
    row = await bot.closed()
    code, text = zoetrope(bot.data, "jobs", "lost")
    assert (code, row["state"]) == (0, "lost")
    assert text.startswith(f"{row['id']}  20")
    assert text.endswith(f"  $0.20  fal-ai/wan-i2v  member {row['user_id']}  server {row['guild_id']}")


async def test_an_operator_has_fals_prices_asked_for_and_history_stays_as_it_was(bot: Stage) -> None:
    assert "Wan 2.2: $0.08 a unit (seconds); a standard film $0.41." in zoetrope(bot.data, "prices")[1].splitlines()
    await bot.sandbox.post("fal/set", {"outcome": {"error_status": 500, "body": {"detail": "x"}}})
    await bot.animate()
    again = await bot.shown("Try again for $0.21")
    await bot.queue()
    await bot.animate(person="bob")
    await bot.status("In fal's queue")
    await bot.sandbox.post("fal/set", {"unit_price": {"fal-ai/wan/v2.2-a14b/image-to-video": 0.16}})
    code, text = zoetrope(bot.data, "prices", "--refresh")
    assert (code, text.splitlines()) == (
        0,
        [
            "Wan 2.1: unchanged at $0.40 a unit (videos).",
            "Wan 2.1 first and last frame: unchanged at $0.40 a unit (videos).",
            "Wan 2.2: from $0.08 to $0.16 a unit (seconds); a standard film $0.81 instead of $0.41.",
            "Wan 2.6: unchanged at $0.10 a unit (seconds).",
            IN_FORCE,
        ],
    )
    await bot.click(again, "Try again for $0.21")
    await bot.whispered("no longer offered at this price")
    await bot.release()
    await bot.all_closed()
    await bot.animate(person="mod")
    await bot.all_closed()
    rows = await bot.rows("SELECT price, unit_price, cost FROM jobs ORDER BY created_at")
    old = (202_500, 80_000)
    assert [tuple(row.values()) for row in rows] == [(*old, None), (*old, 202_500), (405_000, 160_000, 405_000)]
    assert await bot.spent() == 202_500 + 405_000
    assert len(await bot.rows("SELECT * FROM prices")) == 1
    await bot.sandbox.post("fal/set", {"platform": False})
    with pytest.raises(Misconfigured, match="It says 403: "):
        await refresh(Settings(data=bot.data))
    with pytest.raises(Misconfigured, match="FAL_KEY is missing"):
        await refresh(Settings(data=bot.data, fal_key=SecretStr("")))


async def test_an_operator_reads_what_was_spent_in_a_server_and_in_each(bot: Stage) -> None:
    await film(bot)
    row = await bot.row()
    server, table, picture = str(row["guild_id"]), bot.data / "spent.csv", bot.data / "spent.png"
    files = ("--csv", str(table), "--picture", str(picture))
    code, text = zoetrope(bot.data, "report", server, "--days", "7", *files)
    assert (code, text.splitlines()[0].startswith(f"Server {server}, ")) == (0, True)
    assert re.findall(r"^(\w.*?)  +(\d+) +(\S+)$", text, re.MULTILINE) == [
        (str(row["user_id"]), "1", "$0.20"),
        ("total", "1", "$0.20"),
        ("Wan 2.1", "1", "$0.20"),
        ("total", "1", "$0.20"),
    ]
    assert table.read_text().count("\n") == 2
    assert Image.open(io.BytesIO(picture.read_bytes())).width == 1040
    code, text = zoetrope(bot.data, "report")
    assert (code, [line.split() for line in text.splitlines()[-2:]]) == (
        0,
        [[server, "1", "$0.20"], ["total", "1", "$0.20"]],
    )
    nowhere = zoetrope(bot.data, "report", server, "--csv", str(bot.data / "none" / "x.csv"))
    assert (nowhere[0], "x.csv cannot be written: No such file or directory." in nowhere[1]) == (2, True)


@pytest.mark.parametrize("arguments", [("limits", "1"), ("jobs", "lost"), ("prices",), ("report",)])
def test_without_a_database_it_says_when_there_will_be_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, text = zoetrope(tmp_path / "data", *arguments)
    assert (code, text.startswith("There is no database at ")) == (2, True)
    assert list(tmp_path.iterdir()) == []
