"""The backends: every contract test runs on each of them. Adding one is a `pytest.param` here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from tests.the_app import SharedMemory, on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.repository.interface import Repository
    from tests.the_app import TheApp


def _memory(request: pytest.FixtureRequest) -> Repository:
    return MemoryRepository()


def _sqlite(request: pytest.FixtureRequest) -> Repository:
    return SqliteRepository.open(request.getfixturevalue("new_store"))


def _postgres(request: pytest.FixtureRequest) -> Repository:
    return PostgresRepository.open(request.getfixturevalue("new_database"))


BACKENDS = [
    pytest.param(_memory, id="memory"),
    pytest.param(_sqlite, id="sqlite"),
    pytest.param(_postgres, id="postgres"),
]


@pytest.fixture(params=BACKENDS)
def repository(request: pytest.FixtureRequest) -> Iterator[Repository]:
    """An empty repository of each kind in turn."""
    opened: Callable[[pytest.FixtureRequest], Repository] = request.param
    with opened(request) as repository:
        yield repository


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Repository, TheApp]]:
    """A repository of each kind, and the app at work on the same tables."""
    if request.param == "memory":
        memory = SharedMemory()
        yield memory, memory
    elif request.param == "sqlite":
        path = request.getfixturevalue("new_store")
        with SqliteRepository.open(path) as repository, on_sqlite(path) as app:
            yield repository, app
    else:
        url = request.getfixturevalue("new_database")
        with PostgresRepository.open(url) as repository, on_postgres(url) as app:
            yield repository, app
