"""One film for somebody without any account: asked for in the channel, which is printed line by line, and stored."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.client import Refused, Sandbox, Upload
from sandbox.demo import staged
from sandbox.process import BotProcess
from sandbox.transcript import Transcript

Json = dict[str, Any]

CHANNEL, PERSON = "films", "ada"
PRIMARY = 1  # the style of a button that is meant to be pressed
LONGEST = 15 * 60  # seconds for one film, also by the real fal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One film: what to ask for and where to put it."""

    image: Path
    last: Path | None
    prompt: str
    model: str
    seconds: float | None
    out: Path


async def once(wish: Wish, *, port: int, live: bool) -> int:
    """Make one film and store it, printing the channel line by line. The exit code: 0 with a film, else 1."""
    if problem := _problem(wish):
        return _fail(problem)
    async with staged(port, live=live) as (sandbox, bot):
        try:
            if wish.seconds is not None and not live:
                await sandbox.post("fal/set", {"run_seconds": wish.seconds})
            async with asyncio.timeout(LONGEST):
                code = await _watch(sandbox, bot, *_command(wish), wish.out)
            return await _unfit(sandbox) or code
        except Refused as refusal:
            return _fail(f"The sandbox refuses this: {refusal}")
        except TimeoutError:
            return _fail(f"There is no film after {LONGEST // 60} min.")
        except (aiohttp.ClientError, StopAsyncIteration):
            return _fail("The sandbox ended.")


def _problem(wish: Wish) -> str | None:
    """Why this cannot be wished for."""
    for picture in (wish.image, wish.last):
        if picture and not picture.is_file():
            return f"{picture} is not there."
    if wish.last and wish.model:
        return "--model cannot be chosen with --last: one model alone goes from one picture to another."
    if not wish.out.parent.is_dir():
        return f"{wish.out.parent} is not there, so the film could not be stored."
    return None


def _command(wish: Wish) -> tuple[str, Json]:
    """The command to type, and its options."""
    options: Json = {"prompt": wish.prompt, **({"model": wish.model} if wish.model else {})}
    if wish.last:
        return "morph", {"first": _upload(wish.image), "last": _upload(wish.last), **options}
    return "animate", {"image": _upload(wish.image), **options}


async def _watch(sandbox: Sandbox, bot: BotProcess, name: str, options: Json, out: Path) -> int:
    """Ask for the film and print what happens until it is there or will not come."""
    transcript = Transcript(_people(await sandbox.get("discord/world")))
    shown = " ".join(f"{key}: {value.name if isinstance(value, Upload) else value}" for key, value in options.items())
    print(f"{PERSON:<10} /{name} {shown}", flush=True)
    runs, answered = True, set[str]()
    async with sandbox.events() as events:
        first = await sandbox.command(PERSON, CHANNEL, name, options)
        if first["kind"] == "none":
            return _fail("The bot did not answer within Discord's 3 s.")
        while True:
            messages = await sandbox.messages(CHANNEL, PERSON)
            for line in transcript.news(messages):
                print(line, flush=True)
            film = next(filter(None, map(_film, messages)), None)
            if film and len(messages) == 1:  # the progress message is gone, so the bot has done all it wants to do
                _store(out, await sandbox.download(film["url"]))
                print(f"The film is in {out}.")
                return 0
            if any(_is_refusal(message) for message in messages):
                return 1
            answered |= await _answer(sandbox, [one for one in messages if one["id"] not in answered])
            if not runs:
                return _fail("The bot ended.")
            runs = await bot.outlives(anext(events))


async def _answer(sandbox: Sandbox, messages: list[Json]) -> set[str]:
    """Where the bot asks how to go on, press its first button. The ids of the messages that were answered."""
    answered: set[str] = set()
    for message in messages:
        shown = [button for row in message["components"] for button in row.get("components", ())]
        buttons = [button for button in shown if button.get("style") == PRIMARY]
        if buttons and not _film(message):
            first = {"person": PERSON, "message_id": message["id"], "custom_id": buttons[0]["custom_id"]}
            print(f"{PERSON:<10} presses “{buttons[0]['label']}”", flush=True)
            await sandbox.post("discord/click", first)
            answered.add(message["id"])
    return answered


async def _unfit(sandbox: Sandbox) -> int:
    """Whether the bot asked Discord for anything that Discord would refuse as malformed, as an exit code."""
    unfit = [entry for entry in await sandbox.get("discord/record") if "invalid" in entry]
    return _fail(f"The bot sent what does not fit Discord's API: {unfit[0]['invalid']}") if unfit else 0


def _film(message: Json) -> Json | None:
    return next((file for file in message["attachments"] if file["filename"].endswith(".mp4")), None)


def _is_refusal(message: Json) -> bool:
    """A message for the asker alone, or a card that has turned red."""
    red = any(embed.get("color") == 0xE74C3C for embed in message["embeds"])
    return red or bool(message["flags"] & 64)


def _people(world: Json) -> dict[str, str]:
    return {person["id"]: person["name"] for person in [*world["people"], world["bot"]]}


def _store(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _upload(path: Path) -> Upload:
    return Upload(path.name, path.read_bytes())


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1
