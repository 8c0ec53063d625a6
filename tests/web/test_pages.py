"""The admin page as it arrives: who sees it, what it says, and what nothing in it can do."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

from talentimg.models import (
    Candidate,
    OutcomeKind,
    PlatformCount,
    Review,
    ReviewState,
    Run,
    RunState,
    Scope,
    Selection,
    SlowTalent,
    State,
    Suspect,
)
from talentimg.repository.interface import Change
from talentimg.web.access import COOKIE
from talentimg.web.app import make_site
from talentimg.web.pages.addresses import key_of
from talentimg.web.pages.render import CONTENT_SECURITY
from tests.conftest import NOW
from tests.web.conftest import BASE
from tests.web.reading import Page

if TYPE_CHECKING:
    from tests.web.conftest import Site

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ARABIC = "نور الهاشمي"
HOSTILE = (
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</title><style>*{display:none}</style>",
    "\u202egnp.exe",
    "a\u0001b",
)


def shown(site: Site, scope: Scope = Scope.ADMIN) -> dict[str, str]:
    """A browser that is signed in."""
    return HTML | {"Cookie": f"{COOKIE}={site.token(scope, name=f'{scope}-{len(site.app.access.all())}')}"}


@pytest.fixture
def full(site: Site) -> Site:
    """A site on which every page has something to show."""
    site.add("ada", "Ada Lovelace", ("instagram", "ada"), ("bluesky", "ada.example"))
    site.add("nour", ARABIC, ("tiktok", "nour"))
    site.add("a/b.json?x=1", "Slash & Dot", ("website", "slash.example"))
    picture = site.shows("ada", 1)
    other = site.shows("nour", 2, "tiktok")
    asked = Review("ada", "bluesky", "5" * 64, other.content_hash, ReviewState.WAITING, NOW)
    site.app.repository.save(
        [
            Change(
                "ada",
                Selection("instagram", picture.content_hash, "https://x.example/1", NOW),
                reviews=(asked,),
            )
        ],
        NOW,
    )
    site.app.talent_rules.lock("nour", by="Maria", why="press photo")
    count = PlatformCount({OutcomeKind.UPDATED: 1}, found=3, absent=1, trouble=2, calls=6)
    run = Run(
        "20261124-020000-ab12",
        NOW,
        "machine",
        7,
        state=RunState.DONE,
        ended_at=NOW,
        exit_code=3,
        outcomes={OutcomeKind.UPDATED: 2, OutcomeKind.FAILED: 1},
        platforms={"tiktok": count, "nowhere": PlatformCount()},
        slowest=(SlowTalent("ada", 2.5, "instagram"), SlowTalent("gone", 1.5, "tiktok")),
        still_due=4,
    )
    site.app.repository.save_run(run)
    site.app.repository.save_suspect(Suspect("tiktok", "5" * 64, picture.content_hash, NOW, 14))
    return site


PAGES = (
    "/roster",
    "/roster?q=nour&state=locked&platform=tiktok&source=tiktok&sort=state",
    "/roster?q=nobody",
    "/talents/ada",
    "/talents/nour",
    f"/talents/{key_of('a/b.json?x=1')}",
    "/health",
    "/runs",
    "/runs/20261124-020000-ab12",
    "/settings",
)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_its_headers_and_nothing_that_they_forbid(full: Site, path: str) -> None:
    got = await full.get(path, headers=shown(full))
    assert (got.status_code, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert got.headers["content-security-policy"] == CONTENT_SECURITY
    assert "require-trusted-types-for 'script'" in CONTENT_SECURITY
    assert got.headers["cache-control"] == "no-store"
    assert "Cookie" in got.headers["vary"]
    page = Page(got.text)
    assert page.inline() == []
    assert all(link.startswith("/") for link in page.links())
    assert len(page.all("h1")) == 1


async def test_the_other_routes_keep_the_headers_that_they_had(full: Site) -> None:
    got = await full.get("/healthz")
    assert got.headers["content-security-policy"].startswith("default-src 'none'; base-uri")
    picture = await full.get("/avatars/ada", headers=shown(full))
    assert "sandbox" in picture.headers["content-security-policy"]


async def test_every_link_is_answered(full: Site) -> None:
    headers = dict(HTML)
    async with full.browser() as browser:
        browser.cookies.set(COOKIE, full.token())
        left, seen = {"/", *PAGES}, set[str]()
        while left:
            path = left.pop()
            seen.add(path)
            got = await browser.get(path, headers=headers, follow_redirects=True)
            # Who left the roster is still named by an old run.
            assert got.status_code == (404 if path == "/talents/gone" else 200), path
            if got.headers["content-type"].startswith("text/html") and got.status_code == 200:
                page = Page(got.text)
                forms = {one.attributes["action"] for one in page.all("form", method="post")}
                left |= {link.partition("#")[0] for link in page.links() - forms} - seen
    assert {"/health.json", "/runs.json", "/settings.json"} <= seen


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_its_twin_at_its_foot(full: Site, path: str) -> None:
    headers = shown(full)
    page = Page((await full.get(path, headers=headers)).text)
    address = path.partition("?")
    twin = f"{address[0]}.json{address[1]}{address[2]}"
    assert twin in page.links()
    got = await full.get(twin, headers=headers)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json")


async def test_a_twin_says_what_the_page_says(full: Site) -> None:
    headers = shown(full)
    found = (await full.get("/roster.json?q=NOUR", headers=headers)).json()
    assert [one["talent_id"] for one in found["talents"]] == ["nour"]
    assert (found["facets"]["everybody"], found["facets"]["found"], found["next"]) == (3, 1, None)
    ada = (await full.get("/talents/ada.json", headers=headers)).json()
    assert (ada["name"], ada["state"], ada["chain"][0]["source"]) == (
        "Ada Lovelace",
        "needs_you",
        "instagram",
    )
    health = (await full.get("/health.json", headers=headers)).json()
    assert health["platforms"][0] == {
        "platform": "tiktok",
        "answered": 4,
        "trouble": 2,
        "cooldowns": [],
        "standing": health["platforms"][0]["standing"],
    }


async def test_no_name_handle_or_word_of_a_person_is_taken_for_a_page(site: Site) -> None:
    for number, text in enumerate(HOSTILE):
        site.add(f"t{number}", text, ("bluesky", text))
        site.app.talent_rules.lock(f"t{number}", by=text, why=text)
    for number, text in enumerate(HOSTILE):
        site.shows(f"t{number}", number)
        odd = Candidate(f"t{number}", "bluesky", State.TROUBLE, detail=text, checked_at=NOW)
        site.app.repository.save([Change(f"t{number}", Selection(synced_at=NOW), candidates=(odd,))], NOW)
    headers = shown(site)
    plain = {one.tag for one in Page((await site.get("/roster", headers=headers)).text).elements}
    for path in ("/roster", "/health", *(f"/talents/t{n}" for n in range(len(HOSTILE)))):
        page = Page((await site.get(path, headers=headers)).text)
        assert page.inline() == [], path
        assert len(page.all("script")) == 3
        assert "49" not in page.text.replace("2026-11-24", "")
    assert "style" not in plain


async def test_a_name_stands_in_an_element_that_keeps_its_direction(full: Site) -> None:
    got = (await full.get("/roster", headers=shown(full))).text
    assert f"<bdi>{ARABIC}</bdi>" in got


async def test_fifty_people_weigh_little(site: Site) -> None:
    for number in range(60):
        site.add(f"somebody-{number:02}", f"Somebody Called {number}", ("instagram", f"somebody.{number}"))
    headers = shown(site) | {"Accept-Encoding": "gzip, br"}
    total = 0
    async with site.browser() as browser:
        got = await browser.get("/roster", headers=headers)
        assert got.text.count('class="face"') == 50
        total += len(gzip.compress(got.content, 5))
        for link in [link for link in Page(got.text).links() if link.startswith("/static/")]:
            asset = await browser.get(link, headers=headers)
            assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert asset.headers["content-encoding"] == "gzip"
            total += len(gzip.compress(asset.content))
        assert len(got.content) < 60_000
    assert total < 30_000


async def test_the_address_leads_from_page_to_page(site: Site) -> None:
    for number in range(60):
        site.add(f"t{number:02}", f"Name {number:02}")
    headers = shown(site)
    async with site.browser() as browser:
        first = Page((await browser.get("/roster?q=name&state=initials", headers=headers)).text)
        (more,) = first.all("a", rel="next")
        second = Page((await browser.get(more.attributes["href"], headers=headers)).text)
        assert not second.all("a", rel="next")
        names = [f"Name {n:02}" for n in range(60)]
        assert [n for n in names if n in first.text or n in second.text] == names
        wrong = await browser.get("/roster?after=nonsense", headers=headers)
        assert wrong.status_code == 400
        part = await browser.get("/roster?q=name 07", headers=headers | {"Talentimg-Part": "found"})
        assert part.text.lstrip().startswith('<div class="part" data-told="1 found">')


async def test_under_a_root_path_every_address_begins_with_it(full: Site) -> None:
    transport = httpx.ASGITransport(app=make_site(full.app), root_path="/pics")
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        headers = shown(full)
        for path in ("/pics/roster", "/pics/talents/ada", "/pics/health", "/pics/runs", "/pics/settings"):
            got = await client.get(path, headers=headers)
            assert got.status_code == 200, path
            assert all(link.startswith("/pics/") for link in Page(got.text).links())
        home = await client.get("/pics/", headers=headers)
        assert home.headers["location"] == "/pics/roster"


async def test_a_picture_of_the_chain_is_for_those_who_may_see_the_page(full: Site) -> None:
    headers = shown(full)
    page = Page((await full.get("/talents/ada", headers=headers)).text)
    closed = next(link for link in page.links() if "/talents/ada/pictures/" in link)
    got = await full.get(closed, headers=headers)
    assert (got.status_code, got.headers["cache-control"]) == (200, "private, max-age=300")
    assert (await full.get(closed)).status_code == 401
    master = closed.rpartition("/")[0] + "/master"
    assert (await full.get(master, headers=headers)).status_code == 404
    others = closed.replace("/talents/ada/", f"/talents/{key_of('a/b.json?x=1')}/")
    assert (await full.get(others, headers=headers)).status_code == 404
    full.app.talent_rules.opt_out("ada", by="eve")
    assert (await full.get(closed, headers=headers)).status_code == 404


async def test_settings_are_for_those_who_may_do_everything_and_tell_no_secret(site: Site) -> None:
    site.settings["TALENTIMG_SERVE_JWT_SECRET"] = "hush-" * 12
    page = await site.get("/settings", headers=shown(site))
    twin = await site.get("/settings.json", headers=shown(site))
    assert "hush" not in page.text + twin.text
    assert "********" in page.text
    for path in ("/settings", "/settings.json"):
        assert (await site.get(path, headers=shown(site, Scope.OPERATE))).status_code == 403


async def test_an_empty_roster_says_how_to_begin(site: Site) -> None:
    page = Page((await site.get("/roster", headers=shown(site))).text)
    assert "Nobody is on the roster yet" in page.text
    assert "talentimg import roster.csv" in page.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "status"),
    [("/talents/nobody", 404), ("/talents/~FF", 404), ("/runs/nothing", 404), ("/nowhere", 404)],
)
async def test_what_is_not_there_is_a_page_for_people_and_json_for_programs(
    full: Site, path: str, status: int, method: str
) -> None:
    headers = shown(full)
    async with full.browser() as browser:
        page = await browser.request(method, path, headers=headers)
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        plain = await browser.request(method, path, headers=headers | {"Accept": "*/*"})
        assert (plain.status_code, plain.headers["content-type"]) == (status, "application/json")
