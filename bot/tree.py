"""The slash commands as Discord has them: each answers in the language of the one who asks, and is described in it."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.domain.language import filled
from bot.languages import Languages

if TYPE_CHECKING:
    from bot.client import Zoetrope

TEXTS = frozenset(
    {
        app_commands.TranslationContextLocation.command_description,
        app_commands.TranslationContextLocation.group_description,
        app_commands.TranslationContextLocation.parameter_description,
        app_commands.TranslationContextLocation.choice_name,
    }
)  # names stay as they are, since they are what people tell each other


class Tree(app_commands.CommandTree["Zoetrope"]):
    """Speaks to the one who asks in his language."""

    async def interaction_check(self, interaction: discord.Interaction["Zoetrope"], /) -> bool:
        interaction.client.speak_to(interaction)
        return True


class Spoken(app_commands.Translator):
    """Describes commands in the languages of the catalogues."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """None where that language is not spoken, or the text is the same in it."""
        voice = self._languages.voice(locale.value)
        if voice is None or context.location not in TEXTS:
            return None
        parts: dict[str, Any] = string.extras
        said = voice.gettext(parts.get("text", string.message))
        told = filled(said, {name: voice.gettext(value) for name, value in parts.items() if name != "text"})
        return told if told != string.message else None
