"""What a member is asked before a film is made: forms, which Discord shows as modals. Fields are named as options."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.catalogue import MOST_PROMPT, PROMPT
from bot.domain.doors import EVERYDAY, NEGATIVE, QUALITY, Door
from bot.domain.draft import COMPOSE, DRAFT
from bot.domain.endpoint import Parameter, Value
from bot.domain.history import label
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.order import Attached
from bot.domain.prompting import MOST_OF

MOST_TEXT = 4000  # characters of a field, Discord's limit
MOST_FILMS = 25  # choices of a field, Discord's limit
NEGATIVES = frozenset({"negative_prompt", EVERYDAY["negative_prompt"]})
# the options that a form has besides the texts, the first three that a command has
KEY = ("model", "quality", "shape", "duration", "resolution", "aspect_ratio")
MOST_KEY = 3
FILM, PICTURE = "film", "picture"
PARTS = {  # of a prompt, each with an example in the language that models know best
    "subject": (sentence("Who or what stays the same"), "an old fisherman with a grey beard"),
    "motion": (sentence("What moves, and how"), "he breathes calmly, the wind stirs his beard"),
    "camera": (sentence("One calm choice"), "slow push in"),
    "style": (sentence("A few words about style and light"), "realistic, cold morning light"),
}
Given = Mapping[str, str | Attached | None]  # what was filled in, by the names of the fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text to write; `hint` stands where it is empty."""

    id: str
    about: str
    value: str = ""
    hint: str = ""
    needed: bool = False
    most: int = MOST_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several, or none: what each says, by its value."""

    id: str
    about: str
    choices: Mapping[str, str]
    value: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to attach, or none."""

    id: str
    about: str
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: `id` says what is done with it, `carries` comes back with it unseen."""

    id: str
    title: str
    fields: Sequence[Text | Choice | Upload] = field(default_factory=tuple[Text | Choice | Upload, ...])
    carries: str = ""

    def again(self, typed: Mapping[str, str]) -> "Form":
        """The form filled in with what was typed before, by the names of its fields."""
        return replace(self, fields=[_refilled(one, typed) for one in self.fields])


def texts(given: Given) -> dict[str, str]:
    """The options that were filled in: neither files nor films."""
    return {name: value for name, value in given.items() if isinstance(value, str) and name != FILM}


def _refilled(one: Text | Choice | Upload, typed: Mapping[str, str]) -> Text | Choice | Upload:
    if isinstance(one, Upload) or one.id not in typed:
        return one
    if isinstance(one, Choice):
        return replace(one, value=typed[one.id]) if typed[one.id] in one.choices else one
    return replace(one, value=typed[one.id][: one.most])


def editing(job: Job, door: Door, options: Mapping[str, Value | None]) -> Form:
    """Asks what is to be different in a film."""
    seed = say("The seed stays, so you see what your words change. Left empty, the prompt stays too.")
    prompt = Text(id=PROMPT.called, about=seed, value=_whole(job.prompt))
    negative = [_text(one, options.get(one.called)) for one in door.options if one.called in NEGATIVES]
    return Form(
        id=f"edit:{job.id}",
        title=say("Edit this film"),
        fields=[prompt, *negative, *(_choice(one, options.get(one.called)) for one in _key(door))],
    )


def continuing(job: Job, most: int) -> Form:
    """Asks what happens next."""
    about = say("The film begins with the last picture of this one.")
    hint = say("She turns around and walks to the door, the camera follows")
    prompt = Text(id=PROMPT.called, about=about, hint=hint, needed=True, most=most)
    return Form(id=f"continue:{job.id}", title=say("What happens next?"), fields=[prompt])


def bridging(job: Job, films: Iterable[Job]) -> Form:
    """Asks where a film is to lead: to another one, or to a picture."""
    found = {one.id: label(one) for one in films}
    about = say("It leads to the first picture of that film.")
    choice = [Choice(id=FILM, about=about, choices=found, hint=say("One of the last films"))] if found else []
    upload = Upload(id=PICTURE, about=say("Or to this picture, which counts if there are both"))
    return Form(
        id=f"bridge:{job.id}",
        title=say("A bridge from this film"),
        fields=[_prompt(say("How the one becomes the other")), *choice, upload, _choice(QUALITY, _quality(job))],
    )


def composing() -> Form:
    """Asks for the parts of a prompt, and for a picture."""
    parts = [
        Text(id=name, about=say(about), hint=hint, needed=name in ("subject", "motion"), most=MOST_OF[name])
        for name, (about, hint) in PARTS.items()
    ]
    picture = Upload(id=PICTURE, about=say("The film begins with it"), needed=True)
    return Form(id=COMPOSE, title=say("Put a prompt together"), fields=[picture, *parts])


def changing(prompt: str, told: int, film: str, door: Door) -> Form:
    """Asks what is to be different in a draft; its film was told to cost so much (micro-dollars)."""
    text = Text(id=PROMPT.called, about=say(PROMPT.help), value=prompt[:MOST_PROMPT], needed=True, most=MOST_PROMPT)
    negative = replace(_text(NEGATIVE, None), hint=say("as usual"))
    return Form(
        id=f"{DRAFT}:{told}:{film}",
        title=say("Change it, and make it"),
        fields=[text, *(_choice(one, None) for one in _key(door)), negative],
    )


def animating(door: Door, carries: str) -> Form:
    """Asks what is to happen in a picture that was found in a message."""
    key = [_choice(one, None) for one in _key(door)]
    return Form(id="animate", title=say("Animate this"), fields=[_prompt(say(PROMPT.help)), *key], carries=carries)


def morphing(name: str, carries: str, about: str) -> Form:
    """Asks what the picture that was found in a message is to become, or to begin with."""
    prompt = _prompt(say("How the one becomes the other"))
    title = say("Morph from this") if name == "first" else say("Morph to this")
    fields = [prompt, Upload(id=PICTURE, about=about), _choice(QUALITY, None)]
    return Form(id=f"morph:{name}", title=title, fields=fields, carries=carries)


def _prompt(about: str) -> Text:
    return Text(id=PROMPT.called, about=about, needed=True)


def _text(option: Parameter, value: Value | None) -> Text:
    most = MOST_TEXT if option.high is None else min(int(option.high), MOST_TEXT)
    return Text(id=option.called, about=say(option.help), value=_whole(str(value or ""), most), most=most)


def _choice(option: Parameter, value: Value | None) -> Choice:
    """Nothing is chosen where nothing was: then the member's preference holds, or what is usual."""
    choices = {one: say(option.labels.get(one, one)) for one in option.choices}
    chosen = str(value) if value in option.choices else ""
    return Choice(id=option.called, about=say(option.help), choices=choices, value=chosen, hint=say("as usual"))


def _key(door: Door) -> list[Parameter]:
    known = {one.called: one for one in door.options if one.choices}
    return [known[name] for name in KEY if name in known][:MOST_KEY]


def _quality(job: Job) -> Value | None:
    return job.options.get(QUALITY.called)


def _whole(text: str, most: int = MOST_TEXT) -> str:
    """The text if it fits: cut off it would be another one."""
    return text if len(text) <= most else ""
