"""Which URL opens what, and that no URL is ever repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError, StoreNotFound, StoreUnavailable
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.registry import load, open_repository, sqlite_path
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import kind_of, sqlite_url, without_password
from tests.repository.processes import run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_path_is_relative_after_three_slashes_and_absolute_after_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sqlite_path("sqlite:///roster.db") == tmp_path / "roster.db"
    assert sqlite_path("SQLite:////var/lib/roster.db").as_posix() == "/var/lib/roster.db"


@pytest.mark.parametrize("name", ["a b.db", "100%25.db", "what?.db", "a#b.db", "ä.db", "a:b@c.db"])
def test_a_path_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    url = sqlite_url(path)
    assert sqlite_path(url) == path
    open_repository(url, create=True).close()
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [name]
    with open_repository(url) as repository:
        assert repository.count() == 0


def test_a_sqlite_url_opens_a_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/roster.db"
    with pytest.raises(StoreNotFound):
        open_repository(url)
    with open_repository(url, create=True) as repository:
        assert isinstance(repository, SqliteRepository)
    with open_repository(url, read_only=True) as repository:
        assert repository.count() == 0


def test_memory_opens_a_new_one_each_time() -> None:
    with open_repository("memory:") as one, open_repository("memory:") as other:
        assert isinstance(one, MemoryRepository)
        assert one is not other


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "POSTGRESQL", "postgresql+psycopg", "Postgres"])
def test_postgres_goes_by_several_names(scheme: str) -> None:
    assert kind_of(f"{scheme}://h/db") == "postgres"
    with pytest.raises(StoreUnavailable) as caught:
        open_repository(f"{scheme}://u:S3CRET@127.0.0.1:1/db")
    assert caught.value.message == "There is no answer from the database db on 127.0.0.1:1."
    assert caught.value.__cause__ is None


def test_without_the_driver_one_is_told_how_to_get_it() -> None:
    script = """
import sys
sys.modules["psycopg"] = None
from talentimg.errors import ConfigError
from talentimg.repository import migrations
from talentimg.repository.registry import open_repository
for ask in (open_repository, migrations.status):
    try:
        ask("postgresql://u:S3CRET@127.0.0.1:1/db")
    except ConfigError as error:
        print(error.message, error.hint)
"""
    told = "The driver for Postgres is not installed. Install it with: pip install 'talentimg[postgres]'\n"
    assert run(script) == 2 * told


def test_a_part_of_ours_that_cannot_be_imported_is_a_mistake_of_ours() -> None:
    with pytest.raises(ImportError):
        load("talentimg.repository.nonsense")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:S3CRET@h:5432/db?schema=public", "postgresql://********@h:5432/db"),
        ("postgresql://u:S3C@RET@h/db?password=S3CRET", "postgresql://********@h/db"),
        ("postgres://h/db?user=u&password=S3CRET", "postgres://h/db"),
        ("postgresql//u:S3CRET@h/db", "postgresql//********@h/db"),
        ("postgresql://u:S3CRET", "postgresql://********"),
        ("postgresql://u:S3CRET#x/db", "postgresql://********"),
        ("postgresql://u:p@h:S3CRET/db", "postgresql://********"),
        ("sqlite:////x/u:S3CRET@y.db", "sqlite://********@y.db"),
        ("u:S3CRET@h/db", "********@h/db"),
        ("postgres://localhost", "postgres://localhost"),
        ("postgres:///db?host=/var/run/postgresql", "postgres:///db"),
        ("sqlite:////var/lib/roster.db", "sqlite:////var/lib/roster.db"),
        ("sqlite:///what?.db", "sqlite:///what?.db"),
        ("memory:", "memory:"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "roster.db",
        "/var/lib/S3CRET.db",
        "u:S3CRET@h/db",
        "//u:S3CRET@h/db",
        "mysql://u:S3CRET@h/db",
        "mongodb+srv://u:S3CRET@h",
        "file:./dev.db?S3CRET",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://u:S3CRET@h/db",
        "sqlite:///a\0b",
        "postgresql//u:S3CRET@h/db",
        "postgre:/u:S3CRET@h/db",
        "prisma+postgres://u:S3CRET@h/db",
        "prisma://accelerate.example/?api_key=S3CRET",
    ],
)
def test_a_url_that_leads_nowhere_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_repository(url, create=True)
    told = f"{caught.value.message} {caught.value.hint}"
    assert "S3CRET" not in told
    assert caught.value.message.endswith(".")
    assert "sqlite:////" in told or "postgresql://" in told
    assert caught.value.exit_code == 78


def test_memory_has_no_path() -> None:
    with pytest.raises(ConfigError, match="memory"):
        sqlite_path("memory:")
