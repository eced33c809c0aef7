"""What drafts of language models cost: lines of the ledger that belong to no job."""

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.ledger import book_draft, standing
from bot.adapters.store.servers import rules_of
from bot.adapters.store.tables import ledger
from bot.domain.budget import Terms, admit_draft
from bot.domain.draft import Booking
from bot.domain.money import Entry
from bot.domain.retention import NOBODY
from bot.domain.rules import Rules


class Drafts:
    """The books of drafts. All methods raise Unavailable as those of the jobs do; then nothing is changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def book(self, draft: Booking, judge: Callable[[Rules], Terms]) -> Booking:
        """Reserve the most that a draft may cost, before it is asked for; the draft, with what credit pays of it.

        What the server has set holds as it is in this transaction: `judge` says what follows from it, or raises
        Refused. Raises OverBudget if the price does not fit into one of the budgets in dollars.
        """

        async def work(tx: AsyncConnection) -> Booking:
            terms = judge(await rules_of(tx, draft.guild_id))
            stands = await standing(tx, draft.user_id, draft.guild_id, terms)
            booked = replace(draft, bonus=admit_draft(terms, stands, draft.price))
            await book_draft(tx, booked, Entry.DRAFT, booked.user_id, booked.price, -booked.bonus)
            return booked

        return await self._database.transaction(work, alone=True)

    async def settle(self, draft: Booking, cost: int) -> None:
        """Book what a draft has cost in truth, in micro-dollars: what it took too much comes back, credit first.

        What fal bills beyond the price is nobody's. Where the member was forgotten meanwhile, the price stays.
        """
        back = max(draft.price - cost, 0)
        closed = ledger.c.kind == Entry.FORGET, ledger.c.user_id == draft.user_id, ledger.c.at >= draft.at
        closed = sa.select(ledger.c.id).where(*closed, ledger.c.guild_id == (draft.guild_id or 0)).limit(1)

        async def work(tx: AsyncConnection) -> None:
            if back and (await tx.execute(closed)).one_or_none() is None:
                await book_draft(tx, draft, Entry.DRAFT, draft.user_id, -back, min(draft.bonus, back))
            if cost > draft.price:
                await book_draft(tx, draft, Entry.EXCESS, NOBODY, cost - draft.price, 0)

        await self._database.transaction(work, alone=True)
