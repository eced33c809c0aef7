"""What CONTRIBUTING promises: a new endpoint is one value, a new command one file and one line."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.client import UseCases, Zoetrope
from bot.domain.budget import Allowance, Span, Standing, Unit, Whose, admit
from bot.domain.catalogue import CATALOGUE, IMAGE, PROMPT, SEED
from bot.domain.doors import doors
from bot.domain.endpoint import Endpoint, Kind, Parameter
from bot.domain.errors import Invalid, OverBudget
from bot.domain.job import Job, State
from bot.domain.money import Entry
from bot.domain.order import Attached, Order
from bot.domain.preferences import Preferences
from bot.domain.rules import Judge, Rules
from bot.studio import Asker, Chance, Offer, Studio
from tests import readme

NEW = Endpoint(
    id="somebody/new-model",
    name="new-model",
    command="newmodel",
    title="New Model",
    help="Made in a test",
    parameters=(
        Parameter(name="hum_url", option="hum", kind=Kind.SOUND, help="A sound", low=1, high=9),  # before the picture
        PROMPT,
        IMAGE,
        SEED,
        Parameter(name="seconds", kind=Kind.INTEGER, help="Length", default=4, low=1, high=8),
    ),
    price=lambda arguments: 10_000 * int(arguments["seconds"]),
    unit="seconds",
    unit_price=10_000,
    length=lambda arguments: float(arguments["seconds"]),
    presets={"draft": {"seconds": 2}, "standard": {}, "best": {"seconds": 8}},
    typical_seconds=30,
    sides=(100, 1000),
)
ASKER = Asker(origin="interaction:1", user_id=1, guild_id=2, channel_id=3, application_id=4, interaction_token="token")
IMAGE_OF_MEMBER = {"image": Attached(url="https://cdn.discordapp.com/x", size=1000)}
ANIMATE = Order(
    door="animate",
    media=IMAGE_OF_MEMBER,
    options={"prompt": "a wave", "model": "new-model", "quality": "best", "shape": "wide"},
)
OWN = Order(door="newmodel", media=IMAGE_OF_MEMBER, options={"prompt": "a wave", "seconds": 3, "seed": 7})


class Books:
    """A ledger in memory: what was accepted."""

    def __init__(self) -> None:
        self.accepted: list[Job] = []

    async def accept(self, job: Job, judge: Judge) -> Job:
        job, terms = judge(job, Rules())
        admit(terms, Standing(spent={}), job.price)
        self.accepted.append(job)
        return job

    async def gather(self, job: Job, films: Sequence[Job], judge: Judge, *, at: float) -> tuple[Job, ...]:
        raise AssertionError("nothing is compared here")

    async def find(self, job_id: str) -> Job | None:
        return next((job for job in self.accepted if job.id == job_id), None)

    async def move(self, job: Job, state: State, *, at: float, settle: Entry | None = None, **columns: Any) -> Job:
        return replace(job, state=state, **columns)

    async def note(self, job: Job, **columns: Any) -> Job:
        return replace(job, **columns)


class People:
    """Nobody has chosen anything, or made a film before."""

    async def preferences(self, user_id: int) -> Preferences:
        return Preferences()

    async def repeated(self, job_id: str, user_id: int, origin: str, since: float | None) -> int:
        return 0


class Hands:
    """Takes every job, and carries none."""

    open = True

    def take(self, job: Job) -> None: ...


def studio(books: Books, limit: int = 1_000_000) -> Studio:
    chance = Chance(job_id=lambda: "0123456789", hook_token=lambda: "t", seed=lambda: 42, clock=lambda: 1000.0)
    limits = {Allowance(Whose.MEMBER, Span.DAY, Unit.MONEY): limit}
    return Studio(books, People(), People(), Hands(), Offer(catalogue=(*CATALOGUE, NEW), limits=limits), chance)


def cases(books: Books) -> UseCases:
    """What the cogs find; films alone are asked for here."""
    none: Any = None
    return UseCases(
        studio=studio(books),
        actions=none,
        forms=none,
        messages=none,
        reacting=none,
        complaints=none,
        office=none,
        moderation=none,
        endings=none,
        accounts=none,
        reports=none,
        stories=none,
        comparisons=none,
        archive=none,
        people=none,
        privacy=none,
        scenes=none,
        languages=none,
    )


async def commands() -> dict[str, dict[str, Any]]:
    """All commands as Discord is told them, by name; the new endpoint is among the catalogue."""
    async with Zoetrope(lambda: cases(Books())) as client:
        for name in client.cogs_to_load:
            await client.load_extension(name)
        return {command.name: command.to_dict(client.tree) for command in client.tree.get_commands()}


async def test_a_new_endpoint_is_a_choice_of_the_everyday_command() -> None:
    [model] = [option for option in (await commands())["animate"]["options"] if option["name"] == "model"]
    assert {"name": "New Model: Made in a test", "value": "new-model"} in model["choices"]


async def test_a_new_endpoint_has_a_command_with_all_of_its_parameters() -> None:
    command = (await commands())["newmodel"]
    told = [(option["name"], option["type"], option["required"]) for option in command["options"]]
    assert told == [
        ("prompt", 3, True),
        ("image", 11, True),
        ("hum", 11, False),
        ("seed", 4, False),
        ("seconds", 4, False),
        ("spoiler", 5, False),
    ]
    assert (command["options"][4]["min_value"], command["options"][4]["max_value"]) == (1, 8)


@pytest.mark.parametrize(("order", "seed", "seconds"), [(ANIMATE, 42, 8), (OWN, 7, 3)])
async def test_a_new_endpoint_is_checked_priced_and_accepted(order: Order, seed: int, seconds: int) -> None:
    books = Books()
    job = await studio(books).film(ASKER, order)
    assert books.accepted == [job]
    assert (job.endpoint, job.door) == (NEW.id, order.door)
    assert job.arguments == {"prompt": "a wave", "seed": seed, "seconds": seconds}
    assert job.media == {"image_url": "https://cdn.discordapp.com/x"}
    assert job.price == 10_000 * seconds
    assert (job.title, job.length) == ("New Model", seconds)


async def test_a_sound_goes_where_it_belongs_whatever_the_order_of_the_parameters() -> None:
    hum = Attached(url="https://cdn.discordapp.com/hum", size=1000)
    job = await studio(Books()).film(ASKER, replace(OWN, media={**IMAGE_OF_MEMBER, "hum": hum}))
    assert job.media == {"image_url": "https://cdn.discordapp.com/x", "hum_url": "https://cdn.discordapp.com/hum"}


@pytest.mark.parametrize("gone", CATALOGUE, ids=lambda endpoint: endpoint.name)
def test_any_endpoint_can_be_taken_away(gone: Endpoint) -> None:
    left = doors(tuple(endpoint for endpoint in CATALOGUE if endpoint is not gone))
    assert gone.command not in left
    for door in left.values():
        [model] = [option for option in door.options if option.name == "model"] or [None]
        assert model is None or model.default in model.choices


def test_a_model_that_needs_more_than_pictures_is_behind_its_own_command_alone() -> None:
    needs_sound = replace(
        NEW, parameters=tuple(replace(one, required=True) if one.kind is Kind.SOUND else one for one in NEW.parameters)
    )
    assert needs_sound not in doors((*CATALOGUE, needs_sound))["animate"].endpoints


def test_a_new_endpoint_has_its_rows_in_the_readme() -> None:
    catalogue = (*CATALOGUE, NEW)
    row = "| `new-model` | `/newmodel` | `somebody/new-model` | $0.02, 2.0 s | $0.04, 4.0 s | $0.08, 8.0 s |"
    assert row in readme.models(catalogue)
    assert "| `seconds` | optional | 1 to 8 | `4` | Length |" in readme.own_commands(catalogue)


async def test_a_new_endpoint_has_its_budget_kept_and_its_options_refused() -> None:
    with pytest.raises(OverBudget):
        await studio(Books(), limit=79_999).film(ASKER, ANIMATE)
    with pytest.raises(Invalid, match="`negative` is not an option of New Model"):
        await studio(Books()).film(ASKER, replace(ANIMATE, options={**ANIMATE.options, "negative": "rain"}))
    with pytest.raises(Invalid, match="`seconds` must be between 1 and 8; you gave 9"):
        await studio(Books()).film(ASKER, replace(OWN, options={**OWN.options, "seconds": 9}))


async def test_a_new_command_is_a_file_and_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hello_cog.py").write_text(
        "import discord\n"
        "from discord import app_commands\n"
        "from discord.ext import commands\n"
        "class Hello(commands.Cog):\n"
        "    @app_commands.command(description='Say hello')\n"
        "    async def hello(self, interaction: discord.Interaction) -> None: ...\n"
        "async def setup(bot: commands.Bot) -> None:\n"
        "    await bot.add_cog(Hello())\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    async with Zoetrope(lambda: cases(Books()), cogs=("cogs.buttons", "hello_cog")) as client:
        for name in client.cogs_to_load:
            await client.load_extension(name)
        assert {command.name for command in client.tree.get_commands()} == {"hello"}


async def test_no_command_breaks_discords_limits() -> None:
    """https://docs.discord.com/developers/interactions/application-commands"""
    told = await commands()
    menus = {name for name, command in told.items() if command["type"] == 3}
    assert menus == {"Animate this", "Morph from this", "Morph to this", "Film details"}
    assert len(menus) <= 5  # which discord.py 2.7.1 takes
    told = {name: command for name, command in told.items() if name not in menus}
    films = {"animate", "morph", *(endpoint.command for endpoint in (*CATALOGUE, NEW))}
    groups = ["admin", "privacy", "story", "help"]
    others = {"usage", "history", "job", "queue", "preferences", "compare", "scene", "compose"}
    assert told.keys() == films | others | {*groups}
    below: list[dict[str, Any]] = []  # subcommands have limits of their own, and the whole of them one as well
    for group in map(told.pop, groups):
        assert len(group["options"]) <= 25
        assert len(json.dumps(group)) <= 8000
        below += group["options"]
    for command in (*told.values(), *below):
        assert len(command["options"]) <= 25
        required = [option["required"] for option in command["options"]]
        assert required == sorted(required, reverse=True)
        texts = [command["name"], command["description"]]
        for option in command["options"]:
            assert re.fullmatch(r"[-_a-z0-9]{1,32}", option["name"])
            assert len(option.get("choices", ())) <= 25
            texts += [option["name"], option["description"]]
            texts += [part for choice in option.get("choices", ()) for part in (choice["name"], choice["value"])]
        assert sum(map(len, texts)) <= 8000
        assert all(1 <= len(text) <= 100 for text in texts)


async def test_the_bot_needs_no_privileged_intent() -> None:
    async with Zoetrope(lambda: cases(Books())) as client:
        wanted = client.intents
    assert [wanted.members, wanted.presences, wanted.message_content] == [False] * 3
