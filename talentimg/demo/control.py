"""The server's own pages, for tests and benchmarks that run in another process.

    GET    /_log                        counts and requests; only the counts with `?requests=no`
    DELETE /_log                        clear the log
    GET    /_faults                     the faults of each platform
    POST   /_faults {"tiktok": {"latency": 0.2}, "github": null}
    POST   /_world  {"do": "rename", "platform": "github", "old": "ada", "new": "countess"}

Requests to these pages are neither logged nor affected by faults.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from talentimg.demo.faults import PICTURES, Faults
from talentimg.demo.messages import json_answer
from talentimg.demo.people import PLATFORMS

if TYPE_CHECKING:
    from talentimg.demo.log import RequestLog
    from talentimg.demo.messages import Answer, Call
    from talentimg.demo.world import World

OPERATIONS: Final = frozenset(
    {
        "set_picture",
        "remove_picture",
        "default_avatar",
        "rename",
        "suspend",
        "deactivate",
        "delete_account",
        "restore",
        "withhold",
        "expire_token",
        "revoke_token",
        "expire_urls",
        "lock_host",
    }
)
"""The methods of a world that can be called over HTTP."""


class Control:
    """Answers `/_log`, `/_faults` and `/_world`."""

    def __init__(self, world: World, log: RequestLog) -> None:
        self._world = world
        self._log = log

    def answer(self, call: Call) -> Answer:
        """The response to a request to the server itself; 400 if it is invalid."""
        try:
            return self._answer(call)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)

    def _answer(self, call: Call) -> Answer:
        if call.prefix == "_log":
            return self._show_log(call)
        if call.prefix == "_faults":
            return self._faults(call)
        if call.prefix == "_world" and call.method == "POST":
            return self._change_world(json.loads(call.body))
        return json_answer({"error": "There is nothing here."}, 404)

    def _show_log(self, call: Call) -> Answer:
        if call.method == "DELETE":
            self._log.clear()
        document: dict[str, Any] = {"total": len(self._log), "counts": self._log.counts()}
        if call.params.get("requests") != "no":
            document["requests"] = self._log.as_json()
        return json_answer(document)

    def _faults(self, call: Call) -> Answer:
        if call.method == "POST":
            wanted = {name: Faults(**(fault or {})) for name, fault in json.loads(call.body).items()}
            unknown = set(wanted) - {*PLATFORMS, PICTURES}
            if unknown:
                raise ValueError(f"no such platform: {', '.join(sorted(unknown))}")
            for name, faults in wanted.items():
                self._world.set_faults(name, faults)
        return json_answer({name: asdict(self._world.faults(name)) for name in (*PLATFORMS, PICTURES)})

    def _change_world(self, order: dict[str, Any]) -> Answer:
        operation = order.pop("do")
        if operation not in OPERATIONS:
            raise ValueError(f"no such operation: {operation}")
        getattr(self._world, operation)(**order)
        return json_answer({"done": operation})
