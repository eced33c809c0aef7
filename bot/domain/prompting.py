"""How a good prompt is built: of which parts, what is best kept out of a film, and examples to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.errors import Invalid
from bot.domain.language import say, sentence
from bot.domain.wording import clean

# Characters of each part, so that all of them together fit into the shortest prompt that a model takes.
MOST_OF: Mapping[str, int] = MappingProxyType(
    {"subject": 150, "motion": 250, "camera": 100, "environment": 120, "style": 100}
)

MISSING = {
    "subject": sentence("`subject` is empty: please say who or what is in the picture and stays the same."),
    "motion": sentence("`motion` is empty: please say what moves, and how."),
}
# What often goes wrong in films that are made of a picture.
NEGATIVES = (
    "distorted faces",
    "malformed hands",
    "extra limbs",
    "shaking",
    "flicker",
    "torn frames",
    "heavy blur",
    "low quality",
    "garish colours",
    "watermarks",
    "subtitles",
    "garbled letters",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A prompt that works, in the language that models know best, and why."""

    prompt: str
    why: str


EXAMPLES = (
    Example(
        prompt="An old fisherman with a grey beard, just as in the picture. He breathes calmly, the wind stirs his "
        "beard. Camera: slow push in. Cold morning light over the harbour. Realistic, shallow depth of field.",
        why=sentence("Small motions leave a face what it is."),
    ),
    Example(
        prompt="The cat on the sill stays where it is. Its tail sways, one ear turns. Still camera, warm evening sun.",
        why=sentence("A still camera leaves all of the motion to the subject."),
    ),
    Example(
        prompt="Steam rises from the cup and curls away. Nothing else moves. The camera glides slowly to the left.",
        why=sentence("One thing that moves, said plainly, is followed better than five."),
    ),
    Example(
        prompt="The mountain lake lies as it is. Clouds drift, ripples cross the water. Slow pan right, soft light.",
        why=sentence("A landscape lives by weather and water, and bears a moving camera."),
    ),
    Example(
        prompt="The knight keeps armour and pose. His cloak lifts in the wind, sparks float by. An ink drawing.",
        why=sentence("Name the style of a drawing, or the film may turn it into a photograph."),
    ),
)

PARTS = (
    sentence("1. **Subject**: who or what stays the same from the first frame to the last."),
    sentence("2. **Motion**: what moves, and how. Small and natural holds best: a breath, a glance, wind in the hair."),
    sentence("3. **Camera**: one calm choice, such as still, a slow push in or a slow pan."),
    sentence("4. **Environment**: light, weather, background."),
    sentence("5. **Style**: a few words, such as realistic or hand-drawn."),
)
TRAPS = (
    sentence("- Fights, spins and great changes of pose tear faces and hands: ask for less, or for several films."),
    sentence("- What should not be seen goes into `negative`, without “no”: {negatives}."),
    sentence("- Where a film does not follow the prompt, make it shorter and say motion and camera outright."),
    sentence("- Where you want more to happen, make one film, take its end as the next picture, and go on from there."),
)


def guide() -> str:
    """How to write a prompt, with examples; fits the description of an embed (4096 characters)."""
    return "\n".join(
        (
            say(
                "A prompt says what *happens*; the picture already shows what is *there*. Five parts, in this order, "
                "best in English:"
            ),
            *map(say, PARTS),
            "",
            say("**Prompts that work**"),
            *(f"> {example.prompt}\n{say(example.why)}" for example in EXAMPLES),
            "",
            say("**Where it goes wrong**"),
            *(say(trap, negatives=", ".join(NEGATIVES[:4])) for trap in TRAPS),
            "",
            say("`/compose` asks for the parts one by one and puts them together."),
        )
    )


def unflawed(own: str, most: int) -> str:
    """What somebody never wants to see, and behind it what else often goes wrong, as far as it fits (characters)."""
    kept = [own] if own else []
    for one in NEGATIVES:
        if len(", ".join([*kept, one])) <= most:
            kept.append(one)
    return ", ".join(kept)


def assembled(*, subject: str, motion: str, camera: str = "", environment: str = "", style: str = "") -> str:
    """One prompt of these parts, on one line and short enough for every model; parts over their limit are cut.

    What is empty is left out. Raises Invalid without a subject or a motion.
    """
    given = {"subject": subject, "motion": motion, "camera": camera, "environment": environment, "style": style}
    parts = {name: _part(text, MOST_OF[name]) for name, text in given.items()}
    missing = [name for name in ("subject", "motion") if not parts[name]]
    if missing:
        raise Invalid(tuple(say(MISSING[name]) for name in missing))
    sentences = (
        f"{_capital(parts['subject'])}, just as in the picture.",
        f"{_capital(parts['motion'])}.",
        f"Camera: {parts['camera']}." if parts["camera"] else "",
        f"{_capital(parts['environment'])}." if parts["environment"] else "",
        f"{_capital(parts['style'])}." if parts["style"] else "",
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _part(text: str, most: int) -> str:
    """On one line, without a full stop at its end: that comes with the sentence."""
    flat = " ".join(clean(text).split())
    return clean(flat[:most]).rstrip(" .,;:")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
