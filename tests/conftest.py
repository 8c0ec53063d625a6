"""What holds for every test: no settings of the machine's own, a fixed clock.

That no socket leaves this machine is an option of pytest's in pyproject.toml.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Databases

VARIABLE = "TALENTIMG_TEST_EXAMPLES"
EXAMPLES = int(os.environ.get(VARIABLE, "100"))
# Where only whether something fails is asked, and not with what, no example is made smaller.
SHRINKS = "TALENTIMG_TEST_UNSHRUNK" not in os.environ
settings.register_profile(
    "ours",
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    phases=[phase for phase in Phase if SHRINKS or phase not in {Phase.shrink, Phase.explain}],
)
settings.load_profile("ours")

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def empty_home(_home: Path) -> Iterator[Path]:
    """The home of whoever runs the test: an empty folder, emptied again if anything was left in it."""
    yield _home
    if any(_home.iterdir()):
        shutil.rmtree(_home)
        _home.mkdir()


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    for variable in list(os.environ):
        if variable.startswith("TALENTIMG_") and not variable.startswith("TALENTIMG_TEST_"):
            monkeypatch.delenv(variable)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(empty_home))
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for `SSL_CERT_FILE`: reading all authorities takes longer than most tests that open clients."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----\n")
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(first + end)
    return path


@pytest.fixture
def few_authorities(one_authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that are opened here believe hardly anybody; whom they ask speaks no TLS, or is not asked."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


@pytest.fixture
def now() -> datetime:
    """The time at which tests take place, unless they move it."""
    return NOW


@pytest.fixture(scope="session")
def store_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store; copying it is quicker than migrating for every test."""
    from talentimg.repository.sqlite.repository import SqliteRepository

    path = tmp_path_factory.mktemp("template") / "roster.db"
    SqliteRepository.open(path, create=True).close()
    return path


@pytest.fixture
def new_store(store_template: Path, tmp_path: Path) -> Path:
    """The path of an empty SQLite store of this test's own."""
    path = tmp_path / "roster.db"
    shutil.copy(store_template, path)
    return path


@pytest.fixture(scope="session")
def _postgres_or_none() -> Iterator[Databases | None]:
    from tests import postgres

    yield from postgres.databases()


@pytest.fixture
def databases(_postgres_or_none: Databases | None) -> Databases:
    """A Postgres server; a test that needs one is skipped where there is none, and fails in CI."""
    from tests import postgres

    return postgres.need(_postgres_or_none)


@pytest.fixture
def empty_database(databases: Databases) -> Iterator[str]:
    """The URL of a Postgres database of this test's own, with nothing in it."""
    name = databases.create()
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def new_database(databases: Databases) -> Iterator[str]:
    """The URL of a Postgres database of this test's own, with an empty roster in it."""
    name = databases.create(template=databases.migrated())
    yield databases.url(name)
    databases.drop(name)
