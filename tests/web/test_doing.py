"""Forms of the pages: who may send them, from where, and that nothing is done by looking."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.responses import Response

from talentimg.models import Scope
from talentimg.web.access import COOKIE
from talentimg.web.pages.addresses import Addresses
from talentimg.web.pages.forms import FORM
from talentimg.web.pages.roster_acts import MOST
from talentimg.web.pages.said import Said, Undo, said_before, say
from tests.web.reading import Page

if TYPE_CHECKING:
    from tests.service.world import World
    from tests.web.conftest import Site

HTML = {"Accept": "text/html"}
OWN = HTML | {"Sec-Fetch-Site": "same-origin"}
ACTS = {
    "/talents/ada/refresh": {},
    "/talents/ada/show": {"source": "instagram"},
    "/talents/ada/release": {},
    "/talents/ada/rollback": {"to": "0"},
    "/talents/ada/lock": {"why": "press photo"},
    "/talents/ada/unlock": {},
    "/talents/ada/undo": {"step": "unlock"},
    "/talents/ada/connect": {"platform": "youtube", "handle": "ada"},
    "/talents/ada/disconnect": {"platform": "instagram"},
    "/talents/ada/forget": {"confirm": "ada"},
    "/review/ada": {"word": "approve", "hash": "abcdef"},
    "/reviews": {"word": "approve", "pick": "ada~abcdef"},
    "/roster/add": {"name": "Cleo"},
    "/roster/chosen": {"word": "lock", "pick": "ada"},
    "/roster/import/undo": {},
    "/runs": {},
    "/runs/r1/stop": {},
}


def everything(site: Site) -> str:
    """What the store knows of people."""
    records = site.app.repository.records(limit=100)
    return repr([(one, site.app.repository.audit(one.talent.id)) for one in records])


@pytest.mark.parametrize("path", [*ACTS, "/talents/ada/upload", "/roster/import"])
@pytest.mark.parametrize("who", ["nobody", "reader", "another site"])
async def test_nothing_is_done_for_whoever_may_not(site: Site, played: World, path: str, who: str) -> None:
    before = everything(site)
    headers = OWN if who != "another site" else HTML | {"Sec-Fetch-Site": "cross-site"}
    async with site.browser(headers=headers) as browser:
        if who != "nobody":
            browser.cookies.set(COOKIE, site.token(Scope.READ if who == "reader" else Scope.ADMIN))
        got = await browser.post(path, data=ACTS.get(path, {}))
    assert got.status_code == (401 if who == "nobody" else 403)
    assert everything(site) == before


@pytest.mark.parametrize("path", [*ACTS, "/talents/ada/upload", "/roster/import", "/live"])
async def test_looking_changes_nothing(site: Site, played: World, path: str) -> None:
    before = everything(site)
    async with site.browser(headers=OWN) as browser:
        browser.cookies.set(COOKIE, site.token())
        await browser.get(path, params=ACTS.get(path, {}))
    assert everything(site) == before


async def test_one_goes_on_to_a_page_of_this_site_only(site: Site, played: World) -> None:
    async with site.browser(headers=OWN) as browser:
        browser.cookies.set(COOKIE, site.token())
        for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            got = await browser.post("/talents/ada/lock", data={"back": back})
            assert got.status_code == 303
            assert got.headers["location"].startswith("/")
            assert "evil" not in got.headers["location"]


async def test_what_was_done_is_said_once_and_nothing_in_it_is_html(site: Site, played: World) -> None:
    async with site.browser(headers=OWN) as browser:
        browser.cookies.set(COOKIE, site.token())
        got = await browser.post(
            "/talents/bob/connect", data={"platform": "instagram", "handle": "<img src=x onerror=alert(1)>"}
        )
        page = Page((await browser.get(got.headers["location"])).text)
        assert page.all("div", id="toast")[0].attributes.get("data-failed") == ""
        assert page.all("img", src="x") == []
        assert page.inline() == []
        assert page.all("input", id="handle", value="<img src=x onerror=alert(1)>")
        again = Page((await browser.get("/talents/bob")).text)
        assert "hidden" in again.all("div", id="toast")[0].attributes


@pytest.mark.parametrize("text", ["", "x", "eJwrAgAAcQBx", "%%%", "e30=" * 2000])
async def test_a_cookie_that_nobody_of_ours_made_says_nothing(site: Site, played: World, text: str) -> None:
    async with site.browser(headers=OWN) as browser:
        browser.cookies.set(COOKIE, site.token())
        browser.cookies.set("talentimg_said", text)
        assert (await browser.get("/talents/ada")).status_code == 200


async def test_an_id_of_every_kind_can_be_acted_upon(site: Site, played: World) -> None:
    site.add("a/b.json?x=1", "Slash & Dot")
    at = Addresses()
    async with site.browser(headers=OWN) as browser:
        browser.cookies.set(COOKIE, site.token())
        got = await browser.post(at.talent("a/b.json?x=1", "lock"), data={"why": "It is theirs."})
        assert (await browser.get(got.headers["location"])).status_code == 200
    assert site.app.repository.load("a/b.json?x=1").policy.lock is not None


async def test_a_refresh_of_as_many_as_may_be_chosen_can_be_undone(site: Site, played: World) -> None:
    """Whoever is gone, or has nothing to go back to, keeps it from nobody."""
    now = site.shows("ada", 4)
    others = [str(UUID(int=n)) for n in range(MOST - 1)]
    picks = [
        ("word", "back"),
        ("undo", "1"),
        ("back", "/roster"),
        *(("pick", one) for one in ("ada", *others)),
    ]
    body = urlencode([*picks, *(("to", f"{100_000 + n}") for n in range(MOST))])
    async with site.browser(headers=OWN) as browser:
        browser.cookies.set(COOKIE, site.token())
        got = await browser.post("/roster/chosen", content=body, headers={"Content-Type": FORM})
        assert (got.status_code, got.headers["location"]) == (303, "/roster")
        assert "0 earlier photos are shown again" in (await browser.get("/roster")).text
    assert site.app.repository.load("ada").selection.content_hash == now.content_hash


async def test_a_way_back_that_is_too_long_is_left_out(site: Site) -> None:

    def request(cookie: str) -> Request:
        headers = [(b"cookie", cookie.encode())]
        return Request(
            {"type": "http", "headers": headers, "path": "/", "scheme": "http", "server": ("x", 80)}
        )

    fields = [("pick", f"{n:032x}{n * 7919:064x}") for n in range(400)]
    for undo, is_kept in ((Undo("/reviews", [("word", "back")]), True), (Undo("/reviews", fields), False)):
        response = Response()
        say(request(""), response, Said("said.undone", n=3, undo=undo))
        cookie = response.headers["set-cookie"].partition(";")[0]
        assert len(cookie) < 4096
        told = said_before(request(cookie))
        assert told is not None
        assert (told.text, told.n, told.undo is not None) == ("said.undone", 3, is_kept)
