"""Runs over our API, as one process sees them: shapes, pages, starting, stopping, streams of what is over."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.models import OutcomeKind, Run, RunProgress, RunState, Scope
from talentimg.shapes import progress_json, run_json, shown_run_json
from talentimg.web.api.schemas import runs as schemas
from tests.conftest import NOW
from tests.runs import RUN
from tests.web.api.test_problems import problem

if TYPE_CHECKING:
    import httpx
    from pydantic import BaseModel

    from tests.web.conftest import Site

RUNS = "/api/v1/runs"
GOING = Run("going", NOW + timedelta(hours=1), "elsewhere", 17, total=40, written_at=NOW)


@pytest.fixture
def nights(site: Site) -> Site:
    """Five nights that are over, and a run of another machine."""
    for age in range(5):
        site.app.repository.save_run(
            replace(RUN, id=f"night-{age}", started_at=NOW - timedelta(days=age), host="night-1")
        )
    site.app.repository.save_run(GOING)
    return site


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (schemas.Run, run_json(RUN)),
        (schemas.ShownRun, shown_run_json(RunProgress((RUN,)))),
        (schemas.Progress, progress_json(RunProgress((RUN,)))),
        (schemas.Participant, progress_json(RunProgress((RUN,)))["participants"][0]),
        (schemas.PlatformCount, run_json(RUN)["platforms"]["user"]),
        (schemas.Freshness, run_json(RUN)["freshness"]),
        (schemas.Outage, run_json(RUN)["outages"][0]),
        (schemas.SlowTalent, run_json(RUN)["slowest"][0]),
    ],
)
def test_a_schema_has_the_fields_of_what_is_told(model: type[BaseModel], document: dict[str, Any]) -> None:
    model.model_validate(document)
    assert set(model.model_fields) == set(document)


async def test_the_latest_runs_come_page_by_page(nights: Site) -> None:
    seen: list[str] = []
    async with nights.browser(headers=nights.bearer(Scope.READ)) as browser:
        before: str | None = None
        pages = 0
        while pages == 0 or before:
            asked = {"limit": "2"} | ({"before": before} if before else {})
            page = (await browser.get(RUNS, params=asked)).json()
            schemas.RunPage.model_validate(page)
            seen += [run["id"] for run in page["runs"]]
            before, pages = page["next"], pages + 1
        assert (await browser.get(RUNS, params={"limit": "0"})).status_code == 422
    assert seen == ["going", *(f"night-{age}" for age in range(5))]
    assert pages == 3


async def test_one_run_is_told_as_the_command_tells_it(nights: Site) -> None:
    async with nights.browser(headers=nights.bearer(Scope.READ)) as browser:
        told = (await browser.get(f"{RUNS}/going")).json()
        assert told == shown_run_json(nights.app.runs.find("going"))
        missing = await browser.get(f"{RUNS}/nobody's")
    assert (missing.status_code, problem(missing)["code"]) == (404, "usage")


async def test_a_run_of_another_process_is_asked_to_stop(nights: Site) -> None:
    operator = nights.bearer(Scope.OPERATE, "ops")
    async with nights.browser() as browser:
        reader = nights.bearer(Scope.READ, "grafana")
        assert (await browser.post(f"{RUNS}/going/stop", headers=reader)).status_code == 403
        assert (await browser.post(RUNS, headers=reader)).status_code == 403
        asked = await browser.post(f"{RUNS}/going/stop", headers=operator)
        assert (asked.status_code, asked.json()["stop_requested_by"]) == (202, "ops")
        over = await browser.post(f"{RUNS}/night-1/stop", headers=operator)
        assert (over.status_code, problem(over)["detail"]) == (
            409,
            "The run night-1 has ended already: done.",
        )
        assert (await browser.post(f"{RUNS}/nobody's/stop", headers=operator)).status_code == 404
    request = nights.app.repository.write_progress(GOING)
    assert request is not None
    assert request.by == "ops"


async def test_a_run_is_started_and_told_where_it_is(site: Site) -> None:
    async with site.browser(headers=site.bearer(Scope.OPERATE, "ops")) as browser:
        for body, status in (
            ({"all": True, "limit": 3}, 400),
            ({"limit": 0}, 422),
            ({"forced": True}, 422),
        ):
            assert (await browser.post(RUNS, json=body)).status_code == status
        begun = await browser.post(RUNS, json={"limit": 3})
        assert begun.status_code == 202
        told = begun.json()
        schemas.ShownRun.model_validate(told)
        assert (told["by"], told["pid"]) == ("ops", os.getpid())
        assert begun.headers["location"] == f"{RUNS}/{told['id']}"
        assert (await browser.get(begun.headers["location"])).json()["id"] == told["id"]


async def test_without_a_body_it_is_what_the_command_does_and_one_at_a_time(site: Site) -> None:
    assert site.app.repository.lock_run()
    async with site.browser(headers=site.bearer(Scope.OPERATE)) as browser:
        begun = await browser.post(RUNS)
    assert begun.status_code == 202, "this process has the lock itself"
    assert begun.json()["total"] == 0


def events(got: httpx.Response) -> list[dict[str, str]]:
    """The events of a stream that has ended."""
    blocks = (block.splitlines() for block in got.text.split("\n\n") if block.strip(":"))
    return [dict(line.split(": ", 1) for line in block) for block in blocks]


async def test_the_stream_of_a_run_that_is_over_tells_its_end_once(nights: Site) -> None:
    async with nights.browser(headers=nights.bearer(Scope.READ)) as browser:
        got = await browser.get(f"{RUNS}/night-1/events")
        assert got.headers["content-type"].startswith("text/event-stream")
        assert (got.headers["x-accel-buffering"], got.headers["cache-control"]) == ("no", "no-store")
        (ended,) = events(got)
        assert (ended["event"], ended["retry"]) == ("ended", "2000")
        assert json.loads(ended["data"]) == progress_json(nights.app.runs.find("night-1"))
        again = {"Last-Event-ID": ended["id"]}
        assert (await browser.get(f"{RUNS}/night-1/events", headers=again)).status_code == 204
        for odd in ("x", "-1", "9" * 5000, "٣"):
            known = {b"Last-Event-ID": odd.encode()}
            got = await browser.get(f"{RUNS}/night-1/events", headers=known)
            assert [event["event"] for event in events(got)] == ["ended"], odd[:9]
        missing = await browser.get(f"{RUNS}/nobody's/events")
        assert problem(missing)["status"] == 404
    assert (await nights.get(f"{RUNS}/night-1/events")).status_code == 401


async def test_head_tells_the_headers_of_a_stream_and_nothing_of_it(nights: Site) -> None:
    async with nights.browser(headers=nights.bearer(Scope.READ)) as browser:
        got = await browser.head(f"{RUNS}/going/events")
        assert (got.status_code, got.content) == (200, b"")
        assert got.headers["content-type"].startswith("text/event-stream")
        assert (await browser.head(f"{RUNS}/nobody's/events")).status_code == 404


async def test_the_stream_of_a_run_whose_process_is_gone_ends(nights: Site) -> None:
    dead = replace(GOING, id="dead", host=socket.gethostname(), pid=2**22 + 1, outcomes={OutcomeKind.KEPT: 3})
    nights.app.repository.save_run(dead)
    async with nights.browser(headers=nights.bearer(Scope.READ)) as browser:
        (ended,) = events(await browser.get(f"{RUNS}/dead/events"))
    told = json.loads(ended["data"])
    assert (told["state"], told["looked_at"]) == (RunState.DIED, 3)
