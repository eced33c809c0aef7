"""Money in micro-dollars, and the ledger's kinds of line."""

import enum
from decimal import Decimal

MICRO = 1_000_000


class Entry(enum.StrEnum):
    """The kinds of line in the ledger; of a job's each at most once. What a job costs is the sum of its lines."""

    RESERVE = enum.auto()  # + the price, when the job is accepted
    SETTLE = enum.auto()  # the difference to what it really cost, when that is known
    REFUND = enum.auto()  # - the price, when nothing was or shall be paid
    EXCESS = enum.auto()  # what fal bills beyond that, at the end: the bot's and the server's, of no member (user 0)
    DRAFT = enum.auto()  # what a draft of a prompt may cost, then what of that comes back; belongs to no job
    GRANT = enum.auto()  # bonus credit for a member; belongs to no job
    FORGET = enum.auto()  # takes what is left of his credit; the lines up to it become nobody's. Belongs to no job


def micro(dollars: Decimal) -> int:
    """Dollars as micro-dollars."""
    return int(dollars * MICRO)


def dollars(amount: int) -> str:
    """Micro-dollars as people read them: $0.40; a fraction of a cent is rounded up, so that no price looks lower."""
    cents = -(-amount // 10_000)
    return f"${cents // 100:,}.{cents % 100:02}" if cents >= 0 else f"-${-cents // 100:,}.{-cents % 100:02}"


def dollars_exactly(amount: int) -> str:
    """Micro-dollars with as many decimals as they need, at least two: $0.085."""
    cents = f"{Decimal(amount) / MICRO:,.6f}"
    whole, _, decimals = cents.partition(".")
    return f"${whole}.{decimals.rstrip('0'):0<2}"


def dollars_left(amount: int) -> str:
    """Like `dollars`, but rounded down, so that nobody is promised a cent that is not there."""
    return dollars(amount // 10_000 * 10_000)
