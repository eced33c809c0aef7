"""How long files from outside take to be opened, each in a process of its own. Prints seconds."""

import asyncio
import io
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from PIL import Image

from bot.adapters.media import Media
from tests import films

RUNS = 5


def photo() -> bytes:
    """A JPEG of 12 million pixels with something in it, as a phone makes it."""
    file = io.BytesIO()
    Image.effect_mandelbrot((4000, 3000), (-2, -1.2, 1, 1.2), 60).convert("RGB").save(file, "JPEG", quality=92)
    return file.getvalue()


async def main() -> None:
    media, noisy = Media(), films.film(frames=450, rate=30, size=(1920, 1080), heard="aac", noise=0.3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photo").write_bytes(photo())
        (folder / "small").write_bytes(films.film())
        (folder / "large").write_bytes(noisy)
        await timed("a photo of 12 MP", lambda: media.prepare(folder / "photo", folder / "made", sides=(64, 4096)))
        await timed("a look at a film of 5 s", lambda: media.check(folder / "small", seconds=5))
        fit = f"15 s of 1080p with sound, from {len(noisy) / 2**20:.0f} MiB into 10 MiB"
        (folder / "scene").write_bytes(films.film(frames=120, rate=24, size=(1280, 720), heard="aac", noise=0.05))
        story, made = [folder / "scene"] * 10, folder / "story"
        await timed("ten films of 5 s of 720p joined by fades", lambda: media.stitch(story, made, fade=0.5), runs=1)
        await timed("a sheet of them", lambda: media.sheet(story, folder / "sheet"), runs=1)
        await timed(fit, lambda: media.fit(folder / "large", folder / "fitted", limit=10 * 2**20), runs=1)


async def timed(what: str, work: Callable[[], Awaitable[object]], runs: int = RUNS) -> None:
    """Do it a few times: the first may start the server from which the processes are forked."""
    took: list[float] = []
    for _ in range(runs):
        began = time.monotonic()
        await work()
        took.append(time.monotonic() - began)
    print(f"{what}: {', '.join(f'{seconds:.2f}' for seconds in took)} s")


if __name__ == "__main__":  # the processes import this file again
    asyncio.run(main())
