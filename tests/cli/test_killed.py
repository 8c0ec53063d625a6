"""Killed at any point of a run, the next one ends where an undisturbed one would have ended."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.demo.crowd import crowd_world
from talentimg.demo.server import PlatformServer
from tests.cli.conftest import Shell
from tests.postgres import connect
from tests.service.killing import POINTS
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = 12
ROOT = Path(__file__).parent.parent.parent
QUERIES = {
    "talents": 'SELECT id, "profileImageSource" FROM "Talent" ORDER BY id',
    "selections": "SELECT talent_id, source, content_hash FROM {0}selections ORDER BY talent_id",
    "candidates": "SELECT talent_id, source, state, content_hash, source_hash, platform_user_id, picture_key "
    "FROM {0}candidates ORDER BY talent_id, source",
    "pictures": "SELECT content_hash, source_hash, width, height FROM {0}pictures ORDER BY content_hash",
    "history": "SELECT talent_id, from_source, to_source, to_hash FROM {0}history ORDER BY talent_id",
    "leases": "SELECT talent_id FROM {0}leases",
}
"""What a run leaves behind, but for times and addresses that are signed anew each time."""


@pytest.fixture
def platforms() -> Iterator[PlatformServer]:
    with PlatformServer(crowd_world(PEOPLE)) as server:
        yield server


@pytest.fixture
def roster(request: pytest.FixtureRequest, online: Shell, platforms: PlatformServer) -> Shell:
    """Everybody is on the roster, on the kind of database that a test asks for."""
    if request.param == "postgres":
        online.environment["DATABASE_URL"] = request.getfixturevalue("empty_database")
    online.fill(platforms)
    return online


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one whole run on an empty store leaves behind."""
    shell = Shell(tmp_path_factory.mktemp("undisturbed"))
    with PlatformServer(crowd_world(PEOPLE)) as server:
        shell.point_at(server.url)
        shell.fill(server)
        assert shell("sync-all", "--all").code == 0
        return end_state(shell)


def end_state(shell: Shell) -> dict[str, Any]:
    """Every row that a run leaves behind, and the pictures on disk."""
    rows = {}
    if url := shell.environment.get("DATABASE_URL"):
        with connect(url) as connection:
            for name, query in QUERIES.items():
                rows[name] = connection.execute(query.format("talentimg.").encode()).fetchall()
    else:
        with closing(sqlite3.connect(shell.data / "talentimg.db")) as file:
            for name, query in QUERIES.items():
                rows[name] = file.execute(query.format("talentimg_")).fetchall()
    images = shell.data / "images"
    files = sorted(str(path.relative_to(images)) for path in images.rglob("*") if path.is_file())
    return {**rows, "files": [file for file in files if "#" not in file]}


def check_no_row_without_its_object(state: dict[str, Any]) -> None:
    for content_hash, *_ in state["pictures"]:
        assert f"{content_hash[:2]}/{content_hash}.webp" in state["files"]
    known = {row[0] for row in state["pictures"]}
    assert {row[2] for row in state["selections"] if row[2]} <= known
    assert {row[3] for row in state["candidates"] if row[3]} <= known


CASES = [("sqlite", point) for point in POINTS] + [
    ("postgres", point) for point in ("after object write", "before commit", "after commit")
]


@pytest.mark.parametrize(("roster", "point"), CASES, indirect=["roster"])
def test_killed_at_a_named_point_the_next_run_completes_it(
    roster: Shell, undisturbed: dict[str, Any], point: str
) -> None:
    command = [sys.executable, "-m", "tests.service.killing", point]
    environment = roster.env(PYTHONPATH=str(ROOT))
    killed = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, timeout=TIME_LIMIT, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    check_no_row_without_its_object(end_state(roster))
    done = roster("sync-all", "--all", "--json")
    assert done.code == 0, done.err
    after = end_state(roster)
    check_no_row_without_its_object(after)
    assert after == undisturbed
