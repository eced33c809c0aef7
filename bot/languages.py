"""Which language is spoken with whom."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from bot.domain.language import ENGLISH, Voice, speak, speaking


class Members(Protocol):
    """What members have chosen: see bot.adapters.store."""

    async def languages(self) -> dict[int, str]: ...


class Languages:
    """The voices, and who has chosen which: kept in memory, so that an answer in time waits for nothing."""

    def __init__(self, members: Members, voices: Mapping[str, Voice], usual: str) -> None:
        self._members, self._usual = members, usual
        self._voices = {"en": ENGLISH, **voices}
        self._chosen: dict[int, str] = {}

    async def recall(self) -> None:
        """Learn anew who has chosen which. Raises Unavailable."""
        self._chosen = await self._members.languages()

    def choose(self, user_id: int, language: str | None) -> None:
        """A member has chosen one, or none."""
        if language is None:
            self._chosen.pop(user_id, None)
        else:
            self._chosen[user_id] = language

    def speak(self, user_id: int, locale: str | None = None) -> None:
        """Let this task speak as the member has chosen.

        Without a choice it is the language of his Discord, as a locale such as en-GB, where that is spoken: but only in
        what he alone sees. What everybody sees (no `locale`) is in the bot's usual language then.
        """
        speak(self._voices[self._of(user_id, locale)], everybody=self._voices[self._of(user_id, None)])

    def speaking(self, user_id: int) -> AbstractContextManager[None]:
        """Speak to a member so inside, and as before afterwards."""
        return speaking(self._voices[self._of(user_id, None)])

    def voice(self, locale: str) -> Voice | None:
        """The voice of a locale of Discord's, if that is spoken."""
        return self._voices.get(locale.partition("-")[0])

    def _of(self, user_id: int, locale: str | None) -> str:
        theirs = (locale or "").partition("-")[0]
        wanted = self._chosen.get(user_id) or theirs
        return wanted if wanted in self._voices else self._usual
