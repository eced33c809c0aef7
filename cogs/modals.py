"""Modals whose answers are found by their ids, as presses of buttons are: so one that is open outlives a restart."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import discord

from bot.domain.order import Attached

Given = str | Attached | None


def stateless(modal: discord.ui.Modal) -> discord.ui.Modal:
    """The modal, of which discord.py is to keep nothing: its answer comes by the event of all interactions."""
    modal.stop()
    return modal


def given(interaction: discord.Interaction[Any]) -> dict[str, Given]:
    """What was filled in, by the ids of the fields: texts, choices, and files; None where it was left empty.

    Read from the interaction as Discord sends it, since discord.py knows only modals that it has opened itself
    (https://docs.discord.com/developers/interactions/receiving-and-responding, modal submit data).
    """
    data = cast("Mapping[str, Any]", interaction.data or {})
    files: Mapping[str, Any] = data.get("resolved", {}).get("attachments", {})
    return {field["custom_id"]: _value(field, files) for field in _fields(data.get("components", []))}


def _fields(components: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:  # labels have one field each, rows of old several
        inside = [component["component"]] if "component" in component else component.get("components", [])
        yield from (field for field in inside if "custom_id" in field)


def _value(field: Mapping[str, Any], files: Mapping[str, Any]) -> Given:
    if "values" not in field:
        return field.get("value") or None
    first: str | None = next(iter(field["values"]), None)
    if first is not None and first in files:
        return Attached(url=files[first]["url"], size=files[first]["size"])
    return first
