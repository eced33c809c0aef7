"""fal's refusals in people's words: every known reason has its sentence, and nothing of fal's leaks through."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.refusal import REASONS, in_words

JOB = "0123456789"
CALLED = {"negative_prompt": "negative", "aspect_ratio": "shape", "image_url": "image"}
IN_LOG = f"whoever runs this bot finds it in the log as job {JOB}."

# What https://docs.fal.ai/model-apis/errors lists for models, each with the `ctx` that it documents.
MODEL: dict[str, dict[str, Any]] = {
    "internal_server_error": {},
    "generation_timeout": {},
    "downstream_service_error": {},
    "downstream_service_unavailable": {},
    "content_policy_violation": {},
    "no_media_generated": {},
    "image_too_small": {"min_width": 512, "min_height": 512},
    "image_too_large": {"max_width": 1024, "max_height": 1024},
    "image_load_error": {},
    "file_download_error": {},
    "face_detection_error": {},
    "file_too_large": {"max_size": 10_485_760},
    "greater_than": {"gt": 0},
    "greater_than_equal": {"ge": 0},
    "less_than": {"lt": 1.0},
    "less_than_equal": {"le": 20},
    "multiple_of": {"multiple_of": 8},
    "sequence_too_short": {"min_length": 1},
    "sequence_too_long": {"max_length": 4},
    "one_of": {"expected": ["EulerA", "DPM++"]},
    "feature_not_supported": {},
    "invalid_archive": {"supported_extensions": [".zip", ".tar.gz"]},
    "archive_file_count_below_minimum": {"min_count": 10, "provided_count": 8, "supported_extensions": [".jpg"]},
    "archive_file_count_exceeds_maximum": {"max_count": 100, "provided_count": 150, "supported_extensions": [".jpg"]},
    "audio_duration_too_long": {"max_duration": 60, "provided_duration": 90},
    "audio_duration_too_short": {"min_duration": 5, "provided_duration": 2},
    "unsupported_audio_format": {"supported_formats": [".mp3", ".wav", ".ogg"]},
    "unsupported_image_format": {"supported_formats": [".jpg", ".jpeg", ".png", ".webp"]},
    "unsupported_video_format": {"supported_formats": [".mp4", ".mov", ".webm"]},
    "video_duration_too_long": {"max_duration": 60, "provided_duration": 120},
    "video_duration_too_short": {"min_duration": 3, "provided_duration": 1},
}
PYDANTIC: dict[str, dict[str, Any]] = {
    "missing": {},
    "value_error.missing": {},
    "string_type": {},
    "string_too_short": {"min_length": 1},
    "string_too_long": {"max_length": 800},
    "int_type": {},
    "int_parsing": {},
    "int_from_float": {},
    "float_type": {},
    "float_parsing": {},
    "finite_number": {},
    "bool_type": {},
    "bool_parsing": {},
    "too_short": {"field_type": "List", "min_length": 1, "actual_length": 0},
    "too_long": {"field_type": "List", "max_length": 2, "actual_length": 3},
    "literal_error": {"expected": "'auto', '16:9' or '9:16'"},
    "enum": {"expected": "'auto', '16:9' or '9:16'"},
    "extra_forbidden": {},
    "json_invalid": {"error": "Expecting value"},
    "value_error": {"error": {}},
    "url_type": {},
    "url_parsing": {"error": "relative URL without a base"},
    "url_syntax_violation": {"error": "expected //"},
    "url_too_long": {"max_length": 2083},
    "url_scheme": {"expected_schemes": "'http' or 'https'"},
}
PLATFORM = {
    "request_timeout": 504,
    "startup_timeout": 504,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "runner_disconnected": 503,
    "runner_incomplete_response": 502,
    "runner_server_error": 500,
    "client_disconnected": 499,
    "client_cancelled": 499,
    "bad_request": 400,
    "internal_error": 500,
}
TYPED = MODEL | PYDANTIC
UNTOLD = ("does not know", "no reason that this bot knows", "fal failed while")
WHOLE = {  # where an option has no say: they are about the job
    *("internal_server_error", "generation_timeout", "downstream_service_error", "downstream_service_unavailable"),
    *("no_media_generated", "json_invalid"),
}


def problem(kind: object, context: object = None, name: object = "image_url") -> dict[str, object]:
    told = {"loc": ["body", name], "msg": "SECRET of {fal}", "type": kind, "input": "SECRET", "url": "https://x.y"}
    return told if context is None else told | {"ctx": context}


def told(*problems: object, status: int = 422) -> str:
    return in_words(status, {"detail": list(problems)}, CALLED, job=JOB)


def answered(status: int, body: object = None) -> str:
    return in_words(status, body, CALLED, job=JOB)


# ---- every reason that fal documents ----


def test_every_type_that_fal_documents_is_known_and_no_other() -> None:
    assert set(REASONS) == {*TYPED, *PLATFORM}


@pytest.mark.parametrize("kind", TYPED)
def test_every_type_of_a_model_has_its_sentence(kind: str) -> None:
    sentence = told(problem(kind, TYPED[kind]))
    assert not any(words in sentence for words in UNTOLD)
    assert kind in WHOLE or "`image`" in sentence
    assert "lease" in sentence, "says what to try"
    assert "image_url" not in sentence
    assert "SECRET" not in sentence


@pytest.mark.parametrize("kind", [kind for kind, context in TYPED.items() if context])
@pytest.mark.parametrize(
    "context",
    [None, {}, [], "x", 7, {"ge": "10"}, {name: {"a": [1]} for name in ("gt", "ge", "expected", "max_size")}],
)
def test_a_limit_that_fal_does_not_tell_is_left_out(kind: str, context: object) -> None:
    sentence = told(problem(kind, context))
    assert not any(words in sentence for words in UNTOLD)
    assert not re.search(r"[\[\]{}]|\d", sentence.replace(JOB, ""))


@pytest.mark.parametrize(("kind", "status"), PLATFORM.items())
def test_every_type_of_the_platform_has_its_sentence(kind: str, status: int) -> None:
    sentence = answered(status, {"detail": "SECRET", "error_type": kind})
    assert not any(words in sentence for words in UNTOLD)
    assert "lease" in sentence
    assert "SECRET" not in sentence


def test_the_platforms_types_are_told_apart() -> None:
    cannot_read = {"bad_request"}
    sentences = {answered(status, {"error_type": kind}) for kind, status in PLATFORM.items() if kind not in cannot_read}
    assert len(sentences) == len(PLATFORM) - 1


def test_no_sentence_says_what_it_cost_because_the_runner_does() -> None:
    everything = [told(problem(kind, context)) for kind, context in TYPED.items()]
    everything += [answered(status, {"error_type": kind}) for kind, status in PLATFORM.items()]
    everything += [answered(status) for status in range(400, 600)]
    assert not [words for words in everything if re.search(r"charge|paid|\bpay\b|cost|\bfree of|refund|spent", words)]


# ---- limits, as people read them ----


@pytest.mark.parametrize(
    ("kind", "context", "sentence"),
    [
        (
            "image_too_small",
            {"min_width": 240.0, "min_height": 320},
            "`image` is too small a picture; this model needs at least 240 × 320 pixels: please send a larger one.",
        ),
        (
            "image_too_large",
            {"max_width": 7680, "max_height": 4320},
            "`image` is too large a picture; this model takes at most 7,680 × 4,320 pixels: please send a smaller one.",
        ),
        ("image_too_large", {"max_width": 7680}, "`image` is too large a picture: please send a smaller one."),
        (
            "file_too_large",
            {"max_size": 15_000_000},
            "`image` is too large a file; this model takes at most 15 MB: please send a smaller one.",
        ),
        ("greater_than", {"gt": 0}, "`image` is too low; it must be greater than 0: please raise it."),
        ("greater_than_equal", {"ge": 10.0}, "`image` is too low; it must be at least 10: please raise it."),
        ("greater_than", {"gt": 999.9999999}, "`image` is too low; it must be greater than 1,000: please raise it."),
        ("less_than", {"lt": 0.7}, "`image` is too high; it must be less than 0.7: please lower it."),
        (
            "less_than_equal",
            {"le": 2**63 - 1},
            "`image` is too high; it must be at most 9,223,372,036,854,775,807: please lower it.",
        ),
        (
            "multiple_of",
            {"multiple_of": 8},
            "`image` is between the steps of this model, which are multiples of 8: please round it.",
        ),
        (
            "audio_duration_too_long",
            {"max_duration": 30, "provided_duration": 33.5},
            "`image` is too long; it lasts 33.5 s, and this model takes at most 30 s: please send a shorter one.",
        ),
        (
            "video_duration_too_short",
            {"min_duration": 3.0},
            "`image` is too short, and this model needs at least 3 s: please send a longer one.",
        ),
        (
            "unsupported_audio_format",
            {"supported_formats": [".wav", ".mp3"]},
            "`image` is a sound of a kind that this model does not take: please send another, as `.wav`, `.mp3`.",
        ),
        (
            "invalid_archive",
            {"supported_extensions": [".zip"]},
            "`image` could not be read as an archive: please send another, as `.zip`.",
        ),
        (
            "archive_file_count_below_minimum",
            {"min_count": 10},
            "`image` holds too few files; this model needs at least 10: please add some.",
        ),
        (
            "sequence_too_long",
            {"max_length": 4},
            "`image` has too many entries; this model takes at most 4: please take some away.",
        ),
        (
            "string_too_long",
            {"max_length": 1500},
            "`image` has too many characters; this model takes at most 1,500: please shorten it.",
        ),
        (
            "one_of",
            {"expected": ["480p", "720p", 3, 2.5]},
            "`image` is not one of this model's choices, which are `480p`, `720p`, `3`, `2.5`: please choose another.",
        ),
        (
            "literal_error",
            {"expected": "'auto', '16:9' or '9:16'"},
            "`image` is not one of this model's choices, which are `auto`, `16:9`, `9:16`: please choose another.",
        ),
    ],
)
def test_a_limit_is_told_as_people_read_it(kind: str, context: object, sentence: str) -> None:
    assert told(problem(kind, context)) == sentence


@pytest.mark.parametrize(
    ("size", "shown"),
    [(10_485_760, "10.4 MB"), (1_500_000, "1.5 MB"), (999_999, "999.9 kB"), (1000.7, "1 kB"), (20_000_000.0, "20 MB")],
)
def test_a_largest_size_is_never_rounded_up(size: float, shown: str) -> None:
    assert f"at most {shown}:" in told(problem("file_too_large", {"max_size": size}))


@pytest.mark.parametrize(
    "limit",
    [True, None, "10", math.nan, math.inf, -math.inf, pytest.param(10**5000, id="huge"), 1e300, 1e-9, [10], {"ge": 10}],
)
def test_what_is_no_number_that_people_read_is_no_limit(limit: object) -> None:
    assert told(problem("greater_than_equal", {"ge": limit})) == "`image` is too low: please raise it."
    assert "at most" not in told(problem("file_too_large", {"max_size": limit}))


@pytest.mark.parametrize("size", [999, 0, -15_000_000])
def test_a_size_that_no_picture_has_is_no_limit(size: int) -> None:
    assert "at most" not in told(problem("file_too_large", {"max_size": size}))


def test_a_long_list_of_choices_is_shortened() -> None:
    many = told(problem("one_of", {"expected": [f"choice_{number}" for number in range(5000)]}))
    assert "`choice_0`, `choice_1`, `choice_2`, `choice_3`, `choice_4`, `choice_5` and 4,994 more:" in many


@pytest.mark.parametrize(
    "choice",
    ["@everyone", "<@1>", "a`b", "a*b", "[x](https://x.y)", "", " ", "two\nlines", "x" * 25, "\u202e", None],
)
def test_a_choice_that_could_do_harm_is_only_counted(choice: object) -> None:
    assert "which are `safe` and 1 more:" in told(problem("one_of", {"expected": [choice, "safe"]}))
    assert told(problem("one_of", {"expected": [choice]})) == (
        "`image` is not one of this model's choices: please choose another."
    )


# ---- which option it is about ----


@pytest.mark.parametrize(
    ("loc", "option"),
    [
        (["body", "negative_prompt"], "`negative`"),
        (["body", "num_frames"], "`num_frames`"),
        (["body", "aspect_ratio", "Literal", 0], "`shape`"),
        (["image_url"], "`image`"),
        (["body"], "One option"),
        (["body", 17], "One option"),
        (["body", "@everyone"], "One option"),
        (["body", "a`b"], "One option"),
        (["body", "x" * 33], "One option"),
        (["body", ""], "One option"),
        ([], "One option"),
        ("body", "One option"),
        (None, "One option"),
        ({"body": "prompt"}, "One option"),
    ],
)
def test_the_option_is_told_in_the_members_words_or_not_at_all(loc: object, option: str) -> None:
    assert told({"loc": loc, "type": "missing"}) == f"{option} is missing: please give it."


def test_a_policy_that_was_broken_says_by_what_if_fal_says_it() -> None:
    refused = "The model's safety check refused the prompt or the picture"
    assert told(problem("content_policy_violation")) == f"{refused}, because of `image`. Please change it."
    assert told({"type": "content_policy_violation", "loc": ["body"]}) == f"{refused}. Please change it."


# ---- many problems ----


def test_a_list_of_problems_is_read_also_without_what_is_around_it() -> None:
    assert answered(422, [problem("missing")]) == told(problem("missing"))


def test_the_same_problem_is_told_once() -> None:
    assert told(problem("missing"), problem("missing")) == told(problem("missing"))


def test_what_is_no_problem_among_problems_is_left_out() -> None:
    assert told("SECRET", problem("missing"), {}, None) == told(problem("missing"))


def test_of_many_problems_four_are_told_and_the_others_counted() -> None:
    names = [f"option_{number}" for number in range(9)]
    some = told(*(problem("missing", name=name) for name in names))
    assert some == " ".join(f"`{name}` is missing: please give it." for name in names[:4]) + " And 5 more."


def test_long_sentences_leave_room_for_the_others_by_being_fewer() -> None:
    choices = {"expected": [f"{number}" * 24 for number in range(7)]}
    some = told(*(problem("one_of", choices, name="x" * 31 + f"{number}") for number in range(4)))
    assert some.endswith("please choose another. And 1 more.")
    assert 600 < len(some) < 900


# ---- unknown reasons ----


@pytest.mark.parametrize(
    "kind",
    ["brand_new", "internal", "", None, 7, ["missing"], {"type": "missing"}, pytest.param("x" * 10**6, id="huge")],
)
def test_an_unknown_reason_has_the_jobs_number(kind: object) -> None:
    assert told(problem(kind)) == (
        "fal refused `image` for a reason that this bot does not know. Please change it and try again; " + IN_LOG
    )


@pytest.mark.parametrize(
    "body",
    [
        *(None, "", "<html>SECRET</html>", 7, [], {}, ["SECRET"]),
        *(
            {"detail": None},
            {"detail": "SECRET"},
            {"detail": []},
            {"detail": ["SECRET", 1]},
            {"detail": {"a": "SECRET"}},
        ),
        *({"detail": "SECRET", "error_type": "brand_new"}, {"detail": "SECRET", "error_type": ["internal_error"]}),
        {"error": {"type": "SECRET", "message": "SECRET"}},
        {"detail": [{"loc": ["body"], "type": "brand_new"}]},
    ],
)
@pytest.mark.parametrize("status", [400, 409, 418, 422, 425])
def test_a_refusal_without_a_reason_has_the_jobs_number(status: int, body: object) -> None:
    assert answered(status, body) == (
        "fal refused this job and gave no reason that this bot knows. Please change the prompt or the picture; "
        + IN_LOG
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_failure_without_a_reason_has_the_jobs_number(status: int) -> None:
    for body in ("<html>502 nginx</html>", {"detail": "boom"}, {"detail": [problem("brand_new")]}):
        assert answered(status, body) == (
            "fal failed while it made the film. Please try again in a few minutes; " + IN_LOG
        )


# ---- what only the status or a text tells ----

ACCOUNT = "The fal account of this bot is locked, most likely because its balance is used up."


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "fal refused the key of this bot. Please tell whoever runs this bot."),
        (402, f"{ACCOUNT} Please tell whoever runs this bot."),
        (
            403,
            "fal does not let this bot use that model. Please choose another one. Please tell whoever runs this bot.",
        ),
        (
            404,
            "fal does not know this model or no longer has its result. Please choose another one or try again; "
            + IN_LOG,
        ),
        (408, "fal waited too long for what this bot sent. Please try again."),
        (413, "What this bot sent is too large for fal. Please send a smaller picture."),
        (429, "fal has too many jobs of this bot at once. Please try again in a few minutes."),
        (499, "The job was cancelled at fal. Please start it again if you still want the film."),
    ],
)
def test_a_status_says_enough_where_fal_says_nothing_else(status: int, sentence: str) -> None:
    bodies = [None, "", {"status": "NOT_FOUND"}, {"detail": "SECRET"}, {"detail": [problem("brand_new")]}]
    assert {answered(status, body) for body in bodies} == {sentence}


@pytest.mark.parametrize("status", [400, 402, 403, 422, 500])
@pytest.mark.parametrize(
    "text",
    [
        "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
        "Your account has been locked",
        "EXHAUSTED BALANCE",
        "Insufficient credits",
    ],
)
def test_a_locked_account_is_recognised_by_its_text(status: int, text: str) -> None:
    for body in ({"detail": text}, json.dumps({"detail": text})):
        assert answered(status, body) == f"{ACCOUNT} Please tell whoever runs this bot."


@pytest.mark.parametrize("text", ["The prompt was blocked", "The file is locked", "a balanced picture"])
def test_not_every_lock_is_the_accounts(text: str) -> None:
    assert "account" not in answered(422, {"detail": text})


@pytest.mark.parametrize("text", ["NSFW content", "Safety checker: no", "violates the content policy", "moderation"])
def test_a_broken_policy_is_recognised_by_its_text(text: str) -> None:
    assert answered(422, {"detail": text}) == told({"type": "content_policy_violation"})
    assert answered(500, {"detail": text}) != told({"type": "content_policy_violation"})
    assert "could not read" in answered(400, {"detail": text, "error_type": "bad_request"})


# ---- whatever comes ----

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
LIMITS = sorted({name for context in TYPED.values() for name in context})
LOCATION = st.lists(st.sampled_from(["body", "prompt", "image_url", "guidance_scale_2"]) | JSON, max_size=3)
CONTEXT = st.dictionaries(st.sampled_from(LIMITS), JSON | st.lists(st.text("ab`@*", max_size=24), max_size=60))
PROBLEM = st.fixed_dictionaries(
    {"msg": st.just("SECRET of {fal}"), "input": st.just("SECRET")},
    optional={
        "loc": LOCATION | JSON,
        "type": st.sampled_from(sorted(REASONS)) | st.just("brand_new") | JSON,
        "ctx": CONTEXT | JSON,
    },
)
BODY = JSON | st.fixed_dictionaries(
    {"detail": st.lists(PROBLEM | JSON, max_size=12) | PROBLEM | JSON},
    optional={"error_type": st.sampled_from(sorted(REASONS)) | JSON},
)
OURS = re.compile(r"`[A-Za-z0-9_.:+/ -]+`")


@given(st.integers(), BODY)
@example(422, {"detail": [problem("one_of", {"expected": ["a" * 24] * 9}, name=f"{n:032}") for n in range(9)]})
@example(422, {"detail": [problem("brand_new", name=f"{n:032}") for n in range(9)]})
def test_every_answer_of_fal_becomes_short_and_harmless_sentences(status: int, body: object) -> None:
    words = answered(status, body)
    assert words.endswith(".")
    assert len(words) < 900
    assert "SECRET" not in words
    assert not set(OURS.sub("", words)) & set("`*_~|<>@#[]{}()\\/\n")
    assert words.isprintable()


def test_a_huge_answer_is_read_in_no_time_and_told_in_few_words() -> None:
    huge = {"expected": ["x"] * 10**5, "gt": 10**4000, "more": "y" * 10**5} | {str(n): n for n in range(10**4)}
    body = {"detail": [problem("one_of", huge), *({"loc": ["body"] * 10**4, "type": f"new_{n}"} for n in range(100))]}
    assert answered(422, body).startswith("`image` is not one of this model's choices, which are `x`")
    assert len(answered(422, body)) < 900
