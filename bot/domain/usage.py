"""How a member stands, as he reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.budget import Budget, Span, Standing, Terms, Unit, Whose, counted
from bot.domain.card import charged, quote
from bot.domain.job import Job, State
from bot.domain.money import Entry, dollars, dollars_left

CELLS = 12
PROMPT_SHOWN = 60  # characters, in a list
NAMES = {Span.DAY: "Today", Span.MONTH: "This month"}
SIGNS = {State.DELIVERED: "🎞️", State.FAILED: "✖️", State.CANCELLED: "🚫", State.LOST: "❔"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The budgets of a member, what he has used of them, and his last films."""

    terms: Terms
    standing: Standing
    last: Sequence[Job]

    @property
    def text(self) -> str:
        """All of it, which fits the description of an embed (4096 characters)."""
        return f"{self.budgets}\n\n**Last films**\n{self.films}"

    @property
    def budgets(self) -> str:
        """A line for each budget, and one for the credit."""
        own = [budget for budget in self.terms.budgets if budget.whose is Whose.MEMBER]
        shared = [budget for budget in self.terms.budgets if budget.whose is not Whose.MEMBER]
        lines = [self._line(budget) for budget in (*own, *shared)]
        if not own:
            lines.insert(0, "You have no limits of your own here.")
        if self.terms.at_once is not None:
            lines.append(f"**At once** {self.standing.under_way} of {counted(self.terms.at_once)} under way")
        if self.standing.bonus:
            credit = dollars_left(self.standing.bonus)
            lines.append(f"**Bonus credit** {credit}, which pays what the rest does not, and does not expire")
        return "\n".join(lines)

    @property
    def films(self) -> str:
        """A line for each of the last films, the newest first."""
        return "\n".join(map(line, self.last)) or "None yet: `/animate` makes one."

    def _line(self, budget: Budget) -> str:
        whose = {Whose.MEMBER: "", Whose.SERVER: ", this server", Whose.BOT: ", everybody"}[budget.whose]
        left = self.standing.left(budget)
        share = 1 - left / budget.limit if budget.limit else 1.0
        renews = f"renews <t:{budget.window.end:.0f}:R>"
        return f"**{NAMES[budget.span]}{whose}** {_bar(share)} {_used(budget, left)} · {renews}"


def line(job: Job) -> str:
    """A film in a list: how it went, when, what it cost, and where it is."""
    prompt = quote(job.prompt, PROMPT_SHOWN)
    if job.removed_at:
        prompt = f"~~{prompt}~~"
    elif job.link:
        prompt = f"[{prompt}]({job.link})"
    paid = charged(job) if job.state is State.DELIVERED else str(job.state)
    if job.state is State.CANCELLED and job.booked is Entry.SETTLE and job.paid:
        paid += f", {charged(job)} charged"
    paid += " · deleted" if job.removed_at else ""
    return f"{SIGNS.get(job.state, '⏳')} <t:{job.created_at:.0f}:d> {prompt} · {job.title} · {paid} · `{job.id}`"


def _used(budget: Budget, left: int) -> str:
    used = budget.limit - left
    if budget.unit is Unit.FILMS:
        return f"{used} of {counted(budget.limit)}"
    return f"{dollars(used)} of {dollars_left(budget.limit)}"


def _bar(share: float) -> str:
    full = round(min(max(share, 0), 1) * CELLS)
    return "▰" * full + "▱" * (CELLS - full)
