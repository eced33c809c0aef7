"""fal's refusals in people's words: what happened, in the words of the options, and what to do next.

Two shapes of body exist (https://docs.fal.ai/model-apis/errors). A model says
`{"detail": [{"loc", "msg", "type", "ctx"}]}` or a text as detail, the platform
`{"detail": "…", "error_type": "…"}`. `msg` and `input` are never parsed and never shown. What a refusal costs is the
runner's to say.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeGuard, cast

from bot.domain.language import say, sentence

MOST_SENTENCES, MOST_CHARACTERS = 4, 850  # of problems: with the rest still below 900, for which every notice has room
MOST_CHOICES = 6
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
CHOICE = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.:+/ -]{0,23}")  # harmless inside of backticks
BETWEEN = re.compile(", | or ")  # pydantic's lists of choices are texts: 'a', 'b' or 'c'
LOCKED = re.compile(r"\b(user|account) (is|has been) locked\b|\bexhausted balance\b|\binsufficient (balance|credit)")
POLICY = re.compile(r"\b(policy|policies|nsfw|safety|moderation)\b")
FIELD, PART = re.compile(r"\{(\w+)\}"), re.compile(r"\[(.*?)\]")

TRY, LATER = "Please try again.", "Please try again in a few minutes."
TELL = "Please tell whoever runs this bot."
LOG = "whoever runs this bot finds it in the log as job {job}."

# In all sentences, a part in brackets is told only if fal has given what it names. {option} is always there and begins
# a sentence, {named} is there if fal says which option it is about.
UNKNOWN_OF = f"fal refused {{named}} for a reason that this bot does not know. Please change it and try again; {LOG}"
UNKNOWN = f"fal refused this job and gave no reason that this bot knows. Please change the prompt or the picture; {LOG}"
FAILED = f"fal failed while it made the film. Please try again in a few minutes; {LOG}"
ACCOUNT = f"The fal account of this bot is locked, most likely because its balance is used up. {TELL}"
POLICY_BROKEN = "The model's safety check refused the prompt or the picture[, because of {named}]. Please change it."
CANCELLED = "The job was cancelled at fal. Please start it again if you still want the film."
UNREADABLE = f"fal could not read what this bot sent. Please try again or choose another model; {LOG}"

LOW, HIGH = "{option} is too low", "{option} is too high"
CHOOSE = "{option} is not one of this model's choices[, which are {expected}]: please choose another."
TOO_FEW = "{option} has too few entries[; this model needs at least {min_length}]: please add some."
TOO_MANY = "{option} has too many entries[; this model takes at most {max_length}]: please take some away."
SHORT = "{option} is too short[; it lasts {provided_duration} s][, and this model needs at least {min_duration} s]"
LONG = "{option} is too long[; it lasts {provided_duration} s][, and this model takes at most {max_duration} s]"
ADDRESS = "{option} has an address that fal cannot use: please send the file again."
OTHER_FORMAT = "of a kind that this model does not take: please send another[, as {supported_formats}]."

REASONS: Mapping[str, str] = {
    # of a model, about what is made
    "content_policy_violation": POLICY_BROKEN,
    "no_media_generated": "The model made no film from this. Please try another prompt, picture or seed.",
    "feature_not_supported": "This model cannot do this together[, because of {named}]. Please change some options.",
    "internal_server_error": f"The model had an internal error. {TRY}",
    "generation_timeout": "The model did not finish in time. Please try again, or ask for a shorter film.",
    "downstream_service_error": f"A service behind the model had an error. {TRY}",
    "downstream_service_unavailable": f"A service behind the model is down. {LATER}",
    # of a model, about files
    "image_too_small": "{option} is too small a picture[; this model needs at least {min_width} × {min_height} pixels]"
    ": please send a larger one.",
    "image_too_large": "{option} is too large a picture[; this model takes at most {max_width} × {max_height} pixels]"
    ": please send a smaller one.",
    "image_load_error": "{option} could not be read as a picture: please send another one, as JPEG or PNG.",
    "file_download_error": "{option} could not be fetched by fal. Please try again.",
    "face_detection_error": "{option} shows no face that the model can find: please send one with a clear face.",
    "file_too_large": "{option} is too large a file[; this model takes at most {max_size}]: please send a smaller one.",
    "unsupported_image_format": f"{{option}} is a picture {OTHER_FORMAT}",
    "unsupported_audio_format": f"{{option}} is a sound {OTHER_FORMAT}",
    "unsupported_video_format": f"{{option}} is a video {OTHER_FORMAT}",
    **dict.fromkeys(("audio_duration_too_short", "video_duration_too_short"), f"{SHORT}: please send a longer one."),
    **dict.fromkeys(("audio_duration_too_long", "video_duration_too_long"), f"{LONG}: please send a shorter one."),
    "invalid_archive": "{option} could not be read as an archive: please send another[, as {supported_extensions}].",
    "archive_file_count_below_minimum": "{option} holds too few files[; this model needs at least {min_count}]: "
    "please add some.",
    "archive_file_count_exceeds_maximum": "{option} holds too many files[; this model takes at most {max_count}]: "
    "please take some away.",
    # of a model, about values
    "greater_than": f"{LOW}[; it must be greater than {{gt}}]: please raise it.",
    "greater_than_equal": f"{LOW}[; it must be at least {{ge}}]: please raise it.",
    "less_than": f"{HIGH}[; it must be less than {{lt}}]: please lower it.",
    "less_than_equal": f"{HIGH}[; it must be at most {{le}}]: please lower it.",
    "multiple_of": "{option} is between the steps of this model[, which are multiples of {multiple_of}]: "
    "please round it.",
    "string_too_short": "{option} has too few characters[; this model needs at least {min_length}]: please write more.",
    "string_too_long": "{option} has too many characters[; this model takes at most {max_length}]: please shorten it.",
    **dict.fromkeys(("sequence_too_short", "too_short"), TOO_FEW),
    **dict.fromkeys(("sequence_too_long", "too_long"), TOO_MANY),
    **dict.fromkeys(("one_of", "literal_error", "enum"), CHOOSE),
    **dict.fromkeys(("missing", "value_error.missing"), "{option} is missing: please give it."),
    "string_type": "{option} must be a text: please give one.",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "{option} must be a whole number: please give one."),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "{option} must be a number: please give one."),
    **dict.fromkeys(("bool_type", "bool_parsing"), "{option} must be yes or no: please choose one."),
    **dict.fromkeys(("url_type", "url_parsing", "url_syntax_violation", "url_too_long", "url_scheme"), ADDRESS),
    "value_error": "{option} has a value that this model does not take: please change it.",
    "extra_forbidden": "{option} is no option of this model: please leave it out or choose another model.",
    "json_invalid": UNREADABLE,
    # of the platform
    "request_timeout": "fal stopped the job because it took too long. Please try again, or ask for a shorter film.",
    "startup_timeout": f"The model did not start in time. {LATER}",
    "runner_scheduling_failure": f"fal has no free machine for this model now. {LATER}",
    "runner_connection_timeout": f"fal's machine for this model did not answer in time. {LATER}",
    "runner_connection_refused": f"fal's machine for this model did not take the job. {LATER}",
    "runner_connection_error": f"fal could not reach its machine for this model. {LATER}",
    "runner_disconnected": f"fal lost its machine for this model while it made the film. {TRY}",
    "runner_incomplete_response": f"fal's machine for this model sent only a part of its answer. {TRY}",
    "runner_server_error": f"fal's machine for this model had an error. {TRY}",
    "client_disconnected": f"The connection to fal was closed before the film was made. {TRY}",
    "client_cancelled": CANCELLED,
    "bad_request": UNREADABLE,
    "internal_error": f"fal had an internal error. {TRY}",
}

STATUSES: Mapping[int, str] = {
    401: f"fal refused the key of this bot. {TELL}",
    402: ACCOUNT,
    403: f"fal does not let this bot use that model. Please choose another one. {TELL}",
    404: f"fal does not know this model or no longer has its result. Please choose another one or try again; {LOG}",
    408: f"fal waited too long for what this bot sent. {TRY}",
    413: "What this bot sent is too large for fal. Please send a smaller picture.",
    429: f"fal has too many jobs of this bot at once. {LATER}",
    499: CANCELLED,
}
SENTENCES = frozenset({*REASONS.values(), *STATUSES.values(), UNKNOWN, UNKNOWN_OF, FAILED, ACCOUNT, POLICY_BROKEN})

NO_DRAFT = sentence("There is no draft, and nothing was spent.")
DRAFT_POLICY = sentence(
    "The language model's safety check refused this conversation, so there is no draft and nothing was spent. "
    "Please write the prompt yourself."
)
DRAFT_REFUSED = sentence(
    "fal or its language model did not take what this bot sent, so there is no draft and nothing was spent. "
    "Please tell whoever runs this bot."
)

NUMBERS = (
    *("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "min_count", "max_count"),
    *("min_width", "min_height", "max_width", "max_height", "min_duration", "max_duration", "provided_duration"),
)
CHOICES = ("expected", "supported_formats", "supported_extensions")


def in_words(status: int, body: object, called: Mapping[str, str], *, job: str) -> str:
    """Whole sentences about a refusal with HTTP `status`: harmless and under 900 characters, whatever fal has sent.

    `called` maps parameters to the member's options; `job` is the number under which the log has fal's own answer.
    """
    answer = _mapping(body) or {"detail": body}
    detail, values = answer.get("detail"), {"option": say("One option"), "job": job}
    problems = [problem for problem in map(_mapping, _items(detail)) if problem]
    if problems:
        return _joined(_sentence(status, problem, called, values) for problem in problems)
    text, words = detail.lower() if isinstance(detail, str) else "", _reason(answer.get("error_type"))
    if LOCKED.search(text):
        words = ACCOUNT
    elif words is None and status in (400, 422) and POLICY.search(text):
        words = POLICY_BROKEN
    return _told(words or _by_status(status, UNKNOWN), values)


def of_draft(status: int, body: object) -> str:
    """Whole sentences about the refusal of a language model that was asked for a draft, with HTTP `status`."""
    detail = _mapping(body).get("detail")
    text = detail.lower() if isinstance(detail, str) else ""
    kinds = {problem.get("type") for problem in map(_mapping, _items(detail))}
    if status in (401, 402) or LOCKED.search(text):
        return " ".join([_told(STATUSES[401] if status == 401 else ACCOUNT, {}), say(NO_DRAFT)])
    policy = "content_policy_violation" in kinds or (status in (400, 403, 422) and POLICY.search(text))
    return say(DRAFT_POLICY if policy else DRAFT_REFUSED)


def _sentence(status: int, problem: Mapping[str, Any], called: Mapping[str, str], values: Mapping[str, str]) -> str:
    names = (part for part in _items(problem.get("loc")) if isinstance(part, str) and part != "body")
    name, unknown = next(names, ""), UNKNOWN  # the names after it are inside of the option
    values = {**values, **_limits(_mapping(problem.get("ctx")))}
    if NAME.fullmatch(name):
        values |= dict.fromkeys(("option", "named"), f"`{called.get(name, name)}`")
        unknown = UNKNOWN_OF
    return _told(_reason(problem.get("type")) or _by_status(status, unknown), values)


def _reason(kind: object) -> str | None:
    return REASONS.get(kind) if isinstance(kind, str) else None


def _by_status(status: int, unknown: str) -> str:
    return STATUSES.get(status, FAILED if status >= 500 else unknown)


def _told(words: str, values: Mapping[str, str]) -> str:
    given = PART.sub(lambda part: part[1] if values.keys() >= {*FIELD.findall(part[1])} else "", say(words))
    return given.format_map(values)


def _joined(sentences: Iterable[str]) -> str:
    told = list(dict.fromkeys(sentences))
    shown = told[:MOST_SENTENCES]
    while len(" ".join(shown)) > MOST_CHARACTERS:
        shown.pop()
    more = len(told) - len(shown)
    return " ".join([*shown, say("And {more} more.", more=f"{more:,}")] if more else shown)


def _limits(given: Mapping[str, Any]) -> dict[str, str]:
    """The limits of a problem as people read them; what makes no sense is left out."""
    limits = {name: _number(given.get(name)) for name in NUMBERS}
    limits |= {name: _choices(given.get(name)) for name in CHOICES} | {"max_size": _size(given.get("max_size"))}
    return {name: text for name, text in limits.items() if text}


def _is_number(value: object) -> TypeGuard[int | float]:
    # a boolean is an integer to Python; NaN is below nothing, and nobody reads what is longer
    legible = isinstance(value, int | float) and (value == 0 or 0.001 <= abs(value) < 10**20)
    return legible and not isinstance(value, bool)


def _number(value: object) -> str:
    if not _is_number(value):
        return ""
    return f"{int(value):,}" if value == int(value) else f"{value:,.6f}".rstrip("0").rstrip(".")


def _size(value: object) -> str:
    if not _is_number(value) or value < 1000:
        return ""
    unit, name = (10**6, "MB") if value >= 10**6 else (1000, "kB")
    return f"{_number(int(value) * 10 // unit / 10)} {name}"  # rounded down: what is told must fit


def _choices(value: object) -> str:
    items = BETWEEN.split(value) if isinstance(value, str) else _items(value)
    texts = (item.strip("'\"") if isinstance(item, str) else _number(item) for item in items)
    shown = list(islice((f"`{text}`" for text in texts if CHOICE.fullmatch(text)), MOST_CHOICES))
    more = [say("{count} more", count=f"{len(items) - len(shown):,}")] if shown and len(items) > len(shown) else []
    return say(" and ").join([", ".join(shown), *more])


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
