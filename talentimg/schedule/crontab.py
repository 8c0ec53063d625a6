"""A line for a crontab.

Debian's cron takes the machine's own time and knows no `CRON_TZ`; what 02:00 UTC is there changes with the
season, and by quarters of an hour between zones. So the line asks four times an hour what time it is in UTC,
and runs in the quarter of an hour that begins with the night: once, at its beginning, even if cron is some
minutes late.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from talentimg.schedule.job import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.schedule.job import Job

QUARTER: Final = 15
"""Minutes: the offsets of all zones are multiples of it (https://www.iana.org/time-zones)."""
MARK: Final = "# talentimg schedule"
_OURS: Final = re.compile(rf"^[^#\n].*{re.escape(MARK)}[ \t]*$", re.MULTILINE)
_OF_OTHERS: Final = re.compile(r"^[ \t]*[^#\s].*\btalentimg\b.*\bsync-all\b.*$", re.MULTILINE)


def line(job: Job) -> str:
    """The line, without its end."""
    minutes = ",".join(str(minute) for minute in sorted((job.minute + n) % 60 for n in range(0, 60, QUARTER)))
    is_early = f"[ $(( ($(date -u +%s) / 60 - {job.at}) % {DAY} )) -ge {QUARTER} ]"
    # In a crontab a percent sign ends the command, unless it has a backslash before it.
    command = f"{is_early} || {shlex.join(job.words)}".replace("%", r"\%")
    return f"{minutes} * * * * {command} {MARK}"


def found(crontab: str) -> str | None:
    """Our line in a crontab, if it has one."""
    match = _OURS.search(crontab)
    return match[0] if match else None


def others(crontab: str) -> list[str]:
    """Lines by which somebody else runs the same."""
    return [one for one in _OF_OTHERS.findall(crontab) if MARK not in one]


def not_given(crontab: str, names: Iterable[str]) -> list[str]:
    """Those of these variables that no line gives to the commands."""
    return [one for one in names if not re.search(rf"^[ \t]*[\"']?{one}[\"']?[ \t]*=", crontab, re.MULTILINE)]


def with_line(crontab: str, new: str) -> str:
    """The crontab with our line in it once; every other byte as it was."""
    if _OURS.search(crontab):
        rest = iter([new])
        # A function, since a replacement would take the backslashes for its own; further ones of ours go.
        return _OURS.sub(lambda _: next(rest, ""), crontab)
    return f"{crontab}{'' if not crontab or crontab.endswith(chr(10)) else chr(10)}{new}\n"


def without_line(crontab: str) -> str:
    """The crontab without our line."""
    return re.sub(_OURS.pattern + r"\n?", "", crontab, flags=re.MULTILINE)
