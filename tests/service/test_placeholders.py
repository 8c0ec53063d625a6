"""A person vouches for a picture that was treated as a placeholder."""

from __future__ import annotations

from datetime import timedelta

import pytest

from talentimg.errors import UsageError
from talentimg.models import Suspect
from talentimg.repository.memory import MemoryRepository
from talentimg.service.people.placeholders import Placeholders
from tests.conftest import NOW

LATER = NOW + timedelta(days=1)


def suspect(source: str, source_hash: str, content_hash: str, age: int = 0) -> Suspect:
    since = NOW - timedelta(hours=age)
    return Suspect(source, source_hash.ljust(64, "0"), content_hash.ljust(64, "0"), since, 3)


FACE = suspect("instagram", "abcdef11", "11aa11")
SAME_BYTES = suspect("tiktok", "abcdef11", "11aa11", age=1)
SAME_PICTURE = suspect("github", "99ff99", "11aa11", age=2)
ANOTHER = suspect("instagram", "abcdef22", "22bb22", age=3)


@pytest.fixture
def repository() -> MemoryRepository:
    repository = MemoryRepository()
    for one in (ANOTHER, SAME_PICTURE, SAME_BYTES, FACE):
        repository.save_suspect(one)
    return repository


@pytest.fixture
def placeholders(repository: MemoryRepository) -> Placeholders:
    return Placeholders(repository, lambda: LATER)


def test_the_latest_come_first(placeholders: Placeholders) -> None:
    assert placeholders.suspects() == [FACE, SAME_BYTES, SAME_PICTURE, ANOTHER]


@pytest.mark.parametrize("beginning", ["abcdef2", "22bb22", ANOTHER.source_hash, " ABCDEF22 "])
def test_the_beginning_of_either_hash_will_do(
    placeholders: Placeholders, repository: MemoryRepository, beginning: str
) -> None:
    (allowed,) = placeholders.allow(beginning, by="eve")
    assert (allowed.source_hash, allowed.allowed_by, allowed.allowed_at) == (
        ANOTHER.source_hash,
        "eve",
        LATER,
    )
    assert [s for s in repository.suspects() if s.is_allowed] == [allowed]


@pytest.mark.parametrize(
    ("beginning", "sources"),
    [("abcdef1", ["instagram", "tiktok"]), ("11aa11", ["instagram", "tiktok", "github"])],
)
def test_one_picture_is_allowed_on_every_platform_that_it_came_from(
    placeholders: Placeholders, beginning: str, sources: list[str]
) -> None:
    assert [allowed.source for allowed in placeholders.allow(beginning, by="eve")] == sources


def test_the_first_confirmation_is_not_replaced(placeholders: Placeholders) -> None:
    placeholders.allow("abcdef2", by="eve")
    assert [allowed.allowed_by for allowed in placeholders.allow("abcdef2", by="bob")] == ["eve"]


@pytest.mark.parametrize(
    ("beginning", "says"),
    [
        ("abcdef", "Several pictures"),
        ("abcdef3", "No listed picture"),
        ("abcde", "not the beginning of a hash"),
        ("", "not the beginning of a hash"),
        ("abcdeg", "not the beginning of a hash"),
        ("a" * 65, "not the beginning of a hash"),
        ("\uff11\uff11aa11", "not the beginning of a hash"),
    ],
)
def test_a_prefix_that_does_not_name_a_single_picture_is_refused(
    placeholders: Placeholders, repository: MemoryRepository, beginning: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        placeholders.allow(beginning, by="eve")
    assert raised.value.hint
    assert not any(s.is_allowed for s in repository.suspects())
