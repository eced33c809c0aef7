"""How the body of a create or an edit becomes part of a message: text, files, embeds, components, mentions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.discord.files import FileStore
from sandbox.discord.mentions import pings
from sandbox.discord.wire import (
    LOADING,
    SUPPRESS_EMBEDS,
    Files,
    Json,
    Refusal,
    bad_form,
    clone,
    objects,
    walk,
)
from sandbox.discord.world import World

EMPTY: Json = {"content": "", "embeds": [], "components": [], "tts": False}
UNFURLED = ("id", "url", "proxy_url", "width", "height", "content_type")
MOST_FILES = 10


@dataclass(frozen=True)
class Terms:
    """What the writer may: bytes of a file, flags that may be set, embeds, pinging everyone.

    `answer`: this is an answer to an interaction or a follow-up.
    """

    limit: int
    flags: int
    embeds: bool = True
    everyone: bool = False
    answer: bool = False


class Composer:
    """Writes bodies into message objects."""

    def __init__(self, world: World, files: FileStore) -> None:
        self._world = world
        self._files = files

    def write(self, message: Json, body: Json, files: Files, terms: Terms) -> None:
        """Apply a body to a message that nobody sees yet: it may refuse half-way."""
        body = clone(body)
        if not terms.embeds:
            body.pop("embeds", None)  # Discord drops them without a word
        for key, empty in EMPTY.items():
            if key in body:
                message[key] = clone(empty) if body[key] is None else body[key]
        if body.get("flags") is not None:
            message["flags"] = message["flags"] & ~SUPPRESS_EMBEDS | body["flags"] & terms.flags
        message["attachments"] = self._attachments(message, body.get("attachments"), files, terms.limit)
        _show_files(message)
        if not message["flags"] & LOADING and not any(
            message[key] for key in ("content", "embeds", "attachments", "components")
        ):
            raise Refusal(400, 50006, "Cannot send an empty message")
        found = pings(
            self._world,
            message,
            body.get("allowed_mentions"),
            users_only=terms.answer,
            may_everyone=terms.everyone,
        )
        message |= {"mentions": found.users, "mention_roles": found.roles, "mention_everyone": found.everyone}

    def forget(self, message: Json) -> None:
        """A message is gone, and its files with it; those of the message that it answers stay."""
        self._files.drop(json.dumps({key: value for key, value in message.items() if key != "referenced_message"}))

    def _attachments(self, message: Json, listed: list[Json] | None, files: Files, limit: int) -> list[Json]:
        """A listed id keeps an old file, a small number names files[n]; without a list all old ones stay."""
        if any(len(upload.data) > limit for upload in files.values()):
            raise Refusal(413, 40005, "Request entity too large")
        old: dict[str, Json] = {item["id"]: item for item in message["attachments"]}
        wanted: list[Json] = [*old.values(), *({"id": number} for number in files)] if listed is None else listed
        if len(wanted) > MOST_FILES:
            raise Refusal(400, 30015, "Maximum number of attachments in a message reached (10)")
        made: list[Json] = []
        for item in wanted:
            about: Json = {"description": item["description"]} if item.get("description") else {}
            if str(item["id"]) in old:
                made.append(old[str(item["id"])] | about)
            elif int(item["id"]) in files:
                upload = files[int(item["id"])]
                named = upload._replace(name=item.get("filename") or upload.name)
                made.append(self._files.store(named, message["channel_id"]) | about)
            else:
                raise bad_form(f"attachments: files[{item['id']}] was not sent")
        return made


def _show_files(message: Json) -> None:
    """Put stored files where the body says attachment://."""
    uploads: dict[str, Json] = {"attachment://" + item["filename"]: item for item in message["attachments"]}
    shown: set[str] = set()
    for embed in objects(message["embeds"]):
        embed.setdefault("type", "rich")
        for part in objects([embed.get("image"), embed.get("thumbnail")]):
            if used := uploads.get(str(part.get("url"))):
                part["url"] = part["proxy_url"] = used["url"]
                shown.add(used["id"])  # a file that an embed shows leaves the list of attachments
    message["attachments"] = [item for item in message["attachments"] if item["id"] not in shown]
    for number, component in enumerate(walk(message["components"]), 1):
        component.setdefault("id", number)
        for holder in _holders(component):
            emoji = holder.get("emoji")
            if emoji and emoji.get("id", "") is None:
                del emoji["id"]
            _unfurl(holder, uploads)


def _holders(component: Json) -> Iterator[Json]:
    yield component
    yield from objects(component.get("options"))
    yield from objects(component.get("items"))


def _unfurl(holder: Json, uploads: dict[str, Json]) -> None:
    for key in ("media", "file"):
        used = next((uploads.get(str(item.get("url"))) for item in objects([holder.get(key)])), None)
        if used:
            same = {name: used.get(name) for name in UNFURLED}
            holder[key] = same | {"attachment_id": used["id"]}
            if key == "file":
                holder |= {"name": used["filename"], "size": used["size"]}
