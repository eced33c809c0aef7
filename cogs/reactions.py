"""Reactions to films: each does what the button of its emoji does, for the member who reacted."""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.components import view
from bot.domain.action import Action, by_emoji
from bot.domain.errors import Stopping, Unavailable, Undeliverable
from bot.domain.job import Job
from bot.reacting import Came
from bot.trouble import translated
from cogs.person import place, reacting
from cogs.questions import Questions
from cogs.returning import MOST_AWAY, Away, looked_through

log = logging.getLogger(__name__)
LINES, LONGEST_LINE = 4, 1000  # in which reactions wait; those to one message wait in the same one
AGAIN = 300.0  # seconds, after which is looked again where Discord did not answer
TOLD, TOLD_SECONDS = 1000, 60.0  # refusals that are remembered, so long: nobody is told the same again and again
LONGEST_TELLING = 100  # what is to be told and asked, which is said one by one


class Reacted(NamedTuple):
    """Somebody's reaction; without `member` he is looked up."""

    channel_id: int
    message_id: int
    user_id: int
    action: Action
    member: discord.Member | None = None


class Reactions(commands.Cog):
    """Listens to reactions, and looks for those that were made while the bot was away."""

    def __init__(self, bot: Zoetrope, again: float = AGAIN) -> None:
        self._bot, self._questions, self._again = bot, Questions(bot), again
        self._lines = [asyncio.Queue[Callable[[], Awaitable[None]]](LONGEST_LINE) for _ in range(LINES)]
        self.missed = asyncio.Event()
        self._telling = asyncio.Queue[Callable[[], Awaitable[None]]](LONGEST_TELLING)
        self._told: OrderedDict[tuple[int, str], float] = OrderedDict()  # to whom, what, and when
        self._later: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def cog_load(self) -> None:
        lines = [*self._lines, self._telling]
        self._tasks = [asyncio.create_task(self._work(line), name="reactions") for line in lines]
        self._tasks.append(asyncio.create_task(self._catch_up(), name="reactions while away"))

    async def cog_unload(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._questions.leave()

    # ---- what is heard ----

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Somebody reacts to something."""
        action, me = by_emoji(event.emoji.name or ""), self._bot.user
        other = me is None or event.user_id == me.id or event.message_author_id not in (None, me.id)
        if action is None or other or event.member is None or event.member.bot:
            return
        reacted = Reacted(event.channel_id, event.message_id, event.user_id, action, event.member)
        self._hear(event.message_id, partial(self._added, reacted))

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Somebody takes one away."""
        if action := by_emoji(event.emoji.name or ""):
            reacted = Reacted(event.channel_id, event.message_id, event.user_id, action)
            self._hear(event.message_id, partial(self._removed, reacted))

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        """A moderator takes all away."""
        self._hear(event.message_id, partial(self._cleared, event.message_id, None))

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        """A moderator takes those of one emoji away."""
        if action := by_emoji(event.emoji.name or ""):
            self._hear(event.message_id, partial(self._cleared, event.message_id, action))

    @commands.Cog.listener()
    async def on_shard_ready(self, _: int) -> None:
        """A new session of a part of the servers: what came since the last one was not heard."""
        self.missed.set()

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Zoetrope]) -> None:
        """A button is pressed, maybe one that a reaction has brought."""
        await self._questions.pressed(interaction)

    def _hear(self, message_id: int, act: Callable[[], Awaitable[None]]) -> None:
        try:
            self._line(message_id).put_nowait(act)
        except asyncio.QueueFull:
            log.warning("too many reactions at once; they are looked for later")
            self.missed.set()

    def _line(self, message_id: int) -> asyncio.Queue[Callable[[], Awaitable[None]]]:
        return self._lines[(message_id >> 22) % LINES]  # by the time of the message, in ms

    # ---- what is done ----

    async def _added(self, reacted: Reacted) -> None:
        cases = self._bot.cases
        job, channel = await cases.reacting.film(reacted.message_id), place(self._bot, reacted.channel_id)
        if job is None or channel is None or channel.id != job.channel_id:
            return
        member = reacted.member or await _fetched(self._bot, channel.guild, reacted.user_id)
        if member is None or member.bot:
            return
        cases.languages.speak(member.id)
        origin = f"reaction:{reacted.message_id}:{member.id}:{reacted.action.name}"
        with contextlib.suppress(Stopping):  # it is heard when the bot is back
            came = await cases.reacting.added(reacting(self._bot, member, channel, origin), job, reacted.action)
            if came.asks or came.told:
                below = channel.get_partial_message(reacted.message_id)
                self.tell(partial(self._answer, member, below, job, reacted.action, came))

    async def _removed(self, reacted: Reacted) -> None:
        cases = self._bot.cases
        if job := await cases.reacting.film(reacted.message_id):
            await cases.reacting.removed(reacted.user_id, job, reacted.action)

    async def _cleared(self, message_id: int, action: Action | None) -> None:
        cases = self._bot.cases
        if job := await cases.reacting.film(message_id):
            await cases.reacting.cleared(job, action)

    def tell(self, say: Callable[[], Awaitable[None]]) -> None:
        """Tell somebody something when it is its turn, or not where too much waits: nobody waits for it."""
        try:
            self._telling.put_nowait(say)
        except asyncio.QueueFull:
            log.warning("too much is to be told at once: a member is not told what came of his reaction")

    async def _answer(
        self, member: discord.Member, below: discord.PartialMessage, job: Job, action: Action, came: Came
    ) -> None:
        self._bot.cases.languages.speak(member.id)
        if came.asks:
            await self._questions.ask(below, job, action)
        if came.told:
            await self.refuse(member, job, came)

    async def refuse(self, member: discord.Member, job: Job, came: Came) -> None:
        """Tell him alone, and not the same within a minute; who takes no direct messages is told nothing."""
        key, now = (member.id, came.told), time.monotonic()
        if now - self._told.get(key, -TOLD_SECONDS) < TOLD_SECONDS:
            return
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > TOLD:
            self._told.popitem(last=False)
        text = f"{came.told}\n-# {job.link}" if job.link else came.told
        try:
            with translated(self._bot):
                await member.send(text, suppress_embeds=True, view=view(came.buttons))
        except (Unavailable, Undeliverable) as error:
            log.info("job %s: a member is not told what came of his reaction: %r", job.id, error)

    # ---- what was not heard ----

    async def _catch_up(self) -> None:
        """Look for what has changed, each time that something may have been missed."""
        while True:
            await self.missed.wait()
            self.missed.clear()
            away = Away(self._bot)
            if not await _guarded(self._look_through(away)) or away.again:
                self._look_later()

    def _look_later(self) -> None:
        """Something did not answer: look for what was not done when it may do so again."""
        loop = asyncio.get_running_loop()
        if self._later is None or self._later.when() <= loop.time():
            self._later = loop.call_later(self._again, self.missed.set)

    async def _look_through(self, away: Away) -> None:
        reactions = self._bot.cases.reacting
        by_channel = await reactions.shown(MOST_AWAY)
        for channel_id, films in by_channel.items():
            channel = place(self._bot, channel_id)
            if channel is None:
                continue
            heard = await reactions.heard(tuple(films.values()))
            async for message_id, user_id, action, there in looked_through(channel, films, heard, away):
                reacted = Reacted(channel_id, message_id, user_id, action)
                act = self._added if there else self._removed
                await self._line(message_id).put(partial(act, reacted))

    async def _work(self, line: asyncio.Queue[Callable[[], Awaitable[None]]]) -> None:
        while True:
            act = await line.get()
            if not await _guarded(act()):
                self._look_later()


async def _guarded(act: Awaitable[None]) -> bool:
    """Do it, in a task of its own; what goes wrong is for the log. False where something did not answer."""
    [error] = await asyncio.gather(act, return_exceptions=True)
    if isinstance(error, Unavailable):
        log.warning("reactions are not heard: %s does not answer: %r", error, error.__cause__)
    elif isinstance(error, BaseException):
        log.error("a reaction failed", exc_info=error)
    return not isinstance(error, Unavailable)


async def _fetched(client: discord.Client, guild: discord.Guild, user_id: int) -> discord.Member | None:
    """A member whom the event did not bring; None where he has left. Raises Unavailable."""
    with contextlib.suppress(Undeliverable), translated(client):
        return await guild.fetch_member(user_id)
    return None


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Reactions(bot))
