"""What a server lets be made: by whom, where, of which words, and with fal's safety checker or without."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.doors import SAFETY
from bot.domain.errors import Refused
from bot.domain.job import Job
from bot.domain.permission import BLOCKED, ELSEWHERE, HERE, PAUSED, Place, permitted
from bot.domain.rules import Rules
from tests.unit.test_words import job

HALL, PARENT, THREAD, ADULTS = 3, 30, 31, 18
PLAIN = Place(channel_id=HALL)
IN_THREAD = Place(channel_id=THREAD, parent_id=PARENT)
RESTRICTED = Place(channel_id=ADULTS, age_restricted=True)


def ids(*some: int) -> frozenset[int]:
    return frozenset(some)


def asked(*, checked: bool = True) -> Job:
    return replace(job("a tide"), arguments={**job("a tide").arguments, SAFETY: checked})


@pytest.mark.parametrize(
    ("rules", "place", "says"),
    [
        (Rules(paused=True), PLAIN, PAUSED),
        (Rules(blocked=ids(1)), PLAIN, BLOCKED),
        (Rules(forbidden=ids(HALL)), PLAIN, "Nothing was spent. Please use another channel."),
        (Rules(allowed=ids(5, 4)), PLAIN, "Nothing was spent. Please ask in <#4>, <#5>."),
        (Rules(allowed=ids(*range(40, 46))), PLAIN, "<#43>, <#44> and other channels."),
        (Rules(forbidden=ids(PARENT)), IN_THREAD, "No films are made in this channel."),
        (Rules(forbidden=ids(THREAD), allowed=ids(PARENT, 7)), IN_THREAD, "Please ask in <#7>."),
        (Rules(forbidden=ids(PARENT), allowed=ids(THREAD)), IN_THREAD, "Please use another channel."),
        (Rules(words=frozenset({"tide", "x"})), PLAIN, "takes no prompts with “tide”. Nothing was spent."),
    ],
)
def test_what_a_server_does_not_want_is_refused_with_a_way_out(rules: Rules, place: Place, says: str) -> None:
    with pytest.raises(Refused) as told:
        permitted(asked(), rules, place, everyday=True)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        (Rules(blocked=ids(2)), PLAIN),
        (Rules(allowed=ids(HALL)), PLAIN),
        (Rules(forbidden=ids(4)), PLAIN),
        (Rules(allowed=ids(PARENT)), IN_THREAD),
        (Rules(allowed=ids(THREAD)), IN_THREAD),
        (Rules(words=frozenset({"ide", "tides"})), PLAIN),
    ],
)
def test_what_concerns_others_stops_nobody(rules: Rules, place: Place) -> None:
    assert permitted(asked(), rules, place, everyday=True) == asked()


OFF = Rules(unchecked=True)
STAYS: list[tuple[Rules, Place, bool, bool, Any]] = [
    # the server, the channel, by an everyday command, checked as asked for; as sent, or how it is refused
    (Rules(), PLAIN, True, True, True),
    (Rules(), RESTRICTED, True, True, True),
    (OFF, PLAIN, True, True, True),
    (OFF, RESTRICTED, True, True, False),
    (OFF, PLAIN, True, False, True),  # tried again where the checker is on
    (Rules(), PLAIN, False, True, True),
    (OFF, RESTRICTED, False, True, True),
    (OFF, RESTRICTED, False, False, False),
    (OFF, PLAIN, False, False, ELSEWHERE),
    (Rules(), PLAIN, False, False, ELSEWHERE),
    (Rules(), RESTRICTED, False, False, HERE),
]


@pytest.mark.parametrize(("rules", "place", "everyday", "checked", "outcome"), STAYS)
def test_the_safety_checker_is_off_only_where_server_and_channel_allow_it(
    rules: Rules, place: Place, *, everyday: bool, checked: bool, outcome: object
) -> None:
    if isinstance(outcome, str):
        with pytest.raises(Refused) as told:
            permitted(asked(checked=checked), rules, place, everyday=everyday)
        assert str(told.value) == outcome
        assert f"`{SAFETY}`" in outcome
    else:
        assert permitted(asked(checked=checked), rules, place, everyday=everyday).arguments[SAFETY] is outcome


def test_a_model_without_a_checker_is_sent_nothing_about_it() -> None:
    without = replace(job(), arguments={"prompt": "x"})
    assert permitted(without, OFF, RESTRICTED, everyday=True) == without
