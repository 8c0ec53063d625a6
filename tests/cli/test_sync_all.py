"""`sync-all` as an operator, cron and a supervisor meet it: alone, dry, stopped, throttled, doubted."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.clock import utc_now
from talentimg.demo.crowd import crowd_world
from talentimg.demo.faults import Faults
from talentimg.repository.migrations import upgrade
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from tests.held import HeldServer
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

DAY_S = 24 * 3600


@pytest.fixture(params=[30])
def platforms(request: pytest.FixtureRequest) -> Iterator[HeldServer]:
    """A crowd, a few on each of four platforms."""
    with HeldServer(crowd_world(request.param)) as server:
        yield server


@pytest.fixture
def roster(online: Shell, platforms: PlatformServer) -> Shell:
    """All of them are on the roster."""
    online.fill(platforms)
    return online


def latency(platforms: PlatformServer, seconds: float) -> None:
    for platform in ("instagram", "tiktok", "youtube", "bluesky"):
        platforms.world.set_faults(platform, Faults(latency=seconds))


def on_disk(shell: Shell) -> dict[str, str]:
    """Every file that the command could have written, by name and hash."""
    return {
        str(path.relative_to(shell.home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(shell.home.rglob("*"))
        if path.is_file()
    }


def age(shell: Shell, hours: float) -> None:
    """Let everything that was looked at have been looked at so many hours earlier."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(shell.data / "talentimg.db")) as file, file:
        shift = f"-{hours} hours"
        for table, columns in {
            '"Talent"': ['"lastProfileImageSyncAt"'],
            "talentimg_candidates": [
                "checked_at",
                "found_at",
                "absent_since",
                "trouble_since",
                "next_due_at",
            ],
        }.items():
            for column in columns:
                file.execute(
                    f"UPDATE {table} SET {column} = strftime('%Y-%m-%dT%H:%M:%fZ', {column}, ?)", [shift]
                )


def outcomes_of(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {line["talent_id"]: line["outcome"] for line in lines if "talent_id" in line}


# -- one at a time -----------------------------------------------------------------------


def test_a_second_run_says_who_holds_the_lock_and_since_when(roster: Shell, platforms: HeldServer) -> None:
    platforms.hold()
    first = roster.start("sync-all", "--json")
    try:
        wait_until(lambda: len(platforms.log))
        second = roster("sync-all")
        assert second.code == 75
        assert f"by process {first.pid} on " in second.err
        assert "Another sync-all is under way since 20" in second.err
        assert "--join" in second.err
        assert second.out == ""
    finally:
        platforms.let_go()
        out, err = first.communicate(timeout=TIME_LIMIT)
    assert first.returncode == 0, err
    summary = json.loads(out.splitlines()[-1])
    assert summary["looked_at"] == 30 == sum(outcome_counts(summary))
    assert roster("sync-all").code == 0


def outcome_counts(summary: dict[str, Any]) -> list[int]:
    words = ("updated", "unchanged", "kept", "demoted", "locked", "opted_out", "reconnect", "failed")
    return [summary[word] for word in words]


def test_joined_runs_share_everybody(roster: Shell, platforms: PlatformServer) -> None:
    roster.environment["TALENTIMG_SYNC_CONCURRENCY"] = "1"
    latency(platforms, 0.2)
    runs = [roster.start("sync-all", "--all", "--json", "--join") for _ in range(3)]
    seen: list[str] = []
    for run in runs:
        out, err = run.communicate(timeout=TIME_LIMIT)
        assert run.returncode == 0, err
        seen += outcomes_of([json.loads(line) for line in out.splitlines()])
    assert sorted(seen) == sorted(person.id for person in platforms.world.people())


def test_a_run_whose_talents_others_have_claimed_does_not_say_that_all_is_well(roster: Shell) -> None:
    with open_repository(roster.roster_url) as other:
        assert other.lock_run()
        assert len(other.claim(utc_now(), before=None, limit=100, lease=timedelta(hours=1))) == 30
        told = roster("sync-all", "--join", "--quiet")
        assert told.out.startswith(f"Nobody was looked at.\n30 more are claimed by process {os.getpid()} on ")
        (summary,) = roster("sync-all", "--join", "--json").lines
        assert (summary["looked_at"], summary["still_due"], summary["claimed_elsewhere"]) == (0, 0, 30)
    alone = roster("sync-all")
    assert (alone.code, alone.out.count("may still be looked at")) == (75, 1), "it holds no lock, and lives"


def test_after_a_kill_the_next_run_starts_at_once(roster: Shell, platforms: HeldServer) -> None:
    platforms.hold()
    first = roster.start("sync-all")
    wait_until(lambda: len(platforms.log))
    first.kill()
    first.communicate()
    platforms.let_go()
    done = roster("sync-all", "--json")
    assert (done.code, done.lines[-1]["looked_at"]) == (0, 30)
    states = [run["state"] for run in roster("runs", "--json").lines]
    assert states == ["done", "died"]


# -- told to stop --------------------------------------------------------------------------


@contextmanager
def inherited(number: signal.Signals, handler: signal.Handlers) -> Iterator[None]:
    """What is started here begins with this handler, whatever the tests themselves were started with."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_lets_what_is_under_way_finish_and_gives_back_the_rest(
    roster: Shell, platforms: HeldServer, number: signal.Signals, code: int
) -> None:
    roster.environment["TALENTIMG_SYNC_CONCURRENCY"] = "1"
    roster.environment["TALENTIMG_SYNC_STOP_SECONDS"] = str(TIME_LIMIT)
    platforms.hold()
    with inherited(signal.SIGHUP, signal.SIG_DFL):
        run = roster.start("sync-all", "--json")
    wait_until(lambda: len(platforms.log))
    run.send_signal(number)
    platforms.let_go()
    out, err = run.communicate(timeout=TIME_LIMIT)
    assert run.returncode == code, err
    *outcomes, summary = [json.loads(line) for line in out.splitlines()]
    assert 1 <= summary["looked_at"] == len(outcomes) < 30
    assert (summary["state"], summary["updated"]) == ("stopped", len(outcomes)), "none was cut off"
    rest = roster("sync-all", "--json").lines
    assert rest[-1]["looked_at"] == 30 - len(outcomes), "the others are due at once"
    assert not set(outcomes_of(rest)) & set(outcomes_of(outcomes))


def test_a_run_that_nohup_started_outlives_its_terminal(roster: Shell, platforms: HeldServer) -> None:
    platforms.hold()
    with inherited(signal.SIGHUP, signal.SIG_IGN):
        run = roster.start("sync-all", "--json")
    wait_until(lambda: len(platforms.log))
    run.send_signal(signal.SIGHUP)
    platforms.let_go()
    out, err = run.communicate(timeout=TIME_LIMIT)
    assert run.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["looked_at"] == 30


def test_past_the_grace_time_it_ends_all_the_same(roster: Shell, platforms: HeldServer) -> None:
    roster.environment["TALENTIMG_SYNC_STOP_SECONDS"] = "0.3"
    platforms.hold()
    run = roster.start("sync-all", "--json")
    wait_until(lambda: len(platforms.log))
    run.send_signal(signal.SIGTERM)
    out, _ = run.communicate(timeout=TIME_LIMIT)
    assert (run.returncode, json.loads(out.splitlines()[-1])["looked_at"]) == (143, 0)
    platforms.let_go()
    assert roster("sync-all", "--json").lines[-1]["looked_at"] == 30


# -- dry -----------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_change_and_writes_nothing_at_all(
    roster: Shell, platforms: PlatformServer
) -> None:
    roster("sync-all")
    age(roster, 25)
    for person in ("t000000", "t000007"):
        for platform in platforms.world.people()[int(person[1:])].presences:
            platforms.world.set_picture(person, platform, 5 + int(person[1:]))
    roster("list")  # whatever SQLite tidies up when it is opened
    before = on_disk(roster)
    dry = roster("sync-all", "--dry-run")
    assert dry.code == 0
    assert dry.out.count("would show a new picture from ") == 2
    assert "This was a dry run: nothing was written." in dry.out
    lines = roster("sync-all", "--dry-run", "--json").lines
    assert (lines[-1]["updated"], lines[-1]["unchanged"], lines[-1]["dry_run"]) == (2, 28, True)
    changed = [line for line in lines if line.get("outcome") == "updated"]
    assert all(line["attempts"][0]["state"] == "found" for line in changed), "with the sources"
    assert on_disk(roster) == before
    wet = roster("sync-all", "--json").lines[-1]
    assert (wet["updated"], wet["unchanged"]) == (2, 28)


def test_a_dry_run_makes_no_folder_and_brings_no_store_up_to_date(
    online: Shell, platforms: PlatformServer
) -> None:
    path = online.data / "talentimg.db"
    path.unlink()
    upgrade(sqlite_url(path), "0002")
    before = on_disk(online)
    behind = online("sync-all", "--dry-run")
    assert (behind.code, "talentimg migrate" in behind.err) == (78, True)
    assert on_disk(online) == before
    upgrade(sqlite_url(path))
    online.fill(platforms)
    before = on_disk(online)
    assert online("sync-all", "--dry-run", "--json").lines[-1]["updated"] == 30
    assert on_disk(online) == before
    assert not (online.data / "images").exists()


def test_a_dry_run_refreshes_no_token(online: Shell, platforms: PlatformServer) -> None:
    platforms.world.add("kim", "Kim")
    platforms.world.join("kim", "tiktok", "kim", picture=3, own_token=True)
    platforms.world.expire_token("kim", "tiktok")
    online.fill(platforms)
    lines = {line.get("talent_id"): line for line in online("sync-all", "--dry-run", "--json").lines}
    assert (lines["kim"]["outcome"], lines["kim"]["reason"]) == ("failed", "dry_run")
    assert platforms.log.count(platform="tiktok", path="/tiktok/v2/oauth") == 0
    assert online("sync", "kim").code == 0


def test_a_dry_run_is_in_nobodys_way(roster: Shell, platforms: PlatformServer) -> None:
    latency(platforms, 0.6)
    first = roster.start("sync-all", "--json")
    wait_until(lambda: len(platforms.log))
    told = roster("sync-all", "--dry-run", "--limit", "1")
    assert (told.code, "Nobody was looked at." in told.out) in {(0, False), (75, True)}, "all may be claimed"
    assert first.communicate(timeout=TIME_LIMIT)[0]
    assert first.returncode == 0


# -- the safety valve ------------------------------------------------------------------------


def test_too_many_losses_stop_at_the_valve_until_a_person_allows_them(
    roster: Shell, platforms: PlatformServer
) -> None:
    roster("sync-all")
    for person in platforms.world.people():
        for platform in person.presences:
            platforms.world.delete_account(person.id, platform)
            platforms.world.set_faults(platform, Faults())
    # Tokens are refused for accounts that are gone: those are no absence, the others are.
    age(roster, 25)
    first = roster("sync-all", "--json")
    assert first.lines[-1]["demoted"] == 0
    gone = sum(line.get("reason") == "not_found" for line in first.lines)
    assert gone > 5
    age(roster, 25)
    shut = roster("sync-all")
    assert shut.code == 4
    assert f"{gone} of 30 pictures would be taken away in one run, and at most 5 may be" in shut.err
    assert "--dry-run" in shut.err
    assert f"--allow-losses {gone}" in shut.err
    assert all(row["source"] != "initials" for row in roster("list", "--json").lines)
    assert roster("runs", "--json").lines[0]["state"] == "valve"
    age(roster, 25)
    dry = roster("sync-all", "--dry-run", "--json")
    assert (dry.code, dry.lines[-1]["demoted"]) == (4, 0)
    who = roster("sync-all", "--dry-run", "--allow-losses", str(gone))
    assert who.out.count("would show initials in place of the picture from ") == gone
    allowed = roster("sync-all", "--allow-losses", str(gone), "--json")
    assert allowed.lines[-1]["demoted"] == gone


def test_one_picture_for_many_is_taken_for_a_placeholder_until_a_person_says_otherwise(
    online: Shell, platforms: PlatformServer
) -> None:
    for number in range(3):
        platforms.world.add(f"g{number}", f"G {number}")
        platforms.world.join(f"g{number}", "github", f"g{number}", picture=7)
    online.fill(platforms)
    run = online("sync-all", "--all")
    assert run.code == 3
    assert "3 people of github have the same picture" in run.out
    assert online("show", "g1", "--json").json["source"] == "initials"
    (suspect,) = online("placeholders", "--json").lines
    assert (suspect["source"], suspect["talents"]) == ("github", 3)
    assert online("placeholders", "--allow", suspect["source_hash"][:12]).code == 0
    assert online("sync", "g1").out == "Profile photo updated from github\n"


# -- platforms in trouble --------------------------------------------------------------------


def test_with_every_platform_down_everybody_keeps_theirs_and_there_is_a_line_for_each_platform(
    roster: Shell, platforms: PlatformServer
) -> None:
    roster("sync-all")
    before = {row["talent_id"]: row["url"] for row in roster("list", "--json").lines}
    for platform in ("instagram", "tiktok", "youtube", "bluesky", "pictures"):
        platforms.world.set_faults(platform, Faults(down="close"))
    age(roster, 25)
    asked = len(platforms.log)
    run = roster("sync-all")
    assert run.code == 3
    assert {row["talent_id"]: row["url"] for row in roster("list", "--json").lines} == before
    for platform in ("instagram", "tiktok", "youtube", "bluesky"):
        as_a_whole = run.out.lower().count(f"{platform} has answered nobody since ")
        assert as_a_whole + run.out.count(f"({platform}): ") == 1
    assert len(platforms.log) - asked < 3 * 30, "hosts that do not answer are given up"


def test_a_host_that_fails_for_ever_is_given_up_and_the_others_on_it_are_skipped_fast(
    online: Shell, platforms: PlatformServer
) -> None:
    for number in range(30):
        platforms.world.add(f"g{number}", f"G {number}")
        platforms.world.join(f"g{number}", "github", f"g{number}", picture=number)
    online.fill(platforms)
    assert online("sync-all", "--all").code == 0
    age(online, 25)
    platforms.world.set_faults("github", Faults(down="error"))
    platforms.log.clear()
    lines = online("sync-all", "--all", "--json").lines
    kept = [line for line in lines if line.get("outcome") == "kept"]
    assert len(kept) == 30
    assert platforms.log.count(platform="github") <= 30
    skipped = [line for line in kept if line["attempts"][0]["tries"] == 0]
    assert len(skipped) >= 10
    again = online("sync-all", "--all", "--min-age", "0", "--json").lines
    assert lines[-1]["unchanged"] == 30 == again[-1]["unchanged"], "the other platforms go on"


def test_a_pause_longer_than_the_budget_is_never_slept_through(
    roster: Shell, platforms: PlatformServer
) -> None:
    roster("sync-all")
    age(roster, 25)
    platforms.world.set_faults("tiktok", Faults(throttle=0, hold=86_400, retry_after=True))
    lines = roster("sync-all", "--json").lines
    kept = {line["reason"] for line in lines if line.get("outcome") == "kept"}
    assert kept == {"throttled"}
    assert lines[-1]["unchanged"] + lines[-1]["kept"] == 30
    next_due = [a["retry_at"] for line in lines for a in line.get("attempts", ()) if a["source"] == "tiktok"]
    assert all(next_due), "its talents are due when it allows it"


# -- the records -----------------------------------------------------------------------------


def test_a_run_is_recorded_with_everything_that_came_of_it(
    roster: Shell, platforms: PlatformServer, tmp_path: Path
) -> None:
    metrics = tmp_path / "talentimg.prom"
    summary = roster("sync-all", "--json", "--metrics-file", str(metrics)).lines[-1]
    (row,) = roster("runs", "--json").lines
    run = roster("runs", row["id"], "--json").json
    assert (run["id"], run["state"], run["exit_code"]) == (summary["run"], "done", 0)
    assert run["outcomes"]["updated"] == 30
    asked = {name: platform["calls"] for name, platform in run["platforms"].items()}
    counts = platforms.log.counts()
    assert {name: asked[name] for name in counts} == counts
    assert run["platforms"]["youtube"]["quota"] == counts["youtube"]
    assert run["platforms"]["pictures"]["received"] > 100_000
    assert len(run["slowest"]) == 10
    assert run["still_due"] == 0
    assert run["next_due_at"] > run["ended_at"]
    text = metrics.read_text()
    assert 'talentimg_run_talents{outcome="updated"} 30.0' in text
    assert "talentimg_run_exit_status 0.0" in text


def test_the_day_s_quota_is_counted_over_all_processes(online: Shell, platforms: PlatformServer) -> None:
    online.environment["TALENTIMG_PROVIDERS_YOUTUBE_PER_DAY"] = "2"
    for number in range(3):
        platforms.world.add(f"y{number}", f"Y {number}")
        platforms.world.join(f"y{number}", "youtube", f"yt{number}", picture=number)
        online("add", f"Y {number}", "--id", f"y{number}", "--youtube", f"@yt{number}")
    codes = [online("sync", f"y{number}").code for number in range(3)]
    assert codes == [0, 0, 75]
    assert platforms.log.count(platform="youtube") == 2


@pytest.mark.parametrize(("asked", "niceness"), [({}, 10), ({"TALENTIMG_SYNC_NICE": "0"}, 0)])
def test_a_run_stands_back_behind_other_programs(
    roster: Shell, platforms: HeldServer, asked: dict[str, str], niceness: int
) -> None:
    platforms.hold()
    run = roster.start("sync-all", **asked)
    wait_until(lambda: len(platforms.log))
    assert os.getpriority(os.PRIO_PROCESS, run.pid) == max(niceness, os.nice(0))
    platforms.let_go()
    run.communicate(timeout=TIME_LIMIT)
