"""A small real discord.py bot that uses whatever Discord's client can show, for the tests of the page.

Run it with the URL of a sandbox: `python -m tests.page.props_bot http://127.0.0.1:8420`.
"""

import io
import json
import sys
import urllib.request
from typing import Any

import discord
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

Interaction = discord.Interaction
COLOURS = [discord.SelectOption(label=name, description=f"{name} light") for name in ("Red", "Green", "Blue")]


def picture(colour: str = "teal") -> discord.File:
    """A small picture."""
    data = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(data, "PNG")
    data.seek(0)
    return discord.File(data, f"{colour}.png", description=f"a {colour} picture")


class Form(ui.Modal, title="Tell me everything"):
    """A modal with every kind of field."""

    def __init__(self) -> None:
        super().__init__(custom_id="form")
        short: ui.TextInput[Any] = ui.TextInput(custom_id="short", min_length=2, max_length=40)
        style = discord.TextStyle.paragraph
        long: ui.TextInput[Any] = ui.TextInput(custom_id="long", style=style, default="already here", required=False)
        colour: ui.Select[Any] = ui.Select(custom_id="colour", options=COLOURS)
        whom: ui.UserSelect[Any] = ui.UserSelect(custom_id="whom", required=False, min_values=0)
        files: ui.FileUpload[Any] = ui.FileUpload(custom_id="files", max_values=2)
        pace: ui.RadioGroup[Any] = ui.RadioGroup(custom_id="pace")
        extras: ui.CheckboxGroup[Any] = ui.CheckboxGroup(custom_id="extras", required=False, min_values=0)
        for name in ("slow", "fast"):
            pace.add_option(label=name, value=name)
            extras.add_option(label=f"{name} extra", value=name)
        sure: ui.Checkbox[Any] = ui.Checkbox(custom_id="sure")
        fields = {"Short": short, "Long": long, "Colour": colour, "Whom": whom, "Files": files}
        self.fields: dict[str, Any] = {**fields, "Pace": pace, "Extras": extras, "Sure": sure}
        for text, component in list(self.fields.items())[:5]:
            self.add_item(ui.Label(text=text, component=component, description=f"about {text.lower()}"))

    async def on_submit(self, interaction: Interaction) -> None:
        """Say what was filled in."""
        files = [(item.filename, item.size > 0) for item in self.fields["Files"].values]
        whom = [user.name for user in self.fields["Whom"].values]
        said = [self.fields["Short"].value, self.fields["Long"].value, self.fields["Colour"].values, whom, files]
        await interaction.response.send_message(f"form {json.dumps(said)}", ephemeral=True)


class Choices(ui.Modal, title="Choose"):
    """A modal with the newer fields."""

    def __init__(self) -> None:
        super().__init__(custom_id="choices")
        form = Form()
        for text in ("Pace", "Extras", "Sure"):
            self.add_item(ui.Label(text=text, component=form.fields[text]))
        self.fields = form.fields

    async def on_submit(self, interaction: Interaction) -> None:
        """Say what was chosen."""
        said = [self.fields["Pace"].value, sorted(self.fields["Extras"].values), self.fields["Sure"].value]
        await interaction.response.send_message(f"choices {json.dumps(said)}", ephemeral=True)


class Panel(ui.View):
    """Buttons and selects of the first generation."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.Button(label="Elsewhere", url="https://example.com/"))
        self.add_item(ui.Button(label="Closed", custom_id="closed", disabled=True))

    @ui.button(label="Edit", custom_id="edit", style=discord.ButtonStyle.primary, emoji="✏️")
    async def edit(self, interaction: Interaction, _: Any) -> None:
        await interaction.response.send_modal(Form())

    @ui.button(label="Count", custom_id="count", style=discord.ButtonStyle.success)
    async def count(self, interaction: Interaction, _: Any) -> None:
        text = interaction.message.content if interaction.message else ""
        await interaction.response.edit_message(content=f"counted {int(text.split()[-1]) + 1}")

    @ui.button(label="Silent", custom_id="silent", style=discord.ButtonStyle.danger)
    async def silent(self, interaction: Interaction, _: Any) -> None:
        """Never answers."""

    @ui.select(custom_id="colours", placeholder="Colours", options=COLOURS, min_values=1, max_values=2)
    async def colours(self, interaction: Interaction, select: ui.Select[Any]) -> None:
        await interaction.response.send_message(f"colours {sorted(select.values)}")

    @ui.select(cls=ui.UserSelect, custom_id="who", placeholder="Who")
    async def who(self, interaction: Interaction, select: ui.UserSelect[Any]) -> None:
        await interaction.response.send_message(f"who {[user.name for user in select.values]}")


class Layout(ui.LayoutView):
    """Components of the second generation."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        press: ui.Button[Any] = ui.Button(label="Press", custom_id="press")
        press.callback = self.pressed
        thumbnail: ui.Thumbnail[Any] = ui.Thumbnail("attachment://navy.png", description="a small picture")
        parts: list[ui.Item[Any]] = [
            ui.TextDisplay("## A layout\nwith **bold** words"),
            ui.Section("beside a picture", accessory=thumbnail),
            ui.Separator(spacing=discord.SeparatorSpacing.large),
            ui.MediaGallery(discord.MediaGalleryItem("attachment://teal.png", description="a teal picture")),
            ui.File("attachment://notes.txt"),
            ui.ActionRow(press),
        ]
        self.add_item(ui.Container(*parts, accent_colour=discord.Colour.orange()))

    async def pressed(self, interaction: Interaction) -> None:
        """Tell that it was pressed."""
        await interaction.response.send_message("pressed", ephemeral=True)


@app_commands.command(description="One option of every kind")
@app_commands.describe(text="Some words", count="How many", kind="Which kind", place="A place", note="A picture")
@app_commands.choices(kind=[app_commands.Choice(name=name.title(), value=name) for name in ("plain", "wild")])
async def everything(  # noqa: PLR0913 - the options of a slash command
    interaction: Interaction,
    text: app_commands.Range[str, 2, 20],
    count: app_commands.Range[int, 1, 9] = 1,
    ratio: app_commands.Range[float, 0, 1] = 0.5,
    sure: bool = False,  # noqa: FBT001, FBT002 - an option
    kind: str = "plain",
    place: str = "",
    whom: discord.Member | None = None,
    where: discord.TextChannel | None = None,
    role: discord.Role | None = None,
    note: discord.Attachment | None = None,
) -> None:
    """Say what was given."""
    named = [getattr(item, "name", None) for item in (whom, where, role)]
    said = [text, count, ratio, sure, kind, place, *named, note and note.filename]
    await interaction.response.send_message(f"everything {json.dumps(said)}")


@everything.autocomplete("place")
async def places(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest places."""
    return [app_commands.Choice(name=f"{typed} by the {water}", value=f"{typed}/{water}") for water in ("sea", "lake")]


@app_commands.command(description="Buttons and selects")
async def panel(interaction: Interaction) -> None:
    await interaction.response.send_message("counted 0", view=Panel())


@app_commands.command(description="A layout")
async def layout(interaction: Interaction) -> None:
    files = [picture(), picture("navy"), discord.File(io.BytesIO(b"notes"), "notes.txt")]
    await interaction.response.send_message(view=Layout(), files=files)


@app_commands.command(description="A modal with the newer fields")
async def choose(interaction: Interaction) -> None:
    await interaction.response.send_modal(Choices())


@app_commands.command(description="An embed with everything")
async def embed(interaction: Interaction) -> None:
    shown = discord.Embed(title="A title", description="**bold** and `code`", colour=discord.Colour.teal())
    shown.set_author(name="An author").set_footer(text="A footer").set_image(url="attachment://teal.png")
    shown.add_field(name="Ready", value=f"{discord.utils.format_dt(discord.utils.utcnow(), 'R')}")
    await interaction.response.send_message(embed=shown, file=picture())


admin = app_commands.Group(
    name="admin", description="For moderators", default_permissions=discord.Permissions(manage_guild=True)
)


@admin.command(name="limits", description="Set the limits")
async def limits(interaction: Interaction, films: int) -> None:
    await interaction.response.send_message(f"limits {films}", ephemeral=True)


@app_commands.context_menu(name="Animate this")
async def animate_this(interaction: Interaction, message: discord.Message) -> None:
    """Name the pictures of a message."""
    names = [item.filename for item in message.attachments]
    await interaction.response.send_message(f"animate {names}", ephemeral=True)


class Props(discord.Client):
    """The bot."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)
        commands: list[Any] = [everything, panel, layout, choose, embed, admin, animate_this]
        for command in commands:
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        self.add_view(Panel())
        self.add_view(Layout())
        await self.tree.sync()

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Answer a reaction with the same."""
        if self.user and payload.user_id != self.user.id:
            channel: Any = self.get_channel(payload.channel_id)
            await channel.get_partial_message(payload.message_id).add_reaction(payload.emoji)


def main(url: str) -> None:
    """Run it until it is ended."""
    with urllib.request.urlopen(f"{url}/_sim/connect") as reply:
        services = json.load(reply)["discord"]
    Route.BASE = services["api"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(services["gateway"])
    discord.asset.Asset.BASE = services["cdn"]
    Props().run(services["token"], log_handler=None)


if __name__ == "__main__":
    main(sys.argv[1])
