"""What is asked of the tables again and again, put together once: that takes as long as to carry it out."""

import sqlalchemy as sa

from bot.adapters.store.tables import OPEN, jobs

_this, _was = sa.bindparam("this", type_=sa.Text), sa.bindparam("was", type_=sa.Text)
_held = sa.bindparam("held", type_=sa.Integer)

OF_ORIGIN = sa.select(jobs).where(jobs.c.origin == sa.bindparam("origin"))
FIND = sa.select(jobs).where(jobs.c.id == _this)
READ = sa.select(jobs).where(jobs.c.id == _this, jobs.c.epoch == _held)
CHANGE = sa.update(jobs).where(jobs.c.id == _this, jobs.c.epoch == _held, jobs.c.state == _was).returning(jobs)
TAKE = sa.update(jobs).where(OPEN).values(epoch=jobs.c.epoch + 1).returning(jobs)
