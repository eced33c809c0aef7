"""What a caller can change about the world: boost tier, limits, what the bot may, who is there, channels, threads."""

import re
from dataclasses import dataclass
from typing import Any, cast

from sandbox.discord.announcer import Announcer
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import Buckets
from sandbox.discord.messages import Messages
from sandbox.discord.permissions import Permission
from sandbox.discord.shapes import THREAD
from sandbox.discord.threads import Threads
from sandbox.discord.wire import CallerMistake, Json
from sandbox.discord.world import UPLOAD_LIMITS, World

KEYS = {
    "boost_tier",
    "upload_limit",
    "remove_permission",
    "add_permission",
    "channel",
    "delete_channel",
    "bucket_limit",
    "bucket_window",
    "updates_drop_files",
    "leave_guild",
    "close_dms",
    "open_dms",
    "thread",
    "archive",
    "locked",
    "commands_for_all",
    "message_content",
    "locale",
}
LONGEST_NAME = 100
LOCALE = re.compile(r"[a-z]{2}(-([A-Z]{2}|419))?")  # as those of https://docs.discord.com/developers/reference#locales


@dataclass(frozen=True)
class Reach:
    """What the settings change."""

    world: World
    messages: Messages
    threads: Threads
    interactions: Interactions
    buckets: Buckets
    announcer: Announcer


@dataclass(frozen=True)
class _Plan:
    """A call, read: everything that can be wrong has been refused."""

    tier: int | None
    limit: bool  # whether the limit of files is set, or taken back
    permits: list[tuple[Permission, bool]]
    places: list[Json]
    gone: Json | None
    bucket: tuple[int, float]
    member: bool | None  # whether the bot is to be in the guild
    takers: list[tuple[str, bool]]  # ids of people, and whether they take DMs
    thread: tuple[str, Json] | None  # a name, and the channel below which it is made
    archived: tuple[Json, bool] | None  # a thread, and whether it is locked too
    content: bool  # whether the developer portal lets the bot ask for message content
    locales: dict[str, str]  # the languages of people's clients, by their ids

    @property
    def changes_world(self) -> bool:
        """Whether anybody could see a difference; a thread that is archived tells of itself."""
        some = (self.limit, self.permits, self.gone, self.takers, self.thread)
        return self.tier is not None or self.member is not None or any(some)


class Settings:
    """Applies POST /_sim/discord/set and tells the bot what changed."""

    def __init__(self, reach: Reach) -> None:
        self._world = reach.world
        self._messages = reach.messages
        self._threads = reach.threads
        self._interactions = reach.interactions
        self._buckets = reach.buckets
        self._announcer = reach.announcer

    def apply(self, body: Json) -> Json:
        """All changes of one call; a wrong one changes nothing."""
        plan = self._plan(body)
        if plan.limit:
            self._world.upload_limit = body["upload_limit"]
        if "commands_for_all" in body:  # a guild may change who sees a command (its settings, Integrations)
            self._world.commands_for_all = bool(body["commands_for_all"])
        self._world.message_content = plan.content
        self._world.locales |= plan.locales
        if "updates_drop_files" in body:
            self._interactions.updates_drop_files = bool(body["updates_drop_files"])
        if plan.bucket != (self._buckets.limit, self._buckets.window):
            self._buckets.resize(*plan.bucket)
        if plan.archived:
            self._threads.turn(plan.archived[0], archived=True, locked=plan.archived[1])
        if plan.changes_world:
            self._change(plan)
            self._announcer.world()
        return {}

    def _change(self, plan: _Plan) -> None:
        """Make the world another one, and tell the bot."""
        if plan.tier is not None:
            self._world.boost_tier = plan.tier
            self._announcer.guild()
        for permission, yes in plan.permits:
            for channel in plan.places:
                self._world.permit(permission, channel, yes=yes)
                self._announcer.channel("CHANNEL_UPDATE", channel)
        self._change_places(plan)
        for person, yes in plan.takers:
            (self._world.closed_dms.discard if yes else self._world.closed_dms.add)(person)
        if plan.member is not None and plan.member != self._world.bot_is_member:
            self._world.bot_is_member = plan.member
            self._announcer.membership()

    def _change_places(self, plan: _Plan) -> None:
        if plan.thread:
            self._threads.make(*plan.thread)
        if plan.gone:
            self._remove(plan.gone)

    def _remove(self, place: Json) -> None:
        """A thread goes, or a channel with the threads below it."""
        for thread in [place] if place["type"] == THREAD else self._threads.below(place):
            self._messages.drop_channel(thread["id"])
            self._threads.drop(thread)
        if place["type"] != THREAD:
            del self._world.channels[place["id"]]
            self._messages.drop_channel(place["id"])
            self._announcer.channel("CHANNEL_DELETE", place)

    def _plan(self, body: Json) -> _Plan:
        if strange := set(body) - KEYS:
            raise CallerMistake(f"no setting {', '.join(sorted(strange))}; there are {', '.join(sorted(KEYS))}")
        _number(body, "upload_limit", 0, 1 << 40)
        window: Any = body.get("bucket_window", self._buckets.window)
        if isinstance(window, bool) or not isinstance(window, (int, float)) or window <= 0:
            raise CallerMistake("'bucket_window' is a number of seconds above 0")
        named = body.get("channel")
        return _Plan(
            tier=_number(body, "boost_tier", 0, max(UPLOAD_LIMITS)),
            limit="upload_limit" in body,
            permits=[
                (_permission(body[key]), key == "add_permission")
                for key in ("remove_permission", "add_permission")
                if key in body
            ],
            places=list(self._world.channels.values()) if named is None else [self._channel(named)],
            gone=None if body.get("delete_channel") is None else self._world.named(body["delete_channel"]),
            bucket=(_number(body, "bucket_limit", 1, 10000) or self._buckets.limit, float(window)),
            member=None if (left := _yes_or_no(body, "leave_guild")) is None else not left,
            takers=[
                (self._world.person(body[key])["id"], key == "open_dms")
                for key in ("close_dms", "open_dms")
                if body.get(key) is not None
            ],
            thread=self._thread(body),
            archived=self._archived(body),
            content=self._world.message_content if (yes := _yes_or_no(body, "message_content")) is None else yes,
            locales=self._locales(body),
        )

    def _locales(self, body: Json) -> dict[str, str]:
        given: Any = body.get("locale", {})
        if not isinstance(given, dict):
            raise CallerMistake("'locale' is an object of people and the locales of their clients, such as de")
        chosen = cast("Json", given)
        if any(not isinstance(locale, str) or not LOCALE.fullmatch(locale) for locale in chosen.values()):
            raise CallerMistake("a locale is one of Discord's, such as de or en-GB")
        return {self._world.person(person)["id"]: locale for person, locale in chosen.items()}

    def _thread(self, body: Json) -> tuple[str, Json] | None:
        name = body.get("thread")
        if name is None:
            return None
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
            raise CallerMistake(f"'thread' is a name of 1 to {LONGEST_NAME} characters")
        if name == "dm" or any(name in (place["id"], place["name"]) for place in self._world.places):
            raise CallerMistake(f"there is a channel {name!r} already")
        if body.get("channel") is None:
            raise CallerMistake("'channel' is missing: a thread is made below one")
        return name, self._channel(body["channel"])

    def _archived(self, body: Json) -> tuple[Json, bool] | None:
        locked = _yes_or_no(body, "locked")
        if body.get("archive") is None:
            if locked is not None:
                raise CallerMistake("'locked' needs the thread to 'archive'")
            return None
        thread = self._world.named(body["archive"])
        if thread["type"] != THREAD:
            raise CallerMistake(f"{thread['name']!r} is no thread: only threads are archived")
        return thread, bool(locked)

    def _channel(self, name: Any) -> Json:
        channel = self._world.named(name)
        if channel["type"] == THREAD:
            raise CallerMistake(f"{name!r} is a thread: what it is below has the permissions and the threads")
        return channel


def _permission(name: Any) -> Permission:
    try:
        return Permission[name]
    except (KeyError, TypeError):
        raise CallerMistake(f"there is no permission {name!r}; the names are Discord's, as in SEND_MESSAGES") from None


def _yes_or_no(body: Json, key: str) -> bool | None:
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise CallerMistake(f"{key!r} is true or false")
    return value


def _number(body: Json, key: str, least: int, most: int) -> int | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise CallerMistake(f"{key!r} is a whole number from {least} to {most}")
    return value
