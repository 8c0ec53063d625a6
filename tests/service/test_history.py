"""What was shown and said, told as one story, and the way back to an earlier picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ObjectError, TalentNotFound, UsageError
from talentimg.models import (
    ANY_SOURCE,
    INITIALS,
    MANUAL,
    AuditEntry,
    HistoryEntry,
    OutcomeKind,
    Review,
    ReviewState,
    Selection,
    Suspect,
)
from talentimg.repository.interface import Change, NewAccount
from talentimg.service.decision.versions import (
    BEFORE_ALL,
    BY_ANOTHER_PROGRAM,
    BY_NOBODY,
    BY_RECROP,
    before,
    versions_of,
)
from talentimg.service.people.choosing import Brought
from talentimg.service.people.history import merged
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Picture
    from talentimg.service.people.history import Event
    from talentimg.store.interface import Held


async def three_pictures(**options: object) -> tuple[World, list[str]]:
    """Ada has shown three pictures of Instagram, one a day; their content hashes, the oldest first."""
    world = World(**options)  # type: ignore[arg-type]
    world.add("ada", "instagram")
    hashes = []
    for seed in (1, 2, 3):
        world.offers("instagram", "ada", seed)
        hashes.append((await world.sync()).content_hash or "")
        world.pass_time(days=1)
    return world, hashes


def number_of(world: World, content_hash: str) -> int:
    events = reversed(world.history().events("ada", limit=100))
    versions = (event.version for event in events if event.version)
    return next(v.number or 0 for v in versions if v.content_hash == content_hash)


def shown(world: World) -> str | None:
    return world.repository.load("ada").selection.content_hash


# -- going back ---------------------------------------------------------------------------------


async def test_the_picture_before_is_shown_locked_and_says_so_and_nothing_is_fetched() -> None:
    world, (_, second, _) = await three_pictures(public_url="https://pictures.example")
    world.web.fetched.clear()
    number = number_of(world, second)
    done = world.history().rollback("ada", by="eve", why="too dark")
    assert (done.outcome.kind, done.outcome.source) == (OutcomeKind.LOCKED, "instagram")
    record = world.repository.load("ada")
    assert record.selection.content_hash == second
    assert record.selection.url == f"https://pictures.example/{second[:2]}/{second}.webp"
    assert record.policy.lock
    assert record.policy.lock.why == f"went back to version {number}: too dark"
    assert world.web.fetched == []
    world.offers("instagram", "ada", 4)
    assert (await world.sync(force=True)).content_hash == second
    (said,) = world.repository.audit("ada")
    assert (said.action, said.by, said.why) == ("rollback", "eve", "too dark")
    assert dict(said.about) == {"version": str(number), "hash": second}


async def test_once_more_goes_one_further_back_and_a_number_leads_forward_again() -> None:
    world, (first, second, third) = await three_pictures()
    newest = number_of(world, third)
    for expected in (second, first):
        world.pass_time(minutes=1)
        world.history().rollback("ada", by="eve")
        assert shown(world) == expected
    world.pass_time(minutes=1)
    assert world.history().rollback("ada", by="eve").outcome.source == INITIALS
    world.pass_time(minutes=1)
    with pytest.raises(UsageError, match="Nothing else was shown before"):
        world.history().rollback("ada", by="eve")
    world.history().rollback("ada", newest, by="eve")
    assert shown(world) == third


async def test_unlocked_what_the_sources_are_known_to_offer_is_shown_again() -> None:
    world, (*_, third) = await three_pictures()
    world.history().rollback("ada", by="eve")
    assert world.rules().unlock("ada", by="eve").outcome.content_hash == third
    assert shown(world) == third


async def test_a_number_means_the_same_version_whatever_comes_after_it() -> None:
    world, (first, *_) = await three_pictures()
    number = number_of(world, first)
    world.offers("instagram", "ada", 5)
    await world.sync()
    world.history().rollback("ada", number, by="eve")
    assert shown(world) == first


async def test_a_sync_that_is_faster_changes_nothing_of_where_one_goes() -> None:
    world, (_, second, _) = await three_pictures()
    save = world.repository.save
    raced: list[list[str]] = []

    def after_a_sync(changes: object, now: object) -> list[str]:
        if not raced:
            record = world.repository.load("ada")
            raced.append(save([Change("ada", Selection(synced_at=world.now), read=record)], world.now))
        return save(changes, now)  # type: ignore[arg-type]

    world.repository.save = after_a_sync  # type: ignore[method-assign]  # somebody is faster
    world.history().rollback("ada", by="eve")
    assert shown(world) == second


async def test_a_lock_stands_against_it_unless_a_rollback_made_it() -> None:
    world, _ = await three_pictures()
    world.rules().lock("ada", by="mia")
    with pytest.raises(UsageError, match="locked by mia"):
        world.history().rollback("ada", by="eve")
    world.rules().unlock("ada", by="mia")
    world.history().rollback("ada", by="eve")
    world.pass_time(minutes=1)
    world.rules().lock("ada", by="mia")
    with pytest.raises(UsageError, match="locked by mia"):
        world.history().rollback("ada", by="eve")


async def test_it_shows_nothing_that_the_talent_opted_out_of() -> None:
    world, _ = await three_pictures()
    world.add("bob", "tiktok")
    world.rules().opt_out("ada", "instagram", by="mia")
    with pytest.raises(UsageError, match="wants none from instagram") as refused:
        world.history().rollback("ada", by="eve")
    assert (refused.value.hint or "").endswith("talentimg opt-in ada --platform instagram")
    world.rules().opt_out("ada", by="mia")
    with pytest.raises(UsageError, match="wants no picture at all"):
        world.history().rollback("ada", by="eve")


def lose(world: World, picture: Picture) -> None:
    world.store.delete(picture.renditions[-1].key)


def damage(world: World, picture: Picture) -> None:
    world.store.put(picture.renditions[0].key, b"something else", "image/webp", anew=True)


@pytest.mark.parametrize("harm", [lose, damage])
async def test_what_is_not_whole_in_the_store_is_not_shown(harm: Callable[[World, Picture], None]) -> None:
    world, (_, second, third) = await three_pictures()
    picture = world.repository.picture(second)
    assert picture
    harm(world, picture)
    with pytest.raises(UsageError, match="there is no whole copy"):
        world.history().rollback("ada", by="eve")
    assert shown(world) == third
    assert world.repository.audit("ada") == []


async def test_a_store_that_cannot_tell_is_no_lost_picture() -> None:
    class Away(MemoryObjectStore):
        def find(self, key: str) -> Held | None:
            raise ObjectError("The store is away.")

    world, _ = await three_pictures()
    world.store = Away()
    with pytest.raises(ObjectError):
        world.history().rollback("ada", by="eve")


async def test_a_placeholder_is_not_gone_back_to() -> None:
    world, (_, second, _) = await three_pictures()
    picture = world.repository.picture(second)
    assert picture
    world.repository.save_suspect(Suspect("instagram", picture.source_hash, second, world.now, 5))
    with pytest.raises(UsageError, match="It is a placeholder"):
        world.history().rollback("ada", by="eve")


async def test_nor_is_what_only_looks_like_one_unless_it_is_allowed() -> None:
    world, (_, second, third) = await three_pictures()
    picture = world.repository.picture(second)
    assert picture
    for name, source in (("other", "instagram"), ("named", ANY_SOURCE)):
        world.repository.save_suspect(Suspect(source, name, name, world.now, 5, likeness=picture.likeness))
        with pytest.raises(UsageError, match="It is a placeholder"):
            world.history().rollback("ada", by="eve")
        assert shown(world) == third
    world.repository.save_suspect(
        Suspect("instagram", picture.source_hash, second, world.now, 5, "ann", world.now)
    )
    assert world.history().rollback("ada", by="eve").outcome.content_hash == second


def reject(world: World, content_hash: str) -> None:
    """Somebody looks at it later and rejects it."""
    picture = world.repository.picture(content_hash)
    assert picture
    record = world.repository.load("ada")
    review = Review(
        "ada",
        "instagram",
        "the bytes of another form of it",
        "b" * 64,
        ReviewState.REJECTED,
        NOW,
        picture.likeness,
        NOW,
        "ann",
        "not she",
    )
    world.repository.save([Change("ada", record.selection, read=record, reviews=(review,))], world.now)


async def test_what_a_person_has_rejected_since_is_passed_over_and_refused_by_its_number() -> None:
    world, (first, second, third) = await three_pictures()
    reject(world, second)
    with pytest.raises(UsageError, match=r"was rejected by ann on 2026-11-24: not she\.") as caught:
        world.history().rollback("ada", number_of(world, second), by="eve")
    assert caught.value.hint == (
        "If it is a good one after all: talentimg review approve ada --hash bbbbbbbbbbbb"
    )
    assert (shown(world), world.repository.load("ada").policy.lock) == (third, None)
    assert world.history().rollback("ada", by="eve").outcome.content_hash == first


async def test_what_was_chosen_is_chosen_again_and_can_be_taken_back() -> None:
    world, (*_, third) = await three_pictures()
    chosen = await world.choosing().choose("ada", Brought("a.jpg", picture_bytes(9)), by="eve")
    world.pass_time(minutes=1)
    world.choosing().unset("ada", by="eve")
    world.pass_time(minutes=1)
    assert world.history().rollback("ada", by="mia").outcome.source == MANUAL
    assert shown(world) == chosen.outcome.content_hash
    world.rules().unlock("ada", by="mia")
    assert (await world.sync()).source == MANUAL
    assert world.choosing().unset("ada", by="mia").outcome.content_hash == third


async def test_unknown_versions_and_what_is_shown_are_refused() -> None:
    world, (*_, third) = await three_pictures()
    number = number_of(world, third)
    with pytest.raises(UsageError, match="is what is shown"):
        world.history().rollback("ada", number, by="eve")
    with pytest.raises(UsageError, match="has no version 999"):
        world.history().rollback("ada", 999, by="eve")
    with pytest.raises(TalentNotFound):
        world.history().rollback("nobody", by="eve")
    world.add("bob", "instagram")
    with pytest.raises(UsageError, match="Nothing else was shown before"):
        world.history().rollback("bob", by="eve")


async def test_a_version_of_another_talent_is_none_of_this_one() -> None:
    world, (first, *_) = await three_pictures()
    world.add("bob", "instagram")
    world.offers("instagram", "bob", 7)
    await world.sync("bob")
    with pytest.raises(UsageError, match="has no version"):
        world.history().rollback("bob", number_of(world, first), by="eve")


# -- telling ------------------------------------------------------------------------------------


def words(events: list[Event]) -> list[tuple[str | None, str | None]]:
    return [(event.action, event.version.source if event.version else None) for event in events]


async def test_a_word_and_the_picture_that_it_brought_are_one_event() -> None:
    world, _ = await three_pictures()
    world.rules().lock("ada", by="eve", why="why")
    world.pass_time(minutes=1)
    world.rules().unlock("ada", by="eve")
    world.pass_time(minutes=1)
    world.rules().opt_out("ada", "instagram", by="eve")
    world.pass_time(minutes=1)
    await world.connect("ada", NewAccount("tiktok", "ada"))
    events = world.history().events("ada", limit=20)
    assert words(events) == [
        ("connect", None),
        ("opt_out", INITIALS),
        ("unlock", None),
        ("lock", None),
        *[(None, "instagram")] * 3,
    ]
    assert [event.version.is_shown for event in events if event.version] == [True, False, False, False]
    assert words(world.history().events("ada", limit=2)) == words(events)[:2]


async def test_disconnecting_and_what_follows_from_it_are_one_event() -> None:
    world, _ = await three_pictures()
    await world.disconnect("ada", "instagram")
    first = world.history().events("ada", limit=1)[0]
    assert (first.action, first.by, first.version and first.version.source) == (
        "disconnect",
        "operator",
        INITIALS,
    )


async def test_nothing_is_told_of_one_who_never_had_a_picture() -> None:
    world = World()
    world.add("ada")
    (event,) = world.history().events("ada", limit=5)
    assert event.version
    assert (event.version.source, event.version.is_shown) == (INITIALS, True)
    with pytest.raises(TalentNotFound):
        world.history().events("nobody", limit=5)


def entry(number: int, was: str, now: str, by: str = "sync") -> HistoryEntry:
    """A change between pictures of Instagram, which are named by a letter; `-` is no picture."""
    sources = [INITIALS if one == "-" else "instagram" for one in (was, now)]
    hashes = [None if one == "-" else one for one in (was, now)]
    at = NOW.replace(minute=number)
    return HistoryEntry(
        "ada", at, sources[0], hashes[0], sources[1], hashes[1], "why", by, number=number, from_question="q"
    )


def test_what_another_program_showed_in_between_is_a_version_without_a_number() -> None:
    history = [entry(2, "x", "b"), entry(1, "-", "a")]
    found = versions_of(history, Selection("instagram", "b"))
    assert [(v.number, v.content_hash, v.by) for v in found] == [
        (2, "b", "sync"),
        (None, "x", BY_ANOTHER_PROGRAM),
        (1, "a", "sync"),
        (BEFORE_ALL, None, BY_NOBODY),
    ]
    now = versions_of(history, Selection("instagram", url="https://app.example/other.jpg"))
    assert [v.is_shown for v in now] == [True, False, False, False, False]
    assert now[0].by == BY_ANOTHER_PROGRAM
    (only,) = versions_of(history[:1], Selection("instagram", "b"), is_whole=False)
    assert only.number == 2, "what came before is not known yet"


def test_nobody_brought_the_initials_before_all_and_another_program_whatever_else_no_change_of_ours_did() -> (
    None
):
    in_between = versions_of([entry(2, "-", "b"), entry(1, "-", "a")], Selection("instagram", "b"))
    assert [(v.number, v.source, v.by) for v in in_between[1:]] == [
        (None, INITIALS, BY_ANOTHER_PROGRAM),
        (1, "instagram", "sync"),
        (BEFORE_ALL, INITIALS, BY_NOBODY),
    ]
    first = versions_of([entry(1, "x", "a")], Selection("instagram", "a"))[-1]
    assert (first.number, first.content_hash, first.by) == (BEFORE_ALL, "x", BY_ANOTHER_PROGRAM)


def test_why_a_version_came_to_be_shown_is_told_of_what_is_shown_now_and_of_earlier_ones() -> None:
    found = versions_of([entry(2, "x", "b"), entry(1, "-", "a")], Selection("instagram", "b"))
    assert [(v.number, v.why) for v in found] == [(2, "why"), (None, None), (1, "why"), (BEFORE_ALL, None)]


def test_the_question_of_a_version_is_told_by_the_change_after_it() -> None:
    found = versions_of([entry(2, "a", "b"), entry(1, "-", "a")], Selection("instagram", "b", question="now"))
    assert [v.question for v in found] == ["now", "q", "q"]


def test_the_version_before_is_another_picture_and_no_other_cut_of_the_same() -> None:
    history = [entry(3, "b", "c", BY_RECROP), entry(2, "a", "b"), entry(1, "-", "a")]
    found = versions_of(history, Selection("instagram", "c"))
    assert next(before(found, 0)).content_hash == "a"
    assert list(before(found, len(found) - 1)) == []


def test_of_words_at_the_same_time_each_is_told_once() -> None:
    said = [AuditEntry("ada", NOW.replace(minute=1), action, "sync") for action in ("unlock", "lock")]
    found = versions_of([entry(1, "-", "a")], Selection("instagram", "a"))
    assert sorted(event.action or "" for event in merged(found, said)) == ["lock", "unlock"]
