"""Stories as members meet them: scenes that go on where others end, on one sheet, joined into one film for nothing."""

import io
from itertools import pairwise

import pytest
from PIL import Image

from sandbox.client import Json
from tests import media_files
from tests.e2e.stage import Stage, labels
from tests.e2e.test_budgets import film, told
from tests.e2e.test_history import answered
from tests.unit.test_media_joining import greys, levels, ramp

SIZE, FRAMES, FADED = (640, 480), 40, 6  # pixels, and frames at 12 a second
STORY = "SELECT * FROM jobs WHERE endpoint = 'zoetrope/stitch' ORDER BY created_at"


async def scene(bot: Stage, after: str | None = None) -> str:
    """A film of Ada's that goes on from another."""
    await film(bot)
    [newest, *_] = await bot.rows("SELECT id FROM jobs ORDER BY created_at DESC")
    if after:
        await bot.change(f"UPDATE jobs SET after_id = '{after}' WHERE id = '{newest['id']}'")
    return newest["id"]


async def stitched(bot: Stage, channel: str = "films") -> Json:
    """Wait for the newest message, with a joined film."""
    return await bot.sandbox.until(
        lambda seen: seen[-1] if "Story ·" in seen[-1]["content"] and seen[-1]["attachments"] else None, channel
    )


async def test_a_story_of_three_scenes_is_shown_and_joined_whatever_restarts(bot: Stage) -> None:
    assert "You have no story here yet: `/story start`" in await told(bot, "ada", "story show")
    assert "You have no finished film here yet" in await told(bot, "ada", "story start")
    first = await scene(bot)
    begun = await told(bot, "ada", "story start")
    assert "its only scene so far:\n**1** the tide comes in · [Go to the film](https://discord.com/channels/" in begun
    assert "need not be joined: ⏩" in await told(bot, "ada", "story stitch")
    ids = [first, second := await scene(bot, first), await scene(bot, second)]
    for number, name in enumerate(ids):
        path = bot.data / "films" / f"{name}.mp4"
        greys(path, 20 + 60 * number, FRAMES, size=SIZE, heard="aac", hertz=(440, 1000, 2000)[number])
    shown = await answered(bot, "ada", "story show")
    assert shown["embeds"][0]["description"].count("the tide comes in · [Go to the film]") == 3
    assert "**3** " in shown["embeds"][0]["description"]
    with Image.open(io.BytesIO(await bot.sandbox.download(shown["embeds"][0]["image"]["url"]))) as sheet:
        assert sheet.width > sheet.height > 100

    spent = await bot.spent()
    await bot.sandbox.command("ada", "films", "story stitch", {"fade": 0.5})
    await bot.status("Joining 3 scenes.")
    await bot.sandbox.command("ada", "films", "story stitch", {"fade": 0.5})
    await bot.whispered("That was asked for already, as job ")
    await bot.stop()
    [made] = await bot.rows(STORY)
    assert (made["state"], made["booked"]) == ("accepted", None), "it was too quick to be stopped"
    await bot.start()
    message = await stitched(bot)
    await bot.all_closed()
    [made] = await bot.rows(STORY)
    assert "A story of 3 scenes\n-# Story · 640 × 480 · 9.0 s · free · took" in message["content"]
    [last] = await bot.rows(f"SELECT message_id FROM jobs WHERE id = '{ids[2]}'")
    assert message["message_reference"]["message_id"] == str(last["message_id"])
    assert [label for label in labels(message) if label[0] in "🔁✏⬆"] == []
    assert "⏩ Continue" in labels(message)
    assert (await bot.spent(), len(await bot.requests())) == (spent, 3)

    path = bot.data / "joined.mp4"
    path.write_bytes(await bot.sandbox.download(message["attachments"][0]["url"]))
    scenes = [ramp(20 + 60 * number, FRAMES) for number in range(3)]
    joints = [
        [a + (b - a) * number / (FADED + 1) for number, (a, b) in enumerate(zip(one[-FADED:], other, strict=False), 1)]
        for one, other in pairwise(scenes)
    ]
    whole = [*scenes[0][:-FADED], *joints[0], *scenes[1][FADED:-FADED], *joints[1], *scenes[2][FADED:]]
    assert levels(path) == pytest.approx(whole, abs=3)
    sound = media_files.heard(path)
    for hertz, begins in ((440, 1), (1000, 4), (2000, 7)):
        assert media_files.loudness(sound, hertz, begins) == pytest.approx(1, abs=0.1)


async def test_the_last_scene_is_undone_another_branch_goes_on_and_what_is_gone_is_said(bot: Stage) -> None:
    first = await scene(bot)
    await told(bot, "ada", "story start", film=first.upper())
    undone = await scene(bot, first)
    assert "**2** " in await told(bot, "ada", "story show")
    assert (
        "The last scene is left out of your story; its film stays. It goes on with the last of these:\n**1** "
        in await told(bot, "ada", "story undo")
    )
    assert "**2** " not in await told(bot, "ada", "story show")
    await scene(bot, undone)  # which counts no more
    assert "**2** " not in await told(bot, "ada", "story show")
    branch = await scene(bot, first)
    assert (text := await told(bot, "ada", "story show")).count("the tide comes in") == 2
    [row] = await bot.rows(f"SELECT message_id FROM jobs WHERE id = '{branch}'")
    assert f"/{row['message_id']})" in text
    assert "its only scene so far" not in await told(bot, "bob", "story start", film=undone)

    (bot.data / "films" / f"{first}.mp4").unlink()
    text = await told(bot, "ada", "story show")
    assert f"It begins after the film `{first}`: That film is not kept here any more." in text
    assert "need not be joined" in (text := await told(bot, "ada", "story stitch"))
    assert f"`{first}`" in text
    assert "`/story start` chooses another film" in await told(bot, "ada", "story show", film=first)
    assert "I know no film of that number" in await told(bot, "ada", "story start", film="0000000000")
    for left in ("The last scene is left out", "so you have no story here any more. Its film stays."):
        assert left in await told(bot, "ada", "story undo")
    choices = await bot.sandbox.post(
        "discord/autocomplete",
        {"person": "ada", "channel": "films", "name": "story start", "options": {"film": undone}, "focused": "film"},
    )
    assert [choice["value"] for choice in choices["choices"]] == [undone]
    unchecked = "json_set(arguments, '$.enable_safety_checker', json('false'))"
    await bot.change(f"UPDATE jobs SET arguments = {unchecked} WHERE id = '{undone}'")
    assert "made without fal's safety checker" in await told(bot, "ada", "story start", film=undone)
