"""Units, judged by systemd itself, and put where it reads them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import CannotCreate, ConfigError
from talentimg.schedule import systemd
from talentimg.schedule.job import Job, minutes_of
from talentimg.schedule.places import Systemd
from talentimg.schedule.programs import Answer
from tests.corpus.need import Lacking, skip
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

SERVICE, TIMER = f"{systemd.NAME}.service", f"{systemd.NAME}.timer"


def job_at(program: Path) -> Job:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return Job(
        (str(program),),
        ("--config", '/etc/a "b" $HOME %h.toml'),
        at=185,
        writes_to=(str(program.parent / "my faces"),),
    )


@pytest.mark.parametrize("user", [None, "root"])
def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path, user: str | None) -> None:
    if shutil.which("systemd-analyze") is None:
        skip(Lacking("Units are judged by systemd: apt-get install systemd"))
    units = systemd.units(job_at(tmp_path / "my $programs, 100%" / "talentimg"), user=user)
    for name, text in units.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            *(() if user else ("--user",)),
            *(str(tmp_path / name) for name in units),
        ],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if systemd.NAME in line or str(tmp_path) in line]
    assert ours == []


def test_it_begins_at_the_time_asked_for_wherever_the_machine_is(tmp_path: Path) -> None:
    units = systemd.units(job_at(tmp_path / "talentimg"))
    assert "OnCalendar=*-*-* 03:05:00 UTC\n" in units[TIMER]
    assert minutes_of("03:05") == 185


def test_words_are_quoted_so_that_nothing_in_them_is_looked_up() -> None:
    assert systemd.quoted("/usr/bin/talentimg") == "/usr/bin/talentimg"
    assert systemd.quoted('a "b" %h\\') == '"a \\"b\\" %%h\\\\"'
    assert systemd.command(("/opt/$a/t", "$HOME")) == '"/opt/$a/t" "$$HOME"'


class Control:
    """`systemctl`, which knows whether the timer runs."""

    def __init__(self, *, fails: str = "") -> None:
        self.asked: list[tuple[str, ...]] = []
        self.is_active = False
        self.fails = fails

    def __call__(self, *words: str, given: str = "") -> Answer:
        assert (words[0], given) == ("systemctl", "")
        asked = tuple(word for word in words[1:] if word != "--user")
        self.asked.append(words[1:])
        if asked[0] == self.fails:
            return Answer(1, "", "Failed to connect to bus: No medium found\n")
        if asked[0] in {"enable", "disable"}:
            self.is_active = asked[0] == "enable"
        return Answer(0 if asked[0] != "is-active" or self.is_active else 3, "", "")


def test_they_are_installed_seen_and_taken_away(tmp_path: Path) -> None:
    control, job, folder = Control(), job_at(tmp_path / "talentimg"), tmp_path / "units"
    place = Systemd(folder, run=control)
    assert not place.look(job).is_there
    place.install(job)
    assert sorted(path.name for path in folder.iterdir()) == [SERVICE, TIMER]
    assert control.asked[-1] == ("--user", "enable", "--now", TIMER)
    assert place.look(job).is_current
    control.is_active = False
    stopped = place.look(job)
    assert (stopped.is_there, stopped.is_current, len(stopped.notes)) == (True, False, 1)
    assert place.remove()
    assert not place.remove()
    assert list(folder.iterdir()) == []


def test_those_of_the_system_run_as_somebody_and_may_write_to_their_folders_only(tmp_path: Path) -> None:
    control, job = Control(), job_at(tmp_path / "talentimg")
    (tmp_path / "my faces").mkdir()
    Systemd(tmp_path / "units", user="eve", run=control).install(job)
    text = (tmp_path / "units" / SERVICE).read_text()
    assert "User=eve\n" in text
    assert f'ReadWritePaths="-{tmp_path}/my faces"\n' in text
    assert "ProtectSystem=strict\n" in text
    assert control.asked[-1] == ("enable", "--now", TIMER)


def test_a_folder_that_the_service_may_not_make_is_asked_for(tmp_path: Path) -> None:
    place, job = Systemd(tmp_path / "units", user="eve", run=Control()), job_at(tmp_path / "talentimg")
    with pytest.raises(CannotCreate) as refused:
        place.install(job)
    assert refused.value.hint == f"Make it first: install -d -o eve '{tmp_path}/my faces'"
    assert not (tmp_path / "units").exists()
    (tmp_path / "my faces").mkdir()
    place.install(job)
    assert place.look(job).notes == ()
    (tmp_path / "my faces").rmdir()
    assert "no folder" in place.look(job).notes[0]


def test_who_has_to_stay_logged_in_for_it_is_told_so(tmp_path: Path) -> None:
    job, lingers = job_at(tmp_path / "talentimg"), tmp_path / "eve"
    place = Systemd(tmp_path / "units", lingers=lingers, run=Control())
    place.install(job)
    (told,) = place.look(job).notes
    assert "loginctl enable-linger" in told
    assert place.look(job).is_current
    lingers.touch()
    assert place.look(job).notes == ()


def test_credentials_that_only_this_shell_has_are_told(tmp_path: Path) -> None:
    job = replace(job_at(tmp_path / "talentimg"), of_this_shell=("AWS_ACCESS_KEY_ID",))
    place = Systemd(tmp_path, run=Control())
    place.install(job)
    (told,) = place.look(job).notes
    assert "AWS_ACCESS_KEY_ID" in told
    assert "systemctl --user edit talentimg-sync.service" in told
    (tmp_path / f"{SERVICE}.d").mkdir()
    (tmp_path / f"{SERVICE}.d" / "override.conf").write_text("[Service]\nEnvironmentFile=/etc/bucket.env\n")
    assert place.look(job).notes == ()


def test_a_unit_of_somebody_else_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    (tmp_path / SERVICE).write_text("[Service]\nExecStart=/bin/true\n")
    place = Systemd(tmp_path, run=Control())
    with pytest.raises(CannotCreate):
        place.install(job_at(tmp_path / "talentimg"))
    with pytest.raises(CannotCreate):
        place.remove()
    assert (tmp_path / SERVICE).read_text() == "[Service]\nExecStart=/bin/true\n"


def test_what_systemctl_says_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as failed:
        Systemd(tmp_path, run=Control(fails="daemon-reload")).install(job_at(tmp_path / "talentimg"))
    assert failed.value.hint == "Failed to connect to bus: No medium found"
