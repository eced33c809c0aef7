"""The control API: people, the weather and the record of the stand-in over HTTP, below /_sim/discord."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from aiohttp import web

from sandbox.discord.commands import Commands
from sandbox.discord.faults import GATEWAY, Faults
from sandbox.discord.form import read_body
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import ANSWER_SECONDS, Interaction, Interactions, summary
from sandbox.discord.people import Parts, People
from sandbox.discord.record import Record
from sandbox.discord.settings import Settings
from sandbox.discord.wire import CallerMistake, Json, Refusal, reply
from sandbox.discord.world import World
from sandbox.events import Events

PATH = "/_sim/discord"
LONGEST_NUMBER = 20  # digits; ids have 19
EVENTS = ("message", "message_update", "message_delete", "reaction", "modal", "typing", "bot")
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Desk:
    """What the control API reaches."""

    world: World
    people: People
    interactions: Interactions
    gateway: Gateway
    events: Events
    faults: Faults
    settings: Settings
    record: Record
    commands: Commands


class Control:
    """The routes of the control API."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[web.RouteDef]:
        """Everything below /_sim/discord but nothing of the other stand-in."""
        people = self._desk.people
        acts = {
            "command": self._act(people.command),
            "menu": self._act(people.menu),
            "click": self._act(people.click),
            "select": self._act(people.select),
            "modal": self._submit,
            "autocomplete": self._autocomplete,
            "react": self._plain(people.react),
            "delete": self._plain(people.delete),
            "message": self._message,
            "set": self._plain(self._desk.settings.apply),
            "fault": self._fault,
        }
        return [
            *(web.post(f"{PATH}/{name}", _guarded(handle)) for name, handle in acts.items()),
            web.get(PATH + "/world", _guarded(self._world)),
            web.get(PATH + "/messages", _guarded(self._messages)),
            web.get(PATH + "/record", _guarded(self._record)),
            web.delete(PATH + "/record", _guarded(self._forget)),
            web.get(PATH + "/mistakes", _guarded(self._mistakes)),
            web.get(PATH + "/events", _guarded(self._events)),
        ]

    # ---- people ----

    def _act(self, act: Callable[[Json, Parts], Interaction]) -> Handle:
        async def handle(request: web.Request) -> web.Response:
            return reply(await self._first_answer(act(*await _read(request))))

        return handle

    @staticmethod
    def _plain(act: Callable[[Json], Json]) -> Handle:
        async def handle(request: web.Request) -> web.Response:
            body, _ = await _read(request)
            return reply(act(body))

        return handle

    async def _submit(self, request: web.Request) -> web.Response:
        body, parts = await _read(request)
        made = self._desk.people.modal(body, parts)
        answer = await self._first_answer(made)
        if made.acked is not None:  # a modal stays open until the bot has answered
            self._desk.interactions.close_modal(str(body["modal_id"]))
        return reply(answer)

    async def _autocomplete(self, request: web.Request) -> web.Response:
        made = self._desk.people.autocomplete(*await _read(request))
        await self._first_answer(made)
        return reply({"choices": made.choices or []})

    async def _message(self, request: web.Request) -> web.Response:
        return reply(self._desk.people.message(*await _read(request)))

    async def _first_answer(self, made: Interaction) -> Json:
        """Wait for the bot as Discord does: 3 s."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await made.answered.wait()
        except TimeoutError:
            pass
        return summary(made, made.opener.person["id"])

    # ---- the weather ----

    async def _fault(self, request: web.Request) -> web.Response:
        body, _ = await _read(request)
        kind, gateway = body.get("kind"), self._desk.gateway
        knows = {"kind", "code"} if kind in GATEWAY else {"kind", "times", "seconds", "match"}
        if unknown := body.keys() - knows:
            raise CallerMistake(f"a fault of kind {kind!r} has no {min(unknown)!r}")
        if kind not in GATEWAY:
            self._desk.faults.order(body)
        elif kind == "gateway_close":
            code = body.get("code", 4000)
            if not isinstance(code, int) or not 1000 <= code <= 4999:
                raise CallerMistake("'code' is a number from 1000 to 4999")
            await gateway.hang_up(code)
        elif kind == "gateway_invalid_session":
            gateway.invalidate()
        elif kind == "gateway_reconnect":
            gateway.ask_to_reconnect()
        else:
            gateway.tear()
        return reply({})

    # ---- looking ----

    async def _world(self, request: web.Request) -> web.Response:
        world = self._desk.world
        channels = [self._place(one) for one in world.places]
        shown = {"premium_tier": world.boost_tier, "upload_limit": world.upload_limit, "channels": channels}
        guild = world.guild()
        names = {key: role["name"] for key, role in world.roles.items()}
        people = [
            {"id": user["id"], "name": name, "roles": [names[role] for role in world.members[user["id"]]["roles"]]}
            for name, user in world.people.items()
        ]
        bot = {"id": world.bot["id"], "name": world.bot["username"], "online": self._desk.gateway.online}
        bot["in_guild"] = world.bot_is_member
        return reply(
            {
                "guilds": [{key: guild[key] for key in ("id", "name")} | shown],
                "people": people,
                "bot": bot,
                "roles": [{key: role[key] for key in ("id", "name", "color")} for role in world.roles.values()],
                "commands": self._commands(request.query.get("person"), request.query.get("channel")),
            }
        )

    def _place(self, place: Json) -> Json:
        world = self._desk.world
        above = world.above(place)
        shown: Json = {"id": place["id"], "name": place["name"], "nsfw": above["nsfw"], "bot_may": world.bot_may(place)}
        if place is above:
            return shown
        about = {key: place["thread_metadata"][key] for key in ("archived", "locked")}
        return shown | {"thread": True, "parent": above["name"], **about}

    def _commands(self, person: str | None, place: str | None) -> list[Json]:
        """The commands; for a person in a place also whether they can use each. In a place that is gone nobody can."""
        commands, world = self._desk.commands, self._desk.world
        if person is None or place is None:
            return commands.everything()
        user = world.person(person)
        try:
            channel = world.place(place, user)
        except CallerMistake:
            return [command | {"usable": False} for command in commands.everything()]
        return [one | {"usable": commands.usable(one, user, channel)} for one in commands.everything()]

    async def _messages(self, request: web.Request) -> web.Response:
        limit, before = _number(request, "limit"), _number(request, "before")
        people, asked = self._desk.people, request.query
        return reply(people.sees(asked.get("channel"), asked.get("person"), limit, before))

    async def _record(self, request: web.Request) -> web.Response:
        entries, limit = list(self._desk.record.entries), _number(request, "limit")
        return reply(entries if limit is None else entries[-limit:])

    async def _forget(self, _: web.Request) -> web.Response:
        self._desk.record.reset()
        return reply({})

    async def _mistakes(self, _: web.Request) -> web.Response:
        return reply(self._desk.record.mistakes)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        person = request.query.get("person")
        viewer = None if person is None else self._desk.world.person(person)["id"]
        return await self._desk.events.stream(request, viewer, EVENTS)


def _guarded(handle: Handle) -> Handle:
    """Answer the caller's mistakes with a sentence."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except CallerMistake as mistake:
            return reply({"error": str(mistake)}, mistake.status)
        except Refusal as refusal:
            return reply({"error": str(refusal.body["message"])}, refusal.status)

    return guarded


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > LONGEST_NUMBER or not int(text):
        raise CallerMistake(f"{name!r} is a whole number above 0")
    return int(text)


async def _read(request: web.Request) -> tuple[Json, Parts]:
    body, parts = await read_body(request)
    if not isinstance(body, dict):
        raise CallerMistake("the body is a JSON object")
    # aiohttp's own client writes file names percent-encoded
    named = {key: upload._replace(name=unquote(upload.name)) for key, upload in parts.items()}
    return cast("dict[str, Any]", body), named
