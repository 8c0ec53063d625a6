"""The roster as our API lists, counts and changes it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from talentimg.bootstrap import App
from talentimg.errors import EditedMeanwhile
from talentimg.models import Scope
from talentimg.repository import migrations
from talentimg.repository.interface import NewTalent
from talentimg.service.people.edition import edition_of
from talentimg.settings import load_settings
from tests.conftest import NOW
from tests.repository import app_schema
from tests.repository.builders import talent
from tests.web.conftest import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx

    from tests.postgres import Databases
    from tests.web.api.conftest import Client

READS = ["/talents", "/talents/facets", "/talents/ada", "/me", "/health", "/platforms"]
WORDS = [
    ("POST", "/talents", {"name": "Cleo"}, Scope.OPERATE),
    ("PATCH", "/talents/ada", {"name": "Ada King"}, Scope.OPERATE),
    ("POST", "/talents/ada/sync", None, Scope.OPERATE),
    ("POST", "/talents/ada/accounts", {"platform": "github", "handle": "ada"}, Scope.OPERATE),
    ("DELETE", "/talents/ada/accounts/tiktok", None, Scope.OPERATE),
    ("GET", "/export", None, Scope.OPERATE),
    ("GET", "/config", None, Scope.ADMIN),
    ("POST", "/talents/ada/merge", {"into": "bob"}, Scope.ADMIN),
    ("POST", "/imports", [{"id": "cleo", "name": "Cleo"}], Scope.ADMIN),
    ("POST", "/imports/undo", None, Scope.ADMIN),
    ("DELETE", "/talents/bob", None, Scope.ADMIN),
]
LESS = {Scope.OPERATE: Scope.READ, Scope.ADMIN: Scope.OPERATE}
HOSTILE = [
    b"",
    b"[]",
    b"null",
    b'"ada"',
    b"{",
    b'{"name": 7}',
    b'{"name": ""}',
    b'{"name": "  "}',
    b'{"name": "\\ud800"}',
    b'{"name": "a", "nmae": "b"}',
    b"\xff\xfe",
    b"[" * 20_000,
    b'{"name": "a", "id": "\\u0000"}',
    b'{"name": "a", "accounts": {"platform": "x"}}',
    b'{"name": "a", "accounts": [{"platform": "x", "handle": "y"}]}',
    b'{"name": "a", "accounts": [{"handle": "ada"}]}',
    b'{"name": "a", "avatar_url": "javascript:alert(1)"}',
]


def ids(got: httpx.Response) -> list[str]:
    return [one["talent_id"] for one in got.json()["talents"]]


@pytest.mark.parametrize("path", READS)
async def test_whoever_has_a_token_may_read(client: Client, path: str) -> None:
    assert (await client.ask("GET", path, headers=client.acting(Scope.READ))).status_code == 200
    client.browser.headers.pop("authorization")
    assert (await client.ask("GET", path)).status_code == 401


@pytest.mark.parametrize(("method", "path", "body", "scope"), WORDS, ids=lambda one: str(one)[:30])
async def test_who_may_change_what(client: Client, method: str, path: str, body: Any, scope: Scope) -> None:
    little, enough = client.acting(LESS[scope]), client.acting(scope, "zoe")
    refused = await client.ask(method, path, json=body, headers=little)
    assert (refused.status_code, scope.value in refused.json()["detail"]) == (403, True)
    taken = await client.ask(method, path, json=body, headers=enough)
    assert taken.status_code in {200, 201, 409}, taken.text
    assert (taken.status_code == 409) == (path == "/imports/undo")


async def test_the_roster_by_pages(client: Client) -> None:
    for number in range(5):
        client.site.add(f"t{number}", f"Talent {number}")
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        got = await client.ask("GET", "/talents", params={"limit": "3", "sort": "id"} | after)
        assert got.json()["total"] == 7
        seen += ids(got)
        if got.json()["next"] is None:
            break
        after = {"after": got.json()["next"]}
    assert seen == ["ada", "bob", "t0", "t1", "t2", "t3", "t4"]


async def test_those_who_are_wanted(client: Client) -> None:
    await client.ask("POST", "/talents/ada/sync")
    assert ids(await client.ask("GET", "/talents?q=lovelace")) == ["ada"]
    assert ids(await client.ask("GET", "/talents?q=LOVE ad")) == ["ada"]
    assert ids(await client.ask("GET", "/talents?platform=instagram&platform=tiktok")) == ["ada"]
    assert ids(await client.ask("GET", "/talents?source=instagram")) == ["ada"]
    assert ids(await client.ask("GET", "/talents?without_picture=true")) == ["bob"]
    assert ids(await client.ask("GET", "/talents?never_looked_at=true")) == ["bob"]
    assert ids(await client.ask("GET", "/talents?state=fresh")) == ["ada"]
    assert ids(await client.ask("GET", "/talents?older_than=1h")) == ["bob"]
    facets = (await client.ask("GET", "/talents/facets?q=ada")).json()
    assert (facets["all"], facets["found"], facets["waiting"]) == (2, 1, 0)
    assert facets["sources"] == {"instagram": 1}
    assert facets["states"]["fresh"] == 1


@pytest.mark.parametrize(
    "query", ["state=odd", "older_than=soon", "sort=size", "limit=0", "limit=x", "after=zz", "platform=odd"]
)
async def test_what_makes_no_sense_is_named(client: Client, query: str) -> None:
    got = await client.ask("GET", f"/talents?{query}")
    assert got.status_code in {400, 422}
    assert got.json()["detail"]


async def test_somebody_is_added_and_seen_at_once(client: Client) -> None:
    assert (await client.ask("GET", "/talents")).json()["total"] == 2
    accounts = [
        {"handle": "https://bsky.app/profile/cleo.example"},
        {"platform": "GitHub", "handle": "@Cleo"},
    ]
    got = await client.ask("POST", "/talents", json={"name": "Cleo Sen", "accounts": accounts})
    assert (got.status_code, got.headers["location"]) == (201, "/api/v1/talents/cleo-sen")
    assert [(a["platform"], a["handle"]) for a in got.json()["accounts"]] == [
        ("bluesky", "cleo.example"),
        ("github", "cleo"),
    ]
    shown = await client.browser.get(got.headers["location"])
    assert (shown.json()["name"], shown.headers["etag"]) == ("Cleo Sen", got.headers["etag"])
    assert ids(await client.ask("GET", "/talents?sort=id")) == ["ada", "bob", "cleo-sen"]
    second = await client.ask("POST", "/talents", json={"name": "Cleo Sen"})
    assert second.json()["talent_id"] == "cleo-sen-2"


async def test_an_id_that_is_taken(client: Client) -> None:
    got = await client.ask("POST", "/talents", json={"id": "ada", "name": "Another"})
    assert (got.status_code, got.json()["code"]) == (409, "usage")
    assert "already taken" in got.json()["detail"]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:20]))
async def test_what_is_no_talent(client: Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    got = await client.ask("POST", "/talents", content=body, headers=headers)
    assert got.status_code in {400, 422} or (body.endswith(b'ud800"}') and got.status_code == 201), got.text
    assert (await client.ask("GET", "/talents")).status_code == 200


async def test_a_body_that_is_too_long_is_not_read(client: Client) -> None:
    for headers in ({}, client.acting(Scope.READ)):
        got = await client.ask("POST", "/talents", content=b" " * 1_000_001, headers=headers)
        assert got.status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(101):
            yield b" " * 10_000

    got = await client.ask("POST", "/talents", content=pieces())
    assert (got.status_code, got.headers["content-type"]) == (413, "application/problem+json")


async def test_an_edit_changes_what_is_said_and_erases_what_is_null(client: Client) -> None:
    got = await client.ask("PATCH", "/talents/ada", json={"email": "ada@example.org", "why": "she asked"})
    assert (got.json()["changed"], got.json()["name"]) == (["email"], "Ada Lovelace")
    got = await client.ask("PATCH", "/talents/ada", json={"email": None})
    assert (got.json()["email"], got.json()["changed"]) == (None, ["email"])
    said = client.site.app.repository.audit("ada")
    assert {(e.by, e.why) for e in said} == {("eve", "she asked"), ("eve", None)}
    assert (await client.ask("PATCH", "/talents/ada", json={})).status_code == 400
    assert (await client.ask("PATCH", "/talents/ada", json={"name": None})).status_code == 400
    assert (await client.ask("PATCH", "/talents/nobody", json={"name": "X"})).status_code == 404


async def test_of_two_who_edit_the_second_reads_first(client: Client) -> None:
    read = (await client.ask("GET", "/talents/ada")).headers["etag"]
    first = await client.ask("PATCH", "/talents/ada", json={"name": "Ada King"}, headers={"If-Match": read})
    assert first.status_code == 200
    second = await client.ask("PATCH", "/talents/ada", json={"name": "A. L."}, headers={"If-Match": read})
    assert (second.status_code, second.json()["code"]) == (412, "try_later")
    assert (await client.ask("GET", "/talents/ada")).json()["name"] == "Ada King"
    again = {"If-Match": first.headers["etag"]}
    assert (
        await client.ask("PATCH", "/talents/ada", json={"name": "A. L."}, headers=again)
    ).status_code == 200


async def test_what_somebody_decided_is_a_change_as_well(client: Client) -> None:
    read = (await client.ask("GET", "/talents/ada")).headers["etag"]
    client.site.app.talent_rules.lock("ada", by="zoe")
    got = await client.ask("PATCH", "/talents/ada", json={"name": "A. L."}, headers={"If-Match": read})
    assert got.status_code == 412


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_of_many_who_edit_at_once_one_is_the_first(request: pytest.FixtureRequest, kind: str) -> None:
    """Checked in the transaction that writes, so that nobody comes in between."""
    store = request.getfixturevalue("new_store" if kind == "sqlite" else "new_database")
    url = f"sqlite:///{store}" if kind == "sqlite" else store
    apps = [App(load_settings(environment={"TALENTIMG_DATABASE_URL": url})) for _ in range(4)]
    apps[0].repository.add([talent("ada", "instagram")], NOW)
    editions = [edition_of(apps[0].repository.load("ada"))]

    def edit(number: int) -> str | None:
        try:
            name = f"Ada {number}"
            apps[number].roster.edit("ada", name=name, editions=editions)
        except EditedMeanwhile:
            return None
        return name

    with ThreadPoolExecutor(4) as threads:
        done = [name for name in threads.map(edit, range(4)) if name]
    assert [apps[0].repository.load("ada").talent.name] == done
    for app in apps:
        app.close()


@pytest.fixture
def of_an_app(databases: Databases) -> Iterator[Site]:
    """A site on the database of the agency's app."""

    def fill(url: str) -> None:
        app_schema.make(url)
        migrations.upgrade(url)

    name = databases.create(template=databases.template("migrated app", fill))
    made = Site({"TALENTIMG_DATABASE_URL": databases.url(name)})
    yield made
    made.app.close()
    databases.drop(name)


async def test_rows_of_the_apps_are_neither_edited_nor_removed(of_an_app: Site) -> None:
    async with of_an_app.browser(headers=of_an_app.bearer()) as browser:
        edited = await browser.patch("/api/v1/talents/ada", json={"name": "A"})
        removed = await browser.delete("/api/v1/talents/ada")
        merged = await browser.post("/api/v1/talents/ada/merge", json={"into": "bob"})
        assert (await browser.get("/api/v1/talents")).json()["total"] == 3
    assert [got.status_code for got in (edited, removed, merged)] == [409, 409, 409]
    assert "rows of the agency's app" in edited.json()["detail"]
    assert edited.json()["hint"] == "Change it in the app; the next look sees it."


async def test_somebody_is_removed(client: Client) -> None:
    assert (await client.ask("GET", "/talents")).json()["total"] == 2
    got = await client.ask("DELETE", "/talents/ada?why=gone")
    assert (got.json()["holds"], got.json()["by"], got.json()["why"]) == (True, "eve", "gone")
    assert (await client.ask("GET", "/talents/ada")).status_code == 404
    assert ids(await client.ask("GET", "/talents")) == ["bob"]
    assert (await client.ask("DELETE", "/talents/ada")).status_code == 404


async def test_two_become_one(client: Client) -> None:
    got = await client.ask("POST", "/talents/ada/merge", json={"into": "bob", "why": "the same"})
    assert (got.json()["merged"], any("instagram" in one for one in got.json()["moved"])) == (True, True)
    assert got.headers["content-location"] == "/api/v1/talents/bob"
    assert ids(await client.ask("GET", "/talents?platform=instagram")) == ["bob"]
    assert (await client.ask("POST", "/talents/bob/merge", json={"into": "bob"})).status_code == 400


async def test_all_who_ask_for_a_look_at_once_share_one(client: Client) -> None:
    asked = [client.ask("POST", "/talents/ada/sync") for _ in range(20)]
    outcomes = [got.json()["outcome"] for got in await asyncio.gather(*asked)]
    assert outcomes == ["updated"] * 20
    assert client.world.providers["instagram"].asked == ["ada"]
    again = await client.ask("POST", "/talents/ada/sync")
    assert again.json()["outcome"] == "unchanged"
    assert client.world.providers["instagram"].asked == ["ada"] * 2
    assert (await client.ask("POST", "/talents/nobody/sync")).status_code == 404


async def test_platforms_settings_and_who_i_am(client: Client) -> None:
    me = (await client.ask("GET", "/me", headers=client.acting(Scope.READ, "viewer"))).json()
    assert (me["name"], me["scope"]) == ("viewer", "read")
    platforms = {one["platform"]: one for one in (await client.ask("GET", "/platforms")).json()}
    assert platforms["bluesky"]["state"] == "ready"
    assert not platforms["youtube"]["has_credentials"]
    settings = (await client.ask("GET", "/config")).json()["settings"]
    assert settings["sync.limit"] == {"value": "200", "origin": "default", "variable": "TALENTIMG_SYNC_LIMIT"}
    health = (await client.ask("GET", "/health")).json()
    assert (health["ready"], health["talents"], health["states"]["stale"]) == (True, 2, 1)


def test_a_name_that_two_add_at_once_makes_two_ids(new_store: Path) -> None:
    settings = load_settings(environment={"TALENTIMG_DATABASE_URL": f"sqlite:///{new_store}"})
    with closing(App(settings)) as app, ThreadPoolExecutor(4) as threads:
        records = list(threads.map(lambda _: app.roster.add_by_name(NewTalent("", "Ada")), range(4)))
    assert {record.talent.id for record in records} == {"ada", "ada-2", "ada-3", "ada-4"}


@pytest.mark.parametrize("talent_id", ["a/b", "a%2Fb", "/", "//", "a/sync", "ä/ü?#", "facets/x"])
async def test_an_id_may_hold_whatever_it_holds(client: Client, talent_id: str) -> None:
    added = await client.ask("POST", "/talents", json={"id": talent_id, "name": "Odd"})
    place = added.headers["location"]
    assert (added.status_code, place) == (201, f"/api/v1/talents/{quote(talent_id, safe='')}")
    assert (await client.browser.get(place)).json()["talent_id"] == talent_id
    edited = await client.browser.patch(place, json={"name": "Even"})
    assert (edited.status_code, edited.json()["name"]) == (200, "Even")
    looked = await client.browser.post(f"{place}/sync")
    assert (looked.status_code, looked.json()["talent_id"]) == (200, talent_id)
    assert (await client.ask("GET", "/talents?q=even")).json()["total"] == 1
    assert (await client.browser.get(f"{place}/history")).status_code == 200
    assert (await client.browser.delete(place)).status_code == 200
    assert (await client.browser.get(place)).status_code == 404
