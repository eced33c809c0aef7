"""Checks an input as the model does: parameters against the documents, files against what they must be."""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, UnidentifiedImageError

from sandbox.fal import sound
from sandbox.fal.endpoints import Endpoint, Json

ERRORS = "https://docs.fal.ai/errors#"
TYPES: dict[str, tuple[str, str, Callable[[Any], bool]]] = {
    "string": ("string_type", "Input should be a valid string", lambda value: isinstance(value, str)),
    "integer": (
        "int_type",
        "Input should be a valid integer",
        lambda value: isinstance(value, int) and not isinstance(value, bool),
    ),
    "number": (
        "float_type",
        "Input should be a valid number",
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
    ),
    "boolean": ("bool_type", "Input should be a valid boolean", lambda value: isinstance(value, bool)),
}


@dataclass
class Materials:
    """The files of an input, downloaded and opened, by the name of their parameter."""

    images: dict[str, Image.Image] = field(default_factory=dict[str, Image.Image])
    audio: bytes | None = None


class Unfit(Exception):
    """The input is refused; `body` is fal's answer with status 422."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(", ".join(error["type"] for error in errors))
        self.body: Json = {"detail": errors}


def check(endpoint: Endpoint, given: Json, fetch: Callable[[str], bytes | None]) -> Materials:
    """The files of a good input; raises `Unfit`. Decodes pictures and sound: run it in a thread."""
    errors: list[Json] = []
    for name, parameter in endpoint.parameters.items():
        if name in given:
            errors += _value(parameter, given[name])
        elif parameter["required"]:
            errors.append(_error(name, "missing", "Field required", given))
    extra = [name for name in given if name not in endpoint.parameters]
    errors += [_error(name, "extra_forbidden", "Extra inputs are not permitted", given[name]) for name in extra]
    if errors:
        raise Unfit(errors)
    materials = Materials()
    for name, rules in endpoint.files.items():
        if given.get(name) is not None:
            errors += _file(name, rules, given[name], fetch, materials)
    if errors:
        raise Unfit(errors)
    return materials


def _error(name: str, kind: str, text: str, value: Any, ctx: Json | None = None) -> Json:
    told: Json = {"loc": ["body", name], "msg": text, "type": kind, "input": value, "url": ERRORS + kind}
    return told | {"ctx": ctx} if ctx else told


def _value(parameter: Json, value: Any) -> list[Json]:
    name = parameter["name"]
    if value is None and not parameter["required"] and parameter["default"] is None:
        return []
    kind, text, fits = TYPES[parameter["type"]]
    if not fits(value):
        return [_error(name, kind, text, value)]
    choices, least, most, longest = (parameter[key] for key in ("enum", "minimum", "maximum", "max_length"))
    if choices is not None and value not in choices:
        text = "Input should be " + " or ".join(repr(choice) for choice in choices)
        return [_error(name, "one_of", text, value, {"expected": choices})]
    if least is not None and value < least:
        text = f"Input should be greater than or equal to {least}"
        return [_error(name, "greater_than_equal", text, value, {"ge": least})]
    if most is not None and value > most:
        return [_error(name, "less_than_equal", f"Input should be less than or equal to {most}", value, {"le": most})]
    if longest is not None and len(str(value)) > longest:
        text = f"String should have at most {longest} characters"
        return [_error(name, "string_too_long", text, value, {"max_length": longest})]
    return []


def _file(name: str, rules: Json, url: str, fetch: Callable[[str], bytes | None], materials: Materials) -> list[Json]:
    data = fetch(url)
    if data is None:
        text = "Failed to download the file. Please check if the URL is accessible and try again."
        return [_error(name, "file_download_error", text, url)]
    most = rules.get("max_bytes")
    if most is not None and len(data) > most:
        text = f"File size exceeds the maximum allowed size of {most} bytes."
        return [_error(name, "file_too_large", text, url, {"max_size": most})]
    if rules["kind"] == "audio":
        materials.audio = data
        return _audio(name, rules, url, data)
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.load()
            materials.images[name] = opened.copy()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        text = "Failed to load the image. Please ensure the image file is not corrupted and is in a supported format."
        return [_error(name, "image_load_error", text, url)]
    return _sides(name, rules, url, materials.images[name])


def _sides(name: str, rules: Json, url: str, image: Image.Image) -> list[Json]:
    least, most = rules.get("min_side"), rules.get("max_side")
    if least is not None and min(image.size) < least:
        text = f"Image is too small. Minimum dimensions are {least}x{least} pixels."
        return [_error(name, "image_too_small", text, url, {"min_height": least, "min_width": least})]
    if most is not None and max(image.size) > most:
        text = f"Image is too large. Maximum dimensions are {most}x{most} pixels."
        return [_error(name, "image_too_large", text, url, {"max_height": most, "max_width": most})]
    return []


def _audio(name: str, rules: Json, url: str, data: bytes) -> list[Json]:
    try:
        seconds = sound.duration(data)
    except sound.UnsupportedAudio:
        text = "Unsupported audio format. Supported formats are .wav, .mp3."
        return [_error(name, "unsupported_audio_format", text, url, {"supported_formats": [".wav", ".mp3"]})]
    least, most = rules["min_seconds"], rules["max_seconds"]
    if seconds < least:
        text = f"Audio is too short. Minimum duration is {least} seconds."
        return [_error(name, "audio_duration_too_short", text, url, {"min_duration": least, "provided": seconds})]
    if seconds > most:
        text = f"Audio is too long. Maximum duration is {most} seconds."
        return [_error(name, "audio_duration_too_long", text, url, {"max_duration": most, "provided": seconds})]
    return []
