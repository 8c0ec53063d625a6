"""What people do on the admin page: runs that are watched, files, a session that ends, no script at all."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload, expect

from talentimg.models import OutcomeKind, Run, RunState
from tests.browser.test_doing import photo_file, shown_of, toast, undo, waits
from tests.conftest import NOW
from tests.web.conftest import play

if TYPE_CHECKING:
    from tests.browser.conftest import Visits
    from tests.service.world import World
    from tests.web.conftest import Site

pytestmark = pytest.mark.network
WRONG = b"id,name,instagram\nada,Ada Byron,instagram.com/\n,Nobody,x\n"
MENDED = b"id,name,tiktok\nada,Ada Byron,\ncleo,Cleo Nile,cleo\n"


@pytest.fixture(autouse=True)
def world(site: Site) -> World:
    """Ada with accounts and a picture, Bob without any, on platforms that are played."""
    site.settings["TALENTIMG_SYNC_REVIEW"] = "all"
    made = play(site)
    site.shows("ada", 3)
    return made


def roster(body: bytes) -> FilePayload:
    """A file that somebody chooses."""
    return FilePayload(name="people.csv", mimeType="text/csv", buffer=body)


def running(site: Site, looked_at: int) -> Run:
    """A run of another process, so far."""
    run = Run(
        "20261124-015900-beef",
        NOW,
        "elsewhere",
        7,
        by="cron",
        total=40,
        outcomes={OutcomeKind.UNCHANGED: looked_at},
        written_at=NOW,
        revision=looked_at,
    )
    site.app.repository.save_run(run)
    return run


def test_a_run_of_another_process_is_seen_watched_and_stopped(visits: Visits, site: Site) -> None:
    with visits() as visitor:
        page = visitor.page
        page.goto(visitor.address + "/roster")
        run = running(site, 3)
        expect(page.get_by_text("Syncing images")).to_be_visible()
        expect(page.locator("#live")).to_contain_text("3 of 40 looked at")
        expect(page.locator("#live")).to_contain_text("begun by cron")
        running(site, 17)
        expect(page.locator("#live")).to_contain_text("17 of 40 looked at")
        page.get_by_role("button", name="Stop gently").click()
        toast(page, "Stopping")
        expect(page.locator("#live")).to_contain_text("Stopping")
        site.app.repository.save_run(
            replace(run, state=RunState.STOPPED, ended_at=NOW, exit_code=0, revision=18)
        )
        expect(page.get_by_text("Syncing images")).to_have_count(0)


def test_images_are_synced_from_the_page(visits: Visits, site: Site) -> None:
    before = shown_of(site)
    with visits() as visitor:
        page = visitor.page
        page.goto(visitor.address + "/roster")
        site.app.now = lambda: NOW
        page.get_by_role("button", name="Sync images").click()
        toast(page, "The run has begun")
        expect(page.get_by_role("button", name="Sync images")).to_be_visible()
        assert site.app.runs.latest(limit=1)[0].by == "eve"
    assert before is not None


def test_a_file_is_looked_at_with_every_wrong_line_then_imported_and_undone(
    visits: Visits, site: Site
) -> None:
    with visits() as visitor:
        page = visitor.go("/roster/import")
        page.get_by_label("File").set_input_files(files=[roster(WRONG)])
        page.get_by_role("button", name="See what would change").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("This file cannot be imported yet")
        expect(page.locator("table.faults")).to_contain_text("line 2")
        expect(page.locator("table.faults")).to_contain_text("line 3")
        visitor.look()
        page.get_by_label("The mended file").set_input_files(files=[roster(MENDED)])
        page.get_by_role("button", name="See what would change").click()
        expect(page.locator("#new")).to_contain_text("Cleo Nile")
        expect(page.locator("#changed")).to_contain_text("Ada Byron")
        expect(page.locator("#gone")).to_contain_text("Not in the file")
        visitor.look()
        assert site.app.repository.load_many(["cleo"]) == []
        page.get_by_role("button", name="Import 2 people").click()
        toast(page, "Imported: 1 added, 1 updated")
        assert site.app.repository.load("ada").talent.name == "Ada Byron"
        visitor.look()
        undo(page)
        toast(page, "The import is taken back")
        assert site.app.repository.load("ada").talent.name == "Ada Lovelace"
        assert site.app.repository.load_many(["cleo"]) == []


def test_a_session_that_has_ended_loses_nothing_that_was_typed(visits: Visits, site: Site) -> None:
    token = site.token(name="ann")
    with visits(expected=(401,)) as visitor:
        page = visitor.go("/talents/bob")
        visitor.context.clear_cookies()
        page.get_by_label("Platform").select_option("instagram")
        page.get_by_label("Handle or address").fill("bobby")
        page.get_by_role("button", name="Connect", exact=True).click()
        page.get_by_label("Token").fill(token)
        page.get_by_label("Token").press("Enter")
        expect(page.get_by_text("bobby")).to_be_visible()
        visitor.look()
        page.get_by_role("button", name="Send it now").click()
        toast(page, "Instagram is connected: bobby")
        assert site.app.repository.load("bob").talent.accounts[0].handle == "bobby"


def test_a_photo_that_was_chosen_is_kept_when_a_session_ends(visits: Visits) -> None:
    with visits(expected=(401,)) as visitor:
        page = visitor.go("/talents/bob")
        page.locator("#more summary").click()
        page.get_by_role("link", name="Upload a photo…").click()
        page.locator("dialog input[type=file]").set_input_files(files=[photo_file()])
        visitor.context.clear_cookies()
        page.get_by_role("button", name="Use this photo").click()
        toast(page, "Your session has ended")
        expect(page.locator("dialog [data-file]")).to_have_text("press.jpg")


def test_without_a_script_it_is_said_that_a_file_is_to_be_chosen_again(visits: Visits, site: Site) -> None:
    token = site.token(name="ann")
    with visits(expected=(401,), java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto(visitor.address + "/talents/bob/upload")
        page.locator("input[type=file]").set_input_files(files=[photo_file()])
        visitor.context.clear_cookies()
        page.get_by_role("button", name="Use this photo").click()
        expect(page.get_by_text("choose the file once more")).to_be_visible()
        page.get_by_label("Token").fill(token)
        page.get_by_label("Token").press("Enter")
        expect(page).to_have_url(re.compile("/talents/bob/upload$"))


def test_everything_is_done_without_a_script(visits: Visits, site: Site, world: World) -> None:
    waits(site, "ada", 11)
    world.offers("tiktok", "bob", 7)
    with visits(java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto(visitor.address + "/review")
        page.get_by_role("button", name="Approve").click()
        toast(page, "Approved: it is shown now")
        undo(page)
        toast(page, "Undone.")
        page.goto(visitor.address + "/talents/bob")
        page.get_by_label("Handle or address").fill("https://www.tiktok.com/@bob")
        page.get_by_role("button", name="Connect", exact=True).click()
        toast(page, "TikTok is connected, and its photo is shown")
        page.locator("#more summary").click()
        page.get_by_role("link", name="Upload a photo…").click()
        page.locator("input[type=file]").set_input_files(files=[photo_file()])
        page.get_by_role("button", name="Use this photo").click()
        toast(page, "Your photo is shown")
        page.locator("#more summary").click()
        page.get_by_role("button", name="Refresh Photo").click()
        expect(page.locator("#toast")).to_be_visible()
        page.get_by_label("Handle or address").fill("nobody at all")
        page.get_by_label("Platform").select_option("instagram")
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.locator("#toast[data-failed]")).to_be_visible()
        expect(page.get_by_label("Handle or address")).to_have_value("nobody at all")
        expect(page.get_by_label("Platform")).to_have_value("instagram")
        page.get_by_role("button", name="Keep this photo").click()
        toast(page, "This photo is kept")
        page.goto(visitor.address + "/roster")
        page.get_by_label("Choose Bob").check()
        page.get_by_role("button", name="Release photos").click()
        toast(page, "1 photo is released")
        page.get_by_role("link", name="Bob").click()
        page.reload()
        expect(page.locator("#toast")).to_be_hidden()
        expect(page).to_have_url(re.compile("/talents/bob$"))


@pytest.mark.parametrize(("width", "look"), [(1280, "dark"), (390, "dark"), (320, "light")])
def test_every_page_of_doing_is_well_on_every_screen(
    visits: Visits, site: Site, width: int, look: str
) -> None:
    waits(site, "ada", 11)
    with visits(width=width, color_scheme=look) as visitor:
        for path in (
            "/review",
            "/reviews",
            "/roster/add",
            "/roster/import",
            "/talents/ada/upload",
            "/talents/ada/forget",
        ):
            visitor.go(path)
