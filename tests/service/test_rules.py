"""A talent's own rules: what each does at once, what it stands against, and how it is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ProviderError, TalentNotFound, UsageError
from talentimg.models import INITIALS, Action, Choice, Lock, OptOut, OutcomeKind, Policy, Reason
from talentimg.repository.interface import Change
from talentimg.service.decision.chain import Ground
from talentimg.service.decision.explain import OPTED_OUT, explain
from talentimg.service.decision.resolver import NO_LONGER_ASKED, OPTED_OUT_OF
from talentimg.service.decision.said import marks, sentence, who_when_why
from talentimg.service.decision.state import TalentState, state_of
from tests.conftest import NOW
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import TalentRecord
    from talentimg.service.people.decisions import Decided


async def both_known() -> World:
    """Ada shows Instagram's picture; what TikTok has is known, too."""
    world = World()
    world.add("ada", "instagram", "tiktok")
    world.offers("tiktok", "ada", 2)
    await world.sync()
    world.offers("instagram", "ada", 1)
    world.pass_time(days=1)
    await world.sync()
    assert shown(world) == "instagram"
    return world


def shown(world: World) -> str:
    return record(world).selection.source


def record(world: World) -> TalentRecord:
    return world.repository.load("ada")


# -- a lock ---------------------------------------------------------------------------------


async def test_a_lock_holds_until_its_end_and_then_the_next_look_goes_on() -> None:
    world = await both_known()
    before = record(world).selection
    world.rules().lock("ada", by="eve", why="premiere", until=world.now + timedelta(days=3))
    world.offers("instagram", "ada", 9)
    for _ in range(2):
        world.pass_time(days=1)
        outcome = await world.sync(force=True)
        assert outcome.kind is OutcomeKind.LOCKED
        assert outcome.detail == "Locked by eve on 2026-11-25 until 2026-11-28 02:00 UTC: premiere."
        assert record(world).selection.content_hash == before.content_hash
    world.pass_time(days=1)
    assert (await world.sync()).kind is OutcomeKind.UPDATED
    done = world.rules().unlock("ada", by="eve")
    assert not done.is_new, "it was over already"


async def test_a_lock_freezes_initials_too() -> None:
    world = World()
    world.add("ada", "instagram")
    world.rules().lock("ada", by="eve")
    world.offers("instagram", "ada", 1)
    assert (await world.sync(force=True)).source == INITIALS


async def test_unlocking_shows_at_once_what_is_known_and_keeps_when_it_was_looked_at() -> None:
    world = await both_known()
    world.rules().lock("ada", by="eve")
    world.rules().order("ada", ("tiktok",), by="eve")
    assert shown(world) == "instagram", "the lock holds"
    synced = record(world).selection.synced_at
    world.pass_time(hours=5)
    assert world.rules().unlock("ada", by="mia").outcome.source == "tiktok"
    assert record(world).selection.synced_at == synced
    assert not world.rules().unlock("ada", by="mia").is_new


async def test_a_later_lock_takes_the_place_of_an_earlier_one() -> None:
    world = await both_known()
    world.rules().lock("ada", by="eve", until=world.now + timedelta(days=1))
    world.pass_time(hours=1)
    world.rules().lock("ada", by="mia")
    assert record(world).policy.lock == Lock("mia", world.now)
    assert [(e.by, dict(e.about)) for e in world.repository.audit("ada")] == [
        ("mia", {}),
        ("eve", {"until": "2026-11-26T02:00:00+00:00"}),
    ]


# -- an order ---------------------------------------------------------------------------------


async def test_an_order_decides_at_once_by_what_is_known_and_is_taken_back() -> None:
    world = await both_known()
    assert world.rules().order("ada", ("tiktok", "user"), by="eve").outcome.source == "tiktok"
    assert (await world.sync()).source == "tiktok"
    done = world.rules().order("ada", (), by="eve")
    assert (done.outcome.source, done.is_new) == ("instagram", True)
    assert not world.rules().order("ada", (), by="eve").is_new


async def test_a_decision_leaves_the_looks_that_are_planned() -> None:
    world = await both_known()
    world.fails("instagram", "ada")
    await world.sync()
    planned = record(world).candidates["instagram"].next_due_at
    assert planned is not None
    world.rules().order("ada", ("youtube",), by="eve")
    assert record(world).candidates["instagram"].next_due_at == planned


# -- opting out and in ---------------------------------------------------------------------------


async def test_opting_out_of_a_platform_takes_its_picture_away_at_once_and_nobody_asks_it() -> None:
    world = await both_known()
    done = world.rules().opt_out("ada", "instagram", by="eve", why="she asked")
    assert (done.outcome.kind, done.outcome.source) == (OutcomeKind.DEMOTED, "tiktok")
    assert done.outcome.detail == OPTED_OUT_OF.format("instagram")
    assert world.repository.history("ada")[0].why == "she asked"
    world.providers["instagram"].asked.clear()
    world.pass_time(days=1)
    assert (await world.sync(force=True)).source == "tiktok"
    await world.run()
    assert world.providers["instagram"].asked == []
    steps = {step.source: step.why for step in explain(record(world), world.resolver().rules, world.now)}
    assert steps["instagram"] == OPTED_OUT


@pytest.mark.parametrize("reason", [Reason.TOKEN, Reason.TIMEOUT, Reason.IDENTITY])
@pytest.mark.parametrize("others", [(), ("youtube",)])
async def test_trouble_with_a_platform_that_is_not_wanted_is_nobodys(
    reason: Reason, others: tuple[str, ...]
) -> None:
    world = World()
    world.add("ada", "instagram", *others)
    world.fails("instagram", "ada", ProviderError("Not now.", reason=reason))
    await world.sync()
    world.rules().opt_out("ada", "instagram", by="eve")
    for _ in range(2):
        world.pass_time(days=1)
        outcome = await world.sync()
        assert (outcome.kind, outcome.reason) == (OutcomeKind.UNCHANGED, None)
        standing = state_of(
            record(world), world.resolver().rules, world.now, looked_since=world.now - timedelta(hours=1)
        )
        assert standing.state is TalentState.INITIALS


@pytest.mark.parametrize("unwanted", [Reason.TIMEOUT, Reason.STATUS])
async def test_what_needs_somebody_is_told_whatever_an_unwanted_platform_says(unwanted: Reason) -> None:
    world = World()
    world.add("ada", "instagram", "youtube")
    world.fails("instagram", "ada", ProviderError("Not now.", reason=unwanted))
    world.fails("youtube", "ada", ProviderError("No token.", reason=Reason.NO_TOKEN))
    await world.sync()
    world.rules().opt_out("ada", "instagram", by="eve")
    assert (await world.sync()).kind is OutcomeKind.RECONNECT
    standing = state_of(
        record(world), world.resolver().rules, world.now, looked_since=world.now - timedelta(hours=1)
    )
    assert standing.state is TalentState.NEEDS_YOU


async def test_opting_in_undoes_exactly_that() -> None:
    world = await both_known()
    rules = world.rules()
    rules.opt_out("ada", by="eve")
    rules.opt_out("ada", "tiktok", by="eve")
    assert shown(world) == INITIALS
    assert not rules.opt_in("ada", "instagram", by="eve").is_new
    assert shown(world) == INITIALS
    assert rules.opt_in("ada", by="eve").outcome.source == "instagram"
    assert record(world).policy.opt_outs == (OptOut("tiktok", "eve", world.now, None),)
    assert rules.opt_in("ada", "tiktok", by="eve").is_new
    assert record(world).policy == Policy()
    assert not rules.opt_in("ada", by="eve").is_new


async def test_opting_out_of_everything_shows_initials_at_once_whatever_was_chosen() -> None:
    world = await both_known()
    done = world.rules().opt_out("ada", by="eve", why="by mail")
    assert (done.outcome.kind, done.outcome.source) == (OutcomeKind.OPTED_OUT, INITIALS)
    for force in (False, True):
        outcome = await world.sync(force=force)
        assert (outcome.kind, outcome.source) == (OutcomeKind.OPTED_OUT, INITIALS)
        assert outcome.detail == "Opted out by eve on 2026-11-25: by mail."
    assert not world.rules().opt_out("ada", by="eve").is_new


async def test_a_lock_stands_against_an_opt_out_of_what_it_holds_only() -> None:
    world = await both_known()
    world.rules().lock("ada", by="mia")
    for platform in (None, "instagram"):
        with pytest.raises(UsageError, match="locked by mia"):
            world.rules().opt_out("ada", platform, by="eve")
    assert world.rules().opt_out("ada", "tiktok", by="eve").is_new
    assert shown(world) == "instagram"


async def test_a_picture_that_somebody_opted_out_of_goes_although_no_other_source_answers() -> None:
    world = World()
    world.add("ada", "instagram", "tiktok")
    world.fails("instagram", "ada")
    world.offers("tiktok", "ada", 1)
    await world.sync()
    assert world.rules().opt_out("ada", "tiktok", by="eve").outcome.source == INITIALS
    assert (await world.sync()).source == INITIALS


async def test_the_sentence_says_opted_out_where_a_sync_finds_it() -> None:
    world = await both_known()
    was = record(world)
    out = Policy(opt_outs=(OptOut("instagram", "eve", NOW),))
    world.repository.save([Change("ada", was.selection, policy=out, read=was)], world.now)
    outcome = await world.sync()
    assert (outcome.source, outcome.detail) == ("tiktok", OPTED_OUT_OF.format("instagram"))
    assert outcome.detail != NO_LONGER_ASKED.format("instagram")


async def test_the_users_own_avatar_can_be_opted_out_of_as_well() -> None:
    world = World()
    world.add("ada", avatar="https://app.example/ada.jpg")
    world.web.pictures["https://app.example/ada.jpg"] = world.web.pictures[world.offers("tiktok", "x", 3)]
    assert (await world.sync()).source == "user"
    assert world.rules().opt_out("ada", "user", by="eve").outcome.source == INITIALS
    assert (await world.sync()).source == INITIALS
    assert world.rules().opt_in("ada", "user", by="eve").outcome.source == "user"


# -- what is kept of it --------------------------------------------------------------------------


async def test_each_word_is_kept_once_with_who_why_and_what_it_is_about() -> None:
    world = await both_known()
    rules = world.rules()
    words: tuple[Callable[[], Decided], ...] = (
        lambda: rules.lock("ada", by="a", why="w"),
        lambda: rules.unlock("ada", by="b"),
        lambda: rules.order("ada", ("tiktok", "youtube"), by="c"),
        lambda: rules.order("ada", (), by="d"),
        lambda: rules.opt_out("ada", "tiktok", by="e"),
        lambda: rules.opt_in("ada", "tiktok", by="f"),
    )
    for say in words:
        world.pass_time(minutes=1)
        say()
    assert [(e.action, e.by, e.why, dict(e.about)) for e in reversed(world.repository.audit("ada"))] == [
        (Action.LOCK, "a", "w", {}),
        (Action.UNLOCK, "b", None, {}),
        (Action.ORDER, "c", None, {"sources": "tiktok,youtube"}),
        (Action.ORDER, "d", None, {"sources": "default"}),
        (Action.OPT_OUT, "e", None, {"platform": "tiktok"}),
        (Action.OPT_IN, "f", None, {"platform": "tiktok"}),
    ]


def test_nobody_can_be_locked_whom_nobody_knows() -> None:
    with pytest.raises(TalentNotFound):
        World().rules().lock("nobody", by="eve")


def test_what_is_not_known_of_a_word_is_left_out() -> None:
    assert who_when_why(None, None, None) == ""
    assert who_when_why(None, None, "why. ") == "why"
    assert who_when_why("eve", NOW, None) == "by eve on 2026-11-24"
    assert who_when_why("eve", NOW, "so", until=NOW) == "by eve on 2026-11-24 until 2026-11-24 02:00 UTC: so"


def test_the_marks_of_a_listing_tell_what_holds_now() -> None:
    policy = Policy(Lock("eve", NOW, until=NOW + timedelta(days=1)), opt_outs=(OptOut(),))
    assert marks(policy, NOW) == ("locked", "opted out")
    assert marks(policy, NOW + timedelta(days=1)) == ("opted out",)
    assert marks(Policy(choice=Choice("eve", NOW)), NOW) == ("chosen",)


def test_a_choice_is_told_only_where_it_decides() -> None:
    said = Policy(choice=Choice("eve", NOW), opt_outs=(OptOut(None, "ann", NOW),))
    assert sentence(said, Ground.CHOSEN) == "Chosen by eve on 2026-11-24."
    assert sentence(said, Ground.OPTED_OUT) == "Opted out by ann on 2026-11-24."
    assert sentence(said, Ground.ANSWERED) is None
