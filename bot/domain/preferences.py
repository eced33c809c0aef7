"""What a member has chosen for himself, in all servers."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.endpoint import Value
from bot.domain.job import Done
from bot.domain.language import NAMES, say, sentence

DONE = {
    Done.PING: sentence("When a film is done, it pings you."),
    Done.DM: sentence("When a film is done, it pings nobody, and I send you a direct message."),
    Done.SILENT: sentence("When a film is done, it pings nobody."),
}

OPEN = sentence("Other members see your films in /history and /job.")
PRIVATE = sentence(
    "Other members do not see your films in /history and /job. "
    "Who manages a server can look at one there by its number."
)

READ = sentence("Where scenes are on, /scene may make one of what you write.")
UNREAD = sentence("/scene leaves out what you write and post, in all servers.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What holds where a command's options are left out, and how its owner hears of a film."""

    model: str | None = None
    quality: str | None = None
    shape: str | None = None
    negative: str | None = None
    done: Done = Done.PING
    language: str | None = None  # its code, such as de
    unread: bool = False  # no scene is made of his messages
    private: bool = False  # other members do not see his films in /history and /job

    @property
    def options(self) -> Mapping[str, Value]:
        """Those that are options of commands, where he has chosen something."""
        chosen = {"model": self.model, "quality": self.quality, "shape": self.shape, "negative": self.negative}
        return {name: value for name, value in chosen.items() if value is not None}

    @property
    def text(self) -> str:
        """All of it, a line each."""
        usual = say("as usual")
        lines = [
            say("**Model** {model}", model=self.model or usual),
            say("**Quality** {quality}", quality=say(self.quality) if self.quality else usual),
            say("**Shape** {shape}", shape=say(self.shape) if self.shape else usual),
            say("**Negative** {negative}", negative=f"“{self.negative}”" if self.negative else usual),
            say("**Language** {language}", language=NAMES.get(self.language or "", usual)),
        ]
        told = [DONE[self.done], PRIVATE if self.private else OPEN, UNREAD if self.unread else READ]
        return "\n".join([*lines, *map(say, told)])
