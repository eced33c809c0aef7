"""What people type loses what nobody sees, and what looks alike is alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.wording import MOST_SEARCHED, clean, fold, searched


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  the tide\ncomes in ", "the tide\ncomes in"),
        ("the t\u200bi\u200cd\u2060e\ufeff", "the tide"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("\u3164\u2800\u115f", ""),
        ("a\u200db", "ab"),
        ("👩\u200d🚒 and 🏳\ufe0f\u200d🌈", "👩\u200d🚒 and 🏳\ufe0f\u200d🌈"),
        ("👋🏽\u200d", "👋🏽"),
        ("é, ñ, 水, שלום", "é, ñ, 水, שלום"),
    ],
)
def test_what_nobody_sees_is_removed_and_the_rest_stays(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("CAFÉ", "cafe"),
        ("Straße", "strasse"),
        ("ﬁlm", "film"),
        ("ＷＡＮ", "wan"),
        ("i\u200bd\ni o\tt", "id i o t"),
        ("İ", "i"),
    ],
)
def test_what_looks_alike_is_alike(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_any_text_is_cleaned_and_folded_once_for_all(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert fold(fold(text)) == fold(text)
    assert len(searched(text)) <= MOST_SEARCHED
    assert not any(
        unicodedata.category(sign) in ("Cc", "Cs", "Co") for sign in clean(text).replace("\n", "").replace("\t", "")
    )
