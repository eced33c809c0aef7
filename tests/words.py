"""The catalogues of other languages: `python -m tests.words` brings their sentences up to date, a test compares them.

Sentences are found in the code, where they are said, and in the commands as Discord gets them.
"""

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from discord import app_commands

from bot.adapters.voices import CATALOGUES
from bot.client import Zoetrope
from bot.domain.catalogue import CATALOGUE
from bot.domain.doors import doors
from bot.domain.language import NAMES
from bot.domain.refusal import SENTENCES
from bot.tree import TEXTS

ROOT = Path(__file__).parents[1]
SAID = {"say": None, "sentence": None, "say_number": (1, 2)}
METHODS = [("**.py", "python")]
WORDS = re.compile(r"[a-z]{2}")  # which 720p and 16:9 have not
Sentence = str | tuple[str, ...]


class Listener(app_commands.Translator):
    """Remembers what there is to translate."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> None:
        parts: dict[str, Any] = string.extras
        if context.location in TEXTS and WORDS.search(string.message) and string.message not in NAMES.values():
            self.heard |= {parts["help"], parts["text"]} if parts else {string.message}


async def commands(translator: app_commands.Translator) -> list[dict[str, Any]]:
    """The commands as Discord gets them."""
    cases: Any = SimpleNamespace(studio=SimpleNamespace(doors=doors(CATALOGUE)))
    async with Zoetrope(lambda: cases) as client:
        for name in client.cogs_to_load:
            await client.load_extension(name)
        return [await each.get_translated_payload(client.tree, translator) for each in client.tree.get_commands()]


def described() -> set[str]:
    """What the commands say of themselves."""
    listener = Listener()
    asyncio.run(commands(listener))
    return listener.heard


def sentences() -> set[Sentence]:
    """All that can be said in another language."""
    found = [
        message
        for part in ("bot", "cogs")
        for _, _, message, _, _ in extract_from_dir(ROOT / part, METHODS, keywords=SAID)
    ]
    return {*found, *SENTENCES, *described()}


def catalogue(file: Path) -> Catalog:
    """A catalogue as it is."""
    with file.open("rb") as lines:
        return read_po(lines, locale=file.stem)


def renewed(old: Catalog) -> Catalog:
    """The catalogue with today's sentences, and what was translated of them."""
    new = Catalog(locale=old.locale)
    for each in sorted(sentences(), key=str):
        before = old.get(each[0] if isinstance(each, tuple) else each)
        new.add(each, before.string if before else "")
    return new


if __name__ == "__main__":
    for file in CATALOGUES.glob("*.po"):
        written = renewed(catalogue(file))
        with file.open("wb") as lines:
            write_po(lines, written, width=120, no_location=True, omit_header=True)
