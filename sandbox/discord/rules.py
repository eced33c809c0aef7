"""What Discord refuses although its description allows it, and its main limits where no description is at hand."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from sandbox.discord.wire import COMPONENTS_V2, Json, objects, walk

# Most characters: resources/message (embed limits) and components/reference.
EMBED = {"title": 256, "description": 4096}
EMBED_PARTS = (("fields", "name", 256), ("fields", "value", 1024), ("footer", "text", 2048), ("author", "name", 256))
COMPONENT = {"label": 80, "custom_id": 100, "placeholder": 150}
LONGEST_CONTENT, LONGEST_EMBEDS, LONGEST_DISPLAY, LONGEST_COMMAND = 2000, 6000, 4000, 8000
MOST_EMBEDS, MOST_FIELDS, MOST_BUTTONS, MOST_OPTIONS, MOST_ROWS, MOST_V2 = 10, 25, 5, 25, 5, 40
MOST_COMMANDS = {1: 100, 2: 15, 3: 15}
REPLY, UPDATE, CHOICES, MODAL = 4, 7, 8, 9
ROW, BUTTON, DISPLAY, LINK, PREMIUM = 1, 2, 10, 5, 6


def rules(method: str, path: str, body: Any, *, files: bool) -> Iterator[str]:
    """Complaints about the body of a request; `files`: it came with files."""
    if path.endswith("/commands") and method == "PUT":
        yield from commands_rules(objects(body))
    elif isinstance(body, dict):
        known = cast("Json", body)
        if path.endswith("/callback"):
            yield from callback_rules(known, files=files)
        elif method in ("POST", "PATCH") and ("/messages" in path or path.startswith("/webhooks/")):
            yield from message_rules(known, new=method == "POST", files=files)


def callback_rules(body: Json, *, files: bool) -> Iterator[str]:
    """The first answer to an interaction."""
    kind: Any = body.get("type")
    data: Json = body.get("data") or {}
    if not isinstance(kind, int):
        yield "an answer needs a type"
    elif kind in (REPLY, CHOICES, MODAL) and not data and not (kind == REPLY and files):
        yield f"type {kind} needs data"
    elif kind == MODAL:
        yield from component_rules(data.get("components"), MOST_ROWS)
        yield from _longer("title", data.get("title"), 45)
    elif kind == CHOICES and len(data.get("choices") or []) > MOST_OPTIONS:
        yield f"more than {MOST_OPTIONS} choices"
    elif kind in (REPLY, UPDATE):
        yield from message_rules(data, new=kind == REPLY, files=files)


def message_rules(body: Json, *, new: bool, files: bool) -> Iterator[str]:
    """A message that is created (`new`) or edited."""
    content, components = body.get("content") or "", objects(body.get("components"))
    v2 = (body.get("flags") or 0) & COMPONENTS_V2
    yield from _longer("content", content, LONGEST_CONTENT)
    parts = (content, components, files, *(body.get(key) for key in ("embeds", "poll", "sticker_ids")))
    if new and not any(parts):
        yield "an empty message"
    if v2 and (content or body.get("embeds") or body.get("poll")):
        yield "components v2 exclude content, embeds and polls"
    if not v2 and new and any(item.get("type") != ROW for item in components):
        yield "only action rows without the components v2 flag"
    yield from embed_rules(objects(body.get("embeds")))
    whole_v2 = v2 or any(item.get("type") != ROW for item in components)
    yield from component_rules(components, MOST_V2 if whole_v2 else MOST_ROWS)


def embed_rules(embeds: list[Json]) -> Iterator[str]:
    """All embeds of one message."""
    if len(embeds) > MOST_EMBEDS:
        yield f"more than {MOST_EMBEDS} embeds"
    total = 0
    for embed in embeds:
        if len(objects(embed.get("fields"))) > MOST_FIELDS:
            yield f"more than {MOST_FIELDS} fields"
        texts = [(key, embed.get(key), most) for key, most in EMBED.items()]
        for part, key, most in EMBED_PARTS:
            holders = objects(embed.get(part)) or objects([embed.get(part)])
            texts += [(f"{part}.{key}", holder.get(key), most) for holder in holders]
        for name, text, most in texts:
            yield from _longer(f"embed {name}", text, most)
            total += len(text) if isinstance(text, str) else 0
    if total > LONGEST_EMBEDS:
        yield f"the embeds have {total} characters, more than {LONGEST_EMBEDS}"


def component_rules(components: Any, most: int) -> Iterator[str]:
    """The components of a message or modal."""
    if len(objects(components)) > most:
        yield f"more than {most} components"
    every = list(walk(components))
    if len(every) > MOST_V2 and most == MOST_V2:
        yield f"more than {MOST_V2} components in all"
    ids = [item["custom_id"] for item in every if "custom_id" in item]
    if len(ids) != len(set(ids)):
        yield "the same custom_id twice"
    if sum(len(item.get("content") or "") for item in every if item.get("type") == DISPLAY) > LONGEST_DISPLAY:
        yield f"the text displays have more than {LONGEST_DISPLAY} characters"
    for item in every:
        yield from _component(item)


def _component(item: Json) -> Iterator[str]:
    for key, most in COMPONENT.items():
        yield from _longer(key, item.get(key), most)
    kind = item.get("type")
    if kind == ROW and len(objects(item.get("components"))) > MOST_BUTTONS:
        yield f"more than {MOST_BUTTONS} components in a row"
    if len(objects(item.get("options"))) > MOST_OPTIONS:
        yield f"more than {MOST_OPTIONS} options"
    if kind == BUTTON and item.get("style") == LINK and ("custom_id" in item or "url" not in item):
        yield "a link button has a url and no custom_id"
    if kind == BUTTON and item.get("style") not in (LINK, PREMIUM) and "custom_id" not in item:
        yield "a button needs a custom_id"


def commands_rules(commands: list[Json]) -> Iterator[str]:
    """All commands of one scope."""
    names = [(item.get("name"), item.get("type") or 1) for item in commands]
    if len(names) != len(set(names)):
        yield "two commands of the same name and type"
    for kind, most in MOST_COMMANDS.items():
        if sum(1 for _, one in names if one == kind) > most:
            yield f"more than {most} commands of type {kind}"
    for command in commands:
        yield from _command(command)


def _command(command: Json) -> Iterator[str]:
    if command.get("type") in (None, 1):
        if not _is_name(command.get("name")):
            yield f"command name {command.get('name')!r}"
        if not command.get("description"):
            yield f"{command.get('name')}: no description"
    yield from _options(objects(command.get("options")))
    size = sum(_characters(command))
    if size > LONGEST_COMMAND:
        yield f"{command.get('name')} has {size} characters, more than {LONGEST_COMMAND}"


def _options(options: list[Json]) -> Iterator[str]:
    if len(options) > MOST_OPTIONS:
        yield f"more than {MOST_OPTIONS} options"
    optional = False
    for option in options:
        name = option.get("name")
        if not _is_name(name):
            yield f"option name {name!r}"
        if option.get("required") and optional:
            yield f"{name}: required after an optional one"
        if option.get("autocomplete") and option.get("choices"):
            yield f"{name}: autocomplete and choices"
        optional = optional or not option.get("required")
        yield from _options(objects(option.get("options")))


def _characters(item: Json) -> Iterable[int]:
    """Name, description and value of a command, its options and choices; the longest translation counts (AC:450)."""
    for key in ("name", "description"):
        translated: dict[str, str] = item.get(f"{key}_localizations") or {}
        yield max(len(text) for text in (item.get(key) or "", *translated.values()))
    yield len(item["value"]) if isinstance(item.get("value"), str) else 0
    for inner in (*objects(item.get("options")), *objects(item.get("choices"))):
        yield from _characters(inner)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(re.fullmatch(r"[-_'\w]{1,32}", name)) and name == name.lower()


def _longer(name: str, text: Any, most: int) -> Iterator[str]:
    if isinstance(text, str) and len(text) > most:
        yield f"{name} has {len(text)} characters, more than {most}"
