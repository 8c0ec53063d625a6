"""What is the same for all platforms: faults, the log, connections, the server's own pages."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, RemoteDisconnected
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from talentimg.demo.faults import PICTURES, Faults, Gate, Verdict
from talentimg.demo.people import BLUESKY, GITHUB
from talentimg.demo.server import PlatformServer
from talentimg.errors import CannotCreate
from tests.demo.client import Client
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from talentimg.demo.world import World
    from tests.demo.conftest import Clock

pytestmark = pytest.mark.network


def test_unknown_places_are_404(client: Client) -> None:
    assert client.get("/nowhere").status == 404
    assert client.get("/pictures/nowhere/x").status == 404


@pytest.mark.parametrize(
    "path", ["/github/users/ada", "/bluesky/xrpc/app.bsky.actor.getProfile?actor=ada.bsky.example"]
)
def test_a_garbled_platform_answers_with_a_page(client: Client, world: World, path: str) -> None:
    world.set_faults(GITHUB, Faults(garbled=True))
    world.set_faults(BLUESKY, Faults(garbled=True))
    got = client.get(path)
    assert (got.status, got.kind) == (200, "text/html")


def test_a_closed_platform_says_nothing(client: Client, server: PlatformServer, world: World) -> None:
    world.set_faults(GITHUB, Faults(down="close"))
    with pytest.raises(RemoteDisconnected):
        client.get("/github/users/ada")
    assert server.log[-1].status == 0
    world.set_faults(GITHUB)
    assert client.get("/github/users/ada").status == 200


def test_latency_holds_answers_back_side_by_side(world: World) -> None:
    with PlatformServer(world) as server, ThreadPoolExecutor(10) as pool:
        client = Client(server.url)
        world.set_faults(GITHUB, Faults(latency=0.05, jitter=0.01))
        assert client.get("/github/users/ada").status == 200
        server.log.clear()
        world.set_faults(GITHUB, Faults(latency=2 * TIME_LIMIT))
        asked = [pool.submit(client.get, "/github/users/ada") for _ in range(10)]
        wait_until(lambda: len(server.log) == 10)
        assert not any(answer.done() for answer in asked)
        server.stop()


def test_errors_come_at_their_rate_and_repeatably(clock: Clock) -> None:
    def verdicts(seed: str) -> list[Verdict]:
        gate = Gate(Faults(error_rate=0.2), clock, seed)
        return [gate.judge() for _ in range(1000)]

    assert 150 < verdicts("a").count(Verdict.BROKEN) < 250
    assert verdicts("a") == verdicts("a") != verdicts("b")


def test_a_throttle_lets_its_rate_pass_and_then_closes_for_a_while(clock: Clock) -> None:
    gate = Gate(Faults(throttle=30, hold=2), clock, "")
    assert [gate.judge() for _ in range(31)] == [Verdict.PASS] * 30 + [Verdict.THROTTLED]
    clock.now += 1.9
    assert gate.judge() is Verdict.THROTTLED
    clock.now += 0.2
    assert [gate.judge() for _ in range(31)] == [Verdict.PASS] * 30 + [Verdict.THROTTLED]
    clock.now += 5
    for _ in range(300):
        assert gate.judge() is Verdict.PASS
        clock.now += 1 / 29


def test_a_gateway_adds_retry_after_to_any_refusal(client: Client, world: World) -> None:
    world.set_faults(BLUESKY, Faults(throttle=0, hold=2, retry_after=True))
    got = client.get("/bluesky/xrpc/app.bsky.actor.getProfile?actor=ada.bsky.example")
    assert (got.status, got.headers["retry-after"]) == (429, "2")


def test_picture_hosts_have_faults_of_their_own(client: Client, world: World) -> None:
    url = client.get("/github/users/ada").json()["avatar_url"]
    world.set_faults(PICTURES, Faults(throttle=0, hold=7))
    assert (client.get(url).status, client.get(url).headers["retry-after"]) == (429, "7")
    assert client.get("/github/users/ada").status == 200
    world.set_faults(PICTURES, Faults(down="error"))
    assert client.get(url).status == 503
    world.set_faults(PICTURES, Faults(garbled=True))
    assert client.get(url).kind == "text/html"


def test_an_unknown_platform_has_no_faults(world: World) -> None:
    with pytest.raises(ValueError, match="myspace"):
        world.set_faults("myspace", Faults(latency=1))
    with pytest.raises(ValueError, match="myspace"):
        world.join("ada", "myspace", "ada")


def test_the_log_tells_who_was_asked_what(client: Client, server: PlatformServer, clock: Clock) -> None:
    client.get("/github/users/ada", token="ghp_demo", headers={"X-Other": "1"})
    client.get("/github/users/nobody", q="1")
    client.ask("HEAD", "/pictures/user/ada.jpg")
    first, second, third = server.log
    assert (first.platform, first.method, first.path, first.status) == (
        "github",
        "GET",
        "/github/users/ada",
        200,
    )
    assert first.at == clock.now
    assert first.headers["authorization"] == "Bearer ghp_demo"
    assert first.headers["user-agent"] == "tests"
    assert "x-other" not in first.headers
    assert (second.query, second.status) == ("q=1", 404)
    assert (third.platform, third.method) == ("pictures", "HEAD")
    assert server.log.count(platform="github") == 2
    assert server.log.count(platform="github", status=404) == 1
    assert server.log.count(path="/pictures/user", method="HEAD") == 1
    assert server.log.counts() == {"github": 2, "pictures": 1}
    server.log.clear()
    assert len(server.log) == 0


def test_the_log_finds_those_who_did_not_wait(
    client: Client, server: PlatformServer, world: World, clock: Clock
) -> None:
    world.set_faults(GITHUB, Faults(throttle=1, hold=10))
    for pause in (0, 0, 1, 5, 5):
        clock.now += pause
        client.get("/github/users/ada")
    assert [request.status for request in server.log] == [200, 403, 403, 403, 200]
    assert server.log[1].closed_until == pytest.approx(server.log[1].at + 10)
    assert len(server.log.too_early("github")) == 2
    assert len(server.log.too_early("github", grace=2)) == 1


def test_connections_are_kept_alive(server: PlatformServer) -> None:
    parts = urlsplit(server.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIME_LIMIT)
    connection.request("GET", "/github/users/ada", headers={"User-Agent": "tests"})
    assert connection.getresponse().read()
    kept = connection.sock
    connection.request("GET", "/github/users/nobody", headers={"User-Agent": "tests"})
    reply = connection.getresponse()
    reply.read()
    assert reply.status == 404
    assert connection.sock is kept is not None
    connection.close()


def _raw(server: PlatformServer, *parts: bytes) -> bytes:
    address = urlsplit(server.url)
    at = (address.hostname or "", address.port or 0)
    with socket.create_connection(at, timeout=TIME_LIMIT) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def test_requests_may_come_in_pieces_or_at_once(server: PlatformServer, world: World) -> None:
    world.set_faults(GITHUB, Faults(latency=0.01))
    one = b"GET /github/users/nobody HTTP/1.1\r\nUser-Agent: x\r\n\r\n"
    last = b"GET /github/user/1 HTTP/1.1\r\nUser-Agent: x\r\nConnection: close\r\n\r\n"
    received = _raw(server, one[:20], one[20:] + one + last)
    assert received.count(b"HTTP/1.1 404 ") == 3
    assert received.count(b"Connection: close") == 1


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000,
    ],
)
def test_what_is_not_http_is_refused(server: PlatformServer, request_bytes: bytes) -> None:
    assert _raw(server, request_bytes).startswith(b"HTTP/1.1 400 ")


def test_many_clients_are_answered_at_once(client: Client, server: PlatformServer) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: client.get("/pictures/user/ada.jpg"), range(200)))
    assert {got.status for got in answers} == {200}
    assert len(server.log) == 200


def test_the_world_may_change_while_it_is_shown(client: Client, world: World) -> None:
    def change(number: int) -> int:
        world.set_picture("ada", GITHUB, 1_000 + number)
        return client.get("/github/users/ada").status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(change, range(80))) == {200}
    assert world.presence("ada", GITHUB).uploads == 80


def test_a_taken_port_is_told_plainly(server: PlatformServer, world: World) -> None:
    port = urlsplit(server.url).port or 0
    with pytest.raises(CannotCreate, match=f"port {port}"):
        PlatformServer(world, port=port).start()


def test_a_stopped_server_hangs_up_and_can_be_stopped_twice(world: World) -> None:
    world.set_faults(GITHUB, Faults(latency=2 * TIME_LIMIT))
    server = PlatformServer(world).start()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Client(server.url).get, "/github/users/ada")
        wait_until(lambda: len(server.log))
        server.stop()
        with pytest.raises(ConnectionResetError):
            waiting.result(timeout=TIME_LIMIT)
    server.stop()


# -- the server's own pages ------------------------------------------------------


def test_the_log_can_be_read_and_cleared_from_outside(client: Client) -> None:
    client.get("/github/users/ada")
    body = client.get("/_log").json()
    assert (body["total"], body["counts"]) == (1, {"github": 1})
    assert body["requests"][0]["path"] == "/github/users/ada"
    assert "requests" not in client.get("/_log?requests=no").json()
    assert client.ask("DELETE", "/_log").json()["total"] == 0


def test_faults_can_be_set_from_outside(client: Client, world: World) -> None:
    got = client.ask("POST", "/_faults", json.dumps({"github": {"down": "error"}}).encode())
    assert got.json()["github"]["down"] == "error"
    assert client.get("/github/users/ada").status == 502
    client.ask("POST", "/_faults", json.dumps({"github": None}).encode())
    assert client.get("/github/users/ada").status == 200
    assert client.get("/_faults").json()["pictures"]["latency"] == 0.0


def test_the_world_can_be_changed_from_outside(client: Client, world: World) -> None:
    order = {"do": "rename", "platform": "github", "old": "ada", "new": "countess"}
    assert client.ask("POST", "/_world", json.dumps(order).encode()).status == 200
    assert client.get("/github/users/ada").status == 301
    upload = {"do": "set_picture", "person": "ada", "platform": "github", "seed": 1234}
    client.ask("POST", "/_world", json.dumps(upload).encode())
    assert world.presence("ada", GITHUB).picture == 1234


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_faults", b"not json"),
        ("/_faults", b'{"myspace": {}}'),
        ("/_faults", b'{"github": {"colour": 1}}'),
        ("/_faults", b"[]"),
        ("/_world", b'{"do": "add"}'),
        ("/_world", b'{"do": "suspend", "person": "nobody", "platform": "github"}'),
        ("/_world", b"{}"),
    ],
)
def test_orders_that_make_no_sense_are_400(client: Client, path: str, body: bytes) -> None:
    assert client.ask("POST", path, body).status == 400
    assert client.get("/_nothing").status == 404
