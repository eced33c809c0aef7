"""How a member stands, as he reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.budget import Budget, Span, Standing, Terms, Unit, Whose
from bot.domain.card import charged, quote
from bot.domain.job import Job, State
from bot.domain.language import say, say_number, sentence
from bot.domain.money import Entry, dollars, dollars_left

CELLS = 12
PROMPT_SHOWN = 60  # characters, in a list
NAMES = {
    (Whose.MEMBER, Span.DAY): sentence("**Today**"),
    (Whose.MEMBER, Span.MONTH): sentence("**This month**"),
    (Whose.SERVER, Span.DAY): sentence("**Today, this server**"),
    (Whose.SERVER, Span.MONTH): sentence("**This month, this server**"),
    (Whose.BOT, Span.DAY): sentence("**Today, everybody**"),
    (Whose.BOT, Span.MONTH): sentence("**This month, everybody**"),
}
SIGNS = {State.DELIVERED: "🎞️", State.FAILED: "✖️", State.CANCELLED: "🚫", State.LOST: "❔"}
STATES = {
    State.ACCEPTED: sentence("accepted"),
    State.ASKING: sentence("asking"),
    State.GATHERING: sentence("gathering"),
    State.UPLOADED: sentence("uploaded"),
    State.SUBMITTING: sentence("submitting"),
    State.WAITING: sentence("waiting"),
    State.FETCHED: sentence("fetched"),
    State.POSTING: sentence("posting"),
    State.DELIVERED: sentence("delivered"),
    State.FAILED: sentence("failed"),
    State.CANCELLED: sentence("cancelled"),
    State.LOST: sentence("lost"),
}  # as a member reads them


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The budgets of a member, what he has used of them, and his last films."""

    terms: Terms
    standing: Standing
    last: Sequence[Job]

    @property
    def text(self) -> str:
        """All of it, which fits the description of an embed (4096 characters)."""
        return "\n".join([self.budgets, "", say("**Last films**"), self.films])

    @property
    def budgets(self) -> str:
        """A line for each budget, and one for the credit."""
        own = [budget for budget in self.terms.budgets if budget.whose is Whose.MEMBER]
        shared = [budget for budget in self.terms.budgets if budget.whose is not Whose.MEMBER]
        lines = [self._line(budget) for budget in (*own, *shared)]
        if not own:
            lines.insert(0, say("You have no limits of your own here."))
        if self.terms.at_once is not None:
            lines.append(self._at_once(self.terms.at_once))
        if self.standing.bonus:
            lasts = sentence("**Bonus credit** {credit}, which pays what the rest does not, and does not expire")
            lines.append(say(lasts, credit=dollars_left(self.standing.bonus)))
        return "\n".join(lines)

    @property
    def films(self) -> str:
        """A line for each of the last films, the newest first."""
        return "\n".join(map(line, self.last)) or say("None yet: `/animate` makes one.")

    def _line(self, budget: Budget) -> str:
        left = self.standing.left(budget)
        share = 1 - left / budget.limit if budget.limit else 1.0
        renews = say("renews {when}", when=f"<t:{budget.window.end:.0f}:R>")
        return f"{say(NAMES[budget.whose, budget.span])} {_bar(share)} {_used(budget, left)} · {renews}"

    def _at_once(self, most: int) -> str:
        return say_number(
            "**At once** {made} of {films} film under way",
            "**At once** {made} of {films} films under way",
            most,
            made=self.standing.under_way,
            films=f"{most:,}",
        )


def line(job: Job) -> str:
    """A film in a list: how it went, when, what it cost, and where it is."""
    prompt = quote(job.prompt, PROMPT_SHOWN)
    if job.removed_at:
        prompt = f"~~{prompt}~~"
    elif job.link:
        prompt = f"[{prompt}]({job.link})"
    paid = charged(job) if job.state is State.DELIVERED else say(STATES[job.state])
    if job.state is State.CANCELLED and job.booked is Entry.SETTLE and job.paid:
        paid = say("cancelled, {price} charged", price=charged(job))
    deleted = [say("deleted")] if job.removed_at else []
    when = f"{SIGNS.get(job.state, '⏳')} <t:{job.created_at:.0f}:d>"
    return " · ".join([f"{when} {prompt}", job.title, paid, *deleted, f"`{job.id}`"])


def _used(budget: Budget, left: int) -> str:
    used = budget.limit - left
    if budget.unit is Unit.FILMS:
        films = f"{budget.limit:,}"
        return say_number("{used} of {films} film", "{used} of {films} films", budget.limit, used=used, films=films)
    return say("{used} of {limit}", used=dollars(used), limit=dollars_left(budget.limit))


def _bar(share: float) -> str:
    full = round(min(max(share, 0), 1) * CELLS)
    return "▰" * full + "▱" * (CELLS - full)
