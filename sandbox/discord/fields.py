"""What a person puts into a message's select or into a modal, as Discord's client takes it."""

from collections.abc import Iterator
from typing import Any, cast

from sandbox.discord.resolve import Resolved
from sandbox.discord.wire import CallerMistake, Json, objects

STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = range(3, 9)
ROW, LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 1, 18, 19, 21, 22, 23
SELECTS = range(STRING_SELECT, CHANNEL_SELECT + 1)
LONGEST_TEXT = 4000


def chosen(component: Json, given: Any, resolved: Resolved, *, force: bool) -> list[str]:
    """The values of a select, checked as the client does."""
    kind: int = component["type"]
    values = cast("list[Any]", given) if isinstance(given, list) else [given]
    low, high = (1 if (most := component.get(key)) is None else most for key in ("min_values", "max_values"))
    if not force and not low <= len(values) <= high:
        raise CallerMistake(f"{component['custom_id']} takes {low} to {high} values")
    finders = {
        USER_SELECT: resolved.user,
        ROLE_SELECT: resolved.role,
        MENTIONABLE_SELECT: resolved.mentionable,
        CHANNEL_SELECT: resolved.channel,
        FILE_UPLOAD: resolved.attachment,
    }
    if kind in finders:
        return [finders[kind](value) for value in values]
    return [_option(component, value, force=force) for value in values]


def submitted(modal: Json, given: Json, resolved: Resolved, *, force: bool) -> list[Json]:
    """The components of a submitted modal, in the modal's own shape; fields by custom_id or label."""
    names = {name for _, item, label in _inputs(modal) for name in (item["custom_id"], label)}
    for name in given:
        if name not in names:
            raise CallerMistake(f"the modal has no field {name!r}; there are: {', '.join(sorted(names))}")
    made: list[Json] = []
    for number, top in enumerate(modal["components"], 1):
        holder: Json = {"type": top["type"], "id": number}
        for outer, item, label in _inputs({"components": [top]}):
            answer = _answer(item, given.get(item["custom_id"], given.get(label)), resolved, force=force)
            if outer == ROW:
                holder.setdefault("components", []).append(answer)
            else:
                holder["component"] = answer
        made.append(holder)
    return made


def _inputs(modal: Json) -> Iterator[tuple[int, Json, str]]:
    """Every field of a modal: (type of what holds it, the component, the label a person reads)."""
    for top in objects(modal["components"]):
        inner = objects(top.get("components")) if top["type"] == ROW else objects([top.get("component")])
        for item in inner:
            yield top["type"], item, str(item.get("label") or top.get("label") or "")


def _answer(item: Json, given: Any, resolved: Resolved, *, force: bool) -> Json:
    kind: int = item["type"]
    same: Json = {"type": kind, "id": item.get("id", 1), "custom_id": item["custom_id"]}
    if kind == CHECKBOX:
        return same | {"value": bool(item.get("default") if given is None else given)}
    if kind == TEXT_INPUT:
        return same | {"value": _text(item, given, force=force)}
    if given is None and item.get("required", True) and not force:
        raise CallerMistake(f"field {item['custom_id']!r} is required")
    if kind == RADIO_GROUP:
        return same | {"value": None if given is None else _option(item, given, force=force)}
    return same | {"values": [] if given is None else chosen(item, given, resolved, force=force)}


def _text(item: Json, given: Any, *, force: bool) -> str:
    text = item.get("value") or "" if given is None else given  # the client shows what the bot filled in
    if not isinstance(text, str):
        raise CallerMistake(f"field {item['custom_id']!r} takes text")
    low, high = item.get("min_length") or 0, item.get("max_length") or LONGEST_TEXT
    if item.get("required", True):
        low = max(low, 1)
    elif not text:
        low = 0
    if not force and not low <= len(text) <= high:
        raise CallerMistake(f"field {item['custom_id']!r} has {len(text)} characters; it takes {low} to {high}")
    return text


def _option(component: Json, value: Any, *, force: bool) -> str:
    options = objects(component.get("options"))
    for option in options:
        if value in (option["value"], option["label"]):
            return option["value"]
    if force:
        return str(value)
    raise CallerMistake(f"{value!r} is no option of {component['custom_id']}")
