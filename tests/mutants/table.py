"""What the bot rests on: a promise, how to break it, and the tests that notice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One line of the code, broken. `old` stands once in `file`."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def broken(self, text: str) -> str:
        """The file with the line broken."""
        assert text.count(self.old) == 1, f"{self.name}: {self.file} has {self.old!r} {text.count(self.old)} times"
        return text.replace(self.old, self.new)


MUTANTS = (
    Mutant(
        name="a write without the fence of the epoch",
        file="bot/adapters/store/statements.py",
        old="jobs.c.epoch == _held, jobs.c.state == _was",
        new="jobs.c.state == _was",
        tests=("tests/unit/test_store.py", "tests/crash/test_frozen.py"),
    ),
    Mutant(
        name="a write without the guard of the state",
        file="bot/adapters/store/statements.py",
        old="jobs.c.epoch == _held, jobs.c.state == _was",
        new="jobs.c.epoch == _held",
        tests=("tests/unit/test_store.py",),
    ),
    Mutant(
        name="a job that is taken over without a new epoch",
        file="bot/adapters/store/statements.py",
        old="values(epoch=jobs.c.epoch + 1)",
        new="values(epoch=jobs.c.epoch)",
        tests=("tests/unit/test_store.py", "tests/crash/test_frozen.py"),
    ),
    Mutant(
        name="the same request twice is two jobs",
        file="bot/adapters/store/statements.py",
        old='jobs.c.origin == sa.bindparam("origin")',
        new='jobs.c.id == sa.bindparam("origin")',
        tests=("tests/unit/test_store.py",),
    ),
    Mutant(
        name="a budget that is not looked at",
        file="bot/adapters/store/jobs.py",
        old="admit(terms, await standing(tx, job.user_id, job.guild_id, terms), job.price)",
        new='(0, "")',
        tests=("tests/unit/test_store.py",),
    ),
    Mutant(
        name="credit that a refund does not bring back",
        file="bot/adapters/store/ledger.py",
        old="return -job.price, job.bonus",
        new="return -job.price, 0",
        tests=("tests/unit/test_ledger.py",),
    ),
    Mutant(
        name="a film that costs its owner more than he was told",
        file="bot/domain/job.py",
        old="else min(self.cost, self.price)",
        new="else self.cost",
        tests=("tests/unit/test_ledger.py", "tests/unit/test_words.py"),
    ),
    Mutant(
        name="what fal bills is not looked at",
        file="bot/rendering.py",
        old='told |= {"cost": cost}',
        new='told |= {"cost": None}',
        tests=("tests/e2e/test_budgets.py", "tests/e2e/test_webhooks.py"),
    ),
    Mutant(
        name="a price that fal has changed is told as before",
        file="bot/studio.py",
        old="return repriced(endpoint, await self._offer.prices())",
        new="return endpoint",
        tests=("tests/e2e/test_operating.py",),
    ),
    Mutant(
        name="a pause that is not looked at",
        file="bot/domain/permission.py",
        old="if rules.paused:",
        new="if False:",
        tests=("tests/unit/test_permission.py",),
    ),
    Mutant(
        name="what a server does not want is made all the same",
        file="bot/studio.py",
        old="job = permitted(job, rules, place, everyday=door is not None and door.everyday)",
        new="pass",
        tests=("tests/e2e/test_moderation.py",),
    ),
    Mutant(
        name="any member calls off and deletes any film",
        file="bot/ending.py",
        old="if job.user_id != caller.user_id and not caller.manages:",
        new="if False:",
        tests=("tests/unit/test_moderation.py", "tests/e2e/test_cancelling.py"),
    ),
    Mutant(
        name="a moderator calls off and deletes films of other servers",
        file="bot/ending.py",
        old="(job.user_id != caller.user_id and job.guild_id != caller.guild_id)",
        new="False",
        tests=("tests/unit/test_moderation.py",),
    ),
    Mutant(
        name="settings of a server that everybody may change",
        file="bot/office.py",
        old="if not caller.manages:",
        new="if False:",
        tests=("tests/e2e/test_budgets.py",),
    ),
    Mutant(
        name="a report that everybody may read",
        file="bot/reports.py",
        old="if not caller.manages:",
        new="if False:",
        tests=("tests/unit/test_reports.py",),
    ),
    Mutant(
        name="an operator's limit that renews with the server's clock",
        file="bot/domain/rules.py",
        old="(Whose.SERVER, operator.get(shared), everywhere)",
        new="(Whose.SERVER, operator.get(shared), here)",
        tests=("tests/unit/test_budget.py",),
    ),
    Mutant(
        name="a price that is settled after it was refunded",
        file="bot/adapters/store/jobs.py",
        old="books = settle if job.booked is None else None",
        new="books = settle",
        tests=("tests/e2e/test_webhooks.py",),
    ),
    Mutant(
        name="a webhook for another request counts",
        file="bot/adapters/store/jobs.py",
        old="news = jobs.c.id == job_id, ours, jobs.c.ready_at.is_(None)",
        new="news = jobs.c.id == job_id, jobs.c.ready_at.is_(None)",
        tests=("tests/unit/test_hearing.py",),
    ),
    Mutant(
        name="a submit that is not written down before it leaves",
        file="bot/rendering.py",
        old="""        except Unclear as error:
""",
        new="""        except Unclear as error:
            return await self._world.move(job, State.UPLOADED)
""",
        tests=("tests/e2e/test_trouble.py", "tests/crash/test_killed.py"),
    ),
    Mutant(
        name="a submit whose outcome is unknown is sent again",
        file="bot/rendering.py",
        old="        until: float | None = None\n",
        new="        return await self._world.move(job, State.UPLOADED)\n        until: float | None = None\n",
        tests=("tests/crash/test_killed.py",),
    ),
    Mutant(
        name="a submit that is torn when the bot is told to stop",
        file="bot/rendering.py",
        old="return await finish(self._pay(job))",
        new="return await self._pay(job)",
        tests=("tests/e2e/test_restarts.py",),
    ),
    Mutant(
        name="a job that fails keeps its price",
        file="bot/world.py",
        old="return await self.move(job, state, settle=Entry.REFUND, ",
        new="return await self.move(job, state, ",
        tests=("tests/e2e/test_trouble.py",),
    ),
    Mutant(
        name="a film of which fal says too late is free",
        file="bot/rendering.py",
        old="job, State.CANCELLED, settle=Entry.SETTLE,",
        new="job, State.CANCELLED, settle=Entry.REFUND,",
        tests=("tests/e2e/test_cancelling.py",),
    ),
    Mutant(
        name="a cancel that fal is not told of",
        file="bot/rendering.py",
        old="        if overdue or job.unwanted_at is not None:\n",
        new="        if overdue:\n",
        tests=("tests/e2e/test_cancelling.py",),
    ),
    Mutant(
        name="a job without a deadline",
        file="bot/rendering.py",
        old="return (job.submitted_at or job.created_at) + patience",
        new="return (job.submitted_at or job.created_at) + 10**6",
        tests=("tests/e2e/test_deadline.py",),
    ),
    Mutant(
        name="a film that is posted without looking whether it stands there",
        file="bot/delivery.py",
        old="posted = await self._world.channel.find(job)",
        new="message_id = None",
        tests=("tests/e2e/test_restarts.py",),
    ),
    Mutant(
        name="a film that is posted without its nonce",
        file="bot/adapters/messenger.py",
        old="files=files, nonce=job.id, ",
        new="files=files, ",
        tests=("tests/e2e/test_restarts.py", "tests/crash/test_frozen.py"),
    ),
    Mutant(
        name="a post without a fence right before it",
        file="bot/delivery.py",
        old="        job = await self._world.move(job, State.POSTING)\n",
        new="        job = await self._world.jobs.read(job)\n",
        tests=("tests/crash/test_killed.py",),
    ),
    Mutant(
        name="a job that is closed before its owner was told",
        file="bot/delivery.py",
        old="                job = await self._shown_as(job, told)\n",
        new="                pass\n",
        tests=("tests/e2e/test_trouble.py",),
    ),
    Mutant(
        name="a webhook whose signature nobody looks at",
        file="bot/web.py",
        old="            await self._signatures.check(request.headers, body)\n",
        new="",
        tests=("tests/unit/test_web.py", "tests/e2e/test_webhooks.py"),
    ),
    Mutant(
        name="a webhook with any token",
        file="bot/web.py",
        old="if secret is None or not same:",
        new="if secret is None:",
        tests=("tests/unit/test_web.py",),
    ),
    Mutant(
        name="a webhook that is answered and not kept",
        file="bot/web.py",
        old="            await self._hears.hear(job_id, request_id, payload)\n",
        new="",
        tests=("tests/unit/test_web.py", "tests/e2e/test_webhooks.py"),
    ),
    Mutant(
        name="a webhook of any age",
        file="bot/adapters/signature.py",
        old="if abs(self._clock() - int(signed[-1])) > CLOCKS:",
        new="if False:",
        tests=("tests/unit/test_signature.py",),
    ),
    Mutant(
        name="keys that are never fetched anew",
        file="bot/adapters/signature.py",
        old="for age in (KEEP, PAUSE):",
        new="for age in (KEEP,):",
        tests=("tests/unit/test_signature.py",),
    ),
    Mutant(
        name="two bots on one database",
        file="bot/adapters/lock.py",
        old="        if not _locked(file.fileno()):\n",
        new="        if False:\n",
        tests=("tests/unit/test_lock.py",),
    ),
    Mutant(
        name="two bots on one PostgreSQL server",
        file="bot/adapters/store/hold.py",
        old="        while not (await connection.execute(TAKE)).scalar_one():\n",
        new="        while False:\n",
        tests=("tests/unit/test_hold.py",),
    ),
    Mutant(
        name="requests that read a budget side by side on a PostgreSQL server",
        file="bot/adapters/store/database.py",
        old="                    await postgres.alone(tx)\n",
        new="                    pass\n",
        tests=("tests/unit/test_ledger.py",),
    ),
    Mutant(
        name="a commit of a PostgreSQL server that is given up with its answer",
        file="bot/adapters/store/database.py",
        old="not await self._happened(ready[1])",
        new="True",
        tests=("tests/unit/test_postgres.py",),
    ),
    Mutant(
        name="a frozen bot that does not see that it was succeeded",
        file="bot/app.py",
        old="    await lost.wait()\n",
        new="    await asyncio.Event().wait()\n",
        tests=("tests/crash/test_frozen.py",),
    ),
    Mutant(
        name="whoever deletes what is kept of him has his budget anew",
        file="bot/nightly.py",
        old="mature(counts_from(now))",
        new="mature(now)",
        tests=("tests/unit/test_retention.py",),
    ),
    Mutant(
        name="what is removed can still be read in the file",
        file="bot/adapters/store/sqlite.py",
        old="PRAGMA secure_delete=ON",
        new="PRAGMA secure_delete=OFF",
        tests=("tests/unit/test_retention.py",),
    ),
    Mutant(
        name="what people write can look like the end of the data",
        file="bot/domain/scene.py",
        old=".translate(ESCAPED)",
        new="",
        tests=("tests/unit/test_scene.py",),
    ),
    Mutant(
        name="ids of people are sent to the language model",
        file="bot/domain/scene.py",
        old='SNOWFLAKE.sub(" ", ',
        new="str(",
        tests=("tests/unit/test_scene.py",),
    ),
    Mutant(
        name="fal stores a conversation",
        file="bot/adapters/fal/__init__.py",
        old="seconds, NOT_STORED)",
        new="seconds, {})",
        tests=("tests/sandbox/test_fal_language.py",),
    ),
    Mutant(
        name="a fal that asks for a pause gets none",
        file="bot/watcher.py",
        old="            if isinstance(error, Busy):\n",
        new="            if False:\n",
        tests=("tests/unit/test_watcher.py",),
    ),
    Mutant(
        name="a bot that stops without a word",
        file="bot/runner.py",
        old="            await self._delivery.farewell(job)\n",
        new="",
        tests=("tests/e2e/test_stopping.py",),
    ),
    Mutant(
        name="news that wake nobody",
        file="bot/runner.py",
        old="                carried.step.cancel()\n",
        new="                pass\n",
        tests=("tests/e2e/test_cancelling.py",),
    ),
    Mutant(
        name="a film in a channel that is not seen is shown",
        file="bot/archive.py",
        old="if job.removed_at or not self._seen(viewer, job):",
        new="if job.removed_at:",
        tests=("tests/unit/test_archive.py",),
    ),
    Mutant(
        name="who keeps his films to himself is looked at",
        file="bot/archive.py",
        old="if (await self._people.preferences(job.user_id)).private:",
        new="if False:",
        tests=("tests/unit/test_archive.py",),
    ),
    Mutant(
        name="what was made without the safety checker is shown anywhere",
        file="bot/archive.py",
        old="if unsafe and not viewer.age_restricted:",
        new="if False:",
        tests=("tests/unit/test_archive.py",),
    ),
    Mutant(
        name="a film is made once more from what is not kept",
        file="bot/archive.py",
        old="if not self._repeatable(job):",
        new="if False:",
        tests=("tests/unit/test_archive.py",),
    ),
    Mutant(
        name="a cheaper film at another price than its button says",
        file="bot/studio.py",
        old="if told is not None and asked.price != told:",
        new="if False:",
        tests=("tests/unit/test_order.py",),
    ),
    Mutant(
        name="a message of somebody else's film is taken for one's own",
        file="bot/domain/card.py",
        old="small[-1:]",
        new="small",
        tests=("tests/unit/test_archive.py",),
    ),
)
