"""What a member may ask for. Every door leads here: permission, options and budget are checked in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.catalogue import CALLED, QUALITIES, SHAPES, one_picture
from bot.domain.endpoint import Endpoint, Value
from bot.domain.errors import Invalid, Refused
from bot.domain.job import Job
from bot.domain.money import Budget, day

PICTURE_BYTES = 25 * 2**20


class Ledger(Protocol):
    """Where jobs are accepted: see bot.adapters.store."""

    async def accept(self, job: Job, budget: Budget) -> Job: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, where, and how to answer."""

    origin: str  # what makes this request one request: interaction:<snowflake>
    user_id: int
    guild_id: int | None
    channel_id: int
    application_id: int
    interaction_token: str
    lacking: tuple[str, ...] = ()  # permissions that the bot would need in that channel and does not have


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that came with a request."""

    url: str
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Animation:
    """What /animate asks for, as it was typed."""

    image: Attached
    prompt: str
    model: str
    quality: str
    shape: str
    seed: int | None
    negative: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Where ids, seeds and the time come from."""

    job_id: Callable[[], str]
    seed: Callable[[], int]
    clock: Callable[[], float]  # seconds UTC


class Studio:
    """The use cases. `take` hands an accepted job to whoever carries it."""

    def __init__(
        self, ledger: Ledger, catalogue: tuple[Endpoint, ...], limit: int, chance: Chance, take: Callable[[Job], None]
    ) -> None:
        self._ledger, self._catalogue, self._limit, self._chance, self._take = ledger, catalogue, limit, chance, take

    async def animate(self, asker: Asker, asked: Animation) -> Job:
        """Accept a film from one picture: the job is stored and its price reserved when this returns.

        Raises Invalid with every problem of the options, OverBudget, or Refused where the bot could not answer.
        """
        _may_post(asker)
        endpoint, arguments = self._check(asked)
        now = self._chance.clock()
        job = Job(
            id=self._chance.job_id(),
            origin=asker.origin,
            user_id=asker.user_id,
            guild_id=asker.guild_id,
            channel_id=asker.channel_id,
            application_id=asker.application_id,
            interaction_token=asker.interaction_token,
            endpoint=endpoint.id,
            title=endpoint.title,
            length=endpoint.length(arguments),
            arguments=arguments,
            pictures={endpoint.pictures[0]: asked.image.url},
            options={"model": asked.model, "quality": asked.quality, "shape": asked.shape},
            price=endpoint.price(arguments),
            created_at=now,
        )
        return await self._ledger.accept(job, Budget(limit=self._limit, window=day(now)))

    def begin(self, job: Job) -> None:
        """The member was answered, or cannot be: let the job be carried."""
        self._take(job)

    def _check(self, asked: Animation) -> tuple[Endpoint, Mapping[str, Value]]:
        models = {endpoint.name: endpoint for endpoint in one_picture(self._catalogue)}
        problems = [
            f"`{name}` must be one of {', '.join(known)}."
            for name, given, known in (
                ("model", asked.model, models),
                ("quality", asked.quality, QUALITIES),
                ("shape", asked.shape, SHAPES),
            )
            if given not in known
        ]
        if asked.image.size > PICTURE_BYTES:
            size = f"{asked.image.size / 2**20:.1f} MB"
            problems.append(f"`image` has {size}; at most {PICTURE_BYTES // 2**20} MB can be taken.")
        if endpoint := models.get(asked.model):
            try:
                arguments = endpoint.arguments(self._given(endpoint, asked), CALLED)
                if not problems:
                    return endpoint, arguments
            except Invalid as more:
                problems += more.problems
        raise Invalid((*problems, "Nothing was spent."))

    def _given(self, endpoint: Endpoint, asked: Animation) -> dict[str, Value | None]:
        """The parameters of an endpoint that follow from the options of /animate."""
        given: dict[str, Value | None] = {
            **endpoint.presets.get(asked.quality, {}),
            "prompt": asked.prompt.strip(),
            "negative_prompt": asked.negative,
            "seed": self._chance.seed() if asked.seed is None else asked.seed,
        }
        if endpoint.takes("enable_safety_checker"):  # a channel of a community is for everybody
            given["enable_safety_checker"] = True
        if endpoint.takes("aspect_ratio"):  # else the picture is cut
            given["aspect_ratio"] = SHAPES.get(asked.shape)
        return given


def _may_post(asker: Asker) -> None:
    if asker.lacking:
        needed = ", ".join(asker.lacking)
        help_out = "Please ask a moderator to allow it, or use another channel."
        raise Refused(f"I may not post films in this channel: I lack {needed}. Nothing was spent. {help_out}")
