"""Who may ask: tokens, cookies, and pages of other sites."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, NoReturn

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import StoreUnavailable
from talentimg.models import Scope
from talentimg.web.access import COOKIE
from talentimg.web.forgery import SAFE, is_forged

if TYPE_CHECKING:
    from tests.web.conftest import Site

HASH = "0" * 64
ORIGINS = frozenset({"https://app.example"})


async def test_a_token_lets_in_until_it_is_revoked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = site.bearer(Scope.READ, "grafana")
    assert (await site.get("/", headers=shown)).json()["name"] == "grafana"
    site.app.access.revoke("grafana")
    assert (await site.get("/", headers=shown)).status_code == 401


async def test_a_token_that_was_made_just_now_lets_in(site: Site) -> None:
    async with site.browser() as browser:
        for name in ("ann", "eve"):
            shown = {"Authorization": f"Bearer {site.token(Scope.READ, name)}"}
            assert (await browser.get("/", headers=shown)).json()["name"] == name


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": ""},
        {"Authorization": "Bearer t\u00f6k".encode()},
        {"Authorization": "Bearer " + "x" * 1_000_000},
        {"Authorization": "Bearer Bearer TOKEN"},
        {"Authorization": "Basic TOKEN"},
        {"Authorization": "TOKEN"},
        {"Cookie": f"{COOKIE}=wrong"},
        {"Cookie": "other=TOKEN"},
        [("Authorization", "Bearer TOKEN"), ("Authorization", "Bearer TOKEN")],
    ],
)
async def test_whoever_shows_anything_else_gets_one_and_the_same_401(site: Site, given: object) -> None:
    token = site.token()
    pairs = given if isinstance(given, list) else list(given.items())  # type: ignore[attr-defined]
    sent = [(k, v.replace("TOKEN", token) if isinstance(v, str) else v) for k, v in pairs]
    got = await site.get("/metrics", headers=sent)
    assert (got.status_code, got.text) == (401, '{"error":"A valid token is needed."}')
    assert got.headers["www-authenticate"] == "Bearer"


async def test_a_link_leaves_a_cookie_that_no_page_can_read_and_no_other_site_can_send(site: Site) -> None:
    token = site.token(Scope.READ, "ann")
    async with site.browser() as browser:
        got = await browser.get(f"/login?token={token}")
        assert (got.status_code, got.headers["location"]) == (303, "/")
        cookie = SimpleCookie(got.headers["set-cookie"])[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
        assert not cookie["secure"]  # http
        assert (await browser.get("/")).json() == {**(await browser.get("/")).json(), "name": "ann"}
        assert (await browser.post("/logout")).status_code == 204
        assert (await browser.get("/")).status_code == 401


async def test_over_https_the_cookie_is_secure(site: Site) -> None:
    token = site.token()
    got = await site.get(f"https://pictures.example/login?token={token}")
    assert "Secure" in got.headers["set-cookie"]


async def test_a_token_may_be_typed_in(site: Site) -> None:
    token = site.token()
    async with site.browser() as browser:
        for wrong in (b"", b"wrong", b"\xff", token.encode() + b"x" * 10_000):
            refused = await browser.post("/login", content=wrong)
            assert refused.status_code == (413 if len(wrong) > 10_000 else 401)
            assert "set-cookie" not in refused.headers
        assert (await browser.post("/login", content=f"{token}\n")).status_code == 204
        assert (await browser.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"Sec-Fetch-Site": "cross-site"}),
        (403, {"Sec-Fetch-Site": "same-site"}),
        (403, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}),
        (403, {"Origin": "https://evil.example"}),
        (403, {"Origin": "http://pictures.example"}),
        (403, {"Origin": "null"}),
        (403, {"Origin": "https://app.example.evil.example"}),
        (204, {"Sec-Fetch-Site": "same-origin"}),
        (204, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:5273", "Host": "127.0.0.1:5201"}),
        (204, {"Sec-Fetch-Site": "none"}),
        (204, {"Origin": "https://app.example"}),
        (204, {"Sec-Fetch-Site": "same-site", "Origin": "https://app.example"}),
        (204, {}),
    ],
)
async def test_what_a_page_of_another_site_sends_is_not_done(
    site: Site, status: int, headers: dict[str, str]
) -> None:
    site.settings["TALENTIMG_SERVE_ORIGINS"] = "https://app.example"
    token = site.token()
    async with site.browser() as browser:
        cookie = {"Cookie": f"{COOKIE}={token}"}
        got = await browser.post("/logout", headers=headers | cookie)
        assert got.status_code == status
        if status == 403:
            assert isinstance(got.json()["error"], str)
            # Nobody's browser adds this by itself.
            alone = {"Authorization": f"Bearer {token}"}
            assert (await browser.post("/logout", headers=headers | alone)).status_code == 204
            both = await browser.post("/logout", headers=headers | alone | cookie)
            assert both.status_code == 403


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "FOO"]),
    st.dictionaries(
        st.sampled_from(["sec-fetch-site", "origin", "cookie", "authorization"]),
        st.sampled_from(
            ["same-origin", "cross-site", "https://app.example", "https://evil.example", "", "null"]
        ),
    ),
)
def test_no_cookie_of_a_foreign_page_ever_changes_anything(method: str, headers: dict[str, str]) -> None:
    foreign = headers.get("sec-fetch-site") not in {None, "same-origin", "none"} or "origin" in headers
    named = headers.get("origin") in ORIGINS or headers.get("sec-fetch-site") == "same-origin"
    if method not in SAFE and "cookie" in headers and foreign and not named:
        assert is_forged(method, headers, ORIGINS)
    if method in SAFE:
        assert not is_forged(method, headers, ORIGINS)


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/api/v1/me", "/api/v1/talents", "/api/admin/talent", f"/pictures/{'0' * 64}/webp-96"],
)
async def test_where_a_store_is_that_is_away_nobody_hears_who_is_not_known(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> NoReturn:
        raise StoreUnavailable("There is no answer from the database app on db.internal.")

    site.settings["TALENTIMG_SERVE_JWT_SECRET"] = "a secret of the app's that is long enough"
    session = jwt.encode({"id": "u1"}, site.settings["TALENTIMG_SERVE_JWT_SECRET"], algorithm="HS256")
    monkeypatch.setattr(site.app.access, "valid", away)
    for name in ("user", "forms"):
        monkeypatch.setattr(site.app.profiles, name, away)
    for shown in ("timg_nobodys", session):
        got = await site.get(path, headers={"Authorization": f"Bearer {shown}"})
        assert (got.status_code, "The store does not answer." in got.text) == (503, True)
        assert "internal" not in got.text
    assert "db.internal" in caplog.text
