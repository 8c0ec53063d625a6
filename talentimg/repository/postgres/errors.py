"""Turns errors of Postgres and its driver into ours.

Their own text is never passed on: it may contain a password, or a row with tokens in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from psycopg import DataError, OperationalError, errors

from talentimg.errors import (
    ConfigError,
    RowRefused,
    StoreLocked,
    StoreUnavailable,
    StoreUnreadable,
    TalentimgError,
    UsageError,
)
from talentimg.repository.naming import OWN
from talentimg.repository.postgres.sqlstates import PASSES, Meaning, meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import psycopg


LOST_CLASSES = ("08", "57P01", "57P02", "57P03", "57P05")
"""The beginnings of the codes that mean that the connection is gone."""
RETRYABLE = frozenset({"40001", "40P01"})
"""Codes of a transaction that conflicted with another and was rolled back: it may be run again at once."""

_UNAVAILABLE_HINT = "Try again later."

# All that the driver has about a failed connection is text, and a server may use any language. So an unknown
# text counts as a refusal if it came from a server, and otherwise as no answer.
_SERVER_SPEAKS = re.compile(r"failed: [^\s:]+:  |failed: fe_sendauth:")
_AWAY_FOR_NOW = re.compile(
    r"starting up|shutting down|in recovery|not accepting|too many|remaining connection slots|server login"
    r"|cannot connect to server|connect failed|query_wait_timeout|paused|terminat",
    re.IGNORECASE,
)
# Pattern, message and hint of what does not pass by itself.
_NO_DATABASE = r'database ".*" does not exist|no such database'
_NO_HOST = "name or service not known|nodename nor servname|no address associated|no such host"
_WRONG_LOGIN = (
    r'authentication failed|no password supplied|role ".*" does not exist|no such user|user not found'
)
_NO_CONNECT = r'permission denied for database ".*"'
_PARAMETER = "unsupported startup parameter"
_ENCRYPTION = (
    r"does not support SSL|certificate verify failed|root certificate|does not match host name"
    r"|SSL error: .*(certificate|version|protocol|handshake failure|unknown ca|cipher)"  # not that it ended
    r"|sslrootcert|channel binding|could not (load|read|open) .*(certificate|key)|private key file"
)
# Pattern, message and hint of what does not pass by itself.
_NOT_CONNECTED: Final = (
    (
        re.compile(_NO_DATABASE, re.IGNORECASE),
        "There is no such database: {place}.",
        "Check DATABASE_URL, or create the database.",
    ),
    (
        re.compile(_NO_HOST, re.IGNORECASE),
        "There is no such host: {place}.",
        "Check the host in DATABASE_URL.",
    ),
    (
        re.compile(_WRONG_LOGIN, re.IGNORECASE),
        "The user or the password is wrong for {place}.",
        "Check both in DATABASE_URL.",
    ),
    (
        re.compile(_NO_CONNECT, re.IGNORECASE),
        "The role may not connect to {place}.",
        "Whoever owns it says, with the names in DATABASE_URL: GRANT CONNECT ON DATABASE name TO role;",
    ),
    (
        re.compile(_PARAMETER, re.IGNORECASE),
        "The pooler before {place} does not take a parameter of the database URL.",
        "Take `options` and the like out of DATABASE_URL, or have PgBouncer ignore them.",
    ),
    (
        re.compile(_ENCRYPTION, re.IGNORECASE),
        "No encrypted connection is possible to {place}.",
        "Check sslmode, sslrootcert and channel_binding in DATABASE_URL, and the certificate.",
    ),
)
# What `Database.check_stored` has the database say, in whatever words around it.
MISSING_ROWS: Final = "<rows missing in %s>"
_MISSING_ROWS = re.compile(MISSING_ROWS.replace("%s", "(.*)"))
_NOT_IN_THIS_POOL = re.compile("not allowed in statement pooling", re.IGNORECASE)


def not_connected(error: psycopg.Error, place: str) -> TalentimgError:
    """The error for a connection that could not be opened."""
    text = str(error)
    for pattern, message, hint in _NOT_CONNECTED:
        if pattern.search(text):
            return ConfigError(message.format(place=place), hint=hint)
    if _SERVER_SPEAKS.search(text) and not _AWAY_FOR_NOW.search(text):
        return _no_entry(place)
    return unavailable(place)


def unavailable(place: str) -> StoreUnavailable:
    """The error for a database that does not answer."""
    return StoreUnavailable(f"There is no answer from {place}.", hint=_UNAVAILABLE_HINT)


def unknown_whether_kept(place: str) -> StoreUnavailable:
    """The error for a change that was never acknowledged."""
    return StoreUnavailable(
        f"The connection to {place} was lost, and it is not known whether the change was kept.",
        hint="Check that before you repeat the command.",
    )


def forbidden(place: str) -> ConfigError:
    """The error for a role that lacks a right."""
    return ConfigError(
        f"The database role may not read or write what talentimg needs in {place}.",
        hint="Give the output of `talentimg migrate --sql` to somebody who may grant these rights.",
    )


def of_another_app(place: str, home: str | None, schema: str) -> ConfigError:
    """The error for a database in which our tables belong to another app."""
    return ConfigError(
        f"The schema talentimg in {place} belongs to the app in the schema {home}, and the URL leads to that "
        f"in {schema}: two apps cannot share it.",
        hint="Correct ?schema= in DATABASE_URL, or give the second app a database of its own.",
    )


def lacks_tables(place: str) -> StoreUnreadable:
    """The error for a database that lacks a table or column of the roster."""
    return StoreUnreadable(
        f"A table or column of the roster is missing in {place}.",
        hint="Run `talentimg migrate`: it says what is missing, and makes again what it had added.",
    )


def translate(error: psycopg.Error, place: str) -> TalentimgError:
    """Our error for an error of a statement."""
    code = error.sqlstate or ""
    if is_lasting(error):
        return statement_pool(place)
    if not code:
        return _of_the_driver(error, place)
    if _is_of_a_row(error):
        return _refused_row(error, place)
    found = meaning(code)
    if found not in (Meaning.BUG, Meaning.ROW):
        return _BY_MEANING[found](place)
    # Its text could contain a row.
    return TalentimgError(
        f"The database rejected a statement of talentimg (SQLSTATE {code}).", hint="Please report this line."
    )


def _of_the_driver(error: psycopg.Error, place: str) -> TalentimgError:
    """For what the driver itself says, which has no code."""
    if isinstance(error, DataError):
        return StoreUnreadable("The roster contains a value that cannot be read.")
    if isinstance(error, OperationalError):
        return unavailable(place)
    return TalentimgError(
        f"The driver of the database rejected a statement of talentimg ({type(error).__name__}).",
        hint="Please report this line.",
    )


def _is_of_a_row(error: psycopg.Error) -> bool:
    """Whether the app's tables refuse a row, and not ours.

    Whatever fails in a function of the app's is of that kind.
    """
    code = error.sqlstate or ""
    if meaning(code) in PASSES or error.diag.schema_name == OWN:
        return False
    in_a_function = error.diag.context is not None  # in whatever language the server speaks
    by_policy = error.diag.source_function == "ExecWithCheckOptions"
    return meaning(code) is Meaning.ROW or in_a_function or by_policy


def took_no_row(table: str) -> RowRefused:
    """The error for rows that were not stored although the database did not refuse them."""
    return RowRefused(
        f'The table "{table}" took no row, and no error was told: '
        "a policy of row-level security or a trigger is against it.",
        hint="Let the role of talentimg write to it, or have the trigger leave its columns alone.",
    )


def _refused_row(error: psycopg.Error, place: str) -> RowRefused:
    diag = error.diag
    if unnoticed := _MISSING_ROWS.search(diag.message_primary or ""):
        return took_no_row(unnoticed[1])
    if isinstance(error, errors.NotNullViolation) and diag.column_name:
        return _missing_value(diag.table_name, diag.column_name)
    if isinstance(error, errors.UniqueViolation) and diag.constraint_name:
        return RowTaken(
            f"The constraint {diag.constraint_name} in {place} forbids this change.",
            hint="Look for a row that already has the same value.",
        )
    table = f' of the table "{diag.table_name}"' if diag.table_name else ""
    if diag.constraint_name:
        why = f"the constraint {diag.constraint_name}{table} forbids it"
    elif diag.source_function == "ExecWithCheckOptions":
        why = "a row-level security policy forbids it"
    elif meaning(error.sqlstate or "") is Meaning.ROW and not diag.context:
        why = f"a column{table} does not accept what talentimg writes to it"
    else:
        why = f"a trigger or function of the app{table} fails"
    return RowRefused(
        f"The database refuses a row: {why} (SQLSTATE {error.sqlstate}).",
        hint="Compare it with the documentation of talentimg, or ask whoever knows the tables of the app.",
    )


class RowTaken(RowRefused, UsageError):
    """There is a row with the same value already: the caller has to choose another."""

    exit_code = UsageError.exit_code


def _missing_value(table: str | None, column: str) -> RowRefused:
    hint = "Add the talent in the agency's app, or give the column a default."
    if column == "email":
        hint = "Give the address with --email."
    return RowRefused(
        f'The column "{column}" of the table "{table}" needs a value that talentimg does not know.', hint=hint
    )


def has_no_connection_left(error: psycopg.Error) -> bool:
    """Whether a connection could not be opened because there are too many."""
    return re.search("too many|remaining connection slots", str(error), re.IGNORECASE) is not None


def is_lasting(error: psycopg.Error) -> bool:
    """Whether a connection is lost for a reason that does not pass."""
    return _NOT_IN_THIS_POOL.search(str(error)) is not None


def statement_pool(place: str) -> ConfigError:
    """The error for a pooler that knows no transactions."""
    return ConfigError(
        f"The pooler before {place} is in statement mode, and talentimg needs transactions.",
        hint="Set pool_mode = transaction for this database, or leave out the pooler.",
    )


def _locked(place: str) -> StoreLocked:
    return StoreLocked(
        f"Somebody else has locked rows in {place} for too long.", hint="Try again when they are free."
    )


def _cancelled(place: str) -> StoreLocked:
    return StoreLocked(
        f"A statement was ended in {place}: it took longer than statement_timeout allows, or somebody "
        "cancelled it.",
        hint="Try again when less is going on, or set a longer statement_timeout for the role of talentimg.",
    )


def _no_space(place: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"There is no space left in {place}.", hint="Free some space, then run this again."
    )


def _no_writes(place: str) -> ConfigError:
    return ConfigError(
        f"Nothing can be written to {place}: it is a standby, or marked as read-only.",
        hint="Name the primary in DATABASE_URL, or look at default_transaction_read_only.",
    )


def _no_entry(place: str) -> ConfigError:
    return ConfigError(
        f"The server refuses the connection to {place}.",
        hint="Check sslmode in DATABASE_URL, and whether the server lets this machine in (pg_hba.conf).",
    )


def _no_database(place: str) -> ConfigError:
    return ConfigError(
        f"There is no such database: {place}.", hint="Check DATABASE_URL, or create the database."
    )


def _wrong_setup(place: str) -> ConfigError:
    return ConfigError(
        f"The server, or a pooler before it, is set up so that talentimg cannot work with {place}.",
        hint="Look into its log. PgBouncer has to be in session or transaction mode.",
    )


def _broken(place: str) -> StoreUnreadable:
    return StoreUnreadable(
        f"The server reports a fault of its own in {place}.", hint="Look into its log: it may be damaged."
    )


_BY_MEANING: Final[Mapping[Meaning, Callable[[str], TalentimgError]]] = {
    Meaning.AWAY: unavailable,
    Meaning.BUSY: _locked,
    Meaning.CANCELLED: _cancelled,
    Meaning.FULL: _no_space,
    Meaning.READ_ONLY: _no_writes,
    Meaning.NO_ENTRY: _no_entry,
    Meaning.NO_DATABASE: _no_database,
    Meaning.NO_RIGHT: forbidden,
    Meaning.NO_TABLE: lacks_tables,
    Meaning.SETUP: _wrong_setup,
    Meaning.BROKEN: _broken,
}
