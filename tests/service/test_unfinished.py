"""A removal that was not finished is told, and the same words complete it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import TalentNotFound
from talentimg.repository.interface import NewTalent
from talentimg.repository.sqlite.repository import SqliteRepository
from tests.service import test_forgetting
from tests.service.test_forgetting import (
    ID,
    MAIL,
    everything_kept,
    forgetting,
    keys,
    killed_everywhere,
    no_row_without_its_objects,
    peopled,
)
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from talentimg.service.people.forgetting import Proof

repository, world, fresh = test_forgetting.repository, test_forgetting.world, test_forgetting.fresh


def test_a_removal_that_was_killed_is_completed_by_the_next(fresh: Callable[[], World]) -> None:
    for world in killed_everywhere(fresh, lambda service: service.remove([ID, "bob"])):
        no_row_without_its_objects(world)
        with suppress(TalentNotFound):  # it had been done
            assert all(proof.holds for proof in forgetting(world).remove([ID, "bob"]))
        assert keys(world) == set()
        assert world.repository.roster() == []
        assert not world.repository.owes_wipe()
        with pytest.raises(TalentNotFound):
            forgetting(world).remove([ID, "bob"])


def test_who_is_nobody_is_told_before_anybody_is_removed(world: World) -> None:
    with pytest.raises(TalentNotFound, match="nosuch"):
        forgetting(world).remove([ID, "nosuch", "bob"])
    assert {row.talent_id for row in world.repository.roster()} == {ID, "bob"}
    assert [proof.holds for proof in forgetting(world).remove([ID, "bob"])] == [True, True]


@pytest.mark.parametrize("repository", ["sqlite", "postgres"], indirect=True)
def test_files_that_somebody_elsewhere_should_have_removed_are_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed on another machine, of which nobody here can tell that it is gone."""
    asyncio.run(world.sync("bob"))
    world.repository.erase(ID, world.now, forgotten_by="eve")
    monkeypatch.setattr(world.repository, "_lease_holder", "elsewhere/1/x")
    for service in (forgetting(world), forgetting(world)):
        proof = service.forget(ID, by="eve")
        assert (proof.holds, proof.files_left) == (False, 12)
    (removed,) = forgetting(world).remove([ID])
    assert removed.files_left == 12
    world.pass_time(hours=1)
    assert forgetting(world).forget(ID, by="eve").holds
    assert len(keys(world)) == 4


@pytest.mark.parametrize("words", ["remove", "merge"])
def test_free_space_of_who_is_gone_is_wiped_when_the_same_is_said_again(
    tmp_path: Path, store_template: Path, words: str
) -> None:
    def say(world: World) -> Proof:
        if words == "remove":
            return forgetting(world).remove([ID])[0]
        return forgetting(world).merge(ID, "bob", by="eve").proof

    path = tmp_path / "roster.db"
    shutil.copy(store_template, path)
    with SqliteRepository.open(path, busy_timeout=0.05) as repository:
        world = peopled(World(repository))
        # An address of their own, or that of who is merged into them would go over.
        repository.update([NewTalent("bob", "Bob", "bob@quux.example")], world.now)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute('SELECT * FROM "Talent"').fetchone()
            for _ in range(2):
                proof = say(world)
                assert proof.free_space is not None
                assert not proof.holds
        assert MAIL.encode() in everything_kept(world, tmp_path)
        assert say(world).holds
        assert MAIL.encode() not in everything_kept(world, tmp_path)
