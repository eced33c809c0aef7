"""Films made small enough to be posted, and so that every Discord client plays them."""

import math
import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.codec.context import Flags
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from bot.adapters.media.films import ONLY, THREADS, Found, decoded, look, video_of
from bot.adapters.media.frames import NICE, PRESET, created, shaper
from bot.domain.errors import TooLarge
from bot.domain.media import Size

ATTEMPTS = 3
BEST = 16  # x264's quantiser: better than this is not seen, so what still fits then is left empty
BITS_A_PIXEL = 0.05  # of each frame: with less, half the size looks better
LEAST_RATE = 60_000  # bits a second of pictures: with less, nothing is worth looking at
LEAST_SOUND, MOST_SOUND = 24_000, 128_000  # bits a second
SOUND_SHARE = 8  # one part in so many of all bits
SPARE = 0.97  # of the limit is aimed at: the encoder does not hit perfectly
CAUTION = 0.93  # of what would be right, where the encoder has missed already
HEAD, ENTRY, SOUNDS = 2000, 16, 47  # bytes of an index, and for each frame; frames of sound a second
MESSAGE = "The film cannot be made small enough to be posted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a film is encoded to: its size, and bits a second for pictures and sound."""

    size: Size
    rate: int
    sound: int


def plan(found: Found, limit: int) -> Plan:
    """The best that `limit` bytes allow: never larger than it is, smaller where the bits would be too few for its size.

    Raises TooLarge where too few bits are left for anything to be seen.
    """
    entries = found.frames + (SOUNDS * found.seconds if found.sounds else 0)
    bits = (limit * SPARE - HEAD - ENTRY * entries) * 8 / found.seconds
    sound = round(min(max(bits / SOUND_SHARE, LEAST_SOUND), MOST_SOUND)) if found.sounds else 0
    rate = int(bits - sound)
    if rate < LEAST_RATE:
        raise TooLarge(MESSAGE)
    pixels = rate / (float(found.rate) * BITS_A_PIXEL)
    scale = min(1.0, math.sqrt(pixels / (found.size.width * found.size.height)))
    return Plan(size=Size(*(max(int(side * scale) // 2 * 2, 2) for side in found.size)), rate=rate, sound=sound)


def fit(film: Path, made: Path, limit: int) -> None:
    """Write `film` to `made` with at most `limit` bytes: H.264 and AAC in an MP4, the index before the pictures.

    What already has this inside is copied. Makes the process nice, and files beside `made`. Raises TooLarge if that
    cannot be done with anything left to be seen, and Broken if it is no film.
    """
    os.nice(NICE)
    found = look(film)
    if found.plays:
        _copy(film, made)
        if made.stat().st_size <= limit:
            return
    aim = plan(found, limit)
    passes = str(made.with_name("passes"))
    _study(film, aim, passes)
    meant = aim.rate * found.seconds / 8
    for _ in range(ATTEMPTS):
        _encode(film, made, aim, passes)
        over = made.stat().st_size - limit
        if over <= 0:
            return
        # more than what it is over: the shorter a film, the less the encoder does as it is told
        aim = replace(aim, rate=int(aim.rate * CAUTION * meant / (meant + 2 * over)))
    raise TooLarge(MESSAGE)


def _copy(film: Path, made: Path) -> None:
    with av.open(str(film), "r", options=ONLY) as source, created(made) as target:
        streams: list[Stream] = [video_of(source), *source.streams.audio]
        copies = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in streams}
        for packet in source.demux(streams):
            if packet.dts is not None:  # the last is empty
                packet.stream = copies[packet.stream_index]
                target.mux(packet)


def _study(film: Path, aim: Plan, passes: str) -> None:
    """The first pass: only to learn, in files whose names begin with `passes`, where the bits are needed."""
    with av.open(str(film), "r", options=ONLY) as source:
        video = video_of(source)
        encoder: Any = av.CodecContext.create("libx264", "w")
        _set(encoder, video, aim, Flags.pass1, passes)
        shaped = shaper(video, aim.size)
        for _, frame in decoded(source, [video]):
            encoder.encode(shaped(frame))
        encoder.encode(None)
    # the files are complete as soon as nobody holds the encoder any more, which is here


def _encode(film: Path, made: Path, aim: Plan, passes: str) -> None:
    """The second pass."""
    with av.open(str(film), "r", options=ONLY) as source, created(made) as target:
        video = video_of(source)
        encoders = {video.index: target.add_stream("libx264", rate=video.average_rate)}
        _set(encoders[video.index].codec_context, video, aim, Flags.pass2, passes)
        sounds = source.streams.audio[:1]
        for sound in sounds:
            encoders[sound.index] = target.add_stream("aac", rate=48_000, layout="stereo", bit_rate=aim.sound)
        shaped = shaper(video, aim.size)
        for index, frame in decoded(source, [video, *sounds]):
            target.mux(encoders[index].encode(shaped(frame) if index == video.index else frame))
        for encoder in encoders.values():
            target.mux(encoder.encode(None))


def _set(encoder: VideoCodecContext, video: VideoStream, aim: Plan, number: Flags, passes: str) -> None:
    """As `video`, but for what is aimed at."""
    like = video.codec_context
    encoder.thread_count = THREADS
    encoder.width, encoder.height, encoder.pix_fmt = *aim.size, "yuv420p"
    encoder.time_base, encoder.framerate = video.time_base or Fraction(), video.average_rate or Fraction()
    encoder.color_primaries, encoder.color_trc = like.color_primaries, like.color_trc
    encoder.colorspace = Colorspace.ITU709 if video.format.is_rgb else like.colorspace
    encoder.bit_rate, encoder.qmin = aim.rate, BEST
    encoder.flags |= number
    encoder.options = {"preset": PRESET, "stats": passes}
