"""What a caller can change about the world: boost tier, limits, permissions of the bot, channels, rate limits."""

from dataclasses import dataclass
from typing import Any

from sandbox.discord.announcer import Announcer
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import Buckets
from sandbox.discord.messages import Messages
from sandbox.discord.permissions import Permission
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
}


@dataclass(frozen=True)
class _Plan:
    """A call, read: everything that can be wrong has been refused."""

    tier: int | None
    limit: bool  # whether the limit of files is set, or taken back
    permits: list[tuple[Permission, bool]]
    places: list[Json]
    gone: Json | None
    bucket: tuple[int, float]

    @property
    def changes_world(self) -> bool:
        """Whether anybody could see a difference."""
        return self.tier is not None or self.limit or bool(self.permits) or self.gone is not None


class Settings:
    """Applies POST /_sim/discord/set and tells the bot what changed."""

    def __init__(
        self,
        world: World,
        messages: Messages,
        interactions: Interactions,
        buckets: Buckets,
        announcer: Announcer,
    ) -> None:
        self._world = world
        self._messages = messages
        self._interactions = interactions
        self._buckets = buckets
        self._announcer = announcer

    def apply(self, body: Json) -> Json:
        """All changes of one call; a wrong one changes nothing."""
        plan = self._plan(body)
        if plan.limit:
            self._world.upload_limit = body["upload_limit"]
        if "updates_drop_files" in body:
            self._interactions.updates_drop_files = bool(body["updates_drop_files"])
        if plan.bucket != (self._buckets.limit, self._buckets.window):
            self._buckets.resize(*plan.bucket)
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
        if plan.gone:
            del self._world.channels[plan.gone["id"]]
            self._messages.drop_channel(plan.gone["id"])
            self._announcer.channel("CHANNEL_DELETE", plan.gone)

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
            gone=None if body.get("delete_channel") is None else self._channel(body["delete_channel"]),
            bucket=(_number(body, "bucket_limit", 1, 10000) or self._buckets.limit, float(window)),
        )

    def _channel(self, name: Any) -> Json:
        for channel in self._world.channels.values():
            if name in (channel["id"], channel["name"]):
                return channel
        raise CallerMistake(f"there is no channel {name!r}", 404)


def _permission(name: Any) -> Permission:
    try:
        return Permission[name]
    except (KeyError, TypeError):
        raise CallerMistake(f"there is no permission {name!r}; the names are Discord's, as in SEND_MESSAGES") from None


def _number(body: Json, key: str, least: int, most: int) -> int | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise CallerMistake(f"{key!r} is a whole number from {least} to {most}")
    return value
