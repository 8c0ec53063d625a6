"""Database URLs: which kind of database and which file they name, and how to show them.

SQLite URLs follow SQLAlchemy's convention: three slashes, then the path as it is. So
`sqlite:///roster.db` is relative to the working folder, `sqlite:////var/lib/roster.db` absolute, and
nothing is percent-decoded. A URL may contain a password, so no message here ever repeats one.

https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#connect-strings
"""

from __future__ import annotations

import re
from pathlib import Path

from talentimg.errors import ConfigError

SQLITE = "sqlite"
POSTGRES = "postgres"
MASK = "********"
URL_HINT = "Write it like this: postgresql://user:password@host:5432/database or sqlite:////absolute/path/to/roster.db"
_PREFIX = "sqlite:///"
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?://|$)", re.IGNORECASE)
_USERINFO = re.compile(r"^(\s*[a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)
_BARE_HOST = r"[^:/?#]*(:[0-9]{1,5})?(/[^?#]*)?"


def kind_of(url: str) -> str:
    """The kind of database that a URL names: its scheme in lower case, `postgres` for all forms of Postgres.

    Raises:
        ConfigError: the URL has no scheme.
    """
    match = _SCHEME.match(url.lstrip())
    if match is None:
        raise ConfigError("The database URL does not begin with a scheme.", hint=URL_HINT)
    # SQLAlchemy lets a URL name a driver after a plus sign; we always use our own.
    scheme = match[1].lower()
    return POSTGRES if scheme.partition("+")[0] in {"postgres", "postgresql"} else scheme


def without_password(url: str) -> str:
    """A database URL that is safe to show, however malformed: without user, password and parameters."""
    scheme = re.match(r"[a-z][a-z0-9+.-]*:?//", url.lstrip(), flags=re.IGNORECASE)
    start = scheme[0] if scheme else ""
    if "@" not in url and (not scheme or start.lower().startswith(SQLITE)):
        return url
    user, _, rest = url.lstrip()[len(start) :].rpartition("@")
    host = rest.partition("?")[0]
    if not re.fullmatch(_BARE_HOST, host):  # the password may begin or end elsewhere than it seems
        return f"{start}{MASK}"
    return f"{start}{MASK}@{host}" if user else f"{start}{host}"


def without_userinfo(address: str) -> str:
    """A web address that is safe to show: a user name and password in it are masked."""
    return _USERINFO.sub(rf"\1{MASK}@", address) if "@" in address else address


def sqlite_path(url: str) -> Path:
    """The absolute path of the file that a SQLite URL names.

    Raises:
        ConfigError: it is not a SQLite URL, or names no file.
    """
    kind = kind_of(url)
    if kind != SQLITE:
        raise ConfigError(f"A database of the kind {kind} is not a file.", hint=URL_HINT)
    name = url[len(_PREFIX) :] if url.lower().startswith(_PREFIX) else ""
    if not name or name == ":memory:" or "\0" in name:
        raise ConfigError("The database URL names no file to keep the roster in.", hint=URL_HINT)
    return Path(name).absolute()


def sqlite_url(path: Path) -> str:
    """The database URL of a SQLite file."""
    return f"{_PREFIX}{path.absolute()}"
