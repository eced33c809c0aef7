"""Sounds: WAV or MP3 by their bytes, passed on without anything but the sound."""

from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError

from bot.domain.errors import Final
from bot.domain.language import sentence

# Nothing but these is tried: no playlist, which may name other files and addresses.
ONLY = {"format_whitelist": "wav,mp3", "protocol_whitelist": "file"}
CODECS = {"wav": "pcm_", "mp3": "mp3"}  # what their names begin with
WITHOUT_TAGS = {"wav": {"fflags": "+bitexact"}, "mp3": {"id3v2_version": "0"}}
PADDING = 0.1  # seconds: what an encoder adds at the ends is cut off, not refused
REFUSAL = sentence("That file is not a sound that the model takes. Please send a WAV or MP3.")


def copy(source: Path, made: Path, seconds: tuple[float, float]) -> str:
    """Write the WAV or MP3 at `source` to `made` as it is, but without tags, pictures and all else around the sound.

    Gives wav or mp3. Raises Final with a sentence for its owner if it is neither, or lasts less or more than `seconds`.
    """
    least, most = seconds
    try:
        with av.open(str(source), "r", options=ONLY) as container:
            kind = container.format.name
            stream = container.streams.audio[0]
            if not stream.codec_context.codec.canonical_name.startswith(CODECS[kind]):
                raise Final(REFUSAL)
            with av.open(str(made), "w", format=kind, options=WITHOUT_TAGS[kind]) as copied:
                lasts = _copy(container, stream, copied, most)
            told = (container.duration or 0) / av.time_base
    except MemoryError:
        raise
    except FFmpegError as error:
        raise Final(REFUSAL) from error
    if lasts < least:
        times = {"lasts": f"{round(lasts, 2):g}", "least": f"{least:g}"}
        raise Final(sentence("The sound lasts {lasts} s; this model needs at least {least} s."), times)
    if lasts > most + PADDING:
        times = {"lasts": f"{round(max(lasts, told), 2):g}", "most": f"{most:g}"}
        raise Final(sentence("The sound lasts {lasts} s; this model takes at most {most} s."), times)
    return kind


def _copy(container: InputContainer, stream: AudioStream, copied: Any, most: float) -> float:
    """Copy at most `most` seconds of what can be decoded; how long that is, without more than it takes to know.

    `copied` is not typed, as PyAV's own types of it are incomplete.
    """
    target = copied.add_stream_from_template(stream)
    samples = 0
    for packet in container.demux(stream):
        try:
            samples += sum(frame.samples for frame in packet.decode())
        except InvalidDataError:
            continue
        if packet.size and samples <= most * stream.rate:
            packet.stream = target
            copied.mux(packet)
        if samples > (most + PADDING) * stream.rate:
            break
    return samples / stream.rate
