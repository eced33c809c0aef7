"""What is shown of a film is said in its owner's language, to the last word."""

import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.store import Store
from bot.domain.budget import Terms
from bot.domain.card import Card, asking, called_off, caption, card, ended, waiting
from bot.domain.job import Job, State
from bot.domain.language import ENGLISH, speaking
from bot.domain.money import Entry
from bot.domain.progress import Finished, Queued, Running, Typical
from bot.ending import Endings
from bot.office import Caller
from bot.world import World
from tests.unit.pseudo import PSEUDO, unsaid
from tests.unit.test_moderation import Boards, Hands
from tests.unit.test_words import job
from tests.unit.under import under

KNOWN = re.compile(
    r"<@1>|<t:\d+:R>|\d (s|min)\b|job 0123456789|Wan 2\.1|standard|720p"  # mention, time, id, and what fal calls things
    r"|first|last|Q+|\$1\.23 left today"  # options, prompt, and what was said when it was stored
)
sizes = st.sampled_from([(640, 480), (1200, 800), (800, 800)])
jobs = st.builds(
    job,
    prompt=st.sampled_from(["Q", "Q" * 400]),
    state=st.sampled_from(State),
    moderated=st.booleans(),
    booked=st.sampled_from([None, Entry.REFUND]),
    cost=st.sampled_from([None, 0, 200_000]),
    unwanted_at=st.sampled_from([None, 1.0]),
    expanded=st.sampled_from([None, "QQ"]),
    width=st.sampled_from([None, 832]),
    height=st.just(480),
    reason=st.sampled_from([None, "Q"]),
    sizes=st.sampled_from([None]) | st.fixed_dictionaries({"first": sizes, "last": sizes}),
)
shapes = st.sampled_from(["auto", "16:9"])
progress = st.sampled_from([Queued(0), Queued(1), Finished(), Running(), Running(0.5)])


def texts(shown: Card) -> list[str]:
    return [shown.title, shown.prompt, shown.details, shown.status, *(button.label for button in shown.buttons)]


@given(jobs, shapes, progress, st.sampled_from([Typical(60), Typical(60, 5)]), st.sampled_from([10.0, 90.0]))
def test_no_word_about_a_film_is_left_unsaid(
    made: Job, shape: str, seen: Queued | Running | Finished, usual: Typical, elapsed: float
) -> None:
    made = replace(made, arguments={**made.arguments, "aspect_ratio": shape})
    with speaking(PSEUDO):
        status = waiting(seen, elapsed=elapsed, usual=usual)
        cards = card(made, status), asking(replace(made, state=State.ASKING), 2000.0), ended(made)
        off = [called_off(made, paid=paid) for paid in (True, False)]
        shown = [text for one in cards for text in texts(one)] + [*off, caption(made, 1075.0)]
    assert [(text, words) for text in shown if (words := unsaid(text, KNOWN))] == []


async def test_what_others_call_off_is_told_to_its_owner_in_his_language_and_logged_in_theirs(store: Store) -> None:
    parts: dict[str, Any] = dict.fromkeys(("models", "downloads", "media", "channel", "hook", "folder"))
    asked = await store.accept(job(), under(Terms()))
    world = World(
        jobs=store,
        clock=lambda: 1000.0,
        speaking=lambda user_id: speaking(PSEUDO if user_id == asked.user_id else ENGLISH),
        **parts,
    )
    off = await Endings(world, Hands(), Boards()).cancel(Caller(user_id=9, guild_id=2, manages=True), asked.id)
    assert off.reason == "⟦Those who manage this server called it off.⟧ ⟦Nothing was charged to your budget.⟧"
    assert [one.text for one in await store.servers.log(2)] == ["The film `0123456789` of <@1> was called off."]
