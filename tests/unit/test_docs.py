"""The READMEs and CONTRIBUTING say what the code does: the tables are made from it and compared."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.domain.action import TABLE
from bot.domain.media import FAL_KEEPS_SECONDS
from bot.domain.retention import DAY, FAL_STORES_SECONDS, KINDS, NIGHT, Keep
from bot.settings import Settings
from cogs.person import NEEDED
from tests import readme
from tests.words import Listener, commands

ROOT = Path(__file__).parents[2]
README = readme.README.read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("page", readme.TABLES, ids=str)
def test_a_readme_has_its_tables_as_the_code_has_them(page: Path) -> None:
    assert {place[1] for place in readme.PLACE.findall(page.read_text())} == readme.TABLES[page].keys()
    assert readme.filled(page) == page.read_text(), "`make readme` writes them anew"


def test_the_readme_of_the_tests_tells_of_each_folder() -> None:
    folders = {f"`{path.parent.name}/`" for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders == set(re.findall(r"^\| (`\w+/`)", readme.TESTS.read_text(), re.MULTILINE))


def test_every_setting_is_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text()
    names = re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)
    assert names == re.findall(r"^\| `([A-Z_]+)`", readme.settings(), re.MULTILINE)


def test_what_is_published_of_privacy_is_true() -> None:
    page = readme.PRIVACY.read_text()
    assert f"keep files for {FAL_KEEPS_SECONDS / DAY:.0f} days" in page
    assert f"it stores for {FAL_STORES_SECONDS / DAY:.0f} days" in page
    assert f"Each night at {NIGHT}:00 UTC" in page
    assert {f"keep_{kind.days}_days" for kind in KINDS if kind.days} == {
        name for name in Settings.model_fields if name.startswith("keep_")
    }
    assert asdict(Settings.model_construct().keep) == asdict(Keep())
    assert Keep().pictures == Keep().prompts, "without its pictures no film of the history is made once more"


def test_the_invite_link_asks_for_every_permission_that_the_bot_checks() -> None:
    [number] = set(re.findall(r"permissions=(\d+)", README))
    assert NEEDED.value & int(number) == NEEDED.value


async def test_the_readme_tells_of_every_command_and_of_every_action() -> None:
    told = {command["name"]: command for command in await commands(Listener())}
    groups = {
        f"{name} {part['name']}" for name, one in told.items() for part in one.get("options", []) if part["type"] == 1
    }
    names = {name for name in told if not any(group.startswith(f"{name} ") for group in groups)} | groups
    # /wan21 and such are in tables of their own
    assert [name for name in sorted(names) if f"/{name}" not in README and f"*{name}*" not in README] == []
    assert [action.name for action in TABLE if f"| {action.emoji} |" not in README] == []


def test_every_file_and_name_that_the_newcomers_table_mentions_is_there() -> None:
    rows = [line for line in CONTRIBUTING.splitlines() if line.startswith("| a")]
    assert len(rows) >= 6
    for path, _, name in re.findall(r"`((?:bot|cogs|sandbox|tests)/[\w/.]+)(::(\w+))?`", CONTRIBUTING):
        assert (ROOT / path).exists(), path
        assert name in (ROOT / path).read_text() if name else True, name
