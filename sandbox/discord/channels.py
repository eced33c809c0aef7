"""REST below /channels and the bot's DMs: messages, reactions, typing, each behind its permission."""

from sandbox.discord.announcer import Announcer
from sandbox.discord.compose import Terms
from sandbox.discord.front import Route
from sandbox.discord.gateway import Gateway
from sandbox.discord.message import Message, concealed
from sandbox.discord.messages import CREATE_FLAGS, EDIT_FLAGS, Messages, Post
from sandbox.discord.permissions import Permission, sending
from sandbox.discord.reactions import Reactions
from sandbox.discord.shapes import DM, THREAD
from sandbox.discord.threads import Threads
from sandbox.discord.wire import Call, Clock, Json, bad_form, unknown
from sandbox.discord.world import World

CHANNEL = "/channels/{channel_id}"
MESSAGE = CHANNEL + "/messages/{message_id}"
REACTIONS = MESSAGE + "/reactions"
REACTION = REACTIONS + "/{emoji_name}"


class ChannelRoutes:
    """Handlers of the routes of a channel."""

    def __init__(
        self, world: World, messages: Messages, threads: Threads, reactions: Reactions, gateway: Gateway
    ) -> None:
        self._world = world
        self._messages = messages
        self._threads = threads
        self._reactions = reactions
        self._gateway = gateway

    def table(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", CHANNEL, self._channel),
            Route("PATCH", CHANNEL, self._turn),
            Route("GET", CHANNEL + "/messages", self._history),
            Route("POST", CHANNEL + "/messages", self._create),
            Route("GET", MESSAGE, self._get),
            Route("PATCH", MESSAGE, self._edit),
            Route("DELETE", MESSAGE, self._delete),
            Route("PUT", REACTION + "/@me", self._react),
            Route("DELETE", REACTION + "/@me", self._unreact),
            Route("DELETE", REACTION + "/{user_id}", self._remove_reaction),
            Route("GET", REACTION, self._who_reacted),
            Route("DELETE", REACTION, self._clear_reactions),
            Route("DELETE", REACTIONS, self._clear_reactions),
            Route("POST", "/users/@me/channels", self._open_dm),
        ]

    # ---- channels ----

    def _at(self, call: Call, *needed: Permission) -> Json:
        channel = self._world.channel(call.at["channel_id"])
        self._world.require(channel, *needed)
        return channel

    def _channel(self, call: Call) -> Json:
        return self._at(call)

    def _turn(self, call: Call) -> Json:
        """Archive, lock or wake a thread; who may write there may wake it, unless it is locked (resources/channel)."""
        thread, wish = self._at(call), call.body
        if thread["type"] != THREAD or set(wish) - {"archived", "locked"}:
            raise bad_form("here a bot can change nothing but whether a thread is archived or locked")
        about: Json = thread["thread_metadata"]
        wakes = wish == {"archived": False} and not about["locked"]
        self._world.require(thread, sending(thread) if wakes else Permission.MANAGE_THREADS)
        self._threads.turn(thread, **{key: wish.get(key, about[key]) for key in ("archived", "locked")})
        return thread

    def _open_dm(self, call: Call) -> Json:
        return self._world.direct(str(call.body["recipient_id"]))

    # ---- messages ----

    def _shown(self, message: Message) -> Json:
        """A message as the bot gets it: emptied without the message content intent, but whole in a DM."""
        bot_id = self._world.bot["id"]
        data = message.shown(bot_id)
        if self._gateway.reads_content or self._world.channel(message.channel_id)["type"] == DM:
            return data
        return concealed(data, bot_id)

    def _history(self, call: Call) -> list[Json]:
        """Without READ_MESSAGE_HISTORY the page is empty, as Discord documents it (resources/message)."""
        channel = self._at(call)
        if not self._world.permissions(self._world.bot["id"], channel) & Permission.READ_MESSAGE_HISTORY:
            return []
        return [self._shown(message) for message in self._messages.history(call)]

    def _found(self, call: Call, *needed: Permission) -> Message:
        channel = self._at(call, *needed)
        return self._messages.public(channel["id"], call.at["message_id"])

    def _get(self, call: Call) -> Json:
        return self._shown(self._found(call, Permission.READ_MESSAGE_HISTORY))

    def _create(self, call: Call) -> Json:
        channel = self._at(call)
        needed = [sending(channel)]
        needed += [Permission.ATTACH_FILES] if call.files else []
        needed += [Permission.READ_MESSAGE_HISTORY] if call.body.get("message_reference") else []
        self._world.require(channel, *needed)
        self._world.require_taker(channel)
        terms = self._terms(channel, CREATE_FLAGS)
        message = self._messages.post(Post(self._world.bot, channel, call.body, call.files, terms))
        nonce = call.body.get("nonce")
        return message.shown(self._world.bot["id"]) | ({} if nonce is None else {"nonce": nonce})

    def _edit(self, call: Call) -> Json:
        message = self._found(call, *([Permission.ATTACH_FILES] if call.files else []))
        terms = self._terms(self._world.channel(message.channel_id), EDIT_FLAGS)
        return self._messages.edit(message, call.body, call.files, terms).shown(self._world.bot["id"])

    def _delete(self, call: Call) -> None:
        message = self._found(call)
        if message.author_id != self._world.bot["id"]:
            self._at(call, Permission.MANAGE_MESSAGES)
        self._messages.delete(message)

    def _terms(self, channel: Json, flags: int) -> Terms:
        held = self._world.permissions(self._world.bot["id"], channel)
        embeds, everyone = bool(held & Permission.EMBED_LINKS), bool(held & Permission.MENTION_EVERYONE)
        return Terms(self._world.limit, flags, embeds=embeds, everyone=everyone)

    # ---- reactions ----

    def _react(self, call: Call) -> None:
        message, emoji = self._found(call, Permission.READ_MESSAGE_HISTORY), call.at["emoji_name"]
        if emoji not in message.reactions:
            self._at(call, Permission.ADD_REACTIONS)  # only a new emoji needs it
        self._reactions.add(message, emoji, self._world.bot)

    def _unreact(self, call: Call) -> None:
        self._reactions.remove(self._found(call), call.at["emoji_name"], self._world.bot)

    def _remove_reaction(self, call: Call) -> None:
        user = self._world.users.get(call.at["user_id"])
        if not user:
            raise unknown(10013, "User")
        own = user["id"] == self._world.bot["id"]
        message = self._found(call, *([] if own else [Permission.MANAGE_MESSAGES]))
        self._reactions.remove(message, call.at["emoji_name"], user)

    def _clear_reactions(self, call: Call) -> None:
        self._reactions.clear(self._found(call, Permission.MANAGE_MESSAGES), call.at.get("emoji_name"))

    def _who_reacted(self, call: Call) -> list[Json]:
        message = self._found(call, Permission.READ_MESSAGE_HISTORY)
        who = sorted(message.reactions.get(call.at["emoji_name"], []), key=int)
        after = int(call.query.get("after", 0))
        page = [user_id for user_id in who if int(user_id) > after][: call.number("limit", 25, 100)]
        return [self._world.users[user_id] for user_id in page]


class TypingRoute:
    """POST /channels/{channel_id}/typing."""

    def __init__(self, world: World, announcer: Announcer, clock: Clock) -> None:
        self._world = world
        self._announcer = announcer
        self._clock = clock

    def table(self) -> list[Route]:
        """The route."""
        return [Route("POST", CHANNEL + "/typing", self._typing)]

    def _typing(self, call: Call) -> None:
        channel = self._world.channel(call.at["channel_id"])
        self._world.require(channel, sending(channel))
        self._announcer.typing(channel, self._clock())
