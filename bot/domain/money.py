"""Money in micro-dollars, and the day in which a member may spend it."""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.domain.errors import OverBudget

MICRO = 1_000_000


class Entry(enum.StrEnum):
    """The kinds of line in the ledger; each at most once for a job. What a job costs is the sum of its lines."""

    RESERVE = enum.auto()  # + the price, when the job is accepted
    SETTLE = enum.auto()  # the difference to what it really cost, when that is known
    REFUND = enum.auto()  # - the price, when nothing was or shall be paid


def micro(dollars: Decimal) -> int:
    """Dollars as micro-dollars."""
    return int(dollars * MICRO)


def dollars(amount: int) -> str:
    """Micro-dollars as people read them: $0.40; a fraction of a cent is rounded up, so that no price looks lower."""
    cents = -(-amount // 10_000)
    return f"${cents // 100}.{cents % 100:02}" if cents >= 0 else f"-${-cents // 100}.{-cents % 100:02}"


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time to which a budget applies, in seconds UTC: from `start` until before `end`."""

    start: float
    end: float


def day(now: float) -> Window:
    """The UTC day that `now` lies in."""
    start = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(start.timestamp(), (start + timedelta(days=1)).timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one member may spend in a window, in micro-dollars."""

    limit: int
    window: Window

    def after(self, spent: int, price: int) -> int:
        """What is left once `price` is paid as well. Raises OverBudget if it does not fit into what `spent` leaves."""
        left = self.limit - spent
        if price <= left:
            return left - price
        renews = f"Your budget renews <t:{self.window.end:.0f}:R>. Nothing was spent."
        if left <= 0:
            raise OverBudget(f"Your daily budget of {dollars(self.limit)} is used up. {renews}")
        left_over = f"{dollars_left(left)} of your daily {dollars(self.limit)} is left"
        raise OverBudget(
            f"This film costs {dollars(price)}, and {left_over}; a smaller or shorter one may fit. {renews}"
        )


def dollars_left(amount: int) -> str:
    """Like `dollars`, but rounded down, so that nobody is promised a cent that is not there."""
    return dollars(amount // 10_000 * 10_000)
