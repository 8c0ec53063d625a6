"""On the app's own database nothing of the app's goes: only what we have written is taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from talentimg.errors import UsageError
from talentimg.models import Action, AuditEntry, Lock, Policy, Selection
from talentimg.repository import migrations
from talentimg.repository.interface import Change, NewAccount
from talentimg.repository.postgres.repository import PostgresRepository
from tests.postgres import connect
from tests.repository import app_schema
from tests.repository.app_schema import dump
from tests.repository.builders import DAY, NOW, changed, found, picture, shown, talent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Databases

BLANK = Selection(synced_at=None)

_SOMEBODY_NEW = """
WITH made AS (
    INSERT INTO "User" (id, email, "updatedAt") VALUES ('u9', 'zed@example.org', '2026-01-01') RETURNING id
)
INSERT INTO "Talent" (id, "userId", name, "updatedAt") SELECT 'zed', id, 'Zed', '2026-01-01' FROM made
"""


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """The app's database, migrated."""
    name = databases.create()
    app_schema.make(databases.url(name))
    migrations.upgrade(databases.url(name))
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def repository(url: str) -> Iterator[PostgresRepository]:
    with PostgresRepository.open(url) as opened:
        yield opened


def shows(repository: PostgresRepository, talent_id: str = "ada") -> None:
    account = repository.load(talent_id).talent.account("instagram")
    assert account is not None
    change = Change(
        talent_id,
        shown("instagram"),
        candidates=(found(talent_id, "instagram"),),
        picture=picture(),
        history=changed(talent_id),
        external_ids=((account.id, "17841"),),
        account_errors=((account.id, "Instagram wants @Ada to connect again."),),
    )
    repository.save([change], NOW)
    repository.save_policy(talent_id, Policy(Lock("eve", NOW, "Ada wants it so")))


def texts(url: str, schema: str) -> str:
    with connect(url) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]
        ).fetchall()
        found = []
        for (name,) in names:
            found += connection.execute(f'SELECT t::text FROM "{schema}"."{name}" AS t').fetchall()
    return "\n".join(row[0] for row in found)


def test_the_apps_rows_stay_and_ours_go(repository: PostgresRepository, url: str) -> None:
    before = dump(url)
    shows(repository)
    assert "@Ada" in texts(url, "talentimg")
    erased = repository.erase("ada", NOW, forgotten_by="eve")
    assert erased.name == "Ada Lovelace"
    assert erased.dropped.pictures == 1
    assert dump(url) == before
    ours = texts(url, "talentimg")
    for word in ("Ada", "@Ada", "17841", "Lovelace"):
        assert word not in ours
    record = repository.load("ada")
    assert record.policy.is_forgotten
    assert record.selection == BLANK
    assert repository.traces("ada") == {}
    with connect(url) as connection:
        columns = connection.execute(
            """SELECT "profileImageUrl", "profileImageSource", "lastProfileImageSyncAt" FROM "Talent"
            WHERE id = 'ada'"""
        ).fetchone()
        assert columns == (None, "initials", None)


def test_whoever_is_forgotten_stays_so_whatever_is_saved(repository: PostgresRepository) -> None:
    shows(repository)
    late = Change("ada", shown("instagram"), candidates=(found("ada", "instagram"),), picture=picture("d1ce"))
    late = replace(late, read=repository.load("ada"))
    repository.erase("ada", NOW, forgotten_by="eve")
    assert repository.save([late], NOW) == ["ada"]
    assert repository.picture("d1ce") is None
    with pytest.raises(UsageError, match="'ada' was forgotten"):
        repository.connect("ada", NewAccount("instagram", "Ada"), NOW)
    repository.update([talent("ada", "bluesky")], NOW)
    assert {a.platform for a in repository.load("ada").talent.accounts} == {"instagram", "youtube"}
    entry = AuditEntry("ada", NOW, Action.REMEMBER, "eve")
    assert len(repository.remember([("ada", None)], NOW, entry)) == 1
    assert repository.load("ada").policy == Policy()


def test_one_platform_is_forgotten_and_its_row_stays_the_apps(
    repository: PostgresRepository, url: str
) -> None:
    before = dump(url)
    repository.erase("ada", NOW, platform="instagram", forgotten_by="eve")
    assert dump(url) == before
    assert repository.load("ada").policy.refuses("instagram")
    assert not repository.load("ada").policy.opted_out


def test_the_roster_is_known_as_the_apps(repository: PostgresRepository) -> None:
    assert not repository.is_own()


def test_accounts_that_the_app_has_removed_leave_nothing(repository: PostgresRepository, url: str) -> None:
    shows(repository)
    with connect(url) as connection:
        connection.execute('DELETE FROM "SocialProfile"')
        connection.execute("""DELETE FROM "SocialAccountConnection" WHERE id = 'i1'""")
    assert repository.drop_stray_accounts(after=None, limit=10).dropped == 1
    assert "17841" not in texts(url, "talentimg")


def test_talents_whom_the_app_has_removed_are_found(repository: PostgresRepository, url: str) -> None:
    shows(repository)
    with connect(url) as connection:
        connection.execute('DELETE FROM "Booking"')
        connection.execute("""DELETE FROM "Talent" WHERE id = 'ada'""")
    assert repository.missing_talents(NOW, after=None, limit=10).unneeded == {"ada": NOW}
    repository.erase("ada", NOW + DAY)
    assert repository.missing_talents(NOW, after=None, limit=10).unneeded == {}


def test_a_role_without_the_right_to_vacuum_is_no_trouble(
    repository: PostgresRepository, url: str, databases: Databases
) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS sweeping")
        admin.execute("CREATE ROLE sweeping LOGIN")
        admin.execute("GRANT USAGE ON SCHEMA talentimg TO sweeping")
        admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA talentimg, public TO sweeping")
        admin.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA talentimg, public TO sweeping")
    shows(repository)
    with PostgresRepository.open(url.replace("postgres@", "sweeping@")) as restricted:
        restricted.erase("ada", NOW, forgotten_by="eve")
        restricted.wipe_free_space()
        assert restricted.traces("ada") == {}
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("DROP OWNED BY sweeping")
        admin.execute("DROP ROLE sweeping")


def test_whoever_comes_onto_the_roster_beside_it_keeps_everything(
    repository: PostgresRepository, url: str
) -> None:
    """The app writes about somebody new and is not done; what is removed of them has to wait for it."""
    repository.save_audit([AuditEntry(name, NOW, Action.SET, "eve") for name in ("zed", "gone")])
    with connect(url) as app, ThreadPoolExecutor(1) as beside:
        with app.transaction():
            app.execute("UPDATE talentimg.audit SET why = 'came' WHERE talent_id = 'zed'")
            app.execute(_SOMEBODY_NEW)
            erasing = beside.submit(repository.erase_missing, ["zed", "gone"], NOW)
            while not app.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall():
                assert not erasing.done()
        assert erasing.result(timeout=60).talents == 1
    assert [entry.why for entry in repository.audit("zed")] == ["came"]
    assert repository.audit("gone") == []
