from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.crowd import crowd_world
from talentimg.demo.people import BLUESKY
from tests.demo.client import Client
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.demo.server import PlatformServer

pytestmark = pytest.mark.network


@contextmanager
def process(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "talentimg.demo", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def ready(started: subprocess.Popen[str]) -> dict[str, object]:
    assert started.stdout is not None
    line = started.stdout.readline()
    return dict(json.loads(line))


def test_a_crowd_is_served_by_a_process_that_ends_with_its_input() -> None:
    with process("--people", "30", "--mix", "bluesky=1", "--seed", "3") as started:
        said = ready(started)
        assert (said["people"], said["pid"]) == (30, started.pid)
        client = Client(str(said["url"]))
        person = crowd_world(30, seed=3, mix={"bluesky": 1}).people()[7]
        actor = person.presences[BLUESKY].handle
        got = client.get("/bluesky/xrpc/app.bsky.actor.getProfile", actor=actor)
        assert got.json()["did"] == person.presences[BLUESKY].user_id
        assert client.get(got.json()["avatar"]).status == 200
        assert client.get("/_log?requests=no").json()["counts"] == {"bluesky": 1, "pictures": 1}
        assert started.stdin is not None
        started.stdin.close()
        assert started.wait(TIME_LIMIT) == 0


def test_the_demos_dozen_are_served_until_a_signal_comes() -> None:
    with process("--latency", "0.01", "--picture-latency", "0.02") as started:
        said = ready(started)
        assert said["people"] == 12
        faults = Client(str(said["url"])).get("/_faults").json()
        assert (faults["github"]["latency"], faults["pictures"]["latency"]) == (0.01, 0.02)
        started.send_signal(signal.SIGTERM)
        assert started.wait(TIME_LIMIT) == 0


def test_a_taken_port_and_an_unknown_platform_are_told_plainly(server: PlatformServer) -> None:
    with process("--people", "0", "--port", server.url.rpartition(":")[2]) as started:
        _, errors = started.communicate(timeout=TIME_LIMIT)
        assert started.returncode == 73
        assert "cannot listen" in errors
        assert "Traceback" not in errors
    with process("--mix", "myspace=1") as started:
        _, errors = started.communicate(timeout=TIME_LIMIT)
        assert started.returncode == 2
        assert "no such platform: myspace" in errors
