"""Other languages: whole, within the limits of their places, and spoken with those who want them."""

import ast
import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from discord import Locale

from bot.adapters.voices import CATALOGUES, voices
from bot.domain.language import ENGLISH, NAMES, Voice, aloud, say, say_number, speak, speaking
from bot.domain.refusal import CHOICES, MOST_CHARACTERS, NUMBERS, PART, REASONS, SENTENCES, STATUSES, in_words
from bot.languages import Languages
from bot.tree import Spoken
from sandbox.discord.rules import commands_rules
from tests import words

ROOT = Path(__file__).parents[2]
FILES = sorted(CATALOGUES.glob("*.po"))
ADA, BOB = 1, 2
ENGLISHES = (Locale.american_english, Locale.british_english)
LONGEST_DESCRIPTION = 100  # characters, also of a choice's name
LONGEST = {"label": 80, "placeholder": 150, "title": 256}  # characters, of what a component or an embed is given so
VALUE = "x" * 10  # as long as most values are
SMALL = """
msgid "as usual"
msgstr "wie üblich"

msgid "{number} film"
msgid_plural "{number} films"
msgstr[0] "{number} Film"
msgstr[1] "{number} Filme"

#, fuzzy
msgid "Nothing was spent."
msgstr "Vielleicht."
"""


def places(text: str) -> list[str]:
    """The {places} of a sentence, in the order of their names. Raises ValueError where it cannot be filled in."""
    return sorted(f"{name}!{kind}:{form}" for _, name, form, kind in Formatter().parse(text) if name is not None)


def parts(text: str) -> list[list[str]]:
    """The {places} of each [part] of a refusal."""
    return sorted(map(places, PART.findall(text)))


def entries(catalogue: Catalog) -> Iterator[tuple[words.Sentence, words.Sentence]]:
    """Each sentence of a catalogue with its translation, which is empty where that is missing or unsure."""
    found: list[Any] = [each for each in catalogue if each.id]  # and not the head of the file
    return ((each.id, "" if each.fuzzy else each.string) for each in found)


def as_good(text: str, said: str) -> bool:
    """Whether a translation can stand where its sentence stands."""
    with suppress(ValueError):
        spaces = text[0].isspace() == said[0].isspace() and text[-1].isspace() == said[-1].isspace()
        return spaces and places(text) == places(said) and (text not in SENTENCES or parts(text) == parts(said))
    return False


# ---- the catalogues ----


def test_there_is_a_catalogue_for_each_language() -> None:
    assert NAMES.keys() == {"en", *voices()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_catalogue_has_each_sentence_of_the_code_and_no_other(file: Path) -> None:
    assert {text for text, _ in entries(words.catalogue(file))} == words.sentences(), "`make words` writes them anew"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_sentence_is_translated_with_all_of_its_places(file: Path) -> None:
    catalogue, wrong = words.catalogue(file), list[Any]()
    for text, said in entries(catalogue):
        if isinstance(text, str) or isinstance(said, str):
            good = bool(said) and isinstance(text, str) and isinstance(said, str) and as_good(text, said)
        else:  # one form may say “one” where the others have a place
            good = all(said) and len(said) == catalogue.num_plurals and as_good(text[-1], said[-1])
            good = good and all({*places(form)} <= {*places(text[-1])} for form in said)
        wrong += [] if good else [(text, said)]
    assert wrong == []


@pytest.mark.parametrize("voice", voices().values(), ids=voices())
def test_each_refusal_of_fal_has_room_in_its_notice(voice: Any) -> None:
    ctx: dict[str, Any] = dict.fromkeys(NUMBERS, 123_456_789.012_345) | {"max_size": 10**15}
    ctx |= {name: [f"{number}{'x' * 23}" for number in range(9)] for name in CHOICES}
    with speaking(voice):
        for kind in REASONS:
            problem = {"loc": ["body", "x" * 32], "type": kind, "ctx": ctx}
            assert 0 < len(in_words(422, {"detail": [problem]}, {}, job=VALUE)) <= MOST_CHARACTERS, kind
        for status in (*STATUSES, 500, 422):
            assert 0 < len(in_words(status, {}, {}, job=VALUE)) <= MOST_CHARACTERS, status


# ---- the code ----


def calls(*names: str) -> Iterator[ast.Call]:
    """Where the code calls one of these."""
    for part in ("bot", "cogs"):
        for file in (ROOT / part).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and (not names or name(node) in names):
                    yield node


def name(call: ast.Call) -> str:
    """What a call calls."""
    return getattr(call.func, "id", "")


def texts(node: ast.expr) -> list[str]:
    """All texts in a part of the code."""
    found = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return [text for text in found if isinstance(text, str)]


def test_a_sentence_stands_in_the_code_as_it_is_and_each_of_its_places_is_filled_in() -> None:
    wrong: list[str] = []
    for call in calls("say", "say_number", "sentence"):
        several = name(call) == "say_number"
        said = call.args[: 2 if several else 1]
        if not all(isinstance(each, ast.Constant) for each in said):
            wrong += [ast.unparse(call)] if any(map(texts, said)) else []  # what is stitched together
            continue
        named = {value.arg for value in call.keywords}
        wanted = {place.partition("!")[0] for text in map(texts, said) for place in places(text[0])}
        filled = named == (wanted - {"number"} if several else wanted) or None in named
        wrong += [] if filled or name(call) == "sentence" else [ast.unparse(call)]
    assert wrong == []


@pytest.mark.parametrize("voice", voices().values(), ids=voices())
def test_what_is_said_fits_its_place(voice: Any) -> None:
    wrong: list[str] = []
    for call in calls():
        placed = [(LONGEST[each.arg], each.value) for each in call.keywords if each.arg in LONGEST]
        if name(call) == "Button" and call.args:
            placed.append((LONGEST["label"], call.args[0]))
        for most, value in placed:
            for said in ast.walk(value):
                if isinstance(said, ast.Call) and name(said) == "say" and texts(said.args[0]):
                    text = voice.gettext(texts(said.args[0])[0])
                    wrong += [text] if len(re.sub(r"\{\w+\}", VALUE, text)) > most else []
    assert wrong == []


# ---- the commands ----


async def test_commands_are_described_in_each_language_within_the_limits_of_discord() -> None:
    spoken = Spoken(Languages(Chosen({}), voices(), "en"))
    commands = await words.commands(spoken)
    told = [*localized(commands)]
    assert {locale for _, locale, _ in told} == {*voices()}
    assert all(0 < len(text) <= LONGEST_DESCRIPTION for _, _, text in told)
    assert [*commands_rules(commands)] == []  # where of each text the longest language counts
    [animate] = [each for each in commands if each["name"] == "animate"]
    assert animate["description_localizations"] == {"de": "Aus einem Bild einen kurzen Film machen"}
    quality = next(each for each in animate["options"] if each["name"] == "quality")
    assert quality["description_localizations"]["de"].endswith(" (sonst Standard)")
    assert [each["name_localizations"]["de"] for each in quality["choices"]] == ["Entwurf", "Standard", "beste"]


async def test_names_of_commands_and_options_are_the_same_in_all_languages() -> None:
    """They are what people tell each other."""
    spoken = Spoken(Languages(Chosen({}), {"de": Shouting()}, "en"))
    assert {kind for kind, _, _ in localized(await words.commands(spoken))} == {"description", "choice"}


class Shouting(Voice):
    """A language in which everything is another word."""

    def gettext(self, message: str) -> str:
        return f"{message}!"


def localized(items: list[dict[str, Any]], kind: str = "name") -> Iterator[tuple[str, str, str]]:
    """What commands, options and choices are called and described as: which of them it is, the locale, the text."""
    for item in items:
        for key, shown in (("name", kind), ("description", "description")):
            spoken: dict[str, str] = item.get(f"{key}_localizations") or {}
            for locale, text in spoken.items():
                yield shown, locale, text
        yield from localized(item.get("options") or [])
        yield from localized(item.get("choices") or [], "choice")


# ---- who is spoken with ----


class Chosen:
    """Members who have chosen."""

    def __init__(self, chosen: dict[int, str]) -> None:
        self._chosen = chosen

    async def languages(self) -> dict[int, str]:
        return dict(self._chosen)


@pytest.fixture
async def languages(tmp_path: Path) -> Languages:
    """ada has chosen German, and English is usual."""
    return await spoken_in(tmp_path, "en")


async def spoken_in(folder: Path, usual: str) -> Languages:
    (folder / "de.po").write_text(SMALL)
    made = Languages(Chosen({ADA: "de"}), voices(folder), usual)
    await made.recall()
    return made


def test_what_all_read_is_said_in_the_language_that_he_has_chosen_or_in_the_usual_one(languages: Languages) -> None:
    with speaking(ENGLISH):
        languages.speak(BOB, "de")
        with aloud():
            assert say("as usual") == "as usual"
        assert say("as usual") == "wie üblich"
        languages.speak(ADA, "en-US")
        with aloud():
            assert say("as usual") == "wie üblich"


def heard(languages: Languages, user_id: int, locale: Locale | None = None) -> str:
    with speaking(ENGLISH):
        languages.speak(user_id, locale.value if locale else None)
        return say("as usual")


def test_who_has_chosen_is_spoken_to_so_and_who_has_not_in_his_discords_language(languages: Languages) -> None:
    assert heard(languages, ADA) == "wie üblich"
    assert heard(languages, ADA, Locale.british_english) == "wie üblich"
    assert heard(languages, BOB, Locale.german) == "wie üblich"
    assert heard(languages, BOB, Locale.french) == "as usual"
    assert heard(languages, BOB) == "as usual", "what everybody sees"
    assert {locale for locale in Locale if languages.voice(locale.value)} == {*ENGLISHES, Locale.german}
    languages.choose(BOB, "de")
    languages.choose(ADA, "en")
    assert heard(languages, BOB, Locale.french) == "wie üblich"
    assert heard(languages, ADA, Locale.german) == "as usual"
    languages.choose(BOB, None)
    assert heard(languages, BOB) == "as usual"


async def test_where_whoever_runs_the_bot_has_set_german_others_are_spoken_to_in_it(tmp_path: Path) -> None:
    languages = await spoken_in(tmp_path, "de")
    assert heard(languages, BOB) == "wie üblich"
    assert heard(languages, BOB, Locale.french) == "wie üblich"
    assert heard(languages, BOB, Locale.british_english) == "as usual"


async def test_a_choice_of_a_language_that_is_gone_is_none(languages: Languages) -> None:
    languages.choose(ADA, "tlh")
    assert heard(languages, ADA) == "as usual"


async def test_a_task_keeps_its_voice_and_those_beside_it_theirs(languages: Languages) -> None:
    async def told(user_id: int, locale: str | None = None) -> str:
        languages.speak(user_id, locale)
        await asyncio.sleep(0)
        with languages.speaking(BOB):
            await asyncio.sleep(0)
            aside = say("as usual")
        return f"{aside}, {await asyncio.create_task(later())}"

    async def later() -> str:
        await asyncio.sleep(0)
        return say("as usual")

    assert await asyncio.gather(told(ADA), told(BOB), told(BOB, "de"), told(ADA, "en-US")) == [
        "as usual, wie üblich",
        "as usual, as usual",
        "as usual, wie üblich",
        "as usual, wie üblich",
    ]
    assert say("as usual") == "as usual"


def test_numbers_have_their_forms_and_what_is_unsure_or_unknown_is_said_in_english(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(SMALL)
    with speaking(voices(tmp_path)["de"]):
        assert [say_number("{number} film", "{number} films", count) for count in (0, 1, 2)] == [
            *("0 Filme", "1 Film", "2 Filme")
        ]
        assert say("Nothing was spent.") == "Nothing was spent."
        assert say("{more} of {what}", more="{what}", what="it") == "{what} of it"
        speak(ENGLISH, everybody=ENGLISH)
        assert say_number("{number} film", "{number} films", 1) == "1 film"
