"""Who may be forgotten, removed and merged, and what is said where it cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import EditedMeanwhile, StoreLocked, TalentNotFound, UsageError
from talentimg.models import NOBODY, Action, AuditEntry, OptOut, Policy
from talentimg.models.talent import FORGOTTEN
from talentimg.repository.interface import NewAccount
from talentimg.repository.memory import MemoryRepository
from talentimg.service.people.edition import edition_of
from talentimg.service.people.forgetting import Proof
from tests.service.test_forgetting import Deadly, Killed, dies_at, forgetting
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import TalentRecord


@pytest.fixture
async def world() -> World:
    """Ada, who shows her picture from Instagram, and Bob, who shows none."""
    world = World()
    world.add("ada", "instagram", "tiktok")
    world.add("bob")
    world.offers("instagram", "ada", 1)
    await world.sync("ada")
    return world


# -- of what somebody has seen ---------------------------------------------------------------


@pytest.mark.parametrize("platform", [None, "instagram"])
async def test_whoever_has_not_seen_what_was_changed_forgets_nobody(
    world: World, platform: str | None
) -> None:
    seen = {edition_of(world.repository.load("ada"))}
    world.rules().order("ada", ("tiktok",), by="mia")
    before = world.repository.load("ada")
    with pytest.raises(EditedMeanwhile):
        forgetting(world).forget("ada", platform, by="eve", editions=seen)
    assert world.repository.load("ada") == before
    assert world.repository.forgotten([("ada", platform)]) == []
    seen = {"another", edition_of(before)}
    assert forgetting(world).forget("ada", platform, by="eve", editions=seen).holds


async def test_what_is_changed_just_before_a_platform_is_forgotten_is_not_overlooked(world: World) -> None:
    class Beaten(MemoryRepository):
        meanwhile: list[Callable[[], object]]

        def load(self, talent_id: str) -> TalentRecord:
            record = super().load(talent_id)
            if self.meanwhile:
                self.meanwhile.pop()()
            return record

    repository = Beaten()
    repository.meanwhile = []
    world = World(repository)
    world.add("ada", "instagram")
    seen = {edition_of(repository.load("ada"))}
    repository.meanwhile = [lambda: world.rules().order("ada", ("tiktok",), by="mia")]
    with pytest.raises(EditedMeanwhile):
        forgetting(world).forget("ada", "instagram", by="eve", editions=seen)
    assert repository.load("ada").talent.account("instagram") is not None


async def test_what_was_begun_is_completed_whatever_has_been_seen(world: World) -> None:
    seen = {edition_of(world.repository.load("ada"))}
    first = forgetting(world).forget("ada", "instagram", by="eve", editions=seen)
    assert (first.before, first.by, first.why) == (None, "eve", None)
    world.pass_time(days=1)
    again = forgetting(world).forget("ada", "instagram", by="ann", why="to be sure", editions=seen)
    assert again.before == world.now - timedelta(days=1)
    assert (again.by, again.why, again.holds) == ("ann", "to be sure", True)


async def test_who_is_forgotten_as_a_whole_is_so_on_every_platform(world: World) -> None:
    forgetting(world).forget("ada", by="eve")
    assert forgetting(world).forget("ada", "tiktok", by="eve").before == world.now
    world.add("cy", "instagram", "tiktok")
    forgetting(world).forget("cy", "instagram", by="eve")
    assert forgetting(world).forget("cy", "tiktok", by="eve").before is None
    assert forgetting(world).forget("cy", by="eve").before is None


# -- what is withdrawn -------------------------------------------------------------------


async def test_whoever_says_it_is_named_where_a_picture_goes(world: World) -> None:
    forgetting(world).forget("ada", "instagram", by="eve")
    (entry, *_) = world.repository.history("ada")
    assert (entry.by, entry.why, entry.to_hash) == ("eve", FORGOTTEN, None)
    assert world.repository.load("ada").policy.opt_outs == (OptOut("instagram", at=world.now, why=FORGOTTEN),)


async def test_what_else_was_left_out_stays_so_and_the_platform_once(world: World) -> None:
    other = OptOut("tiktok", at=world.now, why="hers")
    world.repository.save_policy(
        "ada", Policy(opt_outs=(other, OptOut("instagram", at=world.now, why="hers")))
    )
    world.pass_time(hours=1)
    forgetting(world).forget("ada", "instagram", by="eve")
    assert world.repository.load("ada").policy.opt_outs == (
        other,
        OptOut("instagram", at=world.now, why=FORGOTTEN),
    )


# -- nobody ------------------------------------------------------------------------------


async def test_the_words_about_everybody_are_nobodys_to_forget(world: World) -> None:
    world.repository.save_audit([AuditEntry(NOBODY, world.now, Action.PLACEHOLDER_ADD, "eve")])
    for take in (
        lambda: forgetting(world).forget(NOBODY, by="eve"),
        lambda: forgetting(world).remove([NOBODY]),
    ):
        with pytest.raises(TalentNotFound):
            take()
    assert len(world.repository.audit(NOBODY)) == 1


async def test_whom_the_app_removed_is_forgotten_by_what_is_left_of_them(world: World) -> None:
    assert isinstance(world.repository, MemoryRepository)
    with pytest.raises(TalentNotFound):
        forgetting(world).forget("gone", by="eve")
    world.repository.save_audit([AuditEntry("gone", world.now, Action.SET, "eve")])
    with pytest.raises(TalentNotFound):
        forgetting(world).forget("gone", "instagram", by="eve")
    assert forgetting(world).forget("gone", by="eve").holds
    assert world.repository.audit("gone") == []


class Keeping(Deadly):
    """A store that says yes, and removes nothing."""

    def delete(self, key: str) -> None:
        """Leave it there."""


async def test_a_file_that_is_there_afterwards_is_no_proof(world: World) -> None:
    files = len(list(world.store.listing()))
    proof = forgetting(world, store=Keeping(world.store, dies_at(-1))).forget("ada", by="eve")
    assert (proof.holds, proof.files_left) == (False, files)
    assert not proof.left, "rows went"


@pytest.mark.parametrize("is_own", [True, False])
async def test_the_proof_tells_whether_their_own_row_went_as_well(is_own: bool) -> None:
    class Somebodys(MemoryRepository):
        def is_own(self) -> bool:
            return is_own

    world = World(Somebodys())
    world.add("ada")
    assert forgetting(world).forget("ada", by="eve").is_own is is_own


async def test_if_one_of_several_is_nobody_none_is_removed(world: World) -> None:
    with pytest.raises(TalentNotFound):
        forgetting(world).remove(["ada", "nobody", "bob"])
    assert [row.talent_id for row in world.repository.roster(limit=9)] == ["ada", "bob"]
    proofs = forgetting(world).remove(["ada", "bob"], by="eve", why="left")
    assert [(one.talent_id, one.by, one.why) for one in proofs] == [
        ("ada", "eve", "left"),
        ("bob", "eve", "left"),
    ]
    assert [one.files > 0 for one in proofs] == [True, False]


async def test_a_removal_that_was_killed_is_completed_by_whoever_says_the_same(world: World) -> None:
    """The files that it left count for the first who is named."""
    world.add("cid", "instagram")
    dying = forgetting(world, store=Deadly(world.store, dies_at(1)))
    with pytest.raises(Killed):
        dying.remove(["ada"])
    assert [row.talent_id for row in world.repository.roster(limit=9)] == ["bob", "cid"]
    proofs = forgetting(world).remove(["ada", "bob", "cid"])
    assert [one.holds for one in proofs] == [True] * 3
    assert [one.files > 0 for one in proofs] == [True, False, False]
    assert list(world.store.listing()) == []


async def test_to_remember_tells_whom_and_needs_somebody_forgotten(world: World) -> None:
    with pytest.raises(UsageError, match=r"^Nothing of 'ada' was forgotten\.$") as caught:
        forgetting(world).remember("ada", by="eve")
    assert caught.value.hint == "Check the spelling of the id."
    forgetting(world).forget("ada", "tiktok", by="eve")
    (found,) = forgetting(world).remember("ada", by="ann", why="She is back.")
    assert (found.talent_id, found.platform) == ("ada", "tiktok")


# -- refused -----------------------------------------------------------------------------


async def test_what_cannot_be_merged_is_refused_and_says_why(world: World) -> None:
    with pytest.raises(UsageError, match=r"^A talent cannot be merged with themselves\.$") as caught:
        forgetting(world).merge("ada", "ada", by="eve")
    assert caught.value.hint == "Name two ids."
    for pair in (("nobody", "bob"), ("ada", "nobody")):
        with pytest.raises(TalentNotFound):
            forgetting(world).merge(*pair, by="eve")
    world.repository.save_audit([AuditEntry("bob", world.now, Action.MERGE, "eve", about={"from": "cy"})])
    world.repository.save_audit([AuditEntry("bob", world.now, Action.EDIT, "eve", about={"from": "nobody"})])
    with pytest.raises(TalentNotFound):
        forgetting(world).merge("nobody", "bob", by="eve")
    assert forgetting(world).merge("cy", "bob", by="eve").merged is None


async def test_who_merged_is_named_and_what_follows_is_shown(world: World) -> None:
    done = forgetting(world).merge("ada", "bob", by="eve", why="twice")
    assert done.merged is not None
    (said, *_) = world.repository.audit("bob")
    assert (said.action, said.by, said.why, said.about) == (Action.MERGE, "eve", "twice", {"from": "ada"})
    assert world.repository.load("bob").selection.source == "instagram"
    assert world.repository.history("bob")[0].by == "eve"


@pytest.mark.parametrize("done", ["removed", "merged"])
async def test_rows_of_the_app_are_not_taken_away_and_it_is_said_what_to_do(done: str) -> None:
    class TheApps(MemoryRepository):
        def is_own(self) -> bool:
            return False

    world = World(TheApps())
    world.add("ada")
    world.repository.connect("ada", NewAccount("instagram", "ada"), world.now)
    takes: dict[str, Callable[[], object]] = {
        "removed": lambda: forgetting(world).remove(["ada"]),
        "merged": lambda: forgetting(world).merge("ada", "bob", by="eve"),
    }
    with pytest.raises(UsageError, match=done) as caught:
        takes[done]()
    assert caught.value.hint == (
        "Do it in the app. What talentimg keeps of them goes with: talentimg forget, or sweep"
    )
    assert world.repository.count() == 1


@pytest.mark.parametrize(
    ("proof", "said", "hint"),
    [
        (
            Proof("ada", None, free_space="Others read it.", files_left=1),
            "Others read it.",
            "Say the same again when nothing else runs.",
        ),
        (
            Proof("ada", None, files_left=1, left={"audit": 1}),
            "Somebody else has begun to remove files, and they are still there.",
            "Say the same again; ten minutes after they began, they are not waited for any more.",
        ),
        (
            Proof("ada", None, left={"audit": 1}),
            "Something was written while it was removed.",
            "Say the same again, or see what runs beside it.",
        ),
    ],
)
def test_what_is_left_to_do_is_said_in_a_sentence(proof: Proof, said: str, hint: str) -> None:
    assert not proof.holds
    assert isinstance(proof.unfinished, StoreLocked)
    assert (proof.unfinished.message, proof.unfinished.hint) == (said, hint)


def test_where_nothing_is_left_nothing_is_to_be_done() -> None:
    proof = Proof("ada", "Ada", rows={"audit": 3}, files=4)
    assert (proof.holds, proof.unfinished) == (True, None)
