"""What is there decides whether a Postgres database is migrated: nothing is founded unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError, SchemaOutdated, StoreUnreadable
from talentimg.repository import migrations
from talentimg.repository.app_names import AppNames, names_in
from talentimg.repository.dry import open_dry
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.settings import load_settings
from tests.postgres import connect
from tests.repository import app_schema
from tests.repository.app_schema import dump
from tests.repository.builders import HOUR, NOW, found, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Databases

PLATFORMS = ("instagram", "tiktok", "github")
COLUMNS = ("profileImageUrl", "profileImageSource", "lastProfileImageSyncAt")
SNAKES = {
    "accessToken": "access_token",
    "avatarUrl": "avatar_url",
    "creatorId": "creator_id",
    "displayName": "display_name",
    "lastProfileImageSyncAt": "last_profile_image_sync_at",
    "profileImageSource": "profile_image_source",
    "profileImageUrl": "profile_image_url",
    "updatedAt": "updated_at",
    "userId": "user_id",
}
MAPPED = """
ALTER TABLE "Talent" RENAME TO talents;
ALTER TABLE "User" RENAME TO users;
ALTER TABLE "SocialAccountConnection" RENAME TO "50% social accounts";
ALTER TABLE talents RENAME "userId" TO user_id;
ALTER TABLE talents RENAME "displayName" TO display_name;
ALTER TABLE talents RENAME "updatedAt" TO updated_at;
ALTER TABLE users RENAME "avatarUrl" TO avatar_url;
ALTER TABLE users RENAME "updatedAt" TO updated_at;
ALTER TABLE "50% social accounts" RENAME "creatorId" TO creator_id;
ALTER TABLE "50% social accounts" RENAME "accessToken" TO access_token;
ALTER TABLE "50% social accounts" RENAME "updatedAt" TO updated_at;
"""
"""What `@@map` and `@map` of Prisma make of the same models."""
NAMES = AppNames(
    {"Talent": "talents", "User": "users", "SocialAccountConnection": "50% social accounts"}, SNAKES
)


@pytest.fixture
def app(empty_database: str) -> str:
    app_schema.make(empty_database)
    return empty_database


@pytest.fixture
def migrated(databases: Databases) -> Iterator[str]:
    def fill(url: str) -> None:
        app_schema.make(url)
        migrations.upgrade(url)

    name = databases.create(template=databases.template("migrated app", fill))
    yield databases.url(name)
    databases.drop(name)


def run(url: str, statements: str) -> None:
    with connect(url) as connection:
        connection.execute(statements.encode())


def picture_columns(url: str, schema: str = "public") -> set[str]:
    """Those of the three that the app's table has."""
    return {row[1] for row in dump(url, schema=schema)["columns"] if row[0] == "Talent"} & set(COLUMNS)


def refused(url: str, names: AppNames | None = None, *, new_roster: bool = False) -> str:
    """What `migrate` says, having changed nothing; `--sql` and `--status` agree with it."""
    before, given = dump(url), names or AppNames()
    with pytest.raises(ConfigError) as caught:
        migrations.upgrade(url, "head", given, new_roster=new_roster, platforms=PLATFORMS)
    with pytest.raises(ConfigError) as printing:
        migrations.upgrade_sql(url, "head", given, new_roster=new_roster, platforms=PLATFORMS)
    assert printing.value.message == caught.value.message
    if not new_roster:
        problems = migrations.status(url, given, platforms=PLATFORMS).problems
        assert problems
        assert all(problem in caught.value.message for problem in problems)
    assert dump(url) == before
    assert caught.value.hint
    return caught.value.message


# -- the app's tables are somewhere else ------------------------------------------


def test_no_roster_is_made_unasked(empty_database: str) -> None:
    assert "migrate --new-roster" in refused(empty_database)
    script = migrations.upgrade_sql(empty_database, new_roster=True)
    assert 'CREATE TABLE "Talent"' in script


@pytest.mark.parametrize(
    ("statement", "query", "told"),
    [
        ('ALTER TABLE "Talent" RENAME TO "talents"', "", 'calls it "talents", set app.talent_table'),
        ('ALTER TABLE "User" RENAME TO app_users; ALTER TABLE app_users RENAME TO "USERS"', "", '"USERS"'),
        ("CREATE SCHEMA other", "?schema=other", "There is one in public: put ?schema=public"),
        ('ALTER TABLE "Talent" RENAME TO "Model"', "", "Is this the database of the app?"),
    ],
)
def test_a_table_that_is_not_found_is_named_with_what_it_may_be(
    app: str, statement: str, query: str, told: str
) -> None:
    run(app, statement)
    assert told in refused(app + query)


def test_a_new_roster_is_made_only_where_there_is_no_table(app: str, empty_database: str) -> None:
    run(app, 'ALTER TABLE "Talent" RENAME TO "talents"')
    assert "public.Booking" in refused(app, new_roster=True)


def test_a_new_roster_has_our_names(empty_database: str) -> None:
    assert "names" in refused(empty_database, NAMES, new_roster=True)


# -- the app's names ---------------------------------------------------------------


def test_an_app_with_other_names_is_served_like_any(app: str) -> None:
    run(app, MAPPED)
    before = dump(app)
    migrations.upgrade(app, names=NAMES)
    assert migrations.status(app, NAMES).pending == ()
    with PostgresRepository.open(app, names=NAMES) as repository:
        assert repository.due(NOW, before=None, limit=None) == ["ada", "bob"]
        assert repository.claim(NOW, before=None, limit=1, lease=HOUR) == ["ada"]
        ada = repository.load("ada")
        assert ada.talent.accounts[0].token is not None
        looks = (("i1", None),)
        change = Change("ada", shown(), (found("ada", "instagram"),), account_errors=looks, read=ada)
        assert repository.save([change], NOW) == []
        assert repository.load("ada").selection.url == shown().url
        repository.connect("bob", NewAccount("bluesky", "bob.example"), NOW)
        repository.disconnect("bob", "bluesky", NOW)
        repository.add([NewTalent("dan", "Dan", "dan@example.org", "https://d.example")], NOW)
        assert [row.talent_id for row in repository.roster()] == ["ada", "bob", "cid", "dan"]
    with connect(app) as connection:
        row = connection.execute("SELECT profile_image_url FROM talents WHERE id = 'ada'").fetchone()
        assert row == (shown().url,)
    migrations.downgrade(app, "base", NAMES)
    assert dump(app)["columns"] == before["columns"]


def test_a_name_of_a_column_that_is_forgotten_is_pointed_out(app: str) -> None:
    run(app, 'ALTER TABLE "User" RENAME "avatarUrl" TO avatar_url')
    assert 'If "avatar_url" is that, put avatarUrl=avatar_url into app.columns.' in refused(app)


def test_the_names_come_from_the_settings() -> None:
    variables = {
        "TALENTIMG_APP_TALENT_TABLE": "talents",
        "TALENTIMG_APP_COLUMNS": "userId=user_id, avatarUrl = avatar_url",
    }
    names = names_in(load_settings(environment=variables))
    assert names == AppNames({"Talent": "talents"}, {"userId": "user_id", "avatarUrl": "avatar_url"})
    assert names_in(load_settings(environment={})) == AppNames()
    for wrong in ("name=full_name", "userId", "userId="):
        with pytest.raises(ConfigError, match=r"app\.columns"):
            names_in(load_settings(environment={"TALENTIMG_APP_COLUMNS": wrong}))


# -- tables that will not do ---------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            """ALTER TABLE "SocialAccountConnection" DROP CONSTRAINT "SocialAccountConnection_creatorId_fkey",
            ALTER "creatorId" TYPE uuid USING gen_random_uuid()""",
            'column "creatorId" of the table "SocialAccountConnection" is of the type uuid, and has to',
        ),
        (
            """ALTER TABLE "Booking" DROP CONSTRAINT "Booking_talentId_fkey";
            ALTER TABLE "SocialAccountConnection" DROP CONSTRAINT "SocialAccountConnection_creatorId_fkey";
            ALTER TABLE "Talent" ALTER id TYPE integer USING ascii(id)""",
            'column "id" of the table "Talent" is of the type integer',
        ),
        (
            """CREATE TYPE "Status" AS ENUM ('PENDING', 'READY'); ALTER TABLE "SocialAccountConnection"
            ALTER "syncStatus" DROP DEFAULT, ALTER "syncStatus" TYPE "Status" USING 'READY'""",
            "does not take ERROR",
        ),
        (
            """CREATE TYPE "Status" AS ENUM ('READY'); CREATE DOMAIN state AS "Status";
            ALTER TABLE "SocialAccountConnection"
            ALTER "syncStatus" DROP DEFAULT, ALTER "syncStatus" TYPE state USING 'READY'""",
            "does not take ERROR",
        ),
        (
            """CREATE TYPE "Source" AS ENUM ('initials', 'manual', 'user', 'instagram', 'github');
            ALTER TABLE "Talent" ADD "profileImageSource" "Source" DEFAULT 'initials'""",
            'column "profileImageSource" of the table "Talent" does not take tiktok: its type "Source" has',
        ),
        (
            """TRUNCATE "SocialAccountConnection" CASCADE;
            CREATE TYPE "Platform" AS ENUM ('INSTAGRAM', 'tiktok');
            CREATE TYPE "Source" AS ENUM ('initials', 'manual', 'user', 'instagram');
            ALTER TABLE "Talent" ADD "profileImageSource" "Source" DEFAULT 'initials';
            ALTER TABLE "SocialAccountConnection" ALTER platform TYPE "Platform" USING 'INSTAGRAM'""",
            'column "profileImageSource" of the table "Talent" does not take tiktok: its type "Source" has',
        ),
        (
            """TRUNCATE "SocialAccountConnection" CASCADE; CREATE TYPE "Platform" AS ENUM ('ig', 'tt');
            ALTER TABLE "SocialAccountConnection" ALTER platform TYPE "Platform" USING 'ig'""",
            'column "platform" of the table "SocialAccountConnection" does not take instagram, tik',
        ),
        (
            """ALTER TABLE "SocialAccountConnection" ALTER "syncError" SET DEFAULT '';
            UPDATE "SocialAccountConnection" SET "syncError" = '';
            ALTER TABLE "SocialAccountConnection" ALTER "syncError" SET NOT NULL""",
            'column "syncError" of the table "SocialAccountConnection" must not be empty',
        ),
        (
            """CREATE DOMAIN filled AS text NOT NULL DEFAULT '';
            ALTER TABLE "Talent" ADD "profileImageUrl" filled DEFAULT ''""",
            'column "profileImageUrl" of the table "Talent" must not be empty',
        ),
        (
            """ALTER TABLE "Talent" ADD "profileImageUrl" text GENERATED ALWAYS AS (id) STORED""",
            "is computed",
        ),
        ("""ALTER TABLE "Talent" ADD "lastProfileImageSyncAt" integer""", "has to be a time"),
        ("""ALTER TABLE "User" DROP email""", 'has no column "email"'),
        (
            """ALTER TABLE "User" RENAME TO users; CREATE VIEW "User" AS SELECT * FROM users""",
            '"User" is a view, and not a table.',
        ),
        (
            """ALTER TABLE "Talent" RENAME TO people; CREATE VIEW "Talent" AS SELECT * FROM people""",
            '"Talent" is a view, and not a table.',
        ),
    ],
)
def test_what_could_never_be_written_is_found_before_anything_is_changed(
    app: str, statement: str, told: str
) -> None:
    run(app, statement)
    assert told in refused(app)


def test_an_enum_may_leave_out_platforms_that_the_app_has_not_got(app: str) -> None:
    run(
        app,
        """TRUNCATE "SocialAccountConnection" CASCADE;
        CREATE TYPE "Platform" AS ENUM ('instagram', 'myspace');
        CREATE TYPE "Source" AS ENUM ('initials', 'manual', 'user', 'instagram');
        ALTER TABLE "Talent" ADD "profileImageSource" "Source" DEFAULT 'initials';
        ALTER TABLE "SocialAccountConnection" ALTER platform TYPE "Platform" USING 'instagram'""",
    )
    migrations.upgrade(app, platforms=PLATFORMS)
    assert migrations.status(app, platforms=PLATFORMS).problems == ()


def test_what_will_not_do_is_all_told_at_once(app: str) -> None:
    run(app, 'ALTER TABLE "User" DROP email, DROP "avatarUrl"')
    told = refused(app)
    assert 'no column "email".' in told
    assert 'no column "avatarUrl".' in told


# -- what the app takes away ----------------------------------------------------------


@pytest.mark.parametrize("kept", ["", "added by the app"])
def test_what_a_push_of_the_app_dropped_comes_back(empty_database: str, kept: str) -> None:
    app_schema.make(empty_database, app_schema.KINDS["with columns" if kept else "plain"])
    migrations.upgrade(empty_database)
    before = dump(empty_database)
    with PostgresRepository.open(empty_database) as repository:
        repository.save([Change("bob", shown("user"), (found("bob", "user"),))], NOW)
        run(empty_database, "".join(f'ALTER TABLE "Talent" DROP "{name}";' for name in COLUMNS))
        with pytest.raises(StoreUnreadable, match="missing") as caught:
            repository.load("bob")
        assert "talentimg migrate" in (caught.value.hint or "")
    pending = migrations.status(empty_database).pending
    assert 'again: the column "profileImageUrl" of the table "Talent"' in pending
    assert len(pending) == 6
    script = migrations.upgrade_sql(empty_database)
    assert script.count("ADD COLUMN") == 3
    assert script.count("CREATE INDEX CONCURRENTLY") == 3
    migrations.upgrade(empty_database)
    assert migrations.status(empty_database).pending == ()
    assert sorted(dump(empty_database)["columns"]) == sorted(before["columns"])
    assert dump(empty_database)["indexes"] == before["indexes"]
    with PostgresRepository.open(empty_database) as repository:
        assert repository.load("bob").candidates, "what was learnt is still known"
    migrations.downgrade(empty_database, "base")
    assert not picture_columns(empty_database)


LOOKS = '"Talent" ("lastProfileImageSyncAt"'


def test_an_index_of_the_apps_will_do_whatever_it_is_called(app: str) -> None:
    run(
        app,
        f"""ALTER TABLE "Talent" ADD "lastProfileImageSyncAt" timestamp(3);
        CREATE INDEX looks ON {LOOKS}); CREATE UNIQUE INDEX looks_of ON {LOOKS}, id) INCLUDE (name)""",
    )
    before = dump(app)
    assert migrations.upgrade_sql(app).count("CREATE INDEX CONCURRENTLY") == 1
    migrations.upgrade(app)
    assert migrations.status(app).pending == ()
    migrations.downgrade(app, "base")
    assert dump(app) == before


@pytest.mark.parametrize(
    "index",
    [
        f"{LOOKS}, id) WHERE id <> 'bob'",
        f"{LOOKS}, name)",
        f"{LOOKS}, id, name)",
        f"{LOOKS}, lower(id))",
        f"{LOOKS} DESC, id)",
        '"Talent" (id, "lastProfileImageSyncAt")',
    ],
)
def test_an_index_of_something_else_will_not_do_whatever_it_is_called(app: str, index: str) -> None:
    run(
        app,
        f"""ALTER TABLE "Talent" ADD "lastProfileImageSyncAt" timestamp(3);
        CREATE INDEX "Talent_lastProfileImageSyncAt_id_idx" ON {index}""",
    )
    before = dump(app)
    migrations.upgrade(app)
    assert migrations.status(app).pending == ()
    assert len(dump(app)["indexes"]) == len(before["indexes"]) + 3
    migrations.downgrade(app, "0007")
    assert len(dump(app)["indexes"]) == len(before["indexes"]) + 2
    migrations.downgrade(app, "base")
    assert dump(app) == before


def test_a_dry_run_reads_a_store_that_lacks_an_index_and_none_that_lacks_a_column(migrated: str) -> None:
    run(migrated, 'DROP INDEX "Talent_profileImageSource_idx"')
    assert migrations.status(migrated).pending
    with open_dry(migrated) as repository:
        assert repository.count() == 3
    run(migrated, 'ALTER TABLE "Talent" DROP "profileImageUrl"')
    with pytest.raises(SchemaOutdated, match="lacks a column"):
        open_dry(migrated)


def test_an_index_that_was_not_finished_is_built_anew(migrated: str) -> None:
    run(
        migrated,
        """UPDATE pg_index SET indisvalid = false
        WHERE indexrelid = '"Talent_profileImageSource_idx"'::regclass""",
    )
    assert migrations.status(migrated).pending == ("again: the index Talent_profileImageSource_idx",)
    before = dump(migrated)
    run(
        migrated,
        """CREATE INDEX "Talent_profileImageSource_idx_ccnew" ON "Talent" ("profileImageSource");
        UPDATE pg_index SET indisvalid = false
        WHERE indexrelid = '"Talent_profileImageSource_idx_ccnew"'::regclass""",
    )
    assert migrations.upgrade_sql(migrated).count("DROP INDEX CONCURRENTLY") == 2
    migrations.upgrade(migrated)
    assert migrations.status(migrated).pending == ()
    assert dump(migrated)["indexes"] == before["indexes"]


def test_the_app_writes_while_its_indexes_are_built(app: str) -> None:
    with connect(app) as other:
        other.execute("SET idle_in_transaction_session_timeout = '20s'")
        script = migrations.upgrade_sql(app)
    before, _, after = script.partition("COMMIT;")
    assert "INDEX" not in before.replace("candidates", "").split('"Talent"')[-1].split("talentimg.")[0]
    assert after.count("CREATE INDEX CONCURRENTLY IF NOT EXISTS") == 3


def test_no_limit_of_the_role_cuts_short_what_a_migration_builds(app: str) -> None:
    run(
        app,
        f"""ALTER DATABASE "{app.rpartition("/")[2]}" SET statement_timeout = '20s';
        CREATE FUNCTION limited() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_setting('statement_timeout') <> '0' THEN RAISE 'limited'; END IF;
        END $$;
        CREATE EVENT TRIGGER limited ON ddl_command_start WHEN TAG IN ('CREATE INDEX', 'ALTER TABLE')
        EXECUTE FUNCTION limited()""",
    )
    script = migrations.upgrade_sql(app)
    assert script.index("statement_timeout") < script.index("pg_advisory")
    assert script.rpartition("COMMIT;")[2].count("SET statement_timeout = 0;") == 1
    migrations.upgrade(app)
    assert migrations.status(app).pending == ()


PARTITIONED = """
DROP TABLE "Booking";
ALTER TABLE "SocialAccountConnection" DROP CONSTRAINT "SocialAccountConnection_creatorId_fkey";
ALTER TABLE "Talent" RENAME TO whole; CREATE TABLE "Talent" (LIKE whole INCLUDING DEFAULTS, PRIMARY KEY (id))
PARTITION BY HASH (id);
CREATE TABLE half PARTITION OF "Talent" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE other_half PARTITION OF "Talent" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO "Talent" SELECT * FROM whole; DROP TABLE whole;
"""


def test_a_table_with_partitions_is_served_like_any(app: str) -> None:
    run(app, PARTITIONED)
    before = dump(app)
    script = migrations.upgrade_sql(app)
    assert "CONCURRENTLY" not in script
    assert script.count('ON "Talent"') == 3
    migrations.upgrade(app)
    assert migrations.status(app).pending == ()
    with PostgresRepository.open(app) as repository:
        people = repository.claim(NOW, before=NOW, limit=9, lease=HOUR)
        assert people
        assert repository.save([Change(people[0], shown("user"), (found(people[0], "user"),))], NOW) == []
        assert repository.load(people[0]).selection == shown("user")
    migrations.downgrade(app, "base")
    assert dump(app)["indexes"] == before["indexes"]
    assert dump(app)["columns"] == before["columns"]


# -- two apps --------------------------------------------------------------------------


def test_a_second_app_in_the_same_database_is_refused_and_shares_nothing(migrated: str) -> None:
    app_schema.make(migrated, schema="second")
    second = f"{migrated}?schema=second"
    for ask in (migrations.upgrade, migrations.upgrade_sql, PostgresRepository.open):
        with pytest.raises(ConfigError, match="belongs to the app in the schema public"):
            ask(second)
    assert "second" in migrations.status(second).problems[0]
    assert not picture_columns(second, "second")


def test_columns_that_the_app_has_taken_over_are_kept_on_request(migrated: str) -> None:
    before = dump(migrated)
    sql = migrations.downgrade_sql(migrated, "0007", keep_columns=True)
    assert "DROP INDEX" not in sql.replace("DROP INDEX talentimg.", "")  # ours go
    migrations.downgrade(migrated, "0007", keep_columns=True)
    assert dump(migrated)["indexes"] == before["indexes"]
    script = migrations.downgrade_sql(migrated, "base", keep_columns=True)
    assert 'ALTER TABLE "Talent"' not in script
    migrations.downgrade(migrated, "base", keep_columns=True)
    assert dump(migrated)["columns"] == before["columns"]
    assert dump(migrated)["indexes"] == before["indexes"]
    assert migrations.status(migrated).current is None
