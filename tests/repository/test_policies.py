"""What people decide and say, kept the same by every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import CannotCreate, TalentNotFound, UsageError
from talentimg.models import (
    Action,
    AuditEntry,
    Choice,
    HistoryEntry,
    Lock,
    OptOut,
    Order,
    Policy,
    Selection,
)
from talentimg.repository.dry import DryRepository
from talentimg.repository.interface import Change, Disconnected, NewAccount, NewTalent
from tests.repository.builders import NOW, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

CHOSEN = Policy(choice=Choice("eve", NOW))


def said(talent_id: str = "ada", *, minutes: int = 0, action: str = Action.SET, **about: str) -> AuditEntry:
    return AuditEntry(talent_id, NOW + timedelta(minutes=minutes), action, "eve", "because", about)


def word(repository: Repository, policy: Policy, *entries: AuditEntry) -> Change:
    record = repository.load("ada")
    return Change("ada", record.selection, policy=policy, audit=entries, read=record)


@pytest.fixture(autouse=True)
def _roster(repository: Repository) -> None:
    repository.add([talent("ada"), talent("bob")], NOW)


def test_what_follows_from_a_word_is_written_with_it(repository: Repository) -> None:
    shown = Selection("manual", "a" * 64, "https://pictures.example/a", NOW)
    assert (
        repository.save([replace(word(repository, CHOSEN, said(file="a.png")), selection=shown)], NOW) == []
    )
    record = repository.load("ada")
    assert (record.policy, record.selection.source) == (CHOSEN, "manual")
    assert repository.audit("ada") == [said(file="a.png")]
    assert repository.load("bob").policy == Policy()


def test_a_change_that_says_nothing_of_the_policy_leaves_it(repository: Repository) -> None:
    repository.save_policy("ada", CHOSEN)
    record = repository.load("ada")
    assert repository.save([Change("ada", record.selection, read=record)], NOW) == []
    assert repository.load("ada").policy == CHOSEN


def test_a_word_that_rests_on_an_older_one_is_out_of_date(repository: Repository) -> None:
    late = word(repository, CHOSEN, said())
    repository.save_policy("ada", Policy(opt_outs=(OptOut(None, "ann", NOW),)))
    assert repository.save([late], NOW) == ["ada"]
    assert repository.load("ada").policy.opted_out
    assert repository.audit("ada") == []


def test_a_word_whose_acknowledgement_was_lost_may_be_written_again(repository: Repository) -> None:
    change = word(repository, CHOSEN, said())
    assert repository.save([change], NOW) == []
    assert repository.save([change], NOW) == []
    assert repository.load("ada").policy == CHOSEN


def test_what_was_said_is_told_newest_first(repository: Repository) -> None:
    entries = [said(minutes=n, action=action) for n, action in enumerate((Action.SET, Action.UNSET, "later"))]
    repository.save_audit(entries[1:])
    repository.save_audit([entries[0], said("bob", minutes=9)])
    assert repository.audit("ada") == entries[::-1]
    assert repository.audit("ada", limit=1) == entries[-1:]
    assert repository.audit("nobody") == []


def test_of_two_things_said_at_once_the_later_one_comes_first(repository: Repository) -> None:
    first, second = said(action=Action.LOCK), said(action=Action.UNLOCK)
    repository.save_audit([first, second])
    assert repository.audit("ada") == [second, first]


def test_adding_keeps_what_was_said_with_it_or_nothing_at_all(repository: Repository) -> None:
    added = said("cleo", action=Action.ADD)
    repository.add([NewTalent("cleo", "Cleo")], NOW, said=[added])
    with pytest.raises(UsageError):
        repository.add([NewTalent("cleo", "Cleo")], NOW, said=[said("cleo", minutes=1, action=Action.ADD)])
    assert repository.audit("cleo") == [added]


def test_connecting_and_disconnecting_keep_what_was_said_with_it(repository: Repository) -> None:
    entries = [said(minutes=n, action=a) for n, a in enumerate((Action.CONNECT, Action.DISCONNECT))]
    repository.connect("ada", NewAccount("tiktok", "ada"), NOW, said=entries[0])
    assert repository.disconnect("ada", "tiktok", NOW, said=entries[1])
    assert not repository.disconnect("ada", "tiktok", NOW, said=said(minutes=9)), "nothing was done"
    assert repository.audit("ada") == entries[::-1]
    with pytest.raises(TalentNotFound):
        repository.connect("nobody", NewAccount("tiktok", "ada"), NOW, said=said("nobody"))
    assert repository.audit("nobody") == []


def test_a_listing_tells_what_people_decided(repository: Repository) -> None:
    policy = Policy(Lock("eve", NOW, "why", NOW), CHOSEN.choice, Order(("tiktok",), "eve", NOW))
    repository.save_policy("ada", policy)
    assert [row.policy for row in repository.roster()] == [policy, Policy()]


def test_each_change_of_what_is_shown_has_a_number_of_its_own(repository: Repository) -> None:
    for number in range(3):
        for talent_id in ("ada", "bob"):
            record = repository.load(talent_id)
            shown = Selection("manual", str(number) * 64, synced_at=NOW)
            entry = HistoryEntry(talent_id, NOW, "initials", None, "manual", shown.content_hash, "why", "eve")
            repository.save([Change(talent_id, shown, history=entry, read=record)], NOW)
    both = [[e.number for e in repository.history(talent_id)] for talent_id in ("ada", "bob")]
    assert len({*both[0], *both[1]}) == 6
    assert all(numbers == sorted(numbers, reverse=True) for numbers in both)
    assert [e.number for e in repository.history("ada", limit=2)] == both[0][:2]


def test_what_was_said_of_many_is_told_in_the_order_in_which_it_was_written(repository: Repository) -> None:
    """Whatever the clocks of those who wrote it said."""
    lock, unlock, other = (
        said(minutes=9, action=Action.LOCK),
        said(minutes=1, action=Action.UNLOCK),
        said("bob", action=Action.LOCK),
    )
    for entry in (lock, said(action=Action.EDIT), other, unlock):
        repository.save_audit([entry])
    told = repository.said_of(["ada", "bob", "nobody", "nul\0", "\ud800"], [Action.LOCK, Action.UNLOCK])
    assert told == {"ada": [lock, unlock], "bob": [other]}
    assert repository.said_of(["bob"], [Action.UNLOCK]) == repository.said_of([], [Action.LOCK]) == {}
    assert DryRepository(repository).said_of(["bob"], [Action.LOCK]) == {"bob": [other]}


def test_a_disconnected_account_is_kept_without_a_row_of_the_account(repository: Repository) -> None:
    one = Disconnected.of("ada", "TikTok", "@Ada")
    assert all(repository.keep_disconnected(one, NOW) for _ in range(2))
    assert repository.disconnected(["ada", "bob"]) == {one}
    assert repository.load("ada").talent.accounts == ()
    with pytest.raises(CannotCreate, match="dry"):
        DryRepository(repository).keep_disconnected(one, NOW)


def test_what_is_connected_or_forgotten_by_then_is_not_kept_as_disconnected(repository: Repository) -> None:
    repository.connect("ada", NewAccount("tiktok", "ada"), NOW)
    repository.erase("bob", NOW, platform="tiktok", forgotten_by="eve")
    for talent_id in ("ada", "bob", "nobody"):
        assert not repository.keep_disconnected(Disconnected.of(talent_id, "tiktok", talent_id), NOW)
    assert repository.disconnected(["ada", "bob", "nobody"]) == set()
    assert repository.traces("bob", "tiktok") == {}
