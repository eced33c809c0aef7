"""A draft: a prompt and the picture that its film begins with, as somebody reads them before a film is made of them.

It is kept nowhere. The message that shows it and its buttons carry all of it, so it outlives a restart.
"""

import re
from dataclasses import dataclass

from bot.domain.button import Button
from bot.domain.language import say, sentence
from bot.domain.media import frame
from bot.domain.money import dollars

DRAFT = "draft"  # as presses of its buttons are called, and the form that changes it
COMPOSE = "compose"  # the form for the parts of its prompt
DRAFT_ID = re.compile(rf"{DRAFT}:(?P<deed>make|clean|edit):(?P<told>\d+):(?P<film>[0-9a-z]*)")
MAKE = sentence("Make it for {price}")
CLEAN = sentence("Make it without the usual flaws")
EDIT = sentence("Edit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What the draft of a language model may cost, and of that what its member's credit pays; micro-dollars."""

    user_id: int
    guild_id: int | None
    price: int
    at: float  # seconds UTC
    bonus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The picture that a film begins with: a file, or the last frame of a film of ours."""

    url: str = ""
    size: int = 0  # bytes; 0: not known any more
    film: str = ""  # its job

    @property
    def address(self) -> str:
        """Where it is, as jobs have it."""
        return frame(self.film, "last") if self.film else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that is shown of one."""

    prompt: str
    frame: Frame
    price: int  # of its film, in micro-dollars
    model: str  # as a member reads it
    paid: str = ""  # what the draft itself has cost, in a sentence
    source: str | None = None  # the address of the film with whose last frame it begins
    composed: bool = False  # by the member himself

    @property
    def text(self) -> str:
        """What stands below the prompt."""
        lines = [say("A film of this costs {price} with {model}.", price=dollars(self.price), model=self.model)]
        if self.frame.film:
            film = f"[{self.frame.film}]({self.source})" if self.source else f"`{self.frame.film}`"
            lines.append(say("It begins with the last frame of the film {film}.", film=film))
        return "\n".join([*lines, *([self.paid] if self.paid else [])])

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What can be done with it."""
        about = f"{self.price}:{self.frame.film}"
        clean = (Button(say(CLEAN), f"{DRAFT}:clean:{about}", calm=True),) if self.composed else ()
        make = Button(say(MAKE, price=dollars(self.price)), f"{DRAFT}:make:{about}")
        return (make, *clean, Button(f"✏️ {say(EDIT)}", f"{DRAFT}:edit:{about}", calm=True))
