"""The crontab of a user, and the units of systemd."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from talentimg.errors import CannotCreate, ConfigError
from talentimg.schedule import crontab, systemd
from talentimg.schedule.interface import Found, Place
from talentimg.schedule.programs import run as run_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from talentimg.schedule.job import Job
    from talentimg.schedule.programs import Answer, Run

SYSTEM: Final = Path("/etc/systemd/system")
LINGERING: Final = Path("/var/lib/systemd/linger")
"""Holds a file for everybody whose own units run while they are not logged in."""


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

    def __init__(
        self,
        folder: Path,
        *,
        user: str | None = None,
        lingers: Path | None = None,
        run: Run = run_program,
    ) -> None:
        """Where they lie.

        Args:
            folder: the folder of units.
            user: who the system's service runs as; None for units of a user's own.
            lingers: is there if a user's own units run while the user is not logged in; None: nobody asks.
            run: runs `systemctl`.
        """
        self._folder = folder
        self._user = user
        self._lingers = lingers
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
        notes += [*self._of_credentials(job), *self._of_logins(), *map(_no_folder, self._missing(job))]
        return Found(is_there=all(present.values()), is_current=is_current, notes=tuple(notes))

    def install(self, job: Job) -> None:
        for folder in self._missing(job):
            raise CannotCreate(
                _no_folder(folder), hint=f"Make it first: install -d -o {self._user} {shlex.quote(folder)}"
            )
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

    def _of_credentials(self, job: Job) -> Iterator[str]:
        added = self._folder / f"{systemd.NAME}.service.d"  # what people add to the service
        if job.of_this_shell and not any(added.glob("*.conf")):
            edit = f"systemctl {'' if self._user else '--user '}edit {systemd.NAME}.service"
            yield f"{_only_here(job.of_this_shell)} Give it an Environment=NAME=value, with: {edit}"

    def _of_logins(self) -> Iterator[str]:
        if self._lingers and not self._lingers.exists():
            yield "It runs only while you are logged in, until you say otherwise with: loginctl enable-linger"

    def _missing(self, job: Job) -> list[str]:
        """Folders that the service needs and may not make."""
        return [one for one in job.writes_to if not Path(one).is_dir()] if self._user else []

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


def _no_folder(folder: str) -> str:
    return f"There is no folder {folder} yet, and the service may not make it."


def _only_here(names: Iterable[str]) -> str:
    return f"Only this shell knows what {', '.join(names)} says."


def _first_line(answer: Answer) -> str:
    return (answer.error.strip() or answer.out.strip() or "It says nothing.").splitlines()[0]
