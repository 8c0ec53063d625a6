"""A platform that asks to be left alone is left alone, by every process."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from talentimg.demo.faults import Faults
from talentimg.demo.pictures import CROWD, CROWD_FACES
from tests.cli.witness import CAME, READY, SENT, TOLD, Journal
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

ROOT = Path(__file__).parent.parent.parent
EACH = 8
"""Talents that each process takes. Fewer are elsewhere than on TikTok, so each has some who are there."""


@contextmanager
def watched_runs(shell: Shell, journal: Journal) -> Iterator[list[subprocess.Popen[str]]]:
    """Four runs that are ready and wait to be told to begin."""
    command = [sys.executable, "-m", "tests.cli.witness", str(journal.path), str(EACH)]
    environment, pipe = shell.env(PYTHONPATH=str(ROOT)), subprocess.PIPE
    runs = [
        subprocess.Popen(command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(4)
    ]
    try:
        for run in runs:
            assert run.stdout is not None
            assert run.stdout.readline().strip() == READY
        yield runs
    finally:
        for run in runs:
            with run:
                run.kill()


def begin(*runs: subprocess.Popen[str]) -> None:
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("\n")
        run.stdin.flush()


def outcomes_of(run: subprocess.Popen[str]) -> list[str]:
    """What it told of each of its talents, once it has ended well."""
    out, err = run.communicate(timeout=TIME_LIMIT)
    assert run.returncode == 0, out + err
    return [line["outcome"] for line in map(json.loads, out.splitlines()) if "outcome" in line]


def test_a_platform_that_throttles_is_not_asked_before_it_is_due_by_any_of_four_processes(
    online: Shell, platforms: PlatformServer, tmp_path: Path
) -> None:
    """By what each process itself knows when it sends: how slow it is, or its answers, makes no difference.

    Two are refused while they ask side by side; the other two come when the pause is on, and could know of it
    only from the store.
    """
    for number in range(4 * EACH):
        platform = "tiktok" if number % EACH else "github"
        platforms.world.add(f"t{number}", f"T {number}")
        picture = CROWD + CROWD_FACES * number  # one face is drawn for all
        platforms.world.join(f"t{number}", platform, f"t{number}", picture=picture, own_token=True)
    online.fill(platforms)
    online.environment["TALENTIMG_PROVIDERS_TIKTOK_PER_MINUTE"] = "60000"
    online.environment["TALENTIMG_SYNC_WAIT_SECONDS"] = "86400"
    platforms.world.set_faults("tiktok", Faults(latency=0.05, throttle=0, hold=2.0, retry_after=True))
    journal = Journal(tmp_path / "journal")
    with watched_runs(online, journal) as runs:
        begin(*runs[:2])
        wait_until(lambda: journal.entries(TOLD))
        begin(*runs[2:])

        def all_had_to_wait() -> bool:
            assert [run.poll() for run in runs] == [None] * 4, "there is nothing yet that they could end with"
            return {entry.process for entry in journal.entries(CAME)} == {run.pid for run in runs}

        wait_until(all_had_to_wait)
        platforms.world.set_faults("tiktok", Faults(latency=0.05))
        outcomes = [outcome for run in runs for outcome in outcomes_of(run)]
    assert outcomes == ["updated"] * 4 * EACH, "the platform is waited for, the others are unhurt"
    assert journal.entries(SENT) == []


def test_a_pause_outlives_the_process_that_was_told_of_it(online: Shell, platforms: PlatformServer) -> None:
    """By what the platform saw: whoever starts while the pause is on asks nothing."""
    platforms.world.add("ada", "Ada Lovelace")
    platforms.world.join("ada", "tiktok", "ada", picture=CROWD, own_token=True)
    online.fill(platforms)
    platforms.world.set_faults("tiktok", Faults(throttle=0, hold=3600, retry_after=True))
    assert online("sync-all").code == 75
    (refused,) = platforms.log.select(platform="tiktok")
    platforms.world.set_faults("tiktok")
    for words in (("sync-all", "--min-age", "0"), ("sync-all", "--force"), ("sync", "ada")):
        assert online(*words).code == 75
    assert platforms.log.select(platform="tiktok") == [refused]
