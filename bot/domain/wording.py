"""What people type, made harmless, and made comparable: so that what looks alike is alike."""

import re
import unicodedata
from collections.abc import Collection

CONTROL = frozenset({"Cc", "Cf", "Cs", "Co"})  # not what is unassigned: the next Unicode's emoji are that to us
# letters and marks to Unicode that nobody sees: a joiner, Hangul's fillers, Khmer's vowels, an empty braille cell
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
MOST_SEARCHED = 600  # characters: what PostgreSQL takes into an index, whatever the script
JOINER = "\u200d"  # makes one emoji of several, and is a trick anywhere else
COLOURED = "\ufe0f"  # lets a sign be drawn as an emoji, and says nothing anywhere else
# what is not drawn, also where nothing is assigned yet: Default_Ignorable_Code_Point (https://www.unicode.org/reports/tr44)
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# as Unicode's names of their letters begin: scripts that write word after word without a space, or parts onto words
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "BOPOMOFO", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
VOWELS = ("HANGUL JUNGSEONG", "HANGUL JONGSEONG")  # the rest of a syllable, once it is taken apart


def clean(text: str) -> str:
    """The text without control characters and what is invisible; lines stay lines, emoji stay whole."""
    kept = [""]
    for at, sign in enumerate(text):
        if _shows(sign) or _of_emoji(sign, kept[-1], text[at + 1 : at + 2]):
            kept.append(sign)
    return "".join(kept).strip()


def fold(text: str) -> str:
    """The text as it is compared: on one line, without case, accents, and other forms of the same letters."""
    plain = IGNORABLE.sub("", unicodedata.normalize("NFKD", IGNORABLE.sub("", clean(text)).casefold()))
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().split())


def searched(prompt: str) -> str:
    """What of a prompt is searched in."""
    return fold(prompt)[:MOST_SEARCHED]


def forbidden(words: Collection[str], text: str) -> str | None:
    """The first of these folded words or phrases that a text has, as a whole: what is part of a longer word is not."""
    if not words:
        return None
    folded = fold(text)
    return next((word for word in sorted(words) if _stands(word, folded)), None)


def _stands(word: str, text: str) -> bool:
    places = (found.start() for found in re.finditer(f"(?={re.escape(word)})", text))
    return any(_border(text, at) and _border(text, at + len(word)) for at in places)


def _border(text: str, at: int) -> bool:
    """Whether a word may begin or end there."""
    before, after = text[at - 1 : at], text[at : at + 1]
    if not (_of_word(before) and _of_word(after)):
        return True
    return (_unspaced(before) or _unspaced(after)) and not _continues(after)


def _of_word(sign: str) -> bool:
    return sign != "" and unicodedata.category(sign)[0] in "LNM"


def _unspaced(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith(UNSPACED)


def _continues(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M" or unicodedata.name(sign, "").startswith(VOWELS)


def _shows(sign: str) -> bool:
    if sign in "\n\t":
        return True
    return sign not in UNSEEN and unicodedata.category(sign) not in CONTROL and not IGNORABLE.match(sign)


def _of_emoji(sign: str, before: str, after: str) -> bool:
    """Whether a sign that is not drawn makes an emoji of those beside it."""
    if sign == COLOURED:
        return before != "" and unicodedata.category(before)[0] in "SPN"
    symbol = after != "" and unicodedata.category(after)[0] == "S"
    return sign == JOINER and symbol and before != "" and (before == COLOURED or unicodedata.category(before)[0] == "S")
