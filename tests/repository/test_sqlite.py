"""What is peculiar to the SQLite backend: its file, its errors, its speed, and the app beside it."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import (
    CannotCreate,
    SchemaTooNew,
    StoreLocked,
    StoreNotFound,
    StoreUnavailable,
    StoreUnreadable,
    TalentimgError,
)
from talentimg.models import (
    Cooldown,
    OutcomeKind,
    PlatformCount,
    Policy,
    Reason,
    Run,
    RunState,
    Selection,
    SlowTalent,
    Token,
)
from talentimg.repository import migrations
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.migrations import HEAD
from talentimg.repository.sqlite import connection as sqlite_file
from talentimg.repository.sqlite import errors
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
from tests.repository.builders import DAY, HOUR, NOW, changed, found, picture, shown, synced, talent
from tests.repository.processes import finish, run, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def connection_of(repository: SqliteRepository) -> sqlite3.Connection:
    return repository._connection_holder.connection


@pytest.fixture
def repository(new_store: Path) -> Iterator[SqliteRepository]:
    with SqliteRepository.open(new_store) as repository:
        yield repository


@pytest.fixture
def app(new_store: Path) -> Iterator[sqlite3.Connection]:
    """The agency's app, writing to the same file."""
    with closing(sqlite3.connect(new_store, isolation_level=None)) as connection:
        yield connection


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path, *, create: bool) -> TalentimgError:
    with pytest.raises(TalentimgError) as caught:
        SqliteRepository.open(path, create=create)
    assert str(path) in caught.value.message
    assert caught.value.message.endswith(".")
    return caught.value


# -- the file ---------------------------------------------------------------


def test_the_file_and_its_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "roster.db"
    with SqliteRepository.open(path, create=True) as repository:
        repository.add([talent("ada")], NOW)
        assert {mode(p) for p in path.parent.iterdir()} == {0o600}, "the write-ahead log holds tokens too"
    assert mode(path.parent) == 0o700


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    SqliteRepository.open(folder / "roster.db", create=True).close()
    assert mode(folder) == 0o755


def test_a_roster_that_is_not_there_yet_says_how_to_begin(tmp_path: Path) -> None:
    error = refusal(tmp_path / "none" / "roster.db", create=False)
    assert isinstance(error, StoreNotFound)
    assert error.message == f"There is no roster yet at {tmp_path}/none/roster.db."
    assert error.hint == 'Add the first talent with: talentimg add "NAME"'
    assert error.exit_code == 78
    assert not (tmp_path / "none").exists()


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    path.touch()
    assert isinstance(refusal(path, create=False), StoreNotFound)
    assert path.stat().st_size == 0
    with SqliteRepository.open(path, create=True) as repository:
        assert repository.count() == 0


@pytest.mark.parametrize("create", [False, True])
def test_a_file_that_is_no_roster_is_left_untouched(tmp_path: Path, create: bool) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "cookies.sqlite"
    text.write_bytes(b"not a database at all, but long enough to look like one\n" * 100)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE cookies (name)")
    for path in (text, other):
        before = path.read_bytes()
        error = refusal(path, create=create)
        assert isinstance(error, StoreUnreadable)
        assert (error.exit_code, path.read_bytes()) == (78, before)
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"notes.txt", "cookies.sqlite"}


@pytest.mark.parametrize("create", [False, True])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, create: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert isinstance(refusal(path, create=create), StoreUnreadable)


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "dangling").symlink_to(tmp_path / "missing" / "roster.db")
    (tmp_path / "near").symlink_to(tmp_path / "near-missing")
    before = sorted(tmp_path.iterdir())
    for name in ("file/roster.db", "dangling", "near", "x" * 300):
        error = refusal(tmp_path / name, create=True)
        assert isinstance(error, CannotCreate)
        assert (error.exit_code, bool(error.hint)) == (73, True)
    assert sorted(tmp_path.iterdir()) == before, "nothing half-made"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert isinstance(refusal(tmp_path / "roster.db", create=True), CannotCreate)


def test_everything_is_still_there_when_opened_again(new_store: Path) -> None:
    with SqliteRepository.open(new_store) as repository:
        account = NewAccount("bluesky", "ada.example", token=Token("access", "refresh", NOW))
        repository.add([NewTalent("ada", "Ada", "a@example.org", "https://a.example", (account,))], NOW)
        repository.save([Change("ada", shown(), (found("ada"),), (), picture(), changed("ada"))], NOW)
        repository.save_policy("ada", Policy(note="x"))
        repository.save_cooldown(Cooldown("bluesky", NOW + DAY, Reason.THROTTLED))
        before = repository.load("ada")
    with SqliteRepository.open(new_store, create=True) as repository:
        assert repository.load("ada") == before
        assert repository.picture("c0ffee") == picture()
        assert repository.history("ada") == [changed("ada")]
        assert len(repository.cooldowns(NOW)) == 1


def test_a_closed_repository_may_be_closed_again(repository: SqliteRepository) -> None:
    repository.close()
    repository.close()


def test_the_connection_is_set_up_for_many_processes(repository: SqliteRepository) -> None:
    def pragma(name: str) -> object:
        return connection_of(repository).execute(f"PRAGMA {name}").fetchone()[0]

    assert [pragma(n) for n in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")] == [
        "wal",
        1,
        5000,
        1,
    ]


# -- versions ---------------------------------------------------------------


def test_a_store_of_a_newer_version_can_be_read_and_not_written(
    new_store: Path, app: sqlite3.Connection
) -> None:
    with SqliteRepository.open(new_store) as repository:
        repository.add([talent("ada", "bluesky")], NOW)
        repository.save([Change("ada", shown(), (found("ada"),))], NOW)
    app.execute("UPDATE talentimg_version SET version_num = '9999'")
    app.execute("UPDATE talentimg_candidates SET reason = 'invented_later'")
    error = refusal(new_store, create=True)
    assert isinstance(error, SchemaTooNew)
    assert "9999" in error.message
    assert HEAD in error.message
    with SqliteRepository.open(new_store, read_only=True) as repository:
        assert repository.load("ada").candidates["bluesky"].reason is None
        with pytest.raises(SchemaTooNew):
            repository.add([talent("bob")], NOW)
        assert repository.count() == 1


def test_what_a_newer_program_wrote_into_a_run_is_passed_over(
    repository: SqliteRepository, app: sqlite3.Connection
) -> None:
    count = PlatformCount({OutcomeKind.KEPT: 1}, found=2)
    run_ = Run("r1", NOW, "h", 1, ended_at=NOW, outcomes={OutcomeKind.KEPT: 1}, platforms={"github": count})
    repository.save_run(run_)
    app.execute("""UPDATE talentimg_runs SET state = 'invented', report = json_set(report,
        '$.outcomes.invented', 5, '$.invented', 1, '$.slowest', json('[["ada", 1.5, "github", "later"]]'),
        '$.platforms.github.invented', 5, '$.platforms.github.outcomes.invented', 5)""")
    slow = SlowTalent("ada", 1.5, "github")
    assert repository.run("r1") == replace(run_, state=RunState.FAILED, slowest=(slow,))
    app.execute("UPDATE talentimg_runs SET ended_at = NULL, report = '{}'")
    assert repository.runs() == [Run("r1", NOW, "h", 1)]


def test_a_repository_that_promised_not_to_write_cannot(new_store: Path) -> None:
    with SqliteRepository.open(new_store, read_only=True) as repository:
        with pytest.raises(CannotCreate):
            repository.add([talent("bob")], NOW)
        assert repository.count() == 0


# -- other processes and trouble --------------------------------------------


def test_a_store_that_another_process_locks_is_busy_and_loses_nothing(
    new_store: Path, app: sqlite3.Connection
) -> None:
    with SqliteRepository.open(new_store, busy_timeout=0.05) as repository:
        repository.add([talent("ada", "bluesky")], NOW)
        app.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="locked") as caught:
            repository.save([Change("ada", shown(), (found("ada"),))], NOW)
        assert caught.value.exit_code == 75
        assert repository.load("ada").selection == Selection(), "readers go on"
        app.execute("ROLLBACK")
        repository.save([Change("ada", shown(), (found("ada"),))], NOW)
        assert repository.load("ada").selection == shown()


def test_two_processes_may_make_one_store_at_once(tmp_path: Path) -> None:
    script = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from talentimg.repository.interface import NewTalent
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
with SqliteRepository.open(Path(sys.argv[1]), create=True) as repository:
    repository.add([NewTalent(sys.argv[2], "Somebody")], datetime.now(UTC))
"""
    path = tmp_path / "new" / "roster.db"
    for process in [start(script, path, name) for name in "abcd"]:
        finish(process)
    with SqliteRepository.open(path) as repository:
        assert [row.talent_id for row in repository.roster()] == ["a", "b", "c", "d"]


def test_a_process_that_is_killed_while_it_writes_leaves_the_store_as_it_was(
    new_store: Path, repository: SqliteRepository
) -> None:
    script = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from talentimg.repository.interface import NewTalent
from talentimg.repository.sqlite import roster
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
repository = SqliteRepository.open(Path(sys.argv[1]))
with repository._writing() as db:
    roster.add(db, [NewTalent("half", "Half")], datetime.now(UTC))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    process = start(script, new_store)
    with process:
        process.communicate()
    assert process.returncode == -9
    repository.add([talent("ada")], NOW)
    assert [row.talent_id for row in repository.roster()] == ["ada"]


def test_a_full_disk_leaves_nothing_half_written(repository: SqliteRepository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    pages = connection_of(repository).execute("PRAGMA page_count").fetchone()[0]
    connection_of(repository).execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="is full") as caught:
        repository.add([talent(f"t{number}", "bluesky") for number in range(10_000)], NOW)
    assert caught.value.exit_code == 75
    assert repository.count() == 1
    repository.save_policy("ada", Policy(note="still here"))


def test_a_damaged_store_is_called_damaged(new_store: Path) -> None:
    with SqliteRepository.open(new_store) as repository:
        repository.add([talent(f"t{number}", "bluesky") for number in range(1000)], NOW)
    data = bytearray(new_store.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    new_store.write_bytes(data)
    with pytest.raises(StoreUnreadable, match="damaged"), SqliteRepository.open(new_store) as repository:
        repository.load("t1")


def test_a_file_that_vanishes_before_it_is_opened_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    with pytest.raises(CannotCreate), errors.translated(path):
        sqlite_file.connect(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreLocked),
        (sqlite3.SQLITE_READONLY_DBMOVED, CannotCreate),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreUnavailable),
    ],
)
def test_the_finer_kinds_of_errors_are_told_apart_by_their_kind(
    tmp_path: Path, code: int, kind: type[TalentimgError]
) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    translated = errors.translate(error, tmp_path)
    assert isinstance(translated, kind)
    assert "as SQLite says it" not in translated.message


@pytest.mark.parametrize(
    ("code", "left", "words"),
    [
        (sqlite3.SQLITE_FULL, 10**9, "is full"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, 8_192, "is full"),
        (sqlite3.SQLITE_IOERR_WRITE, 0, "is full"),
        (sqlite3.SQLITE_IOERR_WRITE, 10**9, "The disk failed"),
        (sqlite3.SQLITE_IOERR_READ, 0, "The disk failed"),
    ],
)
def test_a_full_disk_is_called_that_whatever_failed_for_it(
    tmp_path: Path, code: int, left: int, words: str
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    translated = errors.translate(error, tmp_path / "roster.db", lambda _: left)
    assert isinstance(translated, StoreUnavailable)
    assert words in translated.message
    assert ("Make room" in str(translated.hint)) == (words == "is full")


def test_a_disk_that_is_gone_is_not_called_full(tmp_path: Path) -> None:
    assert errors.room_at(tmp_path / "gone" / "roster.db") > 10**9
    assert errors.room_at(tmp_path / "roster.db") > 0


def test_a_mistake_of_ours_is_not_called_trouble_of_theirs(repository: SqliteRepository) -> None:
    with pytest.raises(sqlite3.OperationalError), repository._reading() as connection:
        connection.execute("SELEC 1")
    repository.close()
    with pytest.raises(sqlite3.ProgrammingError):
        repository.count()


# -- the app beside us ------------------------------------------------------


def insert_account(
    app: sqlite3.Connection, account_id: str, platform: str, handle: str, **more: object
) -> None:
    values = {
        "id": account_id,
        "creatorId": "ada",
        "platform": platform,
        "handle": handle,
        "connected": 1,
        "createdAt": "2026-01-01 10:00:00",
        "updatedAt": "2026-01-01 10:00:00",
    } | more
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join("?" for _ in values)
    app.execute(f'INSERT INTO "SocialAccountConnection" ({names}) VALUES ({places})', list(values.values()))


@pytest.fixture
def ada(repository: SqliteRepository, app: sqlite3.Connection) -> SqliteRepository:
    """A roster whose one talent the app has written, in its own ways."""
    app.execute('INSERT INTO "User" (id, email, "avatarUrl") VALUES (?, ?, ?)', ["u1", "a@example.org", ""])
    app.execute(
        'INSERT INTO "Talent" (id, "userId", name, "displayName") VALUES (?, ?, ?, ?)',
        ["ada", "u1", "Augusta Ada King", "Ada Lovelace"],
    )
    return repository


def test_the_apps_rows_are_read_as_the_app_means_them(ada: SqliteRepository, app: sqlite3.Connection) -> None:
    insert_account(app, "i1", "INSTAGRAM", "@Ada", accessToken="t", expiresAt="2026-12-01 10:00:00.5")
    insert_account(app, "g1", "github", "ada", connected=0)
    insert_account(app, "y1", "YouTube", "ada", expiresAt="2026-12-01T12:00:00+02:00", accessToken="")
    app.execute(
        'UPDATE "Talent" SET "profileImageSource" = ?, "profileImageUrl" = ?', ["INSTAGRAM", "https://x"]
    )
    record = ada.load("ada")
    assert (record.talent.name, record.talent.avatar_url) == ("Ada Lovelace", None)
    instagram, youtube = record.talent.accounts
    assert (instagram.id, instagram.platform, instagram.handle) == ("i1", "instagram", "@Ada")
    assert instagram.token == Token("t", None, datetime(2026, 12, 1, 10, 0, 0, 500000, tzinfo=UTC))
    assert (youtube.platform, youtube.token) == ("youtube", None)
    assert record.selection == Selection("instagram", None, "https://x")
    assert ada.roster()[0].platforms == ("instagram", "youtube")
    assert ada.roster()[0].source == "instagram"


@pytest.mark.parametrize(
    "written", ["2026-12-01 10:00:00", "2026-12-01T10:00:00Z", "2026-12-01T12:00:00+02:00"]
)
def test_a_time_that_the_app_wrote_counts_in_its_own_zone(
    ada: SqliteRepository, app: sqlite3.Connection, written: str
) -> None:
    insert_account(app, "i1", "instagram", "ada", accessToken="t", expiresAt=written)
    (account,) = ada.load("ada").talent.accounts
    assert account.token == Token("t", None, datetime(2026, 12, 1, 10, tzinfo=UTC))


def test_of_two_spellings_of_a_platform_the_latest_counts(
    ada: SqliteRepository, app: sqlite3.Connection
) -> None:
    insert_account(app, "new", "Instagram", "new", updatedAt="2026-02-01 10:00:00", accessToken="t")
    insert_account(app, "old", "INSTAGRAM", "old")
    assert [a.handle for a in ada.load("ada").talent.accounts] == ["new"]
    ada.connect("ada", NewAccount("instagram", "newest"), NOW)
    rows = app.execute('SELECT id, platform, handle, connected, "accessToken" FROM "SocialAccountConnection"')
    assert sorted(rows) == [
        ("new", "Instagram", "newest", 1, None),
        ("old", "INSTAGRAM", "old", 0, None),
    ]
    app.execute('UPDATE "SocialAccountConnection" SET connected = 1')
    assert ada.disconnect("ada", "instagram", NOW)
    assert ada.load("ada").talent.accounts == ()


def test_the_name_that_the_app_shows_follows_an_update(
    ada: SqliteRepository, app: sqlite3.Connection
) -> None:
    ada.update([NewTalent("ada", "Ada")], NOW)
    assert ada.load("ada").talent.name == "Ada"
    assert app.execute('SELECT name, "displayName" FROM "Talent"').fetchone() == ("Ada", "Ada")


def test_a_hash_counts_only_while_the_apps_columns_are_as_we_wrote_them(
    ada: SqliteRepository, app: sqlite3.Connection
) -> None:
    ada.save([Change("ada", shown("manual"))], NOW)
    assert ada.load("ada").selection.content_hash == "c0ffee"
    app.execute("""UPDATE "Talent" SET "profileImageUrl" = 'https://app.example/mine.png'""")
    assert ada.load("ada").selection == Selection("manual", None, "https://app.example/mine.png", NOW)


def test_a_stable_id_counts_only_under_the_handle_it_was_learnt_for(
    ada: SqliteRepository, app: sqlite3.Connection
) -> None:
    insert_account(app, "b1", "bluesky", "ada.example")
    ada.save([Change("ada", Selection(), external_ids=(("b1", "did:plc:ada"),))], NOW)
    assert ada.load("ada").talent.accounts[0].external_id == "did:plc:ada"
    app.execute("""UPDATE "SocialAccountConnection" SET handle = 'bob.example'""")
    assert ada.load("ada").talent.accounts[0].external_id is None


def test_a_look_is_written_back_as_the_app_expects_it(ada: SqliteRepository, app: sqlite3.Connection) -> None:
    insert_account(app, "b1", "bluesky", "ada.example", accessToken="t", metadata='{"a": 1}')
    insert_account(app, "g1", "github", "ada")
    errors = (("b1", "The token was refused."), ("g1", None))
    ada.save([Change("ada", shown(), account_errors=errors)], NOW)
    query = """SELECT id, "lastSyncedAt", "syncStatus", "syncError", metadata, "accessToken", "updatedAt"
        FROM "SocialAccountConnection" ORDER BY id"""
    at, old = "2026-11-24T02:00:00.123Z", "2026-01-01 10:00:00"
    assert app.execute(query).fetchall() == [
        ("b1", at, "ERROR", "The token was refused.", '{"a": 1}', "t", old),
        ("g1", at, "READY", None, None, None, old),
    ]
    query = 'SELECT "profileImageUrl", "profileImageSource", "lastProfileImageSyncAt" FROM "Talent"'
    assert app.execute(query).fetchone() == (shown().url, "bluesky", at)


def test_a_disconnected_row_stays_without_its_tokens(ada: SqliteRepository, app: sqlite3.Connection) -> None:
    insert_account(app, "b1", "bluesky", "ada", accessToken="a", refreshToken="r", expiresAt="2026-12-01")
    ada.disconnect("ada", "bluesky", NOW)
    query = """SELECT id, handle, connected, "accessToken", "refreshToken", "expiresAt", "updatedAt"
        FROM "SocialAccountConnection" """
    assert app.execute(query).fetchall() == [("b1", "ada", 0, None, None, None, "2026-11-24T02:00:00.123Z")]


def test_a_talent_whom_the_app_removes_takes_the_accounts_along(ada: SqliteRepository) -> None:
    ada.connect("ada", NewAccount("bluesky", "ada"), NOW)
    with ada._writing():
        connection_of(ada).execute('DELETE FROM "Talent"')
    assert connection_of(ada).execute('SELECT count(*) FROM "SocialAccountConnection"').fetchone()[0] == 0


def test_a_time_that_is_none_is_reported_in_a_sentence(
    ada: SqliteRepository, app: sqlite3.Connection
) -> None:
    for garbage in ("yesterday", 1764000000000):
        app.execute('UPDATE "Talent" SET "lastProfileImageSyncAt" = ?', [garbage])
        with pytest.raises(StoreUnreadable) as caught:
            ada.load("ada")
        assert caught.value.message == "The roster contains a time that cannot be read."


def test_a_table_that_lacks_a_column_is_reported_in_a_sentence(
    ada: SqliteRepository, app: sqlite3.Connection
) -> None:
    app.execute('ALTER TABLE "Talent" DROP COLUMN "displayName"')
    with pytest.raises(StoreUnreadable, match="lacks"):
        ada.load("ada")


# -- speed ------------------------------------------------------------------


def statements(repository: SqliteRepository, work: Callable[[], object]) -> list[str]:
    """The statements that some work runs, with their values in place."""
    traced: list[str] = []
    connection_of(repository).set_trace_callback(traced.append)
    try:
        work()
    finally:
        connection_of(repository).set_trace_callback(None)
    kinds = ("SELECT", "UPDATE", "DELETE", "INSERT")
    return [s for s in traced if s.lstrip().startswith(kinds) and "sqlite_master" not in s]


def plan(repository: SqliteRepository, statement: str) -> list[str]:
    return [row["detail"] for row in connection_of(repository).execute(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.fixture
def busy(repository: SqliteRepository) -> SqliteRepository:
    """A roster with talents of every kind, and statistics on them."""
    repository.add([talent(f"t{number:03}", "bluesky") for number in range(300)], NOW)
    for number in range(0, 200, 2):
        synced(repository, f"t{number:03}", NOW - number * HOUR, NOW if number % 4 else None)
    connection_of(repository).execute("ANALYZE")
    return repository


def test_no_hot_query_scans_a_table(busy: SqliteRepository) -> None:
    change = Change("t001", shown(), (found("t001"),), ("github",), picture(), changed("t001"))
    account = busy.load("t001").talent.accounts[0]

    def work() -> None:
        busy.due(NOW, before=NOW - DAY, limit=None)
        busy.load_many(["t001", "t002"])
        busy.roster(after="t100", limit=10)
        busy.save([change], NOW)
        busy.save_token(account, Token("x"))
        busy.connect("t001", NewAccount("github", "x"), NOW)
        busy.disconnect("t001", "github", NOW)
        busy.save_policy("t001", Policy())
        busy.picture("c0ffee")
        busy.pictures_by_source(["feed"])
        busy.history("t001")
        busy.next_due(NOW, min_age=DAY)
        busy.holders(["c0ffee", "beef"], ["c0ffee" * 20])
        busy.to_recut("upper-fifth", NOW)
        busy.recut(picture(), picture("beef"), NOW, why="cut anew", by="recrop")
        busy.spend("youtube", 1, NOW)
        busy.spend("youtube", 0, NOW)
        busy.forgive("bluesky")
        busy.save_run(Run("r1", NOW, "night.example", 1))
        busy.run("r1")

    ran = statements(busy, work)
    assert len(ran) > 20
    for statement in ran:
        scans = [step for step in plan(busy, statement) if step.startswith("SCAN")]
        # The ids that were asked for, and what an index has found of them, are walked whole; of tombstones,
        # the first row is read. There are few suspects.
        few = {"SCAN talentimg_suspects", "SCAN talentimg_tombstones"}
        whole = {"SCAN c", "SCAN w", "SCAN CONSTANT ROW", *few}
        left = [s for s in scans if "VIRTUAL TABLE" not in s and s not in whole]
        assert left == [], f"{statement}: {left}"


def test_due_talents_come_in_order_from_an_index(busy: SqliteRepository) -> None:
    ran = statements(busy, lambda: busy.due(NOW, before=NOW - DAY, limit=1000))
    never, stale, early, ahead = (plan(busy, statement) for statement in ran)
    for steps in (never, stale, ahead):
        assert steps[0].startswith("SEARCH t USING")
        assert '"' not in steps[0]
        assert "Talent_lastProfileImageSyncAt_idx" in steps[0]
        assert not any("TEMP B-TREE" in step for step in steps)
    assert any("talentimg_candidates_next_due_at_talent_id_idx" in step for step in early)
    assert any(step.startswith("SEARCH t USING PRIMARY KEY") for step in early)


def test_the_next_that_is_due_comes_from_the_first_step_along_an_index(busy: SqliteRepository) -> None:
    by_age, by_candidate = (
        plan(busy, statement) for statement in statements(busy, lambda: busy.next_due(NOW, min_age=DAY))
    )
    assert "Talent_lastProfileImageSyncAt_idx" in by_age[0]
    assert "talentimg_candidates_next_due_at_talent_id_idx" in by_candidate[0]
    for steps in (by_age, by_candidate):
        assert steps[0].startswith("SEARCH")
        assert not any("TEMP B-TREE" in step for step in steps)


def test_holders_come_from_their_indexes(busy: SqliteRepository) -> None:
    (statement,) = statements(busy, lambda: busy.holders(["c0ffee"], ["c0ffee" * 20]))
    steps = " ".join(plan(busy, statement))
    for index in ("candidates_content_hash", "pictures_likeness_first", "pictures_likeness_second"):
        assert f"talentimg_{index}_idx" in steps


def test_the_latest_runs_come_from_an_index(busy: SqliteRepository) -> None:
    (statement,) = statements(busy, busy.runs)
    assert plan(busy, statement)[0] == "SCAN talentimg_runs USING INDEX talentimg_runs_started_at_idx"


def test_a_run_and_those_who_share_its_work_come_from_indexes(busy: SqliteRepository) -> None:
    (statement,) = statements(busy, lambda: busy.taking_part("r1"))
    steps = [step for step in plan(busy, statement) if "talentimg_runs" in step]
    assert steps
    assert all(step.startswith("SEARCH talentimg_runs USING INDEX") for step in steps)


def test_a_full_page_asks_no_more_than_it_must(busy: SqliteRepository) -> None:
    assert len(statements(busy, lambda: busy.due(NOW, before=NOW - DAY, limit=5))) == 1


def test_one_talent_is_loaded_in_five_statements(busy: SqliteRepository) -> None:
    """The talent, accounts, candidates, what was said of pictures, and what they look like."""
    assert len(statements(busy, lambda: busy.load("t001"))) == 5


def test_reading_loads_nothing_heavy(new_store: Path) -> None:
    script = """
import sys
before = set(sys.modules)  # a measurement of coverage brings modules of its own
from talentimg.errors import TalentNotFound
from talentimg.repository.registry import open_repository
with open_repository("sqlite:///" + sys.argv[1], read_only=True) as repository:
    try:
        repository.load("ada")
    except TalentNotFound:
        print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    loaded = set(run(script, new_store).split())
    assert "talentimg" in loaded
    assert not loaded & {"alembic", "sqlalchemy", "sqlite_utils", "asyncio", "ssl", "httpx", "PIL", "uuid"}


def test_an_index_that_the_app_dropped_is_told_and_made_again(new_store: Path) -> None:
    with SqliteRepository.open(new_store) as repository:
        repository.add([talent("ada", "github")], NOW)
        with closing(sqlite3.connect(new_store, isolation_level=None)) as app:
            app.execute('DROP INDEX "Talent_lastProfileImageSyncAt_idx"')
        with pytest.raises(StoreUnreadable, match="index") as caught:
            repository.claim(NOW, before=None, limit=9, lease=HOUR)
        assert "talentimg migrate" in (caught.value.hint or "")
    migrations.upgrade(sqlite_url(new_store))
    with SqliteRepository.open(new_store) as repository:
        assert repository.claim(NOW, before=None, limit=9, lease=HOUR) == ["ada"]
