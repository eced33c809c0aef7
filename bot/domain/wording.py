"""What people type, made harmless, and made comparable: so that what looks alike is alike."""

import unicodedata

CONTROL = frozenset({"Cc", "Cf", "Cs", "Co"})  # not what is unassigned: the next Unicode's emoji are that to us
# letters and marks to Unicode that nobody sees: a joiner, Hangul's fillers, Khmer's vowels, an empty braille cell
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
MOST_SEARCHED = 600  # characters: what PostgreSQL takes into an index, whatever the script
JOINER = "\u200d"  # makes one emoji of several, and is a trick anywhere else


def clean(text: str) -> str:
    """The text without control characters and what is invisible; lines stay lines, emoji stay whole."""
    kept = [sign for at, sign in enumerate(text) if _shows(sign) or _joins(text, at)]
    return "".join(kept).strip()


def fold(text: str) -> str:
    """The text as it is compared: on one line, without case, accents, and other forms of the same letters."""
    plain = unicodedata.normalize("NFKD", clean(text).casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().split())


def searched(prompt: str) -> str:
    """What of a prompt is searched in."""
    return fold(prompt)[:MOST_SEARCHED]


def _shows(sign: str) -> bool:
    return sign in "\n\t" or (sign not in UNSEEN and unicodedata.category(sign) not in CONTROL)


def _joins(text: str, at: int) -> bool:
    return text[at] == JOINER and _of_emoji(text[at - 1 : at]) and _of_emoji(text[at + 1 : at + 2])


def _of_emoji(sign: str) -> bool:
    return sign == "\ufe0f" or (sign != "" and unicodedata.category(sign)[0] == "S")
