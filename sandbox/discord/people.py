"""What people in front of Discord's client can do: commands, menus, clicks, selects, modals, reactions, messages."""

from dataclasses import dataclass
from typing import Any, cast

from sandbox.discord.commands import CHAT_INPUT, MESSAGE, Commands
from sandbox.discord.compose import Terms
from sandbox.discord.fields import SELECTS, chosen, submitted
from sandbox.discord.files import FileStore
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT, Interaction, Interactions, Opener
from sandbox.discord.message import Message
from sandbox.discord.messages import Messages, Post
from sandbox.discord.options import fill, half_filled, leaf
from sandbox.discord.permissions import Permission, sending
from sandbox.discord.reactions import Reactions, is_emoji
from sandbox.discord.resolve import Resolved
from sandbox.discord.wire import CallerMistake, Json, Refusal, Upload, objects, walk
from sandbox.discord.world import World

ANY_SIZE = 1 << 40  # people may have Nitro; what they send is not limited here
BUTTON, LINK, PREMIUM = 2, 5, 6
Parts = dict[str, Upload]


@dataclass(frozen=True)
class Scene:
    """What a person sees and touches."""

    world: World
    files: FileStore
    messages: Messages
    reactions: Reactions
    commands: Commands
    interactions: Interactions


class People:
    """Each method takes the JSON of a call of the control API and the files that came with it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    # ---- commands ----

    def command(self, body: Json, parts: Parts) -> Interaction:
        """Run a slash command; `name` may hold subcommands, as in "admin quota"."""
        opener, data, inner = self._chosen_command(body)
        resolved = self._resolved(parts)
        declared: list[Json] = inner.pop("declared")
        inner["options"] = fill(declared, _object(body, "options"), resolved, force=bool(body.get("force")))
        return self._scene.interactions.start(COMMAND, _with(data, resolved), opener)

    def autocomplete(self, body: Json, parts: Parts) -> Interaction:
        """Type into an option (`focused`) that completes itself."""
        del parts
        opener, data, inner = self._chosen_command(body)
        declared: list[Json] = inner.pop("declared")
        inner["options"] = half_filled(declared, _object(body, "options"), _text(body, "focused"))
        return self._scene.interactions.start(AUTOCOMPLETE, data, opener)

    def menu(self, body: Json, parts: Parts) -> Interaction:
        """Choose a command from the menu of a message."""
        del parts
        person = self._scene.world.person(body.get("person"))
        message = self._message(body, person)
        where = body.get("channel") or message.channel_id
        channel = self._scene.world.place(where, person)
        if message.channel_id != channel["id"]:
            raise CallerMistake("the message is in another channel")
        command = self._scene.commands.choose(_text(body, "name"), MESSAGE, person, channel)
        data: Json = {key: command[key] for key in ("id", "name", "type", "guild_id") if key in command}
        shown = message.shown(self._scene.world.bot["id"])
        data |= {"target_id": message.id, "resolved": {"messages": {message.id: shown}}}
        return self._scene.interactions.start(COMMAND, data, Opener(person, channel))

    def _chosen_command(self, body: Json) -> tuple[Opener, Json, Json]:
        person = self._scene.world.person(body.get("person"))
        channel = self._scene.world.place(body.get("channel"), person)
        name, *path = _text(body, "name").removeprefix("/").split() or [""]
        command = self._scene.commands.choose(name, CHAT_INPUT, person, channel)
        return Opener(person, channel), *leaf(command, path)

    # ---- components and modals ----

    def click(self, body: Json, parts: Parts) -> Interaction:
        """Press a button, by custom_id or label."""
        del parts
        opener, message = self._at_message(body)
        buttons = [item for item in walk(message.data["components"]) if item["type"] == BUTTON]
        button = _named(buttons, body, "custom_id", "label")
        if button["style"] in (LINK, PREMIUM):
            raise CallerMistake("a link or a premium button tells the bot nothing")
        data = {"component_type": BUTTON, "custom_id": button["custom_id"], "id": button["id"]}
        return self._scene.interactions.start(COMPONENT, data, opener)

    def select(self, body: Json, parts: Parts) -> Interaction:
        """Choose values in a select; people and channels by name, options by value or label."""
        opener, message = self._at_message(body)
        selects = [item for item in walk(message.data["components"]) if item["type"] in SELECTS]
        select = _named(selects, body, "custom_id", "placeholder")
        resolved = self._resolved(parts)
        values = chosen(select, body.get("values", []), resolved, force=bool(body.get("force")))
        data = {"component_type": select["type"], "custom_id": select["custom_id"], "id": select["id"]}
        return self._scene.interactions.start(COMPONENT, _with(data | {"values": values}, resolved), opener)

    def modal(self, body: Json, parts: Parts) -> Interaction:
        """Submit a modal that is open in front of the person."""
        person = self._scene.world.person(body.get("person"))
        found = self._scene.interactions.modal(str(body.get("modal_id")), person)
        resolved = self._resolved(parts)
        components = submitted(found.data, _object(body, "fields"), resolved, force=bool(body.get("force")))
        data = {"custom_id": found.data["custom_id"], "components": components}
        return self._scene.interactions.start(SUBMIT, _with(data, resolved), found.opener)

    def _at_message(self, body: Json) -> tuple[Opener, Message]:
        person = self._scene.world.person(body.get("person"))
        message = self._message(body, person)
        return Opener(person, self._scene.world.channel(message.channel_id), message), message

    def _message(self, body: Json, person: Json) -> Message:
        try:
            message = self._scene.messages.any(body.get("message_id"))
        except Refusal:
            raise CallerMistake(f"there is no message {body.get('message_id')!r}", 404) from None
        if message.seen_by not in (None, person["id"]):
            raise CallerMistake(f"{person['username']} does not see this message", 404)
        return message

    # ---- messages and reactions ----

    def react(self, body: Json) -> Json:
        """Put a reaction, or take it away with `remove`."""
        person = self._scene.world.person(body.get("person"))
        message, emoji = self._message(body, person), _text(body, "emoji")
        if message.seen_by is not None:
            raise CallerMistake("nobody can react to an ephemeral message")
        if not is_emoji(emoji):
            raise CallerMistake(f"{emoji!r} is no emoji")
        if body.get("remove"):
            self._scene.reactions.remove(message, emoji, person)
        else:
            self._scene.reactions.add(message, emoji, person)
        return {}

    def message(self, body: Json, parts: Parts) -> Json:
        """Write into a channel; `reply_to` is the id of a message that is answered."""
        scene, person = self._scene, self._scene.world.person(body.get("person"))
        channel = scene.world.place(body.get("channel"), person)
        held = scene.world.permissions(person["id"], channel)
        if not held & sending(channel):
            raise CallerMistake(f"{person['username']} may not write here", 403)
        resolved, content = self._resolved(parts), body.get("content") or ""
        listed: Any = body.get("attachments") or []
        if not isinstance(listed, list) or not isinstance(content, str):
            raise CallerMistake("'content' is text, 'attachments' a list of parts")
        files = {number: resolved.upload(part) for number, part in enumerate(cast("list[Any]", listed))}
        said: Json = {"content": content}
        said |= {"message_reference": {"message_id": body["reply_to"]}} if body.get("reply_to") else {}
        if len(said["content"]) > 2000:
            raise CallerMistake("a message has at most 2000 characters")
        terms = Terms(ANY_SIZE, 0, everyone=bool(held & Permission.MENTION_EVERYONE))
        try:
            return scene.messages.post(Post(person, channel, said, files, terms)).shown(person["id"])
        except Refusal as refusal:
            raise CallerMistake(str(refusal.body["message"])) from None

    def delete(self, body: Json) -> Json:
        """A message goes, whoever wrote it."""
        try:
            self._scene.messages.delete(self._scene.messages.any(body.get("message_id")))
        except Refusal:
            raise CallerMistake(f"there is no message {body.get('message_id')!r}", 404) from None
        return {}

    def sees(self, channel: Any, person: Any, limit: int | None = None, before: int | None = None) -> list[Json]:
        """What a person sees in a channel, oldest first: all, or the last `limit` of those before the id `before`."""
        user = self._scene.world.person(person)
        place = self._scene.world.place(channel, user)
        seen = self._scene.messages.visible(place["id"], user["id"])
        if before is not None:
            seen = [message for message in seen if int(message.id) < before]
        return [message.shown(user["id"]) for message in (seen if limit is None else seen[-limit:])]

    def _resolved(self, parts: Parts) -> Resolved:
        return Resolved(self._scene.world, self._scene.files, parts)


def _with(data: Json, resolved: Resolved) -> Json:
    return data | ({"resolved": resolved.data} if resolved.data else {})


def _object(body: Json, key: str) -> Json:
    given: Any = body.get(key) or {}
    if not isinstance(given, dict):
        raise CallerMistake(f"{key!r} is an object of names and values")
    return cast("Json", given)


def _text(body: Json, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise CallerMistake(f"{key!r} is missing")
    return value


def _named(components: list[Json], body: Json, *keys: str) -> Json:
    """The enabled component that has one of these keys as the body says."""
    asked = {key: body[key] for key in keys if key in body}
    if not asked:
        raise CallerMistake(f"{' or '.join(repr(key) for key in keys)} is missing")
    for item in components:
        if all(item.get(key) == value for key, value in asked.items()):
            if item.get("disabled"):
                raise CallerMistake(f"{asked} is disabled")
            return item
    names = [item.get("label") or item.get("custom_id") for item in objects(components)]
    raise CallerMistake(f"the message has no {asked}; it has {names}", 404)
