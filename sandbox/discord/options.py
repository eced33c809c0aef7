"""Options of a slash command as Discord's client takes them from a person: known, in range, complete."""

from typing import Any

from sandbox.discord.resolve import Resolved
from sandbox.discord.wire import CallerMistake, Json, objects

SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)

LONGEST_TEXT = 6000


def leaf(command: Json, path: list[str]) -> tuple[Json, Json]:
    """Walk from a command to a subcommand → (the data of the interaction, its innermost part with the options).

    The innermost part carries the declared options under `declared`; the caller takes them away.
    """
    keys = ("id", "name", "type", "guild_id")
    data = at = {key: command[key] for key in keys if key in command}
    declared: list[Json] = command["options"]
    for name in path:
        found = next((one for one in declared if one["name"] == name and one["type"] <= SUB_COMMAND_GROUP), None)
        if not found:
            raise CallerMistake(f"{command['name']} has no subcommand {name!r}", 404)
        inner: Json = {"type": found["type"], "name": name}
        at["options"] = [inner]
        at, declared = inner, objects(found.get("options"))
    if any(one["type"] <= SUB_COMMAND_GROUP for one in declared):
        names = ", ".join(one["name"] for one in declared)
        raise CallerMistake(f"{at['name']} needs a subcommand: {names}")
    at["declared"] = declared
    return data, at


def fill(declared: list[Json], given: Json, resolved: Resolved, *, force: bool) -> list[Json]:
    """The options of an interaction, in the order of the command. `force` skips what only the client checks."""
    _all_known(declared, given)
    filled: list[Json] = []
    for option in declared:
        if option["name"] in given:
            value = _value(option, given[option["name"]], resolved, force=force)
            filled.append({"name": option["name"], "type": option["type"], "value": value})
        elif option.get("required") and not force:
            raise CallerMistake(f"option {option['name']!r} is required")
    return filled


def half_filled(declared: list[Json], given: Json, focused: str) -> list[Json]:
    """The options while a person types: nothing is checked but that they exist and that one completes itself."""
    _all_known(declared, {**given, focused: ""})
    if not next(one for one in declared if one["name"] == focused).get("autocomplete"):
        raise CallerMistake(f"option {focused!r} does not complete itself")
    filled: list[Json] = []
    for option in declared:
        name = option["name"]
        if name == focused:
            filled.append({"name": name, "type": option["type"], "value": given.get(name, ""), "focused": True})
        elif name in given and option["type"] in (STRING, INTEGER, BOOLEAN, NUMBER):
            filled.append({"name": name, "type": option["type"], "value": given[name]})
    return filled


def _all_known(declared: list[Json], given: Json) -> None:
    names = [option["name"] for option in declared]
    for name in given:
        if name not in names:
            raise CallerMistake(f"there is no option {name!r}; there are: {', '.join(names) or 'none'}")


def _value(option: Json, value: Any, resolved: Resolved, *, force: bool) -> Any:
    kind: int = option["type"]
    chosen = {
        USER: resolved.user,
        CHANNEL: resolved.channel,
        ROLE: resolved.role,
        MENTIONABLE: resolved.mentionable,
        ATTACHMENT: resolved.attachment,
    }.get(kind)
    if chosen:
        return chosen(value)
    value = _of_choice(option, value)
    if not _fits(kind, value):
        raise CallerMistake(f"option {option['name']!r}: {value!r} has the wrong type")
    if not force:
        _in_range(option, value)
    return value


def _of_choice(option: Json, value: Any) -> Any:
    """A person sees the names of choices; both the name and the value are understood."""
    choices: list[Json] = option.get("choices") or []
    if any(choice["value"] == value for choice in choices):
        return value
    return next((choice["value"] for choice in choices if choice["name"] == value), value)


def _fits(kind: int, value: Any) -> bool:
    if kind == BOOLEAN or isinstance(value, bool):
        return kind == BOOLEAN and isinstance(value, bool)
    return isinstance(value, {STRING: str, INTEGER: int}.get(kind, (int, float)))


def _in_range(option: Json, value: Any) -> None:
    name, choices = option["name"], option.get("choices")
    if choices and value not in [choice["value"] for choice in choices]:
        raise CallerMistake(f"option {name!r}: {value!r} is no choice; there are: {[one['value'] for one in choices]}")
    if isinstance(value, str):
        low, high = option.get("min_length") or 0, option.get("max_length") or LONGEST_TEXT
        if not low <= len(value) <= high:
            raise CallerMistake(f"option {name!r} has {len(value)} characters; it takes {low} to {high}")
    else:
        low, high = option.get("min_value"), option.get("max_value")
        if (low is not None and value < low) or (high is not None and value > high):
            raise CallerMistake(f"option {name!r}: {value} is not between {low} and {high}")
