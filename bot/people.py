"""What a member may choose for himself, in all servers."""

from typing import Any, Protocol

from bot.domain.errors import Refused
from bot.domain.preferences import Preferences
from bot.domain.wording import clean

USUAL = "as usual"
MOST_NEGATIVE = 500  # characters: what every model takes


class Members(Protocol):
    """Where it is kept: see bot.adapters.store."""

    async def preferences(self, user_id: int) -> Preferences: ...
    async def prefer(self, user_id: int, **chosen: Any) -> Preferences: ...


class People:
    """The use cases. Each answers with what holds then."""

    def __init__(self, members: Members) -> None:
        self._members = members

    async def prefer(self, user_id: int, *, reset: bool = False, **chosen: Any) -> str:
        """Choose something: what is None stays, and USUAL takes a choice back. `reset` takes all of them back."""
        given = {name: value for name, value in chosen.items() if value is not None}
        if reset and given:
            raise Refused("Please either choose something or take everything back. Nothing was changed.")
        if reset:
            return (await self._members.prefer(user_id)).text
        if not given:
            return (await self._members.preferences(user_id)).text
        if "negative" in given:
            given["negative"] = clean(given["negative"])
            if len(given["negative"]) > MOST_NEGATIVE:
                raise Refused(f"`negative` may have {MOST_NEGATIVE} characters at the most. Nothing was changed.")
        now = {name: None if value in (USUAL, "") else value for name, value in given.items()}
        return (await self._members.prefer(user_id, **now)).text
