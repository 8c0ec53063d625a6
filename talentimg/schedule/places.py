"""The crontab of a user, and the units of systemd."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from talentimg.errors import CannotCreate, ConfigError
from talentimg.schedule import crontab, systemd
from talentimg.schedule.interface import Found, Place
from talentimg.schedule.programs import run as run_program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.schedule.job import Job
    from talentimg.schedule.programs import Answer, Run

SYSTEM: Final = Path("/etc/systemd/system")


class Crontab(Place):
    """The crontab of whoever calls."""

    def __init__(self, run: Run = run_program) -> None:
        """One that is read and written by `crontab`."""
        self._run = run

    def text(self, job: Job) -> str:
        return f"{crontab.line(job)}\n"

    def look(self, job: Job) -> Found:
        present = self._read()
        line = crontab.found(present)
        notes = [f"Another line runs it too: {other}" for other in crontab.others(present)]
        if missing := crontab.not_given(present, job.of_this_shell):
            notes.append(f"{_only_here(missing)} Give it a line NAME=value above ours, with: crontab -e")
        return Found(line is not None, line == crontab.line(job), tuple(notes))

    def install(self, job: Job) -> None:
        present = self._read()
        wanted = crontab.with_line(present, crontab.line(job))
        if wanted != present:
            self._write(wanted)

    def remove(self) -> bool:
        present = self._read()
        wanted = crontab.without_line(present)
        if wanted != present:
            self._write(wanted)
        return wanted != present

    def _read(self) -> str:
        answer = self._run("crontab", "-l")
        if answer.code and "no crontab" not in answer.error.lower():
            raise ConfigError("The crontab cannot be read.", hint=_first_line(answer))
        return "" if answer.code else answer.out

    def _write(self, text: str) -> None:
        answer = self._run("crontab", "-", given=text)
        if answer.code:
            raise CannotCreate("The crontab cannot be written.", hint=_first_line(answer))


class Systemd(Place):
    """Two units, of a user's own or of the system."""

    def __init__(self, folder: Path, *, user: str | None = None, run: Run = run_program) -> None:
        """Where they lie.

        Args:
            folder: the folder of units.
            user: who the system's service runs as; None for units of a user's own.
            run: runs `systemctl`.
        """
        self._folder = folder
        self._user = user
        self._run = run

    def text(self, job: Job) -> str:
        files = systemd.units(job, user=self._user).items()
        return "\n".join(f"# {self._folder / name}\n{text}" for name, text in files)

    def look(self, job: Job) -> Found:
        wanted = systemd.units(job, user=self._user)
        present = {name: self._read(name) for name in wanted}
        if not any(present.values()):
            return Found(is_there=False)
        notes = []
        if self._ask("is-active", f"{systemd.NAME}.timer").code:
            notes.append("The timer is not running: --install starts it.")
        is_current = present == wanted and not notes
        if job.of_this_shell and not any(self._additions.glob("*.conf")):
            edit = f"systemctl {'' if self._user else '--user '}edit {systemd.NAME}.service"
            notes.append(f"{_only_here(job.of_this_shell)} Give it an Environment=NAME=value, with: {edit}")
        return Found(is_there=all(present.values()), is_current=is_current, notes=tuple(notes))

    def install(self, job: Job) -> None:
        for name, text in systemd.units(job, user=self._user).items():
            self._refuse_what_is_not_ours(name)
            self._write(name, text)
        for words in (("daemon-reload",), ("enable", "--now", f"{systemd.NAME}.timer")):
            answer = self._ask(*words)
            if answer.code:
                raise ConfigError(f"systemctl {words[0]} failed.", hint=_first_line(answer))

    def remove(self) -> bool:
        ours = [name for name in (f"{systemd.NAME}.timer", f"{systemd.NAME}.service") if self._read(name)]
        for name in ours:
            self._refuse_what_is_not_ours(name)
        if ours:
            self._ask("disable", "--now", f"{systemd.NAME}.timer")  # what is not enabled need not be
        for name in ours:
            self._unlink(name)
        if ours:
            self._ask("daemon-reload")
        return bool(ours)

    @property
    def _additions(self) -> Path:
        """What people add to the service."""
        return self._folder / f"{systemd.NAME}.service.d"

    def _ask(self, *words: str) -> Answer:
        return self._run("systemctl", *(() if self._user else ("--user",)), *words)

    def _read(self, name: str) -> str:
        try:
            return (self._folder / name).read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"{self._folder / name} cannot be read.", hint="See who owns it.") from None

    def _refuse_what_is_not_ours(self, name: str) -> None:
        present = self._read(name)
        if present and systemd.MARK not in present:
            raise CannotCreate(
                f"{self._folder / name} is not one of talentimg's.", hint="Rename it, or remove it, first."
            )

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        partial = path.with_name(f".{name}.{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, "utf-8")
            partial.replace(path)
        except OSError:
            raise CannotCreate(f"{path} cannot be written.", hint="With --system, as root.") from None

    def _unlink(self, name: str) -> None:
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError:
            raise CannotCreate(
                f"{self._folder / name} cannot be removed.", hint="With --system, as root."
            ) from None


def _only_here(names: Iterable[str]) -> str:
    return f"Only this shell knows what {', '.join(names)} says."


def _first_line(answer: Answer) -> str:
    return (answer.error.strip() or answer.out.strip() or "It says nothing.").splitlines()[0]
