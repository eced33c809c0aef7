"""Reactions: put, taken away, listed."""

import re

from sandbox.discord.announcer import Announcer
from sandbox.discord.message import Message
from sandbox.discord.threads import Threads
from sandbox.discord.wire import Json, Refusal, unknown

MOST_EMOJI = 20


class Reactions:
    """Changes the reactions of messages and announces it. Only unicode emoji: the guild has none of its own.

    In an archived thread every change is refused.
    """

    def __init__(self, threads: Threads, announcer: Announcer) -> None:
        self._threads = threads
        self._announcer = announcer

    def add(self, message: Message, emoji: str, user: Json) -> None:
        """Somebody reacts; a second time nothing happens."""
        self._threads.require_awake(message.channel_id)
        if not is_emoji(emoji):
            raise unknown(10014, "Emoji")
        if emoji not in message.reactions and len(message.reactions) >= MOST_EMOJI:
            raise Refusal(400, 30010, "Maximum number of reactions reached (20)")
        who = message.reactions.setdefault(emoji, [])
        if user["id"] not in who:
            who.append(user["id"])
            self._announcer.reaction(message, emoji, user, added=True)

    def remove(self, message: Message, emoji: str, user: Json) -> None:
        """Somebody's reaction goes; where there is none nothing happens."""
        self._threads.require_awake(message.channel_id)
        who = message.reactions.get(emoji, [])
        if user["id"] in who:
            who.remove(user["id"])
            if not who:
                del message.reactions[emoji]
            self._announcer.reaction(message, emoji, user, added=False)

    def clear(self, message: Message, emoji: str | None = None) -> None:
        """All reactions go, or all with one emoji."""
        self._threads.require_awake(message.channel_id)
        if emoji is None:
            message.reactions.clear()
        else:
            message.reactions.pop(emoji, None)
        self._announcer.reactions_gone(message, emoji)


def is_emoji(text: str) -> bool:
    """Whether a text can be a unicode emoji; keycaps begin with an ASCII digit."""
    return not text.isascii() and len(text) <= 32 and not re.search(r"[A-Za-z:\s]", text)
