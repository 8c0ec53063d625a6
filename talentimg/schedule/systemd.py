"""A service and a timer for systemd.

https://www.freedesktop.org/software/systemd/man/latest/systemd.timer.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from talentimg.schedule.job import Job

NAME: Final = "talentimg-sync"
MARK: Final = "# Made by `talentimg schedule`, which recognises it by this line."
_SAFE: Final = re.compile(r"[A-Za-z0-9_./:=@+,-]+")

FOR_EVERYBODY: Final = (
    "UMask=0077",
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
)
"""What a user's own systemd can enforce as well, which may make no name spaces."""
FOR_THE_SYSTEM: Final = (
    "CapabilityBoundingSet=",
    "PrivateDevices=yes",
    "PrivateTmp=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHome=read-only",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "ProtectSystem=strict",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
)


def units(job: Job, *, user: str | None = None) -> dict[str, str]:
    """The files of the service and its timer, by name.

    Args:
        job: what they run.
        user: who the system's service runs as; None for units of a user's own.
    """
    return {f"{NAME}.service": _service(job, user), f"{NAME}.timer": _timer(job)}


def _service(job: Job, user: str | None) -> str:
    lines = [
        MARK,
        "[Unit]",
        "Description=Profile pictures of the roster",
        "Wants=network-online.target" if user else "",
        "After=network-online.target" if user else "",
        "",
        "[Service]",
        "Type=oneshot",
        f"User={user}" if user else "",
        f"ExecStart={command(job.words)}",
        # A run that hangs makes way before the next one is due.
        "TimeoutStartSec=23h",
        # What is under way has sync.stop_seconds to finish; the rest is given back.
        "TimeoutStopSec=60",
        *FOR_EVERYBODY,
        *((*FOR_THE_SYSTEM, *_writable(job.writes_to)) if user else ()),
    ]
    return _text(lines)


def _writable(folders: Iterable[str]) -> list[str]:
    # The dash lets a folder be missing, as those of a roster that is elsewhere.
    return [f"ReadWritePaths={quoted('-' + folder)}" for folder in folders]


def _timer(job: Job) -> str:
    return _text(
        [
            MARK,
            "[Unit]",
            f"Description=Profile pictures of the roster, every night at {job.clock} UTC",
            "",
            "[Timer]",
            f"OnCalendar=*-*-* {job.clock}:00 UTC",
            "# A night that the machine slept through is made up for.",
            "Persistent=true",
            "RandomizedDelaySec=2min",
            "",
            "[Install]",
            "WantedBy=timers.target",
        ]
    )


def _text(lines: Iterable[str]) -> str:
    """Lines as a file, none empty but before a section."""
    kept = "\n".join(lines)
    return re.sub(r"\n+(?!\[)", "\n", kept).replace("\n\n\n", "\n\n") + "\n"


def command(words: Sequence[str]) -> str:
    """A command as systemd reads it back: it looks up variables in every word but the program's path."""
    program, *rest = words
    return " ".join([quoted(program), *(quoted(word.replace("$", "$$")) for word in rest)])


def quoted(word: str) -> str:
    """A word as systemd reads it back.

    https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html#Quoting
    """
    word = word.replace("%", "%%")
    if _SAFE.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
