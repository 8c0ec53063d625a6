"""The admin page in a real browser: what people do there, and that nothing is wrong on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

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
)
from talentimg.repository.interface import Change, NewAccount, NewTalent
from tests.conftest import NOW

if TYPE_CHECKING:
    from tests.browser.conftest import Visits
    from tests.web.conftest import Site

ARABIC = "نور الهاشمي"
PAGES = ("/roster", "/talents/ada", "/talents/nour", "/health", "/runs", "/runs/r1", "/settings")


@pytest.fixture(autouse=True)
def people(site: Site) -> None:
    """Three people: one who needs somebody, one with a picture, one with initials."""
    site.add("ada", "Ada Lovelace", ("instagram", "ada"), ("bluesky", "ada.example"))
    site.add("nour", ARABIC, ("tiktok", "nour"))
    site.add("lukasz", "Łukasz Żółć", ("gravatar", "lukasz@example.org"))
    picture = site.shows("ada", 1)
    site.shows("nour", 2, "tiktok")
    asked = Review("ada", "bluesky", "5" * 64, picture.content_hash, ReviewState.WAITING, NOW)
    silent = Candidate("lukasz", "gravatar", State.TROUBLE, detail="Gravatar wants a pause.", checked_at=NOW)
    shown = Selection("instagram", picture.content_hash, "https://x.example/1", NOW)
    changes = [
        Change("ada", shown, reviews=(asked,)),
        Change("lukasz", Selection(synced_at=NOW), candidates=(silent,)),
    ]
    assert site.app.repository.save(changes, NOW) == []
    site.app.talent_rules.lock("nour", by="Maria", why="press photo")
    site.app.repository.save_run(
        Run(
            "r1",
            NOW,
            "machine",
            7,
            state=RunState.DONE,
            ended_at=NOW,
            exit_code=3,
            outcomes={OutcomeKind.UPDATED: 2, OutcomeKind.FAILED: 1},
            platforms={"tiktok": PlatformCount(found=3, trouble=2, calls=6)},
            slowest=(SlowTalent("ada", 2.5, "instagram"),),
        )
    )


@pytest.mark.network
def test_somebody_signs_in_with_a_token_and_out_again(visits: Visits, site: Site) -> None:
    token = site.token(Scope.READ, "ann")
    with visits(signed_in=False, expected=(401,)) as visitor:
        page = visitor.go("/talents/ada")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        visitor.look()
        expect(page.get_by_role("alert")).to_contain_text("not a token of this server")
        page.get_by_label("Token").fill(token)
        page.get_by_label("Token").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
        page.get_by_role("button", name="Sign out").click()
        visitor.look()
        expect(page.get_by_text("You are signed out")).to_be_visible()


@pytest.mark.network
def test_a_session_that_has_ended_says_so_and_comes_back(visits: Visits, site: Site) -> None:
    token = site.token(Scope.READ, "ann")
    with visits(expected=(401,)) as visitor:
        page = visitor.go("/roster")
        visitor.context.clear_cookies()
        visitor.context.add_cookies(
            [{"name": "talentimg_session", "value": "timg_revoked", "url": visitor.address}]
        )
        page.get_by_role("searchbox").fill("nour")
        expect(page.get_by_text("Your session has ended.")).to_be_visible()
        visitor.look()
        page.get_by_label("Token").fill(token)
        page.get_by_label("Token").press("Enter")
        expect(page.get_by_role("link", name=ARABIC)).to_be_visible()
        expect(page.get_by_role("searchbox")).to_have_value("nour")


@pytest.mark.network
def test_a_search_finds_as_one_types_and_stands_in_the_address(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/roster")
        expect(page.locator(".roster tbody tr")).to_have_count(3)
        page.keyboard.press("/")
        page.keyboard.type("lukasz zolc")
        expect(page.locator(".roster tbody tr")).to_have_count(1)
        expect(page).to_have_url(re.compile(r"/roster\?q=lukasz\+zolc$"))
        expect(page.get_by_role("status").first).to_have_text("1 found")
        visitor.look()
        page.reload()
        expect(page.get_by_role("searchbox")).to_have_value("lukasz zolc")
        page.get_by_role("searchbox").fill("nobody at all")
        expect(page.get_by_role("heading", name="Nobody is found")).to_be_visible()
        visitor.look()


@pytest.mark.network
def test_facets_narrow_the_list_and_count_what_one_would_see(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/roster")
        needing = page.get_by_role("navigation", name="Show only").get_by_role("link", name="Needs you")
        expect(needing).to_have_text(re.compile("1"))
        needing.click()
        expect(page.locator(".roster tbody tr")).to_have_count(1)
        expect(needing).to_have_attribute("aria-current", "true")
        page.get_by_text("Platform", exact=True).click()
        visitor.look()
        page.get_by_role("link", name="Bluesky").click()
        expect(page).to_have_url(re.compile("state=needs_you&platform=bluesky"))
        expect(page.locator(".roster tbody tr")).to_have_count(1)


@pytest.mark.network
def test_a_row_leads_to_the_talent_wherever_it_is_pressed(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/roster")
        row = page.locator(".roster tbody tr", has_text=ARABIC)
        box = row.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
        expect(page.get_by_role("heading", level=1)).to_have_text(ARABIC)
        visitor.look()
        expect(page.get_by_text("press photo").first).to_be_visible()
        page.get_by_role("link", name="Next who needs you").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
        expect(page.get_by_role("heading", name="Waits for you")).to_be_visible()


@pytest.mark.network
def test_nothing_moves_while_a_header_loads(visits: Visits) -> None:
    with visits() as visitor:
        visitor.page.add_init_script(
            """window.shifts = 0;
            new PerformanceObserver((list) => {
              for (const one of list.getEntries()) window.shifts += one.value;
            }).observe({ type: "layout-shift", buffered: true });"""
        )
        for path in ("/roster", "/talents/ada"):
            page = visitor.go(path)
            face = page.locator(".face").first
            assert face.evaluate("image => image.complete && image.naturalWidth > 0")
            assert page.evaluate("window.shifts") == 0


@pytest.mark.network
def test_a_right_to_left_name_stays_where_names_stand(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/talents/nour")
        heading = page.get_by_role("heading", level=1).locator("bdi").bounding_box()
        picture = page.locator(".ring").bounding_box()
        assert heading is not None
        assert picture is not None
        assert 0 < heading["x"] - (picture["x"] + picture["width"]) < 40


@pytest.mark.network
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [2560, 390, 320])
def test_every_page_is_well_on_every_screen(visits: Visits, width: int, look: str) -> None:
    with visits(width=width, color_scheme=look) as visitor:
        for path in PAGES:
            visitor.go(path)


@pytest.mark.network
def test_text_of_twice_the_size_fits(visits: Visits) -> None:
    with visits(width=1280) as visitor:
        for path in PAGES:
            visitor.page.goto(visitor.address + path)
            visitor.page.evaluate("document.documentElement.style.fontSize = '30px'")
            visitor.look()


@pytest.mark.network
def test_a_look_is_chosen_against_the_system(visits: Visits) -> None:
    with visits(color_scheme="light") as visitor:
        page = visitor.go("/roster")
        paper = "getComputedStyle(document.documentElement).backgroundColor"
        before = page.evaluate(paper)
        page.get_by_role("button", name="Dark").click()
        visitor.look()
        assert page.evaluate(paper) != before
        page.get_by_role("button", name="Deutsch").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Liste")
        visitor.look()


@pytest.mark.network
def test_everything_is_read_without_a_script(visits: Visits) -> None:
    with visits(java_script_enabled=False) as visitor:
        page = visitor.page
        for path in PAGES:
            page.goto(visitor.address + path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.goto(visitor.address + "/roster")
        page.get_by_role("searchbox").fill("ada")
        page.get_by_role("button", name="Search").click()
        expect(page.locator(".roster tbody tr")).to_have_count(1)
        page.get_by_text("Platform", exact=True).click()
        page.get_by_role("link", name="Bluesky").click()
        expect(page.locator(".roster tbody tr")).to_have_count(1)
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-look", "dark")
        page.goto(visitor.address + "/runs")
        expect(page.locator("time").first).to_have_text("24 Nov, 02:00 UTC")


@pytest.mark.network
def test_times_are_those_of_the_viewer(visits: Visits) -> None:
    with visits(timezone_id="Asia/Tokyo") as visitor:
        page = visitor.go("/runs")
        time = page.locator("table.runs time").first
        expect(time).to_have_text(re.compile("24 Nov.*11:00"))
        expect(time).to_have_attribute("title", "2026-11-24 02:00:00 UTC")


@pytest.mark.network
def test_it_works_by_keyboard_alone(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/roster")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#main$"))
        expect(page.locator("#main")).to_be_focused()
        for name in ("Import and export", "Add someone", "Sync images"):
            page.keyboard.press("Tab")
            expect(page.locator(":focus")).to_have_accessible_name(name)
        page.keyboard.press("Tab")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.get_by_text("Shown from", exact=True).first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="TikTok")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="TikTok")).to_be_hidden()
        page.get_by_role("link", name="Ada Lovelace").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/talents/ada$"))


@pytest.mark.network
def test_ten_thousand_people_are_shown_a_page_at_a_time(visits: Visits, site: Site) -> None:
    accounts = (NewAccount("bluesky", "many.example"),)
    many = [NewTalent(f"p{n:05}", f"Person {n:05}", accounts=accounts) for n in range(10_000)]
    site.app.repository.add(many, NOW)
    with visits() as visitor:
        page = visitor.go("/roster")
        rows = page.locator(".roster tbody tr")
        expect(rows).to_have_count(50)
        for times in (2, 3):
            page.get_by_role("link", name="Show more").click()
            expect(rows).to_have_count(50 * times)
        page.get_by_role("searchbox").fill("person 09999")
        expect(rows).to_have_count(1)
        expect(page.get_by_role("link", name="Person 09999")).to_be_visible()
        visitor.look()
