"""On Postgres: a revoked grant is named as the very SQL that gives it back, and a store that is behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from talentimg.repository import migrations
from talentimg.repository.interface import NewTalent
from talentimg.repository.migrations import REVISIONS
from talentimg.repository.registry import open_repository
from talentimg.service.doctor.interface import Severity
from tests.conftest import NOW
from tests.doctor.scene import Scene, code, notes, trouble
from tests.postgres import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.demo.server import PlatformServer
    from talentimg.service.doctor.doctor import Examined
    from tests.postgres import Databases

BROKEN = Severity.BROKEN
ROLE = "examined"
COLUMNS = '("profileImageUrl", "profileImageSource", "lastProfileImageSyncAt")'
REVOKED = {
    'UPDATE ON "Talent"': f'GRANT UPDATE {COLUMNS} ON public."Talent" TO examined;',
    'SELECT ON "User"': 'GRANT SELECT ON public."User" TO examined;',
    "DELETE, INSERT ON talentimg.candidates": "GRANT INSERT, DELETE ON talentimg.candidates TO examined;",
    "SELECT ON talentimg.version": "GRANT SELECT ON talentimg.version TO examined;",
    "USAGE ON SCHEMA talentimg": "GRANT USAGE ON SCHEMA talentimg TO examined;",
    "USAGE ON SEQUENCE talentimg.history_id_seq": (
        "GRANT USAGE ON SEQUENCE talentimg.history_id_seq TO examined;"
    ),
}


@pytest.fixture
def owned(new_database: str, tmp_path: Path) -> Scene:
    """A roster in which there is nobody to ask for, opened by its owner."""
    with open_repository(new_database) as repository:
        repository.add([NewTalent("ada", "Ada")], NOW)
    (tmp_path / "data" / "images").mkdir(parents=True)
    return Scene(tmp_path / "data", "http://127.0.0.1:9", new_database)


@pytest.fixture
def scene(owned: Scene, databases: Databases) -> Iterator[Scene]:
    """The same as a role that has all the rights that it needs."""
    if databases.server is None:
        pytest.skip("makes a role that another server may have")
    assert owned.database
    with connect(owned.database) as admin:
        admin.execute(f"DROP ROLE IF EXISTS {ROLE}; CREATE ROLE {ROLE} LOGIN".encode())
        for what in (
            "SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public",
            "USAGE ON SCHEMA talentimg",
            "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA talentimg",
            "USAGE ON ALL SEQUENCES IN SCHEMA talentimg",
        ):
            admin.execute(f"GRANT {what} TO {ROLE}".encode())
        name = owned.database.rpartition("/")[2]
        yield replace(owned, database=databases.server.url(name, user=ROLE))
        admin.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}".encode())


def run(url: str | None, statement: str) -> None:
    assert url
    with connect(url) as admin:
        admin.execute(sql.SQL(statement))


def remedies(examined: list[Examined]) -> list[str]:
    findings = [finding for one in examined if one.check == "rights" for finding in one.findings]
    return [str(finding.remedy).partition(": ")[2] for finding in findings if finding.remedy]


def test_who_may_do_all_that_is_needed_is_told_so(scene: Scene) -> None:
    examined = scene.examine()
    assert trouble(examined) == []
    assert {check for check, _ in notes(examined)} <= {"store", "codecs"}, "workers compare"


@pytest.mark.parametrize("what", list(REVOKED))
def test_a_revoked_grant_is_named_and_given_back(scene: Scene, owned: Scene, what: str) -> None:
    run(owned.database, f"REVOKE {what} FROM {ROLE}")
    examined = scene.examine(fix=True)
    assert trouble(examined) == [("rights", BROKEN, ())]
    assert remedies(examined) == [REVOKED[what]]
    assert code(examined) == 78
    run(owned.database, remedies(examined)[0])
    assert trouble(scene.examine()) == []


def test_a_role_that_may_not_connect_is_told_what_to_say(scene: Scene, owned: Scene) -> None:
    assert owned.database
    name = owned.database.rpartition("/")[2]
    run(owned.database, f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    examined = scene.examine()
    assert trouble(examined) == [("rights", BROKEN, ())]
    assert remedies(examined) == ["GRANT CONNECT ON DATABASE name TO role;"]
    run(owned.database, f"GRANT CONNECT ON DATABASE {name} TO {ROLE}")
    assert trouble(scene.examine()) == []


def test_who_only_looks_at_pictures_needs_no_insert(scene: Scene, owned: Scene) -> None:
    run(owned.database, f'REVOKE INSERT ON "Talent", "User", "SocialAccountConnection" FROM {ROLE}')
    examined = scene.examine()
    assert trouble(examined) == []
    assert "rights" in {check for check, _ in notes(examined)}


def test_a_store_that_is_behind_is_found_and_never_migrated_unasked(owned: Scene) -> None:
    assert owned.database
    migrations.downgrade(owned.database, REVISIONS[-2])
    examined = owned.examine(fix=True)
    assert trouble(examined) == [("store", BROKEN, ())]
    (remedy,) = [f.remedy for one in examined if one.check == "store" for f in one.findings]
    assert remedy == "See what it does: talentimg migrate --sql. Then do it: talentimg migrate"
    assert migrations.status(owned.database).current == REVISIONS[-2]


def test_a_store_that_has_forgotten_its_version_is_found_and_says_how_to_go_on(owned: Scene) -> None:
    run(owned.database, "DELETE FROM talentimg.version")
    (told,) = [f for one in owned.examine(fix=True) for f in one.findings if f.severity is BROKEN]
    assert "the row of the table talentimg.version is gone" in told.what
    run(owned.database, str(told.remedy).partition("say so: ")[2])
    assert trouble(owned.examine()) == []


@pytest.mark.network
def test_what_is_lost_is_found_and_healed_as_on_a_file(
    new_database: str, platforms: PlatformServer, tmp_path: Path
) -> None:
    scene = Scene(tmp_path / "data", platforms.url, new_database)
    scene.fill(platforms.world)
    scene.file_of("priya", "webp-200").unlink()
    shown = scene.picture_of("zoe").content_hash
    with connect(new_database) as admin:
        admin.execute(b"DELETE FROM talentimg.pictures WHERE content_hash = %s", [shown])
    needs_you = Severity.NEEDS_YOU
    assert trouble(scene.examine()) == [("pictures", needs_you, ("priya",)), ("rows", needs_you, ("zoe",))]
    assert trouble(scene.examine(fix=True)) == []


def test_a_database_that_is_away_is_told_once(owned: Scene) -> None:
    examined = replace(owned, database="postgresql://x:S3CRET@127.0.0.1:9/nothing").examine()
    assert trouble(examined) == [("store", BROKEN, ())]
    assert "S3CRET" not in repr(examined)
