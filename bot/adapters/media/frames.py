"""The frames of films: read at any rate and size, put beside and over each other, and written as a new film."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from PIL import Image

from bot.adapters.media.films import ONLY, THREADS, UNSEEN, Found, decoded, look, video_of
from bot.adapters.media.hearing import RATE
from bot.domain.errors import Broken
from bot.domain.language import sentence
from bot.domain.media import Size

NICE = 10  # the bot itself comes first
PRESET = "veryfast"  # half the time of x264's usual, for a tenth more bits
QUALITY = "18"  # x264's constant quality: what is lost is hardly seen, also when it is made smaller afterwards
SOUND = 192_000  # bits a second
MOST_RATE = Fraction(60)  # frames a second
# without the last two, FFmpeg makes everything a little darker
PRECISE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
UNSAID = 2  # what colours mean, in FFmpeg
HIGH = 720  # pixels: where a film does not say what its colours mean, players decide by its height
BLACK = (16, 128, 128)  # in Y, Cb and Cr
Place = tuple[int, int]  # pixels from the left and from the top, even


def looked(films: Sequence[Path]) -> list[Found]:
    """What is in each of them. Raises Broken, which says which it is, if one is no film."""
    found: list[Found] = []
    for number, film in enumerate(films, 1):
        try:
            found.append(look(film))
        except Broken as error:
            damaged = sentence("Film {number} of {count} is no film in an MP4, or damaged.")
            raise Broken(damaged, {"number": str(number), "count": str(len(films))}) from error
    return found


def highest_rate(found: Iterable[Found]) -> Fraction:
    """Frames a second of the film that has the most, and never more than players show."""
    return min(max(film.rate for film in found), MOST_RATE)


def tick(count: Fraction) -> int:
    """The nearest whole number; a half goes up, so that halves of even and odd numbers come out alike."""
    return int((count + Fraction(1, 2)) // 1)


def within(size: Size, room: Size) -> Size:
    """The same shape, as large as it fits, with even sides."""
    scale = min(Fraction(room.width, size.width), Fraction(room.height, size.height))
    return Size(*(min(max(2 * tick(side * scale / 2), 2), most) for side, most in zip(size, room, strict=True)))


def created(made: Path) -> Any:
    """An MP4 to write to: not typed, as PyAV's own types of it are incomplete."""
    return av.open(str(made), "w", format="mp4", options={"movflags": "+faststart"})


def shaper(video: VideoStream, size: Size, to: Colorspace | None = None) -> Callable[[VideoFrame], VideoFrame]:
    """What makes any frame of `video` one of this size in yuv420p, its colours meant as `to` or as they were."""
    reformatter = VideoReformatter()  # one for all, as it sets up a lot for the first
    meant = meaning(video) if to else None
    to = to or (Colorspace.ITU709 if video.format.is_rgb else None)

    def shaped(frame: VideoFrame) -> VideoFrame:
        made = reformatter.reformat(frame, *size, "yuv420p", meant, to, PRECISE, dst_color_range=ColorRange.MPEG)
        made.pict_type = PictureType.NONE  # which of them are key frames is decided anew
        return made

    return shaped


def meaning(video: VideoStream) -> Colorspace | None:
    """What the colours of a film mean to players, where it does not say so itself."""
    if video.format.is_rgb or video.codec_context.colorspace != UNSAID:
        return None
    return Colorspace.ITU709 if video.codec_context.height >= HIGH else Colorspace.ITU601


def pictures(film: Path, begins: Fraction, count: int, rate: Fraction, size: Size) -> Iterator[VideoFrame]:
    """`count` frames of a film from its second `begins` on, `rate` a second: what a player shows at each time.

    Each has exactly this size, letterboxed where the film has another shape, and is in yuv420p as HD films are
    (BT.709). Frames are repeated or left out as the rate wants it, and the last one is held. Raises Broken if not one
    can be decoded.
    """
    with av.open(str(film), "r", options=ONLY) as source:
        video = video_of(source)
        inner = within(Size(video.codec_context.width, video.codec_context.height), size)
        shaped = shaper(video, inner, Colorspace.ITU709)
        at = ((size.width - inner.width) // 4 * 2, (size.height - inner.height) // 4 * 2)
        for frame, times in _spans(source, video, begins, count, rate):
            picture = shaped(frame) if inner == size else placed(size, [(shaped(frame), at)])
            for _ in range(times):
                yield picture


def _spans(
    source: InputContainer, video: VideoStream, begins: Fraction, count: int, rate: Fraction
) -> Iterator[tuple[VideoFrame, int]]:
    """The frames that are shown, each with how many times it is."""
    before, shown = None, 0
    for _, frame in decoded(source, [video]):
        since = min(tick((frame.pts * frame.time_base - begins) * rate), count)
        if before is not None and since > shown:
            yield before, since - shown
            shown = since
        before = frame
    if before is None:
        raise Broken(UNSEEN)
    yield before, count - shown


def placed(size: Size, tiles: Sequence[tuple[VideoFrame, Place]]) -> VideoFrame:
    """A black frame with smaller ones in it. All are in yuv420p."""
    frame = VideoFrame(*size, "yuv420p")
    for number, plane in enumerate(frame.planes):
        canvas = Image.new("L", (plane.width, plane.height), BLACK[number])
        for tile, (left, top) in tiles:
            part = 2 if number else 1  # colours have half the sides
            canvas.paste(_seen(tile.planes[number]), (left // part, top // part))
        _fill(plane, canvas)
    return frame


def mixed(one: VideoFrame, other: VideoFrame, share: float) -> VideoFrame:
    """Both over each other, with so much (0 to 1) of the other. Both are in yuv420p and of one size."""
    frame = VideoFrame(one.width, one.height, "yuv420p")
    for plane, first, second in zip(frame.planes, one.planes, other.planes, strict=True):
        _fill(plane, Image.blend(_seen(first), _seen(second), share))
    return frame


def grey(picture: Image.Image) -> VideoFrame:
    """A frame of a picture in mode L whose sides are even."""
    frame = VideoFrame(picture.width, picture.height, "yuv420p")
    for plane, level in zip(frame.planes, BLACK, strict=True):
        _fill(plane, Image.new("L", (plane.width, plane.height), level))
    _fill(frame.planes[0], picture.point([16 + round(value * 219 / 255) for value in range(256)]))
    return frame


def _seen(plane: VideoPlane) -> Image.Image:
    return Image.frombuffer("L", (plane.width, plane.height), cast("Any", plane), "raw", "L", plane.line_size, 1)


def _fill(plane: VideoPlane, picture: Image.Image) -> None:
    plane.update(picture.tobytes("raw", "L", plane.line_size, 1))


def write(
    made: Path, size: Size, rate: Fraction, shown: Iterable[VideoFrame], heard: Iterable[AudioFrame] | None
) -> None:
    """Write a film of these frames, `rate` a second and as HD films have their colours, with its sound if it has one.

    It plays everywhere. Both are taken in turns, so that neither has to wait in memory for the other.
    """
    with created(made) as target:
        video = target.add_stream("libx264", rate=rate, options={"crf": QUALITY, "preset": PRESET})
        encoder = video.codec_context
        encoder.thread_count = THREADS
        encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
        encoder.time_base = 1 / rate
        encoder.color_primaries, encoder.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        encoder.colorspace, encoder.color_range = Colorspace.ITU709, ColorRange.MPEG
        streams = [video]
        if heard is not None:
            streams.append(target.add_stream("aac", rate=RATE, layout="stereo", bit_rate=SOUND))
        for frame in heapq.merge(_timed(shown, rate), heard or (), key=_time):
            target.mux(streams[isinstance(frame, AudioFrame)].encode(frame))
        for stream in streams:
            target.mux(stream.encode(None))


def _timed(shown: Iterable[VideoFrame], rate: Fraction) -> Iterator[VideoFrame]:
    for number, frame in enumerate(shown):
        frame.pts, frame.time_base = number, 1 / rate
        yield frame


def _time(frame: Any) -> Fraction:
    return frame.pts * frame.time_base
