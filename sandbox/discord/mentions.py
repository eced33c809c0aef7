"""Who a message really pings, by its text and its allowed mentions."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.discord.wire import Json, walk
from sandbox.discord.world import World


@dataclass(frozen=True)
class Pings:
    """What goes into `mentions`, `mention_roles` and `mention_everyone`."""

    users: list[Json]
    roles: list[str]
    everyone: bool


def pings(world: World, message: Json, allowed: Json | None, *, users_only: bool, may_everyone: bool) -> Pings:
    """Read the text of a message.

    Without `allowed_mentions` a normal message pings all that it names, an answer to an interaction only users
    (resources/message, allowed mentions object).
    """
    text = _text(message)
    kinds, listed = _allowed(allowed, users_only=users_only)
    users = [one for one in _found(r"<@!?(\d+)>", text) if one in world.users and _may(one, "users", kinds, listed)]
    replied = message.get("referenced_message")
    if replied and (allowed or {}).get("replied_user", allowed is None) and replied["author"]["id"] not in users:
        users.append(replied["author"]["id"])
    roles = [
        one
        for one in _found(r"<@&(\d+)>", text)
        if one in world.roles
        and _may(one, "roles", kinds, listed)
        and (may_everyone or world.roles[one]["mentionable"])
    ]
    everyone = may_everyone and "everyone" in kinds and bool(re.search(r"@(everyone|here)\b", text))
    return Pings([world.users[one] for one in users], roles, everyone)


def _text(message: Json) -> str:
    texts = [message["content"], *(str(item.get("content", "")) for item in walk(message["components"]))]
    return "\n".join(texts)


def _found(pattern: str, text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(pattern, text)))


def _allowed(allowed: Json | None, *, users_only: bool) -> tuple[set[str], dict[str, set[str]]]:
    if allowed is None:
        return ({"users"} if users_only else {"users", "roles", "everyone"}), {}
    given: dict[str, list[Any]] = {kind: allowed.get(kind) or [] for kind in ("users", "roles", "parse")}
    listed = {kind: {str(one) for one in given[kind]} for kind in ("users", "roles")}
    return set(given["parse"]), listed


def _may(one: str, kind: str, kinds: set[str], listed: dict[str, set[str]]) -> bool:
    return kind in kinds or one in listed.get(kind, set())
