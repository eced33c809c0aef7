"""Plays fal's way to language models, openrouter/router: whatever it is sent, it drafts a prompt for a short film."""

import hashlib
import re

from sandbox.fal.endpoints import Endpoint, Json

ROUTER = "openrouter/router"
PARTS = ("output", "reasoning", "partial", "error", "usage")  # of an answer
SECONDS = 1.0  # at most, where films take longer
IN_USD, OUT_USD = 0.3e-6, 2.5e-6  # for a token, as a small model costs


def _parameter(name: str, kind: str, *, required: bool = False, default: object = None, **limits: float) -> Json:
    told = {"name": name, "type": kind, "required": required, "default": default}
    return told | {"minimum": None, "maximum": None, "max_length": None, "enum": None} | limits


PARAMETERS = (
    _parameter("prompt", "string", required=True),
    _parameter("system_prompt", "string"),
    _parameter("model", "string", required=True),
    _parameter("reasoning", "boolean", default=False),
    _parameter("temperature", "number", default=1, minimum=0, maximum=2),
    _parameter("max_tokens", "integer", minimum=1),
)
ENDPOINT = Endpoint(ROUTER, {one["name"]: one for one in PARAMETERS}, {}, [], [])

# What of a conversation shows in its film: by a word, or by chance where none of them was said.
MOTIONS = {
    "rain": "rain runs down and drips from the edges",
    "sea": "small waves roll in and draw back",
    "snow": "snowflakes drift past",
    "fire": "flames flicker and sparks rise",
    "cat": "a tail sways and an ear turns",
    "wind": "hair and cloth stir in a light wind",
    "coffee": "steam rises from the cup and curls away",
    "": "breathing is calm, and the eyes blink once",
}
CAMERAS = ("the camera stands still", "the camera pushes in slowly", "the camera pans slowly to the right")
PLACES = ("soft evening light", "pale morning light with a little mist", "warm light from a window")
STYLES = ("realistic, shallow depth of field", "cinematic, natural colours", "calm and realistic, fine detail")


def answer(given: Json, overrides: Json) -> tuple[Json, float]:
    """What the router answers to a good input and the dollars that it bills, whether it tells them or not.

    The same to the same, but for what `overrides` says.
    """
    values = ENDPOINT.filled(given)
    output = _draft(values["prompt"])
    if most := values.get("max_tokens"):
        output = " ".join(output.split()[:most])  # a word is a token here
    output = overrides.get("output", output)
    asked, told = (len(text.split()) for text in (values.get("system_prompt", "") + " " + values["prompt"], output))
    cost = round(asked * IN_USD + told * OUT_USD, 9)
    usage = {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told, "cost": cost}
    reasoning = "A calm scene fits." if values["reasoning"] else None
    body = {"output": output, "reasoning": reasoning, "partial": False, "error": None, "usage": usage} | overrides
    told_usage: Json = overrides.get("usage") or {}
    billed = told_usage.get("cost", cost)
    return body, billed if isinstance(billed, int | float) else cost


def _draft(prompt: str) -> str:
    words = {*re.findall(r"[a-z]+", prompt.lower())}
    motion = next((told for word, told in MOTIONS.items() if word in words), MOTIONS[""])
    drawn = hashlib.sha256(prompt.encode(errors="replace")).digest()
    camera, place, style = (some[at % len(some)] for some, at in zip((CAMERAS, PLACES, STYLES), drawn, strict=False))
    return f"The subject stays exactly as in the picture; {motion}; {camera}; {place}; {style}."
