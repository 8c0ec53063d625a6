"""A time until when something holds, as a person types it. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from talentimg.errors import UsageError

LIKE: Final = "Like 3w, 10d, 12h, 2026-12-24 or 2026-12-24T18:00; times are in UTC unless they say otherwise."
_SPAN: Final = re.compile(r"(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?", re.IGNORECASE | re.ASCII)


def parse_until(text: str, now: datetime) -> datetime:
    """The moment that was typed: a span from now, or a date (its beginning) with or without a time, in UTC.

    Raises:
        UsageError: it is no such thing, or it is not in the future.
    """
    wanted = text.strip()
    try:
        until = _after(wanted, now) or _moment(wanted)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time that can be meant here.", hint=LIKE) from None
    if until <= now:
        raise UsageError(
            f"{until:%Y-%m-%d %H:%M} UTC is over: it is {now:%Y-%m-%d %H:%M} UTC now.",
            hint=f"Give a later time. {LIKE}",
        )
    return until


def _after(text: str, now: datetime) -> datetime | None:
    """The end of a span such as `3w` or `1w2d`; None if it is none."""
    found = _SPAN.fullmatch(text)
    if not text or found is None:
        return None
    weeks, days, hours = (int(number or 0) for number in found.groups())
    return now + timedelta(weeks=weeks, days=days, hours=hours)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
