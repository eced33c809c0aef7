"""A slash command made of a door: discord.py reads the options from a signature, so it is given one."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Optional

import discord
from discord import app_commands

from bot.domain.catalogue import CATALOGUE
from bot.domain.doors import Door
from bot.domain.endpoint import MEDIA, TYPES, Kind, Parameter
from bot.domain.language import sentence

Ask = Callable[[discord.Interaction, Door, dict[str, Any]], Awaitable[None]]
FilmCommand = app_commands.Command[Any, ..., None]
USUALLY = sentence("{help} (usually {usual})")
DEFAULT_SHOWN = 30  # characters of a default in an option's description


def film_command(door: Door, ask: Ask) -> FilmCommand:
    """The command with all of the door's options; `ask` gets those that were filled in, by their names."""

    async def callback(interaction: discord.Interaction, **given: Any) -> None:
        await ask(interaction, door, {name: value for name, value in given.items() if value is not None})

    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction)
    signature = inspect.Signature([first, *map(_argument, door.options)])
    setattr(callback, "__signature__", signature)  # noqa: B010 - a function has no such attribute to a type checker
    app_commands.describe(**{option.called: described(option) for option in door.options})(callback)
    app_commands.choices(**{option.called: choices(option) for option in door.options if option.choices})(callback)
    command: FilmCommand = app_commands.Command(name=door.name, description=door.help, callback=callback)
    command.guild_only = True
    return command


def described(option: Parameter) -> app_commands.locale_str:
    """What Discord shows below an option: its help, and what is taken where it is left out."""
    usual = "" if option.default is None else str(option.default)
    if not 0 < len(usual) <= DEFAULT_SHOWN:
        return app_commands.locale_str(option.help)
    parts = {"help": option.help, "usual": usual}
    return app_commands.locale_str(USUALLY.format(**parts), text=USUALLY, **parts)


def _argument(option: Parameter) -> inspect.Parameter:
    wanted = _annotation(option)
    if option.required:
        return inspect.Parameter(option.called, inspect.Parameter.KEYWORD_ONLY, annotation=wanted)
    # discord.py takes the old spelling alone
    maybe = Optional[wanted]  # noqa: UP045
    return inspect.Parameter(option.called, inspect.Parameter.KEYWORD_ONLY, annotation=maybe, default=None)


def _annotation(option: Parameter) -> Any:
    if option.kind in MEDIA:
        return discord.Attachment
    kind = TYPES[option.kind]
    if option.choices or (option.low is None and option.high is None):
        return kind
    number = float if option.kind is Kind.NUMBER else int  # the length of a text is a whole number, too
    low, high = (limit if limit is None else number(limit) for limit in (option.low, option.high))
    return app_commands.Range[kind, low, high]  # pyright: ignore[reportInvalidTypeForm] - made while the bot runs


def choices_of(*values: str) -> list[app_commands.Choice[str]]:
    """These, to choose one of."""
    return [app_commands.Choice(name=value, value=value) for value in values]


def models() -> list[app_commands.Choice[str]]:
    """The models, to choose one of by its name."""
    return [app_commands.Choice(name=endpoint.title, value=endpoint.name) for endpoint in CATALOGUE]


def choices(option: Parameter) -> list[app_commands.Choice[str]]:
    """What an option offers."""
    return [app_commands.Choice(name=option.labels.get(value, value), value=value) for value in option.choices]
