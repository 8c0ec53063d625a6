"""The server's log of requests, which tests and benchmarks check."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REMEMBERED_HEADERS = frozenset(
    {"accept", "authorization", "if-modified-since", "if-none-match", "range", "user-agent"}
)
"""The request headers that are recorded."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived, with the status of its response (0: the connection was closed).

    `platform` is `pictures` for the picture hosts of all platforms; `path` then begins with
    `/pictures/<platform>/`. If the request was rate-limited, `closed_until` is when the platform
    opens again.
    """

    at: float
    platform: str
    method: str
    path: str
    query: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    closed_until: float | None = None


class RequestLog:
    """All requests so far, oldest first. Safe to use while the server answers."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._lock = Lock()

    def __getitem__(self, index: int) -> Request:
        return self._requests[index]

    def __iter__(self) -> Iterator[Request]:
        return iter(self.select())

    def __len__(self) -> int:
        return len(self._requests)

    def add(self, request: Request) -> None:
        """Add one."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Remove all."""
        with self._lock:
            self._requests.clear()

    def select(
        self,
        *,
        platform: str | None = None,
        path: str = "",
        method: str | None = None,
        status: int | None = None,
    ) -> list[Request]:
        """The matching requests; `path` is a prefix of their path."""
        with self._lock:
            requests = list(self._requests)
        return [
            request
            for request in requests
            if (platform is None or request.platform == platform)
            and request.path.startswith(path)
            and (method is None or request.method == method)
            and (status is None or request.status == status)
        ]

    def count(
        self,
        *,
        platform: str | None = None,
        path: str = "",
        method: str | None = None,
        status: int | None = None,
    ) -> int:
        """How many requests `select` would return."""
        return len(self.select(platform=platform, path=path, method=method, status=status))

    def counts(self) -> dict[str, int]:
        """How many requests each platform received."""
        return dict(Counter(request.platform for request in self.select()))

    def too_early(self, platform: str, *, grace: float = 0.0) -> list[Request]:
        """Requests that a refusal should have prevented: they arrived before the platform opened again.

        Args:
            platform: whose requests.
            grace: requests within this many seconds of the refusal were already in flight.
        """
        early: list[Request] = []
        refused_at, closed_until = 0.0, 0.0
        for request in self.select(platform=platform):
            if refused_at + grace < request.at < closed_until:
                early.append(request)
            if request.closed_until is not None and request.closed_until > closed_until:
                refused_at, closed_until = request.at, request.closed_until
        return early

    def as_json(self) -> list[dict[str, Any]]:
        """All requests as plain data."""
        return [asdict(request) for request in self.select()]
