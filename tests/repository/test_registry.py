"""Which URL opens what, and that no URL is ever repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError, NoStore
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.registry import open_repository, sqlite_path
from talentimg.repository.sqlite import SqliteRepository
from talentimg.repository.urls import sqlite_url

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
    with pytest.raises(NoStore):
        open_repository(url)
    with open_repository(url, create=True) as repository:
        assert isinstance(repository, SqliteRepository)
    with open_repository(url, read_only=True) as repository:
        assert repository.count() == 0


def test_memory_opens_a_new_one_each_time() -> None:
    with open_repository("memory:") as one, open_repository("memory:") as other:
        assert isinstance(one, MemoryRepository)
        assert one is not other


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:S3CRET@h/db",
        "postgresql://u:S3C@RET@h:5432/db?schema=public",
        "postgresql//u:S3CRET@h/db",
        "postgre:/u:S3CRET@h/db",
        "POSTGRESQL+psycopg://u:S3CRET@h/db",
    ],
)
def test_postgres_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_repository(url, create=True)
    assert caught.value.message == "This version keeps its roster in SQLite only."
    assert caught.value.__cause__ is caught.value.__context__ is None


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
    ],
)
def test_a_url_that_leads_nowhere_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_repository(url, create=True)
    told = f"{caught.value.message} {caught.value.hint}"
    assert "S3CRET" not in told
    assert caught.value.message.endswith(".")
    assert "sqlite:////" in told
    assert caught.value.exit_code == 78


def test_memory_has_no_path() -> None:
    with pytest.raises(ConfigError, match="memory"):
        sqlite_path("memory:")
