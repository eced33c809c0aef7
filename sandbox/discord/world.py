"""The guild of the stand-in: its people, roles, channels, boost tier, and who may do what where."""

from typing import Any

from sandbox.discord.permissions import ALL, BOT, DIRECT, MEMBER, Permission, allowed, sending
from sandbox.discord.shapes import (
    DM,
    FOUNDED_MS,
    THREAD,
    new_channel,
    new_guild,
    new_member,
    new_role,
    new_user,
)
from sandbox.discord.wire import EPOCH_MS, CallerMistake, Clock, Ids, Json, Refusal, clone, iso, unknown

CHANNELS = ("general", "films", "nsfw", "readonly")
PEOPLE = {"ada": ["member"], "bob": ["member"], "cyd": ["member"], "mod": ["member", "moderator"], "owner": ["member"]}
BOT_NAME = "zoetrope"
MIB = 1 << 20
UPLOAD_LIMITS = {0: 20 * MIB, 1: 20 * MIB, 2: 50 * MIB, 3: 100 * MIB}  # bytes by boost tier


class World:
    """Who and what there is. Names and ids of people and channels are both understood."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._next = ((FOUNDED_MS + seed % 10**9 * 1000) - EPOCH_MS) << 22
        self.ids = Ids(clock)  # one source for everything: no two things share an id
        self.guild_id = self._founded()
        self.bot: Json = new_user(self._founded(), BOT_NAME) | {"bot": True}
        self.people: dict[str, Json] = {name: new_user(self._founded(), name) for name in PEOPLE}
        self.users: dict[str, Json] = {user["id"]: user for user in (self.bot, *self.people.values())}
        named = {name: self._founded() for name in ("member", "moderator", BOT_NAME)}
        self.roles: dict[str, Json] = {
            self.guild_id: new_role(self.guild_id, "@everyone", 0, 0),
            named["member"]: new_role(named["member"], "member", 1, MEMBER),
            named["moderator"]: new_role(named["moderator"], "moderator", 3, MEMBER | Permission.MANAGE_GUILD),
            named[BOT_NAME]: new_role(named[BOT_NAME], BOT_NAME, 2, BOT) | {"managed": True},
        }
        self.roles[named[BOT_NAME]]["tags"] = {"bot_id": self.bot["id"]}
        self.members = {
            self.people[name]["id"]: new_member(self.people[name], [named[role] for role in roles])
            for name, roles in PEOPLE.items()
        }
        self.members[self.bot["id"]] = new_member(self.bot, [named[BOT_NAME]])
        self._first: dict[str, Json] = {}
        for position, name in enumerate(CHANNELS):
            channel = new_channel(self._founded(), self.guild_id, name, position)
            self._first[channel["id"]] = channel
        self._first_of("nsfw")["nsfw"] = True
        deny = {"id": self.bot["id"], "type": 1, "allow": "0", "deny": str(int(Permission.SEND_MESSAGES))}
        self._first_of("readonly")["permission_overwrites"] = [deny]
        self.channels: dict[str, Json] = {}
        self.threads: dict[str, Json] = {}
        self.dms: dict[str, Json] = {}  # by the person's id
        self.reset()

    def reset(self) -> None:
        """Channels, overwrites, boost tier, limits and who is there as at the start; the ids stay."""
        self.channels = clone(self._first)
        self.bot_is_member = True
        self.closed_dms: set[str] = set()  # ids of people who take no DMs
        self.locales: dict[str, str] = {}  # of people's clients, by their ids, where it is not en-US
        self.commands_for_all = False  # whether the guild lets everybody use every command
        self.message_content = True  # whether that privileged intent is switched on in the developer portal
        self.boost_tier = 0
        self.upload_limit: int | None = None

    def _founded(self) -> str:
        self._next += 1 << 22
        return str(self._next)

    def _first_of(self, name: str) -> Json:
        return next(channel for channel in self._first.values() if channel["name"] == name)

    # ---- finding ----

    def person(self, name: Any) -> Json:
        """The user of a person, by name or id."""
        for known, user in self.people.items():
            if name in (known, user["id"]):
                return user
        if name is None:
            raise CallerMistake("'person' is missing")
        raise CallerMistake(f"nobody is called {name!r}; there are {', '.join(self.people)}", 404)

    def place(self, name: Any, person: Json) -> Json:
        """A channel by name or id; `dm` is the person's own with the bot."""
        if name is None:
            raise CallerMistake("'channel' is missing")
        if name == "dm":
            return self.direct(person["id"])
        direct = self.dms.get(person["id"])
        return direct if direct and name == direct["id"] else self.named(name)

    @property
    def places(self) -> list[Json]:
        """The channels of the guild, and after them its threads."""
        return [*self.channels.values(), *self.threads.values()]

    def named(self, name: Any) -> Json:
        """A channel or thread of the guild, by name or id."""
        for place in self.places:
            if name in (place["id"], place["name"]):
                return place
        raise CallerMistake(f"there is no channel {name!r}", 404)

    def channel(self, channel_id: str) -> Json:
        """A channel or thread of the guild or a DM, as the bot asks for it."""
        found = self.channels.get(channel_id) or self.threads.get(channel_id)
        found = found or next((dm for dm in self.dms.values() if dm["id"] == channel_id), None)
        if not found:
            raise unknown(10003, "Channel")
        return found

    def direct(self, user_id: str) -> Json:
        """The DM channel with a person; it is made at the first use."""
        if user_id not in self.users or user_id == self.bot["id"]:
            raise Refusal(400, 50007, "Cannot send messages to this user")
        if user_id not in self.dms:
            made: Json = {"id": self.ids.new(), "type": DM, "flags": 0, "last_message_id": None}
            self.dms[user_id] = made | {"recipients": [self.users[user_id]]}
        return self.dms[user_id]

    def above(self, place: Json) -> Json:
        """The channel that says what holds in a place: of a thread the one below which it is."""
        return self.channels[place["parent_id"]] if place["type"] == THREAD else place

    def whereabouts(self, channel: Json) -> Json:
        """The ids that say where something happened: no guild in a DM."""
        guild = {"guild_id": self.guild_id} if channel["type"] != DM else {}
        return {"channel_id": channel["id"], **guild}

    # ---- permissions ----

    def permissions(self, user_id: str, channel: Json) -> int:
        """What somebody may do in a channel."""
        if channel["type"] == DM:
            return MEMBER | DIRECT
        if user_id == self.bot["id"] and not self.bot_is_member:
            return 0
        if user_id == self.people["owner"]["id"]:
            return ALL
        overwrites: list[Json] = self.above(channel)["permission_overwrites"]
        return allowed(self.members[user_id], self.roles, self.guild_id, overwrites, sending(channel))

    def bot_may(self, channel: Json) -> list[str]:
        """The names of what the bot may do in a channel."""
        bits = self.permissions(self.bot["id"], channel)
        return [one.name for one in Permission if bits & one and one.name]

    def app_permissions(self, channel: Json) -> int:
        """What an interaction says that the bot may do there."""
        return DIRECT if channel["type"] == DM else self.permissions(self.bot["id"], channel)

    def require(self, channel: Json, *needed: Permission) -> None:
        """Refuse the bot's request where it may not see the channel (50001) or lacks a permission (50013)."""
        bits = self.permissions(self.bot["id"], channel)
        if not bits & Permission.VIEW_CHANNEL:
            raise Refusal(403, 50001, "Missing Access")
        if any(not bits & one for one in needed):
            raise Refusal(403, 50013, "Missing Permissions")

    def require_bot(self) -> None:
        """Refuse what a person asks of a bot that is not in the guild."""
        if not self.bot_is_member:
            raise CallerMistake(f"{self.bot['username']} was removed from this guild: nobody can use it here", 403)

    def require_taker(self, channel: Json) -> None:
        """Refuse to write to a person who takes no DMs, or who shares no guild with the bot (50007)."""
        if channel["type"] != DM:
            return
        if not self.bot_is_member or channel["recipients"][0]["id"] in self.closed_dms:
            raise Refusal(403, 50007, "Cannot send messages to this user")

    def permit(self, permission: Permission, channel: Json, *, yes: bool) -> None:
        """Allow or deny the bot something in a channel, by an overwrite of its own."""
        overwrites: list[Json] = channel["permission_overwrites"]
        own = next((item for item in overwrites if item["id"] == self.bot["id"]), None)
        if not own:
            own = {"id": self.bot["id"], "type": 1, "allow": "0", "deny": "0"}
            overwrites.append(own)
        for key, on in (("allow", yes), ("deny", not yes)):
            bits = int(own[key])
            own[key] = str(bits | permission if on else bits & ~permission)

    # ---- shapes ----

    @property
    def application_flags(self) -> int:
        """The privileged intents of an application in few guilds: members, and message content if it is on."""
        return 1 << 15 | (1 << 19 if self.message_content else 0)

    @property
    def limit(self) -> int:
        """The most bytes of one file that the bot may send."""
        return UPLOAD_LIMITS[self.boost_tier] if self.upload_limit is None else self.upload_limit

    def member(self, user_id: str) -> Json:
        """A member without the user, as it comes with a message."""
        return {key: value for key, value in self.members[user_id].items() if key != "user"}

    def guild(self) -> Json:
        """The guild as GET /guilds/{guild_id} answers it."""
        return new_guild(self.guild_id, self.people["owner"]["id"]) | {
            "premium_tier": self.boost_tier,
            "roles": list(self.roles.values()),
            "approximate_member_count": len(self.members),
            "approximate_presence_count": len(self.members),
        }

    def guild_create(self, *, everybody: bool) -> Json:
        """The guild as the gateway sends it; without the members intent, the bot is the only member listed."""
        members = list(self.members.values()) if everybody else [self.members[self.bot["id"]]]
        active = [one for one in self.threads.values() if not one["thread_metadata"]["archived"]]
        more: Json = {"channels": list(self.channels.values()), "members": members, "threads": active, "presences": []}
        more |= {"joined_at": iso(FOUNDED_MS / 1000), "large": False, "unavailable": False, "voice_states": []}
        more |= {"stage_instances": [], "guild_scheduled_events": [], "member_count": len(self.members)}
        return self.guild() | more
