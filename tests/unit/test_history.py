"""What members see of films fits Discord's limits, whatever was asked for; what a button carries comes back whole."""

from dataclasses import replace

import discord
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.components import view
from bot.domain.action import BUTTON_ID
from bot.domain.button import Button
from bot.domain.card import asking, caption, card, ended
from bot.domain.history import MOST_SEARCHED, PAGE, QUERY, Found, Query, Sheet, Which, everything, label, matches
from bot.domain.job import Done, State
from bot.domain.preferences import Preferences
from bot.domain.queue import QUEUE, Line, Queue
from bot.domain.wording import clean
from tests.unit.test_words import job

LARGE = 2**63 - 1
texts = st.text(max_size=6000)
# what makes texts longer when it is shown harmlessly
prompts = st.one_of(texts, st.sampled_from(["*" * 6000, "[](" * 2000, "e\u0301" * 3000, "👩\u200d🚒" * 900])).map(
    "x".__add__
)
searches = st.text(max_size=200).map(matches)
models = st.sampled_from(["", "wan-2.1", "wan-2.1-morph"])


def fits(*buttons: Button) -> bool:
    """Whether Discord takes the buttons (https://docs.discord.com/developers/components/reference)."""
    return len(buttons) <= 25 and all(0 < len(one.label) <= 80 and 0 < len(one.id) <= 100 for one in buttons)


def sum_of(embed: discord.Embed) -> int:
    """The characters of an embed, each part within Discord's limits."""
    assert len(embed.title or "") <= 256
    assert len(embed.description or "") <= 4096
    assert len(embed.footer.text or "") <= 2048
    assert len(embed.fields) <= 25
    assert all(0 < len(field.value or "") <= 1024 and len(field.name or "") <= 256 for field in embed.fields)
    return len(embed)


@given(st.integers(1, 999_999), st.integers(1, LARGE), models, st.sampled_from(Which), searches)
def test_a_query_fits_into_the_id_of_a_button_and_comes_back(
    page: int, user: int, model: str, which: Which, search: str
) -> None:
    query = Query(user_id=user, page=page, model=model, which=which, search=search)
    match = QUERY.fullmatch(query.id)
    assert match
    assert Query.of(match) == query
    assert len(query.id) <= 101 - MOST_SEARCHED + len(search) <= 101
    assert user > 10**19 or len(query.id) <= 100


@settings(max_examples=50)
@given(prompts, st.integers(0, PAGE), st.booleans(), searches, st.sampled_from(State))
def test_a_page_of_films_fits_an_embed(prompt: str, count: int, more: bool, search: str, state: State) -> None:  # noqa: FBT001 - drawn
    film = replace(job(prompt), state=state, message_id=LARGE, guild_id=LARGE, channel_id=LARGE)
    found = Found(query=Query(user_id=LARGE, search=search, page=2), films=[film] * count, more=more)
    assert 0 < len(found.text) <= 4000
    assert len(found.about) <= 2048
    assert fits(*found.buttons)
    assert all(0 < len(text) <= 100 for text, _ in found.choices)


@settings(max_examples=50)
@given(prompts, texts, st.sampled_from(State), st.booleans(), st.one_of(st.none(), st.integers(0, 2**62)))
def test_the_sheet_of_a_film_fits_an_embed(
    prompt: str,
    reason: str,
    state: State,
    mine: bool,  # noqa: FBT001 - drawn
    costs: int | None,
) -> None:
    film = replace(job(prompt), state=state, reason=reason, expanded=reason, parent_id="x" * 10, seed=LARGE)
    film = replace(film, width=9999, height=9999, rendered_seconds=1e9, ended_at=2e9, message_id=LARGE)
    film = replace(film, arguments={**film.arguments, **{f"option_{number}": "*" * 500 for number in range(25)}})
    sheet = Sheet(job=film, mine=mine, now_costs=costs, kept=True)
    embed = discord.Embed(title="Film", description=sheet.text)
    for name, text in sheet.fields.items():
        embed.add_field(name=name, value=text)
    assert sum_of(embed) <= 6000
    assert fits(*sheet.buttons)
    assert all(BUTTON_ID.fullmatch(button.id) for button in sheet.buttons)
    assert len(view(sheet.buttons).children) == len(sheet.buttons)


@settings(max_examples=50)
@given(prompts, texts, st.integers(0, 30), st.integers(1, 5), st.booleans())
def test_the_queue_fits_an_embed(prompt: str, status: str, count: int, page: int, seen: bool) -> None:  # noqa: FBT001 - drawn
    film = replace(job(prompt), card_id=LARGE, guild_id=LARGE, channel_id=LARGE, user_id=LARGE)
    queue = Queue(lines=[Line(job=film, status=status, seen=seen)] * count, page=page)
    assert 0 < len(queue.text) <= 4096
    assert fits(*queue.buttons)
    assert all(QUEUE.fullmatch(button.id) for button in queue.buttons)


@settings(max_examples=50)
@given(prompts, texts, texts, st.floats(0, 1e12))
def test_cards_captions_and_notices_fit_discords_limits(prompt: str, text: str, expanded: str, now: float) -> None:
    film = replace(job(prompt), expanded=expanded, reason=text, remains="$1.00 left" * 10, width=9999, height=9999)
    question = replace(film, state=State.ASKING)
    for shown in (card(film, text), asking(question, now), ended(replace(film, state=State.LOST))):
        embed = discord.Embed(title=shown.title, description=f"> {shown.prompt}").set_footer(text=shown.details)
        assert sum_of(embed.add_field(name="", value=shown.status or "x")) <= 6000
        assert fits(*shown.buttons)
    assert len(caption(film, now)) <= 1700  # a link may follow, and 2000 is the most


@given(prompts, st.sampled_from(Done), st.booleans())
def test_preferences_fit_an_embed(negative: str, done: Done, private: bool) -> None:  # noqa: FBT001 - drawn
    shown = Preferences(model="m", quality="q", shape="s", negative=negative[:500], done=done, private=private).text
    assert len(shown) <= 4096


@given(prompts)
def test_the_whole_prompt_is_what_was_typed(prompt: str) -> None:
    assert everything(job(clean(prompt))) == clean(prompt)


@given(prompts)
def test_a_film_in_a_menu_has_a_name(prompt: str) -> None:
    assert 0 < len(label(job(prompt))) <= 100
