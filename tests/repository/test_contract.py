"""The contract that every repository passes."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.errors import TalentNotFound, UsageError
from talentimg.models import (
    Candidate,
    Choice,
    Cooldown,
    Lock,
    OptOut,
    Order,
    Policy,
    Reason,
    Selection,
    State,
    Suspect,
    TalentRecord,
    Token,
)
from talentimg.repository.interface import Change, NewAccount, NewTalent, RosterRow, roster
from tests.repository.builders import DAY, HOUR, NOW, changed, found, picture, shown, synced, talent

if TYPE_CHECKING:
    from talentimg.models import Account
    from talentimg.repository.interface import Repository

TOKEN = Token("access", "refresh", NOW + DAY)

AWKWARD_IDS = [
    "'; DROP TABLE talents;--",
    'a"b',
    "a%b_c",
    "a\nb\tc",
    "../../etc/passwd",
    " ",
    "[red]",
    "山田",
    "👩🏽\u200d🚀",
    "?",
    ":id",
    "x" * 10_000,
]


def account_of(repository: Repository, talent_id: str, platform: str = "bluesky") -> Account:
    account = repository.load(talent_id).talent.account(platform)
    assert account is not None
    return account


# -- adding and loading -----------------------------------------------------


def test_a_new_talent_is_loaded_as_it_was_told(repository: Repository) -> None:
    account = NewAccount("bluesky", "ada.example", "https://bsky.app/profile/ada.example", TOKEN)
    repository.add([NewTalent("ada", "Ada", "ada@example.org", "https://a.example/a.png", (account,))], NOW)
    record = repository.load("ada")
    assert (record.talent.id, record.talent.name) == ("ada", "Ada")
    assert (record.talent.email, record.talent.avatar_url) == ("ada@example.org", "https://a.example/a.png")
    (kept,) = record.talent.accounts
    assert (kept.talent_id, kept.platform, kept.handle) == ("ada", "bluesky", "ada.example")
    assert (kept.profile_url, kept.token, kept.external_id) == (account.profile_url, TOKEN, None)
    assert record == TalentRecord(talent=record.talent)


def test_a_talent_needs_nothing_but_a_name(repository: Repository) -> None:
    repository.add([NewTalent("ada", "Ada")], NOW)
    talent = repository.load("ada").talent
    assert (talent.email, talent.avatar_url, talent.accounts) == (None, None, ())


def test_two_talents_may_share_an_address(repository: Repository) -> None:
    repository.add([NewTalent("a", "A", "team@example.org"), NewTalent("b", "B", "team@example.org")], NOW)
    assert repository.load("b").talent.email == "team@example.org"


def test_accounts_have_ids_of_their_own(repository: Repository) -> None:
    repository.add([talent("a", "bluesky", "github"), talent("b", "bluesky")], NOW)
    ids = [a.id for record in repository.load_many(["a", "b"]) for a in record.talent.accounts]
    assert len(set(ids)) == 3


def test_platforms_are_compared_and_kept_without_case(repository: Repository) -> None:
    repository.add([talent("ada", "BlueSky")], NOW)
    assert account_of(repository, "ada").platform == "bluesky"
    repository.connect("ada", NewAccount("BLUESKY", "other.example"), NOW)
    assert [a.handle for a in repository.load("ada").talent.accounts] == ["other.example"]
    assert repository.disconnect("ada", "bLuEsKy", NOW)


def test_nobody_is_loaded_by_an_unknown_id(repository: Repository) -> None:
    repository.add([talent("ada")], NOW)
    for unknown in ("Ada", "ad%", "ad_", "", "\ud800", "ada\0"):
        with pytest.raises(TalentNotFound) as caught:
            repository.load(unknown)
        assert repr(unknown) in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize("talent_id", AWKWARD_IDS, ids=lambda i: repr(i)[:30])
def test_any_text_is_a_plain_id(repository: Repository, talent_id: str) -> None:
    repository.add([talent(talent_id, "bluesky"), talent("ada", "bluesky")], NOW)
    repository.save([Change(talent_id, shown(), (found(talent_id),), history=changed(talent_id))], NOW)
    repository.save_policy(talent_id, Policy(note="hello"))
    record = repository.load(talent_id)
    assert record.talent.id == talent_id
    assert (record.policy.note, set(record.candidates)) == ("hello", {"bluesky"})
    assert [entry.talent_id for entry in repository.history(talent_id)] == [talent_id]
    assert talent_id in {row.talent_id for row in repository.roster()}
    assert repository.disconnect(talent_id, "bluesky", NOW)
    assert repository.due(NOW, before=None, limit=None) == ["ada", talent_id]
    assert repository.load("ada").selection == Selection()


def test_adding_takes_all_or_none(repository: Repository) -> None:
    repository.add([talent("ada")], NOW)
    with pytest.raises(UsageError, match="'ada'") as taken:
        repository.add([talent("bob", "bluesky"), talent("ada")], NOW)
    with pytest.raises(UsageError, match="'cid'") as twice:
        repository.add([talent("bob"), talent("cid"), talent("cid")], NOW)
    assert (taken.value.hint or "").endswith("see whose it is with: talentimg show 'ada'")
    assert twice.value.hint == "Give every talent an id of their own."
    assert repository.count() == 1


def test_an_id_that_cannot_be_stored_is_refused(repository: Repository) -> None:
    for bad in ("a\ud800", "a\0b"):
        for write in (repository.add, repository.update):
            with pytest.raises(UsageError):
                write([NewTalent("ok", "Ok"), NewTalent(bad, "Bad")], NOW)
    assert repository.count() == 0


def test_other_text_that_cannot_be_stored_is_mended(repository: Repository) -> None:
    account = NewAccount("bluesky", "a\0da")
    repository.add([NewTalent("ada", "A\ud800da\0", "\udfff@example.org", accounts=(account,))], NOW)
    repository.save([Change("ada", shown(), (replace(found("ada"), detail="\ud83d", etag='"\0"'),))], NOW)
    record = repository.load("ada")
    assert (record.talent.name, record.talent.email) == ("A\ufffdda\ufffd", "\ufffd@example.org")
    assert account_of(repository, "ada").handle == "a\ufffdda"
    assert (record.candidates["bluesky"].detail, record.candidates["bluesky"].etag) == ("\ufffd", '"\ufffd"')


def test_many_are_loaded_in_the_order_asked_for(repository: Repository) -> None:
    repository.add([talent(i, "github", "bluesky") for i in "abcd"], NOW)
    repository.save([Change(i, shown(content_hash=i), (found(i, content_hash=i),)) for i in "abcd"], NOW)
    records = repository.load_many(["d", "nobody", "a", "c", "\ud800"])
    assert [record.talent.id for record in records] == ["d", "a", "c"]
    assert [record.candidates["bluesky"].content_hash for record in records] == ["d", "a", "c"]
    assert all(a.talent_id == r.talent.id for r in records for a in r.talent.accounts)
    assert records[0] == repository.load("d")
    assert repository.load_many([]) == []


def test_more_can_be_loaded_than_a_statement_has_places(repository: Repository) -> None:
    ids = [f"t{number:05}" for number in range(40_000)]
    repository.add([talent("t39999")], NOW)
    assert [record.talent.id for record in repository.load_many(ids)] == ["t39999"]


# -- the roster -------------------------------------------------------------


def test_the_roster_comes_in_pages_by_id(repository: Repository) -> None:
    assert repository.roster() == []
    repository.add([talent(i) for i in ("c", "a", "B", "e", "d", "é")], NOW)
    first = repository.roster(limit=4)
    assert [row.talent_id for row in first] == ["B", "a", "c", "d"]
    second = repository.roster(after=first[-1].talent_id, limit=4)
    assert [row.talent_id for row in second] == ["e", "é"]
    assert repository.roster(after="é") == []
    assert [row.talent_id for row in repository.roster(after="bb")] == ["c", "d", "e", "é"]
    assert repository.count() == 6


def test_everybody_comes_once_whatever_the_pages(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "ROSTER_PAGE", 2)
    assert list(repository.everybody()) == []
    repository.add([talent(i, "bluesky") for i in "cabed"], NOW)
    rows = repository.everybody()
    assert next(rows).talent_id == "a"
    repository.add([talent("bb")], NOW)
    assert [row.talent_id for row in rows] == ["b", "bb", "c", "d", "e"], "read as it is asked for"


def test_a_roster_row_says_what_is_shown(repository: Repository) -> None:
    repository.add([talent("ada", "github", "Bluesky", "youtube"), talent("bob")], NOW)
    repository.disconnect("ada", "youtube", NOW)
    repository.save([Change("ada", shown(synced_at=NOW))], NOW)
    assert repository.roster() == [
        RosterRow("ada", "Ada", ("bluesky", "github"), "bluesky", shown().url, NOW),
        RosterRow("bob", "Bob", ()),
    ]
    assert [account.handle for account in repository.roster()[0].accounts] == [
        repository.load("ada").talent.accounts[n].handle for n in range(2)
    ]


# -- updating ---------------------------------------------------------------


def test_updating_adds_and_brings_up_to_date(repository: Repository) -> None:
    account = NewAccount("bluesky", "ada.example", "https://b.example/ada", TOKEN)
    repository.add([NewTalent("ada", "Ada", "ada@example.org", "https://a.example", (account,))], NOW)
    github = NewAccount("github", "ada")
    repository.update(
        [
            NewTalent("ada", "Ada Lovelace", accounts=(github,)),
            NewTalent("bob", "Bob", avatar_url="https://b.example", accounts=(github,)),
        ],
        NOW,
    )
    ada, bob = repository.load_many(["ada", "bob"])
    assert ada.talent.name == "Ada Lovelace"
    assert (ada.talent.email, ada.talent.avatar_url) == ("ada@example.org", "https://a.example")
    assert [(a.platform, a.token) for a in ada.talent.accounts] == [("bluesky", TOKEN), ("github", None)]
    assert (bob.talent.avatar_url, bob.talent.accounts[0].handle) == ("https://b.example", "ada")


def test_updating_can_bring_the_first_avatar_and_change_it(repository: Repository) -> None:
    repository.add([talent("ada")], NOW)
    repository.update([NewTalent("ada", "Ada", avatar_url="https://one.example")], NOW)
    repository.update([NewTalent("ada", "Ada", email="ada@example.org")], NOW)
    assert repository.load("ada").talent.avatar_url == "https://one.example"
    repository.update([NewTalent("ada", "Ada", avatar_url="https://two.example")], NOW)
    assert repository.load("ada").talent.avatar_url == "https://two.example"
    assert repository.load("ada").talent.email == "ada@example.org"


def test_updating_with_another_handle_forgets_what_was_learnt(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github")], NOW)
    candidates = (found("ada"), found("ada", "github"))
    repository.save([Change("ada", shown(), candidates)], NOW)
    same = NewAccount("github", "ada.on.github")
    repository.update([NewTalent("ada", "Ada", accounts=(NewAccount("bluesky", "new.example"), same))], NOW)
    assert set(repository.load("ada").candidates) == {"github"}


def test_in_an_update_the_last_word_on_an_id_counts(repository: Repository) -> None:
    repository.update([NewTalent("ada", "One", "ada@example.org"), NewTalent("ada", "Two")], NOW)
    assert repository.load("ada").talent.name == "Two"
    assert repository.load("ada").talent.email == "ada@example.org"


# -- accounts ---------------------------------------------------------------


def test_connecting_gives_the_account_as_it_is_kept(repository: Repository) -> None:
    repository.add([talent("ada")], NOW)
    account = repository.connect("ada", NewAccount("Bluesky", "ada.example", token=TOKEN), NOW)
    assert account == account_of(repository, "ada")
    assert (account.platform, account.handle, account.token) == ("bluesky", "ada.example", TOKEN)


def test_nothing_is_connected_to_nobody(repository: Repository) -> None:
    with pytest.raises(TalentNotFound, match="'nobody'"):
        repository.connect("nobody", NewAccount("bluesky", "x"), NOW)
    with pytest.raises(TalentNotFound, match="'nobody'"):
        repository.disconnect("nobody", "bluesky", NOW)
    with pytest.raises(TalentNotFound, match="'nobody'"):
        repository.save_policy("nobody", Policy())


def learnt(repository: Repository) -> Account:
    """Ada, with a token, a stable id and a picture."""
    repository.add([talent("ada")], NOW)
    account = NewAccount("bluesky", "ada.example", "https://b.example/ada", TOKEN)
    account_id = repository.connect("ada", account, NOW).id
    external_ids = ((account_id, "did:plc:ada"),)
    repository.save([Change("ada", shown(), (found("ada"),), external_ids=external_ids)], NOW)
    kept = account_of(repository, "ada")
    assert kept.external_id == "did:plc:ada"
    return kept


@pytest.mark.parametrize("handle", ["ada.example", "Ada.Example", "@ada.example"])
def test_connecting_the_same_handle_again_loses_nothing(repository: Repository, handle: str) -> None:
    before = learnt(repository)
    repository.connect("ada", NewAccount("bluesky", handle), NOW)
    assert account_of(repository, "ada") == replace(before, handle=handle)
    assert repository.load("ada").candidates["bluesky"].has_picture


def test_connecting_the_same_handle_takes_what_is_new(repository: Repository) -> None:
    before = learnt(repository)
    new = Token("other")
    repository.connect("ada", NewAccount("bluesky", "ada.example", "https://new.example", new), NOW)
    assert account_of(repository, "ada") == replace(before, profile_url="https://new.example", token=new)


def test_connecting_another_handle_forgets_the_old_one(repository: Repository) -> None:
    learnt(repository)
    repository.connect("ada", NewAccount("bluesky", "other.example"), NOW)
    account = account_of(repository, "ada")
    assert (account.handle, account.profile_url) == ("other.example", None)
    assert (account.token, account.external_id) == (None, None)
    assert repository.load("ada").candidates == {}
    back = repository.connect("ada", NewAccount("bluesky", "ada.example"), NOW)
    assert (back.token, back.external_id) == (None, None), "nor does it come back with its handle"
    assert repository.load("ada").candidates == {}


def test_connecting_leaves_the_other_platforms_alone(repository: Repository) -> None:
    before = learnt(repository)
    repository.connect("ada", NewAccount("github", "ada"), NOW)
    assert account_of(repository, "ada") == before
    assert set(repository.load("ada").candidates) == {"bluesky"}


def test_disconnecting_drops_the_candidate_and_the_tokens(repository: Repository) -> None:
    learnt(repository)
    repository.connect("ada", NewAccount("github", "ada"), NOW)
    assert repository.disconnect("ada", "bluesky", NOW) is True
    assert repository.disconnect("ada", "bluesky", NOW) is False
    assert repository.disconnect("ada", "youtube", NOW) is False
    record = repository.load("ada")
    assert [a.platform for a in record.talent.accounts] == ["github"]
    assert record.candidates == {}


def test_an_account_that_was_disconnected_comes_back_without_its_tokens(repository: Repository) -> None:
    before = learnt(repository)
    repository.disconnect("ada", "bluesky", NOW)
    account = repository.connect("ada", NewAccount("bluesky", "ada.example"), NOW)
    assert account == replace(before, token=None, external_id=None)
    assert repository.load("ada").candidates == {}


def test_a_refreshed_token_is_kept(repository: Repository) -> None:
    account = learnt(repository)
    new = Token("new", None, NOW + 60 * DAY)
    assert repository.save_token(account, new) == new
    assert account_of(repository, "ada") == replace(account, token=new)


def test_a_refreshed_token_is_kept_for_an_account_that_had_none(repository: Repository) -> None:
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("tiktok", "ada"),))], NOW)
    (account,) = repository.load("ada").talent.accounts
    assert repository.save_token(account, Token("new")) == Token("new")


def test_a_token_that_a_person_wrote_meanwhile_stays(repository: Repository) -> None:
    """They connected again while the old one was being refreshed."""
    before = learnt(repository)
    theirs = Token("theirs", "refresh", NOW + 9 * DAY)
    repository.connect("ada", NewAccount("bluesky", before.handle, token=theirs), NOW)
    assert repository.save_token(before, Token("late")) == theirs
    assert account_of(repository, "ada").token == theirs


def test_of_two_processes_that_refresh_a_token_the_first_to_keep_it_wins(repository: Repository) -> None:
    account = learnt(repository)
    first, second = Token("first", "r1", NOW + DAY), Token("second", "r2", NOW + DAY)
    assert repository.save_token(account, first) == first
    assert repository.save_token(account, second) == first
    assert repository.save_token(replace(account, token=first), second) == second
    assert account_of(repository, "ada").token == second


def test_several_processes_that_keep_a_token_at_once_all_get_the_one_that_stays(
    repository: Repository,
) -> None:
    account = learnt(repository)
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda n: repository.save_token(account, Token(f"new{n}")), range(12)))
    assert set(kept) == {account_of(repository, "ada").token}


def test_a_token_does_not_come_back_after_a_disconnect(repository: Repository) -> None:
    account = learnt(repository)
    repository.disconnect("ada", "bluesky", NOW)
    assert repository.save_token(account, Token("late")) is None
    assert repository.save_token(replace(account, id="unknown", talent_id="nobody"), Token("late")) is None
    assert repository.connect("ada", NewAccount("bluesky", "ada.example"), NOW).token is None


# -- a person's say ---------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(opt_outs=(OptOut(),), note="asked by mail; 'quoted'"),
        Policy(order=Order(("github", "bluesky"))),
        Policy(order=Order(())),
        Policy(lock=Lock("ops", NOW)),
        Policy(choice=Choice("ops", NOW, "her own")),
        Policy(order=Order(("github",), "eve", NOW, "asked by phone")),
        Policy(opt_outs=(OptOut("tiktok", "eve", NOW, "private"), OptOut("youtube"))),
        Policy(
            lock=Lock("ops", NOW, "press week", NOW + DAY),
            order=Order(("user",)),
            opt_outs=(OptOut(),),
            note="",
        ),
    ],
)
def test_a_policy_comes_back_as_it_was_saved(repository: Repository, policy: Policy) -> None:
    repository.add([talent("ada"), talent("bob")], NOW)
    repository.save_policy("ada", Policy(lock=Lock("somebody", NOW), note="before"))
    repository.save_policy("ada", policy)
    assert repository.load("ada").policy == policy
    assert repository.load("bob").policy == Policy()


# -- due --------------------------------------------------------------------


def due(repository: Repository, before: datetime | None, limit: int | None = None) -> list[str]:
    """What is due, with the count checked along the way."""
    found = repository.due(NOW, before=before, limit=limit)
    everyone = repository.due(NOW, before=before, limit=None)
    assert repository.count_due(NOW, before=before) == len(everyone)
    assert found == everyone[:limit]
    return found


def test_the_due_come_never_synced_first_then_oldest_then_by_id(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in ("d", "c", "b", "a", "f", "e")], NOW)
    synced(repository, "a", NOW - 2 * DAY)
    synced(repository, "c", NOW - 3 * DAY)
    synced(repository, "f", NOW - 3 * DAY)
    synced(repository, "e", NOW - HOUR)
    assert due(repository, NOW - DAY) == ["b", "d", "c", "f", "a"]
    assert due(repository, None) == ["b", "d", "c", "f", "a", "e"]
    for limit in range(7):
        assert len(due(repository, None, limit)) == limit


def test_a_talent_is_due_strictly_after_the_interval(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    synced(repository, "ada", NOW)
    assert due(repository, NOW) == []
    assert due(repository, NOW + timedelta(milliseconds=1)) == ["ada"]


def test_a_candidate_can_make_a_talent_due_early(repository: Repository) -> None:
    repository.add([talent(i, "bluesky", "github") for i in "abcde"], NOW)
    synced(repository, "a", NOW - HOUR, next_due_at=NOW)
    synced(repository, "b", NOW - 2 * HOUR, next_due_at=NOW - HOUR)
    synced(repository, "c", NOW - HOUR, next_due_at=NOW + timedelta(milliseconds=1))
    synced(repository, "d", NOW - 2 * DAY, next_due_at=NOW - HOUR)
    other = Candidate("b", "github", State.TROUBLE, next_due_at=NOW - DAY)
    repository.save([Change("b", Selection(synced_at=NOW - 2 * HOUR), (other,))], NOW)
    assert due(repository, NOW - DAY) == ["e", "d", "b", "a"]
    assert due(repository, NOW - DAY, 3) == ["e", "d", "b"]


def test_only_those_who_can_be_asked_about_are_due(repository: Repository) -> None:
    roster = [
        talent("nothing"),
        talent("account", "bluesky"),
        talent("avatar", avatar_url="https://a.example"),
    ]
    repository.add([*roster, talent("gone", "bluesky"), talent("mail")], NOW)
    repository.update([NewTalent("mail", "Mail", email="m@example.org")], NOW)
    repository.disconnect("gone", "bluesky", NOW)
    assert due(repository, None) == ["account", "avatar"]
    for one in ("nothing", "account", "avatar", "gone"):
        synced(repository, one, NOW - 2 * DAY, next_due_at=NOW - HOUR)
    assert due(repository, NOW) == ["account", "avatar"]
    assert due(repository, NOW - 3 * DAY) == ["account"], (
        "a candidate that waits, and no platform left to ask"
    )


def test_nobody_is_due_on_an_empty_roster(repository: Repository) -> None:
    assert due(repository, None) == []


# -- claiming ---------------------------------------------------------------


def claim(
    repository: Repository,
    limit: int,
    now: datetime = NOW,
    before: datetime | None = None,
    since: datetime | None = None,
) -> list[str]:
    return repository.claim(now, before=before, limit=limit, lease=HOUR, unless_since=since)


def test_the_due_are_claimed_in_their_order_and_once(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "dcbafe"], NOW)
    synced(repository, "a", NOW - 2 * DAY)
    synced(repository, "c", NOW - 3 * DAY)
    synced(repository, "e", NOW - HOUR, next_due_at=NOW)
    synced(repository, "f", NOW - HOUR)
    everyone = repository.due(NOW, before=NOW - DAY, limit=None)
    assert everyone == ["b", "d", "c", "a", "e"]
    pages = [claim(repository, 2, before=NOW - DAY) for _ in range(4)]
    assert pages == [["b", "d"], ["c", "a"], ["e"], []]
    assert claim(repository, 5) == ["f"]
    assert claim(repository, 5) == []


def test_whoever_is_claimed_is_not_due_until_released(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "abc"], NOW)
    assert claim(repository, 2) == ["a", "b"]
    assert due(repository, None) == ["c"]
    assert [record.talent.id for record in repository.load_many("ab")] == ["a", "b"], "only the due are fewer"
    repository.release(["b", "nobody", "\ud800"])
    repository.release([])
    assert due(repository, None) == ["b", "c"]
    assert claim(repository, 5) == ["b", "c"]


def test_a_page_is_claimed_with_the_records_in_its_order(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "dcba"], NOW)
    synced(repository, "b", NOW - 2 * DAY)
    page = repository.claim_page(NOW, before=NOW - DAY, limit=9, lease=HOUR)
    assert page.ids == ["a", "c", "d", "b"]
    records = page.load()
    assert records == repository.load_many(page.ids)
    assert [record.talent.id for record in records] == page.ids
    nobody = repository.claim_page(NOW, before=NOW - DAY, limit=9, lease=HOUR)
    assert (nobody.ids, nobody.load()) == ([], [])


def test_the_outlook_is_what_the_single_questions_say(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "abcd"], NOW)
    synced(repository, "b", NOW - HOUR)
    for at_most in (2, 10):
        found = repository.outlook(NOW, before=NOW - DAY, at_most=at_most, min_age=DAY)
        assert found.due == repository.count_due(NOW, before=NOW - DAY, at_most=at_most) == min(3, at_most)
        assert list(found.claims) == repository.claims(NOW)
        assert found.next_due == repository.next_due(NOW, min_age=DAY) == NOW + DAY - HOUR


def test_a_lease_runs_out(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    assert claim(repository, 1) == ["ada"]
    assert claim(repository, 1, NOW + HOUR - timedelta(milliseconds=1)) == []
    assert claim(repository, 1, NOW + HOUR) == ["ada"]
    assert claim(repository, 1, NOW + HOUR) == []


def test_a_lease_is_renewed_as_long_as_it_is_ours(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "abcd"], NOW)
    assert claim(repository, 3) == ["a", "b", "c"]
    synced(repository, "b", NOW)
    repository.release(["c"])
    repository.renew(["a", "b", "c", "d", "nobody", "\ud800"], NOW + 2 * HOUR)
    repository.renew([], NOW + 2 * HOUR)
    assert due(repository, None) == ["c", "d", "b"], "what was given back stays so"
    assert claim(repository, 9, NOW + 2 * HOUR - timedelta(milliseconds=1)) == ["c", "d", "b"]
    assert claim(repository, 9, NOW + 2 * HOUR) == ["a"]


def test_saving_ends_a_lease(repository: Repository) -> None:
    repository.add([talent(i, "bluesky", "github") for i in "ab"], NOW)
    claim(repository, 2)
    repository.disconnect("b", "bluesky", NOW)
    synced(repository, "a", NOW - HOUR)
    late = Change("b", shown(synced_at=NOW), (found("b"),))
    repository.save([late, Change("nobody", shown())], NOW)
    assert due(repository, None) == ["b", "a"], "also where the result came too late to be kept"


def test_who_was_synced_since_the_start_of_a_run_does_not_come_to_it_again(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "abcd"], NOW)
    start = NOW - HOUR
    synced(repository, "a", start, next_due_at=start)
    synced(repository, "b", start - timedelta(milliseconds=1), next_due_at=start)
    synced(repository, "c", start - 2 * DAY)
    assert claim(repository, 9, before=start - DAY, since=start) == ["d", "c", "b"]
    repository.release(["b", "c", "d"])
    assert claim(repository, 9, before=None, since=start) == ["d", "c", "b"]
    repository.release(["b", "c", "d"])
    assert claim(repository, 9, before=NOW, since=start) == ["d", "c", "b"]


def test_many_threads_share_the_due_and_nobody_comes_twice(repository: Repository) -> None:
    ids = [f"t{number:03}" for number in range(150)]
    repository.add([talent(i, "bluesky") for i in ids], NOW)

    def work(_: int) -> list[str]:
        mine: list[str] = []
        while page := claim(repository, 7, since=NOW):
            mine += page
            repository.save([Change(i, shown(synced_at=NOW), (found(i),)) for i in page], NOW)
        return mine

    with ThreadPoolExecutor(6) as pool:
        shares = list(pool.map(work, range(6)))
    assert sorted(i for share in shares for i in share) == ids


# -- saving -----------------------------------------------------------------

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
_TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
_CANDIDATES = st.builds(
    Candidate,
    talent_id=st.just("ada"),
    source=st.sampled_from(["bluesky", "github", "user", "manual", "initials"]),
    state=st.sampled_from(State),
    reason=st.none() | st.sampled_from(Reason),
    tries=st.integers(0, 1000),
    absent_count=st.integers(0, 1000),
    **{
        name: st.none() | _TEXT
        for name in (
            "detail",
            "asked",
            "platform_user_id",
            "content_hash",
            "source_hash",
            "picture_url",
            "picture_key",
            "etag",
            "last_modified",
        )
    },
    **{
        name: st.none() | _TIMES
        for name in (
            "url_expires_at",
            "checked_at",
            "found_at",
            "absent_since",
            "trouble_since",
            "next_due_at",
        )
    },
)


@given(candidate=_CANDIDATES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_a_candidate_comes_back_whole(repository: Repository, candidate: Candidate) -> None:
    if repository.count() == 0:
        repository.add([talent("ada", "bluesky", "github", avatar_url="https://a.example/a.png")], NOW)
    everything = ("bluesky", "github", "user", "manual", "initials")
    repository.save([Change("ada", Selection(), (candidate,), drop=everything)], NOW)
    (kept,) = repository.load("ada").candidates.values()
    for field in dataclasses.fields(candidate):
        told, read = getattr(candidate, field.name), getattr(kept, field.name)
        if isinstance(told, datetime):
            told = told.replace(microsecond=told.microsecond // 1000 * 1000)
        assert read == told, field.name


def test_times_come_back_in_utc_to_the_millisecond(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    told = datetime(2026, 3, 29, 3, 30, 15, 987654, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    expected = datetime(2026, 3, 28, 22, 0, 15, 987000, tzinfo=UTC)
    lock = Lock("ops", told, until=told)
    repository.save_policy("ada", Policy(lock=lock))
    entry, kept = changed("ada", at=told), replace(found("ada"), checked_at=told)
    image = replace(picture(), created_at=told)
    repository.save([Change("ada", shown(synced_at=told), (kept,), picture=image, history=entry)], NOW)
    repository.save_token(account_of(repository, "ada"), Token("x", None, told))
    repository.save_cooldown(Cooldown("bluesky", told, Reason.THROTTLED))
    record, token = repository.load("ada"), account_of(repository, "ada").token
    made = repository.picture("c0ffee")
    assert token
    assert made
    assert record.policy.lock
    times = [
        record.selection.synced_at,
        record.candidates["bluesky"].checked_at,
        record.policy.lock.at,
        record.policy.lock.until,
        made.created_at,
        repository.history("ada")[0].at,
        repository.roster()[0].synced_at,
        repository.cooldowns(expected - HOUR)[0].until,
        token.expires_at,
    ]
    assert times == [expected] * 9
    assert {time.tzinfo for time in times if time} == {UTC}


def test_a_change_is_written_whole(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    account = account_of(repository, "ada")
    entry = changed("ada")
    change = Change(
        "ada",
        shown(),
        candidates=(found("ada"),),
        picture=picture(),
        history=entry,
        external_ids=((account.id, "did:plc:ada"),),
        account_errors=((account.id, "It went wrong."),),
    )
    repository.save([change], NOW)
    record = repository.load("ada")
    assert record.selection == shown()
    assert record.candidates == {"bluesky": found("ada")}
    assert account_of(repository, "ada") == replace(account, external_id="did:plc:ada")
    assert repository.picture("c0ffee") == picture()
    assert repository.history("ada") == [entry]


def test_saving_no_changes_is_no_error(repository: Repository) -> None:
    repository.save([], NOW)
    repository.save(iter(()), NOW)


def test_a_later_change_replaces_an_earlier_one(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github")], NOW)
    repository.save([Change("ada", shown(), (found("ada"), found("ada", "github")))], NOW)
    trouble = Candidate("ada", "bluesky", State.TROUBLE, Reason.TIMEOUT)
    repository.save([Change("ada", Selection(synced_at=NOW + DAY), (trouble,))], NOW)
    record = repository.load("ada")
    assert record.selection == Selection(synced_at=NOW + DAY)
    assert record.candidates == {"bluesky": trouble, "github": found("ada", "github")}


def test_within_one_save_the_last_word_counts(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github", "youtube")], NOW)
    first = Change("ada", shown(), (found("ada"), found("ada", "github")), history=changed("ada", why="1"))
    second = Change(
        "ada",
        shown("youtube", "beef"),
        (found("ada", "youtube", "beef"),),
        drop=("bluesky", "youtube"),
        history=changed("ada", why="2"),
    )
    repository.save([first, second], NOW)
    record = repository.load("ada")
    assert record.selection == shown("youtube", "beef")
    assert set(record.candidates) == {"github", "youtube"}
    assert [entry.why for entry in repository.history("ada")] == ["2", "1"]


def test_dropped_sources_go(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github"), talent("bob", "bluesky")], NOW)
    both = (found("ada"), found("ada", "github"))
    repository.save([Change("ada", shown(), both), Change("bob", shown(), (found("bob"),))], NOW)
    repository.save([Change("ada", Selection(), drop=("bluesky", "never-there"))], NOW)
    assert set(repository.load("ada").candidates) == {"github"}
    assert set(repository.load("bob").candidates) == {"bluesky"}


def test_a_change_for_a_talent_who_is_gone_is_passed_over(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    ghost = Change("ghost", shown(), (found("ghost"),), picture=picture("b00"), history=changed("ghost"))
    repository.save([ghost, Change("ada", shown(), (found("ada"),))], NOW)
    assert repository.load("ada").selection == shown()
    assert (repository.picture("b00"), repository.history("ghost")) == (None, [])
    repository.add([talent("ghost", "bluesky")], NOW)
    record = repository.load("ghost")
    assert (record.candidates, record.selection) == ({}, Selection())


def test_a_platform_that_was_disconnected_meanwhile_is_not_brought_back(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github", avatar_url="https://a.example/a.png")], NOW)
    account = account_of(repository, "ada")
    repository.disconnect("ada", "bluesky", NOW)
    repository.save([Change("ada", Selection(synced_at=NOW))], NOW)
    late = Change(
        "ada",
        shown(synced_at=NOW + HOUR),
        (found("ada"), found("ada", "github"), found("ada", "user")),
        picture=picture(),
        history=changed("ada"),
        external_ids=((account.id, "did:plc:late"),),
        account_errors=((account.id, None),),
    )
    repository.save([late], NOW)
    record = repository.load("ada")
    assert set(record.candidates) == {"github", "user"}
    assert record.selection == Selection(synced_at=NOW)
    assert repository.history("ada") == []
    assert repository.connect("ada", NewAccount("bluesky", account.handle), NOW).external_id is None


def test_what_needs_no_account_is_saved_without_one(repository: Repository) -> None:
    repository.add([talent("ada", avatar_url="https://a.example/a.png")], NOW)
    sources = ("user", "manual", "initials")
    candidates = tuple(found("ada", source) for source in sources)
    repository.save([Change("ada", shown("manual"), candidates)], NOW)
    assert set(repository.load("ada").candidates) == set(sources)
    assert repository.load("ada").selection == shown("manual")


def test_a_kept_selection_of_a_platform_without_account_is_saved(repository: Repository) -> None:
    """A lock holds a picture after its account was disconnected; nobody was asked."""
    repository.add([talent("ada", "github")], NOW)
    repository.save([Change("ada", shown("bluesky", synced_at=NOW))], NOW)
    assert repository.load("ada").selection == shown("bluesky", synced_at=NOW)


def test_one_talents_account_is_not_touched_by_another_ones_change(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky"), talent("bob", "bluesky")], NOW)
    bobs = account_of(repository, "bob")
    change = Change("ada", shown(), external_ids=((bobs.id, "x"),), account_errors=((bobs.id, "x"),))
    repository.save([change], NOW)
    assert account_of(repository, "bob") == bobs


def test_a_selection_with_only_a_url_comes_back(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    for selection in (
        Selection("bluesky", None, "https://cdn.example/x.jpg", NOW),
        Selection("bluesky", "c0ffee", None, NOW),
        Selection(),
    ):
        repository.save([Change("ada", selection)], NOW)
        assert repository.load("ada").selection == selection


def test_a_thousand_talents_are_saved_in_batches(repository: Repository) -> None:
    ids = [f"t{number:04}" for number in range(1000)]
    repository.add([talent(i, "bluesky", "github") for i in ids], NOW)
    for start in range(0, 1000, 100):
        repository.save(
            (
                Change(i, shown(content_hash=i), (found(i), found(i, "github")), picture=picture(i, f"s{i}"))
                for i in ids[start : start + 100]
            ),
            NOW,
        )
    records = repository.load_many(ids)
    assert [r.selection.content_hash for r in records] == ids
    assert all(set(r.candidates) == {"bluesky", "github"} for r in records)
    assert repository.due(NOW, before=NOW, limit=None) == []
    walked: list[str] = []
    while page := repository.roster(after=walked[-1] if walked else None, limit=300):
        walked += [row.talent_id for row in page]
    assert walked == ids
    assert [row.talent_id for row in repository.everybody()] == ids


# -- pictures ---------------------------------------------------------------


def test_a_picture_is_found_by_its_hash_and_by_its_source(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    repository.save([Change("ada", shown(), picture=picture())], NOW)
    assert repository.picture("c0ffee") == picture()
    assert repository.pictures_by_source(["feed", "c0ffee"]) == {"feed": picture()}
    assert repository.picture("feed") is None
    assert repository.pictures_by_source([]) == {}


def test_a_picture_is_kept_once_and_shared(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky"), talent("bob", "bluesky")], NOW)
    repository.save([Change("ada", shown(), picture=picture())], NOW)
    again = replace(picture(), source_hash="other", created_at=NOW + DAY, renditions=picture().renditions[:1])
    repository.save([Change("bob", shown(), picture=again), Change("ada", shown(), picture=again)], NOW)
    assert repository.picture("c0ffee") == replace(again, created_at=NOW), "the first time counts"
    assert set(repository.pictures_by_source(["other"])) == {"other"}


def test_a_picture_and_a_suspect_tell_what_they_look_like(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    likeness = "c0ffee00" * 20
    repository.save([Change("ada", shown(), picture=replace(picture(), likeness=likeness))], NOW)
    repository.save_suspect(Suspect("bluesky", "feed", "c0ffee", NOW, 3, likeness=likeness))
    assert {p.likeness for p in (repository.picture("c0ffee"), *repository.suspects()) if p} == {likeness}
    assert repository.pictures_by_source(["feed"])["feed"].likeness == likeness


@pytest.mark.parametrize(("faces", "crop"), [(None, None), (0, "upper-fifth"), (3, "by-faces")])
def test_a_picture_tells_how_many_faces_it_shows_and_how_it_was_cut(
    repository: Repository, faces: int | None, crop: str | None
) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    cut = replace(picture(), faces=faces, crop=crop)
    repository.save([Change("ada", shown(), picture=cut)], NOW)
    assert repository.picture("c0ffee") == cut
    assert repository.pictures_by_source(["feed"]) == {"feed": cut}


def test_what_is_known_last_of_faces_and_crop_counts(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    for faces, crop in ((None, None), (1, "by-faces"), (None, "upper-fifth")):
        cut = replace(picture(), faces=faces, crop=crop)
        repository.save([Change("ada", shown(), picture=cut)], NOW)
        assert repository.picture("c0ffee") == cut


def test_of_two_pictures_from_one_source_the_newer_is_taken(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    newer = replace(picture("abba"), created_at=NOW + DAY)
    repository.save([Change("ada", shown(), picture=newer), Change("ada", shown(), picture=picture())], NOW)
    assert repository.pictures_by_source(["feed"]) == {"feed": newer}


def test_a_record_brings_the_rows_of_what_is_shown_and_offered(repository: Repository) -> None:
    """So that whoever looks at somebody whose picture has not changed need not ask for them."""
    repository.add([talent("ada", "bluesky", "github"), talent("bob", "bluesky")], NOW)
    offered = replace(found("ada", "github"), content_hash="abba")
    candidates = (found("ada", "bluesky"), offered)
    both = [
        Change("ada", shown(), candidates=candidates, picture=picture()),
        Change("ada", shown(), candidates=candidates, picture=picture("abba", "other")),
    ]
    for change in both:
        repository.save([change], NOW)
    repository.save([Change("bob", Selection(), picture=picture("of nobody", "third"))], NOW)
    rows = {"c0ffee": picture(), "abba": picture("abba", "other")}
    assert repository.load("ada").pictures == rows
    assert repository.load("bob").pictures == {}
    bob, ada = repository.load_many(["bob", "ada"])
    assert (bob.talent.id, {name: ada.pictures[name] for name in rows}) == ("bob", rows)
    claimed = repository.claim_page(NOW + 2 * DAY, before=None, limit=9, lease=DAY).load()
    (ada,) = (one for one in claimed if one.talent.id == "ada")
    assert {name: ada.pictures.get(name) for name in (*rows, "of nobody")} == {**rows, "of nobody": None}


# -- history ----------------------------------------------------------------


def test_the_history_is_newest_first(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky"), talent("bob", "bluesky")], NOW)
    for hours, why in ((1, "second"), (3, "fourth"), (0, "first"), (1, "third: same time, later")):
        repository.save([Change("ada", shown(), history=changed("ada", NOW + hours * HOUR, why))], NOW)
    repository.save([Change("bob", shown(), history=changed("bob"))], NOW)
    whys = [entry.why for entry in repository.history("ada")]
    assert whys == ["fourth", "third: same time, later", "second", "first"]
    assert [entry.why for entry in repository.history("ada", limit=2)] == whys[:2]
    assert repository.history("nobody") == []


def test_changes_at_the_same_time_are_each_told(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky"), talent("bob", "bluesky")], NOW)
    first = changed("ada")
    entries = [
        first,
        replace(first, from_source="github"),
        replace(first, from_hash="beef"),
        replace(first, to_source="github"),
        replace(first, to_hash="beef"),
        replace(first, to_hash=None),
        replace(first, why="another"),
        replace(first, by="eve"),
        replace(first, at=NOW - HOUR),
    ]
    for entry in (replace(first, talent_id="bob"), *entries):
        repository.save([Change(entry.talent_id, shown(), history=entry)], NOW)
    assert repository.history("ada") == [*reversed(entries[:-1]), entries[-1]]


# -- cool-downs -------------------------------------------------------------


def test_a_cooldown_holds_until_its_time(repository: Repository) -> None:
    until = NOW + HOUR
    cooldown = Cooldown("bluesky", until, Reason.THROTTLED, "Asked too often.")
    repository.save_cooldown(cooldown)
    repository.save_cooldown(Cooldown("Apple", until, Reason.CONFIG))
    assert repository.cooldowns(NOW) == [Cooldown("apple", until, Reason.CONFIG), cooldown]
    assert repository.cooldowns(until) == []


def test_a_cooldown_is_never_shortened(repository: Repository) -> None:
    long = Cooldown("bluesky", NOW + DAY, Reason.THROTTLED, "long")
    repository.save_cooldown(long)
    repository.save_cooldown(Cooldown("Bluesky", NOW + HOUR, Reason.STATUS, "short"))
    repository.save_cooldown(replace(long, detail="as long"))
    assert repository.cooldowns(NOW) == [long]
    longer = Cooldown("bluesky", NOW + 2 * DAY, Reason.STATUS)
    repository.save_cooldown(longer)
    assert repository.cooldowns(NOW) == [longer]


# -- threads ----------------------------------------------------------------


def test_many_threads_may_write_and_read_at_once(repository: Repository) -> None:
    ids = [f"t{number:03}" for number in range(200)]
    repository.add([talent(i, "bluesky") for i in ids], NOW)

    def work(talent_id: str) -> TalentRecord:
        repository.save([Change(talent_id, shown(content_hash=talent_id), history=changed(talent_id))], NOW)
        repository.save_cooldown(Cooldown("bluesky", NOW + HOUR, Reason.THROTTLED))
        repository.roster(limit=10)
        repository.due(NOW, before=None, limit=10)
        return repository.load(talent_id)

    with ThreadPoolExecutor(8) as pool:
        records = list(pool.map(work, ids))
    assert [record.selection.content_hash for record in records] == ids
    assert all(len(repository.history(i)) == 1 for i in ids)


# -- changes that rest on what is no longer so -----------------------------------------------


def sync_of(record: TalentRecord, source: str, *, at: datetime = NOW) -> Change:
    """What a sync that read this record wants to write."""
    selection = Selection(source, "c" * 64, f"https://cdn.example/{source}.jpg", at)
    return Change(record.talent.id, selection, read=record)


def test_of_two_syncs_that_read_the_same_the_second_is_told_to_look_again(repository: Repository) -> None:
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "ada"),))], NOW)
    read = repository.load("ada")
    assert repository.save([sync_of(read, "instagram")], NOW) == []
    late = replace(
        sync_of(read, "instagram", at=NOW + timedelta(seconds=9)), selection=Selection(synced_at=NOW)
    )
    assert repository.save([late], NOW) == ["ada"]
    assert repository.load("ada").selection.source == "instagram"
    again = repository.load("ada")
    assert repository.save([replace(late, read=again)], NOW) == []


def test_a_change_that_stands_already_may_be_written_again(repository: Repository) -> None:
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "ada"),))], NOW)
    change = sync_of(repository.load("ada"), "instagram")
    assert repository.save([change], NOW) == []
    assert repository.save([change], NOW) == []


@pytest.mark.parametrize("what", ["lock", "handle", "disconnect", "avatar"])
def test_what_a_person_did_during_a_look_is_not_overruled(repository: Repository, what: str) -> None:
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "ada"),))], NOW)
    read = repository.load("ada")
    if what == "lock":
        repository.save_policy("ada", Policy(lock=Lock("eve", NOW)))
    elif what == "handle":
        repository.connect("ada", NewAccount("instagram", "another"), NOW)
    elif what == "disconnect":
        repository.disconnect("ada", "instagram", NOW)
    else:
        repository.update([NewTalent("ada", "Ada", avatar_url="https://x.example/a.png")], NOW)
    assert repository.save([sync_of(read, "instagram")], NOW) == ["ada"]
    assert repository.load("ada").selection == Selection()


def test_one_change_out_of_date_does_not_hold_up_the_others(repository: Repository) -> None:
    repository.add([NewTalent(i, i, accounts=(NewAccount("github", i),)) for i in ("ada", "bea")], NOW)
    ada, bea = repository.load_many(["ada", "bea"])
    repository.save_policy("ada", Policy(opt_outs=(OptOut(),)))
    assert repository.save([sync_of(ada, "github"), sync_of(bea, "github")], NOW) == ["ada"]
    assert repository.load("bea").selection.source == "github"


def test_a_late_token_of_a_replaced_account_is_not_kept(repository: Repository) -> None:
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("tiktok", "old", token=Token("a1")),))], NOW)
    old = repository.load("ada").talent.accounts[0]
    repository.connect("ada", NewAccount("tiktok", "new", token=Token("b1")), NOW)
    assert repository.save_token(old, Token("a2")) is None
    kept = repository.load("ada").talent.accounts[0].token
    assert kept is not None
    assert kept.access_token == "b1"


def test_a_first_token_of_a_replaced_account_is_not_kept_for_the_new_one(repository: Repository) -> None:
    repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("tiktok", "old"),))], NOW)
    old = repository.load("ada").talent.accounts[0]
    repository.connect("ada", NewAccount("tiktok", "new"), NOW)
    assert repository.save_token(old, Token("a1")) is None
    assert repository.load("ada").talent.accounts[0].token is None
