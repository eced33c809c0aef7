"""The sound of a film: WAV or MP3 in, AAC out, exactly as long as the film."""

# Where a call below is not checked: PyAV's own types are incomplete.

import io

import av
from av.container import OutputContainer
from av.error import FFmpegError

RATE = 44_100
FORMATS = {"wav", "mp3"}


class UnsupportedAudio(Exception):
    """Neither WAV nor MP3, or damaged."""


class Sound:
    """Encodes alongside the pictures: what is too long is cut, what is too short goes on in silence."""

    def __init__(self, container: OutputContainer, audio: bytes, seconds: float) -> None:
        self._container = container
        self._stream = container.add_stream("aac", rate=RATE, layout="stereo")  # pyright: ignore[reportUnknownMemberType]
        self._total = round(seconds * RATE)
        self._written = 0
        self._fifo = _decoded(audio, self._total)

    def write_until(self, second: float) -> None:
        """Encode what is heard up to this second of the film."""
        while self._written < min(self._total, second * RATE):
            wanted = min(1024, self._total - self._written)
            frame = self._fifo.read(wanted, partial=True) or _silence(wanted)
            frame.pts, frame.sample_rate = self._written, RATE
            self._written += frame.samples
            self._container.mux(self._stream.encode(frame))  # pyright: ignore[reportUnknownMemberType]

    def close(self) -> None:
        self.write_until(self._total / RATE)
        self._container.mux(self._stream.encode(None))  # pyright: ignore[reportUnknownMemberType]


def _decoded(audio: bytes, most: int) -> av.AudioFifo:
    fifo = av.AudioFifo()
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    with av.open(io.BytesIO(audio), "r") as source:
        for frame in source.decode(audio=0):
            for part in resampler.resample(frame):
                part.pts = None
                fifo.write(part)
            if fifo.samples >= most:
                return fifo
    for part in resampler.resample(None):
        part.pts = None
        fifo.write(part)
    return fifo


def _silence(samples: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def duration(audio: bytes) -> float:
    """Its length in seconds; raises `UnsupportedAudio`."""
    try:
        with av.open(io.BytesIO(audio), "r") as source:
            if not FORMATS & set(source.format.name.split(",")):
                raise UnsupportedAudio(source.format.name)
            samples, rate = 0, 1
            for frame in source.decode(audio=0):
                samples, rate = samples + frame.samples, frame.sample_rate
            return samples / rate
    except (FFmpegError, IndexError) as error:
        raise UnsupportedAudio(str(error)) from error
