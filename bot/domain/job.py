"""What a job is: one request for one film, a row with a state, and the moves it may make."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.catalogue import BESIDE, STITCH
from bot.domain.doors import SAFETY, SHAPES
from bot.domain.endpoint import Value
from bot.domain.language import say, sentence
from bot.domain.media import Size
from bot.domain.money import Entry
from bot.domain.retention import UNKEPT


class State(enum.StrEnum):
    """Where a job stands. Each state either is an end or has a step in the runner."""

    ACCEPTED = sentence("accepted")  # priced and reserved; nothing has happened outside
    ASKING = sentence("asking")  # its owner must say how to go on; nothing is paid
    GATHERING = sentence("gathering")  # the films are being made of which it is made then
    UPLOADED = sentence("uploaded")  # its pictures are at fal
    SUBMITTING = sentence("submitting")  # stored before the paid request leaves
    WAITING = sentence("waiting")  # we hold fal's request id
    FETCHED = sentence("fetched")  # the film is on our disk
    POSTING = sentence("posting")  # stored before the film is posted
    DELIVERED = sentence("delivered")
    FAILED = sentence("failed")
    CANCELLED = sentence("cancelled")
    LOST = sentence("lost")  # nobody knows whether the paid request was taken; never sent again


S = State
MOVES: Mapping[State, frozenset[State]] = {
    S.ACCEPTED: frozenset({S.UPLOADED, S.ASKING, S.FETCHED, S.FAILED, S.CANCELLED}),  # fetched: what the bot makes
    S.ASKING: frozenset({S.ACCEPTED, S.GATHERING, S.FAILED, S.CANCELLED}),
    S.GATHERING: frozenset({S.ACCEPTED, S.FAILED, S.CANCELLED}),
    # to waiting: by a webhook of the submit that seemed not to have left
    S.UPLOADED: frozenset({S.SUBMITTING, S.WAITING, S.FAILED, S.CANCELLED}),
    S.SUBMITTING: frozenset({S.WAITING, S.UPLOADED, S.FAILED, S.LOST}),
    S.WAITING: frozenset({S.FETCHED, S.FAILED, S.CANCELLED}),
    S.FETCHED: frozenset({S.POSTING, S.FAILED, S.CANCELLED}),
    S.POSTING: frozenset({S.POSTING, S.DELIVERED, S.FAILED}),  # to itself: the fence right before the post
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
    S.LOST: frozenset({S.WAITING}),  # when its webhook comes after all
}
ENDED = frozenset({S.DELIVERED, S.FAILED, S.CANCELLED, S.LOST})
LOCAL = frozenset({STITCH, BESIDE})
FILM = "film:"  # before the number of a job, where a medium is its film


def made_of(films: Iterable[str]) -> dict[str, str]:
    """The media of a film that the bot makes itself of the films of these jobs, in their order."""
    return {str(number): f"{FILM}{job_id}" for number, job_id in enumerate(films, 1)}


class Done(enum.StrEnum):
    """How a member wants to hear that his film is there."""

    PING = enum.auto()
    DM = enum.auto()  # a direct message besides the film in the channel
    SILENT = enum.auto()


class Cancelling(enum.Enum):
    """What fal answers when it is asked to let a request be."""

    GONE = enum.auto()  # it has no such request, or has it no longer
    ASKED = enum.auto()  # it may still be finished, and then it is paid
    TOO_LATE = enum.auto()  # it is finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request for one film. Times are seconds UTC, money is micro-dollars, ids of Discord are snowflakes.

    What was asked never changes; what became of it is filled in as the job moves.
    """

    id: str
    origin: str  # what asked for it, once: interaction:<snowflake>, again:<job>
    user_id: int
    guild_id: int | None
    channel_id: int
    application_id: int
    interaction_token: str  # reaches the card for 15 min; empty once that is another message than the answer, or closed
    upload_limit: int | None  # bytes that Discord said a file of this member may have there
    door: str  # by which it was asked for: animate
    endpoint: str  # fal's id
    title: str  # of the model, as a member reads it
    length: float  # of the film, in seconds
    arguments: Mapping[str, Value]  # as sent to fal, but for the media
    media: Mapping[str, str]  # parameter -> where the member's attachment can be downloaded, for a while
    options: Mapping[str, Value]  # of the door, as the member chose them
    price: int
    created_at: float

    hook_token: str = ""  # the secret part of the address to which fal reports
    parent_id: str | None = None  # the job that this one repeats
    remains: str = ""  # of the budgets once this job is paid, in words
    bonus: int = 0  # of the price, paid from its owner's credit
    unit_price: int | None = None  # of one of fal's units when it was accepted; not known of the oldest jobs
    cost: int | None = None  # what fal bills for it, where fal says
    booked: Entry | None = None  # how its price was settled, once for ever
    state: State = State.ACCEPTED
    epoch: int = 0  # raised when somebody else takes the row over: a fence
    sizes: Mapping[str, Sequence[int]] | None = None  # of pictures that are not alike, by their option's name
    asked_at: float | None = None  # when the question was put, or answered
    answer: str | None = None  # how its owner wants the pictures made alike
    uploads: Mapping[str, str] | None = None  # parameter -> URL at fal
    request_id: str | None = None  # fal's
    submitted_at: float | None = None
    unwanted_at: float | None = None  # when it was called off, after it was sent
    moderated: bool = False  # those who manage the server called it off, and not its owner
    ready_at: float | None = None  # when we knew that fal has an answer; may come before the reply to the submit
    heard: Mapping[str, Any] | None = None  # the result as its webhook brought it
    rendered_seconds: float | None = None  # that fal took, without its queue
    film_url: str | None = None  # at fal
    seed: int | None = None  # as fal reports it
    expanded: str | None = None  # the prompt as fal's model enriched it
    width: int | None = None  # of the film as it came, in pixels
    height: int | None = None
    seconds: float | None = None
    fetched_at: float | None = None
    card_id: int | None = None
    message_id: int | None = None  # of the finished film
    reason: str | None = None  # why it ended without a film, for its owner
    ended_at: float | None = None
    closed_at: float | None = None  # NULL while somebody must still do or say something
    wording: str = ""  # of the prompt, folded, to search in
    done: Done = Done.PING  # how its owner wants to hear of its film
    spoiler: bool = False  # the film is covered until somebody wants to see it
    seen_in: int | None = None  # the channel whose viewers see it: of a public thread its parent, of a private one none
    direct: bool = False  # its film was sent to its owner alone
    after_id: str | None = None  # the film with whose last frame it begins: the scene before, in a story
    reply_to: int | None = None  # the message to which its card and its film answer
    removed_at: float | None = None  # when its film was deleted; with a message_id it still stands in the channel

    @property
    def local(self) -> bool:
        """Whether the bot makes it itself, of films that are there: then it costs nothing."""
        return self.endpoint in LOCAL

    @property
    def parts(self) -> tuple[str, ...]:
        """The jobs of whose films the bot makes it, in their order."""
        parts = self.media.values() if self.local else ()
        return tuple(part.removeprefix(FILM) for part in parts if part.startswith(FILM))

    @property
    def shape(self) -> str:
        """The shape that was asked for, such as 16:9, or auto."""
        return str(self.arguments.get("aspect_ratio") or SHAPES.get(str(self.options.get("shape")), "auto"))

    @property
    def link(self) -> str | None:
        """The address of its film in the channel, None where there is none."""
        if not self.message_id or not self.guild_id or self.removed_at or self.direct:
            return None
        return f"https://discord.com/channels/{self.guild_id}/{self.channel_id}/{self.message_id}"

    @property
    def hidden(self) -> bool:
        """Whether its message was taken away, so that its owner and those who manage the server see it alone."""
        return self.state is State.DELIVERED and self.message_id is None and self.removed_at is None

    @property
    def paid(self) -> int:
        """What its owner pays for its film: what fal bills, and never more than the price that he was told.

        What fal bills above that is at the expense of whoever runs the bot, and counts in his and the server's budgets;
        without a word of fal the price stands.
        """
        return self.price if self.cost is None else min(self.cost, self.price)

    @property
    def unchecked(self) -> bool:
        """Whether fal's safety checker may not have looked at it."""
        return self.forgotten or self.arguments.get(SAFETY) is False

    @property
    def asks_price(self) -> bool:
        """Whether its owner is asked about its price, and not about its pictures."""
        return self.state is State.ASKING and self.sizes is None

    @property
    def unlike(self) -> dict[str, Size]:
        """The sizes of its pictures where they are not alike, by their option's name."""
        return {name: Size(*size) for name, size in (self.sizes or {}).items()}

    @property
    def prompt(self) -> str:
        """What the member asked to happen, or that this is no longer kept."""
        return str(self.arguments["prompt"]) if "prompt" in self.arguments else say(UNKEPT)

    @property
    def forgotten(self) -> bool:
        """Whether it is no longer kept what was asked for."""
        return not self.arguments
