"""Five tasks as a stranger does them, in as many clicks as the documentation says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from talentimg.models import (
    Candidate,
    OutcomeKind,
    Reason,
    Run,
    RunState,
    RunTalent,
    Selection,
    State,
)
from talentimg.repository.interface import Change
from tests.browser.test_doing import photo_file, shown_of, toast
from tests.conftest import NOW
from tests.web.conftest import play

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Visits
    from tests.web.conftest import Site

pytestmark = pytest.mark.network
HOW_TO: Final = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-admin-page.md"
LINK: Final = "https://agency.example/connect?talent=cleo&platform=tiktok"
REFUSED: Final = "TikTok refuses the token."


@dataclass
class Stranger:
    """Somebody who sees the page for the first time, and clicks."""

    page: Page
    clicks: int = 0

    def click(self, what: Locator) -> None:
        """One more."""
        self.clicks += 1
        what.click()

    def choose(self, what: Locator) -> None:
        """A file, which is a click that opens the dialog of the system."""
        self.clicks += 1
        what.set_input_files(files=[photo_file()])

    def needed(self) -> int:
        """How many it took; from here on they are counted anew."""
        taken, self.clicks = self.clicks, 0
        return taken


@pytest.fixture(autouse=True)
def _last_night(site: Site) -> None:
    """Ada has a picture, Bob no account, and Cleo's token was refused in the last night."""
    site.settings["TALENTIMG_CONNECT_URL"] = (
        "https://agency.example/connect?talent={talent}&platform={platform}"
    )
    play(site)
    site.shows("ada", 3)
    site.add("cleo", "Cleo", ("tiktok", "cleo"))
    refused = Candidate("cleo", "tiktok", State.TROUBLE, Reason.TOKEN, REFUSED, checked_at=NOW)
    change = Change("cleo", Selection(synced_at=NOW), candidates=(refused,))
    assert site.app.repository.save([change], NOW) == []
    run = Run("night", NOW, "here", 7, state=RunState.DONE, ended_at=NOW, exit_code=3)
    outcomes = {OutcomeKind.UNCHANGED: 1, OutcomeKind.RECONNECT: 1}
    site.app.repository.save_run(replace(run, outcomes=outcomes, troubled=1))
    told = RunTalent("cleo", OutcomeKind.RECONNECT, "tiktok", "initials", Reason.TOKEN, REFUSED)
    site.app.repository.note_talents("night", [told])


def told() -> list[int]:
    """The clicks that the documentation tells, task by task."""
    table = HOW_TO.read_text("utf-8").partition("## What a stranger needs")[2].partition("\n## ")[0]
    return [int(number) for number in re.findall(r"^\| .+ \| (\d+) \|$", table, re.MULTILINE)]


def test_five_tasks_take_as_many_clicks_as_is_told(visits: Visits, site: Site) -> None:
    with visits(permissions=["clipboard-read", "clipboard-write"]) as visitor:
        page = visitor.go("/roster")
        stranger = Stranger(page)
        found = [
            who_has_no_picture(stranger),
            gives_one(stranger, site),
            undoes_it(stranger, site),
            why_last_night_was_not_green(stranger),
            has_an_account_reconnected(stranger),
        ]
        visitor.look()
        assert found == told()


def who_has_no_picture(stranger: Stranger) -> int:
    page = stranger.page
    stranger.click(page.get_by_text("Shown from", exact=True).first)
    stranger.click(page.get_by_role("link", name="Initials").last)
    rows = page.locator(".roster tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Bob")).to_contain_text("There is no account to look at.")
    expect(rows.filter(has_text="Cleo")).to_contain_text("refuses the token")
    return stranger.needed()


def gives_one(stranger: Stranger, site: Site) -> int:
    page = stranger.page
    stranger.click(page.get_by_role("link", name="Bob"))
    stranger.click(page.locator("#more summary"))
    stranger.click(page.get_by_role("link", name="Upload a photo…"))
    stranger.choose(page.locator("dialog input[type=file]"))
    stranger.click(page.get_by_role("button", name="Use this photo"))
    toast(page, "Your photo is shown")
    assert shown_of(site, "bob")
    return stranger.needed()


def undoes_it(stranger: Stranger, site: Site) -> int:
    stranger.click(stranger.page.locator("#toast").get_by_role("button", name="Undo"))
    toast(stranger.page, "Undone.")
    assert shown_of(site, "bob") is None
    return stranger.needed()


def why_last_night_was_not_green(stranger: Stranger) -> int:
    page = stranger.page
    stranger.click(page.get_by_role("link", name=re.compile("Last run")))
    row = page.locator("table.people tbody tr")
    expect(row).to_contain_text("Cleo")
    expect(row).to_contain_text(REFUSED)
    expect(row).to_contain_text("The account has to be connected again.")
    return stranger.needed()


def has_an_account_reconnected(stranger: Stranger) -> int:
    page = stranger.page
    stranger.click(page.get_by_role("link", name="Cleo"))
    expect(page.get_by_text("They have to connect it again.")).to_be_visible()
    copy = page.locator("details.copy summary")
    expect(copy).to_have_text(re.compile("Copy link for Cleo, TikTok"))
    stranger.click(copy)
    expect(copy).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == LINK
    return stranger.needed()


def test_the_link_to_send_is_there_without_a_script(visits: Visits) -> None:
    with visits(java_script_enabled=False) as visitor:
        for path in ("/talents/cleo", "/health"):
            visitor.page.goto(visitor.address + path)
            visitor.page.locator("details.copy summary").click()
            expect(visitor.page.get_by_label("Link for Cleo, TikTok")).to_have_value(LINK)


def test_who_has_to_connect_again_is_told_on_a_small_screen(visits: Visits) -> None:
    with visits(width=320, color_scheme="dark") as visitor:
        for path in ("/talents/cleo", "/health"):
            page = visitor.go(path)
            page.evaluate("document.querySelector('details.copy').open = true")
            visitor.look()
