"""Plays the models: checks an input, makes its film and says what fal would say of it."""

import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass

from av.error import FFmpegError

from sandbox.fal import film, inputs, language, render
from sandbox.fal.endpoints import Json
from sandbox.fal.requests import Answer, Request
from sandbox.fal.settings import Settings
from sandbox.fal.storage import File, Storage

log = logging.getLogger(__name__)
REMEMBERED = 16  # films; whoever tries a bot again and again asks for the same one


@dataclass(frozen=True)
class Product:
    """A finished film, what a language model said and billed in dollars, or the errors for which there is neither."""

    data: bytes = b""
    plan: film.Plan | None = None
    said: tuple[Json, float] | None = None
    refusal: Answer | None = None
    seconds: float = 0


class Model:
    """Knows the endpoints for films and language models. `seed` decides the seeds that inputs leave open."""

    def __init__(self, storage: Storage, settings: Settings, seed: int) -> None:
        self._storage = storage
        self._settings = settings
        self._seed = seed
        self._random = random.Random(seed)
        self._made: deque[tuple[render.Key, bytes]] = deque(maxlen=REMEMBERED)

    def reset(self) -> None:
        self._random.seed(self._seed)

    def seed_of(self, given: Json) -> int:
        seed = given.get("seed")
        drawn = self._random.randrange(2**31)
        return seed if isinstance(seed, int) else drawn

    def make(self, request: Request, stop: threading.Event) -> Product:
        """Takes CPU time: run it in a thread; raises `render.Stopped` soon after `stop` is set."""
        began = time.monotonic()
        try:
            materials = inputs.check(request.endpoint, request.input, self._storage.fetch)
        except inputs.Unfit as unfit:
            return Product(refusal=Answer(422, unfit.body))
        if request.endpoint.id == language.ROUTER:
            return Product(said=language.answer(request.input, request.llm))
        values = request.endpoint.filled(request.input)
        pictures = list(materials.images.values())
        first, last = pictures[0], pictures[1] if len(pictures) > 1 else None
        plan = film.plan(values, first.size)
        job = render.Job(plan, request.seed, values["prompt"], first, last, materials.audio)
        try:
            return Product(self._film(job, stop), plan, seconds=time.monotonic() - began)
        except (FFmpegError, OSError, ValueError):
            log.exception("the film of request %s could not be made", request.id)
            return Product(refusal=Answer(500, {"detail": "Internal server error", "error_type": "internal_error"}))

    def _film(self, job: render.Job, stop: threading.Event) -> bytes:
        key = job.key()
        made = next((made for known, made in list(self._made) if known == key), None)
        if made is None:
            made = render.render(job, stop)
            self._made.append((key, made))
        return made

    def answer(self, request: Request, product: Product) -> Answer:
        """Store the film, if it is one, set what it costs, and tell it as the endpoint does."""
        if product.said:
            body, dollars = product.said
            request.units, request.cost = None, round(dollars * 1_000_000)
            return Answer(200, body)
        values, plan = request.endpoint.filled(request.input), product.plan
        if product.refusal or not plan:
            if request.outcome and request.outcome.body.get("video"):  # somebody else's film costs as much
                self._bill(request, values)
            return product.refusal or Answer(500, {"detail": "Internal server error"})
        name = "output.mp4"
        url = self._storage.keep(name, File("video/mp4", product.data, film=True))
        video: Json = {"url": url, "content_type": "video/mp4", "file_name": name, "file_size": len(product.data)}
        extra: Json = {
            "width": plan.width,
            "height": plan.height,
            "fps": float(plan.rate),
            "duration": plan.seconds,
            "num_frames": plan.frames,
        }
        video |= {key: extra[key] for key in request.endpoint.video_extra}
        self._bill(request, values)
        return Answer(200, {"video": video, "seed": request.seed} | _prompts(request, values))

    def _bill(self, request: Request, values: Json) -> None:
        id, units = request.endpoint.id, self._settings.units
        counted = film.price(id, values) / film.UNIT_PRICES[id]
        request.units = counted if units is None or isinstance(units, str) else units
        request.cost = round(request.units * self._settings.price_of_unit(id) * 1_000_000)


def _prompts(request: Request, values: Json) -> Json:
    expands = values.get("enable_prompt_expansion", False)
    prompt = values["prompt"]
    used = f"{prompt} The camera moves slowly, the light is soft, every detail is clear." if expands else prompt
    if "prompt" in request.endpoint.output_extra:
        return {"prompt": used}
    if expands and "actual_prompt" in request.endpoint.output_extra:
        return {"actual_prompt": used}
    return {}
