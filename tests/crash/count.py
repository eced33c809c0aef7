"""What there is in the end, counted at both stand-ins and in the books."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.client import Json
from tests.e2e.stage import RED, Stage

PLACES = ("films", "general", "dm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What has become of a job. `others` counts messages of the bot that are neither film nor notice."""

    state: str
    submissions: int = 1
    films: int = 0
    notices: int = 0
    others: int = 0
    ledger: Sequence[str] = ("reserve", "refund")


FILM = Outcome(state="delivered", films=1, ledger=("reserve", "settle"))
LOST = Outcome(state="lost", notices=1)
UNSENT = Outcome(state="lost", submissions=0, notices=1)
FAILED = Outcome(state="failed", notices=1)
CALLED_OFF = Outcome(state="cancelled", notices=1)
NOTHING = Outcome(state="", submissions=0, ledger=())


async def outcome(stage: Stage) -> Outcome:
    """Of the one job there is, or of none."""
    found = await outcomes(stage)
    assert len(found) <= 1
    requests, seen = await stage.requests(), await seen_by(stage)
    if not found:
        return Outcome(state="", submissions=len(requests), others=len(seen), ledger=())
    [only] = found.values()
    assert len(seen) == only.films + only.notices, "something else is left in the channel"
    return only


async def outcomes(stage: Stage) -> dict[str, Outcome]:
    """By job. Each request and each message must belong to one."""
    rows = await stage.rows("SELECT id, state, request_id FROM jobs")
    entries = await stage.rows("SELECT job_id, kind FROM ledger ORDER BY rowid")
    requests, seen = await stage.requests(), await seen_by(stage)
    submissions = Counter(_job_of_request(request, [row["id"] for row in rows]) for request in requests)
    return {
        row["id"]: Outcome(
            state=row["state"],
            submissions=submissions[row["id"]],
            films=sum(bool(one["attachments"]) for one in seen if row["id"] in _text(one)),
            notices=sum(is_notice(one) for one in seen if row["id"] in _text(one)),
            ledger=tuple(entry["kind"] for entry in entries if entry["job_id"] == row["id"]),
        )
        for row in rows
    }


async def seen_by(stage: Stage) -> list[Json]:
    """All messages of the bot that ada sees, apart from those to her alone."""
    seen = [message for place in PLACES for message in await stage.sandbox.messages(place)]
    return [message for message in seen if message["author"].get("bot") and not message["flags"] & 64]


def _job_of_request(request: Json, jobs: Sequence[str]) -> str:
    """The pictures' names have their job in them."""
    pictures = " ".join(str(value) for name, value in request["input"].items() if name.endswith("_url"))
    return next(job for job in jobs if job in pictures)


def _text(message: Json) -> str:
    footers = [embed.get("footer", {}).get("text", "") for embed in message["embeds"]]
    return " ".join([message["content"], *footers])


def is_notice(message: Json) -> bool:
    """Whether a message is a card that says why there is no film."""
    return any(embed.get("color") == RED for embed in message["embeds"])
