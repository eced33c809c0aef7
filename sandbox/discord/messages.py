"""All messages: written, changed, deleted, found, each change announced."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.announcer import Announcer
from sandbox.discord.compose import Composer, Terms
from sandbox.discord.message import Message
from sandbox.discord.threads import Threads
from sandbox.discord.wire import (
    COMPONENTS_V2,
    LOADING,
    SILENT,
    SUPPRESS_EMBEDS,
    Call,
    Clock,
    Files,
    Json,
    Refusal,
    clone,
    iso,
    unknown,
)
from sandbox.discord.world import World

NONCE_SECONDS = 300  # Discord: "in the past few minutes" (resources/message, create message)
CREATE_FLAGS = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2
EDIT_FLAGS = SUPPRESS_EMBEDS | COMPONENTS_V2


@dataclass(frozen=True)
class Post:
    """A message to be written. `more` are fields of the message object; `seen_by` makes it ephemeral."""

    author: Json
    channel: Json
    body: Json
    files: Files
    terms: Terms
    more: Json = field(default_factory=dict[str, Any])
    seen_by: str | None = None


class Messages:
    """The messages by id, in the order in which they were written."""

    def __init__(self, world: World, composer: Composer, threads: Threads, announcer: Announcer, clock: Clock) -> None:
        self._world = world
        self._composer = composer
        self._threads = threads
        self._announcer = announcer
        self._clock = clock
        self._all: dict[str, Message] = {}
        self._nonces: dict[tuple[str, str], tuple[float, str]] = {}

    def reset(self) -> None:
        """Forget all messages."""
        self._all.clear()
        self._nonces.clear()

    # ---- finding ----

    def any(self, message_id: object) -> Message:
        """A message, ephemeral or not."""
        found = self._all.get(str(message_id))
        if not found:
            raise unknown(10008, "Message")
        return found

    def public(self, channel_id: str, message_id: object) -> Message:
        """A message of a channel as the bot's token finds it: an ephemeral one is unknown."""
        found = self.any(message_id)
        if found.channel_id != channel_id or found.seen_by is not None:
            raise unknown(10008, "Message")
        return found

    def visible(self, channel_id: str, person_id: str) -> list[Message]:
        """What a person sees in a channel, oldest first."""
        here = [message for message in self._all.values() if message.channel_id == channel_id]
        return [message for message in here if message.seen_by in (None, person_id)]

    def history(self, call: Call) -> list[Message]:
        """A page of a channel, newest first, by `before`, `after`, `around` and `limit`."""
        limit = call.number("limit", 50, 100)
        here = sorted(
            (one for one in self._all.values() if one.channel_id == call.at["channel_id"] and one.seen_by is None),
            key=lambda one: int(one.id),
        )
        if "after" in call.query:
            page = [one for one in here if int(one.id) > int(call.query["after"])][:limit]
        elif "around" in call.query:
            middle = int(call.query["around"])
            older = [one for one in here if int(one.id) < middle]
            newer = [one for one in here if int(one.id) >= middle]
            page = [*older[max(0, len(older) - limit // 2) :], *newer[: limit - limit // 2]]
        else:
            before = int(call.query.get("before", 1 << 63))
            page = [one for one in here if int(one.id) < before][-limit:]
        return page[::-1]

    # ---- changing ----

    def post(self, post: Post) -> Message:
        """Write a message; the same nonce of the same author within minutes finds the first one."""
        nonce = post.body.get("nonce")
        if post.body.get("enforce_nonce") and (twin := self._twin(post.author["id"], nonce)):
            return twin
        message = Message(_blank(self._world.ids.new(), post, iso(self._clock())), post.seen_by)
        if reference := post.body.get("message_reference"):
            message.data |= self._reference(post.channel, reference)
        self._composer.write(message.data, post.body, post.files, post.terms)
        if post.seen_by is None:
            self._threads.enter(post.channel, post.author["id"])
            self._threads.count(message.channel_id, 1)
        self._all[message.id] = message
        if nonce is not None:
            self._nonces[post.author["id"], str(nonce)] = (self._clock(), message.id)
        post.channel["last_message_id"] = message.id
        self._announcer.message("MESSAGE_CREATE", message, nonce)
        return message

    def edit(self, message: Message, body: Json, files: Files, terms: Terms) -> Message:
        """Change a message of the bot, all or nothing; a deferred answer is filled."""
        if message.author_id != self._world.bot["id"]:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        self._threads.require_awake(message.channel_id)
        draft = clone(message.data) | {"flags": message.flags & ~LOADING, "edited_timestamp": iso(self._clock())}
        self._composer.write(draft, body, files, terms)
        message.data = draft
        self._announcer.message("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        """Remove a message and its files."""
        del self._all[message.id]
        self._composer.forget(message.data)
        if message.seen_by is None:
            self._threads.count(message.channel_id, -1)
        self._announcer.deleted(message)

    def exists(self, message: Message) -> bool:
        """Whether nobody has deleted it."""
        return message.id in self._all

    def drop_channel(self, channel_id: str) -> None:
        """Forget everything of a channel, without announcing each message."""
        self._all = {key: one for key, one in self._all.items() if one.channel_id != channel_id}

    def reference(self, channel: Json, target: Message) -> Json:
        """The fields of a message that answers another."""
        where = self._world.whereabouts(channel)
        referenced = {"referenced_message": target.shown(self._world.bot["id"])} if target.seen_by is None else {}
        return {"message_reference": {"type": 0, "message_id": target.id, **where}, **referenced}

    def _reference(self, channel: Json, reference: Json) -> Json:
        target = self._all.get(str(reference["message_id"]))
        if not target or target.channel_id != channel["id"] or target.seen_by is not None:
            if reference.get("fail_if_not_exists", True):
                raise Refusal(400, 50035, "Invalid Form Body", errors=_unknown_reference())
            return {}
        return {"type": 19, **self.reference(channel, target)}

    def _twin(self, author_id: str, nonce: object) -> Message | None:
        at, message_id = self._nonces.get((author_id, str(nonce)), (0.0, ""))
        return self._all.get(message_id) if self._clock() - at <= NONCE_SECONDS else None


def _blank(message_id: str, post: Post, now: str) -> Json:
    blank: Json = {"id": message_id, "channel_id": post.channel["id"], "author": post.author, "timestamp": now}
    blank |= {"type": 0, "content": "", "edited_timestamp": None, "flags": 0, "tts": False, "pinned": False}
    blank |= {"mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [], "embeds": []}
    blank["components"] = []
    return blank | post.more


def _unknown_reference() -> Json:
    complaint = {"code": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "message": "Unknown message"}
    return {"message_reference": {"_errors": [complaint]}}
