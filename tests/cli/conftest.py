"""The real command in a subprocess, against platforms that run in this process."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from talentimg.demo.pictures import warm
from talentimg.demo.roster import roster_of
from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.demo.world import World
from talentimg.repository.migrations import upgrade
from talentimg.repository.registry import open_repository
from tests.cli.forks import Command, run_anew, running
from tests.conftest import NOW
from tests.postgres import connect
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.forks import Forks

TALENTIMG = str(Path(sys.executable).with_name("talentimg"))


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def _text_of(stream: BinaryIO) -> str:
    """What was written, its lines ended as in memory."""
    stream.seek(0)
    return stream.read().decode().replace("\r\n", "\n").replace("\r", "\n")


@dataclass
class Shell:
    """A place of its own, and the command called in it."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    forks: Forks | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    def env(self, **more: str) -> dict[str, str]:
        kept = {
            name: os.environ[name]
            for name in ("PATH", "LANG", "COVERAGE_PROCESS_CONFIG")
            if name in os.environ
        }
        return {
            **kept,
            "HOME": str(self.home),
            "TALENTIMG_DATA_DIR": str(self.data),
            "COLUMNS": "120",
            **self.environment,
            **more,
        }

    def __call__(self, *words: str, stdin: str = "", **more: str) -> Done:
        command = Command([TALENTIMG, *words], self.env(**more), str(self.home))
        with ExitStack() as stack:
            streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            streams[0].write(stdin.encode())
            streams[0].seek(0)
            run = self.forks.run if self.forks and command.can_be_forked else run_anew
            code = run(command, streams, TIME_LIMIT)
            out, err = (_text_of(stream) for stream in streams[1:])
        assert "Traceback" not in err, err
        return Done(code, out, err)

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """The command, running."""
        return subprocess.Popen(
            [TALENTIMG, *words],
            env=self.env(**more),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def point_at(self, url: str) -> None:
        """From now on, all platforms are where a local server shows them."""
        self.environment["TALENTIMG_HTTP_ALLOW_PRIVATE"] = "127.0.0.0/8"
        for timeout in ("TALENTIMG_HTTP_TIMEOUT", "TALENTIMG_HTTP_PICTURE_TIMEOUT"):
            self.environment[timeout] = "3600"  # a busy machine is no platform that is silent
        for platform, values in provider_settings(url).items():
            for key, value in values.items():
                self.environment[f"TALENTIMG_PROVIDERS_{platform}_{key}".upper()] = value

    def fill(self, platforms: PlatformServer) -> None:
        """Put everybody who is on the platforms on the roster, and draw their pictures beforehand."""
        warm(platforms.world.seeds())
        upgrade(self.roster_url, new_roster=True)
        with open_repository(self.roster_url) as repository:
            repository.add(roster_of(platforms.world, platforms.url), NOW)

    @property
    def roster_url(self) -> str:
        """The address of the roster."""
        return self.environment.get("DATABASE_URL") or f"sqlite:///{self.data / 'talentimg.db'}"

    def let_leases_run_out(self) -> None:
        """As if so much time had gone by that every lease is over, as those of the dead are in the end."""
        if self.roster_url.startswith("postgres"):
            with connect(self.roster_url.partition("?")[0]) as database:
                database.execute(b"UPDATE talentimg.leases SET until = '2000-01-01Z'")
        else:
            with closing(sqlite3.connect(self.data / "talentimg.db")) as file, file:
                file.execute("UPDATE talentimg_leases SET until = '2000-01-01T00:00:00.000Z'")

    def pictures(self) -> list[Path]:
        return sorted((self.data / "images").rglob("*.webp"))


@pytest.fixture(scope="session")
def _forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    yield from running(tmp_path_factory.mktemp("forks"))


@pytest.fixture
def shell(tmp_path: Path, one_authority: Path, _forks: Forks) -> Shell:
    """The command on a machine where nothing was set up and no platform can be reached."""
    home = tmp_path / "operator"
    home.mkdir()
    return Shell(home, {"SSL_CERT_FILE": str(one_authority)}, _forks)


@pytest.fixture
def platforms() -> Iterator[PlatformServer]:
    """Platforms that answer like the real ones, with nobody on them yet."""
    with PlatformServer(World()) as server:
        yield server


@pytest.fixture
def online(shell: Shell, platforms: PlatformServer, store_template: Path) -> Shell:
    """The command with an empty roster, its settings pointing at those platforms."""
    shell.point_at(platforms.url)
    shell.data.mkdir()
    shutil.copy(store_template, shell.data / "talentimg.db")
    return shell
