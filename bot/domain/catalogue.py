"""The endpoints that the bot knows. A new one is one more value here; everything else follows from it.

Parameters, types, ranges, choices and defaults are those of fal's endpoint documents; prices in micro-dollars are those
of fal's model pages (https://fal.ai/models), until whoever runs the bot asks fal for others (bot.domain.pricing).
"""

from collections.abc import Callable, Mapping

from bot.domain.endpoint import Arguments, Endpoint, Kind, Parameter

QUALITIES = ("draft", "standard", "best")

# The default that fal documents for Wan 2.1. It is sent, so that a job says for ever what its film was made from.
WAN_21_NEGATIVE = (
    "bright colors, overexposed, static, blurred details, subtitles, style, artwork, painting, picture, still, "
    "overall gray, worst quality, low quality, JPEG compression residue, ugly, incomplete, extra fingers, "
    "poorly drawn hands, poorly drawn faces, deformed, disfigured, malformed limbs, fused fingers, still picture, "
    "cluttered background, three legs, many people in the background, walking backwards"
)

PROMPT = Parameter(name="prompt", kind=Kind.TEXT, help="What should happen in the film", required=True)
SEED = Parameter(name="seed", kind=Kind.INTEGER, help="The same seed and options give the same film again")
ACCELERATION = Parameter(
    name="acceleration",
    kind=Kind.TEXT,
    help="none is slower and a little better",
    default="regular",
    choices=("none", "regular"),
)
ASPECT_RATIO = Parameter(
    name="aspect_ratio",
    kind=Kind.TEXT,
    help="Shape of the film; auto follows the picture",
    default="auto",
    choices=("auto", "16:9", "9:16", "1:1"),
)


def _flag(name: str, text: str, *, default: bool | None) -> Parameter:
    return Parameter(name=name, kind=Kind.FLAG, help=text, default=default)


def _scale(name: str, text: str, default: float) -> Parameter:
    return Parameter(name=name, kind=Kind.NUMBER, help=text, default=default, low=1, high=10)


def _resolution(default: str, *choices: str) -> Parameter:
    text = "More lines are sharper and cost more"
    return Parameter(name="resolution", kind=Kind.TEXT, help=text, default=default, choices=choices)


def _steps(default: int) -> Parameter:
    text = "More steps are better and slower"
    return Parameter(name="num_inference_steps", kind=Kind.INTEGER, help=text, default=default, low=2, high=40)


def _wan_21(*pictures: Parameter) -> tuple[Parameter, ...]:
    frames, rate = "Frames of the film; more than 81 cost a quarter more", "Frames a second"
    return (
        PROMPT,
        Parameter(name="negative_prompt", kind=Kind.TEXT, help="What should not be seen", default=WAN_21_NEGATIVE),
        *pictures,
        Parameter(name="num_frames", kind=Kind.INTEGER, help=frames, default=81, low=81, high=100),
        Parameter(name="frames_per_second", kind=Kind.INTEGER, help=rate, default=16, low=5, high=24),
        SEED,
        _resolution("720p", "480p", "720p"),
        _steps(30),
        _scale("guide_scale", "How closely to follow the prompt", 5),
        _scale("shift", "Where in the process motion is decided", 5),
        _flag("enable_safety_checker", "Refuse what is not safe to show", default=False),
        _flag("enable_prompt_expansion", "Let a language model enrich the prompt", default=False),
        ACCELERATION,
        ASPECT_RATIO,
    )


def _wan_21_price(arguments: Arguments) -> int:
    price = {"480p": 200_000, "720p": 400_000}[str(arguments["resolution"])]
    return price * 5 // 4 if int(arguments["num_frames"]) > 81 else price


def _wan_22_price(arguments: Arguments) -> int:
    """By seconds of film at 16 frames a second, whatever rate the film is played at."""
    per_second = {"480p": 40_000, "580p": 60_000, "720p": 80_000}[str(arguments["resolution"])]
    return per_second * int(arguments["num_frames"]) // 16


def _wan_26_price(arguments: Arguments) -> int:
    return {"720p": 100_000, "1080p": 150_000}[str(arguments["resolution"])] * int(arguments["duration"])


def _frames_length(arguments: Arguments) -> float:
    return int(arguments["num_frames"]) / int(arguments["frames_per_second"])


def _wan_22_length(arguments: Arguments) -> float:
    between = 0 if arguments["interpolator_model"] == "none" else int(arguments["num_interpolated_frames"])
    frames = (int(arguments["num_frames"]) - 1) * (between + 1) + 1
    return frames / (
        int(arguments["frames_per_second"]) * (between + 1 if arguments["adjust_fps_for_interpolation"] else 1)
    )


def _duration(arguments: Arguments) -> float:
    return float(arguments["duration"])


def _picture(name: str, option: str, text: str) -> Parameter:
    return Parameter(name=name, option=option, kind=Kind.PICTURE, help=text, required=True)


IMAGE = _picture("image_url", "image", "The picture that the film begins with")

WAN_21_PRESETS: Mapping[str, Arguments] = {
    "draft": {"resolution": "480p"},
    "standard": {"resolution": "720p"},
    "best": {"resolution": "720p", "num_inference_steps": 40, "acceleration": "none"},
}
# fal documents no size for the pictures of Wan 2.1 and 2.2, and for Wan 2.6 takes 240 to 7680 and recommends at most
# 2000, of which its films show less.
UNDOCUMENTED_SIDES = (64, 2000)

CATALOGUE = (
    Endpoint(
        id="fal-ai/wan-i2v",
        name="wan-2.1",
        command="wan21",
        title="Wan 2.1",
        help="The classic: one price a film",
        parameters=_wan_21(IMAGE),
        price=_wan_21_price,
        unit="videos",
        unit_price=400_000,  # a film of 720p
        length=_frames_length,
        presets=WAN_21_PRESETS,
        typical_seconds=90,
        sides=UNDOCUMENTED_SIDES,
    ),
    Endpoint(
        id="fal-ai/wan-flf2v",
        name="wan-2.1-morph",
        command="wanflf",
        title="Wan 2.1 first and last frame",
        help="From one picture to another",
        parameters=_wan_21(
            _picture("start_image_url", "first", "The picture that the film begins with"),
            _picture("end_image_url", "last", "The picture that the film ends with"),
        ),
        price=_wan_21_price,
        unit="videos",
        unit_price=400_000,  # a film of 720p
        length=_frames_length,
        presets=WAN_21_PRESETS,
        typical_seconds=100,
        sides=UNDOCUMENTED_SIDES,
    ),
    Endpoint(
        id="fal-ai/wan/v2.2-a14b/image-to-video",
        name="wan-2.2",
        command="wan22",
        title="Wan 2.2",
        help="Better motion, paid by length",
        parameters=(
            IMAGE,
            PROMPT,
            Parameter(
                name="num_frames", kind=Kind.INTEGER, help="Frames before interpolation", default=81, low=17, high=121
            ),
            Parameter(
                name="frames_per_second",
                kind=Kind.INTEGER,
                help="Frames a second before interpolation",
                default=16,
                low=4,
                high=60,
            ),
            Parameter(name="negative_prompt", kind=Kind.TEXT, help="What should not be seen", default=""),
            SEED,
            _resolution("720p", "480p", "580p", "720p"),
            ASPECT_RATIO,
            _steps(27),
            _flag("enable_safety_checker", "Refuse what is not safe to show", default=False),
            _flag("enable_prompt_expansion", "Let a language model enrich the prompt", default=False),
            ACCELERATION,
            _scale("guidance_scale", "How closely to follow the prompt, first stage", 3.5),
            _scale("guidance_scale_2", "How closely to follow the prompt, second stage", 3.5),
            _scale("shift", "Where in the process motion is decided", 5),
            Parameter(
                name="interpolator_model",
                kind=Kind.TEXT,
                help="Makes frames between the frames, for smoother motion",
                default="film",
                choices=("none", "film", "rife"),
            ),
            Parameter(
                name="num_interpolated_frames",
                kind=Kind.INTEGER,
                help="Frames made between two frames",
                default=1,
                low=0,
                high=4,
            ),
            _flag("adjust_fps_for_interpolation", "Play interpolated films faster, not longer", default=True),
            Parameter(
                name="video_quality",
                kind=Kind.TEXT,
                help="Higher looks better and makes a larger file",
                default="high",
                choices=("low", "medium", "high", "maximum"),
            ),
            Parameter(
                name="video_write_mode",
                kind=Kind.TEXT,
                help="How much time to spend on a smaller file",
                default="balanced",
                choices=("fast", "balanced", "small"),
            ),
        ),
        price=_wan_22_price,
        unit="seconds",
        unit_price=80_000,  # a second of 720p
        length=_wan_22_length,
        # fal's price counts video seconds at 16 frames and does not say whether interpolated frames count: only `best`,
        # whose member wants the smoothest motion, asks for them.
        presets={
            "draft": {"resolution": "480p", "interpolator_model": "none"},
            "standard": {"resolution": "720p", "interpolator_model": "none"},
            "best": {
                "resolution": "720p",
                "num_inference_steps": 40,
                "acceleration": "none",
                "video_quality": "maximum",
            },
        },
        typical_seconds=120,
        sides=UNDOCUMENTED_SIDES,
    ),
    Endpoint(
        id="wan/v2.6/image-to-video",
        name="wan-2.6",
        command="wan26",
        title="Wan 2.6",
        help="The newest: sharper, longer, several shots",
        parameters=(
            Parameter(name="prompt", kind=Kind.TEXT, help="What should happen in the film", required=True, high=800),
            IMAGE,
            Parameter(
                name="audio_url",
                option="audio",
                kind=Kind.SOUND,
                help="Music or sound under the film: WAV or MP3, 3 to 30 s, at most 15 MB",
                low=3,
                high=30,
                most_bytes=15_000_000,
            ),
            _resolution("1080p", "720p", "1080p"),
            Parameter(
                name="duration",
                kind=Kind.TEXT,
                help="Length of the film in seconds",
                default="5",
                choices=("5", "10", "15"),
            ),
            Parameter(name="negative_prompt", kind=Kind.TEXT, help="What should not be seen", default="", high=500),
            _flag("enable_prompt_expansion", "Let a language model enrich the prompt", default=True),
            _flag("multi_shots", "Several shots in one film; needs prompt expansion", default=None),
            SEED,
            _flag("enable_safety_checker", "Refuse what is not safe to show", default=True),
        ),
        price=_wan_26_price,
        unit="seconds",
        unit_price=100_000,  # a second of 720p
        length=_duration,
        presets={
            "draft": {"resolution": "720p", "enable_prompt_expansion": False},
            "standard": {"resolution": "720p"},
            "best": {"resolution": "1080p"},
        },
        typical_seconds=150,
        deadline_seconds=5400,
        sides=(240, 2000),
    ),
)
# What the bot makes itself, of films: no model of fal's, so it is in no catalogue and has no price.
STITCH, BESIDE = "zoetrope/stitch", "zoetrope/beside"
TITLES = {endpoint.id: endpoint.title for endpoint in CATALOGUE} | {STITCH: "Story", BESIDE: "Side by side"}
# characters of a prompt that every model takes
MOST_PROMPT = min(
    int(parameter.high)
    for endpoint in CATALOGUE
    for parameter in endpoint.parameters
    if parameter.name == PROMPT.name and parameter.high is not None
)


def by_id(catalogue: tuple[Endpoint, ...]) -> Callable[[str], Endpoint | None]:
    """Look an endpoint up by fal's id; None for one that the catalogue no longer has."""
    return {endpoint.id: endpoint for endpoint in catalogue}.get
