"""Films as they arrived: what is really in them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.codec.context import ThreadType
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.stream import Stream
from av.video.stream import VideoStream

from bot.domain.errors import Broken
from bot.domain.language import sentence
from bot.domain.media import Size

# Nothing but MP4 is tried: no playlist, which may name other files and addresses.
ONLY = {"format_whitelist": "mov,mp4", "protocol_whitelist": "file"}
THREADS = 4  # of a decoder or an encoder
UNSEEN = sentence("The film cannot be decoded: not one frame of it.")
SHORTER = 2  # frames that may be missing from what was promised: how fal rounds is its own affair


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is in a film."""

    size: Size
    rate: Fraction  # frames a second
    frames: int
    promised: int  # frames, as its index says; 0 if that says nothing
    seconds: float
    begins: Fraction  # seconds: when a player shows its first frame
    follows: Fraction  # seconds: when its second
    ends: Fraction  # seconds: until when its last
    sounds: bool
    plays: bool  # pictures and sound, in every Discord client
    ordered: bool  # the index comes before the pictures
    whole: bool  # the file does not end before its last box does


def check(film: Path, seconds: float) -> tuple[Size, float, bool]:
    """Size, seconds and whether it plays as it is.

    Raises Broken if it is no film, not whole, or shorter than `seconds` by more than two frames.
    """
    found = look(film)
    if found.frames < found.promised:
        counts = {"there": str(found.frames), "promised": str(found.promised)}
        raise Broken(sentence("The film breaks off: {there} of its {promised} frames are there."), counts)
    if not found.whole:
        raise Broken(sentence("The film breaks off: the end of its file is missing."))
    if found.seconds < seconds - SHORTER / found.rate:
        times = {"lasts": f"{found.seconds:.2f}", "promised": f"{seconds:.2f}"}
        raise Broken(sentence("The film lasts {lasts} s instead of {promised} s."), times)
    return found.size, found.seconds, found.plays and found.ordered


def look(film: Path) -> Found:
    """Read the film through and decode its first frame. Raises Broken if it is no film."""
    try:
        with av.open(str(film), "r", options=ONLY) as container:
            return _look(container, film)
    except MemoryError:
        raise
    except FFmpegError as error:
        raise Broken(sentence("What arrived is not a film in an MP4 that can be read.")) from error


def video_of(container: InputContainer) -> VideoStream:
    """The stream of a film's pictures. Raises Broken if there is none."""
    if not container.streams.video:
        raise Broken(sentence("What arrived has no pictures in it."))
    return container.streams.video[0]


def decoded(source: InputContainer, streams: Sequence[Stream]) -> Iterator[tuple[int, Any]]:
    """All frames that can be decoded, each with the number of its stream: the film as a player would show it."""
    for stream in streams:
        if isinstance(stream, VideoStream):
            stream.codec_context.thread_type, stream.codec_context.thread_count = ThreadType.AUTO, THREADS
    for packet in source.demux(streams):
        try:
            for frame in packet.decode():
                yield packet.stream.index, frame
        except InvalidDataError:
            continue


def _look(container: InputContainer, film: Path) -> Found:
    stream = video_of(container)
    sounds = container.streams.audio
    frames, lasts, shown = 0, 0, False
    spans: list[tuple[int, int]] = []
    for packet in container.demux(stream):
        if packet.size and not packet.is_corrupt:
            frames, lasts = frames + 1, lasts + (packet.duration or 0)
            if packet.pts is not None and not packet.is_discard:  # an edit list may leave some out at either end
                spans.append((packet.pts, packet.pts + (packet.duration or 0)))
        try:
            shown = shown or bool(packet.decode())
        except InvalidDataError:
            continue
    rate = stream.average_rate or stream.guessed_rate
    if not shown or not spans or not rate or not stream.time_base:
        raise Broken(UNSEEN)
    starts = sorted(start for start, _ in spans)  # the file has them in the order of decoding
    context = stream.codec_context
    boxes, whole = _boxes(film)
    return Found(
        size=Size(context.width, context.height),
        rate=rate,
        frames=frames,
        promised=stream.frames,
        seconds=float(lasts * stream.time_base),
        begins=starts[0] * stream.time_base,
        follows=starts[min(1, len(starts) - 1)] * stream.time_base,
        ends=max(end for _, end in spans) * stream.time_base,
        sounds=bool(sounds),
        plays=(context.name, context.pix_fmt) == ("h264", "yuv420p")
        and all(sound.codec_context.name == "aac" for sound in sounds),
        ordered=next((name for name in boxes if name in (b"moov", b"mdat")), None) == b"moov",
        whole=whole,
    )


def _boxes(film: Path) -> tuple[list[bytes], bool]:
    """The names of the boxes of which an MP4 is made, in their order, and whether the last is whole."""
    names: list[bytes] = []
    with film.open("rb") as file:
        end, place = file.seek(0, os.SEEK_END), 0
        while place < end:
            file.seek(place)
            header = file.read(16)
            names.append(header[4:8])
            size = int.from_bytes(header[:4])
            if size == 1:
                size = int.from_bytes(header[8:])
            place = place + size if size >= 8 else end  # 0: as long as the file
    return names, place == end
