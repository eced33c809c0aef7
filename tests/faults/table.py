"""What becomes of a job for each thing that may go wrong: the one table, which `make readme` writes into the README.

A member sees exactly one film, or one plain notice, and nothing else is left in the channel. At most one request is
made of it at fal. The price is reserved once, and then settled or given back once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.pace import Pace
from sandbox.client import Json
from sandbox.fal.faults import HTTP_KINDS
from tests.crash.count import FAILED, FILM, UNSENT, Outcome
from tests.e2e.conftest import QUICK

REFUSED = Outcome(state="failed", submissions=0, notices=1)
# Where a fault strikes: the requests that its `match` fits.
FAL_PLACES = {
    "the submit": "POST queue.fal.run",
    "the upload": "POST v3.fal.media",
    "a look": "/status",
    "the result": "GET queue.fal.run",
    "the film's download": "GET v3.fal.media",
}
# The first requests that fit the place of the result are looks: they get what does no harm, so that it has its turn.
LOOKS = {"kind": "slow", "seconds": 0, "times": 1, "match": "/status"}
DISCORD_PLACES = {
    "the answer": "POST /interactions/{interaction_id}/{interaction_token}/callback",
    "the card": "PATCH /webhooks",
    "the film": "POST /channels/{channel_id}/messages",
    "the card's removal": "DELETE /webhooks",
}
ATTEMPTS = 12  # at a film that does not come whole: more than there are jobs at once, as one may meet all their faults
PATIENT = replace(QUICK, fetches=(0.02,) * (ATTEMPTS - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of fal's: where it strikes a job, how often, and what becomes of the job."""

    kind: str
    at: str
    times: int = 1
    seconds: float | None = None
    becomes: Outcome = FILM

    def orders(self, jobs: int = 1) -> list[Json]:
        """It as the sandbox takes it, for so many jobs."""
        order: Json = {"kind": self.kind, "times": self.times * jobs}
        order |= {"match": FAL_PLACES[self.at]} if self.kind in HTTP_KINDS else {}  # the others have their one place
        order |= {} if self.seconds is None else {"seconds": self.seconds}
        return [LOOKS, order] if order.get("match") == FAL_PLACES["the result"] else [order]


def _at_each_place(kind: str, *, seconds: float | None = None, submit: Outcome = FILM) -> Sequence[Fault]:
    """The submit alone may decide about the job."""
    faults = [Fault(kind=kind, at=place, seconds=seconds) for place in FAL_PLACES]
    return [replace(faults[0], becomes=submit), *faults[1:]]


# The first of each kind is the one that meets Discord's faults too.
FAL: Sequence[Fault] = (
    *_at_each_place("drop_reply_after_accept"),
    *_at_each_place("slow", seconds=0.3),
    *_at_each_place("nginx_502", submit=UNSENT),
    *_at_each_place("json_503", submit=UNSENT),
    *_at_each_place("rate_limited", seconds=0),
    *_at_each_place("locked_account", submit=REFUSED),
    Fault(kind="requeue", at="its run"),
    Fault(kind="never_finish", at="its run", becomes=FAILED),
    Fault(kind="result_expired", at="the result", becomes=FAILED),
    Fault(kind="webhook_lost", at="the webhook"),
    Fault(kind="webhook_twice", at="the webhook"),
    Fault(kind="webhook_late", at="the webhook", seconds=0.3),
    Fault(kind="webhook_early", at="the webhook"),
    Fault(kind="webhook_forged", at="the webhook"),
    Fault(kind="upload_fails", at="the upload"),
    Fault(kind="video_truncated", at="the film's download"),
    Fault(kind="video_truncated", at="the film's download", times=ATTEMPTS, becomes=FAILED),
    Fault(kind="video_404", at="the film's download"),
    Fault(kind="video_404", at="the film's download", times=ATTEMPTS, becomes=FAILED),
)
# What the bot answers to the webhooks of a job, where something goes wrong with them.
TOLD: Mapping[str, Sequence[int]] = {
    "webhook_lost": (),
    "webhook_twice": (200, 200),
    "webhook_late": (200,),
    "webhook_early": (200,),
    "webhook_forged": (401,),
}
# A film that takes longer than its deadline must do so soon.
PACES: Mapping[str, Pace] = {"never_finish": replace(PATIENT, patience=1 / 3600)}

# Discord's faults and for how many seconds. Whichever it is and wherever it strikes, the job becomes what it would have
# become without: there is no exception.
DISCORD: Mapping[str, float] = {
    "error_500": 0,
    "error_503": 0,
    "rate_limited": 0.05,
    "shared_limited": 0.05,
    "global_limited": 0.05,
    "cloudflare_limited": 0.05,
    "timeout": 0.05,
    "drop_connection": 0,
    "drop_after_accept": 0,
}
# After these the bot connects anew and goes on. The numbers are codes of `gateway_close`.
PASSING: Sequence[str | int] = (
    *("gateway_invalid_session", "gateway_reconnect", "gateway_drop"),
    *(1000, 1001, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009),
)
# After these it ends and says why; the next one that is started goes on.
FATAL: Sequence[int] = (4004, 4010, 4011, 4012, 4013, 4014)
