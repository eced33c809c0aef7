"""What is asked in forms, within Discord's limits in each language, and what comes of what is filled in."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.voices import voices
from bot.domain.catalogue import CATALOGUE, WAN_21_NEGATIVE
from bot.domain.doors import ANIMATE, doors
from bot.domain.endpoint import Arguments
from bot.domain.errors import Refused, Unavailable
from bot.domain.form import (
    Choice,
    Form,
    Text,
    Upload,
    animating,
    bridging,
    changing,
    composing,
    continuing,
    editing,
    morphing,
)
from bot.domain.job import Job, State
from bot.domain.language import ENGLISH, speaking
from bot.domain.media import at_discord, frame
from bot.domain.order import Attached
from bot.forms import SAME
from bot.messages import NO_FILM, NO_PICTURE, REMEMBERED_SECONDS, Messages, Seen
from cogs import modals
from cogs.menus import seen
from sandbox.discord.rules import callback_rules
from tests.unit.test_archive import archive
from tests.unit.test_studio import Books, Hands, studio
from tests.unit.test_who_may import ADA, BOB, FILM, person, stands
from tests.unit.test_words import job

DOORS = doors(CATALOGUE)
THERE = replace(FILM, state=State.DELIVERED)
CDN = "https://cdn.discordapp.com/attachments/1/2"
PICTURE = Attached(url=f"{CDN}/picture.png?ex=1&is=2&hm={'f' * 64}&", size=5)


def forms() -> list[Form]:
    """One of each kind, as full as they come."""
    long = job("x" * 5000)
    texts: Arguments = {"negative": "y" * 5000, "negative_prompt": "y" * 5000}
    edits = [editing(long, door, texts) for door in DOORS.values()]
    films = [replace(THERE, id=f"{number:010}") for number in range(25)]
    carries = Seen(picture=PICTURE).written
    return [
        *edits,
        continuing(THERE, 800),
        bridging(THERE, films),
        bridging(THERE, []),
        animating(DOORS[ANIMATE], carries),
        composing(),
        changing("x" * 5000, 10**9, THERE.id, DOORS[ANIMATE]),
        *(morphing(end, carries, "x" * 100) for end in ("first", "last")),
    ]


@pytest.mark.parametrize("voice", [ENGLISH, *voices().values()], ids=["en", *voices()])
def test_each_form_fits_into_discords_modals(voice: Any) -> None:
    with speaking(voice):
        for form in forms():
            shown = modals.modal(form).to_dict()
            assert [*callback_rules({"type": 9, "data": shown}, files=False)] == [], form.id
            assert 1 <= len(shown["components"]) <= 5
            for top in shown["components"]:
                assert len(top["label"]) <= 45, form.id
                assert len(top["description"]) <= 100, (form.id, top["description"])
                assert len(top["component"].get("placeholder", "")) <= 100
                assert all(len(one["label"]) <= 100 for one in top["component"].get("options", []))


def test_a_picture_is_needed_for_a_prompt_put_together_and_the_price_told_comes_back_with_a_changed_draft() -> None:
    needed = [one["component"]["required"] for one in modals.modal(composing()).to_dict()["components"]]
    assert needed == [True, True, True, False, False]
    changed = modals.modal(changing("x", 405_000, "0123456789", DOORS[ANIMATE])).to_dict()
    assert changed["custom_id"] == "draft:405000:0123456789"


class Submitted:
    """An interaction that brings what was filled in."""

    message = None

    def __init__(self, shown: dict[str, Any], given: Mapping[str, str]) -> None:
        labels = [{"type": 18, "component": _filled(top["component"], given)} for top in shown["components"]]
        self.data = {"custom_id": shown["custom_id"], "components": labels}


def _filled(component: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    value = given.get(component["custom_id"].partition("~")[0], "")
    filled: dict[str, Any] = {"type": component["type"], "custom_id": component["custom_id"]}
    return filled | ({"value": value} if component["type"] == 4 else {"values": [value] if value else []})


@given(st.text(max_size=300), st.dictionaries(st.sampled_from(["prompt", "model", "quality"]), st.text(max_size=9)))
def test_what_a_form_carries_comes_back_with_what_is_filled_in(carries: str, typed: dict[str, str]) -> None:
    form = animating(DOORS[ANIMATE], carries)
    told = cast("Any", Submitted(modals.modal(form).to_dict(), typed))
    assert modals.carried(told) == carries
    assert modals.given(told) == {one.id: typed.get(one.id) or None for one in form.fields}


def test_what_is_too_long_to_be_carried_is_refused() -> None:
    with pytest.raises(Refused, match="too long for me"):
        modals.modal(animating(DOORS[ANIMATE], "x" * 500))


@pytest.mark.parametrize("length", [10, 3000])
def test_nobody_loses_what_he_has_written(length: int) -> None:
    typed = {"prompt": "p" * length, "negative": "n" * length, "quality": "best"}
    form = editing(THERE, DOORS[ANIMATE], {})
    beside = modals.typed(cast("Any", Submitted(modals.modal(form).to_dict(), typed)))
    if length > 10:
        assert beside["file"].fp.read().decode().count("p" * length) == 1
    else:
        again = form.again({one.title: one.description for one in beside["embeds"]})
        assert {one.id: one.value for one in again.fields if not isinstance(one, Upload)} == {
            "model": "",
            "shape": "",
            **typed,
        }


async def test_a_form_that_comes_too_late_is_not_opened() -> None:

    async def slow() -> Form:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(Unavailable):
        await modals.ask(cast("Any", None), slow(), seconds=0.01)


# ---- other words ----


async def edited(folder: Path, film: Job, **typed: str) -> Job:
    _, forms, books = stands(film, folder)
    asked = await forms.ask("edit", person(BOB), film.id)
    filled = {one.id: one.value for one in asked.fields if isinstance(one, Text | Choice)} | typed
    await forms.film("edit", person(BOB), film.id, {name: value or None for name, value in filled.items()})
    return books.accepted[0]


async def test_an_edited_film_has_its_seed_and_all_that_was_not_changed(tmp_path: Path) -> None:
    film = replace(THERE, seed=77, spoiler=True, options={**FILM.options, "spoiler": True, "negative": "rain"})
    made = await edited(tmp_path, film, prompt="other words")
    assert (made.prompt, made.arguments["negative_prompt"], made.arguments["seed"]) == ("other words", "rain", 77)
    assert (made.parent_id, made.reply_to, made.spoiler, made.media) == (film.id, 9, True, film.media)
    assert (made.options["quality"], made.user_id) == ("draft", BOB)


async def test_an_edited_film_of_an_own_command_keeps_all_other_options(tmp_path: Path) -> None:
    arguments = {**FILM.arguments, "guide_scale": 7.0, "negative_prompt": WAN_21_NEGATIVE}
    film = replace(THERE, door="wan21", arguments=arguments, options=arguments)
    made = await edited(tmp_path, film, resolution="720p", negative_prompt="")
    assert (made.arguments["guide_scale"], made.arguments["resolution"]) == (7.0, "720p")
    assert made.arguments["negative_prompt"] == ""
    assert made.price == 400_000


async def test_what_is_not_to_be_seen_can_be_taken_back_and_a_prompt_that_does_not_fit_stays(tmp_path: Path) -> None:
    long = {"prompt": "x" * 5000}
    options = {**FILM.options, **long, "negative": "rain"}
    made = await edited(tmp_path, replace(THERE, arguments={**FILM.arguments, **long}, options=options), negative="")
    assert made.arguments["negative_prompt"] == WAN_21_NEGATIVE
    assert len(made.prompt) == 5000


async def test_what_is_not_changed_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=SAME[:40]):
        await edited(tmp_path, THERE)


@pytest.mark.parametrize(
    ("film", "door"),
    [
        (THERE, "animate"),
        (replace(THERE, door="wan21", options=FILM.arguments), "wan21"),
        (replace(THERE, door="morph", endpoint="fal-ai/wan-flf2v"), "animate"),
        (replace(THERE, endpoint="gone"), "animate"),
    ],
)
async def test_the_next_scene_is_made_as_the_film_was_where_one_picture_is_enough(
    tmp_path: Path, film: Job, door: str
) -> None:
    _, forms, books = stands(film, tmp_path)
    await forms.ask("continue", person(BOB), film.id)
    await forms.film("continue", person(BOB), film.id, {"prompt": "next"})
    [made] = books.accepted
    assert (made.door, made.prompt, made.media) == (door, "next", {"image_url": frame(film.id, "last")})
    assert (made.after_id, made.parent_id, made.arguments["seed"]) == (film.id, None, 1)


# ---- from any message ----


def messages(folder: Path, film: Job = THERE) -> tuple[Messages, list[float]]:
    clock = [0.0]
    return Messages(studio(Books(None), Hands()), archive(film, folder), lambda: clock[0], "http://127.0.0.1:1"), clock


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.discordapp.com/x",
        "https://cdn.discordapp.com.evil.org/x",
        "https://cdn.discordapp.com@evil.org/x",
        "https://user@cdn.discordapp.com/x",
        "https://cdn.discordapp.com:8443/x",
        "https://169.254.169.254/latest",
        "http://127.0.0.1:11/x",
        "http://127.0.0.1:1@evil.org/x",
        "file:///etc/passwd",
        "film:0123456789:last",
        "https://[::1/x",
    ],
)
async def test_no_address_but_discords_is_asked_for_a_picture(tmp_path: Path, url: str) -> None:
    asked, _ = messages(tmp_path)
    assert not at_discord(url, "http://127.0.0.1:1")
    with pytest.raises(Refused, match="no picture in that message"):
        await asked.animate(person(BOB), f"5 {url}", {"prompt": "x"})
    with pytest.raises(Refused, match="no picture in that message"):
        await asked.morph("last", person(BOB), f"5 {url}", {"prompt": "x", "picture": PICTURE})


def test_discords_own_addresses_are_taken() -> None:
    assert at_discord(PICTURE.url)
    assert at_discord("https://images-ext-1.discordapp.net/external/abc/https/example.org/x.png")
    assert at_discord("http://127.0.0.1:1/attachments/1/2/x.png", "http://127.0.0.1:1/")


async def test_a_picture_is_remembered_for_a_quarter_of_an_hour_for_the_one_who_chose_it(tmp_path: Path) -> None:
    asked, clock = messages(tmp_path)
    first, words = Seen(picture=PICTURE), {"prompt": "x"}
    last = Seen(picture=replace(PICTURE, url=f"{CDN}/SPOILER_other.png")).written
    await asked.ask_to_morph("first", person(ADA), first)
    with pytest.raises(Refused, match="That picture is remembered"):
        await asked.morph("last", person(BOB), last, words)
    clock[0] = REMEMBERED_SECONDS - 1
    made = await asked.morph("last", person(ADA), last, words)
    assert [*made.media.values()] == [PICTURE.url, f"{CDN}/SPOILER_other.png"]
    assert made.spoiler
    with pytest.raises(Refused, match="Morph from this"):  # it is used up, and this one is remembered
        await asked.morph("last", person(ADA), last, words)
    clock[0] += REMEMBERED_SECONDS
    with pytest.raises(Refused, match="Morph to this"):
        await asked.morph("first", person(ADA), first.written, words)


async def test_a_film_stands_for_the_frame_that_meets_the_other_picture(tmp_path: Path) -> None:
    asked, _ = messages(tmp_path)
    words = {"prompt": "x", "picture": PICTURE}
    for end, which, place in (("first", "last", 0), ("last", "first", 1)):
        made = await asked.morph(cast("Any", end), person(BOB), THERE.id, words)
        assert [*made.media.values()][place] == f"film:{THERE.id}:{which}"
    again = await asked.animate(person(BOB), THERE.id, {"prompt": "x"})
    assert (again.media, again.parent_id) == (THERE.media, THERE.id)
    (tmp_path / "pictures" / f"{THERE.id}-image_url.jpg").unlink()
    made = await asked.animate(person(BOB), THERE.id, {"prompt": "x"})
    assert (made.media, made.parent_id) == ({"image_url": f"film:{THERE.id}:first"}, None)


def message(author: int = 5, **parts: Any) -> discord.Message:
    usual: dict[str, Any] = {"content": "", "attachments": [], "embeds": [], "components": [], "message_snapshots": []}
    return cast("Any", SimpleNamespace(author=SimpleNamespace(id=author), **{**usual, **parts}))


def file(kind: str | None, url: str) -> Any:
    return SimpleNamespace(content_type=kind, url=url, size=3)


def test_the_first_picture_of_a_message_is_found_wherever_it_is() -> None:
    ours = cast("Any", SimpleNamespace(client=SimpleNamespace(user=SimpleNamespace(id=9))))
    embed = discord.Embed.from_dict(
        {
            "type": "rich",
            "thumbnail": {"url": "https://evil.org/x", "proxy_url": "https://images-ext-1.discordapp.net/x"},
        }
    )
    one, other = file("image/png", "1"), file("image/jpeg", "2")
    assert seen(ours, message(attachments=[file("video/mp4", "0"), file(None, "0"), one, other])).written == "3 1"
    assert seen(ours, message(embeds=[embed])).written == "0 https://images-ext-1.discordapp.net/x"
    forwarded = SimpleNamespace(attachments=[other], embeds=[])
    assert seen(ours, message(message_snapshots=[forwarded])).written == "3 2"
    facts = "<@1> x\n-# Wan 2.1 · job 0123456789"
    assert seen(ours, message(9, content=facts)).written == "0123456789"
    assert seen(ours, message(5, content=facts)).written == "", "anybody can write that"
    row: Any = discord.ActionRow(
        {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "again:0123456789"}]}
    )
    assert seen(ours, message(9, components=[row])).written == "0123456789"


async def test_details_are_of_films_alone(tmp_path: Path) -> None:
    asked, _ = messages(tmp_path)
    with pytest.raises(Refused, match=NO_FILM[:40]):
        asked.details(Seen(picture=PICTURE))
    assert asked.details(Seen(job_id=THERE.id)) == THERE.id
    with pytest.raises(Refused, match=NO_PICTURE[:40]):
        await asked.ask_to_animate(person(BOB), Seen())
