"""Checks JSON bodies against Discord's own OpenAPI description; an empty list of complaints means that a body fits."""

import functools
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.domain.errors import Misconfigured
from sandbox.discord.wire import Json

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

URI = "https://discord.invalid/openapi.json"


@functools.cache  # a megabyte, of which nothing is ever changed
def load_spec(path: Path | None) -> "Spec | None":
    """The description, or None where none is named. Raises Misconfigured for one that cannot be used."""
    if path is None:
        return None
    if not path.is_file():
        raise Misconfigured(f"DISCORD_OPENAPI: there is no file {path}.")
    if importlib.util.find_spec("jsonschema_rs") is None:
        raise Misconfigured("DISCORD_OPENAPI: checking needs jsonschema-rs, which is installed for development only.")
    return Spec(path)


class Spec:
    """The description, read; schemas are compiled at their first use (30 ms for all, then 0.2 ms a body)."""

    def __init__(self, path: Path) -> None:
        import jsonschema_rs

        self._doc: Json = json.loads(path.read_text(encoding="utf-8"))
        # The description knows ids only as strings. Discord takes integers as well, and discord.py sends them in
        # attachments[].id, message_reference and allowed_mentions.
        schemas: Json = self._doc["components"]["schemas"]
        schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
        self._registry = jsonschema_rs.Registry([(URI, self._doc)])
        self._compiled: dict[tuple[str, ...], Draft202012Validator | None] = {}

    def request(self, method: str, path: str, body: Any) -> list[str]:
        """Complaints about a body of the bot; a form is checked by its JSON part."""
        return self._complaints(method, path, ("requestBody",), body) if body else []

    def response(self, method: str, path: str, body: Any) -> list[str]:
        """Complaints about a 200 of the stand-in itself."""
        return self._complaints(method, path, ("responses", "200"), body)

    def _complaints(self, method: str, path: str, where: tuple[str, ...], body: Any) -> list[str]:
        check = self._validator(method, path, where)
        if not check:
            return []
        name = f"{method} {path}"
        return [
            f"{name} {'.'.join(str(part) for part in error.instance_path)}: {error.message[:200]}"
            for error in check.iter_errors(body)
        ]

    def _validator(self, method: str, path: str, where: tuple[str, ...]) -> "Draft202012Validator | None":
        """The compiled schema of a JSON body, or None where the description has none."""
        at = ("paths", path, method.lower(), *where, "content", "application/json", "schema")
        if at not in self._compiled:
            self._compiled[at] = self._compile(at)
        return self._compiled[at]

    def _compile(self, at: tuple[str, ...]) -> "Draft202012Validator | None":
        import jsonschema_rs

        node: Any = self._doc
        for key in at:
            node = node.get(key)
            if node is None:
                return None
        pointer = "/".join(quote(key.replace("~", "~0").replace("/", "~1"), safe="~@") for key in at)
        schema = {"$ref": f"{URI}#/{pointer}"}
        return jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
