"""The record: every request of the bot, and every answer of the stand-in that does not fit Discord's description."""

from collections import deque

from sandbox.discord.wire import Json

KEPT = 20000


class Record:
    """Entries in the order of arrival; the oldest go when there are very many."""

    def __init__(self) -> None:
        self.entries: deque[Json] = deque(maxlen=KEPT)
        self.mistakes: list[str] = []

    def reset(self) -> None:
        """Empty the record; mistakes stay: a test must not lose them."""
        self.entries.clear()
