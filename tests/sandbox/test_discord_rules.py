"""What discord.py 2.7.1 sends must fit; what Discord refuses must not."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Misconfigured
from sandbox.discord.rules import rules
from sandbox.discord.validate import Spec, load_spec

Json = dict[str, Any]
MESSAGE = "POST /channels/{channel_id}/messages"
ANSWER = "POST /interactions/{interaction_id}/{interaction_token}/callback"
COMMANDS = "PUT /applications/{application_id}/commands"
EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"


def button(**more: Any) -> Json:
    return {"type": 2, "style": 1, "custom_id": "x", "label": "l"} | more


def row(*items: Json) -> Json:
    return {"type": 1, "components": list(items)}


def rows(*buttons: Json) -> Json:
    return {"components": [row(*buttons)]}


def modal(*components: Json, title: str = "m") -> Json:
    return {"type": 9, "data": {"custom_id": "m", "title": title, "components": list(components)}}


def text(custom_id: str = "a") -> Json:
    return {"type": 4, "custom_id": custom_id, "style": 1, "label": "l"}


def command(*options: Json, **more: Any) -> list[Json]:
    return [{"name": "make", "description": "d", "options": list(options)} | more]


def option(**more: Any) -> Json:
    return {"type": 3, "name": "a", "description": "d"} | more


GOOD: dict[str, tuple[str, Any]] = {
    "ids as integers": (MESSAGE, {"content": "x", "attachments": [{"id": 0}], "message_reference": {"message_id": 5}}),
    "button": (MESSAGE, {"content": "x", **rows(button())}),
    "link": (MESSAGE, {"content": "x", **rows({"type": 2, "style": 5, "url": "https://example.com", "label": "l"})}),
    "v2": (MESSAGE, {"flags": 32768, "components": [{"type": 10, "content": "x"}]}),
    "modal": (ANSWER, modal(row(text()))),
    "defer": (ANSWER, {"type": 5}),
    "command": (COMMANDS, command(option(required=True), option(name="b"))),
    "context menu": (COMMANDS, [{"type": 3, "name": "Animate this"}]),
    "edit away the text": (EDIT, {"content": None, "embeds": [{"title": "t"}]}),
}
choices = [{"name": "n" * 50, "value": "v" * 50}] * 16
BAD: dict[str, tuple[str, Any]] = {
    "content 2001": (MESSAGE, {"content": "x" * 2001}),
    "content 4001": (MESSAGE, {"content": "x" * 4001}),
    "empty message": (MESSAGE, {}),
    "embed title 257": (MESSAGE, {"embeds": [{"title": "x" * 257}]}),
    "embed description 4097": (MESSAGE, {"embeds": [{"description": "x" * 4097}]}),
    "11 embeds": (MESSAGE, {"embeds": [{"title": "x"}] * 11}),
    "26 fields": (MESSAGE, {"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]}),
    "11 attachments": (MESSAGE, {"attachments": [{"id": n, "filename": "a"} for n in range(11)]}),
    "attachment description 1025": (MESSAGE, {"attachments": [{"id": 0, "description": "x" * 1025}]}),
    "custom_id 101": (MESSAGE, rows(button(custom_id="x" * 101))),
    "same custom_id": (MESSAGE, rows(button(), button())),
    "label 81": (MESSAGE, rows(button(label="x" * 81))),
    "6 buttons": (MESSAGE, rows(*(button(custom_id=str(n)) for n in range(6)))),
    "6 rows": (MESSAGE, {"components": [row(button(custom_id=str(n))) for n in range(6)]}),
    "style 9": (MESSAGE, rows(button(style=9))),
    "button without custom_id": (MESSAGE, rows({"type": 2, "style": 1, "label": "l"})),
    "link with custom_id": (MESSAGE, rows(button(style=5))),
    "26 choices in a select": (
        MESSAGE,
        rows({"type": 3, "custom_id": "s", "options": [{"label": str(n), "value": str(n)} for n in range(26)]}),
    ),
    "v2 with content": (MESSAGE, {"content": "x", "flags": 32768, "components": [{"type": 10, "content": "x"}]}),
    "text display without v2": (MESSAGE, {"components": [{"type": 10, "content": "x"}]}),
    "answer type 99": (ANSWER, {"type": 99}),
    "answer type 4 without data": (ANSWER, {"type": 4}),
    "modal title 46": (ANSWER, modal(row(text()), title="x" * 46)),
    "modal 6 rows": (ANSWER, modal(*(row(text(str(n))) for n in range(6)))),
    "modal with a button": (ANSWER, modal(row(button()))),
    "26 autocomplete choices": (ANSWER, {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}] * 26}}),
    "command in upper case": (COMMANDS, command(name="Make")),
    "command without description": (COMMANDS, [{"name": "make", "type": 1}]),
    "description 101": (COMMANDS, command(description="x" * 101)),
    "26 options": (COMMANDS, command(*(option(name=f"o{n}") for n in range(26)))),
    "option name with a space": (COMMANDS, command(option(name="a b"))),
    "required after optional": (COMMANDS, command(option(), option(name="b", required=True))),
    "option type 12": (COMMANDS, command(option(type=12))),
    "edit content 2001": (EDIT, {"content": "x" * 2001}),
    "edit content number": (EDIT, {"content": 5}),
    "two commands of one name": (COMMANDS, [*command(), *command()]),
    "8001 characters in a command": (
        COMMANDS,
        command(*(option(name=f"o{n}", description="x" * 98, choices=choices) for n in range(5))),
    ),
    "embeds of 6001 characters": (MESSAGE, {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}),
    "text displays of 4001 characters": (
        MESSAGE,
        {"flags": 32768, "components": [{"type": 10, "content": "x" * 2001}, {"type": 10, "content": "x" * 2000}]},
    ),
}

# What the rules find alone, where no description is at hand.
BY_RULE = [
    "content 2001",
    "empty message",
    "embed title 257",
    "embed description 4097",
    "11 embeds",
    "26 fields",
    "custom_id 101",
    "same custom_id",
    "label 81",
    "6 buttons",
    "6 rows",
    "button without custom_id",
    "link with custom_id",
    "26 choices in a select",
    "v2 with content",
    "text display without v2",
    "answer type 4 without data",
    "modal title 46",
    "modal 6 rows",
    "26 autocomplete choices",
    "command in upper case",
    "command without description",
    "26 options",
    "option name with a space",
    "required after optional",
    "edit content 2001",
    "two commands of one name",
    "8001 characters in a command",
    "embeds of 6001 characters",
    "text displays of 4001 characters",
]


@cache
def description() -> Spec | None:
    named = os.environ.get("DISCORD_OPENAPI")
    return load_spec(Path(named) if named else None)


def complaints(route: str, body: Any, spec: Spec | None) -> list[str]:
    method, path = route.split()
    return (spec.request(method, path, body) if spec else []) or [*rules(method, path, body, files=False)]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("described", [False, True])
def test_what_the_library_sends_fits(name: str, *, described: bool) -> None:
    route, body = GOOD[name]
    assert complaints(route, body, description() if described else None) == []


@pytest.mark.skipif("DISCORD_OPENAPI" not in os.environ, reason="no description: set DISCORD_OPENAPI")
@pytest.mark.parametrize("name", BAD)
def test_what_discord_refuses_does_not_fit(name: str) -> None:
    route, body = BAD[name]
    assert complaints(route, body, description())


@pytest.mark.parametrize("name", BY_RULE)
def test_the_main_limits_hold_without_a_description(name: str) -> None:
    route, body = BAD[name]
    assert complaints(route, body, None)


def test_without_a_file_nothing_is_described(tmp_path: Path) -> None:
    assert load_spec(None) is None
    with pytest.raises(Misconfigured, match="there is no file"):
        load_spec(tmp_path / "missing.json")
