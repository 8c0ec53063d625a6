"""Runs that others watch and stop: servers and commands as processes, and a foreign client of streams."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from httpx_sse import aconnect_sse, connect_sse

from talentimg.bootstrap import App
from talentimg.demo.world import World
from talentimg.models import OutcomeKind, Scope
from talentimg.repository.registry import open_repository
from talentimg.service.run.records import DIED
from talentimg.settings import load_settings
from tests.cli.conftest import Shell
from tests.held import HeldServer
from tests.waiting import TIME_LIMIT, wait_until
from tests.web.test_process import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.models import Run

PEOPLE = 12
ANSWERED = 3
AT_ONCE = 10
"""In progress with `sync.concurrency = 1`."""
STREAMS = 50
RUNS = "/api/v1/runs"


@pytest.fixture
def platforms() -> Iterator[HeldServer]:
    with HeldServer(World()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def shell(request: pytest.FixtureRequest, tmp_path: Path, platforms: HeldServer) -> Shell:
    """Twelve people on GitHub, which answers three questions and holds back the others."""
    for number in range(PEOPLE):
        platforms.world.add(f"t{number}", f"T {number}")
        platforms.world.join(f"t{number}", "github", f"t{number}", picture=number)
    made = Shell(tmp_path)
    if request.param == "postgres":
        made.environment["DATABASE_URL"] = request.getfixturevalue("new_database")
    made.data.mkdir()
    made.point_at(platforms.url)
    made.fill(platforms)
    platforms.hold(after=ANSWERED)
    return made


def bearer(shell: Shell) -> dict[str, str]:
    app = App(load_settings(environment=shell.env()))
    try:
        return {"Authorization": f"Bearer {app.access.make('ops', Scope.OPERATE, by='a test')}"}
    finally:
        app.close()


def record(shell: Shell) -> Run:
    with open_repository(shell.roster_url, read_only=True) as repository:
        return repository.runs(limit=1)[0]


def started(shell: Shell) -> str:
    """The id of the run that another process has begun."""
    wait_until(lambda: shell("runs", "--json").out)
    return record(shell).id


def followed(client: httpx.Client, address: str, known: str | None = None) -> Iterator[tuple[str, str, Any]]:
    """The events of a stream: id, name and data."""
    headers = {"Last-Event-ID": known} if known else {}
    with connect_sse(client, "GET", address, headers=headers) as source:
        for event in source.iter_sse():
            yield event.id, event.event, json.loads(event.data)


def until_answered(client: httpx.Client, address: str) -> str:
    """Watch until the run has looked at all that it can; the id of the last event."""
    for one, name, told in followed(client, address):
        assert (name, told["state"]) == ("progress", "running")
        assert sum(told["outcomes"].values()) == told["looked_at"] <= ANSWERED
        if told["looked_at"] == ANSWERED:
            return one
    raise AssertionError("it ended")


def test_a_run_of_the_command_is_followed_over_a_server_to_its_end(
    shell: Shell, platforms: HeldServer
) -> None:
    with ExitStack() as stack:
        _, address = stack.enter_context(serving(**shell.env()))
        client = stack.enter_context(httpx.Client(headers=bearer(shell), timeout=TIME_LIMIT))
        run = shell.start("sync-all")
        run_id = started(shell)
        stream = f"{address}{RUNS}/{run_id}/events"
        known = until_answered(client, stream)
        assert client.head(stream).headers["content-type"].startswith("text/event-stream")
        platforms.let_go()
        seen = list(followed(client, stream, known))
        run.communicate(timeout=TIME_LIMIT)
        ids = [int(one) for one, _, _ in seen]
        assert int(known) < ids[0], "what is known already is not told again"
        assert ids == sorted(set(ids))
        assert [name for _, name, _ in seen] == ["progress"] * (len(seen) - 1) + ["ended"]
        last = seen[-1][2]
        assert (last["state"], last["looked_at"], last["total"], last["in_progress"]) == (
            "done",
            PEOPLE,
            PEOPLE,
            0,
        )
        assert last["participants"][0]["pid"] == run.pid
        assert client.get(stream, headers={"Last-Event-ID": seen[-1][0]}).status_code == 204
        assert client.get(f"{address}{RUNS}/{run_id}").json()["progress"] == last


def test_a_run_of_the_command_is_stopped_over_a_server(shell: Shell, platforms: HeldServer) -> None:
    with ExitStack() as stack:
        _, address = stack.enter_context(serving(**shell.env()))
        client = stack.enter_context(httpx.Client(headers=bearer(shell), timeout=TIME_LIMIT))
        platforms.hold()
        run = shell.start("sync-all", "--quiet", TALENTIMG_SYNC_CONCURRENCY="1")
        run_id = started(shell)
        stopped = client.post(f"{address}{RUNS}/{run_id}/stop")
        assert (stopped.status_code, stopped.json()["stop_requested_by"]) == (202, "ops")
        written = stopped.json()["revision"]
        # It has heard of it with the writes that come after.
        wait_until(lambda: record(shell).revision >= written + 2)
        platforms.let_go()
        _, told = run.communicate(timeout=TIME_LIMIT)
        assert (run.returncode, told) == (75, "Warning: ops stopped it.\n")
    ended = record(shell)
    assert (ended.state, ended.note, ended.stop_requested_by) == ("stopped", "ops stopped it.", "ops")
    assert (ended.looked_at, ended.still_due) == (AT_ONCE, PEOPLE - AT_ONCE)


def test_a_run_of_a_server_is_stopped_by_the_command(shell: Shell, platforms: HeldServer) -> None:
    with ExitStack() as stack:
        _, address = stack.enter_context(serving(**shell.env()))
        client = stack.enter_context(httpx.Client(headers=bearer(shell), timeout=TIME_LIMIT))
        begun = client.post(f"{address}{RUNS}", json={"all": True})
        assert begun.status_code == 202
        again = client.post(f"{address}{RUNS}")
        assert (again.status_code, again.json()["code"]) == (409, "try_later")
        stream = f"{address}{begun.headers['location']}/events"
        until_answered(client, stream)
        asked = shell("runs", "--stop", "--by", "eve", "--json").json
        assert (asked["id"], asked["stop_requested_by"]) == (begun.json()["id"], "eve")
        wait_until(lambda: record(shell).revision >= asked["revision"] + 2)
        platforms.let_go()
        *_, (_, name, told) = followed(client, stream)
    assert (name, told["state"], told["note"]) == ("ended", "stopped", "eve stopped it.")


async def _read_until(signal_at: asyncio.Barrier, address: str, shown: dict[str, str]) -> list[str]:
    """The names of the events of one stream, which must end as it should."""
    names = []
    async with (
        httpx.AsyncClient(headers=shown, timeout=TIME_LIMIT) as client,
        aconnect_sse(client, "GET", address) as source,
    ):
        async for event in source.aiter_sse():
            names.append(event.event)
            if len(names) == 1:
                await signal_at.wait()
    return names


async def test_a_signal_ends_fifty_open_streams_and_gives_the_run_its_grace(
    shell: Shell, platforms: HeldServer
) -> None:
    env = shell.env(TALENTIMG_SYNC_STOP_SECONDS=str(TIME_LIMIT), TALENTIMG_SYNC_CONCURRENCY="1")
    shown = bearer(shell)
    platforms.hold(after=1)  # so that somebody is left whom it has not begun
    with serving(**env) as (process, address):
        async with httpx.AsyncClient(headers=shown, timeout=TIME_LIMIT) as client:
            begun = await client.post(f"{address}{RUNS}", json={})
        stream = f"{address}{begun.headers['location']}/events"
        barrier = asyncio.Barrier(STREAMS + 1)
        readers = [asyncio.create_task(_read_until(barrier, stream, shown)) for _ in range(STREAMS)]
        async with asyncio.timeout(TIME_LIMIT):
            await barrier.wait()
            process.send_signal(signal.SIGTERM)
            # A stream that is cut off raises here: each has ended by itself.
            names = await asyncio.gather(*readers)
        assert {name for each in names for name in each} == {"progress"}, "the run goes on"
        platforms.let_go()
        _, told = await asyncio.to_thread(process.communicate, timeout=TIME_LIMIT)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in told
    ended = record(shell)
    assert (ended.state, ended.note) == ("stopped", "The server was told to end.")
    updated = ended.outcomes[OutcomeKind.UPDATED]
    assert 0 < updated == ended.looked_at == PEOPLE - (ended.still_due or 0), (
        "what it had begun it has finished"
    )


def test_a_server_that_is_killed_leaves_a_record_that_says_so_and_the_next_run_completes(
    shell: Shell, platforms: HeldServer
) -> None:
    shown = bearer(shell)
    with serving(**shell.env()) as (process, address):
        with httpx.Client(headers=shown, timeout=TIME_LIMIT) as client:
            begun = client.post(f"{address}{RUNS}", json={"limit": PEOPLE}).json()
            until_answered(client, f"{address}{RUNS}/{begun['id']}/events")
        process.kill()
        process.communicate(timeout=TIME_LIMIT)
    seen = shell("runs", begun["id"], "--json").json
    assert (seen["state"], seen["note"], seen["looked_at"]) == ("died", DIED, ANSWERED)
    with serving(**shell.env()) as (_, address), httpx.Client(headers=shown, timeout=TIME_LIMIT) as client:
        told = list(followed(client, f"{address}{RUNS}/{begun['id']}/events"))
        assert [(name, data["state"]) for _, name, data in told] == [("ended", "died")]
    platforms.let_go()
    done = shell("sync-all", "--json")
    assert (done.code, done.lines[-1]["looked_at"]) == (0, PEOPLE - ANSWERED)
    assert {line["source"] for line in shell("list", "--json").lines} == {"github"}
    with open_repository(shell.roster_url, read_only=True) as repository:
        kept = repository.run(begun["id"])
        assert kept is not None
        assert (kept.state, kept.by, kept.looked_at, kept.note) == ("died", "ops", ANSWERED, DIED)


def test_those_who_share_a_run_are_followed_as_one(shell: Shell, platforms: HeldServer) -> None:
    with ExitStack() as stack:
        _, address = stack.enter_context(serving(**shell.env()))
        client = stack.enter_context(httpx.Client(headers=bearer(shell), timeout=TIME_LIMIT))
        first = shell.start("sync-all", "--limit", "4")
        run_id = started(shell)
        stream = f"{address}{RUNS}/{run_id}/events"
        until_answered(client, stream)
        second = shell.start("sync-all", "--all", "--join")
        for _, _, told in followed(client, stream):
            if len(told["participants"]) == 2 and told["in_progress"] == PEOPLE - ANSWERED:
                break
        platforms.let_go()
        *_, (_, name, told) = followed(client, stream)
        for run in (first, second):
            run.communicate(timeout=TIME_LIMIT)
    assert (name, told["state"], told["looked_at"], told["total"]) == ("ended", "done", PEOPLE, PEOPLE)
    assert {one["looked_at"] for one in told["participants"]} == {4, PEOPLE - 4}
