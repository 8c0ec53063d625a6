"""The app's own sessions: its cookie, its signature, the role from its table of users. On Postgres."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from talentimg.repository import migrations
from talentimg.web.agency.session import USERS_S, Sessions, signed_id
from tests.postgres import connect
from tests.repository import app_schema
from tests.service.world import World
from tests.web.conftest import Site
from tests.web.test_agency import LOG_IN, NOT_ALLOWED, TALENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx

    from talentimg.service.run.sync import Syncer

SECRET = "the app's own secret, which is long enough for every algorithm there is"
OWN = "/api/exclusive/socials"
PEOPLE = """
INSERT INTO "User" ("id", "email", "name", "role", "updatedAt") VALUES
    ('boss', 'boss@example.org', 'Boss', 'ADMIN', now()),
    ('new', 'new@example.org', 'New', 'TALENT', now());
ALTER TABLE "Talent" ADD COLUMN "representationType" TEXT, ADD COLUMN "legalName" TEXT;
UPDATE "Talent" SET "representationType" = 'EXCLUSIVE', "legalName" = 'A. A. King' WHERE id = 'ada';
"""


def signed(user_id: object, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    return jwt.encode({"id": user_id, **claims}, secret, algorithm=algorithm)


@pytest.mark.parametrize("claims", [{"iat": 1 << 34}, {"aud": "app"}, {"sub": 5}])
def test_other_claims_are_looked_at_no_more_than_by_the_app(claims: dict[str, Any]) -> None:
    assert signed_id(signed("boss", **claims), SECRET) == "boss"
    assert signed_id(signed("boss", exp=1, **claims), SECRET) is None


@pytest.fixture
def site(empty_database: str, tmp_path: Path) -> Iterator[Site]:
    """A site on the app's database."""
    app_schema.make(empty_database, app_schema.SCHEMA + app_schema.ROWS + PEOPLE)
    migrations.upgrade(empty_database)
    made = Site(
        {
            "TALENTIMG_DATABASE_URL": empty_database,
            "TALENTIMG_IMAGES_STORE": (tmp_path / "images").as_uri(),
            "TALENTIMG_SERVE_JWT_SECRET": SECRET,
        }
    )
    yield made
    made.app.close()


async def get(site: Site, path: str = TALENT, *, cookie: str = "", bearer: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    cookies = {"break_session": cookie} if cookie else {}
    async with site.browser(cookies=cookies) as browser:
        return await browser.get(path, headers=headers)


async def test_an_administrator_of_the_app_gets_in_with_its_cookie_or_its_bearer(site: Site) -> None:
    for shown in ({"cookie": signed("boss")}, {"bearer": signed("boss")}):
        got = await get(site, **shown)
        assert got.status_code == 200
        assert [line["id"] for line in got.json()] == ["cid", "bob", "ada"]
    in_time = signed("boss", exp=int(time.time()) + 1000, iat=int(time.time()))
    assert (await get(site, cookie=in_time)).status_code == 200


@pytest.mark.parametrize(
    ("cookie", "bearer"),
    [
        (signed("boss", "another secret, which is as long as the right one"), ""),
        (signed("boss", exp=1), ""),
        (signed("boss", algorithm="HS512"), ""),
        (jwt.encode({"id": "boss"}, "", algorithm="none"), ""),
        (signed(None), ""),
        (signed(7), ""),
        (signed(["boss"]), ""),
        (signed("nobody"), ""),
        (signed("\x00"), ""),
        ("wrong", signed("boss")),  # the cookie comes first
        ("a.b.c", ""),
        ("", "x" * 100_000),
    ],
)
async def test_no_other_session_is_one(site: Site, cookie: str, bearer: str) -> None:
    got = await get(site, cookie=cookie, bearer=bearer)
    assert (got.status_code, got.json()) == (401, LOG_IN)


@pytest.mark.parametrize("user_id", ["u1", "u3", "new"])
async def test_whoever_is_no_administrator_is_told_so_in_one_text(site: Site, user_id: str) -> None:
    got = await get(site, cookie=signed(user_id))
    assert (got.status_code, got.json()) == (403, NOT_ALLOWED)


async def test_a_role_that_is_taken_away_is_gone_within_seconds(
    site: Site, monkeypatch: pytest.MonkeyPatch, empty_database: str
) -> None:
    now = 0.0
    monkeypatch.setattr(Sessions.__init__, "__defaults__", (lambda: now,))
    async with site.browser(cookies={"break_session": signed("boss")}) as browser:
        assert (await browser.get(TALENT)).status_code == 200
        with connect(empty_database) as app:
            app.execute("""UPDATE "User" SET role = 'AGENT' WHERE id = 'boss'""")
        now = USERS_S
        assert (await browser.get(TALENT)).status_code == 403


async def test_without_the_apps_secret_its_sessions_count_for_nothing(site: Site) -> None:
    site.environment["TALENTIMG_SERVE_JWT_SECRET"] = ""
    for secret in (SECRET, "x" * 40):
        assert (await get(site, cookie=signed("boss", secret))).status_code == 401
    assert signed_id(jwt.encode({"id": "boss"}, "", algorithm="none"), "") is None


async def test_what_the_app_knows_of_a_talent_is_told(site: Site) -> None:
    async with site.browser(cookies={"break_session": signed("boss")}) as browser:
        (line,) = (await browser.get(f"{TALENT}?representationType=EXCLUSIVE&limit=20")).json()
        talent = (await browser.get(f"{TALENT}/ada")).json()["talent"]
        image = (await browser.get(f"{TALENT}/ada/profile-image")).json()["data"]
    assert (line["id"], line["name"], line["displayName"]) == ("ada", "Augusta Ada King", "Ada Lovelace")
    assert (line["representationType"], line["status"]) == ("EXCLUSIVE", "ACTIVE")
    assert line["socialAccounts"] == [
        {"platform": "INSTAGRAM", "handle": "@Ada"},
        {"platform": "YouTube", "handle": "ada"},
    ]
    assert talent["legalName"] == "A. A. King"
    assert talent["primaryEmail"] == "ada@example.org"
    assert talent["categories"] == ["music", "a, b"]
    assert talent["linkedUser"] == {
        "id": "u1",
        "email": "ada@example.org",
        "name": "Ada",
        "avatarUrl": None,
        "role": "TALENT",
    }
    assert image["talentName"] == "Augusta Ada King"
    for shown in ("name", "displayName", "profileImageUrl", "representationType", "status"):
        assert line[shown] == talent[shown]


# -- the talent's own page --------------------------------------------------------------------


async def test_a_talent_sees_their_own_accounts_and_no_token(site: Site) -> None:
    got = await get(site, OWN, cookie=signed("u1"))
    assert got.status_code == 200
    assert [(a["id"], a["platform"], a["connected"]) for a in got.json()] == [
        ("i1", "INSTAGRAM", True),
        ("t1", "tiktok", False),
        ("y1", "YouTube", True),
    ]
    assert set(got.json()[0]) == {"id", "platform", "handle", "connected", "lastSyncedAt", "createdAt"}
    assert "S3CRET" not in got.text


@pytest.mark.parametrize(
    ("cookie", "status", "error"),
    [
        ("", 401, "Authentication required"),
        ("wrong", 401, "Authentication required"),
        (signed("boss"), 403, "Access denied. Creator account required."),
        (signed("new"), 404, "Creator profile not found"),
    ],
)
async def test_whoever_is_no_talent_sees_nobodys(site: Site, cookie: str, status: int, error: str) -> None:
    got = await get(site, OWN, cookie=cookie)
    assert (got.status_code, got.json()) == (status, {"error": error})


async def test_a_talent_connects_and_disconnects(site: Site) -> None:
    world = World(site.app.repository, site.app.store)
    world.offers("tiktok", "cid", 1)

    @asynccontextmanager
    async def open_syncer() -> AsyncIterator[Syncer]:
        yield world.syncer()

    site.open_syncer = open_syncer
    async with site.browser(cookies={"break_session": signed("u3")}) as browser:
        for sent in (
            {},
            {"platform": "tiktok"},
            {"platform": "tiktok", "handle": "?"},
            {"platform": "x", "handle": "a"},
        ):
            refused = await browser.post(f"{OWN}/connect", json=sent)
            assert refused.status_code == 400
            assert isinstance(refused.json()["error"], str)
        got = await browser.post(f"{OWN}/connect", json={"platform": "tiktok", "handle": "@cid"})
        assert got.status_code == 200
        assert (got.json()["handle"], got.json()["connected"]) == ("cid", True)
        assert "oken" not in got.text
        assert site.app.repository.load("cid").talent.account("tiktok") is not None
        off = await browser.post(f"{OWN}/disconnect", json={"platform": "TikTok"})
        assert (off.status_code, off.json()) == (200, {"success": True})
        assert site.app.repository.load("cid").talent.account("tiktok") is None
        again = await browser.post(f"{OWN}/disconnect", json={"platform": "tiktok"})
        assert again.status_code == 404
