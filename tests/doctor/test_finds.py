"""`doctor` finds what is broken and nothing else, and `--fix` heals it or says what to do: a table of it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import StoreUnreadable
from talentimg.models import INITIALS, HistoryEntry, Lock, Policy, RunState, Selection
from talentimg.repository import migrations
from talentimg.repository.interface import Change
from talentimg.service.decision.versions import BY_DOCTOR
from talentimg.service.doctor.disk import Room
from talentimg.service.doctor.history import LOST
from talentimg.service.doctor.interface import Severity
from tests.doctor.scene import code, done, forms, notes, trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.doctor.scene import Scene

pytestmark = pytest.mark.network
NEEDS_YOU, BROKEN = Severity.NEEDS_YOU, Severity.BROKEN
EVERYBODY = ("ada", "priya", "sakura", "zoe")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def lose_all_forms(scene: Scene) -> None:
    for form in forms(scene.picture_of("zoe")):
        scene.file_of("zoe", form).unlink(missing_ok=True)


def lose_a_form(scene: Scene) -> None:
    scene.file_of("priya", "webp-200").unlink()


def damage_a_form(scene: Scene) -> None:
    """As a disk would: the length and the time of the file stay."""
    file = scene.file_of("ada", "webp-400")
    data, times = file.read_bytes(), file.stat()
    file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    os.utime(file, (times.st_atime, times.st_mtime - 86_400))


def lose_a_picture_row(scene: Scene) -> None:
    shown = scene.picture_of("sakura").content_hash
    scene.sql("DELETE FROM talentimg_pictures WHERE content_hash = ?", shown)


def lose_a_candidate(scene: Scene) -> None:
    scene.sql("DELETE FROM talentimg_candidates WHERE talent_id = 'zoe'")


def lose_a_selection(scene: Scene) -> None:
    scene.sql("DELETE FROM talentimg_selections WHERE talent_id = 'priya'")


def lose_the_last_change(scene: Scene) -> None:
    of_hers = "SELECT max(id) FROM talentimg_history WHERE talent_id = 'zoe'"
    scene.sql(f"DELETE FROM talentimg_history WHERE id = ({of_hers})")


def let_a_token_expire(scene: Scene) -> None:
    past = "2026-01-01T00:00:00.000Z"
    scene.sql('UPDATE "SocialAccountConnection" SET "expiresAt" = ? WHERE "accessToken" IS NOT NULL', past)


def let_a_token_end_soon(scene: Scene) -> None:
    soon = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%S.000Z}"
    scene.sql('UPDATE "SocialAccountConnection" SET "expiresAt" = ? WHERE "accessToken" IS NOT NULL', soon)


def set_the_clock_ahead(scene: Scene) -> None:
    scene.ahead = timedelta(days=1)


def let_the_night_die(scene: Scene) -> None:
    with closing(scene.app()) as app:
        (run,) = app.repository.runs()
        app.repository.save_run(replace(run, state=RunState.FAILED, note="The database went away."))


def miss_two_nights(scene: Scene) -> None:
    old = datetime.now(UTC) - timedelta(days=2, hours=12)
    with closing(scene.app()) as app:
        (run,) = app.repository.runs()
        app.repository.save_run(replace(run, started_at=old, ended_at=old))
    statement = 'UPDATE "Talent" SET "lastProfileImageSyncAt" = ? WHERE id = ?'
    scene.sql(statement, f"{old:%Y-%m-%dT%H:%M:%S.000Z}", "zoe")


@dataclass(frozen=True)
class Case:
    """What is done, what is found because of it, and whether `--fix` heals it."""

    does: Callable[[Scene], None]
    check: str
    talents: tuple[str, ...] = ()
    severity: Severity = NEEDS_YOU
    heals: bool = False

    def __str__(self) -> str:
        return self.does.__name__


CASES = [
    Case(lose_all_forms, "pictures", ("zoe",), heals=True),
    Case(lose_a_form, "pictures", ("priya",), heals=True),
    Case(damage_a_form, "pictures", ("ada",), heals=True),
    Case(lose_a_picture_row, "rows", ("sakura",), heals=True),
    Case(lose_a_candidate, "rows", ("zoe",), heals=True),
    Case(lose_a_selection, "rows", ("priya",), heals=True),
    Case(lose_the_last_change, "history", ("zoe",), heals=True),
    Case(let_a_token_expire, "tokens", ("ada",)),
    Case(let_a_token_end_soon, "tokens", ("ada",)),
    Case(set_the_clock_ahead, "clock"),
    Case(let_the_night_die, "runs"),
    Case(miss_two_nights, "runs"),
]


def test_all_is_well_with_an_agency_in_which_all_is_well(scene: Scene) -> None:
    examined = scene.examine()
    assert trouble(examined) == []
    assert code(examined) == 0
    assert not {check for check, _ in notes(examined)} - {"codecs"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_is_found_and_nothing_else(scene: Scene, case: Case) -> None:
    case.does(scene)
    found = [(case.check, case.severity, case.talents)]
    assert trouble(scene.examine()) == found
    healed = scene.examine(fix=True)
    assert trouble(healed) == ([] if case.heals else found)
    assert bool(done(healed)) == case.heals
    assert code(healed) == (0 if case.heals else 3)


def test_lost_rows_that_the_next_look_makes_anew_are_no_trouble(scene: Scene) -> None:
    for table in ("marks", "accounts", "platforms", "paces"):
        scene.sql(f"DELETE FROM talentimg_{table}")
    scene.sql("DELETE FROM talentimg_added WHERE kind = 'index'")
    assert trouble(scene.examine()) == []
    with closing(scene.app()) as app:
        assert app.repository.count_due(scene.now(), before=None) == len(EVERYBODY)
    scene.look(EVERYBODY)
    with closing(scene.app()) as app:
        known = [a.external_id for r in app.repository.load_many(EVERYBODY) for a in r.talent.accounts]
    assert all(known)


def test_whom_and_what_the_app_has_deleted_is_no_trouble(scene: Scene) -> None:
    scene.sql("""DELETE FROM "SocialAccountConnection" WHERE "creatorId" IN ('zoe', 'priya')""")
    scene.sql("""DELETE FROM "Talent" WHERE id = 'zoe'""")
    assert trouble(scene.examine()) == []


def test_an_earlier_picture_that_is_lost_is_worth_a_note(scene: Scene) -> None:
    lost = scene.picture_of("zoe").content_hash
    with closing(scene.app()) as app:
        back = HistoryEntry("zoe", scene.now(), "github", lost, INITIALS, None, "demoted", "sync")
        app.repository.save([Change("zoe", Selection(), drop=("github",), history=back)], scene.now())
    assert "history" not in {check for check, _ in notes(scene.examine())}
    scene.sql("DELETE FROM talentimg_pictures WHERE content_hash = ?", lost)
    examined = scene.examine()
    assert (trouble(examined), code(examined)) == ([], 0)
    assert [what for check, what in notes(examined) if check == "history"] == [
        "The picture that was shown before is lost of 1 talent: zoe. What is shown is well."
    ]


def test_a_lost_change_is_written_down_as_that_and_moves_nothing(scene: Scene) -> None:
    shown = scene.picture_of("zoe").content_hash
    lose_the_last_change(scene)
    scene.examine(fix=True)
    with closing(scene.app()) as app:
        (step,) = app.repository.history("zoe")
    assert (step.from_hash, step.to_hash, step.by, step.why) == (None, shown, BY_DOCTOR, LOST)
    assert scene.picture_of("zoe").content_hash == shown


@pytest.mark.parametrize(
    ("free", "files", "severity"),
    [(1_000_000, None, BROKEN), (100_000_000, None, NEEDS_YOU), (10**10, 3, NEEDS_YOU)],
)
def test_a_full_disk_is_found(scene: Scene, free: int, files: int | None, severity: Severity) -> None:
    def room(folder: Path) -> Room:
        del folder
        return Room(1, free, files)

    assert trouble(scene.examine(room=room)) == [("disk", severity, ())]


def test_objects_without_a_row_are_worth_a_note_and_are_swept(scene: Scene) -> None:
    stray = scene.folder / "images" / "ab" / f"ab{'0' * 62}.webp"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    assert {check for check, _ in notes(scene.examine())} <= {"codecs"}, "it is young"
    os.utime(stray, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    examined = scene.examine()
    assert ("strays" in {check for check, _ in notes(examined)}, code(examined)) == (True, 0)
    assert "strays" not in {check for check, _ in notes(scene.examine(fix=True))}
    assert not stray.exists()


def test_a_picture_that_no_platform_gives_is_made_from_what_is_left(scene: Scene) -> None:
    damage_a_form(scene)
    away = replace(scene, server="http://127.0.0.1:9")
    before = scene.picture_of("ada")
    examined = away.examine(fix=True)
    assert [check for check, _, _ in trouble(examined)] == ["network"]
    assert "made anew from another" in " ".join(done(examined))
    assert scene.picture_of("ada").is_remade
    assert scene.picture_of("ada").content_hash != before.content_hash


def test_what_is_lost_and_given_by_no_platform_is_said(scene: Scene) -> None:
    lose_all_forms(scene)
    away = replace(scene, server="http://127.0.0.1:9")
    found = trouble(away.examine(fix=True))
    assert ("pictures", NEEDS_YOU, ("zoe",)) in found


def test_what_a_lock_holds_is_not_touched_and_said(scene: Scene) -> None:
    with closing(scene.app()) as app:
        app.repository.save_policy("zoe", Policy(Lock("eve", scene.now())))
    lose_all_forms(scene)
    examined = scene.examine(fix=True)
    assert trouble(examined) == [("pictures", NEEDS_YOU, ("zoe",))]
    assert "unlock it first" in " ".join(str(f.remedy) for one in examined for f in one.findings)


def test_nothing_is_written_but_by_fix(scene: Scene) -> None:
    lose_all_forms(scene)

    def state() -> tuple[list[tuple[str, bytes]], list[str]]:
        images = sorted((scene.folder / "images").rglob("*"))
        files = [(str(path), path.read_bytes()) for path in images if path.is_file()]
        with closing(sqlite3.connect(scene.folder / "talentimg.db")) as file:
            return files, list(file.iterdump())

    before = state()
    scene.examine()
    assert state() == before


def test_a_store_that_is_behind_is_found_and_brought_up_to_date(scene: Scene) -> None:
    url = f"sqlite:///{scene.folder / 'talentimg.db'}"
    migrations.downgrade(url, migrations.REVISIONS[-2])
    examined = scene.examine()
    assert trouble(examined) == [("store", BROKEN, ())]
    assert code(examined) == 78
    assert trouble(scene.examine(fix=True)) == []
    assert migrations.status(url).current == migrations.HEAD


def test_a_store_that_has_forgotten_its_version_is_found_and_says_how_to_go_on(scene: Scene) -> None:
    scene.sql("DELETE FROM talentimg_version")
    examined = scene.examine(fix=True)
    assert trouble(examined) == [("store", BROKEN, ())]
    url = f"sqlite:///{scene.folder / 'talentimg.db'}"
    with pytest.raises(StoreUnreadable, match="the row of the table talentimg_version is gone") as raised:
        migrations.upgrade(url)
    scene.sql(str(raised.value.hint).partition("say so: ")[2])
    assert trouble(scene.examine()) == []


def test_a_file_that_is_damaged_is_found(scene: Scene) -> None:
    file = scene.folder / "talentimg.db"
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = opened.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'talentimg_candidates'"
        ).fetchone()
        (size,) = opened.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\x0d" + b"\xff" * (size // 2))
    assert trouble(scene.examine()) == [("store", BROKEN, ())]


def test_whoever_has_to_connect_again_is_told_with_the_link_to_send(scene: Scene) -> None:
    let_a_token_expire(scene)
    scene.more = {"TALENTIMG_CONNECT_URL": "https://agency.example/c?t={talent}&p={platform}"}
    remedies = " ".join(str(f.remedy) for one in scene.examine() for f in one.findings)
    assert "ada: https://agency.example/c?t=ada&p=instagram" in remedies


def test_credentials_that_are_refused_are_found(scene: Scene) -> None:
    scene.more = {"TALENTIMG_PROVIDERS_YOUTUBE_API_KEY": "wrong-S3CRET"}
    examined = scene.examine()
    assert trouble(examined) == [("credentials", NEEDS_YOU, ())]
    assert "S3CRET" not in repr(examined)


def test_a_setting_that_is_wrong_is_found_without_anything_else(scene: Scene) -> None:
    scene.more = {"TALENTIMG_SYNC_ORDER": "myspace"}
    assert trouble(scene.examine()) == [("settings", BROKEN, ())]


def test_a_settings_file_that_others_can_read_is_told_with_the_command_alone(scene: Scene) -> None:
    file = scene.folder / "c.toml"
    file.write_text("[providers.youtube]\napi_key = 'AIzaS3CRET'\n")
    file.chmod(0o644)
    scene.more = {"TALENTIMG_CONFIG": str(file)}
    (what,) = [what for check, what in notes(scene.examine()) if check == "settings"]
    assert what == f"Other users can read {file}, which seems to hold a secret."
