"""Everything that an operator can set, from the environment or a .env file: one object, built once."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.budget import Allowance, Limits, Span, Unit, Whose
from bot.domain.errors import Misconfigured
from bot.domain.language import NAMES
from bot.domain.money import micro
from bot.domain.retention import Keep

WHERE = {
    "DISCORD_TOKEN": "the bot's token. Get it at https://discord.com/developers/applications: your application, Bot.",
    "FAL_KEY": "the key of your fal account. Get it at https://fal.ai/dashboard/keys: Add key, scope API.",
}
EMPTY = BeforeValidator(lambda given: None if given == "" else given)  # as an .env file says nothing
DATABASE = re.compile(r"sqlite\+aiosqlite:|postgres(ql)?(\+asyncpg)?://")  # hosters leave the driver out
OTHER_KIND = (
    "DATABASE_URL: a file as sqlite+aiosqlite:///folder/file.db, or a PostgreSQL server as "
    "postgresql+asyncpg://user:password@host/name."
)
Films = Annotated[int | None, Field(ge=0), EMPTY]
Days = Annotated[int | None, Field(ge=0, le=36_500), EMPTY]
PUBLIC = re.compile(r"https://[^/]|http://(127\.0\.0\.1|localhost)[:/]")  # plain HTTP is for the sandbox


class Settings(BaseSettings):
    """The bot's settings. Names without prefix are those that the services use; ours begin with ZOETROPE_."""

    model_config = SettingsConfigDict(
        env_prefix="ZOETROPE_", env_file=".env", extra="ignore", populate_by_name=True, use_attribute_docstrings=True
    )

    discord_token: Annotated[SecretStr, Field(validation_alias=AliasChoices("DISCORD_TOKEN"))] = SecretStr("")
    """The bot's token"""
    fal_key: Annotated[SecretStr, Field(validation_alias=AliasChoices("FAL_KEY"))] = SecretStr("")
    """The key of the fal account that pays"""
    database_url: Annotated[str, Field(validation_alias=AliasChoices("DATABASE_URL"))] = ""
    """`sqlite+aiosqlite:///file` or `postgresql+asyncpg://user:password@host/name`; empty: a file in the data folder"""
    public_url: Annotated[str, Field(validation_alias=AliasChoices("PUBLIC_URL"))] = ""
    """Where fal reaches the bot with webhooks, such as `https://films.example.org`; empty: the bot asks fal alone"""
    data: Path = Path("data")
    """The folder for everything that is kept: database, pictures, films"""
    web_host: str = "127.0.0.1"
    """The address at which the bot listens for webhooks, if `PUBLIC_URL` is set"""
    web_port: Annotated[int, Field(ge=0, le=65535)] = 8421
    """The port for that"""
    daily_usd: Annotated[Decimal, Field(ge=0)] = Decimal(2)
    """What one member may spend in a day in one server, in dollars, where that sets nothing else"""
    monthly_usd: Annotated[Decimal | None, Field(ge=0), EMPTY] = None
    """The same for a month; empty: no limit"""
    daily_films: Films = None
    """How many films one member may make in a day in one server, where that sets nothing else; empty: any number"""
    monthly_films: Films = None
    """The same for a month"""
    films_at_once: Annotated[int | None, Field(ge=1), EMPTY] = 5
    """Films that one member may have under way, where his server sets nothing else; empty: any number"""
    confirm_usd: Annotated[Decimal | None, Field(ge=0), EMPTY] = Decimal(1)
    """A member is asked before more than that is spent on a film, in dollars, where his server sets nothing else"""
    server_daily_usd: Annotated[Decimal | None, Field(ge=0), EMPTY] = Decimal(20)
    """What one server may spend in a day (UTC), in dollars, whatever it sets itself; empty: no limit"""
    server_monthly_usd: Annotated[Decimal | None, Field(ge=0), EMPTY] = None
    """The same for a month"""
    server_daily_films: Films = None
    """How many films one server may make in a day (UTC), whatever it sets itself; empty: any number"""
    server_monthly_films: Films = None
    """The same for a month"""
    bot_daily_usd: Annotated[Decimal | None, Field(ge=0), EMPTY] = Decimal(50)
    """What the whole bot may spend in a day (UTC), in dollars: the hard stop; empty: no limit"""
    bot_daily_films: Films = None
    """How many films the whole bot may make in a day (UTC); empty: any number"""
    keep_pictures_days: Days = 365
    """Days for which pictures and sounds are kept, to make a film from them once more; empty: for ever"""
    keep_films_days: Days = 365
    """Days for which films are kept; empty: for ever"""
    keep_prompts_days: Days = 365
    """Days for which prompts and all else that was asked for are kept; empty: for ever"""
    keep_accounts_days: Days = 400
    """Days for which it is kept who spent what and changed settings, at least to the month's end; empty: for ever"""
    keep_left_days: Days = 30
    """Days for which anything of a server is kept that the bot has left; empty: for ever"""
    read_messages: bool = False
    """Whether `/scene` may read a channel's last messages; needs *Message Content Intent* in the developer portal"""
    scene_model: str = "google/gemini-2.5-flash-lite"
    """The language model that drafts scenes, by its id at OpenRouter"""
    scene_usd: Annotated[Decimal, Field(ge=0)] = Decimal("0.01")
    """The most that one draft of a scene is taken to cost, in dollars, until fal says what it did"""
    language: str = "en"
    """What the bot speaks where nobody has chosen anything: `en` or `de`"""
    discord_api: str = ""
    """Another address for Discord's REST API, for a proxy; empty: Discord's own"""
    discord_gateway: str = ""
    """Another address for Discord's gateway; empty: Discord's own"""
    discord_cdn: str = ""
    """Another address for Discord's pictures of people and servers; empty: Discord's own"""

    @property
    def limits(self) -> Limits:
        """The operator's limits, as they are counted: micro-dollars and films."""
        money = {
            Allowance(Whose.MEMBER, Span.DAY, Unit.MONEY): self.daily_usd,
            Allowance(Whose.MEMBER, Span.MONTH, Unit.MONEY): self.monthly_usd,
            Allowance(Whose.SERVER, Span.DAY, Unit.MONEY): self.server_daily_usd,
            Allowance(Whose.SERVER, Span.MONTH, Unit.MONEY): self.server_monthly_usd,
            Allowance(Whose.BOT, Span.DAY, Unit.MONEY): self.bot_daily_usd,
        }
        films = {
            Allowance(Whose.MEMBER, Span.DAY, Unit.FILMS): self.daily_films,
            Allowance(Whose.MEMBER, Span.MONTH, Unit.FILMS): self.monthly_films,
            Allowance(Whose.SERVER, Span.DAY, Unit.FILMS): self.server_daily_films,
            Allowance(Whose.SERVER, Span.MONTH, Unit.FILMS): self.server_monthly_films,
            Allowance(Whose.BOT, Span.DAY, Unit.FILMS): self.bot_daily_films,
        }
        limits: dict[Allowance, int | None] = {one: micro(usd) for one, usd in money.items() if usd is not None}
        limits |= {one: count for one, count in films.items() if count is not None}
        return limits | {Allowance(Whose.MEMBER, Span.ONCE, Unit.FILMS): self.films_at_once}

    @property
    def keep(self) -> Keep:
        """For how long things are kept."""
        return Keep(
            pictures=self.keep_pictures_days,
            films=self.keep_films_days,
            prompts=self.keep_prompts_days,
            accounts=self.keep_accounts_days,
            left=self.keep_left_days,
        )

    @property
    def confirm_above(self) -> int | None:
        """What is asked about before it is spent, in micro-dollars."""
        return None if self.confirm_usd is None else micro(self.confirm_usd)

    @property
    def database(self) -> str:
        """The database's URL, filled in. Raises Misconfigured for one of another kind."""
        if self.database_url and not DATABASE.match(self.database_url):
            raise Misconfigured(OTHER_KIND)
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'zoetrope.db'}"

    def check(self) -> None:
        """Raises Misconfigured with a line for each thing that is missing."""
        given = {"DISCORD_TOKEN": self.discord_token, "FAL_KEY": self.fal_key}
        missing = [f"{name} is missing: {WHERE[name]}" for name, value in given.items() if not value.get_secret_value()]
        if self.database_url and not DATABASE.match(self.database_url):
            missing.append(OTHER_KIND)
        if self.public_url and not PUBLIC.match(self.public_url):
            missing.append("PUBLIC_URL: it begins with https:// and is where fal reaches this machine.")
        if self.language not in NAMES:
            missing.append(f"ZOETROPE_LANGUAGE: it is one of {', '.join(NAMES)}.")
        if missing:
            raise Misconfigured("\n".join([*missing, "Without either you can try the bot right now: zoetrope demo"]))
