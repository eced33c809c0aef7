"""What a member may choose for himself, in all servers."""

from typing import Any, Protocol

from bot.domain.errors import Refused
from bot.domain.language import say, sentence
from bot.domain.preferences import Preferences
from bot.domain.wording import clean
from bot.languages import Languages

USUAL = sentence("as usual")
MOST_NEGATIVE = 500  # characters: what every model takes


class Members(Protocol):
    """Where it is kept: see bot.adapters.store."""

    async def preferences(self, user_id: int) -> Preferences: ...
    async def prefer(self, user_id: int, **chosen: Any) -> Preferences: ...


class People:
    """The use cases. Each answers with what holds then."""

    def __init__(self, members: Members, languages: Languages) -> None:
        self._members, self._languages = members, languages

    async def prefer(self, user_id: int, *, reset: bool = False, **chosen: Any) -> Preferences:
        """Choose something: what is None stays, and USUAL takes a choice back. `reset` takes all of them back."""
        given = {name: value for name, value in chosen.items() if value is not None}
        if reset and given:
            raise Refused(say("Please either choose something or take everything back. Nothing was changed."))
        if reset:
            return await self._chose(user_id)
        if not given:
            return await self._members.preferences(user_id)
        if "negative" in given:
            given["negative"] = clean(given["negative"])
            if len(given["negative"]) > MOST_NEGATIVE:
                raise Refused(
                    say("`negative` may have {most} characters at the most. Nothing was changed.", most=MOST_NEGATIVE)
                )
        now = {name: None if value in (USUAL, "") else value for name, value in given.items()}
        return await self._chose(user_id, **now)

    async def _chose(self, user_id: int, **chosen: Any) -> Preferences:
        now = await self._members.prefer(user_id, **chosen)
        self._languages.choose(user_id, now.language)
        return now
