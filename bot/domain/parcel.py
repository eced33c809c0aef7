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

from bot.domain.money import MICRO

OVERHEAD = 500  # bytes of a ZIP for each of its files: names and sizes, twice
MOST = 10  # parcels
README = "README.txt"
SPENDING = ("time", "server", "job", "kind", "dollars", "credit")


class Item(NamedTuple):
    """Something in a parcel: its name there, its bytes or its file, and how many bytes it takes at the most."""

    name: str
    source: bytes | Path
    size: int


class Line(NamedTuple):
    """A line of the ledger: seconds UTC, server (0: none), job, kind, micro-dollars spent, and of credit."""

    at: float
    guild_id: int
    job_id: str | None
    kind: str
    amount: int
    bonus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """Parcels in their order, and the names of what is in none: too large for one, or for as many as there may be."""

    parcels: Sequence[Sequence[Item]]
    too_large: Sequence[str] = ()
    too_many: Sequence[str] = ()


def films(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """films.json: everything about each film, its times in ISO 8601 and its numbers of Discord as text."""
    told = [{name: _told(name, value) for name, value in row.items()} for row in rows]
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def spending(lines: Iterable[Line]) -> bytes:
    """spending.csv: what was spent, in dollars, the oldest first."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(SPENDING)
    for line in lines:
        money = (f"{Decimal(amount) / MICRO:.6f}" for amount in (line.amount, line.bonus))
        writer.writerow([_iso(line.at), line.guild_id or "", line.job_id or "", line.kind, *money])
    return file.getvalue().encode()


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
        "This is what the bot keeps of you. Times are UTC, numbers of members, servers and messages are Discord's.",
        "",
        "films.json         each film that you asked for, with all that was asked and became of it",
        "spending.csv       your lines of the books, in dollars",
        "preferences.json   what you have chosen for all your films",
        "films/ pictures/ sounds/   the files, named by their film",
    ]
    missing = [(name, "is larger than Discord takes") for name in packing.too_large]
    missing += [(name, "is not sent, as there is too much; ask whoever runs this bot") for name in packing.too_many]
    lines += ["", "What is missing:"] if missing else []
    lines += [f"{name} {why}{_link(links.get(name))}" for name, why in missing]
    return document(README, "\n".join([*lines, ""]).encode())


def _link(link: str | None) -> str:
    return f"; fal has it for a week after it was made: {link}" if link else ""


def _told(name: str, value: Any) -> Any:
    if isinstance(value, int) and name.endswith("_id"):
        return str(value)  # more digits than many programs read in a number
    if isinstance(value, float) and name.endswith("_at"):
        return _iso(value)
    return value


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
