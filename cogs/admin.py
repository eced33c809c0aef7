"""/admin: what those who manage a server may set there. Discord shows it to them alone; the office asks once more."""

from decimal import Decimal
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.budget import Span, Whose
from bot.domain.money import micro
from bot.office import Lift, Wish
from cogs import reporting
from cogs.asking import tell
from cogs.person import caller

Whom = Literal["each member", "this server"]
Often = Literal["a day", "a month", "at once"]
Instead = Literal["no limit", "as usual"]
WHOSE = {"each member": Whose.MEMBER, "this server": Whose.SERVER}
SPANS = {"a day": Span.DAY, "a month": Span.MONTH, "at once": Span.ONCE}
Dollars = app_commands.Range[float, 0, 100_000]
MOST_CHOICES = 25  # Discord's limit


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Admin(commands.GroupCog, group_name="admin", group_description="What may be made and spent in this server"):
    """The settings of a server."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    @app_commands.command(description="Show what is limited, or set one limit")
    @app_commands.describe(
        who="Whom the limit is for",
        per="Over what time it counts",
        dollars="So much may be spent",
        films="So many films may be made",
        role="Only for members with this role; of several the most generous counts",
        lift="Take the limit away, or let the usual one of this bot hold again",
        page="Of those that are shown",
    )
    async def limits(  # noqa: PLR0913 - discord.py reads the options from these arguments
        self,
        interaction: discord.Interaction,
        who: Whom = "each member",
        per: Often = "a day",
        dollars: Dollars | None = None,
        films: app_commands.Range[int, 0, 100_000] | None = None,
        role: discord.Role | None = None,
        lift: Instead | None = None,
        page: app_commands.Range[int, 1, 100_000] = 1,
    ) -> None:
        """One limit at a time."""
        usd = None if dollars is None else Decimal(str(dollars))
        wish = Wish(
            whose=WHOSE[who],
            span=SPANS[per],
            role_id=role.id if role else 0,
            usd=usd,
            films=films,
            lift=Lift(lift) if lift else None,
            page=page,
        )
        await tell(interaction, self._bot.cases.office.wish(caller(interaction), wish))

    @app_commands.command(description="Let members with a role have no limits of their own")
    @app_commands.describe(role="The role", exempt="Whether they are exempt")
    async def roles(self, interaction: discord.Interaction, role: discord.Role, exempt: bool) -> None:  # noqa: FBT001 - an option
        """Exempt a role, or not."""
        await tell(interaction, self._bot.cases.office.exempt(caller(interaction), role.id, exempt=exempt))

    @app_commands.command(description="Give a member credit beyond his limits")
    @app_commands.describe(member="Who gets it", dollars="How much; a negative number takes credit back")
    async def grant(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        dollars: app_commands.Range[float, -100_000, 100_000],
    ) -> None:
        """Bonus credit."""
        await tell(interaction, self._bot.cases.office.grant(caller(interaction), member.id, Decimal(str(dollars))))

    @app_commands.command(description="Set at whose midnight budgets renew")
    @app_commands.describe(timezone="A name such as Europe/Berlin")
    async def timezone(self, interaction: discord.Interaction, timezone: str) -> None:
        """The time zone."""
        await tell(interaction, self._bot.cases.office.clock(caller(interaction), timezone))

    @timezone.autocomplete("timezone")
    async def _timezones(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        wanted = typed.casefold().replace(" ", "_")
        found = [name for name in self._bot.cases.office.zones if wanted in name.casefold()]
        return [app_commands.Choice(name=name, value=name) for name in found[:MOST_CHOICES]]

    @app_commands.command(description="Set what a film may cost before its owner is asked first")
    @app_commands.describe(dollars="What costs more is asked about")
    async def confirm(self, interaction: discord.Interaction, dollars: Dollars) -> None:
        """The threshold."""
        above = micro(Decimal(str(dollars)))
        await tell(interaction, self._bot.cases.office.confirm(caller(interaction), above))

    @app_commands.command(description="Let nothing new be made; films under way are finished")
    async def pause(self, interaction: discord.Interaction) -> None:
        """Nothing new."""
        await tell(interaction, self._bot.cases.office.pause(caller(interaction), paused=True))

    @app_commands.command(description="Let films be made again")
    async def resume(self, interaction: discord.Interaction) -> None:
        """Go on."""
        await tell(interaction, self._bot.cases.office.pause(caller(interaction), paused=False))

    @app_commands.command(description="Who changed what in these settings")
    @app_commands.describe(page="1 has the newest")
    async def log(self, interaction: discord.Interaction, page: app_commands.Range[int, 1, 100_000] = 1) -> None:
        """The changes."""
        await tell(interaction, self._bot.cases.office.log(caller(interaction), page))

    @app_commands.command(description="What was spent here by day, member and model, with a table for spreadsheets")
    @app_commands.describe(days="In how many days, the last of which is today")
    async def report(self, interaction: discord.Interaction, days: app_commands.Range[int, 1, 366] = 30) -> None:
        """What was spent."""
        await reporting.report(interaction, self._bot.cases.reports, caller(interaction), days)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Admin(bot))
