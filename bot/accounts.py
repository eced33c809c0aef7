"""What a member may know of his own films and money."""

from collections.abc import Callable
from typing import Protocol

from bot.domain.budget import Limits, Standing, Terms
from bot.domain.job import Job
from bot.domain.rules import Rules
from bot.domain.usage import Usage

LAST = 5  # films


class Books(Protocol):
    """Where it is kept: see bot.adapters.store."""

    async def account(self, user_id: int, guild_id: int | None, terms: Terms) -> Standing: ...


class Films(Protocol):
    """What was made."""

    async def newest(self, user_id: int, guild_id: int | None, count: int) -> list[Job]: ...


class Servers(Protocol):
    """The same for what a server has set."""

    async def rules(self, guild_id: int | None) -> Rules: ...


class Accounts:
    """The use cases."""

    def __init__(
        self, books: Books, films: Films, servers: Servers, operator: Limits, clock: Callable[[], float]
    ) -> None:
        self._books, self._films, self._servers = books, films, servers
        self._operator, self._clock = operator, clock

    async def usage(self, user_id: int, guild_id: int | None, roles: tuple[int, ...]) -> Usage:
        """How a member stands in a server."""
        rules: Rules = await self._servers.rules(guild_id)
        terms = rules.terms(self._operator, roles, self._clock())
        standing = await self._books.account(user_id, guild_id, terms)
        return Usage(terms=terms, standing=standing, last=await self._films.newest(user_id, guild_id, LAST))
