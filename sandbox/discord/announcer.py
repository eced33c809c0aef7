"""Whatever changes in the world, told to the bot over the gateway and to the watchers of the event stream."""

from sandbox.discord.gateway import Gateway
from sandbox.discord.message import Message, concealed, emoji_object
from sandbox.discord.permissions import Permission
from sandbox.discord.shapes import DM
from sandbox.discord.wire import Json, iso
from sandbox.discord.world import World
from sandbox.events import Events

STREAM = {"MESSAGE_CREATE": "message", "MESSAGE_UPDATE": "message_update"}


class Announcer:
    """Nothing ephemeral goes over the gateway, and nothing of a channel that the bot may not see."""

    def __init__(self, world: World, gateway: Gateway, events: Events) -> None:
        self._world = world
        self._gateway = gateway
        self._events = events

    def message(self, event: str, message: Message, nonce: object = None) -> None:
        """A message was created or changed (MESSAGE_CREATE, MESSAGE_UPDATE)."""
        self._events.publish(STREAM[event], lambda viewer: self._view(message, viewer))
        channel = self._world.channel(message.channel_id)
        if message.seen_by is None and self._visible(channel):
            data = message.shown(self._world.bot["id"]) | self._world.whereabouts(channel)
            if channel["type"] != DM:
                data["member"] = self._world.member(message.author_id)
            if nonce is not None:
                data["nonce"] = nonce
            in_guild = channel["type"] != DM
            self._gateway.dispatch(event, data, concealed(data, self._world.bot["id"]) if in_guild else None)

    def deleted(self, message: Message) -> None:
        """A message is gone."""
        channel = self._world.channel(message.channel_id)
        where: Json = {"id": message.id, **self._world.whereabouts(channel)}
        audience = None if message.seen_by is None else (None, message.seen_by)
        self._events.publish("message_delete", lambda viewer: where if audience is None or viewer in audience else None)
        if message.seen_by is None and self._visible(channel):
            self._gateway.dispatch("MESSAGE_DELETE", where)

    def reaction(self, message: Message, emoji: str, user: Json, *, added: bool) -> None:
        """Somebody put a reaction or took it away."""
        channel = self._world.channel(message.channel_id)
        event: Json = {"user_id": user["id"], "message_id": message.id, **self._world.whereabouts(channel)}
        event |= {"emoji": emoji_object(emoji), "burst": False, "type": 0}
        self._events.publish("reaction", lambda viewer: event | _told(message, viewer, user["username"], added=added))
        if not self._visible(channel):
            return
        if not added:
            self._gateway.dispatch("MESSAGE_REACTION_REMOVE", event)
            return
        event |= {"message_author_id": message.author_id, "burst_colors": []}
        member = {"member": self._world.members[user["id"]]} if channel["type"] != DM else {}
        self._gateway.dispatch("MESSAGE_REACTION_ADD", event | member)

    def reactions_gone(self, message: Message, emoji: str | None) -> None:
        """All reactions of a message, or all with one emoji, were taken away."""
        channel = self._world.channel(message.channel_id)
        event: Json = {"message_id": message.id, **self._world.whereabouts(channel)}
        event |= {"emoji": emoji_object(emoji)} if emoji else {}
        self._events.publish("reaction", lambda viewer: event | _told(message, viewer, None, added=False))
        if self._visible(channel):
            self._gateway.dispatch(f"MESSAGE_REACTION_REMOVE_{'EMOJI' if emoji else 'ALL'}", event)

    def typing(self, channel: Json, at: float) -> None:
        """The bot shows that it is typing."""
        bot = self._world.bot
        event: Json = {"user_id": bot["id"], "timestamp": int(at), **self._world.whereabouts(channel)}
        self._events.publish("typing", lambda _: event | {"person": bot["username"], "at": iso(at)})
        self._gateway.dispatch("TYPING_START", event)

    def channel(self, event: str, channel: Json) -> None:
        """A channel of the guild was made, changed or deleted (CHANNEL_CREATE, CHANNEL_UPDATE, CHANNEL_DELETE)."""
        if self._world.bot_is_member:
            self._gateway.dispatch(event, channel)

    def thread(self, event: str, thread: Json) -> None:
        """A thread was made, changed or is about to go (THREAD_CREATE, THREAD_UPDATE, THREAD_DELETE)."""
        if self._visible(thread):
            few = {key: thread[key] for key in ("id", "guild_id", "parent_id", "type")}
            self._gateway.dispatch(event, few if event == "THREAD_DELETE" else thread)

    def guild(self) -> None:
        """The guild changed: its boost tier."""
        if self._world.bot_is_member:
            self._gateway.dispatch("GUILD_UPDATE", self._world.guild())

    def membership(self) -> None:
        """The bot came into the guild, or was removed from it."""
        if self._world.bot_is_member:
            self._gateway.welcome()
        else:  # without `unavailable`, which would say that the guild comes back
            self._gateway.dispatch("GUILD_DELETE", {"id": self._world.guild_id})

    def world(self) -> None:
        """Tell the watchers alone that channels, permissions, boost tier or commands are others now."""
        self._events.tell("world", {})

    def modal(self, person_id: str, modal: Json) -> None:
        """A modal opened in front of a person."""
        name = self._world.users[person_id]["username"]
        shown = modal | {"person": name}
        self._events.publish("modal", lambda viewer: shown if viewer in (None, person_id) else None)

    def _visible(self, channel: Json) -> bool:
        return bool(self._world.permissions(self._world.bot["id"], channel) & Permission.VIEW_CHANNEL)

    def _view(self, message: Message, viewer_id: str | None) -> Json | None:
        if message.seen_by is None:
            return message.shown(viewer_id)
        if viewer_id not in (None, message.seen_by):
            return None
        return message.shown(viewer_id) | {"seen_by": self._world.users[message.seen_by]["username"]}


def _told(message: Message, viewer_id: str | None, person: str | None, *, added: bool) -> Json:
    """Who did what, and the reactions as they stand then: a watcher that missed some need not count."""
    reactions = message.shown(viewer_id).get("reactions", [])
    return {"person": person, "added": added, "reactions": reactions}
