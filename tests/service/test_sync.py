"""Syncing, through the ports: what is saved, what is asked, what is reported."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentimg.bootstrap import App
from talentimg.errors import (
    ObjectError,
    PictureError,
    ProviderError,
    RateLimited,
    ReconnectRequired,
    RowRefused,
    StoreLocked,
    TalentNotFound,
)
from talentimg.http import open_clients
from talentimg.models import (
    INITIALS,
    USER,
    Account,
    Lock,
    OptOut,
    OutcomeKind,
    Policy,
    Reason,
    Selection,
    State,
    Token,
)
from talentimg.providers.interface import Absent, Found, RemotePicture
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.observe import BEFORE_EXPIRY
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.tokens import StoredTokens
from talentimg.service.people.accounts import AccountDisconnected
from talentimg.service.run.events import TalentSynced
from talentimg.settings import load_settings
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.world import World, picture_bytes
from tests.spoken import SPOKEN
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from talentimg.models import (
        Outcome,
    )
    from talentimg.providers.interface import Answer
    from talentimg.repository.interface import Change


@pytest.fixture
def world() -> World:
    return World()


async def test_a_first_sync_stores_our_own_copy_and_says_from_where(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    outcome = await world.sync()
    assert (outcome.kind, outcome.source, outcome.previous_source) == ("updated", "instagram", "initials")
    record = world.repository.load("ada")
    assert record.selection.url == url
    assert record.selection.synced_at == NOW
    assert record.selection.content_hash
    picture = world.repository.picture(record.selection.content_hash)
    assert picture is not None
    assert {rendition.name for rendition in picture.renditions} == {
        "webp-400",
        "webp-200",
        "webp-96",
        "jpeg-400",
    }
    assert all(world.store.get(rendition.key) for rendition in picture.renditions)


async def test_where_talents_are_shown_a_new_picture_comes_at_the_address_that_the_app_has(
    world: World,
) -> None:
    world.public_url = "https://app.example/avatars"
    world.add("ada", "instagram")
    hashes = set()
    for seed in (1, 2):
        world.offers("instagram", "ada", seed)
        outcome = await world.syncer().sync("ada")
        shown = world.repository.load("ada").selection
        assert (outcome.kind, outcome.url) == (OutcomeKind.UPDATED, "https://app.example/avatars/ada")
        assert shown.url == "https://app.example/avatars/ada"
        hashes.add(shown.content_hash)
    assert len(hashes) == 2
    assert (await world.syncer().sync("ada")).kind is OutcomeKind.UNCHANGED
    world.lacks("instagram", "ada")
    await world.syncer().sync("ada")
    world.pass_time(hours=30)
    assert (await world.syncer().sync("ada")).kind is OutcomeKind.DEMOTED
    assert world.repository.load("ada").selection.url is None


async def test_with_a_public_url_the_app_is_given_our_copy(world: World) -> None:
    world.public_url = "https://img.example"
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    outcome = await world.sync()
    content_hash = outcome.content_hash or ""
    assert outcome.url == f"https://img.example/{content_hash[:2]}/{content_hash}.webp"


async def test_an_unknown_talent_is_an_error(world: World) -> None:
    with pytest.raises(TalentNotFound):
        await world.sync("nobody")


async def test_lower_sources_are_not_asked_when_a_higher_one_answers(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    await world.sync()
    assert world.providers["tiktok"].asked == []


async def test_the_same_key_costs_no_download(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1, key="k1")
    await world.sync()
    world.web.fetched.clear()
    second = await world.sync()
    assert second.kind is OutcomeKind.UNCHANGED
    assert world.web.fetched == []


async def test_the_same_key_still_renews_the_platforms_expiring_address(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1, key="k1")
    await world.sync()
    renewed = RemotePicture(("https://other.cdn.example/1.jpg?sig=2",), key="k1")
    world.providers["instagram"].answers["ada"] = Found(renewed, user_id="1")
    outcome = await world.sync()
    assert (outcome.kind, outcome.url) == (OutcomeKind.UNCHANGED, "https://other.cdn.example/1.jpg?sig=2")


async def test_of_a_picture_that_is_the_same_the_new_address_of_its_size_is_told(world: World) -> None:
    world.add("ada", "instagram")
    for name, seed in (("large", 1), ("small", 2)):
        world.web.pictures[f"https://cdn.example/{name}.jpg?sig=1"] = picture_bytes(seed)
    for sig in (1, 2):
        urls = tuple(f"https://cdn.example/{name}.jpg?sig={sig}" for name in ("large", "small"))
        world.providers["instagram"].answers["ada"] = Found(RemotePicture(urls, key="the same"))
        assert (await world.sync()).url == urls[0]


async def test_until_when_an_address_holds_is_told_anew_although_the_picture_is_the_same(
    world: World,
) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    for days in (1, 2):
        dies = NOW + timedelta(days=days)
        world.providers["instagram"].answers["ada"] = Found(RemotePicture((url,), expires_at=dies))
        await world.sync()
        assert world.repository.load("ada").candidates["instagram"].url_expires_at == dies


async def test_a_matching_validator_costs_no_bytes(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    world.web.etags[url] = '"v1"'
    first = await world.sync()
    world.web.pictures[url] = b"never read: the validator says that nothing changed"
    second = await world.sync()
    assert (second.kind, second.content_hash, second.url) == (
        OutcomeKind.UNCHANGED,
        first.content_hash,
        url,
    )


async def test_a_validator_is_never_sent_to_another_address(world: World) -> None:
    world.add("ada", "instagram")
    first_url = world.offers("instagram", "ada", 1)
    world.web.etags[first_url] = '"v1"'
    await world.sync()
    second_url = world.offers("instagram", "ada", 2)
    world.web.etags[second_url] = '"v1"'  # by chance the same text
    assert (await world.sync()).kind is OutcomeKind.UPDATED


async def test_the_same_bytes_at_a_new_address_are_no_new_picture(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    elsewhere = "https://cdn.example/moved.jpg"
    world.web.pictures[elsewhere] = picture_bytes(1)
    world.providers["instagram"].answers["ada"] = Found(RemotePicture((elsewhere,)))
    monkeypatch.setattr("talentimg.images.renditions.make_picture", None)  # decoding now would be a bug
    outcome = await world.sync()
    assert (outcome.kind, outcome.url) == (OutcomeKind.UNCHANGED, elsewhere)


async def test_bytes_seen_before_are_not_decoded_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("ada", "instagram")
    world.add("bea", "tiktok")
    world.offers("instagram", "ada", 1)
    world.offers("tiktok", "bea", 1)
    first = await world.sync("ada")
    monkeypatch.setattr("talentimg.images.renditions.make_picture", None)
    assert (await world.sync("bea")).content_hash == first.content_hash


async def test_a_changed_picture_is_seen_although_the_address_stayed(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    await world.sync()
    world.web.pictures[url] = picture_bytes(2)
    assert (await world.sync()).kind is OutcomeKind.UPDATED


async def test_force_fetches_again_although_the_key_is_the_same(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1, key="k1")
    await world.sync()
    world.web.pictures[url] = picture_bytes(2)
    assert (await world.sync()).kind is OutcomeKind.UNCHANGED
    assert (await world.sync(force=True)).kind is OutcomeKind.UPDATED


async def test_trouble_keeps_the_picture_and_asks_nobody_below(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    world.offers("tiktok", "ada", 2)
    first = await world.sync()
    world.fails("instagram", "ada")
    outcome = await world.sync()
    assert (outcome.kind, outcome.source, outcome.reason) == (OutcomeKind.KEPT, "instagram", Reason.TIMEOUT)
    assert outcome.content_hash == first.content_hash
    assert world.providers["tiktok"].asked == []
    candidate = world.repository.load("ada").candidates["instagram"]
    assert (candidate.state, candidate.tries) == (State.TROUBLE, 3)
    assert candidate.next_due_at == NOW + timedelta(hours=1)


async def test_an_invalid_picture_keeps_what_is_shown(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    first = await world.sync()
    world.web.pictures[url] = b"<html>log in</html>"
    outcome = await world.sync()
    assert (outcome.kind, outcome.reason) == (OutcomeKind.KEPT, Reason.NOT_IMAGE)
    assert outcome.content_hash == first.content_hash


async def test_an_invalid_picture_leads_to_the_next_source_when_nothing_is_shown(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    url = world.offers("instagram", "ada", 1)
    world.web.pictures[url] = b"<html>log in</html>"
    world.offers("tiktok", "ada", 2)
    outcome = await world.sync()
    assert (outcome.kind, outcome.source) == (OutcomeKind.UPDATED, "tiktok")
    assert [attempt.reason for attempt in outcome.attempts] == [Reason.NOT_IMAGE, None]


async def test_absence_moves_on_only_when_it_was_seen_twice(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    world.offers("tiktok", "ada", 2)
    await world.sync()
    world.lacks("instagram", "ada")
    world.pass_time(hours=24)
    first = await world.sync()
    assert (first.kind, first.reason, first.is_trouble) == (OutcomeKind.KEPT, Reason.NOT_FOUND, False)
    world.pass_time(hours=1)
    assert (await world.sync()).kind is OutcomeKind.KEPT
    world.pass_time(hours=23)
    moved = await world.sync()
    assert (moved.kind, moved.source, moved.previous_source) == (OutcomeKind.DEMOTED, "tiktok", "instagram")
    assert not world.repository.load("ada").candidates["instagram"].has_picture
    history = world.repository.history("ada")
    assert [(h.from_source, h.to_source) for h in history] == [
        ("instagram", "tiktok"),
        ("initials", "instagram"),
    ]


async def test_an_answer_between_two_absences_restarts_the_count(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    kinds = []
    for absent in (True, False, True):
        world.pass_time(hours=24)
        if absent:
            world.lacks("instagram", "ada")
        else:
            world.offers("instagram", "ada", 1)
        kinds.append((await world.sync()).kind)
    assert kinds == [OutcomeKind.KEPT, OutcomeKind.UNCHANGED, OutcomeKind.KEPT]


async def test_a_week_without_any_platform_changes_no_picture(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    first = await world.sync()
    world.fails("instagram", "ada")
    world.fails("tiktok", "ada")
    for _ in range(9):
        world.pass_time(days=1)
        outcome = await world.sync()
        assert (outcome.kind, outcome.content_hash) == (OutcomeKind.KEPT, first.content_hash)


async def test_after_the_grace_time_a_lower_source_takes_over_and_the_higher_one_comes_back(
    world: World,
) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    world.offers("tiktok", "ada", 2)
    await world.sync()
    world.fails("instagram", "ada")
    await world.sync()
    world.pass_time(days=8)
    assert (await world.sync()).source == "tiktok"
    world.pass_time(days=1)
    assert (await world.sync()).source == "tiktok"  # no flapping while it stays silent
    world.offers("instagram", "ada", 1)
    assert (await world.sync()).source == "instagram"


async def test_a_lock_asks_nobody_and_force_does_not_break_it(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    first = await world.sync()
    world.repository.save_policy("ada", Policy(lock=Lock("eve", NOW)))
    world.offers("instagram", "ada", 2)
    asked = list(world.providers["instagram"].asked)
    outcome = await world.sync(force=True)
    assert (outcome.kind, outcome.content_hash) == (OutcomeKind.LOCKED, first.content_hash)
    assert world.providers["instagram"].asked == asked


async def test_opting_out_shows_initials_and_asks_nobody(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.repository.save_policy("ada", Policy(opt_outs=(OptOut(),)))
    outcome = await world.sync()
    assert (outcome.kind, outcome.source, outcome.url) == (OutcomeKind.OPTED_OUT, INITIALS, None)
    assert len(world.providers["instagram"].asked) == 1


async def test_the_user_avatar_is_the_last_resort(world: World) -> None:
    avatar = "https://app.example/avatar.jpg"
    world.web.pictures[avatar] = picture_bytes(9)
    world.add("ada", "instagram", avatar=avatar)
    outcome = await world.sync()
    assert (outcome.kind, outcome.source) == (OutcomeKind.UPDATED, USER)
    assert [attempt.source for attempt in outcome.attempts] == ["instagram", USER]


async def test_initials_are_no_success_when_somebody_could_not_be_asked(world: World) -> None:
    world.add("ada", "instagram")
    world.fails("instagram", "ada")
    outcome = await world.sync()
    assert (outcome.kind, outcome.source, outcome.is_trouble) == (OutcomeKind.FAILED, INITIALS, True)


async def test_a_token_that_needs_the_person_has_its_own_outcome(world: World) -> None:
    world.add("ada", "tiktok")
    world.offers("tiktok", "ada", 1)
    await world.sync()
    world.fails("tiktok", "ada", ReconnectRequired("TikTok wants Ada to connect again.", hint="Ask her."))
    outcome = await world.sync()
    assert (outcome.kind, outcome.source) == (OutcomeKind.RECONNECT, "tiktok")
    assert outcome.detail == "TikTok wants Ada to connect again. Ask her."
    assert world.repository.load("ada").candidates["tiktok"].next_due_at is None


async def test_a_dead_address_asks_the_profile_once_more(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    good = world.providers["instagram"].answers["ada"]
    dead = Found(RemotePicture(("https://cdn.example/expired.jpg",)))
    world.providers["instagram"].answers["ada"] = [dead, good]  # type: ignore[list-item]  # an answer, not a list
    outcome = await world.sync()
    assert (outcome.kind, outcome.url) == (OutcomeKind.UPDATED, url)
    assert len(world.providers["instagram"].asked) == 2


async def test_an_address_that_stays_dead_keeps_the_picture(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.providers["instagram"].answers["ada"] = Found(RemotePicture(("https://cdn.example/dead.jpg",)))
    outcome = await world.sync()
    assert (outcome.kind, outcome.reason) == (OutcomeKind.KEPT, Reason.MISSING)


async def test_the_better_size_is_tried_first_and_the_named_one_is_the_fallback(world: World) -> None:
    world.add("ada", "youtube")
    named = "https://cdn.example/s240.jpg"
    world.web.pictures[named] = picture_bytes(3)
    world.providers["youtube"].answers["ada"] = Found(RemotePicture(("https://cdn.example/s800.jpg", named)))
    assert (await world.sync()).url == named


async def test_a_throttled_platform_is_left_alone_by_every_process_until_its_time(world: World) -> None:
    world.add("ada", "instagram")
    world.add("bea", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    await world.sync("ada")
    until = NOW + timedelta(minutes=40)
    world.fails("instagram", "ada", RateLimited("Instagram wants us to slow down.", retry_at=until))
    assert (await world.sync("ada")).reason is Reason.THROTTLED
    world.offers("instagram", "bea", 2)
    world.offers("tiktok", "bea", 3)
    outcome = await world.sync("bea")
    assert world.providers["instagram"].asked == ["ada", "ada"]
    assert outcome.source == "tiktok"
    assert world.repository.load("bea").candidates["instagram"].next_due_at == until
    world.pass_time(minutes=41)
    assert (await world.sync("bea")).source == "instagram"


async def test_many_at_once_ask_nobody_while_a_platform_is_cooling_down(world: World) -> None:
    ids = ["ada", "bea", "cid", "dora"]
    for talent_id in ids:
        world.add(talent_id, "instagram")
        world.fails("instagram", talent_id, RateLimited("Slow down.", retry_at=NOW + timedelta(hours=1)))
    await world.sync("ada")
    assert {o.reason async for o in world.syncer().sync_many(ids)} == {Reason.THROTTLED}
    assert world.providers["instagram"].asked == ["ada"]


async def test_a_throttling_that_names_no_time_ends_after_a_while(world: World) -> None:
    world.add("ada", "instagram")
    world.fails("instagram", "ada", RateLimited("Slow down."))
    await world.sync()
    world.offers("instagram", "ada", 1)
    world.pass_time(minutes=10)
    assert (await world.sync()).kind is OutcomeKind.FAILED
    world.pass_time(minutes=10)
    assert (await world.sync()).kind is OutcomeKind.UPDATED


async def test_an_address_that_dies_early_makes_the_talent_due_early(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    dies = NOW + timedelta(hours=10)
    world.providers["instagram"].answers["ada"] = Found(RemotePicture((url,), expires_at=dies))
    await world.sync()
    assert world.repository.load("ada").candidates["instagram"].next_due_at == dies - BEFORE_EXPIRY
    yesterday = NOW - timedelta(hours=24)
    assert world.repository.due(NOW + timedelta(hours=3), before=yesterday, limit=None) == []
    assert world.repository.due(NOW + timedelta(hours=4), before=yesterday, limit=None) == ["ada"]


async def test_the_platforms_id_of_a_person_is_learnt_and_given_to_the_next_lookup(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1, user_id="17841")
    await world.sync()
    account = world.repository.load("ada").talent.account("instagram")
    assert account is not None
    assert account.external_id == "17841"


async def test_an_object_that_the_store_lost_is_fetched_and_stored_again(world: World) -> None:
    world.add("ada", "instagram")
    world.add("bea", "tiktok")
    url = world.offers("instagram", "ada", 1, key="k1")
    world.web.etags[url] = '"v1"'
    world.offers("tiktok", "bea", 1)
    first = await world.sync()
    world.store = MemoryObjectStore()
    assert (await world.sync()).content_hash == first.content_hash
    assert first.content_hash
    picture = world.repository.picture(first.content_hash)
    assert picture is not None
    assert all(world.store.exists(rendition.key) for rendition in picture.renditions)
    world.store = MemoryObjectStore()
    await world.sync("bea")
    assert all(world.store.exists(rendition.key) for rendition in picture.renditions)


async def test_an_unchanged_picture_keeps_the_size_that_was_really_there(world: World) -> None:
    world.add("ada", "youtube")
    named = "https://cdn.example/k=s240"
    world.web.pictures[named] = picture_bytes(3)
    remote = RemotePicture(("https://cdn.example/k=s800", named), key="k")
    world.providers["youtube"].answers["ada"] = Found(remote)
    assert (await world.sync()).url == named
    again = await world.sync()
    assert (again.kind, again.url) == (OutcomeKind.UNCHANGED, named)


async def test_a_clock_that_was_wrong_once_confirms_no_absence(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.lacks("instagram", "ada")
    for jump in (-3000, 3000):
        world.pass_time(days=jump, minutes=1)
        assert (await world.sync()).kind is OutcomeKind.KEPT


async def test_a_source_that_is_no_longer_needed_does_not_stay_due(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.lacks("instagram", "ada")
    world.fails("tiktok", "ada")
    await world.sync()
    world.offers("instagram", "ada", 1)
    await world.sync()
    later, long_ago = NOW + timedelta(hours=5), NOW - timedelta(days=1)
    assert world.repository.due(later, before=long_ago, limit=None) == []


async def test_a_locked_talent_is_not_due_early(world: World) -> None:
    world.add("ada", "instagram")
    world.fails("instagram", "ada")
    await world.sync()
    world.repository.save_policy("ada", Policy(lock=Lock("eve", NOW)))
    await world.sync()
    assert world.repository.due(NOW + timedelta(hours=5), before=NOW - timedelta(days=1), limit=None) == []


async def test_a_picture_host_that_throttles_is_left_alone_by_everybody(world: World) -> None:
    until = NOW + timedelta(hours=2)
    for talent_id in ("ada", "bea"):
        world.add(talent_id, "instagram")
        url = world.offers("instagram", talent_id, 1)
        world.web.pictures[url] = PictureError("Slow down.", reason=Reason.THROTTLED, retry_at=until)
    assert (await world.sync("ada")).reason is Reason.THROTTLED
    fetched = len(world.web.fetched)
    assert (await world.sync("bea")).reason is Reason.THROTTLED
    assert len(world.web.fetched) == fetched


async def test_of_several_troubles_the_one_that_the_agency_can_fix_is_reported(world: World) -> None:
    world.add("ada", "tiktok", "youtube")
    world.fails("tiktok", "ada", ReconnectRequired("TikTok needs the person.", reason=Reason.NO_TOKEN))
    world.fails("youtube", "ada", ProviderError("No network.", reason=Reason.DNS))
    outcome = await world.sync()
    assert (outcome.kind, outcome.detail) == (OutcomeKind.FAILED, "No network.")


async def test_a_store_that_refuses_bytes_keeps_what_is_shown() -> None:
    class Full(MemoryObjectStore):
        def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
            raise ObjectError("The picture store is full.")

    world = World()
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    first = await world.sync()
    world.store = Full()
    world.offers("instagram", "ada", 2)
    outcome = await world.sync()
    assert (outcome.kind, outcome.reason) == (OutcomeKind.KEPT, Reason.STORAGE)
    assert outcome.content_hash == first.content_hash


async def test_an_unknown_platform_costs_nothing_and_is_no_failure(world: World) -> None:
    world.add("ada", "elsewhere")
    outcome = await world.sync()
    assert (outcome.kind, outcome.attempts[0].reason) == (OutcomeKind.UNCHANGED, Reason.UNSUPPORTED)


# -- many ------------------------------------------------------------------------------


async def sync_all(world: World, ids: Iterable[str]) -> dict[str, Outcome]:
    return {outcome.talent_id: outcome async for outcome in world.syncer().sync_many(ids)}


async def test_many_are_synced_side_by_side_and_each_once(world: World) -> None:
    ids = [f"t{number}".replace("0", "o") for number in range(130)]
    for number, talent_id in enumerate(ids):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, number % 7)
    outcomes = await sync_all(world, [*ids, *ids])
    assert sorted(outcomes) == sorted(ids)
    assert {outcome.kind for outcome in outcomes.values()} == {OutcomeKind.UPDATED}
    assert sorted(world.providers["instagram"].asked) == sorted(ids)


async def test_nobody_to_sync_is_no_error(world: World) -> None:
    assert await sync_all(world, []) == {}


async def test_a_talent_that_left_the_roster_is_skipped(world: World) -> None:
    world.add("ada", "instagram")
    assert list(await sync_all(world, ["ghost", "ada"])) == ["ada"]


async def test_an_internal_error_in_one_talent_does_not_stop_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for talent_id in ("ada", "bea"):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, 1)
    world.providers["instagram"].answers["ada"] = None  # type: ignore[assignment]  # what no provider would say
    outcomes = await sync_all(world, ["ada", "bea"])
    assert outcomes["bea"].kind is OutcomeKind.UPDATED
    assert (outcomes["ada"].kind, outcomes["ada"].reason) == (OutcomeKind.FAILED, Reason.BUG)
    assert "An internal error stopped the sync of 'ada'" in caplog.text


def due(world: World) -> list[str]:
    return world.repository.due(world.now, before=world.now - timedelta(hours=24), limit=None)


async def test_a_talent_with_an_internal_error_is_not_due_again_at_once(world: World) -> None:
    """Whoever was due early for it would else come to every run, and hold up nobody but the log."""
    world.add("ada", "instagram")
    world.fails("instagram", "ada", RateLimited("Slow down.", retry_at=world.now + timedelta(hours=1)))
    await world.run()
    assert due(world) == []
    world.pass_time(hours=2)
    assert due(world) == ["ada"]
    world.providers["instagram"].answers["ada"] = None  # type: ignore[assignment]  # what no provider would say
    (outcome,) = (await sync_all(world, ["ada"])).values()
    assert outcome.reason is Reason.BUG
    assert due(world) == []
    world.pass_time(hours=25)
    assert due(world) == ["ada"]


async def test_outcomes_are_reported_only_after_they_are_saved() -> None:
    class Failing(MemoryRepository):
        def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
            raise StoreLocked("The roster is locked.")

    world = World(repository=Failing())
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    with pytest.raises(StoreLocked):
        await sync_all(world, ["ada"])
    with pytest.raises(StoreLocked):
        await world.sync()


async def test_a_failing_repository_ends_the_run_with_its_own_error() -> None:
    class Away(MemoryRepository):
        def load_many(self, talent_ids: object) -> list[object]:  # type: ignore[override]  # never returns
            raise StoreLocked("The roster is locked.")

    world = World(repository=Away())
    with pytest.raises(StoreLocked):
        await sync_all(world, ["ada", "bea"])


async def test_leaving_early_stops_the_work_and_keeps_what_was_reported(world: World) -> None:
    world.concurrency = 1
    ids = [f"t{'x' * number}" for number in range(1, 400)]
    for talent_id in ids:
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, 1)
    async with aclosing(world.syncer().sync_many(ids)) as outcomes:
        first = await anext(outcomes)
    assert world.repository.load(first.talent_id).selection.source == "instagram"
    begun = asyncio.all_tasks() - {asyncio.current_task()}  # work in a thread is seen through
    assert not begun or not (await asyncio.wait(begun, timeout=TIME_LIMIT))[1]
    assert len(world.providers["instagram"].asked) < len(ids)


async def test_disconnecting_falls_to_the_next_source_at_once(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.lacks("instagram", "ada")
    world.offers("tiktok", "ada", 2)
    await world.sync()
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.fails("tiktok", "ada")
    events = [event async for event in world.accounts().disconnect("ada", "Instagram")]
    assert isinstance(events[0], AccountDisconnected)
    assert isinstance(events[-1], TalentSynced)
    assert (events[0].outcome.kind, events[0].outcome.source) == (OutcomeKind.DEMOTED, "tiktok")
    assert (events[-1].outcome.source, events[-1].outcome.previous_source) == ("tiktok", "instagram")
    assert world.repository.load("ada").selection.source == "tiktok"
    await world.disconnect("ada", "tiktok")
    assert world.repository.load("ada").selection.source == INITIALS


async def test_disconnecting_does_not_break_a_lock(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    first = await world.sync()
    world.repository.save_policy("ada", Policy(lock=Lock("eve", NOW)))
    await world.disconnect("ada", "instagram")
    selection = world.repository.load("ada").selection
    assert (selection.source, selection.content_hash) == ("instagram", first.content_hash)
    assert (await world.sync()).kind is OutcomeKind.LOCKED


# -- never ---------------------------------------------------------------------------------

nights = st.lists(
    st.fixed_dictionaries(
        {name: st.sampled_from(["offers", "same", "fails", "garbled"]) for name in ("instagram", "tiktok")}
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(nights)
def test_no_run_of_nights_without_a_confirmed_absence_loses_a_picture(nights: list[dict[str, str]]) -> None:
    """Whatever answers, fails or garbles: once shown, there is always a picture whose bytes we hold."""

    async def live() -> None:
        world = World()
        world.add("ada", "instagram", "tiktok")
        world.offers("instagram", "ada", 1)
        world.offers("tiktok", "ada", 2)
        await world.sync()
        for number, night in enumerate(nights):
            world.pass_time(days=1)
            for platform, what in night.items():
                if what == "offers":
                    world.offers(platform, "ada", 10 + number % 3)
                elif what == "fails":
                    world.fails(platform, "ada")
                elif what == "garbled":
                    world.web.pictures[world.offers(platform, "ada", 99)] = PictureError("None.")
            outcome = await world.sync()
            assert outcome.source != INITIALS
            assert outcome.content_hash
            picture = world.repository.picture(outcome.content_hash)
            assert picture is not None
            assert world.store.exists(picture.rendition("webp-400").key)

    asyncio.run(live())


@pytest.mark.parametrize(
    "error", [ProviderError("x", reason=Reason.TLS), RateLimited("x"), ReconnectRequired("x")]
)
async def test_every_kind_of_trouble_leaves_the_picture_fields_alone(
    world: World, error: ProviderError
) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1, key="k")
    await world.sync()
    before = world.repository.load("ada").candidates["instagram"]
    world.fails("instagram", "ada", error)
    await world.sync()
    after = world.repository.load("ada").candidates["instagram"]
    same = ("content_hash", "source_hash", "picture_url", "picture_key", "platform_user_id", "found_at")
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert replace(after, state=before.state).has_picture


async def test_an_absence_names_its_reason(world: World) -> None:
    world.add("ada", "instagram")
    world.providers["instagram"].answers["ada"] = Absent(
        Reason.DEFAULT_PICTURE, "Shows the default picture.", SPOKEN
    )
    outcome = await world.sync()
    assert outcome.attempts[0].reason is Reason.DEFAULT_PICTURE
    assert (outcome.kind, outcome.is_trouble) == (OutcomeKind.UNCHANGED, False)


# -- at the same time --------------------------------------------------------------------------


async def test_a_slow_sync_does_not_undo_what_a_faster_one_found(world: World) -> None:
    """The slow one read the roster before, and comes back with nothing."""
    world.add("ada", "instagram")
    provider = world.providers["instagram"]
    asked, may_answer = asyncio.Event(), asyncio.Event()
    quick = world.offers("instagram", "ada", 1)
    good = provider.answers["ada"]

    async def slowly(accounts: Sequence[Account]) -> dict[str, Answer]:
        asked.set()
        await may_answer.wait()
        provider.lookup = world_lookup  # type: ignore[method-assign]  # only the first answer is slow
        return {accounts[0].id: ProviderError("No answer.", reason=Reason.TIMEOUT)}

    world_lookup, provider.lookup = provider.lookup, slowly  # type: ignore[method-assign]  # as above
    slow = asyncio.create_task(world.sync())
    await asked.wait()
    provider.lookup = world_lookup  # type: ignore[method-assign]  # the fast one is answered at once
    assert (await world.sync()).kind is OutcomeKind.UPDATED
    provider.answers["ada"] = good
    may_answer.set()
    outcome = await slow
    assert (outcome.kind, outcome.url) == (OutcomeKind.UNCHANGED, quick)
    assert world.repository.load("ada").selection.source == "instagram"


async def test_a_lock_set_during_a_sync_holds(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    first = await world.sync()
    world.offers("instagram", "ada", 2)
    provider = world.providers["instagram"]
    ask = provider.lookup

    async def locking(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        world.repository.save_policy("ada", Policy(lock=Lock("eve", NOW)))
        return await ask(accounts)

    provider.lookup = locking  # type: ignore[method-assign]  # a person acts while the platform answers
    many = [outcome async for outcome in world.syncer().sync_many(["ada"])]
    assert [(o.kind, o.content_hash) for o in many] == [(OutcomeKind.LOCKED, first.content_hash)]


async def test_a_different_handle_removes_the_old_persons_picture_at_once(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.fails("instagram", "right")
    outcome = await world.connect("ada", NewAccount("instagram", "right"))
    assert world.repository.load("ada").selection.source == INITIALS
    assert outcome.kind is OutcomeKind.FAILED


async def test_the_same_handle_connected_again_loses_nothing(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.fails("instagram", "ada")
    await world.connect("ada", NewAccount("instagram", "@ADA"))
    assert world.repository.load("ada").selection.source == "instagram"


async def test_an_import_with_a_different_handle_removes_the_old_picture(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.roster().import_talents([NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "right"),))])
    assert world.repository.load("ada").selection.source == INITIALS


async def test_saving_a_token_is_retried_while_the_store_is_busy(tmp_path: Path) -> None:
    """The platform has ended the old one by then: giving up would lose the account."""
    app = App(load_settings(flags={"data_dir": str(tmp_path)}, environment={}), create=True)
    tries: list[Token] = []

    class Busy(MemoryRepository):
        def save_token(self, account: Account, token: Token) -> Token | None:
            tries.append(token)
            if len(tries) < 3:
                raise StoreLocked("The roster is locked.")
            return token

    app.__dict__["repository"] = Busy()
    async with open_clients(user_agent="test") as clients:
        provider = app._providers(clients, Allowance(app.pacing))("tiktok")
        assert provider is not None
        await provider.context.tokens.save(Account("a", "ada", "tiktok", "ada"), Token("new"))
    assert tries == [Token("new")] * 3


async def test_a_token_that_the_database_refuses_costs_one_account_only() -> None:
    class Strict(MemoryRepository):
        def save_token(self, account: Account, token: Token) -> Token | None:
            raise RowRefused("The table took no row.", hint="Ask the app.")

    with pytest.raises(ProviderError, match="The table took no row") as caught:
        await StoredTokens(Strict()).save(Account("a", "ada", "tiktok", "ada"), Token("new"))
    assert caught.value.reason is Reason.STORAGE


async def test_a_talent_that_others_change_all_the_time_does_not_stop_the_run(world: World) -> None:
    for talent_id in ("ada", "bea"):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, 1)
    provider = world.providers["instagram"]
    ask, notes = provider.lookup, iter(range(100))

    async def restless(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        if accounts[0].talent_id == "ada":
            world.repository.save_policy("ada", Policy(note=str(next(notes))))
        return await ask(accounts)

    provider.lookup = restless  # type: ignore[method-assign]  # somebody writes during every look
    assert list(await sync_all(world, ["ada", "bea"])) == ["bea"]
    assert world.repository.load("ada").selection == Selection()


async def test_an_account_that_goes_by_another_name_is_told_and_what_its_platform_says_of_it(
    world: World,
) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    found = world.providers["instagram"].answers["ada"]
    assert isinstance(found, Found)

    async def told(**answer: str) -> tuple[OutcomeKind, str | None]:
        world.providers["instagram"].answers["ada"] = replace(found, **answer)  # type: ignore[arg-type]
        outcome = await world.sync()
        assert world.repository.load("ada").candidates["instagram"].detail == outcome.attempts[0].detail
        assert outcome.detail is None, "it is no trouble"
        return outcome.kind, outcome.attempts[0].detail

    renamed = "The account is now called countess, and the roster still calls it ada."
    assert await told() == (OutcomeKind.UPDATED, None)
    assert await told(handle="countess") == (OutcomeKind.UNCHANGED, renamed)
    assert await told(handle="@Ada") == (OutcomeKind.UNCHANGED, None)
    assert await told(handle="a\x1b[2J") == (OutcomeKind.UNCHANGED, None)
    assert await told(handle="countess", note="It moved.") == (OutcomeKind.UNCHANGED, "It moved.")
    assert await told() == (OutcomeKind.UNCHANGED, None), "and forgotten once it is so no more"
