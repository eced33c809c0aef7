"""Modals whose answers are found by their ids, as presses of buttons are: so one that is open outlives a restart."""

import asyncio
import io
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any, cast

import discord

from bot.domain.errors import Refused, Unavailable
from bot.domain.form import Choice, Form, Text, Upload
from bot.domain.language import say, sentence
from bot.domain.order import Attached
from cogs.asking import ANSWER_SECONDS

Given = str | Attached | None
HIDDEN = "~"  # what a form carries is in the ids of its fields, behind this sign
ID = 100  # characters of an id, Discord's limit
EMBEDS = 5500  # characters of all embeds of a message; Discord takes 6000
SHORT = 100  # characters that fit a line
TOO_LONG = sentence("The address of that picture is too long for me. `/animate` takes one that you attach.")


async def ask(
    interaction: discord.Interaction[Any], asked: Awaitable[Form], *, seconds: float = ANSWER_SECONDS
) -> None:
    """Open a form within so many seconds, as Discord takes a modal as the first answer alone; later is Unavailable.

    Where it was filled in before, and refused, it has again what was typed.
    """
    asking = asyncio.ensure_future(asked)
    await asyncio.wait([asking], timeout=seconds)
    if not asking.done():
        asking.cancel()
        raise Unavailable(sentence("The bot's own database"))
    form = await asking
    await interaction.response.send_modal(stateless(modal(form.again(_typed_before(interaction)))))


def modal(form: Form) -> discord.ui.Modal:
    """The form as Discord has it. Raises Refused where it carries more than it can."""
    made, rest = discord.ui.Modal(title=form.title, custom_id=form.id, timeout=None), form.carries
    for one in form.fields:
        room = ID - len(one.id) - len(HIDDEN)
        name, rest = f"{one.id}{HIDDEN}{rest[:room]}" if rest else one.id, rest[room:]
        made.add_item(discord.ui.Label(text=one.id, description=one.about, component=_component(one, name)))
    if rest:
        raise Refused(say(TOO_LONG))
    return made


def _component(one: Text | Choice | Upload, name: str) -> discord.ui.Item[Any]:
    match one:
        case Text():
            return discord.ui.TextInput(
                style=discord.TextStyle.paragraph,
                custom_id=name,
                placeholder=one.hint or None,
                default=one.value or None,
                required=one.needed,
                max_length=one.most,
            )
        case Choice():
            options = [
                discord.SelectOption(label=text, value=value, default=value == one.value)
                for value, text in one.choices.items()
            ]
            return discord.ui.Select(custom_id=name, placeholder=one.hint or None, options=options, required=False)
        case Upload():
            return discord.ui.FileUpload(custom_id=name, required=one.needed, max_values=1)


def stateless(modal: discord.ui.Modal) -> discord.ui.Modal:
    """The modal, of which discord.py is to keep nothing: its answer comes by the event of all interactions."""
    modal.stop()
    return modal


def given(interaction: discord.Interaction[Any]) -> dict[str, Given]:
    """What was filled in, by the ids of the fields: texts, choices, and files; None where it was left empty.

    Read from the interaction as Discord sends it, since discord.py knows only modals that it has opened itself
    (https://docs.discord.com/developers/interactions/receiving-and-responding, modal submit data).
    """
    files: Mapping[str, Any] = _data(interaction).get("resolved", {}).get("attachments", {})
    return {field["custom_id"].partition(HIDDEN)[0]: _value(field, files) for field in _fields(interaction)}


def carried(interaction: discord.Interaction[Any]) -> str:
    """What the form carried unseen; whoever makes his own client may have written anything there."""
    return "".join(field["custom_id"].partition(HIDDEN)[2] for field in _fields(interaction))


def typed(interaction: discord.Interaction[Any]) -> dict[str, Any]:
    """What was filled in, to be put beside a refusal: nobody loses what he has written. `ask` reads it again."""
    texts = {name: value for name, value in given(interaction).items() if isinstance(value, str)}
    if sum(len(name) + len(value) for name, value in texts.items()) > EMBEDS:
        told = "\n\n".join(f"{name}:\n{value}" for name, value in texts.items())
        return {"file": discord.File(io.BytesIO(told.encode()), "prompt.txt")}
    return {"embeds": [discord.Embed(title=name, description=value) for name, value in texts.items()]}


def _typed_before(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """What stands above the button that was pressed, if that is such a refusal."""
    if interaction.message is None or not interaction.message.flags.ephemeral:
        return {}
    return {embed.title: embed.description for embed in interaction.message.embeds if embed.title and embed.description}


def _data(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", interaction.data or {})


def _fields(interaction: discord.Interaction[Any]) -> Iterator[Mapping[str, Any]]:
    for component in _data(interaction).get("components", []):  # labels have one field each, rows of old several
        inside = [component["component"]] if "component" in component else component.get("components", [])
        yield from (field for field in inside if "custom_id" in field)


def _value(field: Mapping[str, Any], files: Mapping[str, Any]) -> Given:
    if "values" not in field:
        return field.get("value") or None
    first: str | None = next(iter(field["values"]), None)
    if first is not None and first in files:
        return Attached(url=files[first]["url"], size=files[first]["size"])
    return first
