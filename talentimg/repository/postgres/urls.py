"""Parses Postgres URLs as agencies have them: written for Prisma, for libpq or for SQLAlchemy.

We parse them ourselves and hand libpq the parts, because it knows none of Prisma's parameters, and
its errors about malformed URLs repeat parts of the password. No message here repeats any part of
a URL that could be the password.

https://www.prisma.io/docs/orm/overview/databases/postgresql
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from talentimg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE: Final = "postgresql://user:password@host:5432/database"
_HINT: Final = f"Write it like this: {EXAMPLE}"
_ENCODE: Final = "In the user and the password, write % as %25, / as %2F, ? as %3F, # as %23 and @ as %40."

_SHAPE = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)(?:/([^?#]*))?(?:\?([^#]*))?", re.IGNORECASE)
_HOST = re.compile(r"(\[[0-9a-f:.%]+\]|[^:\[\]]*)(?::([0-9]{1,5})?)?", re.IGNORECASE)
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LAST_PORT = 65_535

_DEFAULTS: Final[Mapping[str, str]] = {
    "application_name": "talentimg",
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    # So that a server that vanishes silently is noticed, and not waited for without end.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}

# libpq itself says which parameters it understands, so an old one does not get those of newer ones.
_KNOWN_TO_LIBPQ: Final = frozenset(option.keyword.decode() for option in Conninfo.parse(b""))
_NOT_PASSED_ON: Final = frozenset({"client_encoding", "dbname", "host", "replication", "service", "sslmode"})
"""What libpq understands but does not get unchanged from the URL: either it is handled here, or it is not a
URL's business. What libpq does not understand is handled here or ignored. Of Prisma's parameters we
ignore connection_limit, pool_timeout and so on (we use one connection), and pgbouncer and
statement_cache_size (we never prepare a statement)."""

_NUMBERS: Final = frozenset(
    {
        "connect_timeout",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "socket_timeout",
        "tcp_user_timeout",
    }
)
_SSL_MODES: Final = {
    mode: mode for mode in ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
} | {"no-verify": "require"}


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Where a Postgres database is, and how to log in.

    `parameters` are libpq's, by name. `schema` is that of the agency's tables; None for wherever
    the role's search path finds them. `place` names database and host in messages.
    """

    parameters: Mapping[str, str] = field(repr=False)
    schema: str | None
    place: str

    @property
    def conninfo(self) -> str:
        """The parameters as one string for libpq. It contains the password."""
        return make_conninfo(**self.parameters)


def parse(url: str) -> PostgresAddress:
    """Parse a Postgres URL.

    Raises:
        ConfigError: it is malformed.
    """
    shape = _SHAPE.fullmatch(url.strip())
    if shape is None or _UNUSABLE.search(url.strip()):
        raise ConfigError("The database URL is malformed.", hint=_ENCODE if "#" in url else _HINT)
    authority, path, query = (shape[number] or "" for number in (1, 2, 3))
    if "@" in path or "@" in query:
        # Most likely the password contains a character that should have been encoded.
        raise ConfigError("The database URL has an @ in a place where there cannot be one.", hint=_ENCODE)
    parameters, schema = _understood(_query(query))
    user, has_user, hosts = authority.rpartition("@")
    if has_user:
        name, _, password = user.partition(":")
        parameters |= _filled({"user": _decoded(name), "password": _decoded(password)})
    parameters = _hosts(hosts) | parameters
    parameters |= _filled({"dbname": _decoded(path)})
    if "dbname" not in parameters:
        raise ConfigError("The database URL names no database.", hint=_HINT)
    return PostgresAddress({**_DEFAULTS, **parameters}, schema, _place(parameters))


def _query(query: str) -> dict[str, str]:
    """The parameters after the question mark. As for libpq, a plus sign is not a space."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    return _filled({_decoded(name).lower(): _decoded(value) for name, _, value in pairs})


def _understood(given: dict[str, str]) -> tuple[dict[str, str], str | None]:
    """The parameters for libpq, and the schema."""
    for name in _NUMBERS & given.keys():
        if not re.fullmatch("[0-9]{1,9}", given[name]):
            raise ConfigError(f"The parameter {name} in the database URL is not a whole number.", hint=_HINT)
    passed_on = given.keys() & _KNOWN_TO_LIBPQ - _NOT_PASSED_ON
    found = {name: given[name] for name in passed_on}
    if "host" in given:
        found["host"] = given["host"]
    if "dbname" in given or "database" in given:
        found["dbname"] = given.get("dbname") or given["database"]
    if "socket_timeout" in given:  # seconds for Prisma
        found.setdefault("tcp_user_timeout", str(int(given["socket_timeout"]) * 1000))
    if "port" in found:
        found["port"] = _port(found["port"])
    return _filled(found | _ssl(given)), given.get("schema")


def _ssl(given: dict[str, str]) -> dict[str, str]:
    """The parameters about encryption, with Prisma's translated to libpq's."""
    found: dict[str, str] = {}
    if "sslmode" in given:
        if given["sslmode"] not in _SSL_MODES:
            raise ConfigError(
                "The parameter sslmode in the database URL has a value that does not exist.",
                hint=f"One of these: {', '.join(_SSL_MODES)}",
            )
        found["sslmode"] = _SSL_MODES[given["sslmode"]]
    if given.get("sslaccept") == "strict" and found.get("sslmode") != "disable":
        found["sslmode"] = "verify-full"
    if "sslcert" in given and "sslkey" not in given:
        # Without a client key it is what Prisma calls sslcert: the certificate to check the server by.
        found |= {"sslrootcert": given["sslcert"], "sslcert": ""}
    return found


def _hosts(text: str) -> dict[str, str]:
    """One host, or several separated by commas, each with its port."""
    names: list[str] = []
    ports: list[str] = []
    for part in text.split(","):
        match = _HOST.fullmatch(part)
        if match is None:
            raise _bad_port()
        names.append(_decoded(match[1].removeprefix("[").removesuffix("]")))
        ports.append(_port(match[2]) if match[2] else "")
    return _filled({"host": ",".join(names).strip(","), "port": ",".join(ports).strip(",")})


def _port(text: str) -> str:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= _LAST_PORT:
        raise _bad_port()
    return text


def _bad_port() -> ConfigError:
    return ConfigError(f"The port in the database URL is not a number from 1 to {_LAST_PORT}.", hint=_HINT)


def _decoded(text: str) -> str:
    try:
        found = unquote(text, errors="strict")
    except UnicodeDecodeError:
        found = "\0"
    if _UNUSABLE.search(found):
        raise ConfigError(
            "The database URL contains a percent-encoded character that cannot be used.", hint=_HINT
        )
    return found


def _filled(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name and value}


def _place(parameters: Mapping[str, str]) -> str:
    host = parameters.get("host") or parameters.get("hostaddr")
    database = f"the database {parameters['dbname']}"
    if not host:
        return f"{database} on this machine"
    if host.startswith(("/", "@")):
        return f"{database} at the socket {host}"
    port = parameters.get("port")
    return f"{database} on {host}:{port}" if port and "," not in host + port else f"{database} on {host}"
