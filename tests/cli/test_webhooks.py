"""Webhooks and the feed as commands: a receiver that fails and hangs, and a process that is killed."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
import standardwebhooks

from talentimg.repository.interface import Change
from talentimg.repository.registry import open_repository
from tests.repository.builders import NOW, changed, shown, talent
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Shell

pytestmark = pytest.mark.network


@dataclass
class Receiver:
    """Takes what is posted; fails, or hangs until it is let go."""

    address: str = ""
    statuses: list[int] = field(default_factory=list)
    hangs: bool = False
    asked: int = 0
    goes_on: Event = field(default_factory=Event)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def whys(self, secret: str) -> list[str]:
        """What was told, each verified by a library that nobody here wrote."""
        messages: list[Any] = [
            standardwebhooks.Webhook(secret).verify(body, headers) for headers, body in self.taken
        ]
        return [message["data"]["why"] for message in messages]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.asked += 1
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.statuses.pop(0) if receiver.statuses else 204
            if status < 300:
                receiver.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
            if receiver.hangs:
                receiver.goes_on.wait(TIME_LIMIT)
                return
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.address = f"http://127.0.0.1:{server.server_port}/hook"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.goes_on.set()
            server.shutdown()
            thread.join()


def show(shell: Shell, talent_id: str, *whys: str) -> None:
    with open_repository(shell.roster_url) as repository:
        for why in whys:
            repository.save([Change(talent_id, shown(), history=changed(talent_id, why=why))], NOW)


def test_a_receiver_that_fails_and_hangs_and_a_process_that_is_killed_lose_nothing(online: Shell) -> None:
    with receiving() as receiver, open_repository(online.roster_url) as repository:
        repository.add([talent("ada"), talent("bob")], NOW)
        added = online("webhooks", "add", receiver.address, "--event", "picture.changed", "--json").json
        secret = added["secret"]
        show(online, "ada", "1", "2")
        show(online, "bob", "3")
        receiver.hangs = True
        killed = online.start("webhooks", "deliver")
        wait_until(lambda: receiver.asked)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=TIME_LIMIT)
        receiver.hangs = False
        receiver.statuses = [500]
        failed = online("webhooks", "deliver", "--json").json
        assert failed == {"delivered": 0, "failed": 1, "given_up": 0}
        done = online("webhooks", "deliver")
        assert done.out == "1 delivered, 0 given up.\n", "what comes after the one that failed waits"
        log = online("webhooks", "log", "--json").lines
        assert [(one["talent_id"], one["state"], one["tries"]) for one in log] == [
            ("bob", "delivered", 1),
            ("ada", "waiting", 0),
            ("ada", "waiting", 1),
        ]
        (first,) = repository.deliverable(added["id"], NOW.replace(year=2100), limit=1)
        repository.save_delivery(replace(first, due_at=NOW))
        assert online("webhooks", "deliver", "--json").json["delivered"] == 2
        assert receiver.whys(secret) == ["1", "3", "1", "2"]
        listed = online("webhooks", "--json")
        assert secret not in listed.out
        assert "whsec" not in online("webhooks", "--verbose").out
        rotated = online("webhooks", "rotate", added["id"])
        assert rotated.out.startswith("whsec_")
        assert online("webhooks", "remove", added["id"]).code == 0
        assert online("webhooks", "remove", added["id"]).code == 2


def test_who_follows_the_changes_is_told_everything_once(online: Shell) -> None:
    with open_repository(online.roster_url) as repository:
        repository.add([talent("ada")], NOW)
    show(online, "ada", "1", "2", "3")
    first = online("changes", "--limit", "2", "--json").json
    rest = online("changes", "--since", first["next"], "--json").json
    assert [one["data"]["why"] for one in first["changes"] + rest["changes"]] == ["1", "2", "3"]
    assert (first["is_more"], rest["is_more"]) == (True, False)
    assert "initials → bluesky" in online("changes").out
    assert online("changes", "--since", "latest", "--json").json["changes"] == []
    ahead = online("changes", "--since", "999")
    assert (ahead.code, ahead.out) == (2, "")
    assert online("changes", "--since", "x").code == 2
    assert json.loads(online("changes", "--json").out)["next"] == rest["next"]
