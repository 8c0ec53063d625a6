"""Whatever is asked, and however: an answer, and never a bug."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.web.app import make_site

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message

    from tests.web.conftest import Site

ANY = st.text(st.characters(codec="utf-8"), max_size=20)
PARTS = st.sampled_from(
    [
        "api",
        "admin",
        "talent",
        "exclusive",
        "socials",
        "profile-image",
        "sync",
        "profile-images",
        "connect",
        "ada",
        "avatars",
        "pictures",
        "login",
        "logout",
        "metrics",
        "",
        "..",
        "%",
        "\x00",
        "disconnect",
        "a" * 64,
        "webp-96",
    ]
)
KNOWN = st.sampled_from(
    [
        "/avatars/{}",
        "/pictures/{}/{}",
        "/api/admin/talent/{}",
        "/api/admin/talent/{}/profile-image",
        "/api/admin/talent/{}/profile-image/sync",
        "/api/admin/talent/{}/socials",
        "/api/admin/talent/socials/{}",
    ]
)
PATHS = st.one_of(
    st.lists(st.one_of(PARTS, ANY), max_size=6).map(lambda parts: "/" + "/".join(parts)),
    st.tuples(KNOWN, ANY, ANY).map(lambda found: found[0].format(*found[1:])),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["range", "if-none-match", "if-range", "origin", "sec-fetch-site", "content-type", "host", "accept"]
    ),
    st.text(st.characters(max_codepoint=255), max_size=30),
    max_size=4,
)
BODIES = st.one_of(
    st.binary(max_size=50),
    st.dictionaries(
        st.sampled_from(["platform", "handle", "forceRefresh", "url", "followers"]),
        st.one_of(ANY, st.none(), st.integers(), st.booleans(), st.lists(ANY, max_size=2)),
    ).map(lambda body: json.dumps(body).encode()),
)


async def answered(site: ASGIApp, scope: dict[str, object], body: bytes) -> list[Message]:
    """What the application sends."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await site(scope, receive, send)
    return sent


@pytest.mark.parametrize("is_admin", [False, True])
def test_any_request_is_answered(site: Site, is_admin: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add("ada", "Ada", ("instagram", "ada"))
    site.shows("ada", 1)
    shown = site.bearer()["Authorization"] if is_admin else ""
    monkeypatch.setattr(site.app, "syncer", None)  # the platforms are none of this

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
    @given(
        st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "FOO"]),
        PATHS,
        ANY,
        HEADERS,
        BODIES,
    )
    def ask(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
        if path.endswith(("/profile-image/sync", "/sync/profile-images", "/socials")) and method == "POST":
            return
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        scope: dict[str, object] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [*raw, *([(b"authorization", shown.encode())] if shown else [])],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent = asyncio.run(answered(make_site(site.app), scope, body))
        assert sent[0]["status"] < 500
        names = {name.lower() for name, _ in sent[0]["headers"]}
        assert {b"x-content-type-options", b"content-security-policy", b"referrer-policy"} <= names

    ask()


async def test_a_host_that_makes_no_sense_is_no_bug(site: Site) -> None:
    token = site.token()
    async with site.browser() as client:
        for host in ("", "a b", "[::", "x" * 5000, "a:b:c", "@"):
            got = await client.get(f"/login?token={token}", headers={"Host": host})
            assert got.status_code == 303
