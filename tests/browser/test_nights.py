"""Health and Run in a real browser: what thirty nights left behind, and what one of them has to tell."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from talentimg.models import (
    Cooldown,
    Freshness,
    HistoryEntry,
    Outage,
    OutcomeKind,
    PlatformCount,
    Reason,
    Run,
    RunState,
    RunTalent,
    Selection,
    SlowTalent,
)
from talentimg.repository.interface import Change
from tests.conftest import NOW

if TYPE_CHECKING:
    from tests.browser.conftest import Visits
    from tests.web.conftest import Site

DAY: Final = timedelta(days=1)
LATEST: Final = "/runs/night-29"
PEOPLE: Final = {
    "ada": "Ada Lovelace",
    "nour": "نور الهاشمي",
    "maria": "María de los Ángeles Fernández-Villanueva y Ortiz de Zárate",
    "lukasz": "Łukasz Żółć",
    "kwame": "Kwame Mensah",
    "zoe": "Zoë Brandt 🌻",
}
LOW: Final = {14: 71, 15: 62, 16: 88}
"""How many of a hundred were fresh on unusual nights."""


def thirty_nights(site: Site) -> None:
    """Six people and thirty nights: Instagram answered nobody on two of them, and TikTok in the last."""
    for talent_id, name in PEOPLE.items():
        site.add(talent_id, name, ("instagram", talent_id), ("tiktok", talent_id))
    for number in range(30):
        site.app.repository.save_run(night(number))
    told = [
        RunTalent(
            "lukasz", OutcomeKind.FAILED, "instagram", "initials", Reason.NOT_FOUND, "There is no @lukasz."
        ),
        RunTalent(
            "kwame",
            OutcomeKind.RECONNECT,
            "instagram",
            "instagram",
            Reason.TOKEN,
            "Instagram refuses the token.",
        ),
        RunTalent("zoe", OutcomeKind.KEPT, "tiktok", "tiktok", Reason.THROTTLED, "TikTok wants a pause."),
        new_picture(site, "ada", 1, 2),
        new_picture(site, "nour", 3, 4),
        new_picture(site, "maria", None, 5),
    ]
    site.app.repository.note_talents("night-29", told)
    site.app.repository.save_cooldown(
        Cooldown("tiktok", NOW + timedelta(hours=1), Reason.THROTTLED, "TikTok wants a pause.")
    )


def night(number: int) -> Run:
    """One of them; the last is today's."""
    began = NOW - (29 - number) * DAY
    fresh = LOW.get(number, 96 + number % 3)
    instagram = PlatformCount(trouble=40) if number in {14, 15} else PlatformCount(found=40, calls=41)
    tiktok = PlatformCount(trouble=9, calls=1) if number == 29 else PlatformCount(found=8, absent=1, calls=9)
    outages = {
        14: (Outage("instagram", 40, began, Reason.TIMEOUT),),
        15: (Outage("instagram", 40, began - DAY, Reason.TIMEOUT),),
        29: (Outage("tiktok", 9, began, Reason.THROTTLED),),
    }
    return Run(
        f"night-{number:02}",
        began,
        "night-1",
        7,
        state=RunState.DONE,
        ended_at=began + timedelta(seconds=41),
        exit_code=3,
        outcomes={
            OutcomeKind.UNCHANGED: 86,
            OutcomeKind.UPDATED: 3,
            OutcomeKind.KEPT: 9,
            OutcomeKind.RECONNECT: 1,
            OutcomeKind.FAILED: 1,
        },
        platforms={"instagram": instagram, "tiktok": tiktok, "youtube": PlatformCount(found=4, calls=1)},
        slowest=(SlowTalent("lukasz", 9.8, "instagram"), SlowTalent("ada", 1.6, "instagram")),
        freshness=Freshness(fresh, 100 - fresh, began - 3 * DAY),
        outages=outages.get(number, ()),
        troubled=11,
        new_pictures=3,
    )


def new_picture(site: Site, talent_id: str, before: int | None, now: int) -> RunTalent:
    """Something else is shown for somebody, as the history tells too; None for initials."""
    source = "instagram" if before else "initials"
    old = site.shows(talent_id, before).content_hash if before else None
    new = site.shows(talent_id, now, "tiktok").content_hash
    step = HistoryEntry(talent_id, NOW, source, old, "tiktok", new, "updated", "sync")
    assert (
        site.app.repository.save([Change(talent_id, Selection("tiktok", new, None, NOW), history=step)], NOW)
        == []
    )
    return RunTalent(talent_id, OutcomeKind.UPDATED, "tiktok", source, None, None, new, old)


@pytest.fixture(autouse=True)
def nights(site: Site) -> None:
    thirty_nights(site)


@pytest.mark.network
def test_health_draws_thirty_nights_with_a_table_beside(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/health")
        fresh = page.locator("section.fresh")
        expect(fresh.locator(".figure")).to_have_text(re.compile(r"98\.0\s%"))
        expect(fresh.locator("svg g")).to_have_count(30)
        expect(fresh.locator("rect.low")).to_have_count(3)
        expect(fresh.get_by_role("img")).to_have_accessible_name(re.compile("lowest 62.0 % on 10 Nov"))
        expect(fresh).to_contain_text("Instagram answered nobody: up to 40 people")
        fresh.get_by_text("The same as a table").click()
        rows = fresh.get_by_role("table").locator("tbody tr")
        expect(rows).to_have_count(30)
        expect(rows.first).to_have_text(re.compile(r"24 Nov.*98\.0\s%.*98.*2", re.DOTALL))
        visitor.look()


@pytest.mark.network
def test_each_platform_has_a_card_with_its_nights_and_its_quota(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/health")
        cards = page.locator(".plat")
        expect(cards).to_have_count(3)
        tiktok = cards.filter(has_text="TikTok")
        expect(tiktok).to_contain_text("Rests until")
        expect(tiktok).to_contain_text("600 calls a minute")
        instagram = cards.filter(has_text="Instagram")
        expect(instagram.locator("rect.none")).to_have_count(2)
        expect(instagram).to_contain_text("93.3")
        youtube = cards.filter(has_text="YouTube")
        expect(youtube.get_by_role("progressbar")).to_have_accessible_name("YouTube: 0 of 10,000 calls today")


@pytest.mark.network
def test_a_run_tells_who_failed_and_why_and_what_is_broken_once(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go(LATEST)
        expect(page.get_by_role("heading", name="TikTok answered nobody")).to_be_visible()
        expect(page.locator(".outage")).to_contain_text("9 people in this run")
        rows = page.locator("table.people tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.nth(0)).to_contain_text("There is no @lukasz.")
        expect(rows.nth(0)).to_contain_text("See whether the handle is right.")
        expect(rows.nth(1)).to_contain_text("The account has to be connected again.")
        expect(page.get_by_text("1 person more because of a platform that answered nobody.")).to_be_visible()
        expect(page.get_by_text("8 more are not listed.")).to_be_visible()
        rows.nth(0).get_by_role("link", name="Łukasz Żółć").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Łukasz Żółć")


@pytest.mark.network
def test_a_run_shows_new_photos_as_before_and_now(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go(LATEST)
        swaps = page.locator(".swaps li")
        expect(swaps).to_have_count(3)
        for alt, number in (("Before", 2), ("Now", 3)):
            pictures = swaps.get_by_alt_text(alt)
            expect(pictures).to_have_count(number)
            for picture in pictures.all():
                picture.scroll_into_view_if_needed()
                expect(picture).to_have_js_property("naturalWidth", 96)
        expect(page.get_by_label("Initials before")).to_be_visible()
        expect(page.get_by_role("heading", name="3 new photos")).to_be_visible()


@pytest.mark.network
def test_whoever_was_forgotten_is_not_told_of(visits: Visits, site: Site) -> None:
    site.app.repository.erase("lukasz", NOW, forgotten_by="eve")
    with visits() as visitor:
        page = visitor.go(LATEST)
        expect(page.locator("table.people tbody tr")).to_have_count(1)
        assert "lukasz" not in page.content().lower()


@pytest.mark.network
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [2560, 390, 320])
def test_both_are_well_on_every_screen(visits: Visits, width: int, look: str) -> None:
    with visits(width=width, color_scheme=look) as visitor:
        for path in ("/health", LATEST):
            visitor.go(path)


@pytest.mark.network
def test_both_are_read_in_german_and_without_a_script(visits: Visits) -> None:
    with visits(java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto(visitor.address + "/health")
        page.get_by_role("button", name="Deutsch").click()
        expect(page.get_by_role("heading", name="Frische Fotos")).to_be_visible()
        page.goto(visitor.address + LATEST)
        expect(page.get_by_role("heading", name="Störungen, und was zu tun ist")).to_be_visible()
        expect(page.get_by_role("heading", name="3 neue Fotos")).to_be_visible()
