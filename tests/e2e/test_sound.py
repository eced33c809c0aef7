"""Wan 2.6 takes a sound: it is checked before anything is paid, loses its tags, and is heard in the film."""

import io
from typing import Any

import av
import pytest

from sandbox.client import Upload
from tests.e2e.stage import Stage, picture, wav
from tests.formats import SOUNDS

TEXT = Upload("hum.wav", b"la la la", "audio/wav")


async def sing(bot: Stage, audio: Upload, **options: Any) -> None:
    """ada types /wan26 with a sound."""
    given = {"image": picture(260, 260), "prompt": "she sings", "audio": audio, "resolution": "720p", **options}
    await bot.sandbox.command("ada", "films", "wan26", given)


def seconds_of_sound(film: bytes) -> float:
    """How long there is sound in a film that is not silence."""
    with av.open(io.BytesIO(film), "r") as container:
        loud = [frame for frame in container.decode(audio=0) if any(map(any, map(bytes, frame.planes)))]
        return sum(frame.samples / frame.sample_rate for frame in loud)


async def test_a_sound_is_heard_in_the_film(bot: Stage) -> None:
    [mp3] = [each for each in SOUNDS if each.name == "MP3"]
    await sing(bot, Upload("sound.bin", mp3.make()))
    message = await bot.film()
    film = await bot.sandbox.download(message["attachments"][0]["url"])
    assert seconds_of_sound(film) == pytest.approx(mp3.seconds, abs=0.3)


async def test_a_sound_leaves_the_machine_without_its_tags(bot: Stage) -> None:
    tagged = next(each for each in SOUNDS if each.tagged)
    assert b"Secret place" in tagged.make()
    await bot.queue()
    await sing(bot, Upload("song.mp3", tagged.make()))
    request = await bot.queued()
    assert b"Secret place" not in await bot.from_fal(request["input"]["audio_url"])


@pytest.mark.parametrize(
    ("audio", "says"),
    [
        pytest.param(TEXT, "WAV or MP3", id="no sound"),
        pytest.param(wav(2), "lasts 2 s", id="too short"),
        pytest.param(wav(31), "lasts 31 s", id="too long"),
    ],
)
async def test_a_sound_that_will_not_do_is_told_before_anything_is_paid(bot: Stage, audio: Upload, says: str) -> None:
    await sing(bot, audio)
    notice = await bot.notice()
    assert says in notice
    assert "Nothing was charged to your budget." in notice
    assert await bot.requests() == []
    assert await bot.spent() == 0


async def test_a_sound_over_15_mb_is_refused_at_once(bot: Stage) -> None:
    await sing(bot, Upload("long.wav", bytes(15_100_000)))
    assert "`audio` has 15.1 MB; at most 15 MB can be taken." in await bot.refusal()
    assert await bot.rows("SELECT * FROM jobs") == []
