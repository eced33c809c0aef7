"""A prompt is built of its parts and fits every model; what is told about prompts fits a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.voices import voices
from bot.domain.catalogue import CATALOGUE, MOST_PROMPT
from bot.domain.errors import Invalid
from bot.domain.language import ENGLISH, Voice, speaking
from bot.domain.prompting import EXAMPLES, MOST_OF, NEGATIVES, assembled, guide, unflawed
from bot.domain.wording import clean

EMBED = 4096  # characters of an embed's description, Discord's limit
CHOICE = 100  # of a choice's label
PART = st.text(max_size=400)


def test_a_prompt_has_its_parts_as_sentences_in_order() -> None:
    whole = assembled(
        subject="an old fisherman with a grey beard",
        motion="he breathes calmly, the wind stirs his beard.",
        camera=" slow push in ",
        environment="cold morning light\nover the harbour",
        style="realistic, shallow depth of field",
    )
    assert whole == EXAMPLES[0].prompt


def test_what_is_empty_is_left_out() -> None:
    assert assembled(subject="a cat", motion="its tail sways", style=" \u200b. ") == (
        "A cat, just as in the picture. Its tail sways."
    )


def test_the_usual_flaws_stand_behind_what_is_never_wanted_as_far_as_they_fit() -> None:
    assert unflawed("", 500) == ", ".join(NEGATIVES)
    assert unflawed("hats", 500) == ", ".join(["hats", *NEGATIVES])
    assert unflawed("x" * 480, 500) == "x" * 480 + ", distorted faces"
    assert unflawed("x" * 500, 500) == "x" * 500


def test_without_a_subject_or_a_motion_there_is_no_prompt() -> None:
    with pytest.raises(Invalid) as refused:
        assembled(subject=" ", motion="\u200b", camera="still")
    assert [problem.split("`")[1] for problem in refused.value.problems] == ["subject", "motion"]


@given(PART, PART, PART, PART, PART)
def test_any_parts_make_a_prompt_that_every_model_takes(
    subject: str, motion: str, camera: str, environment: str, style: str
) -> None:
    try:
        whole = assembled(subject=subject, motion=motion, camera=camera, environment=environment, style=style)
    except Invalid:
        return
    assert whole == clean(whole)
    assert len(whole.splitlines()) == 1
    assert len(whole) <= MOST_PROMPT
    assert whole.endswith(".")


@pytest.mark.parametrize("sign", ["x", "ŉ", "👩\u200d🚒"])
def test_all_parts_at_their_limits_are_in_the_prompt_as_they_are(sign: str) -> None:
    parts = {name: (sign * most)[:most] for name, most in MOST_OF.items()}
    whole = assembled(**parts)
    assert len(whole) <= MOST_PROMPT
    assert all(clean(part)[1:] in whole for part in parts.values())
    assert assembled(**{name: part + "yz" for name, part in parts.items()}) == whole


def test_what_often_goes_wrong_fits_every_models_negative_prompt() -> None:
    limits = [each.high for one in CATALOGUE for each in one.parameters if each.name == "negative_prompt" and each.high]
    assert len(", ".join(NEGATIVES)) <= min(limits)
    assert len({*NEGATIVES}) == len(NEGATIVES) <= 25  # as many as Discord offers at once
    assert all(len(each) <= CHOICE and len(each.split()) <= 3 and each == clean(each) for each in NEGATIVES)


@pytest.mark.parametrize("voice", [ENGLISH, *voices().values()], ids=["en", *voices()])
def test_the_help_fits_an_embed_and_has_every_example_with_its_reason(voice: Voice) -> None:
    with speaking(voice):
        assert len(guide()) <= EMBED
    for example in EXAMPLES:
        assert f"> {example.prompt}\n{example.why}" in guide()
        assert len(example.prompt) <= MOST_PROMPT
        assert "\n" not in example.prompt + example.why
