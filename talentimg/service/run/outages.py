"""Platforms that are broken for everybody: told once, with since when, and not talent by talent. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import Outage, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from talentimg.models import PlatformCount, Run

LEAST: Final = 3
"""Fewer talents without an answer may each have trouble of their own."""
OF_THE_PLATFORM: Final = frozenset(
    {
        Reason.CONFIG,
        Reason.BLOCKED,
        Reason.THROTTLED,
        Reason.DNS,
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.PROTOCOL,
        Reason.TLS,
        Reason.STATUS,
        Reason.BAD_JSON,
        Reason.SHAPE,
    }
)
"""Trouble that has nothing to do with who is asked for."""


def outages_of(
    began: datetime, unanswered: Mapping[str, tuple[int, Reason]], earlier: Iterable[Run]
) -> tuple[Outage, ...]:
    """The platforms that answered nobody, those with the most people first.

    Args:
        began: when the run did.
        unanswered: how many talents had no answer from them, and mostly why.
        earlier: the runs before it, the latest first.
    """
    runs = list(earlier)
    found = [
        Outage(source, talents, _since(source, began, runs), reason)
        for source, (talents, reason) in unanswered.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.talents, one.source)))


def _since(source: str, began: datetime, earlier: Iterable[Run]) -> datetime:
    """When the first of the runs in a row began that had no answer; those that did not ask do not count."""
    since = began
    for run in earlier:
        count = run.platforms.get(source)
        if count is not None and _has_answered(count):
            break
        if count is not None and count.trouble and run.started_at < since:
            since = run.started_at
    return since


def _has_answered(count: PlatformCount) -> bool:
    return count.found + count.absent > 0
