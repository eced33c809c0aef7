"""The four endpoints as fal's documents describe them, read from endpoints.json."""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """One model: its parameters by name in the order of its document, and what it asks of the files it is given."""

    id: str
    parameters: dict[str, Json]
    files: dict[str, Json]
    output_extra: list[str]
    video_extra: list[str]

    def filled(self, given: Json) -> Json:
        """`given` with the documented default of every parameter that was left out."""
        defaults = {name: parameter["default"] for name, parameter in self.parameters.items()}
        return {name: value for name, value in defaults.items() if value is not None} | {
            name: value for name, value in given.items() if value is not None
        }


def load() -> dict[str, Endpoint]:
    """Every endpoint by its id."""
    described: Json = json.loads(resources.files("sandbox.fal").joinpath("endpoints.json").read_text("utf-8"))
    return {
        id: Endpoint(
            id, {one["name"]: one for one in has["input"]}, has["files"], has["output_extra"], has["video_extra"]
        )
        for id, has in described.items()
    }
