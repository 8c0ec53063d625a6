"""What people decide and say, kept the same by every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Action, AuditEntry, Choice, OptOut, Policy, Selection
from talentimg.repository.interface import Change
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
