"""What CONTRIBUTING promises: a new endpoint is one value, a new command one file and one line."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.client import Zoetrope
from bot.domain.catalogue import CATALOGUE, IMAGE, PROMPT, SEED
from bot.domain.endpoint import Endpoint, Kind, Parameter
from bot.domain.errors import Invalid, OverBudget
from bot.domain.job import Job
from bot.domain.money import Budget
from bot.studio import Animation, Asker, Attached, Chance, Studio
from cogs.animate import animate_command

NEW = Endpoint(
    id="somebody/new-model",
    name="new-model",
    title="New Model",
    help="Made in a test",
    parameters=(
        PROMPT,
        IMAGE,
        SEED,
        Parameter(name="seconds", kind=Kind.INTEGER, help="Length", default=4, low=1, high=8),
    ),
    price=lambda arguments: 10_000 * int(arguments["seconds"]),
    length=lambda arguments: float(arguments["seconds"]),
    presets={"draft": {"seconds": 2}, "standard": {}, "best": {"seconds": 8}},
    typical_seconds=30,
    sides=(100, 1000),
)
ASKER = Asker(origin="interaction:1", user_id=1, guild_id=2, channel_id=3, application_id=4, interaction_token="token")
ASKED = Animation(
    image=Attached(url="https://cdn.discordapp.com/x", size=1000),
    prompt="a wave",
    model="new-model",
    quality="best",
    shape="wide",
    seed=None,
    negative=None,
)


class Books:
    """A ledger in memory: what was accepted."""

    def __init__(self) -> None:
        self.accepted: list[Job] = []

    async def accept(self, job: Job, budget: Budget) -> Job:
        budget.after(sum(one.price for one in self.accepted), job.price)
        self.accepted.append(job)
        return job


def studio(books: Books, limit: int = 1_000_000) -> Studio:
    chance = Chance(job_id=lambda: "0123456789", seed=lambda: 42, clock=lambda: 1000.0)
    return Studio(books, (*CATALOGUE, NEW), limit, chance, lambda job: None)


def test_a_new_endpoint_is_a_choice_of_the_command() -> None:
    command = animate_command(studio(Books()), (*CATALOGUE, NEW))
    [model] = [option for option in command.parameters if option.name == "model"]
    assert ("New Model: Made in a test", "new-model") in [(choice.name, choice.value) for choice in model.choices]


async def test_a_new_endpoint_is_checked_priced_and_accepted() -> None:
    books = Books()
    job = await studio(books).animate(ASKER, ASKED)
    assert books.accepted == [job]
    assert job.endpoint == NEW.id
    assert job.arguments == {"prompt": "a wave", "seed": 42, "seconds": 8}
    assert job.pictures == {"image_url": "https://cdn.discordapp.com/x"}
    assert job.price == 80_000
    assert (job.title, job.length) == ("New Model", 8.0)


async def test_a_new_endpoint_has_its_budget_kept_and_its_options_refused() -> None:
    with pytest.raises(OverBudget):
        await studio(Books(), limit=79_999).animate(ASKER, ASKED)
    with pytest.raises(Invalid, match="`negative` is not an option of New Model"):
        await studio(Books()).animate(ASKER, replace(ASKED, negative="rain"))


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
    async with Zoetrope(studio(Books()), CATALOGUE, cogs=("cogs.animate", "hello_cog")) as client:
        for name in client.cogs_to_load:
            await client.load_extension(name)
        assert {command.name for command in client.tree.get_commands()} == {"animate", "hello"}


async def test_no_command_breaks_discords_limits() -> None:
    async with Zoetrope(studio(Books()), CATALOGUE) as client:
        for name in client.cogs_to_load:
            await client.load_extension(name)
        for command in client.tree.get_commands():
            told = command.to_dict(client.tree)
            assert len(told["options"]) <= 25
            texts = [told["name"], told["description"]]
            for option in told["options"]:
                assert len(option.get("choices", ())) <= 25
                texts += [option["name"], option["description"]]
                texts += [part for choice in option.get("choices", ()) for part in (choice["name"], choice["value"])]
            assert sum(map(len, texts)) <= 8000
            assert all(len(text) <= 100 for text in texts)


async def test_the_bot_needs_no_privileged_intent() -> None:
    async with Zoetrope(studio(Books()), CATALOGUE) as client:
        wanted = client.intents
    assert [wanted.members, wanted.presences, wanted.message_content] == [False] * 3
