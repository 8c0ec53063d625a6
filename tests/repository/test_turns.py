"""Turns to ask a platform are given out once, whoever takes them."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from talentimg.repository.dry import DryRepository
from talentimg.repository.registry import open_repository
from talentimg.repository.turns import QUEUE_S
from talentimg.repository.urls import sqlite_url
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

SECOND = timedelta(seconds=1)


def test_each_turn_is_taken_once(repository: Repository) -> None:
    take = partial(repository.take_turns, gap_s=2.0, behind_s=10.0)
    assert take("tiktok", 3, NOW) == pytest.approx(-10)
    assert take("tiktok", 1, NOW) == pytest.approx(-4)
    assert take("TikTok", 2, NOW + SECOND) == pytest.approx(-3)
    assert take("tiktok", 0, NOW) == take("tiktok", 0, NOW) == pytest.approx(2), "asking is no taking"
    assert take("tiktok", 1, NOW) == pytest.approx(2)
    assert take("youtube", 1, NOW) == pytest.approx(-10), "each has its own"


def test_turns_that_nobody_took_in_time_are_gone(repository: Repository) -> None:
    take = partial(repository.take_turns, gap_s=2.0, behind_s=10.0)
    take("tiktok", 1, NOW)
    assert take("tiktok", 1, NOW + 60 * SECOND) == pytest.approx(-10)


def test_what_a_clock_that_was_ahead_took_counts_for_nothing(repository: Repository) -> None:
    take = partial(repository.take_turns, gap_s=0.5, behind_s=0.0)
    take("tiktok", 1, NOW + timedelta(hours=9))
    assert take("tiktok", 1, NOW) == 0
    take("tiktok", 1, NOW + SECOND * (QUEUE_S - 1))
    assert take("tiktok", 0, NOW) == pytest.approx(QUEUE_S - 0.5), "others may really wait for so long"
    assert repository.take_turns("slow", 400, NOW, gap_s=72, behind_s=0) == 0
    assert repository.take_turns("slow", 1, NOW, gap_s=72, behind_s=0) == pytest.approx(400 * 72)


def test_a_dry_run_takes_its_place_behind_the_others_and_nobody_elses(repository: Repository) -> None:
    repository.take_turns("tiktok", 4, NOW, gap_s=1, behind_s=0)
    dry = DryRepository(repository)
    assert dry.take_turns("tiktok", 2, NOW, gap_s=1, behind_s=0) == pytest.approx(4)
    assert dry.take_turns("tiktok", 2, NOW, gap_s=1, behind_s=0) == pytest.approx(6)
    assert repository.take_turns("tiktok", 1, NOW, gap_s=1, behind_s=0) == pytest.approx(4)


TAKE = """
import sys
from datetime import datetime
from talentimg.repository.registry import open_repository
with open_repository(sys.argv[1]) as repository:
    for _ in range(25):
        now = datetime.fromisoformat(sys.argv[2])
        print(repository.take_turns("tiktok", 4, now, gap_s=1.0, behind_s=0.0))
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_processes_never_take_the_same_turn(kind: str, request: pytest.FixtureRequest) -> None:
    fixture = request.getfixturevalue("new_database" if kind == "postgres" else "new_store")
    url = str(fixture) if kind == "postgres" else sqlite_url(fixture)
    with open_repository(url):
        """The roster is there."""
    command = [sys.executable, "-c", TAKE, url, NOW.isoformat()]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [process.communicate(timeout=TIME_LIMIT)[0].split() for process in running]
    taken = sorted(round(float(ahead)) for share in told for ahead in share)
    assert taken == [4 * number for number in range(75)]
