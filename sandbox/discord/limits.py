"""Rate limits: a bucket for each route and major parameter, told in the headers of every answer."""

import zlib
from collections.abc import Mapping

from sandbox.discord.wire import Clock, Refusal

MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
# Without Via discord.py takes a 429 for Cloudflare's own and raises instead of waiting (http.py:712).
VIA = {"Via": "1.1 google"}
LIMIT, WINDOW_SECONDS = 5, 1.0


class Buckets:
    """`limit` requests per `window` seconds in each bucket."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: dict[tuple[str, ...], tuple[int, float]] = {}
        self.limit = LIMIT
        self.window = WINDOW_SECONDS

    def reset(self) -> None:
        """All buckets full, with the default size."""
        self.resize(LIMIT, WINDOW_SECONDS)

    def resize(self, limit: int, window: float) -> None:
        """Other buckets from now on."""
        self.limit, self.window = limit, window
        self._left.clear()

    def take(self, route: str, ids: Mapping[str, str]) -> tuple[dict[str, str], Refusal | None]:
        """Count a request → (the headers of its answer, the 429 if the bucket was empty)."""
        now = self._clock()
        name = f"{zlib.crc32(route.replace('@original', '{message_id}').encode()):08x}"
        key = (name, *(ids.get(part, "") for part in MAJOR))
        left, end = self._left.get(key, (0, 0.0))
        if now >= end:
            left, end = self.limit, now + self.window
        refusal = None if left > 0 else limited(end - now)
        left = max(left - 1, 0)
        self._left[key] = (left, end)
        seen = {"Limit": self.limit, "Remaining": left, "Reset": f"{end:.3f}", "Reset-After": f"{end - now:.3f}"}
        headers = {f"X-RateLimit-{part}": str(value) for part, value in seen.items()}
        if refusal:
            headers |= limit_headers(end - now, "user")
        return VIA | headers | {"X-RateLimit-Bucket": name}, refusal


def limited(seconds: float, *, everywhere: bool = False) -> Refusal:
    """Discord's 429."""
    more = {"retry_after": round(seconds, 3), "global": everywhere}
    return Refusal(429, 0, "You are being rate limited.", **more)


def limit_headers(seconds: float, scope: str) -> dict[str, str]:
    """What a 429 says in its headers; scope is user, shared or global."""
    headers = {"X-RateLimit-Scope": scope, "Retry-After": str(int(seconds) + 1)}
    return headers | ({"X-RateLimit-Global": "true"} if scope == "global" else {})
