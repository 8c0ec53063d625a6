"""Rotating tokens and real processes: they race for one, and one dies in between."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.people import TIKTOK
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.network
ROOT = Path(__file__).parent.parent.parent
REFRESHES = "/tiktok/v2/oauth/token/"


@pytest.fixture
def agency(online: Shell, platforms: PlatformServer) -> Shell:
    """Two talents on TikTok, whose access tokens have just ended."""
    for number, person in enumerate(("ada", "bob")):
        platforms.world.add(person, person.title())
        platforms.world.join(person, TIKTOK, person, picture=1000 + number, own_token=True)
        platforms.world.expire_token(person, TIKTOK)
    online.fill(platforms)
    return online


def test_four_processes_refresh_one_rotating_token_once_and_all_go_on(
    agency: Shell, platforms: PlatformServer
) -> None:
    processes = [agency.start("sync", "ada", "--json", "--force") for _ in range(4)]
    for process in processes:
        output, errors = process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 0, output + errors
    assert platforms.log.count(platform=TIKTOK, path=REFRESHES) == 1


def test_one_that_is_killed_before_it_has_saved_costs_this_account_alone(
    agency: Shell, platforms: PlatformServer
) -> None:
    killed = subprocess.run(
        [sys.executable, "-m", "tests.service.killing_tokens", "ada"],
        env=agency.env(PYTHONPATH=str(ROOT)),
        cwd=agency.home,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    assert platforms.log.count(platform=TIKTOK, path=REFRESHES) == 1
    done = agency("sync", "ada", "bob", "--json")
    assert done.code == 3, done.err
    kinds = {one["talent_id"]: one["outcome"] for one in done.lines}
    assert kinds["ada"] == "reconnect"
    assert kinds["bob"] != "reconnect"
