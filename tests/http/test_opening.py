"""How the clients come about: what is imported when, which certificates count, what is logged."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError, PictureError, ProviderError
from talentimg.http import open_clients
from talentimg.http.interface import Fetched
from talentimg.models import Reason
from tests.http.servers import answer, redirect

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpx import HTTPXMock

    from tests.http.certs import Authority
    from tests.http.conftest import Open

PICTURE = answer(b"picture", "Content-Type: image/png")


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_ports_import_no_http_library() -> None:
    loaded = loaded_after("import talentimg.http, talentimg.http.interface")
    assert loaded.isdisjoint({"httpx", "httpcore", "ssl", "asyncio", "certifi", "anyio"})


def test_httpx_comes_without_its_command_line() -> None:
    loaded = loaded_after("import talentimg.http.opening")
    assert "httpx" in loaded
    assert loaded.isdisjoint({"rich", "click", "pygments"})


def test_an_httpx_that_is_there_already_is_left_alone() -> None:
    loaded = loaded_after(
        "import httpx; main = httpx.main\nimport talentimg.http.opening\nassert httpx.main is main"
    )
    assert "httpx" in loaded


async def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(ConfigError):
        async with open_clients(user_agent="t", allow_private=["lan"]):
            pass


async def test_pytest_httpx_intercepts_both_clients(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url="https://api.test/v1?id=1", json={"ok": True}, headers={"X-Odd": "1"})
    httpx_mock.add_response(url="https://cdn.test/a.png", content=b"picture", headers={"etag": "x"})
    httpx_mock.add_response(url="https://site.test/", html="<html>")
    async with open_clients(user_agent="t") as clients:
        reply = await clients.api.request("GET", "https://api.test/v1", params={"id": "1"})
        assert (reply.json(), reply.headers["x-odd"]) == ({"ok": True}, "1")
        assert await clients.web.fetch_picture("https://cdn.test/a.png") == Fetched(b"picture", etag="x")
        async with clients.web.open_page("https://site.test/") as page:
            assert [chunk async for chunk in page.chunks] == [b"<html>"]


# -- certificates -------------------------------------------------------------


async def reason(opened: Open) -> tuple[Reason, Reason]:
    async with opened(PICTURE) as clients:
        with pytest.raises(PictureError) as picture:
            await clients.web.fetch_picture("https://cdn.test/")
        with pytest.raises(ProviderError) as document:
            await clients.api.request("GET", "https://cdn.test/")
        assert clients.server.requests == []
    return picture.value.reason, document.value.reason


async def test_an_authority_that_nobody_named_is_not_believed(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert await reason(opened) == (Reason.TLS, Reason.TLS)


async def test_an_authority_in_a_file_is_believed_by_both_clients(opened: Open) -> None:
    async with opened(PICTURE) as clients:
        assert isinstance(await clients.web.fetch_picture("https://cdn.test/"), Fetched)
        assert (await clients.api.request("GET", "https://cdn.test/")).status == 200


@pytest.fixture
def folder_of_authorities(authority: Authority, tmp_path: Path) -> Path:
    """OpenSSL finds an authority in a folder by the hash of its name."""
    if not shutil.which("openssl"):
        pytest.skip("the openssl command, which names such files, is not here")
    command = ["openssl", "x509", "-noout", "-hash", "-in", str(authority.file)]
    hashed = subprocess.run(command, capture_output=True, text=True, check=True)
    (tmp_path / f"{hashed.stdout.strip()}.0").write_bytes(authority.file.read_bytes())
    return tmp_path


async def test_an_authority_in_a_folder_is_believed_by_both_clients(
    opened: Open, folder_of_authorities: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(folder_of_authorities))
    async with opened(PICTURE) as clients:
        assert isinstance(await clients.web.fetch_picture("https://cdn.test/"), Fetched)
        assert (await clients.api.request("GET", "https://cdn.test/")).status == 200


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_certificates_that_are_not_there_stop_the_start(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/nowhere/at/all")
    with pytest.raises(ConfigError, match=variable):
        async with open_clients(user_agent="t"):
            pass


async def test_a_file_that_holds_no_certificates_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    with pytest.raises(ConfigError):
        async with open_clients(user_agent="t"):
            pass


# -- logs ---------------------------------------------------------------------


async def test_no_secret_reaches_a_log_at_any_level(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refused = answer(b"", status="400 Bad")
    async with opened(refused, answer(b"{}"), redirect("/b?token=S3CRET"), PICTURE) as clients:
        await clients.api.request(
            "POST", "https://cdn.test/", form={"code": "S3CRET"}, headers={"authorization": "S3CRET"}
        )
        await clients.api.request("GET", "https://cdn.test/a?x=S3CRET", params={"access_token": "S3CRET"})
        await clients.web.fetch_picture("https://cdn.test/a?token=S3CRET")
    assert "cdn.test answered 200" in caplog.text
    assert "S3CRET" not in caplog.text


def test_the_loggers_that_write_whole_urls_are_quiet() -> None:
    assert logging.getLogger("httpx").level == logging.getLogger("httpcore").level == logging.WARNING
