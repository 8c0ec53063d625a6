"""Reads how much of a quota is left, so that we pause before a platform refuses us.

Platforms count down in `*RateLimit-Remaining` and say in `*Reset` when the count starts over. Meta
reports what percentage of a rolling hour is used, without a time. (Its other header,
X-Business-Use-Case-Usage, is about a single account: the provider reads it, and other accounts go on.)
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.http.retry_after import LONGEST_PAUSE, asked_wait

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NEARLY_ALL: Final = 90
"""The percentage of Meta's rolling hour at which we pause."""
METAS_PAUSE: Final = timedelta(minutes=6)
"""A tenth of the hour: by then about a tenth of what was used no longer counts."""
_REMAINING: Final = ("x-ratelimit-remaining", "ratelimit-remaining", "x-rate-limit-remaining")
_NOTHING_LEFT: Final = re.compile(r"0+(\.0*)?")


def pause_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when to pause although this answer is not a refusal; None to go on.

    Args:
        headers: of the answer.
        now: when it arrived.
    """
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    if _percent_used(lowered.get("x-app-usage", "")) >= NEARLY_ALL:
        return now + METAS_PAUSE
    if any(_NOTHING_LEFT.fullmatch(lowered.get(name, "")) for name in _REMAINING):
        wait = asked_wait(lowered, now)
        return None if wait is None else now + min(wait, LONGEST_PAUSE)
    return None


def _percent_used(header: str) -> float:
    """The highest of the percentages in Meta's header.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
    """
    if not header:
        return 0
    try:
        usage = json.loads(header)
        numbers = [n for n in usage.values() if isinstance(n, int | float) and not isinstance(n, bool)]
    except (ValueError, AttributeError, RecursionError):
        return 0
    return max(numbers, default=0)
