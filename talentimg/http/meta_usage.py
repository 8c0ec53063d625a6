"""How Meta tells what is used up: percentages of a rolling hour, in two headers.

    X-App-Usage                  {"call_count": 28, "total_time": 25, "total_cputime": 25}
    X-Business-Use-Case-Usage    {"<account>": [{"type": "instagram", "call_count": 28, "total_time": 25,
                                 "total_cputime": 25, "estimated_time_to_regain_access": 0}]}

The estimate is in minutes, and 0 as long as nothing is refused. What is garbled counts as nothing.
https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PERCENTAGES: Final = ("call_count", "total_time", "total_cputime")
ESTIMATE: Final = "estimated_time_to_regain_access"


def percent_used(headers: Mapping[str, str]) -> float:
    """The highest percentage that an answer tells, 0 when it tells none.

    Args:
        headers: of the answer, with lower-case names.
    """
    return max((_number(entry.get(key)) for entry in _entries(headers) for key in PERCENTAGES), default=0)


def minutes_to_wait(headers: Mapping[str, str]) -> float:
    """Meta's longest estimate of when it may be asked again, in minutes; 0 when it gives none.

    Args:
        headers: of the answer, with lower-case names.
    """
    return max((_number(entry.get(ESTIMATE)) for entry in _entries(headers)), default=0)


def _entries(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    by_account = _mapping(headers.get("x-business-use-case-usage", ""))
    lists = (entries for entries in by_account.values() if isinstance(entries, list))
    yield _mapping(headers.get("x-app-usage", ""))
    yield from (entry for entries in lists for entry in entries if isinstance(entry, dict))


def _mapping(header: str) -> dict[str, Any]:
    try:
        found = json.loads(header) if header else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:  # which NaN is not
        return value
    return 0
