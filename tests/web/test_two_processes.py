"""Two servers on one Postgres, as processes, against platforms that count what they are asked."""

from __future__ import annotations

import asyncio
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from talentimg.bootstrap import App
from talentimg.demo.faults import Faults
from talentimg.demo.server import PlatformServer
from talentimg.demo.world import World
from talentimg.models import RunState, Scope
from talentimg.repository.registry import open_repository
from talentimg.settings import load_settings
from tests.cli.conftest import Shell
from tests.waiting import TIME_LIMIT, wait_until
from tests.web.test_process import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENTS = 200
TALENT = "/api/admin/talent"


@pytest.fixture
def platforms() -> Iterator[PlatformServer]:
    with PlatformServer(World()) as server:
        yield server


@pytest.fixture
def shell(tmp_path: Path, platforms: PlatformServer, new_database: str) -> Shell:
    """Five people on Bluesky, which takes its time, and their roster on Postgres."""
    for number in range(5):
        platforms.world.add(f"t{number}", f"T {number}")
        platforms.world.join(f"t{number}", "bluesky", f"t{number}.bsky.social", picture=number)
    made = Shell(tmp_path, {"DATABASE_URL": new_database})
    made.point_at(platforms.url)
    made.fill(platforms)
    platforms.world.set_faults("bluesky", Faults(latency=0.5))
    return made


def bearer(shell: Shell) -> dict[str, str]:
    app = App(load_settings(environment=shell.env()))
    try:
        return {"Authorization": f"Bearer {app.access.make('clients', Scope.OPERATE, by='a test')}"}
    finally:
        app.close()


async def press(addresses: list[str], shown: dict[str, str]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(headers=shown, limits=limits, timeout=TIME_LIMIT) as client:
        posts = (
            client.post(f"{addresses[n % len(addresses)]}{TALENT}/t0/profile-image/sync")
            for n in range(CLIENTS)
        )
        return await asyncio.gather(*posts)


async def test_two_hundred_who_press_refresh_at_two_servers_are_one_question(
    shell: Shell, platforms: PlatformServer
) -> None:
    shown = bearer(shell)
    with ExitStack() as stack:
        addresses = [stack.enter_context(serving(**shell.env()))[1] for _ in range(2)]
        answers = await press(addresses, shown)
    assert {answer.status_code for answer in answers} == {200}
    images = {answer.json()["data"]["imageUrl"] for answer in answers}
    assert len(images) == 1
    assert None not in images
    asked = [r for r in platforms.log.select(platform="bluesky") if "/xrpc/" in r.path]
    assert len(asked) == 1


def test_a_run_that_a_request_began_is_told_to_end_with_the_server(
    shell: Shell, platforms: PlatformServer
) -> None:
    platforms.world.set_faults("bluesky", Faults(latency=2.0))
    shown = bearer(shell)
    with serving(**shell.env()) as (process, address):
        begun = httpx.post(f"{address}{TALENT}/sync/profile-images", headers=shown, timeout=TIME_LIMIT)
        run_id = begun.json()["data"]["runId"]
        wait_until(lambda: len(platforms.log) > 0)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 128 + signal.SIGTERM
    with open_repository(shell.roster_url) as repository:
        run = repository.run(run_id)
        assert run is not None
        assert (run.state, run.note) == (RunState.STOPPED, "The server was told to end.")
    platforms.world.set_faults("bluesky", Faults())
    done = shell("sync-all", "--min-age", "0", "--quiet")
    assert done.code == 0, done.err
    assert {line["source"] for line in shell("list", "--json").lines} == {"bluesky"}


def test_a_server_that_is_killed_in_the_middle_of_a_run_loses_nothing(
    shell: Shell, platforms: PlatformServer
) -> None:
    platforms.world.set_faults("bluesky", Faults(latency=2.0))
    shown = bearer(shell)
    with serving(**shell.env()) as (process, address):
        begun = httpx.post(f"{address}{TALENT}/sync/profile-images", headers=shown, timeout=TIME_LIMIT)
        run_id = begun.json()["data"]["runId"]
        wait_until(lambda: len(platforms.log) > 0)
        process.kill()
        process.communicate(timeout=TIME_LIMIT)
    platforms.world.set_faults("bluesky", Faults())
    done = shell("sync-all", "--min-age", "0")
    assert done.code == 0, done.err
    assert {line["source"] for line in shell("list", "--json").lines} == {"bluesky"}
    with open_repository(shell.roster_url) as repository:
        run = repository.run(run_id)
        assert run is not None
        assert run.state is RunState.DIED
