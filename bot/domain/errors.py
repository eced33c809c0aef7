"""What can go wrong, as the layers tell it to each other.

Each carries a sentence for the person who reads it: what happened, whether it cost anything, what to do next.
"""

from bot.domain.button import Button


class Refused(Exception):
    """What was asked is not done and nothing was spent; the text is for the member who asked.

    `buttons` are what he may do instead.
    """

    buttons: tuple[Button, ...] = ()


class Invalid(Refused):
    """The options do not fit together; `problems` are sentences, all of them at once."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Repeated(Refused):
    """The same was asked for already, and is being made or was: nothing more is done."""


class Stopping(Refused):
    """The bot stops, and begins nothing more: whatever outlives that is heard when it is back."""


class OverBudget(Refused):
    """It does not fit into a budget; says into which, and when that renews.

    `most` is what the most expensive film that would fit may cost, in micro-dollars; None where that is no matter.
    """

    def __init__(self, text: str, most: int | None = None) -> None:
        super().__init__(text)
        self.most = most


class Final(Exception):
    """A job cannot be finished; the text is for its owner, who gets his money back."""


class Unavailable(Exception):
    """The outside does not answer now and nothing has happened there: try again later. The text names who."""


class Busy(Unavailable):
    """The outside asks to be left alone for so many `seconds`."""

    def __init__(self, who: str, seconds: float) -> None:
        super().__init__(who)
        self.seconds = seconds


class Blocked(Exception):
    """A job cannot go on until somebody changes something; the text tells its owner what, and waits with him."""


class Broken(Exception):
    """What was fetched is not whole, or not where it was said to be: fetch it again. The text says what is wrong."""


class Unclear(Exception):
    """A paid request may or may not have been accepted: never repeat it, find out."""


class Undeliverable(Exception):
    """Discord refuses to show something here for good; the text says why."""


class TooLarge(Exception):
    """Discord does not take a file of this size here."""


class Stale(Exception):
    """The row has moved on without us: stop, with no further effect."""


class Misconfigured(Exception):
    """The bot cannot start; the text tells the operator what is missing or wrong and where to get it."""


class Forged(Exception):
    """Something claims to come from fal and does not; the text says why, for the log."""
