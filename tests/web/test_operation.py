"""What those who operate the server ask: is it well, can it work, what did the nights come to."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
import pytest

from talentimg.errors import ObjectError, StoreUnavailable
from talentimg.models import Scope
from talentimg.store.keys import object_key
from talentimg.web.access_log import AccessLog
from talentimg.web.cache import Remembered, RememberedMany
from tests.runs import RUN

if TYPE_CHECKING:
    from starlette.types import Receive, Send
    from starlette.types import Scope as Asked

    from tests.web.conftest import Site


async def test_the_process_is_well_even_while_the_store_is_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreUnavailable("The database at secret.host does not answer.")

    monkeypatch.setattr(site.app.profiles, "check", away)
    assert (await site.get("/healthz")).json()["well"] is True
    ready = await site.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {"ready": False, "why": "The store does not answer."}
    assert "secret.host" not in ready.text


async def test_it_is_ready_when_the_store_answers_and_tells_of_the_latest_run(site: Site) -> None:
    assert (await site.get("/readyz")).json() == {"ready": True, "pictures": "well", "latest_run": None}
    site.app.repository.save_run(RUN)
    told = (await site.get("/readyz")).json()["latest_run"]
    assert told == {
        "state": "done",
        "started_at": "2026-11-24T02:00:00.000Z",
        "ended_at": "2026-11-24T03:02:03.250Z",
    }


async def test_it_tells_that_pictures_could_not_be_read_and_asks_for_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(key: str) -> bytes:
        raise ObjectError("The bucket does not answer.")

    key = object_key(b"x", "webp")
    with monkeypatch.context() as patch:
        patch.setattr(site.app.store, "_inner", SimpleNamespace(get=away))
        with pytest.raises(ObjectError):
            site.app.store.get(key)
        assert (await site.get("/readyz")).json()["pictures"] == "failing"
    site.app.store.get(key)
    assert (await site.get("/readyz")).json()["pictures"] == "well"


async def test_nobody_counts_who_is_due(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def count(*_: object, **__: object) -> int:
        raise AssertionError("this takes seconds with many talents")

    monkeypatch.setattr(site.app.repository, "count_due", count)
    shown = site.bearer()
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await site.get(path, headers=shown)).status_code == 200


async def test_the_metrics_are_those_of_the_latest_run(site: Site) -> None:
    assert (await site.get("/metrics")).status_code == 401
    shown = site.bearer(Scope.READ)
    assert (await site.get("/metrics", headers=shown)).text == ""
    site.app.repository.save_run(RUN)
    told = await site.get("/metrics", headers=shown)
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'talentimg_run_talents{outcome="updated"} 12.0' in told.text


async def test_every_answer_has_safe_headers_and_what_is_not_there_is_404(site: Site) -> None:
    for path, status in (("/healthz", 200), ("/nothing/here", 404)):
        answer = await site.get(path)
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


async def test_the_log_tells_each_request_and_no_secret(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await site.get(
        "/healthz?token=timg_canary1", headers={"Authorization": "Bearer timg_canary2", "Cookie": "a=canary3"}
    )
    await site.get("/x/timg_canary4/eyJhbGciOi.canary5.x")
    ours = [record.getMessage() for record in caplog.records if record.name == "talentimg.web"]
    assert [line.rsplit(" ", 2)[0] for line in ours] == [
        "127.0.0.1 GET /healthz 200",
        "127.0.0.1 GET /x/***/*** 404",
    ]
    told = "\n".join(ours) + repr([record.__dict__ for record in caplog.records if "web" in record.name])
    assert "canary" not in told


async def test_an_internal_error_is_answered_and_logged_without_its_text(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*, limit: int) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(site.app.runs, "latest", broken)
    answer = await site.get("/readyz")
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR] == [
        "An internal error in the answer to GET /readyz."
    ]


async def test_whoever_left_before_the_answer_is_told_as_such(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "talentimg.web")

    async def silent(scope: Asked, receive: Receive, send: Send) -> None:
        """Answers nothing."""

    transport = httpx.ASGITransport(app=AccessLog(silent))
    async with httpx.AsyncClient(transport=transport, base_url="http://a.example") as client:
        with pytest.raises(AssertionError):
            await client.get("/slow")
    assert " GET /slow 499 " in caplog.text


async def test_what_is_remembered_is_asked_for_once_in_a_while_and_failures_are_not() -> None:
    now, asked = 0.0, 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreUnavailable("away")
        return asked

    known = Remembered(ask, seconds=5, clock=lambda: now)
    with pytest.raises(StoreUnavailable):
        await known.get()
    assert [await known.get(), await known.get()] == [2, 2]
    now = 5.0
    assert await known.get() == 3
    known.forget()
    assert await known.get() == 4
    now = 6.0
    assert [await known.get(anew=True), await known.get()] == [5, 5]


async def test_many_are_remembered_up_to_a_weight_until_something_changes() -> None:
    now = 0.0
    asked: list[str] = []

    async def ask(key: str) -> bytes:
        asked.append(key)
        return key.encode()

    known = RememberedMany(ask, seconds=2, most=5, weigh=len, clock=lambda: now)
    for key in ("aa", "bb", "aa", "cc", "bb", "large"):
        assert await known.get(key) == key.encode()
    assert asked == ["aa", "bb", "cc", "bb", "large"]
    known.forget()
    await known.get("large")
    now = 2.0
    await known.get("large")
    assert asked[5:] == ["large", "large"]


async def test_an_answer_of_before_a_change_is_not_remembered() -> None:
    asked = 0

    async def ask(_: str) -> bytes:
        nonlocal asked
        asked += 1
        if asked == 1:
            known.forget()  # somebody changes something while it is read
        return b"%d" % asked

    known = RememberedMany(ask, seconds=2, most=100, weigh=len, clock=lambda: 0.0)
    assert [await known.get("a"), await known.get("a"), await known.get("a")] == [b"1", b"2", b"2"]


async def test_no_address_is_made_of_the_host_that_whoever_asks_has_named(site: Site) -> None:
    """A redirect to it would carry a login's token to another host, or away from HTTPS behind a proxy."""
    for path in (
        "/healthz/",
        "/login/?token=timg_canary",
        "/avatars",
        "/api/admin/talent/",
    ):
        answer = await site.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"}), path
        assert "evil" not in repr(answer.headers)
