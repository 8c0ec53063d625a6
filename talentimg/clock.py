"""The clock of the whole program. Code that needs the time is handed a clock; this is the real one."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)
