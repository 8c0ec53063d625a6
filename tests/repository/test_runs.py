"""The contract on runs: their lock, their reports, and what they leave for the next one."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from talentimg.models import (
    ANY_SOURCE,
    NOBODY,
    Action,
    AuditEntry,
    Candidate,
    Cooldown,
    Freshness,
    Outage,
    OutcomeKind,
    PlatformCount,
    Reason,
    Run,
    RunState,
    Selection,
    SlowTalent,
    State,
    Suspect,
)
from talentimg.repository.interface import Change, Holder, NewAccount
from tests.repository.builders import DAY, HOUR, NOW, changed, found, picture, shown, synced, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

MS = timedelta(milliseconds=1)
FINE = datetime(2026, 3, 29, 3, 30, 15, 987654, tzinfo=timezone(timedelta(hours=5, minutes=30)))
"""A time that is finer than what is kept, in a zone of its own."""
COARSE = datetime(2026, 3, 28, 22, 0, 15, 987000, tzinfo=UTC)
"""The same as it is kept."""

WHOLE = Run(
    total=17,
    by="eve",
    id="r1",
    started_at=NOW,
    host="night.example",
    pid=4711,
    joined=True,
    state=RunState.VALVE,
    ended_at=NOW + HOUR,
    exit_code=75,
    outcomes={OutcomeKind.UPDATED: 3, OutcomeKind.OPTED_OUT: 0, OutcomeKind.KEPT: 2**40},
    showing_initials=7,
    platforms={
        "bluesky": PlatformCount({OutcomeKind.UPDATED: 2}, 5, 4, 3, 12, 2**40, 100),
        "initials": PlatformCount(),
    },
    slowest=(SlowTalent("ada", 12.3456, "tiktok"), SlowTalent("bob", 3.0, "bluesky")),
    still_due=0,
    claimed_elsewhere=7,
    claimed_by=("17 on night-1", "4 on night-2"),
    claimed_until=NOW + DAY,
    next_due_at=NOW + DAY,
    note="The safety valve held 12 demotions back.",
    troubled=4,
    new_pictures=2**40,
    freshness=Freshness(196, 9, NOW - DAY),
    outages=(Outage("tiktok", 12, NOW - DAY, Reason.THROTTLED), Outage("bluesky", 3, NOW)),
)


# -- the lock of a run --------------------------------------------------------


def test_the_lock_of_a_run_is_held_until_it_is_given_back(repository: Repository) -> None:
    repository.unlock_run()
    assert repository.lock_run() is True
    assert repository.lock_run() is True, "it is ours already"
    repository.unlock_run()
    repository.unlock_run()
    assert repository.lock_run() is True


def test_the_lock_of_a_run_keeps_nobody_from_working(repository: Repository) -> None:
    assert repository.lock_run()
    repository.add([talent("ada", "bluesky")], NOW)
    assert repository.claim(NOW, before=None, limit=1, lease=HOUR) == ["ada"]
    synced(repository, "ada", NOW)
    assert repository.load("ada").selection.synced_at == NOW


# -- runs -----------------------------------------------------------------------


def test_a_run_comes_back_whole(repository: Repository) -> None:
    repository.save_run(WHOLE)
    assert repository.run("r1") == WHOLE
    assert repository.runs() == [WHOLE]
    assert WHOLE.looked_at == 3 + 2**40


def test_a_run_that_has_just_begun_comes_back(repository: Repository) -> None:
    begun = Run("r1", NOW, "night.example", 1)
    repository.save_run(begun)
    assert repository.run("r1") == begun
    assert (begun.state, begun.still_due, begun.looked_at) == (RunState.RUNNING, None, 0)


@pytest.mark.parametrize("state", RunState)
def test_every_end_of_a_run_comes_back(repository: Repository, state: RunState) -> None:
    repository.save_run(replace(WHOLE, state=state))
    assert [run.state for run in repository.runs()] == [state]


def test_those_that_have_not_reported_their_end_are_found_among_any_number(repository: Repository) -> None:
    begun = [Run(f"b{n}", NOW - n * DAY, "h", n) for n in (150, 3, 0)]
    for run in (*begun, *(replace(WHOLE, id=f"r{n}", started_at=NOW - n * DAY) for n in range(140))):
        repository.save_run(run)
    assert [run.id for run in repository.runs_in_progress()] == ["b0", "b3", "b150"]
    repository.save_run(replace(begun[1], state=RunState.DIED))
    assert [run.id for run in repository.runs_in_progress()] == ["b0", "b150"]


def test_a_run_takes_the_place_of_what_was_kept_of_it(repository: Repository) -> None:
    repository.save_run(WHOLE)
    begun = Run("r1", NOW, "night.example", 4711)
    repository.save_run(begun)
    assert repository.runs() == [begun], "nothing of the earlier word is left"


def test_what_is_counted_on_after_a_save_is_not_kept(repository: Repository) -> None:
    outcomes = Counter({OutcomeKind.UPDATED: 1})
    platforms = {"bluesky": PlatformCount(outcomes)}
    repository.save_run(replace(WHOLE, outcomes=outcomes, platforms=platforms))
    outcomes[OutcomeKind.UPDATED] += 1
    platforms["github"] = PlatformCount()
    kept = repository.run("r1")
    assert kept is not None
    assert kept.outcomes == {OutcomeKind.UPDATED: 1}
    assert kept.platforms == {"bluesky": PlatformCount({OutcomeKind.UPDATED: 1})}


def test_the_text_of_a_run_is_mended_and_its_times_are_to_the_millisecond(repository: Repository) -> None:
    bad, mended = "n\0ight\ud800\n\"'é", "n\ufffdight\ufffd\n\"'é"

    def told(text: str, at: datetime) -> Run:
        return replace(
            WHOLE,
            id=text,
            started_at=at,
            ended_at=at,
            next_due_at=at,
            host=text,
            note=text,
            platforms={text: PlatformCount({OutcomeKind.FAILED: 1})},
            slowest=(SlowTalent(text, 0.1, text),),
        )

    repository.save_run(told(bad, FINE))
    assert repository.run(bad) == repository.run(mended) == told(mended, COARSE)


def test_the_latest_runs_come_first(repository: Repository) -> None:
    assert repository.runs() == []
    for run_id, hours in (("a", 1), ("b", 3), ("C", 1), ("c", 1), ("d", 0)):
        repository.save_run(replace(WHOLE, id=run_id, started_at=NOW + hours * HOUR))
    assert [run.id for run in repository.runs()] == ["b", "c", "a", "C", "d"]
    assert [run.id for run in repository.runs(limit=2)] == ["b", "c"]
    assert [run.id for run in repository.runs(limit=2, before="c")] == ["a", "C"]
    assert [run.id for run in repository.runs(before="b")] == ["c", "a", "C", "d"]
    assert repository.runs(before="d") == repository.runs(before="gone\0") == []


def test_nothing_is_known_of_a_run_that_never_was(repository: Repository) -> None:
    repository.save_run(WHOLE)
    for unknown in ("R1", "r", "", "r\0", "\ud800"):
        assert repository.run(unknown) is None


# -- when to come again -----------------------------------------------------------


def next_due(repository: Repository, now: datetime = NOW) -> datetime | None:
    """The next time, with what `due` says before it and after it checked along the way."""
    at = repository.next_due(now, min_age=DAY)
    due = repository.count_due(now, before=now - DAY)
    if at is not None:
        assert at > now
        before = at - MS
        assert repository.count_due(before, before=before - DAY) == due
        after = at + MS
        assert repository.count_due(after, before=after - DAY) > due
    return at


def test_a_talent_is_due_some_time_after_the_last_sync(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "abc"], NOW)
    synced(repository, "a", NOW - HOUR)
    synced(repository, "b", NOW - 3 * HOUR)
    synced(repository, "c", NOW - 2 * HOUR)
    assert next_due(repository) == NOW - 3 * HOUR + DAY
    assert repository.next_due(NOW, min_age=4 * HOUR) == NOW + HOUR


def test_a_candidate_may_be_the_next_that_is_due(repository: Repository) -> None:
    repository.add([talent(i, "bluesky") for i in "abc"], NOW)
    synced(repository, "a", NOW - HOUR, next_due_at=NOW + 2 * HOUR)
    synced(repository, "b", NOW - 23 * HOUR, next_due_at=NOW + 3 * HOUR)
    assert next_due(repository) == NOW + HOUR, "b by its age"
    synced(repository, "c", NOW - HOUR, next_due_at=NOW + MS)
    assert next_due(repository) == NOW + MS


def test_who_is_due_now_is_not_waited_for(repository: Repository) -> None:
    repository.add([talent(i, "bluesky", "github") for i in ("never", "old", "early", "rest")], NOW)
    later = Candidate("old", "github", State.TROUBLE, next_due_at=NOW + MS)
    synced(repository, "old", NOW - 2 * DAY, next_due_at=NOW + MS)
    repository.save([Change("old", Selection(synced_at=NOW - 2 * DAY), (later,))], NOW)
    synced(repository, "early", NOW - 23 * HOUR, next_due_at=NOW)
    also = Candidate("early", "github", State.TROUBLE, next_due_at=NOW + MS)
    repository.save([Change("early", Selection(synced_at=NOW - 23 * HOUR), (also,))], NOW)
    assert next_due(repository) is None
    synced(repository, "rest", NOW - HOUR)
    assert next_due(repository) == NOW - HOUR + DAY


def test_who_becomes_due_with_the_next_tick_is_waited_for(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    synced(repository, "ada", NOW - DAY)
    assert repository.count_due(NOW, before=NOW - DAY) == 0
    assert next_due(repository) == NOW + MS
    fine = NOW + timedelta(microseconds=700)
    assert repository.next_due(fine, min_age=DAY) == NOW + MS


def test_only_those_who_can_be_asked_about_are_waited_for(repository: Repository) -> None:
    roster = [
        talent("nothing"),
        talent("gone", "bluesky"),
        talent("account", "bluesky"),
        talent("avatar", avatar_url="https://a.example"),
    ]
    repository.add(roster, NOW)
    for hours, one in enumerate(("nothing", "gone", "account", "avatar")):
        repository.save([Change(one, Selection(synced_at=NOW - (9 - hours) * HOUR))], NOW)
    early = Candidate("nothing", "user", State.TROUBLE, next_due_at=NOW + MS)
    repository.save([Change("nothing", Selection(synced_at=NOW - 9 * HOUR), (early,))], NOW)
    repository.disconnect("gone", "bluesky", NOW)
    assert next_due(repository) == NOW - 7 * HOUR + DAY
    repository.disconnect("account", "bluesky", NOW)
    assert next_due(repository) == NOW - 6 * HOUR + DAY


def test_a_lease_does_not_count(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    synced(repository, "ada", NOW - HOUR)
    assert repository.claim(NOW, before=None, limit=1, lease=30 * DAY) == ["ada"]
    assert repository.next_due(NOW, min_age=DAY) == NOW - HOUR + DAY


def test_there_may_be_nobody_to_wait_for(repository: Repository) -> None:
    assert next_due(repository) is None
    repository.add([talent("ada", "bluesky")], NOW)
    assert next_due(repository) is None


# -- the same picture for many ------------------------------------------------------


def test_the_holders_of_pictures_are_told_in_order(repository: Repository) -> None:
    repository.add([talent(i, "bluesky", "github") for i in ("bob", "ada", "Cid", "dan")], NOW)
    for one, candidates in {
        "bob": (found("bob"), found("bob", "github", "beef")),
        "ada": (found("ada"), found("ada", "github")),
        "Cid": (found("Cid", content_hash="beef"), found("Cid", "github", "c0ffee")),
        "dan": (found("dan", content_hash="other"), Candidate("dan", "github", State.ABSENT)),
    }.items():
        repository.save([Change(one, shown(), candidates)], NOW)
    expected = [
        Holder(found("Cid", content_hash="beef")),
        Holder(found("ada")),
        Holder(found("bob")),
        Holder(found("bob", "github", "beef")),
        Holder(found("Cid", "github")),
        Holder(found("ada", "github")),
    ]
    assert repository.holders(["c0ffee", "beef", "c0ffee", "nobody's", "\ud800"]) == expected
    assert repository.holders(["beef"]) == [h for h in expected if h.candidate.content_hash == "beef"]
    assert repository.holders([]) == []
    assert repository.holders(["c0ff", "", "\0"]) == []


def test_the_holders_of_what_looks_the_same_are_told_too(repository: Repository) -> None:
    """Found by either half of the hash: one bit may differ."""
    hashes = {
        "ada": "c0ffee010badbeef",
        "bob": "c0ffee020badbeef",
        "cid": "c0ffee0312345678",
        "dan": "000000000badbeef",
    }
    likeness = {who: hash_ + "7f" * 72 for who, hash_ in hashes.items()}
    repository.add([talent(who, "bluesky") for who in (*hashes, "eve")], NOW)
    for who in (*hashes, "eve"):
        made = replace(picture(who), likeness=likeness.get(who))
        repository.save([Change(who, shown(), (found(who, content_hash=who),), picture=made)], NOW)

    def told(*of: str | None, same: tuple[str, ...] = ()) -> list[str]:
        holders = repository.holders(same, of)
        assert all(h.likeness == likeness.get(h.candidate.talent_id) for h in holders)
        return [h.candidate.talent_id for h in holders]

    assert told(likeness["ada"]) == ["ada", "bob", "dan"], "by the second half"
    assert told("c0ffee0399999999" + "00" * 72) == ["cid"], "by the first"
    assert told("0" * 16 + "00" * 72, None) == [], "never by a half without an edge"
    assert told(same=("eve",)) == ["eve"]
    assert told(likeness["cid"], same=("eve", "ada")) == ["ada", "cid", "eve"]


def test_a_picture_that_was_dropped_is_held_no_more(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github")], NOW)
    repository.save([Change("ada", shown(), (found("ada"), found("ada", "github")))], NOW)
    repository.save([Change("ada", shown(), (found("ada").without_picture(),))], NOW)
    repository.connect("ada", NewAccount("github", "another"), NOW)
    assert repository.holders(["c0ffee"]) == []


SUSPECT = Suspect("tiktok", "a" * 64, "b" * 64, NOW, 12)


def test_suspects_are_kept_by_source_and_source_hash_and_the_latest_come_first(
    repository: Repository,
) -> None:
    assert repository.suspects() == []
    older = replace(SUSPECT, source="bluesky", since=NOW - DAY)
    other = replace(SUSPECT, source_hash="c" * 64)
    newest = replace(SUSPECT, source="github", since=NOW + MS)
    for suspect in (other, older, newest, SUSPECT):
        repository.save_suspect(suspect)
    assert repository.suspects() == [newest, SUSPECT, other, older]
    again = replace(SUSPECT, content_hash="d" * 64, since=NOW - 2 * DAY, talents=13)
    repository.save_suspect(again)
    assert repository.suspects() == [newest, other, older, again]


def test_what_a_person_said_of_a_picture_is_not_undone_by_a_suspicion(repository: Repository) -> None:
    allowed = replace(SUSPECT, allowed_by="eve", allowed_at=NOW + HOUR)
    repository.save_suspect(SUSPECT)
    assert not repository.suspects()[0].is_allowed
    repository.save_suspect(allowed)
    assert repository.suspects() == [allowed]
    repository.save_suspect(replace(SUSPECT, talents=99))
    assert repository.suspects() == [replace(allowed, talents=99)]
    again = replace(allowed, allowed_by=None, allowed_at=NOW + DAY)
    repository.save_suspect(again)
    assert repository.suspects() == [again]
    repository.save_suspect(replace(SUSPECT, source="bluesky"))
    assert [s.is_allowed for s in repository.suspects()] == [False, True]


def test_the_text_of_a_suspect_is_mended_and_its_times_are_to_the_millisecond(
    repository: Repository,
) -> None:
    told = replace(SUSPECT, since=FINE, allowed_by="e\0ve\ud800", allowed_at=FINE)
    repository.save_suspect(told)
    expected = replace(told, since=COARSE, allowed_by="e\ufffdve\ufffd", allowed_at=COARSE)
    assert repository.suspects() == [expected]


def test_the_history_tells_what_was_shown_before(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    first = changed("ada")
    second = replace(changed("ada", NOW + HOUR), from_url="https://cdn.example/\0.jpg")
    repository.save([Change("ada", shown(), history=first)], NOW)
    repository.save([Change("ada", shown(), history=second)], NOW)
    mended = replace(second, from_url="https://cdn.example/\ufffd.jpg")
    assert repository.history("ada") == [mended, first]


# -- politeness -----------------------------------------------------------------------


FAILED = Cooldown("bluesky", NOW + HOUR, Reason.TIMEOUT, "It did not answer.", failures=3)


def test_failures_are_told_until_the_platform_has_answered(repository: Repository) -> None:
    asked = Cooldown("github", NOW + HOUR, Reason.THROTTLED)
    repository.save_cooldown(FAILED)
    repository.save_cooldown(asked)
    assert repository.cooldowns(NOW) == [FAILED, asked]
    assert repository.cooldowns(NOW + DAY) == [FAILED]
    repository.forgive("Bluesky")
    assert repository.cooldowns(NOW + DAY) == []
    assert repository.cooldowns(NOW) == [asked], "a break ends with the first answer"
    repository.forgive(asked.platform)
    assert repository.cooldowns(NOW) == [asked], "what the platform asked for itself is not shortened"


def test_one_platform_that_answers_forgives_no_other(repository: Repository) -> None:
    other = replace(FAILED, platform="github")
    repository.save_cooldown(FAILED)
    repository.save_cooldown(other)
    repository.forgive("bluesky")
    assert repository.cooldowns(NOW) == [other]


def test_forgiving_whom_nobody_blames_is_no_error(repository: Repository) -> None:
    for platform in ("nobody", "\ud800", ""):
        repository.forgive(platform)
    assert repository.cooldowns(NOW) == []


def test_a_longer_cooldown_takes_the_place_of_the_whole_row(repository: Repository) -> None:
    repository.save_cooldown(FAILED)
    repository.save_cooldown(replace(FAILED, detail="as long", failures=4))
    repository.save_cooldown(replace(FAILED, until=NOW, failures=4))
    assert repository.cooldowns(NOW) == [FAILED]
    longer = Cooldown("BlueSky", NOW + DAY, Reason.THROTTLED)
    repository.save_cooldown(longer)
    assert repository.cooldowns(NOW) == [replace(longer, platform="bluesky")]
    assert repository.cooldowns(NOW + 2 * DAY) == []


def test_cooldowns_that_ended_long_ago_are_forgotten(repository: Repository) -> None:
    long_ago = NOW - 29 * DAY
    old = replace(FAILED, platform="pictures:old.example", until=long_ago - MS)
    kept = replace(FAILED, platform="pictures:kept.example", until=long_ago)
    paid = replace(FAILED, platform="youtube", until=long_ago - DAY)
    for cooldown in (old, kept, paid):
        repository.save_cooldown(cooldown)
    repository.spend("youtube", 100, NOW)
    assert repository.cooldowns(NOW) == [kept, old, paid]
    new = Cooldown("github", NOW + DAY, Reason.THROTTLED)
    repository.save_cooldown(new)
    assert repository.cooldowns(NOW) == [new, kept, paid], "a row with a quota is no host met once"
    assert repository.spend("youtube", 0, NOW) == 100


def test_a_quota_is_counted_until_its_day_ends(repository: Repository) -> None:
    ends = NOW + HOUR
    assert repository.spend("youtube", 0, ends) == 0
    assert repository.spend("YouTube", 100, ends) == 100
    assert repository.spend("youtube", 1, ends) == 101
    assert repository.spend("youtube", 0, ends) == 101
    assert repository.spend("github", 5, ends) == 5, "each has its own"
    assert (repository.spend("github", 0, ends), repository.spend("youtube", 0, ends)) == (5, 101)
    assert repository.spend("youtube", 0, ends + DAY) == 0
    assert repository.spend("youtube", 7, ends + DAY) == 7
    assert repository.spend("youtube", 0, ends + DAY) == 7


def test_a_day_is_told_by_its_end_to_the_millisecond(repository: Repository) -> None:
    assert repository.spend("youtube", 1, FINE) == 1
    assert repository.spend("youtube", 1, COARSE) == 2
    assert repository.spend("youtube", 1, COARSE + MS) == 1


def test_a_quota_alone_is_no_cooldown_and_loses_nothing_to_one(repository: Repository) -> None:
    repository.spend("bluesky", 5, NOW)
    assert repository.cooldowns(NOW - DAY) == []
    repository.forgive("bluesky")
    repository.save_cooldown(FAILED)
    assert repository.cooldowns(NOW) == [FAILED]
    assert repository.spend("bluesky", 1, NOW) == 6
    assert repository.cooldowns(NOW) == [FAILED]


def test_what_many_threads_spend_adds_up(repository: Repository) -> None:
    with ThreadPoolExecutor(6) as pool:
        used = list(pool.map(lambda _: repository.spend("youtube", 3, NOW), range(60)))
    assert sorted(used) == [3 * (n + 1) for n in range(60)]


def test_a_placeholder_that_a_person_named_is_kept_with_who_and_what_and_can_be_forgotten(
    repository: Repository,
) -> None:
    named = replace(SUSPECT, source=ANY_SOURCE, named_by="eve", name="our logo", likeness="a" * 160)
    repository.save_suspect(named)
    repository.save_suspect(replace(SUSPECT, allowed_by="ann", allowed_at=NOW))
    assert named in repository.suspects()
    repository.forget_suspects([SUSPECT, replace(SUSPECT, source_hash="another")])
    assert repository.suspects() == [named]
    repository.forget_suspects([])
    repository.forget_suspects([named])
    assert repository.suspects() == []


def test_who_says_what_of_a_suspect_is_kept_with_it_when_it_is_gone_too(repository: Repository) -> None:
    about = {"source": SUSPECT.source, "source_hash": SUSPECT.source_hash}
    added = AuditEntry(NOBODY, NOW, Action.PLACEHOLDER_ADD, "eve", "nobody's", about)
    removed = replace(added, at=NOW + HOUR, action=Action.PLACEHOLDER_REMOVE, by="ann", why=None)
    repository.save_suspect(SUSPECT, added)
    repository.save_suspect(replace(SUSPECT, talents=9))
    assert repository.audit(NOBODY) == [added]
    repository.forget_suspects([SUSPECT], [removed])
    assert (repository.suspects(), repository.audit(NOBODY)) == ([], [removed, added])
