"""REST about who and what there is: the bot, its application and commands, users, the guild; and the webhooks."""

from sandbox.discord.commands import Commands
from sandbox.discord.front import Route
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Interactions
from sandbox.discord.messages import Messages
from sandbox.discord.wire import Call, Json, Refusal, unknown
from sandbox.discord.world import World

COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"
GUILD = "/guilds/{guild_id}"
HOOK = "/webhooks/{webhook_id}/{webhook_token}"


class IdentityRoutes:
    """Handlers that tell about the world."""

    def __init__(self, world: World, commands: Commands, gateway: Gateway) -> None:
        self._world = world
        self._commands = commands
        self._gateway = gateway

    def table(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/users/@me", self._me),
            Route("GET", "/users/{user_id}", self._user),
            Route("GET", "/oauth2/applications/@me", self._application),
            Route("GET", "/applications/@me", self._application),
            Route("GET", "/gateway", lambda _: {"url": self._gateway.url}),
            Route("GET", "/gateway/bot", self._gateway_bot),
            Route("GET", COMMANDS, lambda _: self._commands.listed(None)),
            Route("PUT", COMMANDS, self._sync),
            Route("GET", GUILD_COMMANDS, self._guild_commands),
            Route("PUT", GUILD_COMMANDS, self._sync),
            Route("GET", GUILD, self._guild),
            Route("GET", GUILD + "/channels", self._channels),
            Route("GET", GUILD + "/roles", self._roles),
            Route("GET", GUILD + "/members/{user_id}", self._member),
        ]

    def _me(self, _: Call) -> Json:
        more = {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None, "bio": ""}
        return self._world.bot | more

    def _user(self, call: Call) -> Json:
        user = self._world.users.get(call.at["user_id"])
        if not user:
            raise unknown(10013, "User")
        return user

    def _application(self, _: Call) -> Json:
        bot = self._world.bot
        app: Json = {"id": bot["id"], "name": bot["username"], "description": "", "summary": "", "icon": None}
        app |= {"bot_public": True, "bot_require_code_grant": False, "verify_key": "0" * 64, "hook": True, "type": None}
        flags = self._world.application_flags
        app |= {"flags": flags, "flags_new": str(flags), "redirect_uris": [], "rpc_origins": []}
        app |= {"eligible_oauth2_scopes": [], "explicit_content_filter": 0, "team": None, "bot": bot}
        app |= {
            "approximate_guild_count": int(self._world.bot_is_member),
            "approximate_user_install_count": 0,
            "interactions_endpoint_url": None,
        }
        app |= {"approximate_user_authorization_count": 0, "role_connections_verification_url": None}
        return app | {"owner": self._world.people["owner"]}

    def _gateway_bot(self, _: Call) -> Json:
        starts = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self._gateway.url, "shards": 1, "session_start_limit": starts}

    def _sync(self, call: Call) -> list[Json]:
        if "guild_id" in call.at:
            self._known(call)
        return self._commands.sync(call.at.get("guild_id"), call.body)

    def _guild_commands(self, call: Call) -> list[Json]:
        return self._commands.listed(self._known(call))

    def _known(self, call: Call) -> str:
        if call.at["guild_id"] != self._world.guild_id:
            raise unknown(10004, "Guild")
        if not self._world.bot_is_member:  # discord/discord-api-docs#1716
            raise Refusal(403, 50001, "Missing Access")
        return self._world.guild_id

    def _guild(self, call: Call) -> Json:
        if not self._world.bot_is_member:  # the guild itself is as if it was not there: discord/discord-api-docs#5840
            raise unknown(10004, "Guild")
        self._known(call)
        return self._world.guild()

    def _channels(self, call: Call) -> list[Json]:
        self._known(call)
        return list(self._world.channels.values())

    def _roles(self, call: Call) -> list[Json]:
        self._known(call)
        return list(self._world.roles.values())

    def _member(self, call: Call) -> Json:
        self._known(call)
        member = self._world.members.get(call.at["user_id"])
        if not member:
            raise unknown(10007, "Member")
        return member


class HookRoutes:
    """Answers to interactions and what follows, through the interaction's token."""

    def __init__(self, world: World, interactions: Interactions, messages: Messages) -> None:
        self._world = world
        self._interactions = interactions
        self._messages = messages

    def table(self) -> list[Route]:
        """The routes; @original comes before the ids."""
        made = [
            Route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self._interactions.callback),
            Route("POST", HOOK, self._interactions.follow_up),
        ]
        for path in (f"{HOOK}/messages/@original", HOOK + "/messages/{message_id}"):
            made.append(Route("GET", path, self._get))
            made.append(Route("PATCH", path, self._interactions.edit))
            made.append(Route("DELETE", path, self._delete))
        return made

    def _get(self, call: Call) -> Json:
        return self._interactions.response(call).shown(self._world.bot["id"])

    def _delete(self, call: Call) -> None:
        self._messages.delete(self._interactions.response(call))
