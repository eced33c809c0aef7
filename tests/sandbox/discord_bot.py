"""A small real discord.py bot, unmodified, for the tests of the stand-in."""

import asyncio
import io
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands, ui
from PIL import Image

PATIENCE = 8.0


def picture(width: int = 64, height: int = 48) -> bytes:
    """A small PNG."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, "PNG")
    return data.getvalue()


def file(name: str, size: int = 10) -> discord.File:
    """A file of the bot."""
    return discord.File(io.BytesIO(b"x" * size), name)


class Waiter:
    """Things that happened, by name; whoever waits is woken up by them."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self._news = asyncio.Condition()

    async def happened(self, *entry: Any) -> None:
        async with self._news:
            self.seen.append(entry)
            self._news.notify_all()

    async def until(self, name: str, count: int = 1) -> tuple[Any, ...]:
        """The count-th entry of a name."""
        async with self._news, asyncio.timeout(PATIENCE):
            await self._news.wait_for(lambda: len(self._of(name)) >= count)
            return self._of(name)[count - 1]

    def _of(self, name: str) -> list[tuple[Any, ...]]:
        return [entry for entry in self.seen if entry[0] == name]


class Change(ui.Modal, title="Change it"):
    prompt: ui.TextInput[Any] = ui.TextInput(label="Prompt", max_length=500)

    def __init__(self) -> None:
        super().__init__(custom_id="change modal")
        self.seed: ui.TextInput[Any] = ui.TextInput(custom_id="seed", required=False)
        self.reference: ui.FileUpload[Any] = ui.FileUpload(custom_id="reference", required=False)
        self.add_item(ui.Label(text="Seed", component=self.seed))
        self.add_item(ui.Label(text="Reference", component=self.reference))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        sizes = [item.size for item in self.reference.values]
        await interaction.response.edit_message(content=f"{self.prompt.value} with {self.seed.value} {sizes}")


class Buttons(ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content="again", attachments=[])

    @ui.button(label="Update", custom_id="update")
    async def update(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content="updated")

    @ui.button(label="Change", custom_id="change")
    async def change(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.send_modal(Change())

    @ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")
        await interaction.followup.send("only for you", ephemeral=True)

    @ui.button(label="Closed", custom_id="closed", disabled=True)
    async def closed(self, interaction: discord.Interaction, _: Any) -> None: ...

    @ui.select(
        custom_id="colour",
        options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue", value="b")],
        max_values=2,
    )
    async def colour(self, interaction: discord.Interaction, select: ui.Select[Any]) -> None:
        await interaction.response.send_message(f"chose {sorted(select.values)}")

    @ui.select(cls=ui.UserSelect, custom_id="who")
    async def who(self, interaction: discord.Interaction, select: ui.UserSelect[Any]) -> None:
        await interaction.response.send_message(f"chose {[user.name for user in select.values]}", ephemeral=True)


class Layout(ui.LayoutView):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        video = discord.MediaGalleryItem("attachment://out.mp4", description="a clip")
        again: ui.ActionRow[Any] = ui.ActionRow(ui.Button(label="Again", custom_id="v2"))
        parts: list[ui.Item[Any]] = [ui.TextDisplay("# done"), ui.MediaGallery(video), again]
        self.add_item(ui.Container(*parts))


@dataclass(frozen=True)
class Order:
    """One /make: the interaction and its options."""

    interaction: discord.Interaction
    bot: Any
    image: discord.Attachment | None
    count: int
    style: str
    whom: discord.Member | None


async def make_film(order: Order) -> None:
    interaction = order.interaction
    await interaction.response.defer(thinking=True)
    assert order.image
    data = await order.image.read()
    told = f"{order.image.filename} {len(data)} {order.image.width} {order.count} {order.style}"
    await interaction.edit_original_response(content=told)
    embed = discord.Embed(title="film")
    film = [file("out.mp4", 70000)]
    await interaction.edit_original_response(content="done", attachments=film, embed=embed, view=Buttons())
    more = await interaction.followup.send("more", file=file("more.txt"), wait=True)
    await order.bot.waiter.happened("film", (await interaction.original_response()).attachments[0], more)


async def make_direct(order: Order) -> None:
    answer = await order.interaction.response.send_message("direct", file=file("d.bin"), view=Buttons())
    await order.bot.waiter.happened("direct", answer.message_id)


async def make_defer(order: Order) -> None:
    await order.interaction.response.defer(thinking=True)
    await order.bot.waiter.happened("deferred", order.interaction)


async def make_secret(order: Order) -> None:
    await order.interaction.response.defer(thinking=True, ephemeral=True)
    await order.interaction.followup.send("fills the deferred answer")
    await order.bot.waiter.happened("secret")


async def make_layout(order: Order) -> None:
    await order.interaction.response.send_message(view=Layout(), file=file("out.mp4"))


async def make_modal(order: Order) -> None:
    await order.interaction.response.send_modal(Change())


async def make_wait(order: Order) -> None:
    await order.bot.waiter.happened("waiting", order.interaction)
    await order.bot.go_on.wait()
    await order.interaction.response.defer()


async def make_twice(order: Order) -> None:
    response = order.interaction.response
    await response.defer()
    response._response_type = None  # pyright: ignore[reportPrivateUsage]  # the library would not send it
    await response.defer()


async def make_plain(order: Order) -> None:
    name = order.whom.name if order.whom else None
    held, limit = order.interaction.app_permissions.value, order.interaction.filesize_limit
    await order.interaction.response.send_message(f"plain {order.count} {order.style} {name} {held} {limit}")


MAKE = {
    "film": make_film,
    "direct": make_direct,
    "defer": make_defer,
    "secret": make_secret,
    "layout": make_layout,
    "modal": make_modal,
    "wait": make_wait,
    "twice": make_twice,
    "plain": make_plain,
}


@app_commands.command(description="Make a thing")
@app_commands.choices(
    style=[app_commands.Choice(name="Plain", value="plain"), app_commands.Choice(name="Wild", value="wild")]
)
async def make(  # noqa: PLR0913  # the options of a slash command
    interaction: discord.Interaction,
    what: app_commands.Range[str, 3, 20],
    image: discord.Attachment | None = None,
    count: app_commands.Range[int, 1, 4] = 1,
    style: str = "plain",
    whom: discord.Member | None = None,
) -> None:
    """What the bot does depends on `what`."""
    await MAKE[what](Order(interaction, interaction.client, image, count, style, whom))


@make.autocomplete("what")
async def suggestions(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{current} slowly", value="slow")]


admin = app_commands.Group(
    name="admin", description="For moderators", default_permissions=discord.Permissions(manage_guild=True)
)


@admin.command(description="Set the quota")
async def quota(interaction: discord.Interaction, films: int) -> None:
    await interaction.response.send_message(f"quota {films}", ephemeral=True)


@app_commands.context_menu(name="Animate this")
async def animate(interaction: discord.Interaction, message: discord.Message) -> None:
    sizes = [len(await attachment.read()) for attachment in message.attachments]
    await interaction.response.send_message(f"{message.content} {sizes}", ephemeral=True)


class Bot(discord.Client):
    """The bot under test."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.tree.error(self.failed)
        commands: list[Any] = [make, admin, animate]
        for command in commands:
            self.tree.add_command(command)
        self.waiter = Waiter()
        self.go_on = asyncio.Event()
        self.synced: list[app_commands.AppCommand] = []

    async def failed(self, _: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await self.waiter.happened("error", getattr(error, "original", error))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library sleeps 5 s here before it logs in again."""

    async def setup_hook(self) -> None:
        self.add_view(Buttons())
        self.synced = await self.tree.sync()

    async def on_ready(self) -> None:
        await self.waiter.happened("ready")

    async def on_resumed(self) -> None:
        await self.waiter.happened("resumed")

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        name = payload.member.name if payload.member else None
        await self.waiter.happened("reaction", str(payload.emoji), name, payload.message_author_id)

    async def on_message(self, message: discord.Message) -> None:
        await self.waiter.happened("message", message.content, len(message.attachments))

    async def on_guild_channel_update(self, _: Any, after: discord.abc.GuildChannel) -> None:
        await self.waiter.happened("channel update", after.name)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        await self.waiter.happened("channel create", channel.name)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.waiter.happened("channel delete", channel.name)
