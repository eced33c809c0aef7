"""What can be done with a film: one row each, from which buttons, reactions and menus follow."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.button import Button, button_id
from bot.domain.job import ENDED, Job, State
from bot.domain.language import say, sentence

RUNNING = frozenset(State) - ENDED
THERE = frozenset({State.DELIVERED})


class Whose(enum.Enum):
    """Who may do something with a film that he sees."""

    ANYBODY = enum.auto()  # what it costs is paid by the one who asks
    OWNERS = enum.auto()  # its owner, and those who manage the server


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done with a film."""

    name: str
    emoji: str
    label: str  # of its button
    states: frozenset[State]  # in which it is offered
    whose: Whose = Whose.ANYBODY
    asks: bool = False  # something must be said first: a modal or a question, which no reaction can open
    offered: bool = False  # the bot puts its emoji on a film, for those who do not know it
    lasting: bool = False  # as long as the reaction stands
    rendered: bool = False  # only with what a model has made, and not with what the bot makes of films itself
    public: bool = False  # what comes of it is seen by others: never of a film that a moderator hid
    unseen: bool = False  # nothing shows that it was done, so whoever reacted is told

    def there(self, job: Job) -> bool:
        """Whether it is offered for this job as it stands."""
        gone = job.removed_at is not None or (self.public and job.hidden)
        return job.state in self.states and not gone and not (self.rendered and job.local)

    def button(self, job_id: str) -> Button:
        """What does it."""
        return Button(f"{self.emoji} {say(self.label)}", button_id(self.name, job_id), calm=True)


TABLE = (
    Action(
        name="again",
        emoji="🔁",
        label=sentence("Again"),
        states=frozenset({State.DELIVERED, State.FAILED, State.LOST, State.CANCELLED}),
        offered=True,
        rendered=True,
        public=True,
    ),
    Action(name="edit", emoji="✏️", label=sentence("Edit"), states=ENDED, asks=True, rendered=True, public=True),
    Action(name="better", emoji="⬆️", label=sentence("Better"), states=THERE, rendered=True, public=True),
    Action(name="continue", emoji="⏩", label=sentence("Continue"), states=THERE, asks=True, offered=True, public=True),
    Action(name="bridge", emoji="🌉", label=sentence("Bridge"), states=THERE, asks=True, public=True),
    Action(name="cancel", emoji="🛑", label=sentence("Cancel"), states=RUNNING, whose=Whose.OWNERS),
    Action(name="send", emoji="✉️", label=sentence("Send me"), states=THERE),
    Action(name="favourite", emoji="⭐", label=sentence("Favourite"), states=THERE, offered=True, lasting=True),
    Action(name="report", emoji="🚩", label=sentence("Report"), states=THERE, unseen=True),
    Action(name="delete", emoji="🗑️", label=sentence("Delete"), states=THERE, whose=Whose.OWNERS, asks=True),
)
BY_NAME: Mapping[str, Action] = {action.name: action for action in TABLE}
# what presses of buttons do besides: answers to questions, what follows a press, what moderators do
BESIDES = ("answer", "all", "cheaper", "prompt", "film", "erase", "hide", "dismiss")
ACTIONS = (*BESIDES, *BY_NAME)
BUTTON_ID = re.compile(rf"(?P<action>{'|'.join(ACTIONS)}):(?P<job>[0-9a-z]+)(?::(?P<detail>\w+))?")
# what stands as long as its reaction, of which therefore is kept that it was heard
LASTING = tuple(action.name for action in TABLE if action.lasting)


def by_emoji(emoji: str) -> Action | None:
    """What a reaction does, however its emoji is written: with the sign that asks for colour (U+FE0F) or without."""
    return next((action for action in TABLE if _bare(action.emoji) == _bare(emoji)), None)


def offered(job: Job) -> tuple[str, ...]:
    """The emojis that the bot puts on a film."""
    return tuple(action.emoji for action in TABLE if action.offered and action.there(job))


def buttons(job: Job) -> tuple[Button, ...]:
    """Those below a film, or its sheet: what can be done with it as it stands."""
    return tuple(action.button(job.id) for action in TABLE if action.there(job))


def _bare(emoji: str) -> str:
    return emoji.replace("\N{VARIATION SELECTOR-16}", "")
