"""The endpoints that the app's own pages call: path by path, field by field, as the app's code has them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from talentimg.errors import ReconnectRequired, StoreUnavailable
from talentimg.models import ReviewMode, RunState, Scope
from talentimg.service.run.events import RunStarted
from talentimg.service.run.nightly import Nightly, RunRequest
from talentimg.web.agency.envelope import refused
from tests.conftest import NOW
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from talentimg.service.run.sync import Syncer
    from tests.web.conftest import Site

TALENT = "/api/admin/talent"
LOG_IN = {"error": "Please log in to access this feature", "code": "AUTH_REQUIRED"}
NOT_ALLOWED = {"error": "Insufficient role permissions"}
NO_TALENT = dict(refused(404, "NOT_FOUND", "Talent not found").body)
ISO = "2026-11-24T02:00:00.000Z"


@dataclass
class Agency:
    """An app's page: its browser, and the platforms of the world behind the server."""

    site: Site
    world: World
    browser: httpx.AsyncClient

    async def ask(self, method: str, path: str = "", **named: Any) -> httpx.Response:
        return await self.browser.request(method, f"{TALENT}{path}", **named)

    async def settled(self) -> None:
        """Wait until what goes on after the answers has ended."""
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        await asyncio.wait(others, timeout=30) if others else None

    def asked(self) -> list[str]:
        return [handle for provider in self.world.providers.values() for handle in provider.asked]


@pytest.fixture
async def agency(site: Site) -> AsyncIterator[Agency]:
    """Two talents, of whom one has accounts; whoever asks has a token in place of the app's session."""
    world = World(site.app.repository, site.app.store)
    site.app.now = lambda: world.now

    @asynccontextmanager
    async def open_syncer() -> AsyncIterator[Syncer]:
        yield world.syncer()

    site.open_syncer = open_syncer
    site.app.nightly = Nightly(  # in place of one that would ask real platforms
        repository=site.app.repository,
        runs=site.app.runs,
        open_syncer=open_syncer,
        now=site.app.now,
        schedule=site.app.schedule,
    )
    site.add(
        "ada", "Ada Lovelace", ("instagram", "ada"), ("tiktok", "ada"), avatar="https://a.example/ada.png"
    )
    site.add("bob", "Bob")
    world.offers("instagram", "ada", 1)
    world.web.pictures["https://a.example/ada.png"] = b""
    cookie = {"break_session": site.token()}
    async with site.browser(cookies=cookie) as browser:
        yield Agency(site, world, browser)


# -- who may ----------------------------------------------------------------------------------

ALL = [
    ("GET", ""),
    ("GET", "/ada"),
    ("GET", "/ada/profile-image"),
    ("POST", "/ada/profile-image/sync"),
    ("POST", "/sync/profile-images"),
    ("DELETE", "/sync/profile-images"),
    ("GET", "/ada/socials"),
    ("POST", "/ada/socials"),
    ("DELETE", "/socials/a1"),
]


@pytest.mark.parametrize(("method", "path"), ALL)
async def test_nobody_gets_in_without_a_session(agency: Agency, method: str, path: str) -> None:
    agency.browser.cookies.clear()
    got = await agency.ask(method, path)
    assert (got.status_code, got.json()) == (401, LOG_IN)
    agency.browser.cookies.set("break_session", "timg_wrong")
    # The cookie comes first: a bearer is not tried after one that is wrong.
    got = await agency.ask(method, path, headers=agency.site.bearer(Scope.ADMIN, "other"))
    assert (got.status_code, got.json()) == (401, LOG_IN)
    assert agency.asked() == []


@pytest.mark.parametrize(("method", "path"), ALL)
async def test_a_token_to_read_changes_nothing(agency: Agency, method: str, path: str) -> None:
    agency.browser.cookies.clear()
    got = await agency.ask(method, path, headers=agency.site.bearer(Scope.READ, "reader"))
    if method == "GET":
        assert got.status_code == 200
    else:
        assert (got.status_code, got.json()) == (403, NOT_ALLOWED)
    assert agency.asked() == []


# -- what is read -----------------------------------------------------------------------------


async def test_the_list_is_a_bare_array_by_id_descending(agency: Agency) -> None:
    await agency.ask("POST", "/ada/profile-image/sync")
    got = await agency.ask("GET")
    assert got.status_code == 200
    bob, ada = got.json()
    (single,) = [(await agency.ask("GET", "/ada")).json()["talent"]]
    user = single["linkedUser"]
    assert ada == {
        "id": "ada",
        "name": "Ada Lovelace",
        "displayName": "Ada Lovelace",
        "representationType": None,
        "status": None,
        "linkedUser": {
            "id": user["id"],
            "email": None,
            "name": "Ada Lovelace",
            "avatarUrl": "https://a.example/ada.png",
        },
        "profileImageUrl": single["profileImageUrl"],
        "socialAccounts": [
            {"platform": "instagram", "handle": "ada"},
            {"platform": "tiktok", "handle": "ada"},
        ],
        "primarySocialHandle": "ada",
        "managerId": None,
        "metrics": {
            "openOpportunities": 0,
            "activeDeals": 0,
            "totalDeals": 0,
            "totalTasks": 0,
            "totalRevenue": 0,
        },
    }
    assert (bob["id"], bob["profileImageUrl"], bob["primarySocialHandle"]) == ("bob", None, None)
    assert (bob["linkedUser"], bob["socialAccounts"]) == (None, [])


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["bob", "ada"]),
        ("?limit=1", ["bob"]),
        ("?limit=0", ["bob", "ada"]),
        ("?limit=many", ["bob", "ada"]),
        ("?limit=-1", ["bob", "ada"]),
        ("?representationType=all", ["bob", "ada"]),
        ("?representationType=EXCLUSIVE&limit=20", []),
    ],
)
async def test_the_list_may_be_asked_for_in_part(agency: Agency, query: str, ids: list[str]) -> None:
    assert [line["id"] for line in (await agency.ask("GET", query)).json()] == ids


async def test_a_talent(agency: Agency) -> None:
    await agency.ask("POST", "/ada/profile-image/sync")
    got = await agency.ask("GET", "/ada")
    assert got.status_code == 200
    assert set(got.json()) == {"talent"}
    talent = got.json()["talent"]
    image, accounts = talent.pop("profileImageUrl"), talent.pop("socialAccounts")
    user = talent.pop("linkedUser")
    assert image.startswith("/api/avatars/ada?v=")
    assert {name: value for account in accounts for name, value in account.items() if name != "id"} == {
        "platform": "tiktok",
        "handle": "ada",
        "followers": None,
    }
    assert user.pop("id") == talent.pop("userId")
    assert user == {
        "email": None,
        "name": "Ada Lovelace",
        "avatarUrl": "https://a.example/ada.png",
        "role": None,
    }
    assert set(talent.pop("snapshot").values()) == {0}
    assert talent == {
        "id": "ada",
        "name": "Ada Lovelace",
        "displayName": "Ada Lovelace",
        "legalName": None,
        "primaryEmail": None,
        "representationType": None,
        "status": None,
        "managerId": None,
        "notes": None,
        "profileImageSource": "instagram",
        "lastProfileImageSyncAt": ISO,
        "categories": [],
        "stage": None,
        "deals": [],
        "tasks": [],
        "revenue": {},
    }
    gone = await agency.ask("GET", "/nobody")
    assert (gone.status_code, gone.json()) == (404, {"error": "Talent not found"})


async def test_the_state_of_a_picture(agency: Agency) -> None:
    before = (await agency.ask("GET", "/ada/profile-image")).json()["data"]
    assert (before["profileImageUrl"], before["lastProfileImageSyncAt"], before["nextSyncRecommended"]) == (
        None,
        None,
        True,
    )
    await agency.ask("POST", "/ada/profile-image/sync")
    got = await agency.ask("GET", "/ada/profile-image")
    assert got.status_code == 200
    image = got.json()["data"]["profileImageUrl"]
    assert got.json() == {
        "success": True,
        "data": {
            "talentId": "ada",
            "talentName": "Ada Lovelace",
            "profileImageUrl": image,
            "profileImageSource": "instagram",
            "lastProfileImageSyncAt": ISO,
            "connectedPlatforms": [
                {"platform": "instagram", "handle": "ada", "hasProfileImage": True},
                {"platform": "tiktok", "handle": "ada", "hasProfileImage": False},
            ],
            "canAutoSync": True,
            "nextSyncRecommended": False,
        },
    }
    agency.world.pass_time(hours=24, seconds=1)
    later = (await agency.ask("GET", "/ada/profile-image")).json()["data"]
    assert later["nextSyncRecommended"] is True
    bob = (await agency.ask("GET", "/bob/profile-image")).json()["data"]
    assert (bob["profileImageSource"], bob["connectedPlatforms"], bob["canAutoSync"]) == (
        "initials",
        [],
        False,
    )
    gone = await agency.ask("GET", "/nobody/profile-image")
    assert (gone.status_code, gone.json()) == (404, NO_TALENT)


async def test_the_pictures_addresses_load_without_a_session_and_are_new_for_each_picture(
    agency: Agency,
) -> None:
    first = (await agency.ask("POST", "/ada/profile-image/sync")).json()["data"]["imageUrl"]
    agency.world.offers("instagram", "ada", 2)
    agency.world.pass_time(hours=1)
    second = (await agency.ask("POST", "/ada/profile-image/sync")).json()["data"]["imageUrl"]
    assert first != second
    agency.browser.cookies.clear()
    for address in (first, second):
        assert urlsplit(address).path.startswith("/api/")
        got = await agency.browser.get(address)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")


async def test_the_addresses_are_absolute_where_the_app_is_elsewhere(site: Site) -> None:
    site.settings["TALENTIMG_SERVE_PUBLIC_URL"] = "https://pictures.example/x/"
    site.add("a b", "A B", ("instagram", "ab"))
    picture = site.shows("a b", 1)
    got = await site.get(f"{TALENT}/a b", headers=site.bearer())
    address = got.json()["talent"]["profileImageUrl"]
    assert address == f"https://pictures.example/x/api/avatars/a%20b?v={picture.content_hash[:12]}"


# -- one look ---------------------------------------------------------------------------------


async def test_a_sync(agency: Agency) -> None:
    """As the header sends it: a content type, and no body at all."""
    got = await agency.ask("POST", "/ada/profile-image/sync", headers={"Content-Type": "application/json"})
    assert got.status_code == 200
    image = (await agency.ask("GET", "/ada")).json()["talent"]["profileImageUrl"]
    assert got.json() == {
        "success": True,
        "message": "Profile image updated from instagram",
        "data": {"talentId": "ada", "source": "instagram", "imageUrl": image, "syncedAt": ISO},
    }
    assert agency.asked() == ["ada"]


async def test_a_talent_without_a_picture_has_a_source_all_the_same(agency: Agency) -> None:
    got = await agency.ask("POST", "/bob/profile-image/sync")
    assert got.status_code == 200
    assert got.json()["data"] == {"talentId": "bob", "source": "initials", "imageUrl": None, "syncedAt": ISO}


async def test_a_young_look_is_told_and_not_repeated_unless_somebody_insists(agency: Agency) -> None:
    first = await agency.ask("POST", "/ada/profile-image/sync")
    second = await agency.ask("POST", "/ada/profile-image/sync", json={"forceRefresh": False})
    assert second.json()["data"] == first.json()["data"]
    assert second.json()["message"] == "Profile photo unchanged from instagram"
    assert agency.asked() == ["ada"]
    await agency.ask("POST", "/ada/profile-image/sync", json={"forceRefresh": True})
    assert agency.asked() == ["ada", "ada"]
    agency.world.pass_time(minutes=10)
    unchanged = await agency.ask("POST", "/ada/profile-image/sync")
    assert unchanged.json()["message"] == "Profile photo unchanged from instagram"
    assert agency.asked() == ["ada", "ada", "ada"]


@pytest.mark.parametrize("is_token", [False, True])
async def test_what_could_not_be_asked_is_told_in_a_sentence_and_never_as_our_fault(
    agency: Agency, is_token: bool
) -> None:
    await agency.ask("POST", "/ada/profile-image/sync")
    agency.world.pass_time(hours=1)
    agency.world.fails("instagram", "ada", ReconnectRequired("The token has run out.") if is_token else None)
    got = await agency.ask("POST", "/ada/profile-image/sync")
    assert got.status_code == 424
    told = got.json()
    assert told == dict(refused(424, "SYNC_FAILED", told["message"]).body)
    assert "kept from instagram" in told["message"]
    # The old one is still there.
    assert (await agency.ask("GET", "/ada")).json()["talent"]["profileImageSource"] == "instagram"
    # And a page that asks again at once is told the same.
    asked = agency.asked()
    again = await agency.ask("POST", "/ada/profile-image/sync")
    assert (again.status_code, again.json()) == (424, told)
    assert agency.asked() == asked


async def test_what_a_person_decided_since_a_young_look_is_told(agency: Agency) -> None:
    await agency.ask("POST", "/ada/profile-image/sync")
    agency.site.app.talent_rules.lock("ada", by="eve")
    got = await agency.ask("POST", "/ada/profile-image/sync")
    assert got.status_code == 200
    assert got.json()["message"].startswith("Profile photo locked on instagram; no platform was asked")
    agency.site.app.talent_rules.unlock("ada", by="eve")
    agency.site.app.talent_rules.opt_out("ada", by="eve")
    got = await agency.ask("POST", "/ada/profile-image/sync")
    assert got.status_code == 200
    assert got.json()["message"].startswith("Opted out; initials are shown and no platform was asked")
    assert agency.asked() == ["ada"]


async def test_a_picture_that_waits_for_review_is_told_and_is_no_trouble(agency: Agency) -> None:
    await agency.ask("POST", "/ada/profile-image/sync")
    agency.world.review = ReviewMode.ALL
    agency.site.app.resolver.rules = agency.world.resolver().rules
    agency.world.pass_time(hours=1)
    agency.world.offers("instagram", "ada", 2)
    for _ in range(2):
        got = await agency.ask("POST", "/ada/profile-image/sync")
        assert got.status_code == 200
        assert "waits for review" in got.json()["message"]


@pytest.mark.parametrize("body", ["{", "[]", "1", '"x"', "\x00", "[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(agency: Agency, body: str) -> None:
    got = await agency.ask("POST", "/ada/profile-image/sync", content=body)
    assert got.status_code == 400
    assert got.json()["error"]["code"] == "VALIDATION_ERROR"
    assert agency.asked() == []


async def test_a_body_without_an_end_is_refused(agency: Agency) -> None:
    got = await agency.ask("POST", "/ada/profile-image/sync", content=b" " * 200_000)
    assert got.status_code == 413


async def test_nobody_of_this_id(agency: Agency) -> None:
    got = await agency.ask("POST", "/nobody/profile-image/sync")
    assert (got.status_code, got.json()) == (404, NO_TALENT)


async def test_a_store_that_is_away_is_told_in_the_apps_form(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(talent_id: str) -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(agency.site.app.profiles, "profile", away)
    got = await agency.ask("GET", "/ada/profile-image")
    assert got.status_code == 503
    assert got.json() == dict(refused(503, "PROFILE_IMAGE_GET_FAILED", "The database does not answer.").body)


async def test_the_list_tells_trouble_in_one_text(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(agency.site.app.profiles, "profiles", away)
    got = await agency.ask("GET")
    assert got.status_code == 503
    assert got.json() == {
        "success": False,
        "error": "The database does not answer.",
        "message": "The database does not answer.",
        "code": "TALENT_FETCH_FAILED",
    }


async def test_two_hundred_who_press_at_once_are_one_question(agency: Agency) -> None:
    posts = (agency.ask("POST", "/ada/profile-image/sync") for _ in range(200))
    answers = await asyncio.gather(*posts)
    assert {got.status_code for got in answers} == {200}
    assert len({got.text for got in answers}) == 1
    assert agency.asked() == ["ada"]


async def test_the_list_page_that_posts_for_everybody_on_each_load(agency: Agency) -> None:
    for number in range(40):
        agency.site.add(f"t{number}", f"T {number}", ("instagram", f"h{number}"))
        agency.world.offers("instagram", f"h{number}", number)
    for _ in range(3):
        for line in (await agency.ask("GET")).json():
            if line["primarySocialHandle"]:
                got = await agency.ask("POST", f"/{line['id']}/profile-image/sync")
                assert got.status_code == 200
    assert sorted(agency.asked()) == sorted(["ada", *(f"h{number}" for number in range(40))])


# -- everybody --------------------------------------------------------------------------------


async def test_a_run_begins_and_its_id_is_told_at_once(agency: Agency) -> None:
    got = await agency.ask("POST", "/sync/profile-images")
    assert got.status_code == 200
    data = got.json()["data"]
    (run,) = agency.site.app.repository.runs()
    assert got.json() == {
        "success": True,
        "message": "Profile image sync started",
        "data": {"total": 1, "successful": 0, "failed": 0, "errors": [], "runId": run.id, "state": "running"},
    }
    again = await agency.ask("POST", "/sync/profile-images")
    assert again.status_code == 200
    assert again.json()["data"] == data
    await agency.settled()
    ended = agency.site.app.repository.run(data["runId"])
    assert ended is not None
    assert (ended.state, ended.looked_at, ended.by) == (RunState.DONE, 1, "eve")


async def test_a_run_is_stopped_gently(agency: Agency) -> None:
    nothing = await agency.ask("DELETE", "/sync/profile-images")
    assert nothing.status_code == 404
    run_id = (await agency.ask("POST", "/sync/profile-images")).json()["data"]["runId"]
    got = await agency.ask("DELETE", "/sync/profile-images")
    assert (got.status_code, got.json()["data"]) == (200, {"runId": run_id, "state": "stopping"})
    await agency.settled()
    ended = agency.site.app.repository.run(run_id)
    assert ended is not None
    assert (ended.state, ended.note) == (RunState.STOPPED, "eve stopped it.")


async def test_a_run_of_another_process_is_stopped_as_gently(agency: Agency) -> None:
    elsewhere = agency.site.app.nightly.start(RunRequest(before=NOW, limit=200, by="max"))
    async with aclosing(elsewhere):
        first = await anext(aiter(elsewhere))
        assert isinstance(first, RunStarted)
        got = await agency.ask("DELETE", "/sync/profile-images")
        assert (got.status_code, got.json()["data"]) == (200, {"runId": first.run.id, "state": "stopping"})
        asked = agency.site.app.runs.find(first.run.id).stop_request
        assert asked is not None
        assert asked.by == "eve"
    assert (await agency.ask("DELETE", "/sync/profile-images")).status_code == 404


# -- accounts ---------------------------------------------------------------------------------


async def test_the_socials_are_a_bare_array_with_those_that_are_not_connected(agency: Agency) -> None:
    agency.site.app.repository.disconnect("ada", "tiktok", NOW)
    got = await agency.ask("GET", "/ada/socials?t=123")
    assert got.status_code == 200
    instagram, tiktok = got.json()
    account = agency.site.app.repository.load("ada").talent.accounts[0]
    assert instagram == {
        "id": account.id,
        "creatorId": "ada",
        "platform": "INSTAGRAM",
        "displayName": "INSTAGRAM",
        "handle": "ada",
        "url": "https://instagram.com/ada",
        "profileImageUrl": "https://instagram.com/ada",
        "followers": 0,
        "following": 0,
        "postCount": 0,
        "lastScrapedAt": None,
        "isOAuthConnected": True,
    }
    assert (tiktok["platform"], tiktok["isOAuthConnected"]) == ("TIKTOK", False)
    assert (await agency.ask("GET", "/nobody/socials")).status_code == 404


@pytest.mark.parametrize(
    ("handle", "stored"), [("@bob", "bob"), ("bob", "bob"), ("https://www.instagram.com/bob/?hl=en", "bob")]
)
async def test_an_account_is_connected_as_it_was_typed_and_looked_at(
    agency: Agency, handle: str, stored: str
) -> None:
    agency.world.offers("instagram", "bob", 3)
    sent = {"platform": "INSTAGRAM", "handle": handle, "followers": None}
    got = await agency.ask("POST", "/bob/socials", json=sent)
    assert got.status_code == 201
    row = got.json()
    assert (row["platform"], row["handle"], row["creatorId"]) == ("INSTAGRAM", stored, "bob")
    assert row["url"] == "https://instagram.com/bob"
    await agency.settled()
    talent = (await agency.ask("GET", "/bob")).json()["talent"]
    assert talent["profileImageSource"] == "instagram"
    assert [(a["id"], a["handle"]) for a in talent["socialAccounts"]] == [(row["id"], stored)]


async def test_the_look_after_a_connection_is_that_of_whoever_presses_meanwhile(agency: Agency) -> None:
    agency.world.offers("instagram", "bob", 3)
    await agency.ask("POST", "/bob/socials", json={"platform": "INSTAGRAM", "handle": "bob"})
    got = await asyncio.gather(*(agency.ask("POST", "/bob/profile-image/sync") for _ in range(3)))
    await agency.settled()
    assert {one.status_code for one in got} == {200}
    assert agency.asked() == ["bob"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "VALIDATION_ERROR"),
        ({"platform": "INSTAGRAM"}, "VALIDATION_ERROR"),
        ({"platform": "INSTAGRAM", "handle": " "}, "VALIDATION_ERROR"),
        ({"platform": 7, "handle": "ada"}, "VALIDATION_ERROR"),
        ({"platform": "MYSPACE", "handle": "ada"}, "INVALID_INPUT"),
        ({"platform": "INSTAGRAM", "handle": "no such handle!"}, "INVALID_INPUT"),
        ({"platform": "INSTAGRAM", "handle": "https://tiktok.com/@ada"}, "INVALID_INPUT"),
    ],
)
async def test_what_cannot_be_connected_is_told(agency: Agency, sent: dict[str, Any], code: str) -> None:
    got = await agency.ask("POST", "/ada/socials", json=sent)
    assert got.status_code == 400
    assert got.json() == dict(refused(400, code, got.json()["message"]).body)


async def test_an_account_that_is_deleted_takes_its_picture_along(agency: Agency) -> None:
    await agency.ask("POST", "/ada/profile-image/sync")
    account = agency.site.app.repository.load("ada").talent.account("instagram")
    assert account is not None
    agency.world.lacks("tiktok", "ada")
    got = await agency.ask("DELETE", f"/socials/{account.id}")
    assert (got.status_code, got.json()) == (200, {"success": True})
    assert (await agency.ask("GET", "/ada")).json()["talent"]["profileImageSource"] == "initials"
    await agency.settled()
    assert agency.site.app.repository.load("ada").talent.account("instagram") is None
    again = await agency.ask("DELETE", f"/socials/{account.id}")
    assert (again.status_code, again.json()) == (200, {"success": True})
    gone = await agency.ask("DELETE", "/socials/nothing")
    assert gone.status_code == 404
    assert gone.json() == dict(refused(404, "NOT_FOUND", "Social profile not found").body)


async def test_the_list_shows_at_once_what_this_server_has_changed(agency: Agency) -> None:
    assert (await agency.ask("GET")).json()[1]["profileImageUrl"] is None
    agency.site.add("cid", "Cid")  # by another process
    assert len((await agency.ask("GET")).json()) == 2
    await agency.ask("POST", "/ada/profile-image/sync")
    cid, _, ada = (await agency.ask("GET")).json()
    assert (cid["id"], ada["id"]) == ("cid", "ada")
    assert ada["profileImageUrl"] is not None


async def test_who_did_it_stands_in_the_history(agency: Agency) -> None:
    await agency.ask("POST", "/ada/profile-image/sync")
    assert agency.site.app.repository.history("ada")[0].by == "eve"


# -- pages on other origins -------------------------------------------------------------------


async def test_only_named_origins_may_ask_with_a_session(site: Site) -> None:
    site.settings["TALENTIMG_SERVE_ORIGINS"] = "https://App.example/,http://localhost:5173"
    async with site.browser() as browser:
        asked = {
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        got = await browser.options(f"{TALENT}/ada/profile-image/sync", headers=asked)
        assert (got.status_code, got.content) == (204, b"")
        named = {k: v for k, v in got.headers.items() if k.startswith("access-control")}
        assert named == {
            "access-control-allow-origin": "https://app.example",
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": "GET,POST,PATCH,DELETE,OPTIONS,PUT",
            # the app's, and those of our own API
            "access-control-allow-headers": "Content-Type, Authorization, X-Requested-With, "
            "Idempotency-Key, If-Match",
            "access-control-expose-headers": "ETag, Location, Retry-After, Idempotent-Replayed",
            "access-control-max-age": "86400",
        }
        for status, origin in ((401, "https://app.example"), (401, "http://localhost:5173")):
            got = await browser.get(TALENT, headers={"Origin": origin})
            assert got.status_code == status
            assert got.headers["access-control-allow-origin"] == origin
            assert "Origin" in got.headers["vary"]
        for origin in ("https://evil.example", "null", "https://app.example:444", "http://app.example"):
            preflight = await browser.options(TALENT, headers={**asked, "Origin": origin})
            for got in (preflight, await browser.get(TALENT, headers={"Origin": origin})):
                assert not [name for name in got.headers if name.startswith("access-control")]
                assert "Origin" in got.headers["vary"]
        assert "Origin" in (await browser.get(TALENT)).headers["vary"]
