"""The real fal_client.AsyncClient, unmodified, against the stand-in."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import fal_client
import httpx
import httpx_sse
import pytest

from tests.sandbox.fal_stage import MORPH, WAN_21, WAN_22, WAN_26, Json, Stage, picture, png, small, staged


@pytest.fixture
async def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


async def test_a_picture_becomes_a_film_by_way_of_queue_and_progress(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(queue_seconds=0.4, run_seconds=0.6)
    began = time.monotonic()
    handle = await fal.submit(WAN_22, small(url, seed=3, num_inference_steps=12))
    assert handle.status_url == f"https://queue.fal.run/fal-ai/wan/requests/{handle.request_id}/status"
    seen = [event async for event in handle.iter_events(with_logs=True, interval=0.02)]
    took = time.monotonic() - began
    kinds = list(dict.fromkeys(type(event).__name__ for event in seen))
    assert kinds == ["Queued", "InProgress", "Completed"]
    positions = [event.position for event in seen if isinstance(event, fal_client.Queued)]
    assert positions == sorted(positions, reverse=True)
    assert positions[0] == 3
    assert len(set(positions)) > 1
    lengths = [len(event.logs or []) for event in seen if isinstance(event, fal_client.InProgress)]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 3
    last = seen[-1]
    assert isinstance(last, fal_client.Completed)
    assert last.logs
    assert [line["message"] for line in last.logs] == [f"{step}/12" for step in range(1, 13)]
    assert set(last.logs[0]) == {"message", "timestamp", "level", "source"}
    assert 0.59 < last.metrics["inference_time"] < took
    result = await handle.get(interval=0.02)
    film = await fal.web.get(result["video"]["url"])
    assert film.headers["content-type"] == "video/mp4"
    assert len(film.content) == result["video"]["file_size"]
    assert result["seed"] == 3


@pytest.mark.parametrize(
    ("endpoint", "app"), [(WAN_21, WAN_21), (WAN_22, "fal-ai/wan"), (WAN_26, "wan/v2.6")], ids=["2.1", "2.2", "2.6"]
)
async def test_the_urls_of_a_request_hold_owner_and_alias_only_but_the_whole_id_works_too(
    fal: Stage, endpoint: str, app: str
) -> None:
    await fal.set(queue_seconds=60)
    handle = await fal.submit(endpoint, {})
    assert handle.response_url == f"https://queue.fal.run/{app}/requests/{handle.request_id}"
    assert isinstance(await fal.client.status(endpoint, handle.request_id), fal_client.Queued)
    for base in {app, endpoint}:
        url = f"https://queue.fal.run/{base}/requests/{handle.request_id}"
        for end in ("/status", "/status/"):
            reply = await fal.web.get(url + end)
            assert (reply.status_code, reply.json()["logs"], reply.json()["queue_position"]) == (202, None, 3)
        for end in ("", "/", "/response", "/response/"):
            reply = await fal.web.get(url + end)
            assert (reply.status_code, reply.json()) == (400, {"detail": "Request is still in progress"})
    other = await fal.web.get(f"https://queue.fal.run/fal-ai/other/requests/{handle.request_id}/status")
    assert (other.status_code, other.json()) == (404, {"status": "NOT_FOUND"})


@pytest.mark.parametrize("queue_seconds", [60, 0], ids=["in the queue", "in progress"])
async def test_a_cancelled_request_is_completed_with_499(fal: Stage, queue_seconds: float) -> None:
    url = await fal.upload()
    await fal.set(queue_seconds=queue_seconds, run_seconds=60)
    handle = await fal.submit(WAN_22, small(url))
    await asyncio.sleep(0.05)
    assert isinstance(await handle.status(), fal_client.InProgress if queue_seconds == 0 else fal_client.Queued)
    reply = await fal.web.put(handle.cancel_url)
    assert (reply.status_code, reply.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    with pytest.raises(fal_client.FalClientHTTPError) as gone:
        await handle.get(interval=0.02)
    assert (gone.value.status_code, gone.value.error_type) == (499, "client_cancelled")
    with pytest.raises(fal_client.FalClientHTTPError) as late:
        await handle.cancel()
    assert (late.value.status_code, json.loads(late.value.message)) == (400, {"status": "ALREADY_COMPLETED"})
    assert [request["cost_usd"] for request in await fal.requests()] == [0]


async def test_nobody_can_cancel_what_is_not_there(fal: Stage) -> None:
    with pytest.raises(fal_client.FalClientHTTPError) as unknown:
        await fal.client.cancel(WAN_21, "nobody")
    assert (unknown.value.status_code, json.loads(unknown.value.message)) == (404, {"status": "NOT_FOUND"})


async def test_an_input_that_does_not_fit_is_accepted_and_refused_as_the_result(fal: Stage) -> None:
    await fal.set(run_seconds=600)  # it is refused as soon as it runs
    handle = await fal.submit(WAN_21, {"prompt": "x"})
    *_, last = [event async for event in handle.iter_events(interval=0.02)]
    assert isinstance(last, fal_client.Completed)
    assert (last.error, last.error_type) == ("Invalid status code: 422", "missing")
    with pytest.raises(fal_client.FalClientHTTPError) as refused:
        await handle.get()
    assert refused.value.status_code == 422
    assert refused.value.response_headers["x-fal-billable-units"] == "0"
    assert refused.value.response_headers["x-fal-request-id"] == handle.request_id


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
async def test_what_was_uploaded_can_be_fetched(fal: Stage, repository: Literal["fal_v3", "fal"]) -> None:
    url = await fal.client.upload(b"picture", "image/png", "a.png", repository=repository)
    assert url.startswith("https://v3.fal.media/files/")
    found = await fal.web.get(url)
    assert (found.content, found.headers["content-type"]) == (b"picture", "image/png")


async def test_a_large_file_is_uploaded_in_parts(fal: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fal_client.client.MULTIPART_THRESHOLD", 1000)
    monkeypatch.setattr("fal_client.client.MULTIPART_CHUNK_SIZE", 600)
    big = bytes(range(250)) * 6
    assert (await fal.web.get(await fal.client.upload(big, "video/mp4"))).content == big


async def test_parts_may_be_done_in_any_order_but_none_may_be_missing(fal: Stage) -> None:
    token = (await fal.web.post("https://rest.fal.ai/storage/auth/token", json={})).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "video/mp4"}
    begun = (await fal.web.post("https://v3.fal.media/files/upload/multipart", headers=headers)).json()
    base, parts = f"{begun['access_url']}/multipart/{begun['uploadId']}", list[Json]()
    for number in (2, 1):
        sent = await fal.web.put(f"{base}/{number}", content=b"%d" % number, headers=headers)
        parts.append({"partNumber": number, "etag": sent.headers["etag"]})
    for listed, status in ((parts[:1], 400), (parts, 200)):
        assert (await fal.web.post(f"{base}/complete", json={"parts": listed}, headers=headers)).status_code == status
    assert (await fal.web.get(begun["access_url"])).content == b"12"


async def test_the_newest_model_tells_more_of_its_film(fal: Stage) -> None:
    given = {"prompt": "a fox runs", "image_url": await fal.upload(picture(480, 270)), "resolution": "720p"}
    result = await (await fal.submit(WAN_26, given)).get(interval=0.02)
    film = result["video"]
    told = [film[name] for name in ("width", "height", "fps", "duration", "num_frames")]
    assert told == [1280, 720, 30.0, 5.0, 150]
    assert result["actual_prompt"].startswith("a fox runs ")


async def test_an_expanded_prompt_is_told_by_the_models_that_tell_it(fal: Stage) -> None:
    url = await fal.upload()
    results = [
        await (await fal.submit(WAN_22, small(url, enable_prompt_expansion=expand))).get(interval=0.02)
        for expand in (False, True)
    ]
    assert results[0]["prompt"] == "a fox runs"
    assert results[1]["prompt"].startswith("a fox runs ")


async def test_a_morph_takes_two_pictures(fal: Stage) -> None:
    first, last = await fal.upload(), await fal.upload(picture(flipped=True))
    given = {"prompt": "x", "start_image_url": first, "end_image_url": last, "resolution": "480p"}
    result = await (await fal.submit(MORPH, given)).get(interval=0.02)
    assert set(result) == {"video", "seed"}
    assert [request["cost_usd"] for request in await fal.requests()] == [0.2]


async def test_a_film_can_be_fetched_in_pieces(fal: Stage) -> None:
    url = await fal.client.upload(bytes(range(200)), "video/mp4", "a.mp4")
    head = await fal.web.head(url)
    assert (head.headers["content-length"], head.headers["accept-ranges"], head.content) == ("200", "bytes", b"")
    piece = await fal.web.get(url, headers={"Range": "bytes=10-19"})
    assert (piece.status_code, piece.content) == (206, bytes(range(10, 20)))
    assert piece.headers["content-range"] == "bytes 10-19/200"
    rest = await fal.web.get(url, headers={"Range": "bytes=190-"})
    assert rest.content == bytes(range(190, 200))
    assert (await fal.web.get(url, headers={"Range": "bytes=200-"})).status_code == 416


async def test_the_same_seed_gives_the_same_film_and_another_seed_another(fal: Stage) -> None:
    url = await fal.upload()
    films: list[bytes] = []
    for seed in (1, 1, 2):
        result = await (await fal.submit(WAN_22, small(url, seed=seed))).get(interval=0.02)
        films.append((await fal.web.get(result["video"]["url"])).content)
    assert films[0] == films[1] != films[2]


async def test_a_wrong_key_is_answered_401_everywhere_but_where_none_is_needed(fal: Stage) -> None:
    headers = {"Authorization": "Key wrong"}
    for method, url in (
        ("POST", f"https://queue.fal.run/{WAN_21}"),
        ("POST", f"https://fal.run/{WAN_21}"),
        ("POST", "https://rest.fal.ai/storage/auth/token"),
        ("POST", "https://v3.fal.media/files/upload"),
        ("GET", "https://api.fal.ai/v1/models/pricing?endpoint_id=x"),
    ):
        assert (await fal.web.request(method, url, headers=headers)).status_code == 401, url
    assert (await fal.web.get("https://rest.fal.ai/.well-known/jwks.json", headers=headers)).status_code == 200


async def test_nothing_leaves_the_machine(fal: Stage) -> None:
    for host in ("example.com", "queue.fal.run.example.com", "fal.ai.example.com"):
        with pytest.raises(httpx.ProxyError):
            await fal.web.get(f"https://{host}/")
    refused = [entry["host"] for entry in await fal.record() if entry["method"] == "CONNECT"]
    assert refused == ["example.com:443", "queue.fal.run.example.com:443", "fal.ai.example.com:443"]


async def test_the_backup_host_leads_to_the_same_queue(fal: Stage) -> None:
    reply = await fal.web.post(f"https://queue.falrun.com/{WAN_21}", json={})
    assert [request["request_id"] for request in await fal.requests()] == [reply.json()["request_id"]]


async def test_an_unknown_model_is_not_found(fal: Stage) -> None:
    assert (await fal.web.post("https://queue.fal.run/fal-ai/wan-t2v", json={})).status_code == 404


async def test_run_and_stream_answer_with_the_film(fal: Stage) -> None:
    given = small(await fal.upload(), seed=4)
    assert (await fal.client.run(WAN_22, given))["seed"] == 4
    assert [event["seed"] async for event in fal.client.stream(WAN_22, given)] == [4]
    with pytest.raises(fal_client.FalClientHTTPError) as refused:
        await fal.client.run(WAN_22, {})
    assert refused.value.status_code == 422


async def test_the_status_comes_as_server_sent_events_with_new_logs_only(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(queue_seconds=0.3, run_seconds=0.5)
    handle = await fal.submit(WAN_22, small(url, num_inference_steps=10))
    async with httpx_sse.aconnect_sse(fal.web, "GET", handle.status_url + "/stream?logs=1") as source:
        events: list[Json] = [json.loads(event.data) async for event in source.aiter_sse()]
    assert list(dict.fromkeys(event["status"] for event in events)) == ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
    logs: list[list[Json]] = [event["logs"] or [] for event in events]
    lines = [line["message"] for new in logs for line in new]
    assert lines == [f"{step}/10" for step in range(1, 11)]


async def test_earlier_requests_can_be_found_by_their_endpoint(fal: Stage) -> None:
    url = "https://api.fal.ai/v1/models/requests/by-endpoint"
    data = fal_client.encode(png(picture()), "image/png")
    await (await fal.submit(WAN_22, small(data, seed=5))).get(interval=0.02)
    await fal.refusal(WAN_22, {"seed": 6})
    await fal.submit(WAN_21, {"seed": 7})
    listed = (await fal.web.get(url, params={"endpoint_id": WAN_22, "expand": "payloads"})).json()
    assert [(item["json_input"]["seed"], item["status_code"]) for item in listed["items"]] == [(6, 422), (5, 200)]
    assert listed["items"][1]["json_output"]["video"]["content_type"] == "video/mp4"
    bare = (await fal.web.get(url, params={"endpoint_id": WAN_22, "status": "success", "limit": "1"})).json()
    assert [set(item) & {"json_input", "json_output"} for item in bare["items"]] == [set()]
    first = (await fal.web.get(url, params={"endpoint_id": WAN_22, "limit": "1"})).json()
    assert first["has_more"]
    second = (
        await fal.web.get(url, params={"endpoint_id": WAN_22, "limit": "1", "cursor": first["next_cursor"]})
    ).json()
    assert second["items"][0]["request_id"] != first["items"][0]["request_id"]
    assert not second["has_more"]


async def test_what_is_stored_of_a_request_can_be_deleted_but_for_what_it_was_sent(fal: Stage) -> None:
    picture_url = await fal.upload()
    handle = await fal.submit(WAN_22, small(picture_url))
    address = f"https://api.fal.ai/v1/models/requests/{handle.request_id}/payloads"
    film_url = (await handle.get(interval=0.02))["video"]["url"]
    await fal.set(platform=False)
    assert (await fal.web.delete(address)).status_code == 403
    await fal.set(platform=True)
    for links in ([{"link": film_url, "exception": None}], []):
        reply = await fal.web.delete(address, headers={"Idempotency-Key": handle.request_id})
        assert (reply.status_code, reply.json()) == (200, {"cdn_delete_results": links})
    gone = [(await fal.web.get(url)).status_code for url in (film_url, handle.response_url, picture_url)]
    assert gone == [404, 404, 200]
    listed = "https://api.fal.ai/v1/models/requests/by-endpoint"
    [item] = (await fal.web.get(listed, params={"endpoint_id": WAN_22, "expand": "payloads"})).json()["items"]
    assert (item["json_input"], item["json_output"]) == (None, None)
    assert [request["erased"] for request in await fal.requests()] == [True]
    assert (await fal.web.delete(address.replace("payloads", "x"))).status_code == 404
    assert (await fal.web.delete(address.replace(handle.request_id, "x"))).status_code == 404


async def test_prices_are_told_per_unit_and_results_tell_their_units(fal: Stage) -> None:
    told = await fal.web.get("https://api.fal.ai/v1/models/pricing", params={"endpoint_id": f"{WAN_21},{WAN_22}"})
    prices = {item["endpoint_id"]: item["unit_price"] for item in told.json()["prices"]}
    assert prices == {WAN_21: 0.4, WAN_22: 0.08}
    handle = await fal.submit(WAN_22, small(await fal.upload()))
    await handle.get(interval=0.02)
    units = (await fal.web.get(handle.response_url)).headers["x-fal-billable-units"]
    [request] = await fal.requests()
    assert request["cost_usd"] == pytest.approx(float(units) * prices[WAN_22]) == pytest.approx(17 / 16 * 0.04)


async def test_what_a_unit_costs_and_what_a_result_tells_can_be_set(fal: Stage) -> None:
    url, pricing = await fal.upload(), "https://api.fal.ai/v1/models/pricing"

    async def billed(units: object) -> tuple[str | None, float]:
        await fal.set(units=units)
        handle = await fal.submit(WAN_22, small(url))
        await handle.get(interval=0.02)
        told = (await fal.web.get(handle.response_url)).headers.get("x-fal-billable-units")
        return told, (await fal.requests())[-1]["cost_usd"]

    assert await billed(3) == ("3", pytest.approx(0.24))
    await fal.set(unit_price={WAN_22: 0.5})
    [price] = (await fal.web.get(pricing, params={"endpoint_id": WAN_22})).json()["prices"]
    assert (price["unit_price"], price["currency"]) == (0.5, "USD")
    assert await billed(3) == ("3", pytest.approx(1.5))
    assert await billed("counted") == ("0.53125", pytest.approx(0.265625))
    assert await billed(None) == (None, pytest.approx(0.265625))
    assert await billed("nonsense") == ("many", pytest.approx(0.265625))
