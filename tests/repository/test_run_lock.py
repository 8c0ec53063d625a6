"""The lock of a run between repositories and processes, and what is peculiar to it on each kind."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from talentimg.errors import CannotCreate, ConfigError, SchemaTooNew, StoreUnavailable
from talentimg.repository.interface import Claims
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.connection import ConnectionHolder
from talentimg.repository.postgres.lock import RunLock
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.postgres.urls import parse
from talentimg.repository.registry import open_repository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
from tests.postgres import connect
from tests.repository.builders import DAY, NOW, talent
from tests.repository.processes import finish, run, start
from tests.waiting import wait_until


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty roster that processes can share."""
    if request.param == "postgres":
        return str(request.getfixturevalue("new_database"))
    return sqlite_url(request.getfixturevalue("new_store"))


# -- between repositories -------------------------------------------------------


def test_only_one_has_the_lock_at_a_time(url: str) -> None:
    with open_repository(url) as one, open_repository(url) as other:
        assert one.lock_run()
        assert not other.lock_run()
        assert not other.lock_run()
        other.unlock_run()
        assert not other.lock_run(), "nobody unlocks what is another's"
        one.unlock_run()
        assert other.lock_run()
        assert not one.lock_run()


def test_whoever_has_no_lock_may_work_all_the_same(url: str) -> None:
    with open_repository(url) as one, open_repository(url) as other:
        assert one.lock_run()
        other.add([talent("ada", "bluesky")], NOW)
        assert one.claim(NOW, before=None, limit=1, lease=DAY) == ["ada"]


def test_closing_frees_the_lock(url: str) -> None:
    with open_repository(url) as other:
        with open_repository(url) as one:
            assert one.lock_run()
        assert other.lock_run()


def test_whoever_promised_not_to_write_takes_no_lock(url: str) -> None:
    with open_repository(url, read_only=True) as reader, open_repository(url) as other:
        with pytest.raises(CannotCreate) as written:
            reader.add([talent("ada")], NOW)
        with pytest.raises(CannotCreate) as locked:
            reader.lock_run()
        assert locked.value.message == written.value.message
        reader.unlock_run()
        assert reader.spend("youtube", 0, NOW) == 0, "asking is no writing"
        assert other.lock_run()


def test_what_the_dead_have_leased_is_due_again_and_nothing_else(url: str) -> None:
    us = (socket.gethostname(), os.getpid())
    with open_repository(url) as one, open_repository(url) as other:
        one.add([talent(i, "bluesky") for i in ("ada", "bob", "cid")], NOW)
        assert other.claim(NOW, before=None, limit=2, lease=DAY) == ["ada", "bob"]
        assert one.claim(NOW, before=None, limit=2, lease=2 * DAY) == ["cid"]
        assert one.claims(NOW) == [Claims(*us, 2, NOW + DAY)]
        assert other.claims(NOW) == [Claims(*us, 1, NOW + 2 * DAY)]
        assert one.claims(NOW + DAY) == [], "these have run out"
        assert one.release_of([("elsewhere", us[1]), (us[0], us[1] + 1)]) == 0
        assert one.claim(NOW, before=None, limit=2, lease=DAY) == []
        assert one.release_of([us]) == 2, "what it has leased itself stays leased"
        assert one.claims(NOW) == []
        assert one.claim(NOW, before=None, limit=3, lease=DAY) == ["ada", "bob"]
        assert one.release_of([]) == 0
        other.renew(["ada"], NOW + 9 * DAY)
        other.release(["bob"])
        assert other.claim(NOW, before=None, limit=3, lease=DAY) == []


def test_a_repository_in_memory_is_nobody_elses() -> None:
    one, other = MemoryRepository(), MemoryRepository()
    assert one.lock_run()
    assert other.lock_run()


# -- between processes ------------------------------------------------------------

HOLD = """
import sys, time
from talentimg.repository.postgres.lock import RunLock
from talentimg.repository.postgres.urls import parse
from talentimg.repository.registry import open_repository
repository = open_repository(sys.argv[1])
print(repository.lock_run(), flush=True)
time.sleep(600)
"""
TRY = """
import sys
from talentimg.repository.postgres.lock import RunLock
from talentimg.repository.postgres.urls import parse
from talentimg.repository.registry import open_repository
with open_repository(sys.argv[1]) as repository:
    print(repository.lock_run())
"""


def test_a_holder_that_is_killed_leaves_the_lock_to_the_next(url: str) -> None:
    with open_repository(url) as repository:
        for _ in range(2):
            with start(HOLD, url) as holder:
                assert holder.stdout
                assert holder.stdout.readline() == "True\n"
                assert not repository.lock_run()
                assert run(TRY, url) == "False\n"
                holder.kill()
            wait_until(repository.lock_run)  # a server learns of a death within a moment
            repository.unlock_run()


def test_of_processes_that_want_the_lock_at_once_one_gets_it(url: str) -> None:
    holders = [start(HOLD, url) for _ in range(4)]
    try:
        answers = [holder.stdout.readline().strip() for holder in holders if holder.stdout]
        assert sorted(answers) == ["False", "False", "False", "True"]
    finally:
        for holder in holders:
            with holder:
                holder.kill()


SPEND = """
import sys
from datetime import datetime
from talentimg.repository.postgres.lock import RunLock
from talentimg.repository.postgres.urls import parse
from talentimg.repository.registry import open_repository
with open_repository(sys.argv[1]) as repository:
    for _ in range(25):
        print(repository.spend("youtube", 4, datetime.fromisoformat(sys.argv[2])))
"""


def test_what_processes_spend_adds_up(url: str) -> None:
    shares = [finish(process).split() for process in [start(SPEND, url, NOW.isoformat()) for _ in range(3)]]
    assert sorted(int(used) for share in shares for used in share) == [4 * (n + 1) for n in range(75)]
    with open_repository(url) as repository:
        assert repository.spend("youtube", 0, NOW) == 300


# -- SQLite -------------------------------------------------------------------------


def test_the_lock_is_a_file_for_its_owner_that_stays(new_store: Path) -> None:
    lock = new_store.with_name("roster.db.lock")
    with SqliteRepository.open(new_store) as repository:
        assert not lock.exists(), "made when it is wanted"
        assert repository.lock_run()
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        made = lock.stat().st_ino
    with SqliteRepository.open(new_store) as repository:
        assert repository.lock_run()
        assert (lock.stat().st_ino, lock.stat().st_size) == (made, 0)


def test_a_roster_has_one_lock_whichever_name_leads_to_it(
    new_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(new_store)
    monkeypatch.chdir(tmp_path)
    relative = SqliteRepository.open(new_store.relative_to(tmp_path))
    with relative, SqliteRepository.open(link) as linked, SqliteRepository.open(new_store) as plain:
        monkeypatch.chdir("/")
        assert plain.lock_run()
        assert not linked.lock_run()
        assert not relative.lock_run()


def test_what_a_run_starts_does_not_inherit_the_lock(new_store: Path) -> None:
    with SqliteRepository.open(new_store) as one, SqliteRepository.open(new_store) as other:
        assert one.lock_run()
        waiting = [sys.executable, "-c", "import time; time.sleep(600)"]
        with subprocess.Popen(waiting, close_fds=False) as child:
            one.unlock_run()
            assert other.lock_run()
            other.unlock_run()
            assert one.lock_run()
            descriptor = one._run_lock._file
            assert descriptor is not None
            assert not os.get_inheritable(descriptor)
            child.kill()


@pytest.mark.parametrize("obstacle", ["folder", "dangling"])
def test_a_lock_that_cannot_be_made_is_told_in_a_sentence(new_store: Path, obstacle: str) -> None:
    lock = new_store.with_name("roster.db.lock")
    if obstacle == "folder":
        lock.mkdir()
    else:
        lock.symlink_to(new_store.parent / "none" / "lock")
    with SqliteRepository.open(new_store) as repository:
        with pytest.raises(CannotCreate) as caught:
            repository.lock_run()
        assert caught.value.message == f"The run lock cannot be created at {lock}."
        assert caught.value.hint
        repository.add([talent("ada")], NOW)


def test_a_file_system_without_locks_is_told_of(new_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with SqliteRepository.open(new_store) as repository, pytest.raises(CannotCreate):
        repository.lock_run()
    still_open = {path.resolve() for path in Path("/proc/self/fd").iterdir()}
    assert new_store.with_name("roster.db.lock") not in still_open


def test_a_newer_store_is_not_locked(new_store: Path) -> None:
    with SqliteRepository.open(new_store) as repository:
        repository._connection_holder.connection.execute("UPDATE talentimg_version SET version_num = '9999'")
    with SqliteRepository.open(new_store, read_only=True) as repository, pytest.raises(SchemaTooNew):
        repository.lock_run()


# -- Postgres -----------------------------------------------------------------------


def holder_of(repository: PostgresRepository) -> int:
    connection = repository._run_lock._connection
    assert connection is not None
    return connection.info.backend_pid


def test_holding_the_lock_hinders_no_vacuum_and_is_never_too_long(new_database: str) -> None:
    name = new_database.rpartition("/")[2]
    with connect(new_database) as app:
        app.execute(f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '500ms'".encode())
        version = app.info.server_version
        if version >= 170000:
            app.execute(f"ALTER DATABASE {name} SET transaction_timeout = '500ms'".encode())
        with PostgresRepository.open(new_database) as one, PostgresRepository.open(new_database) as other:
            assert one.lock_run()
            time.sleep(0.8)
            assert not other.lock_run()
            query = "SELECT state, backend_xid, backend_xmin FROM pg_stat_activity WHERE pid = %s"
            assert app.execute(query, [holder_of(one)]).fetchone() == ("idle in transaction", None, None)


def test_the_lock_leaves_nothing_open(new_database: str) -> None:
    query = b"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with connect(new_database) as app, PostgresRepository.open(new_database) as one:
        assert one.lock_run()
        with PostgresRepository.open(new_database) as other:
            for _ in range(5):
                assert not other.lock_run()
            wait_until(lambda: app.execute(query).fetchone() == (4,))
        one.unlock_run()
        wait_until(lambda: app.execute(query).fetchone() == (2,))


def test_a_migration_does_not_wait_for_a_run(new_database: str) -> None:
    script = (
        "import sys; from talentimg.repository import migrations as m;"
        " m.downgrade(sys.argv[1], '0002'); m.upgrade(sys.argv[1])"
    )
    with PostgresRepository.open(new_database) as one:
        assert one.lock_run()
        run(script, new_database)
        assert one.runs() == []


def test_a_lock_whose_connection_was_lost_can_be_given_back_and_had_by_others(new_database: str) -> None:
    with PostgresRepository.open(new_database) as one, PostgresRepository.open(new_database) as other:
        assert one.lock_run()
        with connect(new_database) as app:
            app.execute("SELECT pg_terminate_backend(%s)", [holder_of(one)])
        wait_until(other.lock_run)
        one.unlock_run()
        assert not one.lock_run()


def test_a_server_that_does_not_let_us_lock_is_told_of(new_database: str) -> None:
    refusals = {
        "postgresql://u:S3CRET@127.0.0.1:1/db": StoreUnavailable,
        new_database.replace("postgres@", "nobody_here:S3CRET@"): ConfigError,
    }
    for url, kind in refusals.items():
        with pytest.raises(kind) as caught:
            RunLock(ConnectionHolder(parse(url))).acquire()
        assert caught.value.__suppress_context__
        assert "S3CRET" not in f"{caught.value.message} {caught.value.hint}"
