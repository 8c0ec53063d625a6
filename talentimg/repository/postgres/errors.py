"""Turns errors of Postgres and its driver into ours.

Their own text is never passed on: it may contain a password, or a row with tokens in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from psycopg import DataError, OperationalError, errors

from talentimg.errors import (
    ConfigError,
    StoreLocked,
    StoreUnavailable,
    StoreUnreadable,
    TalentimgError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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
_NO_DATABASE = re.compile(r'database ".*" does not exist|no such database', re.IGNORECASE)
_WRONG_PASSWORD = re.compile(
    r'authentication failed|no password supplied|role ".*" does not exist|no such user|user not found',
    re.IGNORECASE,
)
_ENCRYPTION = re.compile(
    r"does not support SSL|certificate verify failed|root certificate|does not match host name", re.IGNORECASE
)


def not_connected(error: psycopg.Error, place: str) -> TalentimgError:
    """The error for a connection that could not be opened."""
    text = str(error)
    if _NO_DATABASE.search(text):
        return ConfigError(
            f"There is no such database: {place}.", hint="Check DATABASE_URL, or create the database."
        )
    if _WRONG_PASSWORD.search(text):
        return ConfigError(
            f"The user or the password is wrong for {place}.", hint="Check both in DATABASE_URL."
        )
    if _ENCRYPTION.search(text) or (_SERVER_SPEAKS.search(text) and not _AWAY_FOR_NOW.search(text)):
        return _refused(text, place)
    return unavailable(place)


def _refused(text: str, place: str) -> TalentimgError:
    hint = "Check sslmode in DATABASE_URL, and whether the server lets this machine in (pg_hba.conf)."
    if _ENCRYPTION.search(text):
        return ConfigError(f"No encrypted connection is possible to {place}.", hint=hint)
    return ConfigError(f"The server refuses the connection to {place}.", hint=hint)


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
    if isinstance(error, errors.NotNullViolation):
        return _missing_value(error)
    if isinstance(error, errors.IntegrityError) and error.diag.constraint_name:
        return UsageError(
            f"The constraint {error.diag.constraint_name} in {place} forbids this change.",
            hint="Look for a row that already has the same value.",
        )
    if not code and isinstance(error, DataError):
        return StoreUnreadable("The roster contains a time that cannot be read.")
    if not code and isinstance(error, OperationalError):
        return unavailable(place)
    for beginnings, ours in _BY_CODE:
        if code.startswith(beginnings):
            return ours(place)
    # Anything else is a mistake of this program, and its text could contain a row.
    return TalentimgError(
        f"The database rejected a statement of talentimg (SQLSTATE {code or 'none'}).",
        hint="Please report this line.",
    )


def _missing_value(error: errors.NotNullViolation) -> ConfigError:
    column, table = error.diag.column_name, error.diag.table_name
    return ConfigError(
        f'The column "{column}" of the table "{table}" needs a value that talentimg does not know.',
        hint="Add the talent in the agency's app, or give the column a default.",
    )


def _locked(place: str) -> StoreLocked:
    return StoreLocked(
        f"Somebody else has locked rows in {place} for too long.", hint="Try again when they are free."
    )


def _no_space(place: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"There is no space left in {place}.", hint="Free some space, then run this again."
    )


def _no_writes(place: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"Nothing can be written to {place} at the moment.", hint="Check that it is not a standby."
    )


def _wrong_type(place: str) -> ConfigError:
    return ConfigError(
        f"A column of the app's tables in {place} does not accept what talentimg writes to it.",
        hint="Compare the types of the columns with those in the documentation.",
    )


# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_CODE: Final[tuple[tuple[tuple[str, ...], Callable[[str], TalentimgError]], ...]] = (
    (("42501",), forbidden),
    (("42P01", "42703", "3F000"), lacks_tables),
    (("22", "23", "42804"), _wrong_type),
    (("55P03", "57014", "40"), _locked),
    (("53100",), _no_space),
    (("25006",), _no_writes),
    (("08", "53", "57", "58"), unavailable),
)
