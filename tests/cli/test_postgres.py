"""The real command on the agency app's own Postgres: what it changes, and many runs at once."""

from __future__ import annotations

import hashlib
import json
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from talentimg.demo.crowd import crowd_world
from talentimg.demo.faults import Faults
from talentimg.demo.pictures import picture, warm
from talentimg.demo.roster import roster_of
from talentimg.models import Suspect
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.stored import to_text
from tests.conftest import NOW
from tests.held import HeldServer
from tests.postgres import Server, connect, run_script
from tests.repository import app_schema
from tests.repository.app_schema import dump
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from talentimg.demo.server import PlatformServer
    from talentimg.demo.world import World
    from talentimg.repository.interface import NewTalent
    from tests.cli.conftest import Shell
    from tests.postgres import Databases

MIX = {"instagram": 2.0, "youtube": 1.0}
SHARED = 5
OURS = ["Talent.profileImageUrl", "Talent.profileImageSource", "Talent.lastProfileImageSyncAt"]
WRITTEN_BACK = [
    f"SocialAccountConnection.{column}"
    for column in ("accessToken", "refreshToken", "expiresAt", "lastSyncedAt", "syncStatus", "syncError")
]
NOBODY_CONNECTED = """
UPDATE "User" SET "avatarUrl" = NULL;
UPDATE "SocialAccountConnection" SET connected = false;
"""
OLD = "2026-01-01T10:00:00.000Z"


def crowd(size: int) -> World:
    """People who share few pictures: it is not the decoding of pictures that is tried here."""
    world = crowd_world(size, mix=MIX)
    for number, person in enumerate(world.people()):
        for platform in person.presences:
            world.set_picture(person.id, platform, number % SHARED)
    return world


def vouch_for(url: str) -> None:
    """Say of these few pictures that they are real ones, though so many show them."""
    with PostgresRepository.open(url) as repository:
        for seed in range(SHARED):
            source_hash = hashlib.sha256(picture(seed)).hexdigest()
            for source in MIX:
                repository.save_suspect(Suspect(source, source_hash, "", NOW, 0, "tests", NOW))


def fill(url: str, world: World, platforms: str) -> None:
    """Put everybody in a world into the app's tables, as the app would have written them."""
    people = roster_of(world, platforms)
    rows: dict[str, list[dict[str, Any]]] = {
        "User": [{"id": f"u-{t.id}", "email": t.email, "name": t.name, "updatedAt": OLD} for t in people],
        "Talent": [
            {"id": t.id, "userId": f"u-{t.id}", "name": t.name, "rates": {"post": 1}, "updatedAt": OLD}
            | {"commission": 20, "status": "ACTIVE", "createdAt": OLD, "categories": ["a, b", '"']}
            for t in people
        ],
        "SocialAccountConnection": [row for t in people for row in _connections(t)],
    }
    with connect(url) as connection, connection.transaction():
        for table, values in rows.items():
            names = sql.SQL(", ").join(map(sql.Identifier, values[0]))
            statement = sql.SQL(
                "INSERT INTO {t} ({n}) SELECT {n} FROM json_populate_recordset(NULL::{t}, %s)"
            )
            connection.execute(statement.format(t=sql.Identifier(table), n=names), [json.dumps(values)])


def _connections(talent: NewTalent) -> Iterator[dict[str, Any]]:
    for account in talent.accounts:
        token = account.token
        yield {
            "id": f"{talent.id}-{account.platform}",
            "creatorId": talent.id,
            "platform": account.platform.upper(),
            "handle": account.handle,
            "connected": True,
            "accessToken": token.access_token if token else None,
            "refreshToken": token.refresh_token if token else None,
            "expiresAt": to_text(token.expires_at) if token else None,
            "syncStatus": "PENDING",
            "metadata": {"followers": 7},
            "updatedAt": OLD,
        }


@pytest.fixture(params=[120])
def platforms(request: pytest.FixtureRequest) -> Iterator[HeldServer]:
    with HeldServer(crowd(request.param)) as server:
        yield server


@pytest.fixture
def agency(online: Shell, platforms: PlatformServer, empty_database: str) -> Shell:
    """The command, pointed at the app's database with everybody in it; nothing is migrated yet."""
    return at(online, platforms, empty_database)


def at(shell: Shell, platforms: PlatformServer, url: str) -> Shell:
    # Those who are in every such database are connected to nothing here, so nobody asks about them.
    app_schema.make(url, app_schema.SCHEMA + app_schema.ROWS + NOBODY_CONNECTED)
    warm(platforms.world.seeds())
    fill(url, platforms.world, platforms.url)
    shell.environment["DATABASE_URL"] = f"{url}?schema=public&connection_limit=5&pgbouncer=true"
    shell.environment["TALENTIMG_SYNC_CONCURRENCY"] = "8"
    return shell


def everybody(platforms: PlatformServer) -> set[str]:
    return {person.id for person in platforms.world.people()}


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def synced(url: str) -> set[str]:
    return {row[0] for row in rows(url, 'SELECT id FROM "Talent" WHERE "lastProfileImageSyncAt" IS NOT NULL')}


def told_of(run: subprocess.Popen[str]) -> set[str]:
    """The talents that a run tells of, each once; it ends by itself and well."""
    out, err = run.communicate(timeout=TIME_LIMIT)
    assert run.returncode == 0, err
    *outcomes, summary = [json.loads(line) for line in out.splitlines()]
    found = [outcome["talent_id"] for outcome in outcomes]
    assert len(found) == len(set(found)) == summary["looked_at"] == summary["updated"]
    return set(found)


def check_once_each(url: str, platforms: PlatformServer) -> None:
    """By the history and by what the platforms were asked, everybody was synced exactly once."""
    people = everybody(platforms)
    changes = Counter(row[0] for row in rows(url, "SELECT talent_id FROM talentimg.history"))
    assert changes == Counter(people)
    assert synced(url) == people
    assert rows(url, "SELECT talent_id FROM talentimg.leases") == []


# -- what it changes ------------------------------------------------------------


@pytest.mark.parametrize("platforms", [1000], indirect=True)
def test_a_thousand_talents_are_synced_and_nothing_that_is_not_ours_is_changed(
    agency: Shell, platforms: PlatformServer, empty_database: str
) -> None:
    start = dump(empty_database, without=WRITTEN_BACK)
    assert agency("migrate").code == 0
    vouch_for(empty_database)
    before = dump(empty_database, without=WRITTEN_BACK, own=False)
    done = agency("sync-all", "--all", "--json")
    assert (done.code, done.lines[-1]["updated"]) == (0, 1000)
    assert dump(empty_database, without=WRITTEN_BACK, own=False) == before
    for person in platforms.world.people():
        for presence in person.presences.values():
            assert presence.token is None or presence.token not in done.out + done.err
    check_once_each(empty_database, platforms)
    statuses = """SELECT connected, "syncStatus", "lastSyncedAt" IS NOT NULL, "syncError", count(*)
        FROM "SocialAccountConnection" GROUP BY 1, 2, 3, 4 ORDER BY 1"""
    assert rows(empty_database, statuses) == [
        (False, "PENDING", False, None, 4),
        (True, "READY", True, None, 1000),
    ]
    assert "up to date" not in agency("migrate", "--down").out
    assert dump(empty_database, without=WRITTEN_BACK) == start


# -- many at once -----------------------------------------------------------------


def test_four_runs_at_once_share_everybody(
    agency: Shell, platforms: PlatformServer, empty_database: str
) -> None:
    agency("migrate")
    vouch_for(empty_database)
    for platform in MIX:
        platforms.world.set_faults(platform, Faults(latency=0.1))
    shares = [
        told_of(run) for run in [agency.start("sync-all", "--all", "--json", "--join") for _ in range(4)]
    ]
    assert sum(map(len, shares)) == len(everybody(platforms))
    check_once_each(empty_database, platforms)
    assert platforms.log.count(platform="pictures", status=200) == len(everybody(platforms))


def test_a_run_that_is_killed_loses_nobody_and_nobody_comes_twice(
    agency: Shell, platforms: HeldServer, empty_database: str
) -> None:
    agency("migrate")
    vouch_for(empty_database)
    platforms.hold(after=5)
    killed = agency.start("sync-all", "--all", "--json", "--join")
    wait_until(lambda: synced(empty_database))
    runs = [agency.start("sync-all", "--all", "--json", "--join") for _ in range(3)]
    killed.kill()
    killed.communicate()
    platforms.let_go()
    shares = [told_of(run) for run in runs]
    before = synced(empty_database)
    leased = {row[0] for row in rows(empty_database, "SELECT talent_id FROM talentimg.leases")}
    assert set().union(*shares) <= before
    assert leased == everybody(platforms) - before, "those whom nobody took over yet"
    assert told_of(agency.start("sync-all", "--all", "--json", "--join")) == leased
    check_once_each(empty_database, platforms)


def test_a_signal_gives_back_what_was_not_finished(
    agency: Shell, platforms: HeldServer, empty_database: str
) -> None:
    agency.environment["TALENTIMG_SYNC_CONCURRENCY"] = "1"
    agency("migrate")
    vouch_for(empty_database)
    platforms.hold(after=5)
    stopped = agency.start("sync-all", "--all", "--json", "--join")
    wait_until(lambda: synced(empty_database))
    stopped.send_signal(signal.SIGTERM)
    platforms.let_go()
    stopped.communicate(timeout=TIME_LIMIT)
    assert stopped.returncode == 143
    assert rows(empty_database, "SELECT talent_id FROM talentimg.leases") == []
    agency.environment["TALENTIMG_SYNC_CONCURRENCY"] = "8"
    assert told_of(agency.start("sync-all", "--all", "--json", "--join"))
    check_once_each(empty_database, platforms)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restart", "crash"])
def test_a_restart_of_the_server_in_the_middle_loses_nobody(
    online: Shell, platforms: PlatformServer, databases: Databases, how: signal.Signals
) -> None:
    if databases.server is None:
        pytest.skip("needs a server of our own")
    server = Server(databases.server.binaries)
    try:
        url = server.url("postgres")
        shell = at(online, platforms, url)
        shell("migrate")
        vouch_for(url)
        for platform in MIX:
            platforms.world.set_faults(platform, Faults(latency=0.1))
        run = shell.start("sync-all", "--all", "--json", "--join")
        assert run.stdout is not None
        run.stdout.readline()
        server.stop(how)
        server.start()
        out, err = run.communicate(timeout=TIME_LIMIT)
        assert run.returncode in {0, 75}, err
        assert "Traceback" not in err
        assert out
        if run.returncode == 75:
            shell.let_leases_run_out()
            told_of(shell.start("sync-all", "--all", "--json", "--join"))
        check_once_each(url, platforms)
    finally:
        server.close()


# -- the other commands -------------------------------------------------------------


@pytest.mark.parametrize("platforms", [3], indirect=True)
def test_the_commands_do_the_same_as_on_a_file(
    agency: Shell, platforms: PlatformServer, empty_database: str
) -> None:
    before = dump(empty_database)
    for words in (("list",), ("show", "t000001"), ("sync", "t000001"), ("sync-all",), ("add", "Dan")):
        done = agency(*words)
        assert done.code == 78
        assert "The database needs `talentimg migrate` first" in done.err
    script = agency("migrate", "--sql").out
    assert dump(empty_database) == before
    run_script(empty_database, script)
    assert agency("migrate", "--status", "--json").json["pending"] == []
    assert agency("migrate", "--sql").out == "-- Nothing to do.\n"
    assert agency("sync", "t000001").out.startswith("Profile photo updated from ")
    assert agency("show", "t000001", "--json").json["content_hash"]
    assert agency("show", "t000001", "--why").code == 0
    assert {row["talent_id"] for row in agency("list", "--json").lines} == everybody(platforms) | {
        "ada",
        "bob",
        "cid",
    }
    platforms.world.join("t000001", "tiktok", "dan", picture=3)
    assert agency("connect", "cid", "youtube", "cid").code in {0, 3}
    assert agency("disconnect", "cid", "youtube").code == 0
    again = agency("import", "-", "--json", stdin="id,name,youtube\ncid,Cid,@CID\n").json
    assert [(one["talent_id"], one["platform"]) for one in again["left_out"]] == [("cid", "youtube")]
    assert agency("add", "Dan", "--id", "dan", "--email", "dan@example.org").code == 0
    assert agency("import", "-", stdin="id,name,email\neve,Eve,eve@example.org\n").code == 0
    assert agency("show", "nobody").code == 66
    refused = agency("add", "Fay", "--id", "fay")
    assert (refused.code, 'column "email"' in refused.err) == (78, True)
    assert agency("sync-all", "--all", "--force", "--json").lines[-1]["looked_at"] == 3


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql//u:S3CRET@h/db", 78),
        ("postgresql://u:S3/CRET@h/db", 78),
        ("postgresql://u:p@h:S3CRET/db", 78),
        ("postgresql://u:S3CRET@127.0.0.1:1/db", 75),
        ("postgresql://u:S3C@RET@127.0.0.1:1/db?password=S3CRET", 75),
        ("{server}/nonsense", 78),
        ("{as_somebody}", 78),
    ],
)
def test_no_command_ever_shows_a_password(shell: Shell, databases: Databases, url: str, code: int) -> None:
    if "{" in url:
        if databases.server is None:
            pytest.skip("needs a server of our own")
        somebody = databases.server.url("postgres", user="nobody_here", password="S3CRET")
        server = databases.server.url("", password="S3CRET").rstrip("/")
        url = url.format(server=server, as_somebody=somebody)
    for words in (("list",), ("migrate",), ("migrate", "--sql"), ("--verbose", "sync-all"), ("show", "x")):
        done = shell(*words, DATABASE_URL=url)
        assert done.code == code, done.err
        assert done.err.startswith("Error: ")
        assert not any(part in done.out + done.err for part in ("S3C", "CRET", "RET@"))
    config = shell("config", "--json", DATABASE_URL=url)
    assert config.code == 0
    assert not any(part in config.out + config.err for part in ("S3C", "CRET@", "S3/"))
