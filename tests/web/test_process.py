"""The server as a process of its own: it answers, and ends within its bound."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import uvicorn

from talentimg.bootstrap import App
from talentimg.models import Scope
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.settings import load_settings
from talentimg.web import server
from talentimg.web.waiting import ENDS
from tests.bench.disturbed import Silent, pointed_at
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

TALENTIMG = str(Path(sys.executable).with_name("talentimg"))


@contextmanager
def serving(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server, and its address."""
    command = [TALENTIMG, "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process, _address(process)
    finally:
        process.kill()
        process.communicate()


def test_the_first_start_makes_a_token_and_stays_on_this_machine(new_store: Path, tmp_path: Path) -> None:
    env = environment(new_store, tmp_path)
    with serving("--host", "0.0.0.0", **env) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert process.stderr is not None
        token = process.stderr.readline().rpartition(" ")[2].strip()
        link = process.stderr.readline().rpartition(" ")[2].strip()
        assert link == f"{address}/login?token={token}"
        with httpx.Client(follow_redirects=True, timeout=TIME_LIMIT) as browser:
            assert browser.get(link).json()["scope"] == "admin"
        process.send_signal(signal.SIGTERM)
        out, told = process.communicate(timeout=TIME_LIMIT)
        assert token not in told + out
    with serving("--host", "localhost", **env) as (process, address):
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 128 + signal.SIGINT
        assert "token" not in told


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Serving at "):
            return line.removeprefix("Serving at ").partition(";")[0]
    raise AssertionError("it ended before it served")


def environment(new_store: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "HOME": str(tmp_path),
        "TALENTIMG_DATABASE_URL": f"sqlite:///{new_store}",
        "TALENTIMG_DATA_DIR": str(tmp_path),
    }


def test_it_answers_behind_a_path_and_ends_although_somebody_still_sends(
    new_store: Path, tmp_path: Path
) -> None:
    place = environment(new_store, tmp_path)
    with serving("--root-path", "/images", **place) as (process, address):
        assert address.endswith("/images")
        base = address.removesuffix("/images")
        assert httpx.get(f"{base}/healthz", timeout=TIME_LIMIT).json()["well"] is True
        assert httpx.get(f"{base}/readyz", timeout=TIME_LIMIT).json()["ready"] is True
        host, _, port = base.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=TIME_LIMIT) as slow:
            slow.sendall(b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in told
    assert "Error" not in told


def test_a_port_that_is_taken_is_told(new_store: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [TALENTIMG, "serve", "--port", port]
        env = environment(new_store, tmp_path)
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, check=False, timeout=TIME_LIMIT
        )
    assert done.returncode == 78
    assert f"Error: Nothing can be served at 127.0.0.1, port {port}: address already in use." in done.stderr
    # Nobody was told a token, so there is none.
    with closing(App(load_settings(environment=env))) as app:
        assert app.access.all() == []


def test_several_workers_need_postgres(new_store: Path, tmp_path: Path) -> None:
    command = [TALENTIMG, "serve", "--workers", "2"]
    env = environment(new_store, tmp_path)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=TIME_LIMIT)
    assert done.returncode == 2
    assert "Several workers need the roster on Postgres" in done.stderr


def test_two_workers_on_postgres_end_together(new_database: str, tmp_path: Path) -> None:
    place = {"HOME": str(tmp_path), "DATABASE_URL": new_database, "TALENTIMG_DATA_DIR": str(tmp_path)}
    with serving("--workers", "2", **place) as (process, address):
        transport = httpx.HTTPTransport(retries=50)
        with httpx.Client(transport=transport, timeout=TIME_LIMIT) as client:
            assert client.get(f"{address}/readyz").json()["ready"] is True
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 128 + signal.SIGTERM


def test_a_signal_that_comes_before_the_server_listens_to_any_ends_it_as_well() -> None:
    one = uvicorn.Server(uvicorn.Config("nothing:here"))
    with server._noting_signals(one) as received:
        signal.raise_signal(signal.SIGTERM)
    assert received == [signal.SIGTERM]
    assert one.should_exit


def test_whoever_waits_for_a_look_when_it_ends_is_told_to_ask_again(new_store: Path, tmp_path: Path) -> None:
    silent = Silent()
    env = environment(new_store, tmp_path) | pointed_at(silent.url)
    with closing(App(load_settings(environment=env))) as app:
        app.repository.add([NewTalent("ada", "Ada", accounts=(NewAccount("bluesky", "ada.example"),))], NOW)
        token = app.access.make("ops", Scope.OPERATE, by="a test")
    shown = {"Authorization": f"Bearer {token}"}
    with closing(silent), serving(**env) as (process, address), ThreadPoolExecutor() as pool:
        path = f"{address}/api/admin/talent/ada/profile-image/sync"
        waits = pool.submit(httpx.post, path, headers=shown, timeout=TIME_LIMIT)
        wait_until(lambda: silent.taken)
        process.send_signal(signal.SIGTERM)
        answer = waits.result()
        _, told = process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 128 + signal.SIGTERM
    assert (answer.status_code, answer.json()["message"]) == (503, ENDS)
    assert answer.headers["retry-after"]
    assert " 503 " in told
    assert "Traceback" not in told
