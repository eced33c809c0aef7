"""What a server has set for its members, and what holds where it has set nothing."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bot.domain.budget import Allowance, Budget, Limits, Span, Terms, Unit, Whose, window
from bot.domain.job import Job

BOTS_ZONE = "UTC"
FORGOTTEN = -1  # of a change that somebody made whom nobody knows any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings of one server."""

    limits: Limits = field(default_factory=dict[Allowance, int | None])
    timezone: str = "UTC"  # IANA name: at its midnight budgets renew
    exempt: frozenset[int] = frozenset()  # roles whose members have no limits of their own
    confirm_above: int | None = None  # micro-dollars that are asked about before they are spent
    paused: bool = False  # nothing new is made
    allowed: frozenset[int] = frozenset()  # channels in which films are made; empty: all of them
    forbidden: frozenset[int] = frozenset()  # channels in which none are
    gallery_id: int | None = None  # the channel for films that many like
    blocked: frozenset[int] = frozenset()  # members who may make none
    words: frozenset[str] = frozenset()  # folded, which no prompt may have
    reports_id: int | None = None  # the channel where moderators read what members report
    stars: int | None = None  # of different members that bring a film into the gallery; None: as usual
    unread: frozenset[int] = frozenset()  # channels whose messages no scene is made of
    unchecked: bool = False  # in age-restricted channels films are made without fal's safety checker

    def terms(self, operator: Limits, roles: Collection[int], now: float) -> Terms:
        """The limits that apply to a member with these roles, in the windows of `now` (seconds UTC).

        `operator` are those of whoever runs the bot: a server's own replace them for its members; for the server both
        hold, each in its own windows. Who has an exempt role has no limits of his own, but those of the server and the
        bot.
        """
        found: list[Budget] = []
        for span in (Span.DAY, Span.MONTH):
            # what holds whatever a server sets must not renew with the clock that it sets
            here, everywhere = window(span, now, self.timezone), window(span, now, BOTS_ZONE)
            for unit in Unit:
                shared = Allowance(Whose.SERVER, span, unit)
                for whose, limit, when in (
                    (Whose.MEMBER, self.of_member(operator, roles, span, unit), here),
                    (Whose.SERVER, self.limits.get(shared), here),
                    (Whose.SERVER, operator.get(shared), everywhere),
                    (Whose.BOT, operator.get(Allowance(Whose.BOT, span, unit)), everywhere),
                ):
                    if limit is not None:
                        found.append(Budget(whose=whose, span=span, unit=unit, limit=limit, window=when))
        return Terms(budgets=tuple(found), at_once=self.of_member(operator, roles, Span.ONCE, Unit.FILMS))

    def of_member(self, operator: Limits, roles: Collection[int], span: Span, unit: Unit) -> int | None:
        """The limit of a member: of those for his roles the most generous, else the one for everybody."""
        if not self.exempt.isdisjoint(roles):
            return None
        everybody = Allowance(Whose.MEMBER, span, unit)
        mine = [
            limit
            for allowance, limit in self.limits.items()
            if allowance.role_id in roles and allowance._replace(role_id=0) == everybody
        ]
        if mine:
            return None if None in mine else max(limit for limit in mine if limit is not None)
        return self.limits[everybody] if everybody in self.limits else operator.get(everybody)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody changed in a server's settings, for its log."""

    guild_id: int
    by_id: int  # 0: whoever runs the bot; or FORGOTTEN
    at: float  # seconds UTC
    text: str


# How a server's settings turn out for a request: the job as it begins, and the limits for it. Raises Refused.
Judge = Callable[[Job, Rules], tuple[Job, Terms]]
