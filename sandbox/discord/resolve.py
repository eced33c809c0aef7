"""What a person chose — people, channels, roles, files — as ids, with the objects beside them."""

from typing import Any

from sandbox.discord.files import FileStore
from sandbox.discord.wire import CallerMistake, Json, Upload
from sandbox.discord.world import World


class Resolved:
    """Collects the `resolved` object of one interaction. `parts` are the files of the caller's form by name."""

    def __init__(self, world: World, files: FileStore, parts: dict[str, Upload]) -> None:
        self._world = world
        self._files = files
        self._parts = parts
        self.data: dict[str, Json] = {}

    def attachment(self, value: Any) -> str:
        """A file named "@part" → the id of its attachment."""
        made: Json = self._files.store(self.upload(value), self._world.bot["id"], ephemeral=True)
        return self._keep("attachments", made["id"], made)

    def upload(self, value: Any) -> Upload:
        """A file of the form by "@part"."""
        if not isinstance(value, str) or not value.startswith("@") or value[1:] not in self._parts:
            raise CallerMistake(f"{value!r} is no file: it has to be '@' and the name of a part of the form")
        return self._parts[value[1:]]

    def user(self, value: Any) -> str:
        """A person or the bot → the id."""
        bot = self._world.bot
        user = bot if value in (bot["username"], bot["id"]) else self._world.person(value)
        self._keep("members", user["id"], self._world.member(user["id"]))
        return self._keep("users", user["id"], user)

    def channel(self, value: Any) -> str:
        """A channel or thread of the guild → the id."""
        channel = self._world.named(value)
        permissions = {"permissions": str(self._world.app_permissions(channel))}
        return self._keep("channels", channel["id"], channel | permissions)

    def role(self, value: Any) -> str:
        """A role → the id."""
        for role in self._world.roles.values():
            if value in (role["id"], role["name"]):
                return self._keep("roles", role["id"], role)
        raise CallerMistake(f"there is no role {value!r}", 404)

    def mentionable(self, value: Any) -> str:
        """A role or a person → the id."""
        known = {text for role in self._world.roles.values() for text in (role["id"], role["name"])}
        return self.role(value) if value in known else self.user(value)

    def _keep(self, kind: str, key: str, thing: Json) -> str:
        self.data.setdefault(kind, {})[key] = thing
        return key
