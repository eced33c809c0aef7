"""The same picture and prompt by several models: one question about what they cost, then all of the films, or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.catalogue import BESIDE
from bot.domain.endpoint import Value
from bot.domain.errors import Refused
from bot.domain.job import Done, Job
from bot.domain.language import say, sentence
from bot.domain.order import Attached, Order
from bot.studio import Asker, Studio

DOOR = "animate"
ALIKE = sentence("A comparison needs different models. Nothing was spent; please choose another one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is to be compared: two or three models, by their names, and what all of them are given."""

    models: Sequence[str]
    image: Attached
    options: dict[str, Value | None]  # those that were given; for the others holds what he prefers


class Comparisons:
    """The use cases. Both raise Refused with a sentence, and Unavailable as the store does."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def ask(self, asker: Asker, wish: Comparison) -> Job:
        """Accept the film of them side by side, which asks first about the price of all and then waits for them.

        It reserves their price while it asks, and costs nothing itself.
        """
        if len(set(wish.models)) < len(wish.models):
            raise Refused(say(ALIKE))
        films = await self._films(asker, asker.origin, wish)
        first = films[0]
        return await self._studio.local(
            asker,
            origin=asker.origin,
            ask=True,
            door="compare",
            endpoint=BESIDE,
            title=", ".join(film.title for film in films),
            length=max(film.length for film in films),
            arguments={"prompt": first.prompt},
            media={"image": wish.image.url},
            # with the seed, and with what he prefers now: he may prefer something else when he answers
            options={**first.options, "seed": first.arguments.get("seed", 0), "model": ", ".join(wish.models)},
            price=sum(film.price for film in films),
            spoiler=first.spoiler,
        )

    async def agree(self, asker: Asker, job_id: str) -> None:
        """He agrees to the price of all: they are accepted, all or none, and then put side by side.

        Of all films only the last pings him. Raises OverBudget where they do not all fit; then it goes on asking.
        """
        job = await self._studio.asked(asker, job_id)
        image = Attached(url=job.media["image"], size=0)
        left_out = {one.called: None for one in self._studio.door(DOOR).options}
        options = {**left_out, **job.options}  # as it was asked, whatever he prefers by now
        wish = Comparison(models=str(job.options["model"]).split(", "), image=image, options=options)
        # the interaction's token would reach the question, and not their own cards
        films = await self._films(replace(asker, interaction_token=""), f"compare:{job.id}", wish)
        await self._studio.gather(asker, job, [replace(film, done=Done.SILENT) for film in films])

    async def _films(self, asker: Asker, origin: str, wish: Comparison) -> list[Job]:
        orders = [
            Order(door=DOOR, options={**wish.options, "model": model}, media={"image": wish.image})
            for model in wish.models
        ]
        return [
            await self._studio.prepared(asker, order, f"{origin}:{number}") for number, order in enumerate(orders, 1)
        ]
