"""The bot on Discord's side: which cogs it has, which intents it needs, and the one place where errors are told."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.accounts import Accounts
from bot.actions import Actions
from bot.archive import Archive
from bot.comparison import Comparisons
from bot.complaints import Complaints
from bot.components import view
from bot.domain.button import Button
from bot.domain.errors import Refused, Unavailable
from bot.domain.language import say
from bot.ending import Endings
from bot.forms import Forms
from bot.languages import Languages
from bot.messages import Messages
from bot.moderation import Moderation
from bot.office import Office
from bot.people import People
from bot.privacy import Privacy
from bot.reacting import Reacting
from bot.reports import Reports
from bot.scenes import Scenes
from bot.story import Stories
from bot.studio import Studio
from bot.tree import Spoken, Tree

log = logging.getLogger(__name__)

COGS = (
    *("cogs.films", "cogs.buttons", "cogs.usage", "cogs.history", "cogs.preferences", "cogs.privacy"),
    *("cogs.admin", "cogs.moderation", "cogs.story", "cogs.compare", "cogs.scenes", "cogs.drafts", "cogs.help"),
    *("cogs.answers", "cogs.menus", "cogs.reactions"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What can be asked for, whatever the door."""

    studio: Studio  # films
    office: Office  # what a server sets of money
    moderation: Moderation  # what a server lets be made
    actions: Actions  # what is done with films that are there
    forms: Forms  # what is filled in about films
    messages: Messages  # what is made of any message
    reacting: Reacting  # the same by reactions
    complaints: Complaints  # what members report
    endings: Endings  # films that are to be called off or deleted
    accounts: Accounts  # how a member stands
    reports: Reports  # what was spent, with pictures
    stories: Stories  # films that go on where others end
    comparisons: Comparisons  # the same by several models
    archive: Archive  # films that were made and are being made
    people: People  # what members choose for themselves
    privacy: Privacy  # what is kept of people
    scenes: Scenes  # drafts of prompts
    languages: Languages  # which is spoken with whom


class Zoetrope(commands.AutoShardedBot):
    """The Discord client. Its cogs find the use cases here when they are loaded, not before: those are made of this."""

    def __init__(
        self, cases: Callable[[], UseCases], *, cogs: tuple[str, ...] = COGS, reads: bool = False, **options: Any
    ) -> None:
        """`reads` messages, for which Discord wants a privileged intent; all others are not."""
        intents = discord.Intents(guilds=True, guild_reactions=True, message_content=reads)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            **options,
        )
        self._cases, self.cogs_to_load = cases, cogs
        self.tree.error(self.on_command_trouble)

    @property
    def cases(self) -> UseCases:
        """What can be asked for."""
        return self._cases()

    async def setup_hook(self) -> None:
        """Load every cog, or do not start; then tell Discord the commands."""
        for name in self.cogs_to_load:
            await self.load_extension(name)
        await self.tree.set_translator(Spoken(self.cases.languages))
        commands_now = await self.tree.sync()
        log.info("%s knows %s", self.user, ", ".join(f"/{command.name}" for command in commands_now))

    def speak_to(self, interaction: discord.Interaction[Any]) -> None:
        """Answer this in the language of the one who asks."""
        self.cases.languages.speak(interaction.user.id, interaction.locale.value)

    async def on_message(self, message: discord.Message, /) -> None:
        """Messages are no commands."""

    async def on_command_trouble(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """What a command raised."""
        await self.tell_trouble(interaction, getattr(error, "original", error))

    async def tell_trouble(
        self, interaction: discord.Interaction[Any], error: Exception, buttons: Sequence[Button] = (), **beside: Any
    ) -> None:
        """Tell the member what happened; what nobody expected goes to the log under the number that he is given.

        `buttons` are what he may do next, whatever it was; `beside` is put beside the text.
        """
        if isinstance(error, Refused):
            text, buttons = str(error), (*error.buttons, *buttons)
        elif isinstance(error, Unavailable):
            log.warning("interaction %s: %s does not answer: %s", interaction.id, error, error.__cause__)
            text = say(
                "{who} does not answer, so nothing is done and nothing was spent. Please try again in a minute.",
                who=say(str(error)),
            )
        else:
            log.error("interaction %s failed", interaction.id, exc_info=error)
            text = say(
                "Something went wrong in the bot, so nothing is done and nothing was spent. "
                "Please tell whoever runs it; the log has it as {number}.",
                number=interaction.id,
            )
        if buttons:
            beside["view"] = view(buttons)
        answer = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
        try:
            await answer(text, ephemeral=True, **beside)
        except discord.HTTPException:
            log.exception("interaction %s: the member could not be told", interaction.id)
