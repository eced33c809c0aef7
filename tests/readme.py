"""The tables of the READMEs, made from the code: `python -m tests.readme` writes them, a test compares them."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from bot.domain.catalogue import CATALOGUE, QUALITIES
from bot.domain.doors import Door, doors
from bot.domain.endpoint import Endpoint, Kind, Parameter
from bot.domain.money import dollars
from bot.domain.retention import KINDS
from bot.settings import Settings
from tests.crash.count import FAILED, FILM, UNSENT, Outcome
from tests.faults.table import ATTEMPTS, DISCORD, DISCORD_PLACES, FAL, FATAL, PASSING, REFUSED
from tests.formats import PICTURES, SOUNDS

ROOT = Path(__file__).parents[1]
README, PRIVACY, TESTS = ROOT / "README.md", ROOT / "PRIVACY.md", ROOT / "tests" / "README.md"
PLACE = re.compile(r"(<!-- (\w+): made by `make readme` -->\n).*?(<!-- end -->)", re.DOTALL)
TYPES = {Kind.INTEGER: "whole number", Kind.NUMBER: "number", Kind.FLAG: "true, false", Kind.TEXT: "text"}
LONGEST_DEFAULT = 30  # characters


def table(*rows: Iterable[str]) -> str:
    head, *body = [tuple(row) for row in rows]
    lines = [head, ("---",) * len(head), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def commands(catalogue: tuple[Endpoint, ...] = CATALOGUE) -> str:
    """The everyday commands with their options."""
    rows = [("command", "", "values", "left out", "what it does")]
    for door in doors(catalogue).values():
        if door.everyday:
            rows += [(f"`/{door.name}`", "", "", "", door.help), *map(option, door.options)]
    return table(*rows)


def own_commands(catalogue: tuple[Endpoint, ...] = CATALOGUE) -> str:
    """Each model's own command with all of its options."""
    return "\n\n".join(own_command(door) for door in doors(catalogue).values() if not door.everyday)


def own_command(door: Door) -> str:
    [endpoint] = door.endpoints
    rows = [("option", "", "values", "left out", "what it is"), *map(option, door.options)]
    summary = f"<code>/{door.name}</code>: {endpoint.title}, {len(door.options)} options"
    return f"<details>\n<summary>{summary}</summary>\n\n{table(*rows)}\n\n</details>"


def option(parameter: Parameter) -> tuple[str, ...]:
    """A row for an option."""
    usual = "" if parameter.default in (None, "") else f"`{parameter.default}`"
    usual = "fal's own text" if len(usual) > LONGEST_DEFAULT else usual
    kind = "required" if parameter.required else "optional"
    return f"`{parameter.called}`", kind, values(parameter), usual, parameter.help


def values(parameter: Parameter) -> str:
    """What may be given."""
    if parameter.choices:
        return ", ".join(f"`{choice}`" for choice in parameter.choices)
    if parameter.kind is Kind.PICTURE:
        return "picture"
    if parameter.kind is Kind.SOUND:
        return f"sound, {parameter.low:g} to {parameter.high:g} s"
    if parameter.kind is Kind.TEXT and parameter.high:
        return f"at most {parameter.high:g} characters"
    return TYPES[parameter.kind] if parameter.low is None else f"{parameter.low:g} to {parameter.high:g}"


def models(catalogue: tuple[Endpoint, ...] = CATALOGUE) -> str:
    """Each model with the price, the lines and the length of a film at each quality."""
    rows = [("model", "its own command", "fal's endpoint", *(f"`{quality}`" for quality in QUALITIES))]
    for endpoint in catalogue:
        made = [endpoint.arguments({"prompt": "x", **endpoint.presets[quality]}) for quality in QUALITIES]
        cells = [
            ", ".join(
                [
                    dollars(endpoint.price(one)),
                    *([str(one["resolution"])] if "resolution" in one else []),
                    f"{endpoint.length(one):.1f} s",
                ]
            )
            for one in made
        ]
        rows.append((f"`{endpoint.name}`", f"`/{endpoint.command}`", f"`{endpoint.id}`", *cells))
    return table(*rows)


def formats() -> str:
    """What becomes of each kind of picture and sound."""
    kinds = [(each.name, each.outcome) for each in (*PICTURES, *SOUNDS)]
    return table(("what you send", "what becomes of it"), *kinds)


def settings() -> str:
    """Each setting with its default."""
    rows = [("setting", "default", "what it is")]
    for name, field in Settings.model_fields.items():
        alias: Any = field.validation_alias
        shown = alias.choices[0] if alias else f"ZOETROPE_{name.upper()}"
        secret = "Secret" in type(field.default).__name__
        default = "" if field.default in ("", None) or secret else f"`{field.default}`"
        rows.append((f"`{shown}`", default, str(field.description)))
    return table(*rows)


def kinds() -> str:
    """What is kept, and for how long where nothing else is set."""
    keep = Settings.model_construct().keep
    rows = [("what", "why", "for how long", "setting")]
    for kind in KINDS:
        setting = f"`ZOETROPE_KEEP_{kind.days.upper()}_DAYS`" if kind.days else ""
        rows.append((f"**{kind.name}**: {kind.what}", kind.why, kind.how_long(keep), setting))
    return table(*rows)


SEEN: Mapping[Outcome, str] = {
    FILM: "the film",
    FAILED: "why there is none",
    REFUSED: "why there is none",
    UNSENT: "that it got lost",
}


def faults() -> str:
    """What becomes of a job for each thing that goes wrong."""
    rows = [("", "what goes wrong", "where", "how often", "the member sees", "requests at fal", "the ledger")]
    for (kind, times, becomes), same in groupby(FAL, key=lambda one: (one.kind, one.times, one.becomes)):
        often = "each time" if times == ATTEMPTS else str(times)
        rows.append(("fal", f"`{kind}`", ", ".join(fault.at for fault in same), often, *_seen(becomes)))
    rows += [("Discord", f"`{kind}`", ", ".join(DISCORD_PLACES), "1", *_seen(FILM)) for kind in DISCORD]
    for closed in (PASSING, FATAL):
        rows.append(("Discord", ", ".join(f"`{one}`" for one in closed), "the gateway", "1", *_seen(FILM)))
    return table(*rows)


def _seen(becomes: Outcome) -> tuple[str, str, str]:
    return SEEN[becomes], str(becomes.submissions), ", ".join(becomes.ledger)


TABLES: dict[Path, dict[str, Callable[[], str]]] = {
    README: {
        "commands": commands,
        "own_commands": own_commands,
        "models": models,
        "formats": formats,
        "settings": settings,
    },
    PRIVACY: {"kinds": kinds},
    TESTS: {"faults": faults},
}


def filled(page: Path) -> str:
    """A README with its tables as the code has them now."""
    return PLACE.sub(lambda place: place[1] + TABLES[page][place[2]]() + "\n" + place[3], page.read_text())


if __name__ == "__main__":
    for each in TABLES:
        each.write_text(filled(each))
