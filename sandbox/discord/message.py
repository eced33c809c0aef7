"""One message as the stand-in keeps it, and what the bot or a person is shown of it."""

import re
from dataclasses import dataclass, field

from sandbox.discord.wire import Json, clone

CONCEALED: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


@dataclass
class Message:
    """A message. `seen_by` is the id of the only person who sees it (an ephemeral one); reactions: emoji → user ids."""

    data: Json
    seen_by: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def id(self) -> str:
        return self.data["id"]

    @property
    def channel_id(self) -> str:
        return self.data["channel_id"]

    @property
    def author_id(self) -> str:
        return self.data["author"]["id"]

    @property
    def flags(self) -> int:
        return self.data["flags"]

    def shown(self, viewer_id: str | None) -> Json:
        """The message object, with `me` of the reactions as this viewer has it."""
        shown: Json = clone(self.data)
        if self.reactions:
            shown["reactions"] = [
                _reaction(emoji, who, me=viewer_id in who) for emoji, who in self.reactions.items() if who
            ]
        return shown


def emoji_object(emoji: str) -> Json:
    """A unicode emoji as Discord writes it."""
    return {"id": None, "name": emoji}


def _reaction(emoji: str, who: list[str], *, me: bool) -> Json:
    counts: Json = {"count": len(who), "count_details": {"burst": 0, "normal": len(who)}}
    return {"emoji": emoji_object(emoji), **counts, "burst_colors": [], "me": me, "me_burst": False}


def concealed(data: Json, bot_id: str) -> Json:
    """A message as a bot without the message content intent gets it.

    Its own messages, direct messages and messages that mention it stay whole (events/gateway, message content intent).
    """
    shown = data
    own = data["author"]["id"] == bot_id
    mentioned = any(user["id"] == bot_id for user in data["mentions"]) or re.search(rf"<@!?{bot_id}>", data["content"])
    if not own and not mentioned:
        shown = data | CONCEALED
    if shown.get("referenced_message"):
        shown = shown | {"referenced_message": concealed(shown["referenced_message"], bot_id)}
    return shown
