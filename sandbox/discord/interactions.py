"""Interactions: sent to the bot, answered within 3 s, followed up for 15 min with their token."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.announcer import Announcer
from sandbox.discord.compose import Terms
from sandbox.discord.gateway import Gateway
from sandbox.discord.message import Message
from sandbox.discord.messages import CREATE_FLAGS, EDIT_FLAGS, Messages, Post
from sandbox.discord.permissions import Permission
from sandbox.discord.shapes import DM
from sandbox.discord.wire import (
    EPHEMERAL,
    LOADING,
    Call,
    CallerMistake,
    Clock,
    Json,
    Refusal,
    bad_form,
    unknown,
)
from sandbox.discord.world import World

ANSWER_SECONDS = 3
TOKEN_SECONDS = 15 * 60
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = range(4, 10)
# Callback type → the interactions that may be answered so (6 and 7 also need a message to update).
FOR = {
    REPLY: (COMMAND, COMPONENT, SUBMIT),
    DEFER: (COMMAND, COMPONENT, SUBMIT),
    DEFER_UPDATE: (COMPONENT, SUBMIT),
    UPDATE: (COMPONENT, SUBMIT),
    CHOICES: (AUTOCOMPLETE,),
    MODAL: (COMMAND, COMPONENT),
}


@dataclass(frozen=True)
class Opener:
    """Who caused an interaction, where, and from which message."""

    person: Json
    channel: Json
    source: Message | None = None
    cause: Json | None = None  # the metadata of the interaction that opened a modal


@dataclass
class Interaction:
    """One interaction and how the bot has answered it so far. `message` is what @original means."""

    id: str
    token: str
    kind: int
    data: Json
    opener: Opener
    at: float
    began: float = field(default_factory=time.monotonic)
    acked: int | None = None
    acked_ms: float | None = None
    message: Message | None = None
    choices: list[Json] | None = None
    modal: Json | None = None
    own: set[str] = field(default_factory=set[str])
    answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class OpenModal:
    """A modal in front of a person, until it is submitted and answered."""

    data: Json
    opener: Opener


class Interactions:
    """All interactions by token."""

    def __init__(self, world: World, messages: Messages, gateway: Gateway, announcer: Announcer, clock: Clock) -> None:
        self._world = world
        self._messages = messages
        self._gateway = gateway
        self._announcer = announcer
        self._clock = clock
        self._by_token: dict[str, Interaction] = {}
        self._modals: dict[str, OpenModal] = {}
        self.updates_drop_files = False

    def reset(self) -> None:
        """Forget all interactions and modals."""
        self._by_token.clear()
        self._modals.clear()
        self.updates_drop_files = False

    # ---- the person's side ----

    def start(self, kind: int, data: Json, opener: Opener) -> Interaction:
        """Send an interaction to the bot."""
        place = self._world.channel(opener.channel["id"])  # it may be gone since a modal was opened there
        if place["type"] != DM:
            self._world.require_bot()
        token = secrets.token_urlsafe(60)
        made = Interaction(self._world.ids.new(), token, kind, data, opener, self._clock())
        self._by_token[token] = made
        self._gateway.dispatch("INTERACTION_CREATE", self._payload(made))
        return made

    def modal(self, modal_id: str, person: Json) -> OpenModal:
        """The modal that a person has in front of them."""
        found = self._modals.get(modal_id)
        if not found or found.opener.person["id"] != person["id"]:
            raise CallerMistake(f"{person['username']} has no open modal {modal_id!r}", 404)
        return found

    def close_modal(self, modal_id: str) -> None:
        """The modal was answered and goes away."""
        self._modals.pop(modal_id, None)

    def _payload(self, made: Interaction) -> Json:
        opener, world = made.opener, self._world
        person, channel = opener.person, opener.channel
        held = str(world.permissions(person["id"], channel))
        payload: Json = {"id": made.id, "application_id": world.bot["id"], "type": made.kind, "data": made.data}
        locale = world.locales.get(person["id"], "en-US")
        payload |= {"token": made.token, "version": 1, "locale": locale, "entitlements": []}
        payload |= {"app_permissions": str(world.app_permissions(channel)), "attachment_size_limit": world.limit}
        payload |= world.whereabouts(channel) | {"channel": channel | {"permissions": held}}
        payload["authorizing_integration_owners"] = self._owners(channel)
        if channel["type"] == DM:
            payload |= {"context": 1, "user": person}
        else:
            payload |= {"context": 0, "member": world.members[person["id"]] | {"permissions": held}}
            payload |= {"guild": {"id": world.guild_id, "features": [], "locale": "en-US"}, "guild_locale": "en-US"}
        return payload | ({"message": opener.source.shown(world.bot["id"])} if opener.source else {})

    def _owners(self, channel: Json) -> Json:
        return {"0": "0" if channel["type"] == DM else self._world.guild_id}

    # ---- the bot's side ----

    def callback(self, call: Call) -> Json | None:
        """POST /interactions/{interaction_id}/{interaction_token}/callback"""
        made = self._by_token.get(call.at["interaction_token"])
        if not made or made.id != call.at["interaction_id"]:
            raise unknown(10062, "interaction")
        if made.acked is None and self._clock() - made.at > ANSWER_SECONDS:
            raise unknown(10062, "interaction")
        if made.acked is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        kind: int = call.body["type"]
        updates = kind in (DEFER_UPDATE, UPDATE)
        if made.kind not in FOR.get(kind, ()) or (updates and not made.opener.source):
            raise bad_form("type: this interaction cannot be answered so")
        self._apply(made, kind, call)
        made.acked = kind
        made.acked_ms = round((time.monotonic() - made.began) * 1000, 1)
        made.answered.set()
        return self._told(made) if call.query.get("with_response") in ("1", "true") else None

    def _apply(self, made: Interaction, kind: int, call: Call) -> None:
        data: Json = call.body.get("data") or {}
        if kind in (REPLY, DEFER):
            more: Json = {"type": self._message_type(made), "flags": LOADING if kind == DEFER else 0}
            if made.opener.source:
                more |= self._messages.reference(made.opener.channel, made.opener.source)
            made.message = self._answer(made, call, data, more)
        elif kind in (DEFER_UPDATE, UPDATE) and made.opener.source:
            made.message = self._messages.any(made.opener.source.id)
            if kind == UPDATE:
                listed = {"attachments": [{"id": number} for number in call.files]} if self.updates_drop_files else {}
                self._messages.edit(made.message, listed | data, call.files, self._terms(made, EDIT_FLAGS))
        elif kind == CHOICES:
            made.choices = data["choices"]
        elif kind == MODAL:
            self._open(made, data)
        if made.message:
            made.own.add(made.message.id)

    def _open(self, made: Interaction, data: Json) -> None:
        opener = made.opener
        modal_id = self._world.ids.new()
        made.modal = {"modal_id": modal_id, **data}
        self._modals[modal_id] = OpenModal(
            data, Opener(opener.person, opener.channel, opener.source, self._metadata(made))
        )
        self._announcer.modal(opener.person["id"], made.modal)

    @staticmethod
    def _message_type(made: Interaction) -> int:
        if made.kind != COMMAND:
            return 19
        return 20 if made.data["type"] == 1 else 23

    def _told(self, made: Interaction) -> Json:
        done: Json = {"id": made.id, "type": made.kind}
        if not made.message:
            return {"interaction": done}
        done |= {"response_message_id": made.message.id, "response_message_loading": made.acked == DEFER}
        done["response_message_ephemeral"] = made.message.seen_by is not None
        if made.acked not in (REPLY, UPDATE):
            return {"interaction": done}
        resource = {"type": made.acked, "message": made.message.shown(self._world.bot["id"])}
        return {"interaction": done, "resource": resource}

    def follow_up(self, call: Call) -> Json:
        """POST /webhooks/{webhook_id}/{webhook_token}; right after a deferral it fills the loading message (RR:479)."""
        made = self._of_token(call)
        original = made.message if made.message and self._messages.exists(made.message) else None
        if original and original.flags & LOADING:
            body = {key: value for key, value in call.body.items() if key != "flags"}
            self._messages.edit(original, body, call.files, self._terms(made, EDIT_FLAGS))
            return original.shown(self._world.bot["id"])
        more: Json = {"type": 19, "flags": 0} if original else {}
        if original:
            more |= self._messages.reference(made.opener.channel, original)
        message = self._answer(made, call, call.body, more)
        made.own.add(message.id)
        return message.shown(self._world.bot["id"])

    def response(self, call: Call) -> Message:
        """The message that a webhook route means: @original or one of this token's own."""
        made = self._of_token(call)
        if "message_id" not in call.at:
            if not made.message:
                raise unknown(10008, "Message")
            return self._messages.any(made.message.id)
        if call.at["message_id"] not in made.own:
            raise unknown(10008, "Message")
        return self._messages.any(call.at["message_id"])

    def edit(self, call: Call) -> Json:
        """PATCH of a message through the token."""
        message = self.response(call)
        terms = self._terms(self._of_token(call), EDIT_FLAGS)
        return self._messages.edit(message, call.body, call.files, terms).shown(self._world.bot["id"])

    def _of_token(self, call: Call) -> Interaction:
        made = self._by_token.get(call.at["webhook_token"])
        wrong = not made or call.at["webhook_id"] != self._world.bot["id"]
        if not made or wrong or self._clock() - made.at > TOKEN_SECONDS:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        if made.acked is None:
            raise unknown(10015, "Webhook")
        return made

    def _answer(self, made: Interaction, call: Call, body: Json, more: Json) -> Message:
        """A new message through the token; no channel permission of the bot is asked for (AC:140-144)."""
        bot = self._world.bot
        channel = self._world.channel(made.opener.channel["id"])
        ephemeral = (body.get("flags") or 0) & EPHEMERAL
        ids: Json = {"application_id": bot["id"], "webhook_id": bot["id"], "interaction_metadata": self._metadata(made)}
        terms = self._terms(made, CREATE_FLAGS | EPHEMERAL)
        seen_by = made.opener.person["id"] if ephemeral else None
        body = {key: value for key, value in body.items() if key not in ("message_reference", "nonce")}
        return self._messages.post(Post(bot, channel, body, call.files, terms, ids | more, seen_by))

    def _terms(self, made: Interaction, flags: int) -> Terms:
        held = self._world.app_permissions(made.opener.channel)
        everyone = bool(held & Permission.MENTION_EVERYONE)
        return Terms(self._world.limit, flags, everyone=everyone, answer=True)

    def _metadata(self, made: Interaction) -> Json:
        opener = made.opener
        owners = self._owners(opener.channel)
        meta: Json = {"id": made.id, "type": made.kind, "user": opener.person, "authorizing_integration_owners": owners}
        if made.kind == COMMAND:
            meta |= {"name": made.data["name"], "command_type": made.data["type"]}
            meta |= {"target_message_id": made.data["target_id"]} if "target_id" in made.data else {}
        elif made.kind == COMPONENT and opener.source:
            meta["interacted_message_id"] = opener.source.id
        elif made.kind == SUBMIT:
            meta["triggering_interaction_metadata"] = opener.cause
        return meta


def summary(made: Interaction, viewer_id: str) -> Json:
    """How the bot answered first, for the caller of the control API."""
    kinds: dict[Any, str] = {None: "none", REPLY: "message", UPDATE: "message", MODAL: "modal"}
    kind = kinds.get(made.acked, "deferred")
    answer: Json = {"interaction_id": made.id, "acknowledged_ms": made.acked_ms, "kind": kind}
    if made.message:
        answer["message"] = made.message.shown(viewer_id)
    return answer | ({"modal": made.modal} if made.modal else {})
