"""Whose turn it is to renew a token, and who has to connect again, on every backend."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Candidate, Reason, Selection, State, Token
from talentimg.repository.interface import Change, NewAccount, NewTalent
from tests.repository.builders import DAY, HOUR, NOW

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Account, TalentRecord
    from talentimg.repository.interface import Repository

OLD, NEW = Token("old", "r0", NOW), Token("new", "r1", NOW + HOUR)
SOON = NOW + timedelta(minutes=2)


def account_of(repository: Repository, talent_id: str = "ada") -> Account:
    (account,) = repository.load(talent_id).talent.accounts
    return account


@pytest.fixture
def account(repository: Repository) -> Account:
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("tiktok", "ada", token=OLD),))], NOW)
    return account_of(repository)


def test_one_of_many_gets_the_turn(repository: Repository, account: Account) -> None:
    with ThreadPoolExecutor(4) as pool:
        turns = list(pool.map(lambda n: repository.begin_renewal(account, f"h:1:{n}", NOW, SOON), range(8)))
    assert [turn.is_ours for turn in turns].count(True) == 1
    assert {turn.token for turn in turns} == {OLD}
    mine = next(f"h:1:{n}" for n, turn in enumerate(turns) if turn.is_ours)
    assert {turn.holder for turn in turns if not turn.is_ours} == {mine}


def test_a_turn_is_given_back_by_whoever_has_it_alone(repository: Repository, account: Account) -> None:
    assert repository.begin_renewal(account, "one", NOW, SOON).is_ours
    repository.end_renewal(account, "two")
    assert not repository.begin_renewal(account, "two", NOW, SOON).is_ours
    repository.end_renewal(account, "one")
    assert repository.begin_renewal(account, "two", NOW, SOON).is_ours


@pytest.mark.parametrize("later", [SOON, NOW - 3 * DAY])
def test_a_turn_runs_out_and_so_does_one_of_a_clock_that_was_ahead(
    repository: Repository, account: Account, later: datetime
) -> None:
    assert repository.begin_renewal(account, "one", NOW, SOON).is_ours
    assert repository.begin_renewal(account, "two", later, later + HOUR).is_ours


def test_the_turn_of_one_who_has_died_is_nobodys(repository: Repository, account: Account) -> None:
    assert repository.begin_renewal(account, "one", NOW, SOON).is_ours
    assert repository.begin_renewal(account, "two", NOW, SOON, dead=["one"]).is_ours
    assert not repository.begin_renewal(account, "three", NOW, SOON, dead=["one"]).is_ours


def test_whoever_comes_when_it_is_done_finds_the_new_token_and_takes_no_turn(
    repository: Repository, account: Account
) -> None:
    assert repository.begin_renewal(account, "one", NOW, SOON).is_ours
    repository.save_token(account, NEW)
    assert repository.begin_renewal(account, "two", NOW, SOON) == (NEW, False, None)
    repository.end_renewal(account, "one")
    assert repository.begin_renewal(account, "two", NOW, SOON) == (NEW, False, None)
    assert repository.begin_renewal(account_of(repository), "three", NOW, SOON).is_ours


def test_the_same_access_token_with_another_refresh_token_is_another_grant(
    repository: Repository, account: Account
) -> None:
    anew = Token("old", "granted anew", NOW)
    repository.connect("ada", NewAccount("tiktok", "ada", token=anew), NOW)
    assert repository.begin_renewal(account, "one", NOW, SOON) == (anew, False, None)
    assert repository.save_token(account, NEW) == anew
    assert account_of(repository).token == anew


def test_of_an_account_that_was_replaced_or_disconnected_there_is_no_token(
    repository: Repository, account: Account
) -> None:
    repository.connect("ada", NewAccount("tiktok", "eve", token=NEW), NOW)
    assert repository.begin_renewal(account, "one", NOW, SOON) == (None, False, None)
    repository.disconnect("ada", "tiktok", NOW)
    assert repository.begin_renewal(account, "one", NOW, SOON) == (None, False, None)


def test_a_round_is_begun_once_until_it_is_over(repository: Repository) -> None:
    assert repository.begin_round(NOW, NOW + HOUR)
    assert not repository.begin_round(NOW + HOUR / 2, NOW + 2 * HOUR)
    assert repository.begin_round(NOW + HOUR, NOW + 2 * HOUR)
    assert repository.begin_round(NOW - 30 * DAY, NOW), "a clock was ahead once"


def test_tokens_that_end_come_in_their_order_and_those_that_failed_wait(repository: Repository) -> None:
    ends = {"ada": NOW + 2 * HOUR, "bob": NOW + HOUR, "cem": NOW + DAY, "dia": None, "eva": NOW - DAY}
    repository.add(
        [
            NewTalent(one, one.title(), accounts=(NewAccount("tiktok", one, token=Token(one, "r", end)),))
            for one, end in ends.items()
        ]
        + [NewTalent("fay", "Fay", accounts=(NewAccount("tiktok", "fay"),))],
        NOW,
    )
    repository.disconnect("eva", "tiktok", NOW)

    def ending(limit: int = 9, tried_before: datetime = NOW - DAY) -> list[str]:
        ends = {"tiktok": NOW + 3 * HOUR, "youtube": NOW + DAY}
        found = repository.ending(ends, tried_before=tried_before, limit=limit)
        assert list(found["youtube"]) == []
        return list(found["tiktok"])

    assert ending() == ["bob", "ada"]
    assert ending(1) == ["bob"]
    assert repository.ending({}, tried_before=NOW, limit=9) == {}
    bob = account_of(repository, "bob")
    assert repository.begin_renewal(bob, "one", NOW, SOON).is_ours
    repository.end_renewal(bob, "one", failed_at=NOW)
    assert ending() == ["ada"]
    assert ending(tried_before=NOW + HOUR) == ["bob", "ada"]
    assert repository.begin_renewal(bob, "two", NOW, SOON).is_ours, "who is looked at need not wait"


# -- who has to connect again ------------------------------------------------------------


def needed(repository: Repository) -> list[tuple[str, str, str | None]]:
    return [(one.talent_id, one.platform, one.detail) for one in repository.reconnects_needed(limit=9)]


def look(
    repository: Repository, state: State, reason: Reason | None = None, *, at: datetime = NOW
) -> TalentRecord:
    """A look at Ada's account that came to this."""
    read = repository.load("ada")
    candidate = Candidate("ada", "tiktok", state, reason=reason, detail="It says no.")
    repository.save([Change("ada", Selection(synced_at=at), candidates=(candidate,), read=read)], at)
    return repository.load("ada")


def test_a_look_that_needs_the_person_is_kept_once_until_one_comes_to_something(
    repository: Repository, account: Account
) -> None:
    look(repository, State.TROUBLE, Reason.TOKEN)
    look(repository, State.TROUBLE, Reason.TOKEN, at=NOW + HOUR)
    assert needed(repository) == [("ada", "tiktok", "It says no.")]
    assert repository.reconnects_needed(limit=1)[0].since == NOW
    look(repository, State.TROUBLE, Reason.TIMEOUT, at=NOW + DAY)
    assert needed(repository), "that nobody answers says nothing of it"
    look(repository, State.FOUND, at=NOW + 2 * DAY)
    assert needed(repository) == []


@pytest.mark.parametrize("act", ["connect", "disconnect"])
def test_a_person_who_connects_again_or_disconnects_ends_it(
    repository: Repository, account: Account, act: str
) -> None:
    assert repository.need_reconnect("ada", "tiktok", NOW, "It ended.")
    assert not repository.need_reconnect("ada", "tiktok", NOW + HOUR, "It ended.")
    if act == "connect":
        repository.connect("ada", NewAccount("tiktok", "ada"), NOW)
        assert needed(repository), "without a token nothing is better than before"
        repository.connect("ada", NewAccount("tiktok", "ada", token=NEW), NOW)
    else:
        repository.disconnect("ada", "tiktok", NOW)
    assert needed(repository) == []
    assert repository.need_reconnect("ada", "tiktok", NOW + DAY, "It ended again.")


def test_whose_turn_it_is_with_another_account_is_another_matter(
    repository: Repository, account: Account
) -> None:
    repository.add([NewTalent("bob", "Bob", accounts=(NewAccount("tiktok", "bob", token=OLD),))], NOW)
    other = account_of(repository, "bob")
    assert repository.begin_renewal(account, "one", NOW, SOON).is_ours
    assert repository.begin_renewal(other, "two", NOW, SOON).is_ours
    told = [repository.begin_renewal(one, "three", NOW, SOON).holder for one in (account, other)]
    assert told == ["one", "two"]
    repository.erase("ada", NOW, forgotten_by="kim")
    assert not repository.begin_renewal(other, "three", NOW, SOON).is_ours


def test_nothing_of_it_is_left_of_one_who_is_forgotten(repository: Repository, account: Account) -> None:
    repository.need_reconnect("ada", "tiktok", NOW, "It ended.")
    repository.begin_renewal(account, "one", NOW, SOON)
    repository.end_renewal(account, "one", failed_at=NOW)
    repository.erase("ada", NOW, platform="tiktok", forgotten_by="kim")
    assert needed(repository) == []
    assert repository.traces("ada", "tiktok").get("reconnects") is None
    repository.need_reconnect("ada", "youtube", NOW, "It ended.")
    repository.erase("ada", NOW, forgotten_by="kim")
    assert needed(repository) == []
