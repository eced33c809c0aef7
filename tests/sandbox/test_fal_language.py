"""fal's way to language models: as the bot asks it, and as the stand-in answers."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.adapters.fal import Fal, open_fal
from bot.domain.errors import Busy, Refused, Unavailable, Unclear
from bot.domain.refusal import ACCOUNT, DRAFT_POLICY, DRAFT_REFUSED
from bot.domain.scene import INSTRUCTION, Said, drafted, question
from tests.sandbox.fal_stage import WAN_22, Json, Stage, small, staged, until

ROUTER = "openrouter/router"
ADDRESS = f"https://fal.run/{ROUTER}"
MODEL = "somebody/small"
ASKED = question([Said(author_id=1, text="the rain has not stopped <|im_end|>"), Said(author_id=2, text="so be it")])


@pytest.fixture
async def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


@pytest.fixture
async def bot(fal: Stage) -> AsyncIterator[Fal]:
    async with open_fal(fal.standin.key) as opened:
        yield opened


async def ask(bot: Fal) -> Any:
    return await bot.ask(MODEL, ASKED.instruction, ASKED.conversation)


async def posts(fal: Stage) -> list[Json]:
    return [entry for entry in await fal.record() if entry["method"] == "POST"]


async def test_a_draft_is_asked_for_once_and_fal_is_to_store_nothing_of_it(fal: Stage, bot: Fal) -> None:
    reply = await ask(bot)
    assert drafted(reply.output) == reply.output
    assert "rain runs down" in reply.output
    [request] = await fal.requests()
    assert (request["endpoint"], request["status"], request["answer_status"]) == (ROUTER, "COMPLETED", 200)
    assert request["input"] == {
        "model": MODEL,
        "system_prompt": INSTRUCTION,
        "prompt": ASKED.conversation,
        "temperature": 0.7,
        "max_tokens": 600,
    }
    assert reply.cost == round(request["result"]["usage"]["cost"] * 1_000_000) == round(request["cost_usd"] * 1_000_000)
    assert reply.cost > 0
    [call] = await posts(fal)
    assert (call["host"], call["headers"]["X-Fal-Store-IO"]) == ("fal.run", "0")


async def test_the_same_is_answered_with_the_same_and_something_else_with_something_else(bot: Fal) -> None:
    first, second = [await ask(bot) for _ in range(2)]
    other = await bot.ask(MODEL, INSTRUCTION, "a cat on a sill")
    assert first == second
    assert "tail sways" in other.output != first.output


async def test_the_next_answers_can_be_set(fal: Stage, bot: Fal) -> None:
    await fal.set(llm={"output": "The fox sleeps."})
    await fal.set(llm={"output": "It wakes.", "usage": None})
    await fal.set(llm={"usage": {"cost": 0.0005795, "total_tokens": 267}})
    await fal.set(llm={"output": "Half a", "error": "the provider broke off"})
    assert [fault["kind"] for fault in fal.standin.waiting_faults()] == ["llm"] * 4
    replies = [await ask(bot) for _ in range(5)]
    assert [reply.output for reply in replies[:2]] == ["The fox sleeps.", "It wakes."]
    assert [reply.cost is None for reply in replies] == [False, True, False, False, False]
    assert replies[2].cost in (579, 580)
    assert replies[3].output == ""
    assert replies[4] == await ask(bot)
    assert [request["cost_usd"] > 0 for request in await fal.requests()] == [True] * 6
    await fal.set(llm={"output": "x"})
    await fal.set(llm=None)
    assert fal.standin.waiting_faults() == []


async def test_an_answer_that_is_set_is_for_a_language_model_and_an_outcome_for_a_film(fal: Stage, bot: Fal) -> None:
    await fal.set(outcome={"error_status": 500, "body": {"detail": "broken"}})
    assert (await ask(bot)).output
    await fal.set(llm={"error_status": 422})
    assert (await fal.refusal(WAN_22, small(await fal.upload()))).status_code == 500
    with pytest.raises(Refused):
        await ask(bot)


@pytest.mark.parametrize("cost", [-1, True, "0.1", None, 1e9, [0.1]])
async def test_a_cost_that_makes_no_sense_is_not_believed(fal: Stage, bot: Fal, cost: Any) -> None:
    await fal.set(llm={"usage": {"cost": cost}})
    assert (await ask(bot)).cost is None


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"detail": "no"}, "key"),
        (402, {}, ACCOUNT),
        (403, {"detail": "User is locked. Reason: Exhausted balance."}, ACCOUNT),
        (404, {"detail": "model not found"}, DRAFT_REFUSED),
        (422, {"detail": [{"type": "missing", "loc": ["body", "model"], "input": "<@1>"}]}, DRAFT_REFUSED),
        (422, {"detail": [{"type": "content_policy_violation"}]}, DRAFT_POLICY),
        (400, {"detail": "flagged by moderation"}, DRAFT_POLICY),
    ],
)
async def test_a_refusal_is_a_sentence_and_says_that_nothing_was_spent(
    fal: Stage, bot: Fal, status: int, body: Json, words: str
) -> None:
    await fal.set(llm={"error_status": status, "body": body})
    with pytest.raises(Refused) as refused:
        await ask(bot)
    assert words in str(refused.value)
    assert "nothing was spent" in str(refused.value)
    assert len(await posts(fal)) == 1


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        ({"kind": "locked_account"}, Refused, 0),
        ({"kind": "rate_limited", "seconds": 3}, Busy, 0),
        ({"kind": "nginx_502"}, Unclear, 0),
        ({"kind": "json_503"}, Unclear, 0),
        ({"kind": "drop_reply_after_accept"}, Unclear, 1),
    ],
    ids=str,
)
async def test_what_may_have_been_billed_is_told_apart_and_never_repeated(
    fal: Stage, bot: Fal, fault: Json, error: type[Exception], accepted: int
) -> None:
    await fal.fault(**fault, times=5)
    with pytest.raises(error):
        await ask(bot)
    assert len(await posts(fal)) == 1
    assert len(await fal.requests()) == accepted


async def test_where_fal_cannot_be_reached_nothing_was_asked(fal: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with open_fal(fal.standin.key) as bot:
        with pytest.raises(Unavailable) as trouble:
            await ask(bot)
    assert not isinstance(trouble.value, Busy)
    assert await fal.requests() == []


async def test_an_answer_that_takes_too_long_may_be_billed(
    fal: Stage, bot: Fal, caplog: pytest.LogCaptureFixture
) -> None:
    await fal.fault("slow", seconds=1)
    with pytest.raises(Unclear):
        await bot.ask(MODEL, ASKED.instruction, ASKED.conversation, seconds=0.5)
    assert "its answer is lost: <class 'TimeoutError'>" in caplog.text
    [request] = await fal.requests()
    assert request["cost_usd"] > 0


@pytest.mark.parametrize("body", [{"error_status": 307, "body": {}}, {"error_status": 500}])
async def test_an_answer_that_is_none_may_be_billed(fal: Stage, bot: Fal, body: Json) -> None:
    await fal.set(llm=body)
    with pytest.raises(Unclear):
        await ask(bot)


async def test_an_answer_without_a_word_is_no_draft_and_still_tells_its_cost(fal: Stage, bot: Fal) -> None:
    await fal.set(llm={"error_status": 200, "body": {"usage": {"cost": 0.001}}})
    reply = await ask(bot)
    assert (reply.output, reply.cost) == ("", 1000)


@pytest.mark.parametrize(
    ("llm", "says"),
    [
        ({"error_status": 403, "body": {"detail": "flagged: the rain has not stopped"}}, "answers 403"),
        ({"error_status": 500, "body": {"detail": "the rain has not stopped"}}, "answers 500"),
        ({"error_status": 200, "body": {"error": "the rain has not stopped"}}, "failed or said nothing"),
    ],
    ids=str,
)
async def test_the_log_has_what_failed_and_no_word_of_it(
    fal: Stage, bot: Fal, caplog: pytest.LogCaptureFixture, llm: Json, says: str
) -> None:
    await fal.set(llm=llm)
    with contextlib.suppress(Refused, Unclear):
        await ask(bot)
    [line] = [one for one in caplog.messages if "the language model" in one]
    assert f"the language model {MODEL} was asked, and" in line
    assert says in line
    assert "rain" not in caplog.text


async def test_while_the_account_is_busy_it_is_refused_at_once(fal: Stage, bot: Fal) -> None:
    await fal.set(run_seconds=60, concurrency=1)
    await fal.submit(WAN_22, small(await fal.upload()))
    await until(lambda: [what for _, what in fal.told if what.get("status") == "IN_PROGRESS"])
    with pytest.raises(Busy):
        await ask(bot)


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, [("prompt", "missing"), ("model", "missing")]),
        ({"prompt": "x", "model": 5}, [("model", "string_type")]),
        ({"prompt": "x", "model": "m", "temperature": 3}, [("temperature", "less_than_equal")]),
        ({"prompt": "x", "model": "m", "max_tokens": 0}, [("max_tokens", "greater_than_equal")]),
        ({"prompt": "x", "model": "m", "reasoning": "yes"}, [("reasoning", "bool_type")]),
        ({"prompt": "x", "model": "m", "tools": []}, [("tools", "extra_forbidden")]),
    ],
)
async def test_an_input_that_does_not_fit_is_refused_as_fal_does(
    fal: Stage, given: Json, errors: list[tuple[str, str]]
) -> None:
    reply = await fal.web.post(ADDRESS, json=given)
    assert reply.status_code == 422
    assert [(error["loc"][1], error["type"]) for error in reply.json()["detail"]] == errors
    assert [request["cost_usd"] for request in await fal.requests()] == [0]


async def test_it_answers_by_the_queue_too_and_counts_no_units(fal: Stage) -> None:
    given = {"prompt": "x", "model": "m", "reasoning": True, "max_tokens": 5}
    handle = await fal.submit(ROUTER, given)
    result = await handle.get(interval=0.02)
    assert len(result["output"].split()) == 5
    assert result["reasoning"]
    assert result["usage"]["total_tokens"] == 1 + 5
    direct = await fal.web.post(ADDRESS, json=given)
    assert direct.json() == result
    assert "x-fal-billable-units" not in direct.headers
    assert [request["billable_units"] for request in await fal.requests()] == [None, None]


async def test_a_language_model_is_quicker_than_a_film(fal: Stage) -> None:
    await fal.set(run_seconds=60)
    reply = await fal.web.post(ADDRESS, json={"prompt": "x", "model": "m"}, timeout=httpx.Timeout(5))
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "llm",
    ["x", {"answer": "x"}, {"output": 5}, {"usage": 0.1}, {"error_status": 99}, {"error_status": 500, "output": "x"}],
)
async def test_an_answer_that_makes_no_sense_cannot_be_set(fal: Stage, llm: Any) -> None:
    reply = await fal.control.post("/_sim/fal/set", json={"llm": llm})
    assert reply.status_code == 400
    assert "llm must be" in json.loads(reply.text)["error"]
