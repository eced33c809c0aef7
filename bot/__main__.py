"""The command line."""

import asyncio
import contextlib
import enum
import gc
import logging
import os
import signal
from collections.abc import Coroutine, Generator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer
from pydantic import ValidationError

from bot.domain.budget import Span, Whose
from bot.domain.errors import Misconfigured
from bot.settings import WHERE, Settings

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turns the pictures of a Discord community into short films.",
)


jobs = typer.Typer(no_args_is_help=True, help="Look at jobs.")
app.add_typer(jobs, name="jobs")
MOST_USD = 100_000


class Fal(enum.StrEnum):
    """Which fal to use."""

    LIVE = enum.auto()
    SANDBOX = enum.auto()


# settings where nothing is paid
PLAY_MONEY = {
    "daily_usd": "100",
    "server_daily_usd": "",
    "bot_daily_usd": "",
    "confirm_usd": "",
}
PLAY_TALK = {"read_messages": "true"}  # and where nobody real says anything
Port = Annotated[int, typer.Option(help="Where the sandbox listens on 127.0.0.1; 0 picks a free port")]


@app.command()
def run(
    sandbox: Annotated[str, typer.Option(help="The URL of a running sandbox, instead of Discord and fal")] = "",
    fal: Annotated[Fal | None, typer.Option(help="`sandbox`: real Discord, films by the stand-in at no cost")] = None,
) -> None:
    """Run the bot."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    for library in ("httpx", "alembic"):  # each look at fal and each migration would be a line
        logging.getLogger(library).setLevel(logging.WARNING)
    with _plainly(), contextlib.ExitStack() as stack:
        if sandbox or fal is Fal.SANDBOX:
            from sandbox import connect

            led = stack.enter_context(connect.to(sandbox, discord=bool(sandbox), fal=fal is not Fal.LIVE))
            os.environ.update(led)
            # never the unfinished jobs of production: what is only played is kept apart
            given = _settings()
            os.environ |= {"ZOETROPE_DATA": str(given.data / "sandbox"), "DATABASE_URL": ""}
            if "127.0.0.1" not in given.public_url:  # the stand-in reaches nothing else
                os.environ["PUBLIC_URL"] = ""
            for name, value in (PLAY_MONEY | (PLAY_TALK if sandbox else {})).items():
                if fal is not Fal.LIVE and name not in given.model_fields_set:
                    os.environ[f"ZOETROPE_{name.upper()}"] = value
        settings = _settings()
        settings.check()
        from bot.app import serve  # here, as it takes a second, and the other commands need none of it

        _until_told_to_stop(serve(settings))


@app.command()
def sandbox(
    port: Port = 8420,
    data: Annotated[Path | None, typer.Option(help="The folder for its certificates; else a temporary one")] = None,
    seed: Annotated[int, typer.Option(help="Makes its ids repeatable")] = 0,
) -> None:
    """Run the stand-ins for Discord and fal alone; prints their URL and keeps running while bots come and go."""
    from sandbox.server import run_sandbox

    with _plainly():
        _until_told_to_stop(run_sandbox(port, data, seed))


@app.command()
def demo(  # noqa: PLR0913 - typer reads the options from these arguments
    port: Port = 8420,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page")] = False,  # noqa: FBT002
    once: Annotated[bool, typer.Option("--once", help="Make one film and exit")] = False,  # noqa: FBT002
    image: Annotated[Path | None, typer.Option(help="The picture that the film begins with")] = None,
    last: Annotated[Path | None, typer.Option(help="The picture that the film ends with")] = None,
    prompt: Annotated[str, typer.Option(help="What should happen")] = "",
    model: Annotated[str, typer.Option(help="wan-2.1, wan-2.2 or wan-2.6")] = "",
    seconds: Annotated[float | None, typer.Option(min=0, help="How long the stand-in renders")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the film goes")] = None,
    fal: Annotated[Fal, typer.Option(help="`live`: stand-in Discord, real fal (needs FAL_KEY)")] = Fal.SANDBOX,
) -> None:
    """Try the bot without any account: the real bot against stand-ins for Discord and fal on this machine."""
    live = fal is Fal.LIVE
    if once:
        from sandbox import once as film

        if image is None or out is None or not prompt:
            raise typer.BadParameter("--once needs --image, --prompt and --out")
        wish = film.Wish(image=image, last=last, prompt=prompt, model=model, seconds=seconds, out=out)
        with _plainly():
            code = _until_told_to_stop(film.once(wish, port=port, live=live))
            raise typer.Exit(143 if code is None else code)
    from sandbox import demo as page

    with _plainly():
        _until_told_to_stop(page.demo(port=port, live=live, browser=not no_browser))


@app.command()
def limits(  # noqa: PLR0913 - typer reads the options from these arguments
    server: Annotated[int, typer.Argument(help="The server's id (snowflake)")],
    who: Annotated[Literal["member", "server"], typer.Option(help="Whom the limit is for")] = "member",
    per: Annotated[Literal["day", "month", "once"], typer.Option(help="Over what time it counts")] = "day",
    usd: Annotated[str | None, typer.Option(help="So much may be spent")] = None,
    films: Annotated[int | None, typer.Option(help="So many films may be made", min=0)] = None,
    role: Annotated[int, typer.Option(help="Only for members with the role of this id")] = 0,
    lift: Annotated[Literal["no limit", "as usual"] | None, typer.Option(help="Take the limit away")] = None,
) -> None:
    """Show what is limited in a server, or set one limit, as /admin limits does there."""
    from bot.office import Lift, Wish
    from bot.operating import limits as limits_of

    with _plainly():
        wish = Wish(
            whose=Whose(who),
            span=Span(per),
            role_id=role,
            usd=_usd(usd),
            films=films,
            lift=Lift(lift) if lift else None,
        )
        typer.echo(asyncio.run(limits_of(_settings(), server, wish)))


def _usd(given: str | None) -> Decimal | None:
    try:
        usd = None if given is None else Decimal(given)
    except ArithmeticError:
        usd = Decimal(-1)
    if usd is not None and not 0 <= usd <= MOST_USD:  # also what is no number at all
        raise Misconfigured(f"--usd: dollars from 0 to {MOST_USD:,}, such as 2.50.")
    return usd


@app.command()
def prices(
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask fal first (needs FAL_KEY)")] = False,  # noqa: FBT002
) -> None:
    """Show what each model costs, for a unit of fal's and for a film; or bring that up to date."""
    from bot.operating import prices as prices_now
    from bot.operating import refresh as refreshed

    with _plainly():
        for line in asyncio.run((refreshed if refresh else prices_now)(_settings())):
            typer.echo(line)


@app.command()
def report(
    server: Annotated[int | None, typer.Argument(help="The server's id (snowflake); without one, all servers")] = None,
    days: Annotated[int, typer.Option(help="In how many days, the last of which is today", min=1, max=366)] = 30,
    csv: Annotated[Path | None, typer.Option(help="Write a table of each day, member and model into this file")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw it into this file (PNG)")] = None,
) -> None:
    """Show what was spent in a server, as /admin report does there, or in each."""
    if server is None and (csv or picture):
        raise typer.BadParameter("--csv and --picture are of one server: please name it")
    from bot import operating

    with _plainly():
        files = operating.Written(table=csv, picture=picture)
        told = (
            operating.reports(_settings(), days)
            if server is None
            else operating.report(_settings(), server, days, files)
        )
        typer.echo(asyncio.run(told))


@jobs.command()
def lost() -> None:
    """List the jobs of which nobody knows whether fal was paid: look for them at https://fal.ai/dashboard/requests."""
    from bot.operating import lost as lost_jobs

    with _plainly():
        for line in asyncio.run(lost_jobs(_settings())) or ["No job is lost."]:
            typer.echo(line)


def _settings() -> Settings:
    """The settings, or the end of the program with a line for each that makes no sense."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]).upper()
            typer.echo(f"{name if name in WHERE else f'ZOETROPE_{name}'}: {problem['msg']}", err=True)
        raise typer.Exit(2) from None


def _until_told_to_stop(work: Coroutine[Any, Any, T]) -> T | None:
    """Run `work` until it ends, or is asked to by SIGTERM; what it gives, None if it was asked to end.

    A second SIGTERM ends the process at once.
    """

    async def guarded() -> T | None:
        gc.freeze()  # what is loaded by now stays: to look through it takes a tenth of a second each time
        gc.enable()
        task, told = asyncio.ensure_future(work), asyncio.Event()

        loop = asyncio.get_running_loop()

        def tell() -> None:
            loop.remove_signal_handler(signal.SIGTERM)
            told.set()
            task.cancel()

        loop.add_signal_handler(signal.SIGTERM, tell)
        try:
            return await task
        except asyncio.CancelledError:
            if not told.is_set():  # Ctrl-C, which asyncio turns into KeyboardInterrupt
                raise
            return None

    return asyncio.run(guarded())


@contextlib.contextmanager
def _plainly() -> Generator[None]:
    """What keeps a command from starting is told in plain lines, and ends it with an exit code."""
    try:
        yield
    except Misconfigured as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def main() -> None:
    """Run the command line."""
    gc.disable()  # until all is loaded, which makes much and nothing to collect: a sixth quicker
    app(prog_name="zoetrope")


if __name__ == "__main__":
    main()
