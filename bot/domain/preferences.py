"""What a member has chosen for himself, in all servers."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.endpoint import Value
from bot.domain.job import Done

DONE = {
    Done.PING: "When a film is done, it pings you.",
    Done.DM: "When a film is done, it pings nobody, and I send you a direct message.",
    Done.SILENT: "When a film is done, it pings nobody.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What holds where a command's options are left out, and how its owner hears of a film."""

    model: str | None = None
    quality: str | None = None
    shape: str | None = None
    negative: str | None = None
    done: Done = Done.PING
    private: bool = False  # other members do not see his films in /history and /job

    @property
    def options(self) -> Mapping[str, Value]:
        """Those that are options of commands, where he has chosen something."""
        chosen = {"model": self.model, "quality": self.quality, "shape": self.shape, "negative": self.negative}
        return {name: value for name, value in chosen.items() if value is not None}

    @property
    def text(self) -> str:
        """All of it, a line each."""
        usual = "as usual"
        lines = [f"**{name.capitalize()}** {self.options.get(name, usual)}" for name in ("model", "quality", "shape")]
        lines.append(f"**Negative** {f'“{self.negative}”' if self.negative else usual}")
        seen = "Other members do not see" if self.private else "Other members see"
        managers = " Who manages a server can look at one there by its number." if self.private else ""
        return "\n".join([*lines, DONE[self.done], f"{seen} your films in /history and /job.{managers}"])
