"""What a member gets of himself: documents and files, in as many parcels as Discord takes."""

import csv
import io
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from bot.domain.job import State
from bot.domain.language import say, sentence
from bot.domain.money import MICRO
from bot.domain.rules import Change

OVERHEAD = 500  # bytes of a ZIP for each of its files: names and sizes, twice
MOST = 10  # parcels
README = "README.txt"
CONTENTS = {
    "films.json": sentence("each film that you asked for, with all that was asked and became of it"),
    "spending.csv": sentence("your lines of the books, in dollars"),
    "marks.csv": sentence("what you have put on films: stars, reports, reactions that were heard"),
    "preferences.json": sentence("what you have chosen for all your films, and where your stories go on"),
    "settings.csv": sentence("what you have changed in settings of servers, and what others have that names you"),
    "grants.csv": sentence("bonus credit that you gave to others, in dollars"),
    "blocked.json": sentence("the servers in which you are blocked"),
    "films/ pictures/ sounds/": sentence("the files, named by their film"),
}
SPENDING = ("time", "server", "job", "model", "kind", "dollars", "credit")
MARKS = ("time", "job", "action", "reaction")
SETTINGS, GRANTS = ("time", "server", "text"), ("time", "server", "credit")


class Item(NamedTuple):
    """Something in a parcel: its name there, its bytes or its file, and how many bytes it takes at the most."""

    name: str
    source: bytes | Path
    size: int


class Line(NamedTuple):
    """A line of the ledger: seconds UTC, server (0: none), job, endpoint, kind, micro-dollars spent, and of credit."""

    at: float
    guild_id: int
    job_id: str | None
    endpoint: str | None
    kind: str
    amount: int
    bonus: int


class Mark(NamedTuple):
    """What a member has put on a film: seconds UTC, its job, which action, and whether it is a reaction."""

    at: float
    job_id: str
    action: str
    reaction: bool


class Grant(NamedTuple):
    """Credit that a member gave to another: seconds UTC, server, micro-dollars."""

    at: float
    guild_id: int
    bonus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What a member has to do with settings of servers: changes by or about him, his grants, where he is blocked."""

    changes: Sequence[Change] = ()
    grants: Sequence[Grant] = ()
    blocked_in: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """Parcels in their order, and the names of what is in none: too large for one, or for as many as there may be."""

    parcels: Sequence[Sequence[Item]]
    too_large: Sequence[str] = ()
    too_many: Sequence[str] = ()


def films(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """films.json: everything about each film, its times in ISO 8601 and its numbers of Discord as text."""
    told = [{name: _told(name, value) for name, value in _handed(row).items()} for row in rows]
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def spending(lines: Iterable[Line]) -> bytes:
    """spending.csv: what was spent, in dollars, the oldest first."""
    return _table(
        SPENDING,
        (
            [*_when(line), line.job_id or "", line.endpoint or "", line.kind, _usd(line.amount), _usd(line.bonus)]
            for line in lines
        ),
    )


def marks(put: Iterable[Mark]) -> bytes:
    """marks.csv: stars, reports and reactions, the oldest first."""
    return _table(MARKS, ([_iso(mark.at), mark.job_id, mark.action, "yes" if mark.reaction else ""] for mark in put))


def office(told: Office) -> list[Item]:
    """settings.csv, grants.csv and blocked.json, the oldest first."""
    settings = _table(SETTINGS, ([*_when(change), change.text] for change in told.changes))
    grants = _table(GRANTS, ([*_when(grant), _usd(grant.bonus)] for grant in told.grants))
    blocked = json.dumps([str(guild_id) for guild_id in told.blocked_in]).encode()
    return [document("settings.csv", settings), document("grants.csv", grants), document("blocked.json", blocked)]


def handed_over(film: Mapping[str, Any]) -> bool:
    """Whether its owner has had the film, and it was not deleted: one that was not posted was not paid either."""
    return film["state"] == State.DELIVERED and film["removed_at"] is None


def document(name: str, data: bytes) -> Item:
    """A text that is made smaller in the parcel."""
    return Item(name, data, len(zlib.compress(data)))


def packed(items: Iterable[Item], most: int) -> Packing:
    """Distribute what there is over parcels of at most `most` bytes, in its order."""
    parcels: list[list[Item]] = []
    too_large: list[str] = []
    too_many: list[str] = []
    left = 0
    for item in items:
        size = item.size + OVERHEAD + 4 * len(item.name)
        if size > most - OVERHEAD:
            too_large.append(item.name)
            continue
        if size > left:
            if len(parcels) == MOST:
                too_many.append(item.name)
                continue
            parcels.append([])
            left = most - OVERHEAD
        parcels[-1].append(item)
        left -= size
    return Packing(parcels=parcels, too_large=too_large, too_many=too_many)


def readme(packing: Packing, links: Mapping[str, str]) -> Item:
    """What lies in the parcels, and what does not; `links` say where that can be had, by the name of the file."""
    lines = [
        say(
            "This is what the bot keeps of you. Times are UTC, numbers of members, servers and messages are Discord's."
        ),
        "",
        *(f"{name:<16}   {say(what)}" for name, what in CONTENTS.items()),
    ]
    missing = {name: say("{name} is larger than Discord takes", name=name) for name in packing.too_large}
    missing |= {
        name: say("{name} is not sent, as there is too much; ask whoever runs this bot", name=name)
        for name in packing.too_many
    }
    lines += ["", say("What is missing:")] if missing else []
    lines += [f"{told}{_link(links.get(name))}" for name, told in missing.items()]
    return document(README, "\n".join([*lines, ""]).encode())


def _link(link: str | None) -> str:
    return say("; fal has it for a week after it was made: {link}", link=link) if link else ""


def _handed(film: Mapping[str, Any]) -> Mapping[str, Any]:
    return film if handed_over(film) else {**film, "film_url": None, "heard": None}


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *rows])
    return file.getvalue().encode()


def _when(line: Line | Grant | Change) -> tuple[str, object]:
    return _iso(line.at), line.guild_id or ""


def _usd(amount: int) -> str:
    return f"{Decimal(amount) / MICRO:.6f}"


def _told(name: str, value: Any) -> Any:
    if isinstance(value, int) and name.endswith("_id"):
        return str(value)  # more digits than many programs read in a number
    if isinstance(value, float) and name.endswith("_at"):
        return _iso(value)
    return value


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
