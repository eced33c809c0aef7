"""Users, roles, members, channels, threads and the guild, as Discord writes them."""

from sandbox.discord.wire import Json, iso

FOUNDED_MS = 1717200000000  # the world's own ids are the same at every start, so that a bot's database stays true
TEXT, DM, THREAD = 0, 1, 11
A_DAY = 1440  # minutes


def new_user(user_id: str, name: str) -> Json:
    user: Json = {"id": user_id, "username": name, "global_name": name.title(), "discriminator": "0", "avatar": None}
    return user | {"public_flags": 0, "flags": 0, "primary_guild": None}


def new_role(role_id: str, name: str, position: int, permissions: int) -> Json:
    role: Json = {"id": role_id, "name": name, "position": position, "permissions": str(int(permissions)), "color": 0}
    role |= {"colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False}
    return role | {"managed": False, "mentionable": False, "icon": None, "unicode_emoji": None, "flags": 0}


def new_member(user: Json, roles: list[str]) -> Json:
    member: Json = {"user": user, "roles": roles, "nick": None, "avatar": None, "banner": None, "flags": 0}
    member |= {"joined_at": iso(FOUNDED_MS / 1000), "premium_since": None, "deaf": False, "mute": False}
    return member | {"communication_disabled_until": None, "pending": False}


def new_channel(channel_id: str, guild_id: str, name: str, position: int) -> Json:
    channel: Json = {"id": channel_id, "guild_id": guild_id, "type": TEXT, "name": name, "position": position}
    channel |= {"nsfw": False, "flags": 0, "permission_overwrites": [], "topic": None, "rate_limit_per_user": 0}
    return channel | {"parent_id": None, "last_message_id": None}


def new_thread(thread_id: str, parent: Json, name: str, owner_id: str, now: str) -> Json:
    """A public thread below a text channel; nobody has written into it yet."""
    thread: Json = {"id": thread_id, "guild_id": parent["guild_id"], "parent_id": parent["id"], "type": THREAD}
    thread |= {"name": name, "owner_id": owner_id, "flags": 0, "last_message_id": None, "rate_limit_per_user": 0}
    thread |= {"message_count": 0, "member_count": 1, "total_message_sent": 0}
    about: Json = {"archived": False, "locked": False, "auto_archive_duration": A_DAY}
    return thread | {"thread_metadata": about | {"archive_timestamp": now, "create_timestamp": now}}


def new_guild(guild_id: str, owner_id: str) -> Json:
    nothing = ("icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id")
    nothing += ("afk_channel_id", "system_channel_id", "widget_channel_id", "max_presences", "vanity_url_code")
    nothing += ("rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data")
    zero = ("system_channel_flags", "verification_level", "default_message_notifications", "mfa_level")
    zero += ("explicit_content_filter", "premium_subscription_count", "nsfw_level")
    guild: Json = {"id": guild_id, "name": "Picture House", "owner_id": owner_id, "region": "deprecated"}
    guild |= dict.fromkeys(nothing) | dict.fromkeys(zero, 0)
    guild |= {"features": [], "emojis": [], "stickers": [], "afk_timeout": 300, "preferred_locale": "en-US"}
    guild |= {"widget_enabled": False, "max_members": 500000, "max_stage_video_channel_users": 50, "nsfw": False}
    return guild | {"max_video_channel_users": 25, "premium_progress_bar_enabled": False}
