"""Faults that the control API orders: what goes wrong, how often, for which requests."""

from dataclasses import asdict, dataclass

from sandbox.discord.wire import CallerMistake, Json

REST = (
    "error_500",
    "error_503",
    "rate_limited",
    "shared_limited",
    "global_limited",
    "cloudflare_limited",
    "timeout",
    "drop_connection",
    "drop_after_accept",
)
GATEWAY = ("gateway_close", "gateway_invalid_session", "gateway_reconnect", "gateway_drop")
SECONDS = {"timeout": 60.0}
CDN = "attachments/"


@dataclass
class Fault:
    """One order. `seconds` is how long a limit or a silence lasts."""

    kind: str
    times: int
    seconds: float
    match: str


class Faults:
    """The orders that are still open, oldest first."""

    def __init__(self) -> None:
        self._open: list[Fault] = []

    def reset(self) -> None:
        """Nothing goes wrong any more."""
        self._open.clear()

    def order(self, body: Json) -> None:
        """Take an order from the control API."""
        kind, times = body.get("kind"), body.get("times", 1)
        seconds, match = body.get("seconds", SECONDS.get(str(kind), 1.0)), body.get("match", "")
        if not isinstance(times, int) or times < 1 or not isinstance(seconds, (int, float)) or seconds < 0:
            raise CallerMistake("'times' is a whole number from 1, 'seconds' a number from 0")
        if kind not in REST or not isinstance(match, str):
            raise CallerMistake(f"'kind' is one of {', '.join((*REST, *GATEWAY))}; 'match' is text")
        self._open.append(Fault(str(kind), times, float(seconds), match))

    def waiting(self) -> list[Json]:
        """The orders that are still open, with the times that are left."""
        return [asdict(fault) for fault in self._open]

    def take(self, *names: str) -> Fault | None:
        """The fault for a request that goes by these names ("METHOD /path"); it counts as used.

        Files of the CDN break only where `match` says so: a person's browser fetches them as well.
        """
        for fault in self._open:
            cdn = any(CDN in name for name in names)
            if any(fault.match in name for name in names) and (not cdn or CDN in fault.match):
                fault.times -= 1
                if not fault.times:
                    self._open.remove(fault)
                return fault
        return None
