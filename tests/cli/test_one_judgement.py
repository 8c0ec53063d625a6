"""A platform that says "not found" for all of its people loses none, whoever looks, by real processes."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.server import PlatformServer
from talentimg.repository import migrations
from tests.cli.test_postgres import at, crowd, vouch_for
from tests.cli.test_worker import NEVER, number
from tests.postgres import connect
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Shell

PEOPLE = 60
SOURCE = b"""SELECT count(*) FROM "Talent" WHERE "profileImageSource" = 'youtube'"""
STALE = b"""SELECT count(*) FROM "Talent" AS t WHERE "lastProfileImageSyncAt" < now() - interval '20 hours'
AND EXISTS (SELECT FROM "SocialAccountConnection" AS a WHERE a."creatorId" = t.id AND a.connected)"""
TALENTS = b"""UPDATE "Talent" SET "lastProfileImageSyncAt" = "lastProfileImageSyncAt" - interval '25 hours'"""
CANDIDATES = b"""UPDATE talentimg.candidates SET checked_at = checked_at - interval '25 hours',
    found_at = found_at - interval '25 hours', absent_since = absent_since - interval '25 hours',
    next_due_at = next_due_at - interval '25 hours'"""
RUNS = b"""UPDATE talentimg.runs SET started_at = started_at - interval '25 hours',
    ended_at = ended_at - interval '25 hours', written_at = written_at - interval '25 hours'"""
WISH = b"""INSERT INTO talentimg.wishes (talent_id) SELECT "creatorId" FROM "SocialAccountConnection"
WHERE connected"""


@pytest.fixture
def platforms() -> Iterator[PlatformServer]:
    with PlatformServer(crowd(PEOPLE)) as server:
        yield server


@pytest.fixture
def agency(online: Shell, platforms: PlatformServer, empty_database: str) -> Shell:
    """Everybody shows a picture."""
    shell = at(online, platforms, empty_database)
    migrations.upgrade(empty_database)
    vouch_for(empty_database)
    assert shell("sync-all", "--all").code == 0
    return shell


def a_day_later(url: str) -> None:
    with closing(connect(url)) as app:
        for statement in (TALENTS, CANDIDATES, RUNS):
            app.execute(statement)


def leave(platforms: PlatformServer, most: int | None = None) -> int:
    """So many people's accounts on YouTube are gone from now on; how many they are."""
    people = [one.id for one in platforms.world.people() if "youtube" in one.presences][:most]
    for person in people:
        platforms.world.delete_account(person, "youtube")
    return len(people)


def all_at_once(shell: Shell, processes: int, *command: str, **settings: str) -> set[int]:
    shell.environment |= settings
    runs = [shell.start(*command) for _ in range(processes)]
    for run in runs:
        _, err = run.communicate(timeout=TIME_LIMIT)
        assert "Traceback" not in err
    return {run.returncode for run in runs}


def by_joining(shell: Shell, url: str) -> None:
    assert 4 in all_at_once(shell, 4, "sync-all", "--join")
    assert number(url, STALE) == 0


def in_slices(shell: Shell, url: str) -> None:
    while number(url, STALE):
        all_at_once(shell, 2, "sync-all", "--join", "--limit", "10")


def by_workers(shell: Shell, url: str) -> None:
    all_at_once(shell, 4, "worker", "--once", TALENTIMG_SCHEDULE_AT="00:00")
    assert number(url, STALE) == 0


def by_wishes(shell: Shell, url: str) -> None:
    with closing(connect(url)) as app:
        app.execute(WISH)
    all_at_once(shell, 4, "worker", "--once", **NEVER)
    assert number(url, STALE) == 0


@pytest.mark.parametrize("how", [by_joining, in_slices, by_workers, by_wishes])
def test_nobody_loses_a_picture_and_the_few_who_have_left_do(
    agency: Shell, platforms: PlatformServer, empty_database: str, how: object
) -> None:
    assert callable(how)
    shown = number(empty_database, SOURCE)
    left = leave(platforms, 2)
    a_day_later(empty_database)
    assert agency("sync-all").code in {0, 3}
    a_day_later(empty_database)
    if how is by_joining:
        all_at_once(agency, 4, "sync-all", "--join")
    else:
        how(agency, empty_database)
    assert number(empty_database, SOURCE) == shown - left
    leave(platforms)
    a_day_later(empty_database)
    assert agency("sync-all", **NEVER).code in {0, 3}
    a_day_later(empty_database)
    how(agency, empty_database)
    assert number(empty_database, SOURCE) == shown - left
