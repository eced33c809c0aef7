"""What goes wrong on purpose: each fault strikes a number of times where it matches, then it is gone."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.fal.endpoints import Json
from sandbox.fal.settings import Refused

# They spoil an answer; without `match` that of a submit.
HTTP_KINDS = ("locked_account", "rate_limited", "json_503", "nginx_502", "drop_reply_after_accept", "slow")
KINDS = (
    *HTTP_KINDS,
    "requeue",
    "never_finish",
    "result_expired",
    "webhook_lost",
    "webhook_twice",
    "webhook_late",
    "webhook_early",
    "webhook_forged",
    "upload_fails",
    "video_truncated",
    "video_404",
)


@dataclass
class Fault:
    """Strikes `times` more times where `match` is part of "METHOD host/path"; `seconds` is its delay, if it has one."""

    kind: str
    times: int = 1
    seconds: float | None = None
    match: str | None = None


class Faults:
    """The faults that wait for their moment, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, asked: Json) -> None:
        """Take in a control call's JSON; `Refused` if it makes no sense."""
        if asked.get("kind") not in KINDS:
            raise Refused(f"There is no fault {asked.get('kind')}; there are {', '.join(KINDS)}.")
        if unknown := set(asked) - {"kind", "times", "seconds", "match"}:
            raise Refused(f"A fault has no {', '.join(sorted(unknown))}.")
        times, seconds, match = asked.get("times", 1), asked.get("seconds"), asked.get("match")
        if not (isinstance(times, int) and times > 0):
            raise Refused("times must be a whole number, 1 or more.")
        if seconds is not None and not _positive(seconds):
            raise Refused("seconds must be a number, 0 or more.")
        if match is not None and not isinstance(match, str):
            raise Refused("match must be a part of METHOD host/path.")
        self._waiting.append(Fault(asked["kind"], times, seconds, match))

    def waiting(self) -> list[Json]:
        """What is still to strike, with the times that are left, as it would be asked for."""
        return [asdict(fault) for fault in self._waiting]

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, kinds: str | tuple[str, ...], *lines: str, default: bool = True) -> Fault | None:
        """The first fault of these kinds that matches one of `lines`, used up by one.

        `default` says whether a fault without `match` strikes here.
        """
        wanted = (kinds,) if isinstance(kinds, str) else kinds
        for fault in self._waiting:
            hits = default if fault.match is None else any(fault.match in line for line in lines)
            if fault.kind in wanted and hits:
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return None


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
