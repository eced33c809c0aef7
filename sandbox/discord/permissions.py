"""Discord's permissions: their names, their bits, and what somebody may do in a channel."""

import enum

from sandbox.discord.shapes import THREAD
from sandbox.discord.wire import Json


class Permission(enum.IntFlag):
    """Bits by Discord's names (developers/topics/permissions)."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51


P = Permission
ALL = (1 << 53) - 1
BOT = (
    P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.SEND_MESSAGES_IN_THREADS
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.READ_MESSAGE_HISTORY
    | P.ADD_REACTIONS
)
MEMBER = (
    BOT
    | P.USE_APPLICATION_COMMANDS
    | P.USE_EXTERNAL_EMOJIS
    | P.CREATE_PUBLIC_THREADS
    | P.CHANGE_NICKNAME
    | P.USE_EXTERNAL_APPS
)
# What an application has in its own DM (interactions/receiving-and-responding, app_permissions).
DIRECT = P.ATTACH_FILES | P.EMBED_LINKS | P.MENTION_EVERYONE | P.USE_EXTERNAL_EMOJIS
# What somebody who may not send cannot do either (topics/permissions, implicit permissions).
NEED_SENDING = P.MENTION_EVERYONE | P.SEND_TTS_MESSAGES | P.ATTACH_FILES | P.EMBED_LINKS


def sending(channel: Json) -> P:
    """What one has to be allowed to write there."""
    return P.SEND_MESSAGES_IN_THREADS if channel["type"] == THREAD else P.SEND_MESSAGES


def allowed(member: Json, roles: dict[str, Json], everyone: str, overwrites: list[Json], to_write: P) -> int:
    """The permissions of a member who is not the owner, where these overwrites hold and writing needs `to_write`."""
    held = [everyone, *member["roles"]]
    bits = 0
    for role in held:
        bits |= int(roles[role]["permissions"])
    if bits & P.ADMINISTRATOR:
        return ALL
    by_id = {item["id"]: item for item in overwrites}
    for group in ([everyone], member["roles"], [member["user"]["id"]]):  # Discord's order
        found = [by_id[one] for one in group if one in by_id]
        for item in found:
            bits &= ~int(item["deny"])
        for item in found:
            bits |= int(item["allow"])
    if not bits & P.VIEW_CHANNEL:
        return 0
    return bits if bits & to_write else bits & ~NEED_SENDING
