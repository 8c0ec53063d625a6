"""What is to be run, when, and with what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY: Final = 24 * 60
"""Minutes."""
USUAL: Final = 2 * 60
"""Minutes after midnight, in UTC, at which a night begins unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Job:
    """A nightly run. `at` is in minutes after midnight, in UTC."""

    program: tuple[str, ...]
    """By its absolute path, since a scheduler has a `PATH` of its own."""
    options: tuple[str, ...] = ()
    """Those that stand before the command, such as the settings file."""
    at: int = USUAL
    version: str = ""
    needs: tuple[str, ...] = ()
    """Extras of the package, on a machine where it is yet to be installed."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Settings that another machine has to be told, by their name in the environment."""
    secrets: tuple[str, ...] = ()
    """The same for those whose values are nobody's business."""
    of_this_shell: tuple[str, ...] = ()
    """Variables by which the pictures' store is reached from here. A scheduler of this machine lacks them."""
    writes_to: tuple[str, ...] = ()
    """Folders of this machine in which it keeps things."""

    @property
    def words(self) -> tuple[str, ...]:
        """The whole command. It says nothing unless somebody is needed."""
        return (*self.program, *self.options, "--quiet", "sync-all")

    @property
    def hour(self) -> int:
        """Of the beginning, in UTC."""
        return self.at // 60

    @property
    def minute(self) -> int:
        """Of the beginning."""
        return self.at % 60

    @property
    def clock(self) -> str:
        """The beginning as people write it, in UTC."""
        return f"{self.hour:02}:{self.minute:02}"

    @property
    def package(self) -> str:
        """What pip is to install."""
        extras = f"[{','.join(self.needs)}]" if self.needs else ""
        return f"talentimg{extras}=={self.version}"


def minutes_of(clock: str) -> int:
    """The minutes after midnight that a time of the day means.

    Raises:
        UsageError: it is no time of the day.
    """
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", clock)
    if match is None:
        raise UsageError(f"{clock!r} is no time of the day.", hint="Like this, in UTC: --at 02:00")
    return int(match[1]) * 60 + int(match[2])
