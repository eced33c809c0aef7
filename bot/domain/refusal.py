"""fal's refusals in people's words: what happened, in the words of the options, and what to do next.

Two shapes of body exist (https://docs.fal.ai/model-apis/errors). A model says
`{"detail": [{"loc", "msg", "type", "ctx"}]}` or a text as detail, the platform
`{"detail": "…", "error_type": "…"}`. `msg` is never parsed and never shown.
"""

from collections.abc import Mapping
from typing import Any, cast

OPERATOR = "Please tell whoever runs this bot."

# What each type of a model's error means. {option} is the member's word for the parameter, the rest comes from `ctx`.
MODEL: Mapping[str, str] = {
    "content_policy_violation": "The model's safety check refused the prompt or the picture. Please change them.",
    "no_media_generated": "The model made no film from this. Please try another prompt or seed.",
    "image_too_small": "The picture is too small for this model.",
    "image_too_large": "The picture is too large for this model.",
    "image_load_error": "The model could not read the picture. Please send another one, as JPEG or PNG.",
    "file_download_error": "fal could not fetch the picture. Please try again.",
    "face_detection_error": "The model found no face in the picture. Please try another one.",
    "file_too_large": "A file is too large for this model.",
    "unsupported_image_format": "This model does not take this kind of picture. Please send a JPEG or PNG.",
    "feature_not_supported": "This model cannot do that combination of options.",
    "greater_than": "`{option}` must be greater than {gt}.",
    "greater_than_equal": "`{option}` must be at least {ge}.",
    "less_than": "`{option}` must be less than {lt}.",
    "less_than_equal": "`{option}` must be at most {le}.",
    "multiple_of": "`{option}` must be a multiple of {multiple_of}.",
    "one_of": "`{option}` must be one of {expected}.",
    "missing": "`{option}` is missing.",
    "value_error.missing": "`{option}` is missing.",
    "sequence_too_short": "`{option}` is too short.",
    "sequence_too_long": "`{option}` is too long.",
    "string_too_long": "`{option}` has too many characters; this model takes at most {max_length}.",
    "generation_timeout": "The model did not finish in time. Please try again.",
    "internal_server_error": "The model had an internal error. Please try again.",
    "downstream_service_error": "A service behind the model had an error. Please try again.",
    "downstream_service_unavailable": "A service behind the model is down. Please try again later.",
}


def in_words(status: int, body: object, called: Mapping[str, str]) -> str:
    """One or more sentences about a refusal with HTTP `status`. `called` maps parameters to the member's options."""
    detail = cast("Mapping[str, Any]", body).get("detail") if isinstance(body, Mapping) else body
    if isinstance(detail, list):
        problems = [
            cast("Mapping[str, Any]", item) for item in cast("list[object]", detail) if isinstance(item, Mapping)
        ]
        sentences = dict.fromkeys(_sentence(problem, called) for problem in problems)
        return " ".join(sentences) if sentences else _by_status(status)
    text = detail.lower() if isinstance(detail, str) else ""
    if status in (401, 403) or "locked" in text or "balance" in text:
        return f"{_account(status, text)} {OPERATOR}"
    if "policy" in text or "nsfw" in text or "safety" in text:
        return f"{MODEL['content_policy_violation']}"
    return _by_status(status)


def _sentence(problem: Mapping[str, Any], called: Mapping[str, str]) -> str:
    location, context = problem.get("loc"), problem.get("ctx")
    names = [part for part in _items(location) if isinstance(part, str) and part != "body"]
    option = called.get(names[-1], names[-1]) if names else "an option"
    words = MODEL.get(str(problem.get("type")))
    if words is None:
        return f"fal refused `{option}` for a reason that this bot does not know. Please change it and try again."
    limits = dict(cast("Mapping[str, Any]", context)) if isinstance(context, Mapping) else dict[str, Any]()
    expected = ", ".join(map(str, _items(limits.get("expected"))))
    try:
        return words.format_map({**limits, "option": option, "expected": expected})
    except KeyError:
        return f"fal refused the value of `{option}`. Please change it and try again."


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _account(status: int, text: str) -> str:
    if "locked" in text or "balance" in text:
        return "The fal account of this bot is locked, most likely because its balance is used up."
    return "fal refused the key of this bot." if status == 401 else "fal does not let this bot use that model."


def _by_status(status: int) -> str:
    if status == 404:
        return f"fal does not know this model or no longer has its result. {OPERATOR}"
    if status == 499:
        return "The job was cancelled at fal."
    if status >= 500:
        return "fal had an internal error while making the film. Please try again."
    return "fal refused this job and gave no reason that this bot knows. Please change the prompt or the picture."
