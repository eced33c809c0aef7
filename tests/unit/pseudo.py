"""A language that nobody speaks: what is said in it can be told from what was only written down."""

import re

from bot.domain.language import Voice


class Pseudo(Voice):
    """Wraps the words of each sentence in ⟦…⟧; its places stay outside, so that their values must be said as well."""

    def gettext(self, message: str) -> str:
        return re.sub(r"\{\w+\}", r"⟧\g<0>⟦", f"⟦{message}⟧")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


PSEUDO = Pseudo()


def unsaid(text: str, known: re.Pattern[str]) -> list[str]:
    """The words of a text that nobody has said, but for what is known to be the same in all languages."""
    return re.findall(r"[^\W\d_]+", known.sub("", re.sub(r"⟦[^⟧]*⟧", " ", text)))
