"""A sound goes to fal as it is, with nothing around it; what is no WAV or MP3 of the right length is refused."""

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.media import Limits, Media
from bot.domain.errors import Final
from tests import media_files as files

SECONDS = (3, 30)
WAV, MP3 = ("wav", "pcm_s16le"), ("mp3", "libmp3lame")


async def copied(data: bytes, *, seconds: tuple[float, float] = SECONDS) -> tuple[str, bytes]:
    """The suffix and the bytes of what is made."""
    with TemporaryDirectory() as folder:
        source, made = Path(folder) / "source.ogg", Path(folder) / "made"
        source.write_bytes(data)
        try:
            path = await Media().sound(source, made, seconds=seconds)
        except Final:
            assert [file.name for file in Path(folder).iterdir()] == ["source.ogg"]
            raise
        assert {*Path(folder).iterdir()} == {source, path}
        return path.suffix, path.read_bytes()


def heard(data: bytes, path: Path) -> bytes:
    """What it sounds like, sample by sample."""
    path.write_bytes(data)
    with av.open(str(path)) as container:
        return b"".join(bytes(plane) for frame in container.decode(audio=0) for plane in frame.planes)


@pytest.mark.parametrize(
    ("kind", "codec", "rate"),
    [
        (*WAV, 44_100),
        ("wav", "pcm_u8", 8_000),
        ("wav", "pcm_s24le", 48_000),
        ("wav", "pcm_f32le", 44_100),
        ("wav", "pcm_mulaw", 8_000),
        (*MP3, 44_100),
        (*MP3, 16_000),
    ],
)
async def test_a_wav_or_mp3_sounds_the_same_afterwards(kind: str, codec: str, rate: int, tmp_path: Path) -> None:
    data = files.sound(tmp_path / "sound", kind, codec, rate=rate)
    suffix, made = await copied(data)
    assert suffix == f".{kind}"
    assert heard(made, tmp_path / "made") == heard(data, tmp_path / "source")


def test_tags_are_among_what_the_tests_make(tmp_path: Path) -> None:
    assert b"at home" in files.sound(tmp_path / "sound", *MP3, title="at home")


async def test_nothing_but_the_sound_is_left(tmp_path: Path) -> None:
    mp3 = files.sound(tmp_path / "mp3", *MP3, title="at home", artist="at home")
    wav = files.sound(tmp_path / "wav", *WAV, title="at home", artist="at home")
    tags = b"APETAGEX" + struct.pack("<IIII", 2000, 39, 1, 0) + bytes(8) + b"at home", b"TAG" + b"at home".ljust(125)
    for data in (
        mp3,
        *(mp3 + tag for tag in tags),
        wav,
        wav + b"id3 " + struct.pack("<I", 8) + b"at home\0",
        wav + b"bext" + struct.pack("<I", 602) + b"at home".ljust(602, b"\0"),
    ):
        _, made = await copied(data)
        assert b"at home" not in made
        assert b"ID3" not in made[:3]
        assert b"LIST" not in made


async def test_a_picture_of_the_cover_is_not_passed_on(tmp_path: Path) -> None:
    mp3 = files.sound(tmp_path / "mp3", *MP3)
    picture = b"\0image/jpeg\0\3\0" + b"\xff\xd8\xff\xe0" + b"picture " * 500
    frame = b"APIC" + struct.pack(">IH", len(picture), 0) + picture
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    _, made = await copied(b"ID3\x03\0\0" + size + frame + mp3)
    assert b"picture" not in made
    assert heard(made, tmp_path / "made") == heard(mp3, tmp_path / "source")


async def test_a_wav_that_does_not_know_its_own_length_is_taken(tmp_path: Path) -> None:
    data = files.sound(tmp_path / "sound", *WAV)
    at = data.index(b"data") + 4
    streamed = data[:4] + b"\xff" * 4 + data[8:at] + b"\xff" * 4 + data[at + 4 :]
    assert heard((await copied(streamed))[1], tmp_path / "made") == heard(data, tmp_path / "source")


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("ipod", "aac"),
        ("adts", "aac"),
        ("ogg", "libopus"),
        ("flac", "flac"),
        ("mp2", "mp2"),
        ("wav", "ac3"),
        ("w64", WAV[1]),
    ],
)
async def test_other_sounds_are_refused_with_what_is_taken(kind: str, codec: str, tmp_path: Path) -> None:
    data = files.sound(tmp_path / "sound", kind, codec, rate=48_000)
    with pytest.raises(Final, match=r"Please send a WAV or MP3\.$"):
        await copied(data)


@pytest.mark.parametrize(
    "data", [b"", bytes(5000), b"<html>" * 100, b"RIFF\x24\0\0\0WAVE", b"ID3\x03\0\0\0\0\0\0", b"RIFF\0\0\0\0WEBPVP8 "]
)
async def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(Final, match=r"Please send a WAV or MP3\.$"):
        await copied(data)


async def test_films_and_lists_of_other_files_are_refused(tmp_path: Path) -> None:
    files.sound(tmp_path / "there.wav", *WAV)
    films = files.film(tmp_path / "film.mp4").read_bytes()
    for data in (
        films,
        f"ffconcat version 1.0\nfile {tmp_path}/there.wav\n".encode(),
        b"#EXTM3U\n#EXTINF:9,\nthere.wav",
    ):
        with pytest.raises(Final, match=r"Please send a WAV or MP3\.$"):
            await copied(data)


async def test_what_cannot_be_decoded_is_left_out(tmp_path: Path) -> None:
    data = files.sound(tmp_path / "sound", *MP3)
    middle = len(data) // 2
    _, made = await copied(data[:middle] + b"at home " * 500 + data[middle:])
    assert made.count(b"at home") < 60, "no more than the one frame in which it began"
    assert len(made) > len(data) * 0.98


@pytest.mark.parametrize("kind", [WAV, MP3])
async def test_the_length_must_be_what_the_model_takes(kind: tuple[str, str], tmp_path: Path) -> None:
    data = files.sound(tmp_path / "sound", *kind, seconds=4)
    await copied(data, seconds=(4, 4))
    with pytest.raises(Final, match=r"^The sound lasts 4 s; this model needs at least 4\.5 s\.$"):
        await copied(data, seconds=(4.5, 30))
    with pytest.raises(Final, match=r"^The sound lasts 4 s; this model takes at most 3 s\.$"):
        await copied(data, seconds=(1, 3))


@pytest.mark.parametrize("kind", [WAV, MP3])
async def test_what_an_encoder_has_added_at_the_end_is_cut_off(kind: tuple[str, str], tmp_path: Path) -> None:
    data = files.sound(tmp_path / "sound", *kind, seconds=4.06)
    _, made = await copied(data, seconds=(1, 4))
    (tmp_path / "made").write_bytes(made)
    with av.open(str(tmp_path / "made")) as container:
        lasts = sum(frame.samples for frame in container.decode(audio=0)) / 44_100
    assert 3.9 < lasts <= 4


async def test_a_sound_that_breaks_off_is_as_long_as_what_is_there(tmp_path: Path) -> None:
    for kind in (WAV, MP3):
        data = files.sound(tmp_path / "sound", *kind, seconds=4)
        with pytest.raises(Final, match=r"^The sound lasts (2|2\.0\d|1\.9\d) s; this model needs at least 3 s\.$"):
            await copied(data[: len(data) // 2])


async def test_a_sound_that_needs_too_much_is_refused(tmp_path: Path) -> None:
    files.sound(tmp_path / "source", *WAV)
    with pytest.raises(Final, match=r"^The sound cannot be opened: it takes more than 0\.001 seconds\.$"):
        await Media(Limits(opening=0.001)).sound(tmp_path / "source", tmp_path / "made", seconds=SECONDS)


@given(st.sampled_from([WAV, MP3]), st.data())
@settings(max_examples=15)
async def test_no_bytes_do_anything_but_make_a_sound_or_a_sentence(kind: tuple[str, str], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        broken = bytearray(files.sound(Path(folder) / "sound", *kind, seconds=0.5, rate=16_000))
    for place in data.draw(st.lists(st.integers(0, min(len(broken), 300) - 1), max_size=4)):
        broken[place] = data.draw(st.integers(0, 255))
    try:
        suffix, _ = await copied(bytes(broken[: data.draw(st.integers(1, len(broken)))]), seconds=(0.1, 5))
    except Final as refusal:
        assert str(refusal).startswith(("The sound", "That file"))  # noqa: PT017 - either outcome is right
    else:
        assert suffix == f".{kind[0]}"
