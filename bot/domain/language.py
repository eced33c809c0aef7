"""What people read, in the language of the one who reads it.

Sentences stand in the code in English, and in the catalogues of `bot/locale` in other languages. Each task has a voice
(a context variable, which asyncio keeps apart for each task); without one it speaks English.
"""

import contextlib
import gettext
from collections.abc import Generator, Mapping
from contextvars import ContextVar

NAMES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}

Voice = gettext.NullTranslations
ENGLISH = Voice()

_voice: ContextVar[Voice] = ContextVar("voice", default=ENGLISH)
_aloud: ContextVar[Voice] = ContextVar("aloud", default=ENGLISH)


def speak(voice: Voice, *, everybody: Voice) -> None:
    """Let this task, and those that it starts from now on, speak like this: to one alone, and before `everybody`."""
    _voice.set(voice)
    _aloud.set(everybody)


@contextlib.contextmanager
def speaking(voice: Voice) -> Generator[None]:
    """Speak like this inside, and as before afterwards."""
    before, aloud_before = _voice.set(voice), _aloud.set(voice)
    try:
        yield
    finally:
        _voice.reset(before)
        _aloud.reset(aloud_before)


def aloud() -> contextlib.AbstractContextManager[None]:
    """Speak inside as before everybody: what is said there will stand in a channel."""
    return speaking(_aloud.get())


def sentence(text: str) -> str:
    """A sentence that is said later: as it is. It only puts the sentence into the catalogues."""
    return text


def say(text: str, **values: object) -> str:
    """A sentence in the language of this task, with its {places} filled in."""
    return filled(_voice.get().gettext(text), values) if text else ""  # which gettext takes for the catalogue's head


def say_number(one: str, many: str, number: int, **values: object) -> str:
    """The same for so many of something, which is the place {number}."""
    return filled(_voice.get().ngettext(one, many, number), {"number": number, **values})


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its {places} filled in; without any value it is taken as it is."""
    return text.format(**values) if values else text
