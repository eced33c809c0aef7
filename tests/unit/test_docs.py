"""The README and CONTRIBUTING say what the code does: the README's tables are made from it and compared."""

import re
from pathlib import Path

from cogs.asking import NEEDED
from tests import readme

ROOT = Path(__file__).parents[2]
README = readme.README.read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_the_readme_has_its_tables_as_the_code_has_them() -> None:
    assert {place[1] for place in readme.PLACE.findall(README)} == readme.TABLES.keys()
    assert readme.filled(README) == README, "`make readme` writes them anew"


def test_every_setting_is_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text()
    names = re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)
    assert names == re.findall(r"^\| `([A-Z_]+)`", readme.settings(), re.MULTILINE)


def test_the_invite_link_asks_for_every_permission_that_the_bot_checks() -> None:
    [number] = set(re.findall(r"permissions=(\d+)", README))
    assert NEEDED.value & int(number) == NEEDED.value


def test_every_file_and_name_that_the_newcomers_table_mentions_is_there() -> None:
    rows = [line for line in CONTRIBUTING.splitlines() if line.startswith("| a")]
    assert len(rows) >= 6
    for path, _, name in re.findall(r"`((?:bot|cogs|sandbox|tests)/[\w/.]+)(::(\w+))?`", CONTRIBUTING):
        assert (ROOT / path).exists(), path
        assert name in (ROOT / path).read_text() if name else True, name
