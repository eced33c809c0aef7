"""The stand-in for Discord: REST v10, gateway and CDN of one guild, and the control API that plays its people."""

import time
from pathlib import Path

from aiohttp import web

from sandbox.discord.announcer import Announcer
from sandbox.discord.channels import ChannelRoutes, TypingRoute
from sandbox.discord.commands import Commands
from sandbox.discord.compose import Composer
from sandbox.discord.control import Control, Desk
from sandbox.discord.faults import Faults
from sandbox.discord.files import FileStore
from sandbox.discord.front import Checks, Front
from sandbox.discord.gateway import Gateway
from sandbox.discord.identity import HookRoutes, IdentityRoutes
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import Buckets
from sandbox.discord.messages import Messages
from sandbox.discord.people import People, Scene
from sandbox.discord.reactions import Reactions
from sandbox.discord.record import Record
from sandbox.discord.settings import Reach, Settings
from sandbox.discord.threads import Threads
from sandbox.discord.validate import load_spec
from sandbox.discord.wire import Clock, Json
from sandbox.discord.world import World
from sandbox.events import Events

TOKEN = "sandbox.bot.token"


class DiscordStandin:
    """One guild, its people and one bot, to be mounted on an aiohttp application.

    `spec` names Discord's OpenAPI description: with it every body is checked. The same `seed` gives the same ids of
    people and channels. `clock` tells the seconds of the day by which deadlines, nonces and rate limits are counted.
    `url` has to be set once the server listens, before a bot connects. `events` takes what happens; without it the
    stand-in has a hub of its own.
    """

    def __init__(
        self, *, spec: Path | None = None, seed: int = 0, clock: Clock = time.time, events: Events | None = None
    ) -> None:
        self.token = TOKEN
        self.url = ""
        self.record = Record()
        checker = load_spec(spec)
        self.checked = checker is not None
        self.world = World(seed, clock)
        self._events = events or Events()
        self._gateway = Gateway(self.world, TOKEN, lambda: self.url, self._bot_changed)
        self._announcer = Announcer(self.world, self._gateway, self._events)
        self._files = FileStore(self.world.ids, clock, lambda: self.url)
        self._threads = Threads(self.world, self._announcer, clock)
        composer = Composer(self.world, self._files)
        self._messages = Messages(self.world, composer, self._threads, self._announcer, clock)
        reactions = Reactions(self._threads, self._announcer)
        self._commands = Commands(self.world, self._announcer.world)
        self._interactions = Interactions(self.world, self._messages, self._gateway, self._announcer, clock)
        self._faults = Faults()
        self._buckets = Buckets(clock)
        self._front = Front(Checks(TOKEN, self._faults, self._buckets, self.record, checker), clock, self._events.tell)
        self._rest = [
            *IdentityRoutes(self.world, self._commands, self._gateway).table(),
            *ChannelRoutes(self.world, self._messages, self._threads, reactions, self._gateway).table(),
            *TypingRoute(self.world, self._announcer, clock).table(),
            *HookRoutes(self.world, self._interactions, self._messages).table(),
        ]
        scene = Scene(self.world, self._files, self._messages, reactions, self._commands, self._interactions)
        self._control = Control(
            Desk(
                world=self.world,
                people=People(scene),
                interactions=self._interactions,
                gateway=self._gateway,
                events=self._events,
                faults=self._faults,
                settings=Settings(
                    Reach(self.world, self._messages, self._threads, self._interactions, self._buckets, self._announcer)
                ),
                record=self.record,
                commands=self._commands,
            )
        )

    def routes(self) -> list[web.RouteDef]:
        """REST under /api/v10, /gateway, the CDN's paths and /_sim/discord."""
        return [
            *self._front.mount(self._rest),
            self._gateway.route(),
            *self._files.routes(self._front.fragile),
            *self._control.routes(),
        ]

    def reset(self) -> None:
        """As new, but connected sessions, synced commands and the ids of people, guild and channels stay.

        A connected bot is told what changed back.
        """
        before, boosted, away = self.world.channels, self.world.boost_tier != 0, not self.world.bot_is_member
        for thread in [*self.world.threads.values()]:
            self._threads.drop(thread)
        for part in (self.world, self._messages, self._interactions, self._files):
            part.reset()
        for part in (self.record, self._faults, self._buckets):
            part.reset()
        if away:
            self._announcer.membership()
        else:
            self._tell_changes(before, boosted=boosted)

    def _tell_changes(self, before: dict[str, Json], *, boosted: bool) -> None:
        for key, channel in self.world.channels.items():
            if key not in before:
                self._announcer.channel("CHANNEL_CREATE", channel)
            elif before[key]["permission_overwrites"] != channel["permission_overwrites"]:
                self._announcer.channel("CHANNEL_UPDATE", channel)
        if boosted:
            self._announcer.guild()

    def waiting_faults(self) -> list[Json]:
        """The faults that are still to strike: {kind, times, seconds, match}."""
        return self._faults.waiting()

    async def close(self) -> None:
        """End gateway connections, event streams and requests that are kept waiting."""
        self._front.close()
        self._events.close()
        await self._gateway.close()

    def _bot_changed(self, online: bool) -> None:  # noqa: FBT001  # a callback with one fact
        name = self.world.bot["username"]
        self._events.publish("bot", lambda _: {"name": name, "online": online})
