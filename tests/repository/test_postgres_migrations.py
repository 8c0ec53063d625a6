"""On the app's own Postgres: up adds what is missing, down takes exactly that away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from talentimg.errors import ConfigError, SchemaTooNew, StoreLocked, StoreUnavailable, TalentimgError
from talentimg.models import Cooldown, Picture, Reason, Run
from talentimg.repository import migrations
from talentimg.repository.interface import Holder
from talentimg.repository.migrations import HEAD, REVISIONS
from talentimg.repository.migrations.store import MigrationStatus, Triggers, TriggerState
from talentimg.repository.postgres.repository import PostgresRepository
from tests.postgres import connect
from tests.postgres import run_script as run
from tests.repository import app_schema
from tests.repository.app_schema import dump
from tests.repository.builders import HOUR, NOW, changed, talent
from tests.repository.processes import finish, start

if TYPE_CHECKING:
    from tests.postgres import Databases

MADE = Triggers(TriggerState.MADE)
OWN_TABLES = (
    """SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('talentimg') AND relkind = 'r'"""
)


@pytest.fixture(params=list(app_schema.KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(empty_database: str, kind: str) -> str:
    app_schema.make(empty_database, app_schema.KINDS[kind])
    return empty_database


@pytest.fixture
def plain(empty_database: str) -> str:
    app_schema.make(empty_database)
    return empty_database


def own_tables(url: str) -> set[str]:
    with connect(url) as connection:
        return {row[0] for row in connection.execute(OWN_TABLES.encode())}


# -- up and down ------------------------------------------------------------


def test_an_apps_database_gets_what_is_missing_and_keeps_all_that_it_has(app: str) -> None:
    before = dump(app, own=False)
    had = dump(app)
    assert migrations.status(app).current is None
    migrations.upgrade(app)
    assert dump(app, own=False) == before
    columns = {row[1]: row[2:] for row in dump(app)["columns"] if row[0] == "Talent"}
    assert columns["profileImageUrl"] == ("text", False, None)
    assert columns["profileImageSource"] == ("text", False, "'initials'::text")
    assert columns["lastProfileImageSyncAt"] == ("timestamp(3) without time zone", False, None)
    indexes = {row[0] for row in dump(app)["indexes"]} - {row[0] for row in before["indexes"]}
    assert {index.split('"')[1] for index in indexes} == {
        "Talent_lastProfileImageSyncAt_idx",
        "Talent_profileImageSource_idx",
        "Talent_lastProfileImageSyncAt_id_idx",
    }
    assert {"version", "candidates", "leases", "history"} <= own_tables(app)
    assert migrations.status(app) == MigrationStatus(HEAD, HEAD, (), triggers=MADE)
    if any(row[:2] == ("Talent", "profileImageUrl") for row in had["columns"]):
        assert dump(app)["rows of Talent"] == had["rows of Talent"], "what the app had written is kept"


def test_down_leaves_everything_as_it_was(app: str) -> None:
    before = dump(app)
    for _ in range(2):
        migrations.upgrade(app)
        assert dump(app) != before
        with PostgresRepository.open(app) as repository:
            repository.claim(NOW, before=None, limit=1, lease=NOW - NOW)
        migrations.downgrade(app, "base")
        assert dump(app) == before
    migrations.downgrade(app, "base")
    assert migrations.downgrade_sql(app, "base") == ""
    assert dump(app) == before


def test_a_second_run_does_nothing(plain: str) -> None:
    migrations.upgrade(plain)
    before = dump(plain)
    migrations.upgrade(plain)
    assert dump(plain) == before
    assert migrations.upgrade_sql(plain) == ""


def test_each_step_can_be_taken_alone(plain: str) -> None:
    start_ = dump(plain)
    for revision in REVISIONS:
        migrations.upgrade(plain, revision)
        assert migrations.status(plain).current == revision
    assert {"leases", "runs", "suspects"} <= own_tables(plain)
    migrations.downgrade(plain, "0002")
    assert {"leases", "runs", "suspects"} & own_tables(plain) == {"leases"}
    migrations.downgrade(plain, "0001")
    assert "leases" not in own_tables(plain)
    migrations.downgrade(plain, "base")
    assert dump(plain) == start_


OLD_ROWS = """
INSERT INTO talentimg.platforms VALUES ('bluesky', '2026-11-24 03:00:00.123Z', 'throttled', 'Later.');
INSERT INTO talentimg.history
    (talent_id, changed_at, from_source, from_hash, to_source, to_hash, why, changed_by) VALUES
    ('ada', '2026-11-24 02:00:00.123Z', 'initials', NULL, 'bluesky', 'c0ffee', 'a new picture', 'sync');
INSERT INTO talentimg.candidates (talent_id, source, state, tries, content_hash, absent_count)
    VALUES ('ada', 'instagram', 'found', 1, 'c0ffee', 0), ('ada', 'github', 'trouble', 1, NULL, 0);
INSERT INTO talentimg.pictures VALUES ('c0ffee', 'feed', 640, 480, '[]', '2026-11-24 02:00:00.123Z');
INSERT INTO talentimg.leases VALUES ('ada', 'somebody', '2026-11-24 02:10Z');
"""


def test_a_store_of_the_version_before_keeps_every_row(plain: str) -> None:
    migrations.upgrade(plain, "0002")
    run(plain, OLD_ROWS)
    before = dump(plain, schema="talentimg")
    migrations.upgrade(plain)
    with PostgresRepository.open(plain) as repository:
        until = NOW + HOUR
        assert repository.cooldowns(NOW) == [Cooldown("bluesky", until, Reason.THROTTLED, "Later.")]
        assert repository.history("ada") == [changed("ada")]
        assert repository.holders(["c0ffee"]) == [Holder(repository.load("ada").candidates["instagram"])]
        assert repository.picture("c0ffee") == Picture("c0ffee", "feed", 640, 480, (), NOW)
        repository.spend("youtube", 1, NOW)
        repository.save_run(Run("r1", NOW, "night.example", 1))
    migrations.downgrade(plain, "0002")
    assert dump(plain, schema="talentimg") == before


def test_an_empty_database_gets_what_a_roster_needs(empty_database: str) -> None:
    before = dump(empty_database)
    migrations.upgrade(empty_database, new_roster=True)
    with PostgresRepository.open(empty_database) as repository:
        repository.add([talent("ada", "bluesky")], NOW)
    migrations.downgrade(empty_database, "base")
    tables = {row[0] for row in dump(empty_database)["columns"]}
    assert tables == {"Talent", "SocialAccountConnection", "User"}, "a roster with somebody on it stays"
    run(empty_database, 'DROP TABLE "SocialAccountConnection", "Talent", "User"')
    migrations.upgrade(empty_database, new_roster=True)
    migrations.downgrade(empty_database, "base")
    assert dump(empty_database) == before


def test_the_apps_tables_may_be_in_any_schema(empty_database: str) -> None:
    name = 'the app\'s "50%" schema'
    app_schema.make(empty_database, schema=name)
    url = f"{empty_database}?schema=the%20app%27s%20%2250%25%22%20schema&connection_limit=5"
    before, public = dump(url, schema=name), dump(url)
    assert migrations.upgrade_sql(url)
    migrations.upgrade(url)
    with PostgresRepository.open(url) as repository:
        assert repository.due(NOW, before=None, limit=None) == ["ada", "bob"]
        repository.disconnect("ada", "instagram", NOW)
        repository.roster()
    assert {row[:2] for row in public["columns"]} == {row[:2] for row in dump(url)["columns"]} == set()
    migrations.downgrade(url, "base")
    written = {
        "SocialAccountConnection." + c for c in ("connected", "accessToken", "refreshToken", "expiresAt")
    }
    written |= {"SocialAccountConnection.updatedAt"}
    after = dump(url, schema=name, without=written)
    assert {**before, "rows of SocialAccountConnection": 0} == {**after, "rows of SocialAccountConnection": 0}


def test_the_roles_own_search_path_finds_the_apps_tables(empty_database: str) -> None:
    app_schema.make(empty_database, schema="agency")
    url = f"{empty_database}?options=-csearch_path%3Dagency"
    migrations.upgrade(url)
    with PostgresRepository.open(url) as repository:
        assert repository.load("ada").talent.name == "Ada Lovelace"
    assert any(row[1] == "profileImageUrl" for row in dump(url, schema="agency")["columns"])


@pytest.mark.parametrize("schema", ["nonsense", "talentimg"])
def test_a_schema_that_cannot_be_the_apps_is_refused(plain: str, schema: str) -> None:
    migrations.upgrade(plain)
    url = f"{plain}?schema={schema}"
    for ask in (migrations.status, migrations.upgrade, migrations.upgrade_sql, PostgresRepository.open):
        with pytest.raises(ConfigError, match="schema"):
            ask(url)


def test_a_role_that_is_called_like_our_schema_changes_nothing_about_it(
    databases: Databases, empty_database: str
) -> None:
    """Its search path would begin with our schema."""
    if databases.server is None:
        pytest.skip("makes a role that another server may have")
    run(empty_database, "CREATE ROLE talentimg SUPERUSER LOGIN")
    try:
        url = empty_database.replace("postgres@", "talentimg@")
        migrations.upgrade(url, new_roster=True)
        assert any(row[0] == "Talent" for row in dump(url)["columns"])
        with PostgresRepository.open(url) as repository:
            repository.add([talent("ada", "bluesky")], NOW)
        run(url, 'DELETE FROM "Talent"')
        migrations.downgrade(url, "base")
        assert dump(url)["columns"] == []
    finally:
        run(empty_database, "DROP OWNED BY talentimg; DROP ROLE talentimg")


def test_down_takes_an_index_of_the_apps_on_our_column_along(plain: str) -> None:
    before = dump(plain)
    migrations.upgrade(plain)
    run(plain, 'CREATE INDEX "theirs" ON "Talent" ("profileImageUrl")')
    migrations.downgrade(plain, "base")
    assert dump(plain) == before


def test_down_changes_nothing_while_a_view_needs_our_column(plain: str) -> None:
    migrations.upgrade(plain)
    run(plain, 'CREATE VIEW "Pictures" AS SELECT "profileImageUrl" FROM "Talent"')
    before, tables = dump(plain), own_tables(plain)
    with pytest.raises(ConfigError, match="view"):
        migrations.downgrade(plain, "base")
    assert (dump(plain), own_tables(plain)) == (before, tables)


def test_a_step_that_fails_leaves_everything_as_it_was(plain: str) -> None:
    run(plain, "CREATE SCHEMA talentimg; CREATE TABLE talentimg.platforms (theirs text)")
    before, tables = dump(plain), own_tables(plain)
    with pytest.raises(TalentimgError, match="SQLSTATE 42P07"):
        migrations.upgrade(plain)
    assert (dump(plain), own_tables(plain)) == (before, tables)


def test_a_newer_store_is_refused(plain: str) -> None:
    migrations.upgrade(plain)
    run(plain, "UPDATE talentimg.version SET version_num = '9999'")
    assert migrations.status(plain) == MigrationStatus("9999", HEAD, ())
    with pytest.raises(SchemaTooNew, match="9999"):
        migrations.upgrade(plain)
    with pytest.raises(SchemaTooNew, match="9999"):
        migrations.downgrade(plain, "base")


# -- printing ---------------------------------------------------------------


def test_what_is_printed_is_what_would_run(databases: Databases, kind: str) -> None:
    def template(url: str) -> None:
        app_schema.make(url, app_schema.KINDS[kind])

    name = databases.template(f"app {kind}", template)
    real, played = (databases.create(template=name) for _ in range(2))
    try:
        url, other = databases.url(real), databases.url(played)
        before = dump(url)
        script = migrations.upgrade_sql(url)
        assert (dump(url), own_tables(url)) == (before, set()), "printing does nothing"
        assert "GRANT" not in script
        assert ('ALTER TABLE "Talent" ADD COLUMN' in script) == (kind == "plain")
        run(other, script)
        migrations.upgrade(url)
        assert (dump(other), own_tables(other)) == (dump(url), own_tables(url))
        assert dump(other, schema="talentimg") == dump(url, schema="talentimg")
        run(other, migrations.downgrade_sql(url, "base"))
        assert dump(other) == before
    finally:
        databases.drop(real)
        databases.drop(played)


def test_an_empty_database_is_made_by_its_script_too(empty_database: str) -> None:
    run(empty_database, migrations.upgrade_sql(empty_database, new_roster=True))
    assert migrations.status(empty_database).current == HEAD


# -- rights -----------------------------------------------------------------


@pytest.fixture
def weak(databases: Databases, plain: str) -> str:
    """The app's database as a role that may read and write, and not change what is there."""
    if databases.server is None:
        pytest.skip("makes a role that another server may have")
    run(
        plain,
        """
        DO $$ BEGIN CREATE ROLE "we""ak" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT USAGE ON SCHEMA public TO "we""ak";
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO "we""ak";
        """,
    )
    return plain.replace("postgres@", "we%22ak@")


def missing(url: str, *, new_roster: bool = False) -> str:
    with pytest.raises(ConfigError) as caught:
        migrations.upgrade(url, new_roster=new_roster)
    assert caught.value.hint == "`talentimg migrate --sql` prints what somebody with that right has to run."
    return caught.value.message


def test_a_role_without_a_right_is_told_which_and_what_to_hand_on(weak: str, plain: str) -> None:
    before = dump(plain)
    assert "may not create the schema talentimg" in missing(weak)
    database = plain.rpartition("/")[2]
    run(plain, f'GRANT CREATE ON DATABASE {database} TO "we""ak"')
    assert 'may not alter the table "Talent"' in missing(weak)
    run(plain, f'REVOKE CREATE ON DATABASE {database} FROM "we""ak"; CREATE SCHEMA talentimg')
    assert "may not create tables in the schema talentimg" in missing(weak)
    run(plain, "DROP SCHEMA talentimg")
    assert dump(plain)["columns"] == before["columns"]

    script = migrations.upgrade_sql(weak)
    run(plain, script)
    assert migrations.status(weak) == MigrationStatus(HEAD, HEAD, (), triggers=MADE)
    assert migrations.upgrade_sql(weak) == ""
    with PostgresRepository.open(weak) as repository:
        assert repository.claim(NOW, before=None, limit=1, lease=NOW - NOW) == ["ada"]
        repository.disconnect("ada", "instagram", NOW)
    with pytest.raises(ConfigError, match="not the owner of the tables in the schema talentimg") as caught:
        migrations.downgrade(weak, "base")
    assert (
        caught.value.hint
        == "`talentimg migrate --down --sql` prints what somebody with that right has to run."
    )


def test_a_role_that_may_not_look_at_our_tables_is_told_and_can_have_the_grants(
    weak: str, plain: str
) -> None:
    migrations.upgrade(plain)
    for ask in (migrations.status, migrations.upgrade, PostgresRepository.open):
        with pytest.raises(ConfigError, match="may not read or write"):
            ask(weak)
    grants = migrations.upgrade_sql(weak)
    assert "CREATE" not in grants
    run(plain, grants)
    with PostgresRepository.open(weak) as repository:
        repository.claim(NOW, before=None, limit=1, lease=NOW - NOW)


def test_a_role_that_may_not_make_tables_in_an_empty_database_is_told(
    databases: Databases, empty_database: str
) -> None:
    if databases.server is None:
        pytest.skip("makes a role that another server may have")
    database = empty_database.rpartition("/")[2]
    run(
        empty_database,
        f"""DO $$ BEGIN CREATE ROLE "we""ak" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT CREATE ON DATABASE {database} TO "we""ak" """,
    )
    assert "CREATE on the schema of the app" in missing(
        empty_database.replace("postgres@", "we%22ak@"), new_roster=True
    )


# -- others -----------------------------------------------------------------

UPGRADE = """
import sys
from talentimg.repository import migrations
migrations.upgrade(sys.argv[1], new_roster=len(sys.argv) > 2)
"""
DOWNGRADE = (
    "import sys; from talentimg.repository import migrations; migrations.downgrade(sys.argv[1], 'base')"
)


@pytest.mark.parametrize("store", ["new", "app"])
def test_four_processes_may_migrate_at_once(store: str, empty_database: str) -> None:
    if store == "app":
        app_schema.make(empty_database)
    before = dump(empty_database)
    for process in [start(UPGRADE, empty_database, *(["new"] if store == "new" else [])) for _ in range(4)]:
        finish(process)
    assert migrations.status(empty_database).current == HEAD
    with PostgresRepository.open(empty_database) as repository:
        assert repository.count() == (3 if store == "app" else 0)
    for process in [start(DOWNGRADE, empty_database) for _ in range(4)]:
        finish(process)
    assert dump(empty_database) == before


def test_a_table_that_the_app_holds_for_too_long_is_told_in_a_sentence(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from talentimg.repository.migrations import postgres_store

    monkeypatch.setattr(postgres_store, "_LOCK_TIMEOUT", "SET LOCAL lock_timeout = '50ms'")
    before = dump(plain)
    with connect(plain) as app, app.transaction():
        app.execute(sql.SQL('SELECT * FROM "Talent"'))
        with pytest.raises(StoreLocked):
            migrations.upgrade(plain)
    assert dump(plain) == before


def test_a_server_that_is_not_there_is_away() -> None:
    for ask in (migrations.status, migrations.upgrade, migrations.upgrade_sql):
        with pytest.raises(StoreUnavailable) as caught:
            ask("postgresql://u:S3CRET@127.0.0.1:1/db")
        assert "S3CRET" not in f"{caught.value} {caught.value.hint}"


def test_a_schema_that_somebody_made_for_us_stays_when_we_go(plain: str) -> None:
    run(plain, "CREATE SCHEMA talentimg; GRANT USAGE ON SCHEMA talentimg TO PUBLIC")
    migrations.upgrade(plain)
    migrations.downgrade(plain, "base")
    with connect(plain) as connection:
        rows = connection.execute(b"SELECT nspacl IS NOT NULL FROM pg_namespace WHERE nspname = 'talentimg'")
        assert rows.fetchall() == [(True,)]
    assert own_tables(plain) == set()


def test_down_never_touches_another_apps_schema(plain: str) -> None:
    """Two apps in one database: what was added to one is not taken from the other."""
    run(plain, 'CREATE SCHEMA b; CREATE TABLE b."Talent" (id text PRIMARY KEY, "profileImageUrl" text)')
    run(plain, """INSERT INTO b."Talent" VALUES ('x', 'https://theirs.example/x.jpg')""")
    migrations.upgrade(plain)
    other = f"{plain}{'&' if '?' in plain else '?'}schema=b"
    with pytest.raises(ConfigError, match="public"):
        migrations.downgrade(other, "base")
    with connect(plain) as connection:
        rows = connection.execute(b'SELECT "profileImageUrl" FROM b."Talent"').fetchall()
    assert rows == [("https://theirs.example/x.jpg",)]
    migrations.downgrade(plain, "base")
