"""Tokens that providers renew: never is an older one put over a newer, nor one account's over another's."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ProviderError, RowRefused, StoreLocked, StoreUnavailable
from talentimg.models import Reason, Token
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.tokens import MAX_TRIES, PAUSE_S, TURN, WAIT_S, WAITS, StoredTokens
from tests.conftest import NOW
from tests.service.test_records import HERE, gone

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Account

__all__ = ["gone"]

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


async def test_an_account_has_the_token_of_its_own_platform_and_handle(repository: MemoryRepository) -> None:
    tokens, ours = StoredTokens(repository), account(repository)
    repository.connect("ada", NewAccount("instagram", "ada", token=NEWER), NOW)
    assert await tokens.load(ours) == OLD
    assert await tokens.load(replace(ours, handle="eve")) is None
    assert await tokens.load(replace(ours, token=NEWER)) == OLD, "what is stored, not what is asked with"


# -- whose turn it is ----------------------------------------------------------------------


class Meanwhile:
    """Time that goes on only by being waited for; something may happen during one of the waits."""

    def __init__(self, repository: MemoryRepository) -> None:
        self.repository = repository
        self.now = NOW
        self.slept: list[float] = []
        self.happens: dict[int, Callable[[], object]] = {}

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        self.happens.get(len(self.slept), lambda: None)()

    def tokens(self) -> StoredTokens:
        """Of one more process."""
        return StoredTokens(self.repository, lambda: self.now, self.sleep)

    def taken_by(self, holder: str, until: timedelta = timedelta(hours=1)) -> None:
        assert self.repository.begin_renewal(account(self.repository), holder, NOW, NOW + until).is_ours


@pytest.fixture
def meanwhile(repository: MemoryRepository) -> Meanwhile:
    return Meanwhile(repository)


async def test_whoever_comes_second_waits_until_the_turn_is_given_back(
    meanwhile: Meanwhile, repository: MemoryRepository
) -> None:
    ours, first = account(repository), meanwhile.tokens()
    assert await first.begin(ours) == OLD
    assert meanwhile.slept == []
    assert await first.begin(ours) == OLD, "it is its turn still"

    def given_back() -> None:
        repository.end_renewal(ours, first._holder)

    meanwhile.happens[3] = given_back
    assert await meanwhile.tokens().begin(ours) == OLD
    assert meanwhile.slept == [WAIT_S] * 3


async def test_whoever_waits_is_given_the_token_that_somebody_else_has_renewed(
    meanwhile: Meanwhile, repository: MemoryRepository
) -> None:
    """Though the other one has its turn still."""
    ours = account(repository)
    meanwhile.taken_by("elsewhere:1:x")
    meanwhile.happens[2] = lambda: repository.save_token(ours, NEW)
    second = meanwhile.tokens()
    assert await second.begin(ours) == NEW
    assert meanwhile.slept == [WAIT_S] * 2
    await second.end(ours)
    assert repository.begin_renewal(account(repository), "third", NOW, NOW + TURN).holder == "elsewhere:1:x"


async def test_a_turn_that_does_not_end_is_trouble_of_this_account_and_of_now(
    meanwhile: Meanwhile, repository: MemoryRepository
) -> None:
    meanwhile.taken_by("elsewhere:1:x")
    with pytest.raises(
        ProviderError, match=r"^Another process has been renewing the talent's token"
    ) as caught:
        await meanwhile.tokens().begin(account(repository))
    assert meanwhile.slept == [WAIT_S] * WAITS
    error = caught.value
    assert (error.reason, error.tries, error.hint) == (Reason.TIMEOUT, 0, "Try again in a few minutes.")


async def test_a_turn_whose_process_died_elsewhere_runs_out(
    meanwhile: Meanwhile, repository: MemoryRepository
) -> None:
    await meanwhile.tokens().begin(account(repository))  # and dies
    meanwhile.now += TURN - timedelta(seconds=1)
    assert await meanwhile.tokens().begin(account(repository)) == OLD
    assert meanwhile.slept == [WAIT_S] * 5


@pytest.mark.parametrize(("host", "is_taken"), [(HERE, True), ("elsewhere", False)])
async def test_the_turn_of_a_process_of_this_machine_that_died_is_taken_at_once(
    meanwhile: Meanwhile, repository: MemoryRepository, gone: int, host: str, is_taken: bool
) -> None:
    meanwhile.taken_by(f"{host}:{gone}:x", timedelta(seconds=1))
    assert await meanwhile.tokens().begin(account(repository)) == OLD
    assert (meanwhile.slept == []) is is_taken
    second = repository.begin_renewal(account(repository), "third", meanwhile.now, meanwhile.now + TURN)
    assert second.holder is not None, "it is somebody's again"
    assert second.holder.startswith(f"{HERE}:{os.getpid()}:")


async def test_one_that_lives_on_this_machine_keeps_its_turn(
    meanwhile: Meanwhile, repository: MemoryRepository
) -> None:
    meanwhile.taken_by(f"{HERE}:{os.getpid()}:x", timedelta(seconds=1))
    await meanwhile.tokens().begin(account(repository))
    assert meanwhile.slept == [WAIT_S] * 5


@pytest.mark.parametrize("failed", [True, False])
async def test_that_it_failed_is_noted_with_the_time_as_the_turn_is_given_back(
    meanwhile: Meanwhile, repository: MemoryRepository, failed: bool
) -> None:
    ends = Token("ends", None, NOW + timedelta(minutes=1))
    repository.connect("ada", NewAccount("tiktok", "ada", token=ends), NOW)
    ours, tokens = account(repository), meanwhile.tokens()
    await tokens.begin(ours)
    meanwhile.now += timedelta(minutes=1)
    await tokens.end(ours, failed=failed)

    def ending(tried_before: datetime) -> list[str]:
        ends = {"tiktok": NOW + timedelta(days=1)}
        return list(repository.ending(ends, tried_before=tried_before, limit=9)["tiktok"])

    assert ending(meanwhile.now + timedelta(seconds=1)) == ["ada"]
    assert ending(meanwhile.now) == ([] if failed else ["ada"])
    assert await meanwhile.tokens().begin(ours) == ends
    assert meanwhile.slept == []


async def test_a_store_that_is_away_as_a_turn_ends_does_not_cost_the_token() -> None:
    class Away(MemoryRepository):
        def end_renewal(self, *_: object, **__: object) -> None:
            raise StoreUnavailable("It is away.")

    repository = Away()
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("tiktok", "ada", token=OLD),))], NOW)
    await StoredTokens(repository).end(account(repository))


# -- kept before it is used ------------------------------------------------------------------


class Busy(MemoryRepository):
    """Another process holds the lock of the store for so many tries."""

    def __init__(self, tries: int, error: Exception) -> None:
        super().__init__()
        self.add([NewTalent("ada", "Ada", accounts=(NewAccount("tiktok", "ada", token=OLD),))], NOW)
        self.left, self.error = tries, error

    def save_token(self, account: Account, token: Token) -> Token | None:
        if self.left:
            self.left -= 1
            raise self.error
        return super().save_token(account, token)


async def test_a_renewed_token_is_not_lost_because_another_process_holds_the_store() -> None:
    busy = Busy(MAX_TRIES - 1, StoreLocked("Somebody writes."))
    meanwhile = Meanwhile(busy)
    assert await meanwhile.tokens().save(account(busy), NEW) == NEW
    assert account(busy).token == NEW
    assert meanwhile.slept == [PAUSE_S] * (MAX_TRIES - 1)


async def test_one_that_holds_it_for_ever_is_told_in_the_end() -> None:
    busy = Busy(99, StoreLocked("Somebody writes."))
    meanwhile = Meanwhile(busy)
    with pytest.raises(StoreLocked, match="Somebody writes"):
        await meanwhile.tokens().save(account(busy), NEW)
    assert busy.left == 99 - MAX_TRIES
    assert meanwhile.slept == [PAUSE_S] * (MAX_TRIES - 1)


async def test_a_row_that_the_database_refuses_is_trouble_of_this_account_alone() -> None:
    busy = Busy(99, RowRefused("A trigger is against it.", hint="Ask whoever wrote it."))
    meanwhile = Meanwhile(busy)
    with pytest.raises(ProviderError, match=r"could not be kept\. A trigger is against it\.$") as caught:
        await meanwhile.tokens().save(account(busy), NEW)
    error = caught.value
    assert (error.reason, error.tries, error.hint) == (Reason.STORAGE, 0, "Ask whoever wrote it.")
    assert meanwhile.slept == [], "to say it again would not help"
