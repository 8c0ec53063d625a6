"""Tokens that providers renew: never is an older one put over a newer, nor one account's over another's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Token
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.tokens import StoredTokens
from tests.conftest import NOW

if TYPE_CHECKING:
    from talentimg.models import Account

OLD, NEW, NEWER = Token("old"), Token("new"), Token("newer")


@pytest.fixture
def repository() -> MemoryRepository:
    repository = MemoryRepository()
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("tiktok", "ada", token=OLD),))], NOW)
    return repository


def account(repository: MemoryRepository) -> Account:
    (found,) = repository.load("ada").talent.accounts
    return found


async def test_a_renewed_token_takes_the_place_of_the_one_that_it_was_made_from(
    repository: MemoryRepository,
) -> None:
    tokens, ours = StoredTokens(repository), account(repository)
    assert await tokens.load(ours) == OLD
    assert await tokens.save(ours, NEW) == NEW
    assert await tokens.load(ours) == NEW, "whatever the caller still has"


async def test_of_two_renewed_at_once_the_first_is_used_by_both(
    repository: MemoryRepository,
) -> None:
    ours = account(repository)
    await StoredTokens(repository).save(ours, NEW)
    assert await StoredTokens(repository).save(ours, NEWER) == NEW
    assert account(repository).token == NEW


async def test_an_account_that_was_replaced_meanwhile_has_nothing_of_the_old_one(
    repository: MemoryRepository,
) -> None:
    tokens, ours = StoredTokens(repository), account(repository)
    repository.connect("ada", NewAccount("tiktok", "eve", token=NEWER), NOW)
    assert account(repository).id == ours.id, "its row is the same"
    assert await tokens.load(ours) is None
    assert await tokens.save(ours, NEW) is None
    assert account(repository).token == NEWER


async def test_an_account_that_is_not_connected_has_no_token(
    repository: MemoryRepository,
) -> None:
    tokens, ours = StoredTokens(repository), account(repository)
    assert await tokens.load(replace(ours, id="another")) is None
    assert await tokens.load(replace(ours, talent_id="nobody")) is None
    repository.disconnect("ada", "tiktok", NOW)
    assert await tokens.load(ours) is None
    assert await tokens.save(ours, NEW) is None
