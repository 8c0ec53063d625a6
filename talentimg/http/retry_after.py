"""Reads when we may ask again, which every platform expresses differently.

`Retry-After` comes in seconds, as a date, and with decimals (Discord); the reset of a quota
as an epoch (Bluesky, GitHub), as seconds from now (the IETF draft), and in ISO 8601 (Mastodon).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PAUSE: Final = timedelta(minutes=15)
"""How long to leave a host alone that throttles us and does not say for how long."""
LONGEST_PAUSE: Final = timedelta(hours=24)
"""Nobody makes us wait longer than this, whatever they ask for."""

SHORTEST_PAUSE: Final = timedelta(seconds=1)
"""A refusal leads to a pause of this length at least, also when the time that it names is over."""
_NOTHING = timedelta(0)
_RESETS = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
_LONGEST_TEXT = 64  # longer than any date; anything beyond that is not worth parsing
# `int()` and `float()` would accept digits of other scripts, underscores and thousands of characters.
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")
_NUMBER = re.compile(r"[0-9]{1,13}(\.[0-9]{1,9})?")
_FIRST_EPOCH = 1e9  # as seconds from now this would be 31 years
_FIRST_EPOCH_IN_MS = 1e12


def retry_at(headers: Mapping[str, str], now: datetime, default: timedelta) -> datetime:
    """When the host that gave this answer may be asked again.

    Dates are compared with the answer's own `Date`, so neither clock has to be right. A value that
    is missing, past or garbled gives the default, and none gives more than a day.

    A whole number of seconds is taken literally. One with decimals, which the standard does not
    allow, may lengthen the default wait but not shorten it.
    """
    usual = max(default, SHORTEST_PAUSE)
    asked = asked_wait(headers, now, least_decimal=usual)
    return now + min(usual if asked is None else asked, LONGEST_PAUSE)


def asked_wait(
    headers: Mapping[str, str], now: datetime, *, least_decimal: timedelta = _NOTHING
) -> timedelta | None:
    """How long the answer itself asks us to wait; None if it says nothing sensible."""
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    their_now = _http_date(lowered.get("date", "")) or now
    waits = [_retry_after(lowered.get("retry-after", ""), their_now, least_decimal)]
    waits += [_reset(lowered.get(name, ""), their_now) for name in _RESETS]
    return next((wait for wait in waits if wait is not None and wait > _NOTHING), None)


def _retry_after(text: str, their_now: datetime, least_decimal: timedelta) -> timedelta | None:
    if _SECONDS.fullmatch(text):
        wait = timedelta(seconds=float(text))
        return max(wait, least_decimal) if "." in text else wait
    date = _http_date(text)
    return date - their_now if date else None


def _reset(text: str, their_now: datetime) -> timedelta | None:
    if _NUMBER.fullmatch(text):
        return _numeric_reset(float(text), their_now)
    date = _iso_date(text)
    return date - their_now if date else None


def _numeric_reset(number: float, their_now: datetime) -> timedelta:
    if number < _FIRST_EPOCH:
        return timedelta(seconds=number)
    seconds = number / 1000 if number >= _FIRST_EPOCH_IN_MS else number
    return timedelta(seconds=seconds - their_now.timestamp())


def _http_date(text: str) -> datetime | None:
    if not text or len(text) > _LONGEST_TEXT:
        return None
    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _iso_date(text: str) -> datetime | None:
    if not text or len(text) > _LONGEST_TEXT:
        return None
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _in_utc(date: datetime) -> datetime | None:
    # A date without a time zone could be off by half a day either way, so it is useless.
    return date.astimezone(UTC) if date.tzinfo else None
