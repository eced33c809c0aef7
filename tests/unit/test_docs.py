"""The README and CONTRIBUTING say what the code does: their tables are made from it here and compared."""

import asyncio
import re
from pathlib import Path
from typing import Any, cast

import pytest
from discord import app_commands

from bot.client import Zoetrope
from bot.domain.catalogue import CATALOGUE, QUALITIES, one_picture
from bot.domain.money import dollars
from bot.settings import Settings
from bot.studio import Studio
from cogs.animate import NEEDED

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def table(*rows: tuple[str, ...]) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def commands() -> str:
    """Each command with its options, as Discord is told them."""
    rows: list[tuple[str, ...]] = []
    for command in asyncio.run(slash_commands()):
        rows.append((f"`/{command.name}`", "", command.description))
        for option in command.parameters:
            choices = ", ".join(f"`{choice.value}`" for choice in option.choices)
            default = f" (`{option.default}` if you do not say)" if option.choices else ""
            kind = "required" if option.required else "optional"
            rows.append((f"`{option.name}`", kind, f"{option.description}{': ' if choices else ''}{choices}{default}"))
    return table(("command", "", "what it does"), *rows)


async def slash_commands() -> list[app_commands.Command[Any, ..., Any]]:
    """All commands of all cogs."""
    async with Zoetrope(cast("Studio", None), CATALOGUE) as client:
        for name in client.cogs_to_load:
            await client.load_extension(name)
        return [one for one in client.tree.walk_commands() if isinstance(one, app_commands.Command)]


def models() -> str:
    """Each model with the price and the length of a film at each quality."""
    rows = [("model", "fal's endpoint", *(f"`{quality}`" for quality in QUALITIES))]
    for endpoint in one_picture(CATALOGUE):
        made = [endpoint.arguments({"prompt": "x", **endpoint.presets[quality]}) for quality in QUALITIES]
        cells = [f"{dollars(endpoint.price(one))}, {one['resolution']}, {endpoint.length(one):.1f} s" for one in made]
        rows.append((f"`{endpoint.name}`", f"`{endpoint.id}`", *cells))
    return table(*rows)


def settings() -> str:
    """Each setting with its default."""
    rows = [("setting", "default", "what it is")]
    for name, field in Settings.model_fields.items():
        alias: Any = field.validation_alias
        shown = alias.choices[0] if alias else f"ZOETROPE_{name.upper()}"
        default = (
            "" if field.default in ("", None) or "Secret" in type(field.default).__name__ else f"`{field.default}`"
        )
        rows.append((f"`{shown}`", default, str(field.description)))
    return table(*rows)


@pytest.mark.parametrize("made", [commands, models, settings])
def test_the_readme_has_the_table_as_the_code_has_it(made: Any) -> None:
    assert made() in README


def test_every_setting_is_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text()
    names = re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)
    assert names == re.findall(r"^\| `([A-Z_]+)`", settings(), re.MULTILINE)


def test_the_invite_link_asks_for_every_permission_that_the_bot_checks() -> None:
    [number] = set(re.findall(r"permissions=(\d+)", README))
    assert NEEDED.value & int(number) == NEEDED.value


def test_every_file_and_name_that_the_newcomers_table_mentions_is_there() -> None:
    rows = [line for line in CONTRIBUTING.splitlines() if line.startswith("| a")]
    assert len(rows) >= 6
    for path, _, name in re.findall(r"`((?:bot|cogs|sandbox|tests)/[\w/.]+)(::(\w+))?`", CONTRIBUTING):
        assert (ROOT / path).exists(), path
        assert name in (ROOT / path).read_text() if name else True, name
