"""The sound of films, as many samples at a time as are wanted."""

import math
from array import array
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer

from bot.adapters.media.films import ONLY, decoded

RATE = 48_000  # samples a second, of two channels each
CHANNELS = 2
BYTES = 4 * CHANNELS  # of a sample: floats, left and right in turns
BLOCK = 4800  # samples that are held at a time
SLIP = RATE // 100  # samples by which a film's own times may be off before it counts as a gap


class Sound:
    """The sound of a film from a certain second on; silence where it has none. Read once, from front to back."""

    def __init__(self, film: Path | None, begins: Fraction = Fraction()) -> None:
        self._parts = _parts(film, begins) if film else iter(())
        self._ready = bytearray()

    def read(self, samples: int) -> bytes:
        """The next samples, exactly so many."""
        wanted = samples * BYTES
        while len(self._ready) < wanted:
            self._ready += next(self._parts, bytes(wanted))
        read = bytes(self._ready[:wanted])
        del self._ready[:wanted]
        return read

    def blocks(self, samples: int) -> Iterator[bytes]:
        """The next samples, a few at a time."""
        while samples > 0:
            yield self.read(min(samples, BLOCK))
            samples -= BLOCK


def _parts(film: Path, begins: Fraction) -> Iterator[bytes]:
    """The sound in pieces as they are decoded; with silence where it begins later or has a gap."""
    with av.open(str(film), "r", options=ONLY) as source:
        at = slip = 0
        for frame in _resampled(source):
            sound = bytes(frame.planes[0])[: frame.samples * BYTES]
            missing = round((frame.pts * frame.time_base - begins) * RATE) - at
            if abs(missing) > slip:
                sound = bytes(missing * BYTES) + sound if missing > 0 else sound[-missing * BYTES :]
            if sound:
                at, slip = at + len(sound) // BYTES, SLIP
                yield sound


def _resampled(source: InputContainer) -> Iterator[Any]:
    resampler = av.AudioResampler("flt", "stereo", RATE)
    heard = False
    for _, frame in decoded(source, source.streams.audio[:1]):
        heard = True
        yield from resampler.resample(frame)
    if heard:
        yield from resampler.resample(None)  # what it has kept back


def faded(one: bytes, other: bytes) -> bytes:
    """From one sound to another that is as long, with the power of both together the same throughout."""
    first, second = array("f", one), array("f", other)
    samples = len(first) // CHANNELS
    for sample in range(samples):
        angle = (sample + 0.5) / samples * math.pi / 2
        down, up = math.cos(angle), math.sin(angle)
        for place in range(sample * CHANNELS, (sample + 1) * CHANNELS):
            first[place] = first[place] * down + second[place] * up
    return first.tobytes()


def framed(sounds: Iterable[bytes]) -> Iterator[AudioFrame]:
    """The same as frames, each beginning where the one before ends."""
    at = 0
    for sound in sounds:
        if not sound:
            continue
        frame = AudioFrame("flt", "stereo", len(sound) // BYTES)
        frame.planes[0].update(sound)
        frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
        at += frame.samples
        yield frame
