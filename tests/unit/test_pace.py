"""When the bot looks at fal: often while something is about to happen, seldom in a queue, never all jobs in step."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pace import Pace
from bot.domain.progress import Finished, Progress, Queued, Running

PACE = Pace()
LEAST, MOST = PACE.first_look * (1 - PACE.jitter), PACE.longest_look * (1 + PACE.jitter)
CALM = 0.5  # the chance that changes nothing
seconds = st.floats(0, 1e6)
progress = st.one_of(
    st.builds(Queued, st.integers(0, 10_000)),
    st.builds(Running, st.none() | st.floats(0.001, 1)),
    st.just(Finished()),
)


@given(progress, seconds, seconds, st.floats(0, 1))
def test_a_wait_is_never_too_short_and_never_too_long(seen: Progress, age: float, usual: float, chance: float) -> None:
    assert LEAST <= PACE.until_look(seen, age, usual, chance) <= MOST


@given(progress, seconds, seconds)
def test_chance_makes_a_wait_shorter_or_longer_by_its_share(seen: Progress, age: float, usual: float) -> None:
    calm = PACE.until_look(seen, age, usual, CALM)
    few, many = (PACE.until_look(seen, age, usual, chance) for chance in (0.0, 1.0))
    assert few < calm < many
    assert abs(many - few - 2 * PACE.jitter * calm) < 1e-6


@given(st.integers(0, 1000), st.integers(0, 1000), seconds)
def test_the_more_stand_before_a_request_the_seldomer_it_is_looked_at(one: int, other: int, age: float) -> None:
    less, more = sorted((one, other))
    waits = [PACE.until_look(Queued(ahead), age, 60, CALM) for ahead in (less, more)]
    assert waits[0] <= waits[1]


def test_the_nearer_the_end_of_a_render_the_oftener_it_is_looked_at() -> None:
    early, late, over = (PACE.until_look(Running(), age, 60, CALM) for age in (30, 57, 90))
    assert (early, late, over) == (3.0, PACE.first_look, 3.0)
    by_steps = [PACE.until_look(Running(done), 30, 1e6, CALM) for done in (0.5, 0.9)]
    assert by_steps[0] == 3.0
    assert by_steps[1] == PACE.first_look


def test_the_next_in_the_queue_is_looked_at_at_once() -> None:
    assert PACE.until_look(Queued(0), 3600, 60, CALM) == PACE.first_look
    assert PACE.until_look(Queued(100), 0, 60, CALM) == PACE.longest_look
