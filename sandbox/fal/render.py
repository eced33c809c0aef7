"""Makes a film of a picture: H.264 in an MP4 whose index comes first, with sound if it is given."""

# Where a call below is not checked: PyAV's own types are incomplete.

import hashlib
import tempfile
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.stream import VideoStream
from PIL import Image

from sandbox.fal.film import Plan
from sandbox.fal.motion import Look, Planes, Scene
from sandbox.fal.sound import Sound

BT_601, VIDEO_RANGE = 6, 1
Key = tuple[Plan, int, str, bytes, bytes | None, bytes | None]


class Stopped(Exception):
    """Nobody waits for this film any more."""


@dataclass(frozen=True)
class Job:
    """All that decides what a film looks like; the same job gives the same bytes."""

    plan: Plan
    seed: int
    prompt: str
    first: Image.Image
    last: Image.Image | None = None
    audio: bytes | None = None

    def key(self) -> Key:
        """What no job of another film has, without its pictures, which may be large."""
        last = self.last and _digest(self.last)
        return self.plan, self.seed, self.prompt, _digest(self.first), last, self.audio


def _digest(picture: Image.Image) -> bytes:
    return hashlib.sha256(repr((picture.mode, picture.size)).encode() + picture.tobytes()).digest()


def render(job: Job, stop: threading.Event) -> bytes:
    """The MP4. Takes CPU time: run it in a thread; raises `Stopped` soon after `stop` is set."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            _write(container, job, stop)
        return path.read_bytes()


def _write(container: OutputContainer, job: Job, stop: threading.Event) -> None:
    plan = job.plan
    video = _video(container, plan)
    sound = Sound(container, job.audio, plan.seconds) if job.audio else None
    scene = Scene(Look.drawn(job.seed, job.prompt), job.first, job.last, (plan.width, plan.height))
    for number in range(plan.frames):
        if stop.is_set():
            raise Stopped
        final = number == plan.frames - 1
        picture = scene.at(number / (plan.frames - 1))
        container.mux(video.encode(_frame(picture, number, plan, whole=final)))  # pyright: ignore[reportUnknownMemberType]
        if sound:
            sound.write_until((number + 1) / plan.rate)
    container.mux(video.encode(None))  # pyright: ignore[reportUnknownMemberType]
    if sound:
        sound.close()


def _video(container: OutputContainer, plan: Plan) -> VideoStream:
    # One thread: the CPU belongs to the bot under test as well. The pictures that were given (first and last frame)
    # get far more bits than the others, so that a film is as large as a real one.
    options = {"preset": "ultrafast", "crf": "27", "x264-params": "ipratio=2.2", "threads": "1"}
    video = container.add_stream("libx264", rate=Fraction(plan.rate), options=options)  # pyright: ignore[reportUnknownMemberType]
    video.width, video.height, video.pix_fmt = plan.width, plan.height, "yuv420p"
    context = video.codec_context
    context.colorspace, context.color_range = BT_601, VIDEO_RANGE
    return video


def _frame(planes: Planes, number: int, plan: Plan, *, whole: bool) -> av.VideoFrame:
    frame = av.VideoFrame(plan.width, plan.height, "yuv420p")
    for plane, picture in zip(frame.planes, planes, strict=True):
        plane.update(picture.tobytes("raw", "L", plane.line_size))
    frame.pts, frame.time_base = number, Fraction(1, plan.rate)
    frame.colorspace, frame.color_range = BT_601, VIDEO_RANGE
    if whole:
        frame.pict_type = PictureType.I
    return frame
