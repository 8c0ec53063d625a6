"""Rows of the app's as they may be: one that is odd or refused is one talent's, and keeps nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import errors as driver_errors

from talentimg.errors import ChangesRefused, ConfigError, RowRefused, TalentimgError, TryLater
from talentimg.models import Selection, Token
from talentimg.repository import migrations
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.postgres import errors
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.postgres.sqlstates import MEANINGS, PASSES, Meaning, meaning
from talentimg.repository.postgres.times import FIRST, LAST
from tests.postgres import connect
from tests.repository import app_schema
from tests.repository.builders import HOUR, NOW, found, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import Databases

PEOPLE = ("ada", "bob", "cid")


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    def fill(url: str) -> None:
        app_schema.make(url)
        migrations.upgrade(url)

    name = databases.create(template=databases.template("migrated app", fill))
    yield databases.url(name)
    databases.drop(name)


def app(url: str, statements: str) -> None:
    with connect(url) as connection:
        connection.execute(statements.encode())


def looks(repository: PostgresRepository, *talents: str) -> list[Change]:
    """What a look at each of them found."""
    records = repository.load_many(talents)
    return [
        Change(
            r.talent.id,
            shown(),
            (found(r.talent.id, "user"),),
            account_errors=tuple((a.id, "It was refused.") for a in r.talent.accounts),
            read=r,
        )
        for r in records
    ]


# -- times ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timestamp(3)", "timestamptz"])
@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("infinity", LAST),
        ("-infinity", FIRST),
        ("20000-01-01", LAST),
        ("294276-12-31", LAST),
        ("0044-03-15 BC", FIRST),
        ("9999-12-31 23:59:59.999", None),
        ("0001-01-01 00:00:00", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kolkata"])
def test_a_time_that_python_cannot_hold_keeps_nobody_from_being_read(
    url: str, kind: str, value: str, read: datetime | None, zone: str
) -> None:
    app(
        url,
        f"""
        ALTER DATABASE "{url.rpartition("/")[2]}" SET timezone = '{zone}'; SET timezone = 'UTC';
        ALTER TABLE "Talent" ALTER "lastProfileImageSyncAt" TYPE {kind};
        ALTER TABLE "SocialAccountConnection" ALTER "expiresAt" TYPE {kind};
        UPDATE "Talent" SET "lastProfileImageSyncAt" = '{value}' WHERE id = 'ada';
        UPDATE "SocialAccountConnection" SET "expiresAt" = '{value}' WHERE id = 'i1';
        """,
    )
    with PostgresRepository.open(url) as repository:
        ada, bob = repository.load_many(["ada", "bob"])
        at = ada.selection.synced_at
        assert at is not None
        assert (at == read) if read else (at.astimezone(UTC).year in {1, 9999, 1000, 9000})
        token = ada.talent.accounts[0].token
        assert token == Token("S3CRET-access", "S3CRET-refresh", at)
        assert bob.selection.synced_at is None
        assert len(repository.roster()) == 3
        before = NOW - timedelta(days=1)
        assert "bob" in repository.claim(NOW, before=before, limit=9, lease=HOUR)
        assert repository.next_due(NOW, min_age=timedelta(days=1)) is None
        assert repository.save([Change("ada", shown(), read=ada)], NOW) == [], "it is put right"
        assert repository.load("ada").selection.synced_at == shown().synced_at


@pytest.mark.parametrize("style", ["SQL, DMY", "German", "Postgres, MDY"])
def test_times_are_read_whatever_form_the_database_writes_them_in(url: str, style: str) -> None:
    app(url, f"""ALTER DATABASE "{url.rpartition("/")[2]}" SET datestyle = '{style}'""")
    with PostgresRepository.open(url) as repository:
        (token,) = [a.token for a in repository.load("ada").talent.accounts if a.token]
        assert token.expires_at == datetime(2026, 12, 1, 10, 0, 0, 500000, tzinfo=UTC)
        repository.save(looks(repository, "ada"), NOW)
        assert repository.load("ada").selection.synced_at == shown().synced_at
        assert repository.lock_run()


# -- rows that are refused -----------------------------------------------------------

RAISES = """
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.id = 'bob' THEN {then} END IF; RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON "Talent" FOR EACH ROW EXECUTE FUNCTION guard();
"""
REFUSALS = {
    "a trigger raises": (RAISES.format(then="RAISE 'S3CRET';"), "a trigger or function of the app"),
    "a trigger fails": (RAISES.format(then="PERFORM 1 / 0;"), "a trigger or function of the app"),
    "a trigger misses a table": (
        RAISES.format(then="PERFORM * FROM nowhere;"),
        "a trigger or function of the app",
    ),
    "a trigger returns NULL": (RAISES.format(then="RETURN NULL;"), "no error was told"),
    "a trigger returns the old row": (RAISES.format(then="RETURN OLD;"), "no error was told"),
    "a trigger keeps the old picture": (
        RAISES.format(then="""NEW."profileImageUrl" := OLD."profileImageUrl";"""),
        "no error was told",
    ),
    "a trigger keeps the old source": (
        RAISES.format(then="""NEW."profileImageSource" := 'manual';"""),
        "no error was told",
    ),
    "a trigger keeps an account": (
        """UPDATE "SocialAccountConnection" SET "creatorId" = 'bob' WHERE id = 'i1';
        CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
        CREATE TRIGGER keep BEFORE UPDATE OF "syncStatus" ON "SocialAccountConnection" FOR EACH ROW
        EXECUTE FUNCTION keep()""",
        'The table "SocialAccountConnection" took no row',
    ),
    "a check": (
        """ALTER TABLE "Talent" ADD CONSTRAINT only_ours CHECK (id <> 'bob' OR "profileImageUrl" IS NULL)""",
        'the constraint only_ours of the table "Talent"',
    ),
    "a unique address": (
        """UPDATE "Talent" SET "profileImageUrl" = 'https://x' WHERE id = 'cid';
        CREATE UNIQUE INDEX one_each ON "Talent" ("profileImageUrl", (id = 'ada'))""",
        "one_each",
    ),
    "a short column": (
        """ALTER TABLE "SocialAccountConnection" ALTER "syncError" TYPE varchar(10);
        UPDATE "SocialAccountConnection" SET "creatorId" = 'bob' WHERE id = 'i1'""",
        "\"SocialAccountConnection\" (its type is character varying(10)) does not take it in the row 'i1'",
    ),
    "an enum that lacks a value": (
        """CREATE TYPE state AS ENUM ('READY');
        ALTER TABLE "SocialAccountConnection" ALTER "syncStatus" DROP DEFAULT,
            ALTER "syncStatus" TYPE state USING 'READY';
        UPDATE "SocialAccountConnection" SET "creatorId" = 'bob' WHERE id = 'i1'""",
        'the column "syncStatus" of the table "SocialAccountConnection" (its type is state)',
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_row_that_the_database_refuses_is_one_talents(url: str, case: str) -> None:
    statement, told = REFUSALS[case]
    app(url, """UPDATE "SocialAccountConnection" SET connected = false""")
    app(url, statement)
    app(
        url,
        """UPDATE "SocialAccountConnection" SET connected = true WHERE id = 'i1' AND "creatorId" = 'bob'""",
    )
    with PostgresRepository.open(url) as repository:
        assert set(repository.claim(NOW, before=None, limit=9, lease=HOUR)) >= {"bob"}
        people = [p for p in PEOPLE if not (case == "a unique address" and p == "cid")]
        if case == "a unique address":
            taken = f"""UPDATE "Talent" SET "profileImageUrl" = '{shown().url}' WHERE id = 'cid'"""
            app(url, taken)
        changes = looks(repository, *people)
        with pytest.raises(ChangesRefused) as caught:
            repository.save(changes, NOW)
        assert set(caught.value.reasons) == {"bob"}
        assert told in caught.value.reasons["bob"]
        assert "'bob'" in caught.value.reasons["bob"]
        assert "S3CRET" not in str(caught.value)
        assert caught.value.exit_code == 78
        for talent in people:
            stored = repository.load(talent)
            assert (stored.selection.url == shown().url) == (talent != "bob")
        with connect(url) as connection:
            kept = connection.execute("SELECT talent_id FROM talentimg.candidates ORDER BY 1").fetchall()
        assert kept == [(talent,) for talent in people if talent != "bob"], "completely or not at all"


def test_a_column_of_the_apps_that_takes_no_null_is_none_of_our_business(url: str) -> None:
    """Rows of ours name none of it."""
    app(
        url,
        """CREATE DOMAIN filled AS text NOT NULL;
        ALTER TABLE "Talent" ADD tenant filled DEFAULT 'x';
        ALTER TABLE "SocialAccountConnection" ADD tenant filled DEFAULT 'x';
        ALTER TABLE "User" ADD tenant filled DEFAULT 'x'""",
    )
    with PostgresRepository.open(url) as repository:
        assert repository.save(looks(repository, *PEOPLE), NOW) == []
        repository.add([NewTalent("dan", "Dan", "d@example.org", accounts=(NewAccount("github", "d"),))], NOW)


@pytest.fixture
def guarded(databases: Databases, url: str) -> str:
    """A role for whom row-level security shows everybody and lets nobody but ada be written."""
    if not databases.is_ours:
        pytest.skip("makes a role that another server may have")
    app(
        url,
        """
        DO $$ BEGIN CREATE ROLE guarded LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, talentimg TO guarded;
        GRANT USAGE ON SCHEMA talentimg TO guarded;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA talentimg TO guarded;
        ALTER TABLE "Talent" ENABLE ROW LEVEL SECURITY;
        CREATE POLICY reading ON "Talent" FOR SELECT USING (true);
        CREATE POLICY writing ON "Talent" FOR UPDATE USING (id <> 'bob')
            WITH CHECK (id <> 'cid' OR "profileImageUrl" IS NULL);
        """,
    )
    return url.replace("postgres@", "guarded@")


def test_what_row_level_security_keeps_from_being_stored_is_never_told_as_stored(guarded: str) -> None:
    with PostgresRepository.open(guarded) as repository:
        with pytest.raises(ChangesRefused) as caught:
            repository.save(looks(repository, *PEOPLE), NOW)
        assert set(caught.value.reasons) == {"bob", "cid"}
        assert "no error was told" in caught.value.reasons["bob"]
        assert "a row-level security policy forbids it" in caught.value.reasons["cid"]
        assert repository.load("ada").selection == shown()
        with pytest.raises(RowRefused):
            repository.add([NewTalent("dan", "Dan", "d@example.org")], NOW)
        assert repository.count() == 3


def test_accounts_that_may_be_read_and_not_written_are_told(guarded: str, url: str) -> None:
    app(
        url,
        """ALTER TABLE "SocialAccountConnection" ENABLE ROW LEVEL SECURITY;
        CREATE POLICY reading ON "SocialAccountConnection" FOR SELECT USING (true)""",
    )
    with PostgresRepository.open(guarded) as repository:
        with pytest.raises(ChangesRefused, match='"SocialAccountConnection" took no row') as caught:
            repository.save(looks(repository, "ada"), NOW)
        assert set(caught.value.reasons) == {"ada"}
        assert repository.load("ada").candidates == {}


def test_an_account_that_is_disconnected_while_it_is_written_to_refuses_nothing(url: str) -> None:
    app(
        url,
        """CREATE FUNCTION off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE "SocialAccountConnection" SET connected = false WHERE "creatorId" = NEW."creatorId";
            RETURN NULL;
        END $$;
        CREATE TRIGGER off AFTER UPDATE OF "syncStatus" ON "SocialAccountConnection" FOR EACH ROW
        EXECUTE FUNCTION off()""",
    )
    with PostgresRepository.open(url) as repository:
        assert repository.save(looks(repository, "ada"), NOW) == []
        assert repository.load("ada").selection.synced_at == shown().synced_at


def test_an_insert_that_a_trigger_swallows_is_noticed(url: str) -> None:
    app(
        url,
        """CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER none BEFORE INSERT OR UPDATE ON "SocialAccountConnection" FOR EACH ROW
        EXECUTE FUNCTION swallow()""",
    )
    with PostgresRepository.open(url) as repository:
        with pytest.raises(RowRefused, match="no error was told"):
            repository.connect("cid", NewAccount("github", "cid"), NOW)
        with pytest.raises(RowRefused, match="no error was told"):
            repository.connect("ada", NewAccount("instagram", "another"), NOW)
        with pytest.raises(RowRefused, match="no error was told"):
            repository.disconnect("ada", "instagram", NOW)
        account = repository.load("ada").talent.accounts[0]
        with pytest.raises(RowRefused, match="no error was told"):
            repository.save_token(account, Token("new", None, None))


def test_a_change_that_a_trigger_swallows_names_its_table(url: str) -> None:
    app(
        url,
        """CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER none BEFORE UPDATE OF "accessToken" ON "SocialAccountConnection" FOR EACH ROW
        EXECUTE FUNCTION swallow();
        CREATE TRIGGER none BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION swallow()""",
    )
    with PostgresRepository.open(url) as repository:
        (account, *_) = repository.load("ada").talent.accounts
        new = NewAccount(account.platform, account.handle, token=Token("new"))
        with pytest.raises(RowRefused, match='"SocialAccountConnection" took no row'):
            repository.connect("ada", new, NOW)
        with pytest.raises(RowRefused, match='"User" took no row'):
            repository.update([NewTalent("ada", "Ada", "new@example.org")], NOW)


def test_an_account_whose_handle_the_app_left_empty_is_an_account(url: str) -> None:
    app(
        url,
        """ALTER TABLE "SocialAccountConnection" ALTER handle DROP NOT NULL;
        UPDATE "SocialAccountConnection" SET handle = NULL WHERE id = 'i1'""",
    )
    with PostgresRepository.open(url) as repository:
        (account,) = [a for a in repository.load("ada").talent.accounts if a.platform == "instagram"]
        assert (account.id, account.handle) == ("i1", "")
        assert repository.save(looks(repository, "ada"), NOW) == []
        assert repository.save([Change("ada", Selection(), external_ids=(("i1", "178"),))], NOW) == []
        assert repository.load("ada").talent.accounts[0].external_id == "178"
        assert repository.save_token(account, Token("new", None, None)) == Token("new", None, None)
        assert repository.disconnect("ada", "instagram", NOW)
        assert repository.connect("ada", NewAccount("instagram", "ada"), NOW).handle == "ada"


@pytest.mark.parametrize(
    ("given", "used"), [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply"), ("on", "on")]
)
def test_a_token_outlives_a_crash_wherever_results_may_not(url: str, given: str, used: str) -> None:
    """The platform may have revoked the token that it replaces."""
    app(
        url,
        f"""ALTER DATABASE "{url.rpartition("/")[2]}" SET synchronous_commit = {given};
        CREATE TABLE seen (setting text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO seen SELECT current_setting('synchronous_commit');
            RETURN NULL;
        END $$;
        CREATE TRIGGER note AFTER UPDATE ON "SocialAccountConnection" FOR EACH ROW EXECUTE FUNCTION note()""",
    )
    with PostgresRepository.open(url) as repository:
        repository.save_token(repository.load("ada").talent.accounts[0], Token("new", None, None))
        repository.save(looks(repository, "ada"), NOW)
    with connect(url) as connection:
        seen = [setting for (setting,) in connection.execute("SELECT setting FROM seen")]
    assert (seen[0], set(seen[1:])) == (used, {given})


def test_an_address_that_has_to_be_given_is_asked_for(url: str) -> None:
    with PostgresRepository.open(url) as repository, pytest.raises(ConfigError) as caught:
        repository.add([NewTalent("dan", "Dan")], NOW)
    assert "--email" in (caught.value.hint or "")


def test_a_database_that_is_marked_read_only_is_not_written_to(url: str) -> None:
    app(url, f"""ALTER DATABASE "{url.rpartition("/")[2]}" SET default_transaction_read_only = on""")
    with PostgresRepository.open(url) as repository:
        with pytest.raises(ConfigError, match="marked as read-only"):
            repository.save([Change("bob", Selection("initials"))], NOW)
        assert repository.load("bob").candidates == {}


def test_a_constraint_of_our_own_tables_is_no_word_of_the_apps(url: str) -> None:
    app(url, "ALTER TABLE talentimg.candidates ADD CONSTRAINT ours CHECK (talent_id <> 'bob')")
    with PostgresRepository.open(url) as repository:
        with pytest.raises(TalentimgError, match="SQLSTATE 23514") as caught:
            repository.save(looks(repository, "bob"), NOW)
        assert caught.value.exit_code == 1


# -- what an error means -----------------------------------------------------------------


CODES = sorted(
    {
        kind.sqlstate
        for kind in vars(driver_errors).values()
        if isinstance(kind, type) and issubclass(kind, psycopg.Error) and isinstance(kind.sqlstate, str)
    }
)
PASSING = {
    *("08000", "08001", "08003", "08006", "08007", "08P01"),
    *("25P03", "25P04", "40000", "40001", "40003", "40P01"),
    *("53000", "53100", "53200", "53300", "55006", "55P03"),
    *("57000", "57014", "57P01", "57P02", "57P03", "57P05", "72000"),
}
"""What passes without anybody doing anything, but for a disk that has to have space."""


def raised(code: str) -> psycopg.Error:
    kind: Callable[[str], psycopg.Error] = driver_errors.lookup(code)
    return kind("S3CRET")


@pytest.mark.parametrize("code", CODES)
def test_every_error_of_the_driver_is_told_as_what_it_is(code: str) -> None:
    assert code in MEANINGS or code[:2] in MEANINGS
    ours = errors.translate(raised(code), "the database agency")
    assert "S3CRET" not in f"{ours.message} {ours.hint}"
    assert (meaning(code) in PASSES) == (code in PASSING)
    assert isinstance(ours, TryLater) == (code in PASSING)
    assert (ours.exit_code == 1) == (meaning(code) is Meaning.BUG)
    assert ours.hint


def test_a_statement_that_takes_too_long_for_the_role_is_told_as_that(url: str) -> None:
    app(url, RAISES.format(then="RAISE query_canceled;"))
    with PostgresRepository.open(url) as repository:
        with pytest.raises(TryLater, match="statement_timeout"):
            repository.save(looks(repository, "bob"), NOW)
        assert repository.save(looks(repository, "ada"), NOW) == []


def test_every_class_of_the_drivers_errors_without_a_code_is_translated() -> None:
    kinds: list[type[psycopg.Error]] = [psycopg.Error, *psycopg.Error.__subclasses__()]
    for kind in kinds + psycopg.DatabaseError.__subclasses__():
        assert isinstance(errors.translate(kind("S3CRET"), "the database"), TalentimgError)
    assert errors.translate(psycopg.OperationalError("S3CRET"), "the database").exit_code == 75


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (
            'weak sslmode "prefer" may not be used with sslrootcert=system (use "verify-full")',
            78,
            "encrypted",
        ),
        ("channel binding required, but SSL not in use", 78, "encrypted"),
        ('connection to server at "h", port 1 failed: SSL error: certificate verify failed', 78, "encrypted"),
        ('connection to server at "h", port 1 failed: SSL error: unsupported protocol', 78, "encrypted"),
        ('connection to server at "h", port 1 failed: SSL error: wrong version number', 78, "encrypted"),
        (
            'connection to server at "h", port 1 failed: SSL error: unexpected eof while reading',
            75,
            "no answer",
        ),
        ('connection to server at "h", port 1 failed: SSL error: bad record mac', 75, "no answer"),
        ('connection to server at "h", port 1 failed: SSL SYSCALL error: EOF detected', 75, "no answer"),
        (
            'could not translate host name "db.exmaple.com" to address: Name or service not known',
            78,
            "no such host",
        ),
        (
            'could not translate host name "db" to address: Temporary failure in name resolution',
            75,
            "no answer",
        ),
        ("FATAL:  unsupported startup parameter: options", 78, "parameter"),
        ('connection to server at "h", port 1 failed: FATAL:  query_wait_timeout', 75, "no answer"),
        ('connection to server at "h", port 1 failed: Connection refused', 75, "no answer"),
    ],
)
def test_what_does_not_pass_by_itself_is_not_told_as_if_it_did(text: str, code: int, told: str) -> None:
    error = errors.not_connected(psycopg.OperationalError(text), "the database x")
    assert error.exit_code == code
    assert told in error.message


def test_a_pooler_in_statement_mode_is_named() -> None:
    error = driver_errors.ProtocolViolation("transaction blocks not allowed in statement pooling mode")
    assert errors.is_lasting(error)
    assert "statement mode" in errors.translate(error, "the database x").message
