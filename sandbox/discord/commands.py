"""The application's commands, as the bot synced them, and which of them a person may use where."""

from collections.abc import Callable

from sandbox.discord.permissions import Permission
from sandbox.discord.shapes import DM
from sandbox.discord.wire import CallerMistake, Json
from sandbox.discord.world import World

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
GUILD_CONTEXT, BOT_DM_CONTEXT = 0, 1


class Commands:
    """Commands by guild (None: global). Ids stay the same for a name and type. `changed` is called after each sync."""

    def __init__(self, world: World, changed: Callable[[], None]) -> None:
        self._world = world
        self._changed = changed
        self._by_guild: dict[str | None, list[Json]] = {}

    def listed(self, guild_id: str | None) -> list[Json]:
        """The commands of one scope."""
        return self._by_guild.get(guild_id, [])

    def everything(self) -> list[Json]:
        """What people in the guild can choose from: a command of the guild hides a global one of the same name."""
        found: dict[tuple[str, int], Json] = {}
        for scope in (None, self._world.guild_id):
            found |= {(item["name"], item["type"]): item for item in self.listed(scope)}
        return list(found.values())

    def sync(self, guild_id: str | None, bodies: list[Json]) -> list[Json]:
        """Replace the commands of one scope."""
        old = {(item["name"], item["type"]): item["id"] for item in self.listed(guild_id)}
        made: list[Json] = []
        for body in bodies:
            basic: Json = {"type": 1, "description": "", "default_member_permissions": None, "nsfw": False}
            basic["options"] = []
            item = basic | {key: value for key, value in body.items() if value is not None}
            item |= {"application_id": self._world.bot["id"], "version": self._world.ids.new()}
            item |= {"guild_id": guild_id} if guild_id else {}
            item["id"] = old.get((item["name"], item["type"])) or self._world.ids.new()
            if item["default_member_permissions"] is not None:
                item["default_member_permissions"] = str(item["default_member_permissions"])
            made.append(item)
        self._by_guild[guild_id] = made
        self._changed()
        return made

    def choose(self, name: str, kind: int, person: Json, channel: Json) -> Json:
        """The command that a person means, if the client would show it to them there."""
        for command in self.everything():
            if (command["name"], command["type"]) == (name, kind):
                self._check(command, person, channel)
                return command
        names = ", ".join(item["name"] for item in self.everything() if item["type"] == kind) or "none"
        raise CallerMistake(f"the bot has no command {name!r}; there are: {names}", 404)

    def usable(self, command: Json, person: Json, channel: Json) -> bool:
        """Whether the client would show it to this person there."""
        try:
            self._check(command, person, channel)
        except CallerMistake:
            return False
        return True

    def _check(self, command: Json, person: Json, channel: Json) -> None:
        direct = channel["type"] == DM
        contexts = command.get("contexts")
        if contexts is not None and (BOT_DM_CONTEXT if direct else GUILD_CONTEXT) not in contexts:
            raise CallerMistake(f"{command['name']} cannot be used here", 403)
        if direct:
            if command.get("guild_id"):
                raise CallerMistake(f"{command['name']} belongs to a guild", 403)
            return
        self._world.require_bot()
        if command["nsfw"] and not self._world.above(channel)["nsfw"]:
            raise CallerMistake(f"{command['name']} is for age-restricted channels", 403)
        held = self._world.permissions(person["id"], channel)
        if not held & Permission.USE_APPLICATION_COMMANDS:
            raise CallerMistake(f"{person['username']} may not use commands here", 403)
        needed = command["default_member_permissions"]
        # "0" means: administrators only
        missing = needed is not None and (
            (int(needed) & ~held) or (needed == "0" and not held & Permission.ADMINISTRATOR)
        )
        if missing and not self._world.commands_for_all:
            raise CallerMistake(f"{person['username']} may not use {command['name']}", 403)
