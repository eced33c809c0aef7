"""What people type loses what nobody sees, and what looks alike is alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.wording import IGNORABLE, MOST_SEARCHED, clean, fold, forbidden, searched


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
        ("a\ufe01b\U000e0101c\u180bd\u2065e\ufff1f\U000e0041", "abcdef"),
        ("\U000e0100\ufe00\ufe0f", ""),
        ("1\ufe0f\u20e3 ❤\ufe0f x\ufe0f", "1\ufe0f\u20e3 ❤\ufe0f x"),
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


@pytest.mark.parametrize(
    ("word", "prompt"),
    [
        ("ass", "an ASS, really"),
        ("ass", "ass水"),
        ("ass", "_ass_"),
        ("a", "Ä"),
        ("strasse", "die STRASSE, die Straße"),
        ("two words", "just two\n\twords here"),
        ("bad", "b\u200ba\u2060d"),
        ("bad", "b\ufe0f\u200d\ufe0fad"),  # what makes one emoji of two, between letters
        ("bad", "b\u2065a\U000e0101d"),  # not drawn, and no control character to Unicode
        ("bad", "b̶á̶d̶"),
        ("ｂａｄ", "bad"),
        ("水", "流水下"),
        ("バカ", "お前はばか、バカだ"),
        ("바보", "바보가"),
        ("ไม่", "เขาไม่มา"),
        ("🍆", "x🍆y"),
        ("c++", "c++!"),
        ("a a", "ba a a"),
    ],
)
def test_a_forbidden_word_is_found_whatever_is_done_to_it(word: str, prompt: str) -> None:
    assert forbidden({"other", fold(word)}, prompt) == fold(word)


@pytest.mark.parametrize(
    ("word", "prompt"),
    [
        ("ass", "class, grass, assassin, ass1"),
        ("two words", "two wordsmiths"),
        ("가", "각"),  # which begins with the same letters, once syllables are taken apart
        ("ก", "กิน"),
        ("क", "किताब"),
        ("bad", ""),
    ],
)
def test_what_is_part_of_another_word_is_not_it(word: str, prompt: str) -> None:
    assert forbidden({fold(word)}, prompt) is None


LATIN = st.text("abc", min_size=1, max_size=4)
UNSEEN = st.text("\u200b\u200d\u2060\ufeff\u00ad\u202e\ufe0f\x00\u0301\U000e0041", max_size=2)


@given(st.sets(LATIN, max_size=4), st.lists(LATIN, max_size=6))
def test_words_are_found_where_a_list_of_words_has_them(words: set[str], typed: list[str]) -> None:
    assert forbidden(words, " ".join(typed)) == min(words & set(typed), default=None)


@given(LATIN, st.data())
def test_nothing_that_is_not_seen_hides_a_word(word: str, data: st.DataObject) -> None:
    typed = "".join(f"{data.draw(UNSEEN)}{data.draw(st.sampled_from([sign, sign.upper()]))}" for sign in word)
    assert forbidden({word}, f"so {typed}{data.draw(UNSEEN)}, it is") == word


@given(st.text(), st.text())
def test_any_word_is_found_between_spaces_and_none_breaks_the_search(word: str, text: str) -> None:
    if folded := fold(word):
        assert forbidden({folded}, f"{text} {word} {text}") == folded


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("\u200d\ufe0f\ufe01\U000e0041\u2065😀❤a1")))
def test_what_is_not_drawn_stays_only_where_it_makes_an_emoji(text: str) -> None:
    for sign in set(IGNORABLE.findall(clean(text))):
        assert sign in "\u200d\ufe0f"
    assert not clean("a\u200d" + text).startswith("a\u200d")
