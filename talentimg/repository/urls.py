"""Database URLs: which scheme, and which file.

A SQLite URL follows the convention of SQLAlchemy: three slashes, then the path as it is, so
`sqlite:///roster.db` is relative to the working folder and `sqlite:////var/lib/roster.db` absolute.
Nothing is percent-decoded. A URL may hold a password, so no message here ever repeats one.

https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#connect-strings
"""

from __future__ import annotations

import re
from pathlib import Path

from talentimg.errors import ConfigError

SQLITE = "sqlite"
_PREFIX = "sqlite:///"
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?://|$)", re.IGNORECASE)
_HINT = "Write it like this: sqlite:////absolute/path/to/roster.db"


def scheme_of(url: str) -> str:
    """The scheme of a database URL, in lower case.

    Raises:
        ConfigError: the URL has none, or names a kind of database that we cannot use yet.
    """
    # Judged before the shape is: a Postgres URL is most often misspelt in its scheme or just after it.
    if url.lower().lstrip().startswith("postg"):
        raise ConfigError(
            "This version keeps its roster in SQLite only.",
            hint="Set TALENTIMG_DATABASE_URL to sqlite:////absolute/path/to/roster.db",
        )
    match = _SCHEME.match(url)
    if match is None:
        raise ConfigError("The database URL does not begin with a scheme.", hint=_HINT)
    return match[1].lower()


def sqlite_path(url: str) -> Path:
    """The absolute path of the file that a SQLite URL names.

    Raises:
        ConfigError: it is no SQLite URL, or it names no file.
    """
    scheme = scheme_of(url)
    if scheme != SQLITE:
        raise ConfigError(f"A database URL with the scheme {scheme} names no file.", hint=_HINT)
    name = url[len(_PREFIX) :] if url.lower().startswith(_PREFIX) else ""
    if not name or name == ":memory:" or "\0" in name:
        raise ConfigError("The database URL names no file to keep the roster in.", hint=_HINT)
    return Path(name).absolute()


def sqlite_url(path: Path) -> str:
    """The database URL of a SQLite file."""
    return f"{_PREFIX}{path.absolute()}"
