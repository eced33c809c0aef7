"""The languages that the bot speaks besides English: one catalogue each in `bot/locale`, in gettext's format."""

import gettext
import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.domain.language import Voice

CATALOGUES = Path(__file__).parents[1] / "locale"


def voices(folder: Path = CATALOGUES) -> dict[str, Voice]:
    """The voice of each catalogue, by the language's code, such as de."""
    return {file.stem: _voice(file) for file in sorted(folder.glob("*.po"))}


def _voice(file: Path) -> Voice:
    compiled = io.BytesIO()
    with file.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=file.stem))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
