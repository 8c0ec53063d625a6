"""What people do on the admin page, in a real browser: by mouse, by keyboard, and without a script."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from talentimg.models import Candidate, Review, ReviewState, Scope, Selection, State
from talentimg.repository.interface import Change
from tests.conftest import NOW
from tests.service.world import picture_bytes
from tests.web.conftest import play

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from talentimg.models import Picture
    from tests.browser.conftest import Visits
    from tests.browser.visitor import Visitor
    from tests.service.world import World
    from tests.web.conftest import Site

pytestmark = pytest.mark.network
SHIFTS = """window.shifts = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    for (const source of one.sources ?? [])
      if (source.node?.parentElement?.closest(".person, .top")) window.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });"""
"""How much moves in a header, whatever is done."""


@pytest.fixture(autouse=True)
def world(site: Site) -> World:
    """Ada with accounts and a picture, Bob without any, on platforms that are played."""
    site.settings["TALENTIMG_SYNC_REVIEW"] = "all"
    made = play(site)
    site.shows("ada", 3)
    return made


def waits(site: Site, talent_id: str, seed: int) -> Picture:
    """A new picture of somebody who has one waits for review."""
    shown = site.app.repository.load(talent_id).selection
    new = site.shows(talent_id, seed)
    review = Review(talent_id, "instagram", new.source_hash, new.content_hash, ReviewState.WAITING, NOW)
    kept = Candidate(
        talent_id,
        "instagram",
        State.FOUND,
        content_hash=new.content_hash,
        source_hash=new.source_hash,
        checked_at=NOW,
    )
    back = Selection(shown.source, shown.content_hash, shown.url, NOW)
    changes = [Change(talent_id, back, reviews=(review,), candidates=(kept,))]
    assert site.app.repository.save(changes, NOW) == []
    return new


def menu(page: Page, what: str) -> None:
    """Press something in the menu of a talent."""
    page.locator("#more summary").click()
    page.get_by_role("button", name=what).or_(page.get_by_role("link", name=what)).click()


def toast(page: Page, text: str) -> None:
    """It is said."""
    expect(page.locator("#toast")).to_contain_text(text)


def undo(page: Page) -> None:
    """Undo what was said last."""
    page.locator("#toast").get_by_role("button", name="Undo").click()


def shown_of(site: Site, talent_id: str = "ada") -> str | None:
    """The hash of the picture that is shown."""
    return site.app.repository.load(talent_id).selection.content_hash


def in_place(visitor: Visitor) -> None:
    """No page was loaded since it was marked, and no header moved."""
    assert visitor.page.evaluate("window.marked === true")
    assert visitor.page.evaluate("window.shifts") == 0


def marked(visitor: Visitor, path: str) -> Page:
    """A page that is marked, so that one sees whether another was loaded."""
    visitor.page.add_init_script(SHIFTS)
    page = visitor.go(path)
    page.evaluate("window.marked = true")
    return page


def test_a_photo_is_refreshed_in_place_and_that_is_undone(visits: Visits, site: Site) -> None:
    before = shown_of(site)
    with visits() as visitor:
        page = marked(visitor, "/talents/ada")
        first = page.locator(".ring img").get_attribute("src")
        menu(page, "Refresh Photo")
        toast(page, "Profile photo updated from instagram")
        expect(page.locator(".ring img")).not_to_have_attribute("src", first or "")
        expect(page.locator("#more summary")).to_be_focused()
        assert shown_of(site) != before
        visitor.look()
        undo(page)
        toast(page, "Undone.")
        expect(page.locator(".ring img")).to_have_attribute("src", first or "")
        assert shown_of(site) == before
        in_place(visitor)
        visitor.look()


def test_while_a_photo_is_refreshed_it_is_said_and_cannot_be_asked_twice(visits: Visits, site: Site) -> None:
    with visits() as visitor:
        page = visitor.go("/talents/ada")
        held: list[Route] = []
        page.route("**/refresh", lambda route: held.append(route))  # noqa: PLW0108  Playwright marks it
        page.locator("#more summary").click()
        page.get_by_role("button", name="Refresh Photo").click()
        expect(page.locator(".ring[data-busy]")).to_be_attached()
        expect(page.locator("form[data-spin] button")).to_be_disabled()
        held.pop().continue_()
        toast(page, "Profile photo updated")
        expect(page.locator(".ring[data-busy]")).to_have_count(0)
        assert len(site.app.repository.history("ada", limit=9)) == 1


def test_a_photo_that_cannot_be_had_is_told_why(visits: Visits, world: World) -> None:
    world.fails("instagram", "ada")
    with visits() as visitor:
        page = marked(visitor, "/talents/ada")
        menu(page, "Refresh Photo")
        toast(page, "Instagram did not answer.")
        in_place(visitor)
        visitor.look()


def test_an_account_is_connected_by_its_address_and_disconnected_down_to_initials(
    visits: Visits, site: Site, world: World
) -> None:
    world.offers("tiktok", "bob", 7)
    with visits() as visitor:
        page = marked(visitor, "/talents/bob")
        page.get_by_label("Handle or address").fill("https://www.tiktok.com/@bob?lang=en")
        page.get_by_role("button", name="Connect", exact=True).click()
        toast(page, "TikTok is connected, and its photo is shown")
        visitor.look()
        assert shown_of(site, "bob")
        page.get_by_role("button", name="Disconnect TikTok").click()
        toast(page, "TikTok is disconnected: initials are shown")
        expect(page.get_by_text("No account is connected.")).to_be_visible()
        assert shown_of(site, "bob") is None
        undo(page)
        toast(page, "TikTok is connected")
        in_place(visitor)
        visitor.look()


def test_what_is_typed_wrong_stays_and_is_told(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/talents/bob")
        page.get_by_label("Handle or address").fill("https://nowhere.example/ /")
        page.get_by_label("Platform").select_option("tiktok")
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.locator("#toast[data-failed]")).to_be_visible()
        expect(page.get_by_label("Handle or address")).to_have_value("https://nowhere.example/ /")
        visitor.look()


def photo() -> bytes:
    """Red at the left, blue at the right."""
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(picture_bytes(40))).resize((800, 400))
    image.paste((200, 30, 30), (0, 100, 380, 400))
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def photo_file() -> FilePayload:
    """The same as a file that somebody chooses."""
    return FilePayload(name="press.jpg", mimeType="image/jpeg", buffer=photo())


def test_a_photo_is_uploaded_with_a_square_that_was_moved(visits: Visits, site: Site) -> None:
    with visits() as visitor:
        page = marked(visitor, "/talents/bob")
        menu(page, "Upload a photo…")
        page.locator("dialog input[type=file]").set_input_files(files=[photo_file()])
        expect(page.locator("dialog [data-size]")).to_have_text(re.compile("^800 .+ 400$"))
        visitor.look()
        stage = page.locator(".stage").bounding_box()
        assert stage is not None
        page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2)
        page.mouse.down()
        page.mouse.move(stage["x"] - 200, stage["y"] + stage["height"] / 2, steps=4)
        page.mouse.up()
        expect(page.locator("dialog [name=crop]")).to_have_value("0,0,400")
        page.get_by_role("button", name="Use this photo").click()
        toast(page, "Your photo is shown")
        assert site.app.repository.audit("bob")[0].about["square"] == "0,0,400"
        undo(page)
        toast(page, "Undone.")
        assert shown_of(site, "bob") is None
        in_place(visitor)
        visitor.look()


def test_a_photo_is_dropped_or_pasted_onto_the_page(visits: Visits) -> None:
    with visits() as visitor:
        page = visitor.go("/talents/bob")
        for kind in ("drop", "paste"):
            page.evaluate(
                """async ([kind, bytes]) => {
                  const given = new DataTransfer();
                  given.items.add(new File([new Uint8Array(bytes)], `${kind}.jpg`, { type: "image/jpeg" }));
                  document.body.dispatchEvent(kind === "drop"
                    ? new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true })
                    : new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true }));
                }""",
                [kind, list(photo())],
            )
            expect(page.locator("dialog [data-file]")).to_have_text(f"{kind}.jpg")
            expect(page.locator("dialog .crop")).to_be_visible()


def test_a_photo_is_kept_until_a_day_and_released(visits: Visits, site: Site) -> None:
    with visits() as visitor:
        page = marked(visitor, "/talents/ada")
        page.locator("form.keep").get_by_label("Until").fill("2027-01-31")
        page.locator("form.keep").get_by_label("Why").fill("press photo")
        page.locator("form.keep").get_by_role("button", name="Keep this photo").click()
        toast(page, "This photo is kept")
        lock = site.app.repository.load("ada").policy.lock
        assert lock is not None
        assert (lock.by, lock.why, f"{lock.until:%Y-%m-%d}") == ("eve", "press photo", "2027-01-31")
        visitor.look()
        page.get_by_role("button", name="Release it").click()
        toast(page, "follows the sources again")
        undo(page)
        toast(page, "Undone.")
        again = site.app.repository.load("ada").policy.lock
        assert again is not None
        assert (again.why, again.until) == (lock.why, lock.until)
        in_place(visitor)


def test_an_earlier_photo_and_one_of_another_source_are_shown_again(
    visits: Visits, site: Site, world: World
) -> None:
    first = shown_of(site)
    world.offers("tiktok", "ada", 9)
    with visits() as visitor:
        page = marked(visitor, "/talents/ada")
        menu(page, "Refresh Photo")
        toast(page, "Profile photo updated")
        second = shown_of(site)
        page.get_by_role("button", name=re.compile("Show again")).first.click()
        toast(page, "The earlier photo is shown again")
        assert shown_of(site) == first
        visitor.look()
        undo(page)
        toast(page, "Undone.")
        assert shown_of(site) == second
        assert site.app.repository.load("ada").policy.lock is None
        in_place(visitor)


def test_somebody_is_forgotten_with_the_proof(visits: Visits, site: Site) -> None:
    with visits() as visitor:
        page = visitor.go("/talents/ada")
        menu(page, "Forget this person…")
        visitor.look()
        page.get_by_label("Type the id").fill("bob")
        page.get_by_role("button", name="Forget for good").click()
        toast(page, "This is another id")
        page.get_by_label("Type the id").fill("ada")
        page.get_by_role("button", name="Forget for good").click()
        expect(page.get_by_role("heading", name="Forgotten", exact=True)).to_be_visible()
        visitor.look()
        assert site.app.repository.load_many(["ada"]) == []


def test_reviews_are_decided_by_keyboard_and_taken_back(visits: Visits, site: Site) -> None:
    site.add("cleo", "Cleo", ("instagram", "cleo"))
    site.shows("cleo", 5)
    old, new = shown_of(site), waits(site, "ada", 11)
    waits(site, "cleo", 12)
    with visits() as visitor:
        page = marked(visitor, "/review")
        expect(page.get_by_role("heading", level=2)).to_have_text("Ada Lovelace")
        page.keyboard.press("j")
        expect(page.get_by_role("heading", level=2)).to_have_text("Cleo")
        page.keyboard.press("k")
        expect(page.get_by_role("heading", level=2)).to_have_text("Ada Lovelace")
        page.keyboard.press("a")
        toast(page, "Approved: it is shown now")
        assert shown_of(site) == new.content_hash
        expect(page.get_by_role("heading", level=2)).to_have_text("Cleo")
        visitor.look()
        page.keyboard.press("z")
        toast(page, "Undone.")
        expect(page.get_by_role("heading", level=2)).to_have_text("Ada Lovelace")
        assert shown_of(site) == old
        page.keyboard.press("r")
        toast(page, "The old photo stays")
        expect(page.get_by_role("heading", level=2)).to_have_text("Cleo")
        page.get_by_label(re.compile("Use the keys")).uncheck()
        page.keyboard.press("a")
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
        in_place(visitor)
        visitor.look()


def test_many_are_approved_at_once_and_that_is_undone(visits: Visits, site: Site) -> None:
    site.add("cleo", "Cleo", ("instagram", "cleo"))
    site.shows("cleo", 5)
    old, new, other = shown_of(site), waits(site, "ada", 11), shown_of(site, "cleo")
    waits(site, "cleo", 12)
    with visits() as visitor:
        page = visitor.go("/reviews")
        page.get_by_label("Cleo").uncheck()
        visitor.look()
        page.get_by_role("button", name="Approve the ticked").click()
        toast(page, "1 photo approved")
        assert (shown_of(site), shown_of(site, "cleo")) == (new.content_hash, other)
        undo(page)
        toast(page, "Undone.")
        assert shown_of(site) == old
        expect(page.locator(".manypairs li")).to_have_count(2)
        visitor.look()


def test_a_photo_that_waits_is_approved_on_the_page_of_its_talent(visits: Visits, site: Site) -> None:
    new = waits(site, "ada", 11)
    with visits() as visitor:
        page = marked(visitor, "/talents/ada")
        page.get_by_role("button", name="Approve").click()
        toast(page, "Approved")
        assert shown_of(site) == new.content_hash
        expect(page.locator(".wants")).to_have_count(0)
        undo(page)
        expect(page.locator(".wants")).to_be_visible()
        in_place(visitor)


def test_many_are_kept_at_once_or_refreshed_and_that_is_undone(visits: Visits, site: Site) -> None:
    before = shown_of(site)
    with visits() as visitor:
        page = marked(visitor, "/roster")
        expect(page.get_by_role("button", name="Keep photos")).to_be_hidden()
        page.get_by_label("Choose Ada Lovelace").check()
        page.get_by_label("Choose Bob").check()
        visitor.look()
        page.get_by_role("button", name="Keep photos").click()
        toast(page, "2 photos are kept")
        expect(page.locator(".roster").get_by_text("Locked", exact=True)).to_have_count(2)
        undo(page)
        toast(page, "Undone.")
        expect(page.locator(".roster").get_by_text("Locked", exact=True)).to_have_count(0)
        page.get_by_label("Choose Ada Lovelace").check()
        page.get_by_role("button", name="Refresh photos").click()
        toast(page, "1 looked at: 1 updated")
        assert shown_of(site) != before
        undo(page)
        toast(page, "1 earlier photo is shown again")
        assert shown_of(site) == before
        in_place(visitor)
        assert site.app.repository.load("bob").policy.lock is None


def test_somebody_is_added_with_addresses_that_are_pasted(visits: Visits, site: Site, world: World) -> None:
    world.offers("tiktok", "cleo", 21)
    with visits() as visitor:
        page = visitor.go("/roster")
        page.get_by_role("link", name="Add someone").click()
        visitor.look()
        page.get_by_label("Name").fill("Cleo Nile")
        page.get_by_label("Accounts").fill("https://www.tiktok.com/@cleo\ninstagram cleo")
        page.get_by_role("button", name="Add to the roster").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Cleo Nile")
        toast(page, "On the roster")
        expect(page).to_have_url(re.compile("/talents/cleo-nile$"))
        visitor.look()
        assert shown_of(site, "cleo-nile")


def test_who_may_only_read_is_offered_nothing_that_they_may_not_do(visits: Visits, site: Site) -> None:
    token = site.token(Scope.READ, "ann")
    with visits(signed_in=False) as visitor:
        visitor.context.add_cookies([{"name": "talentimg_session", "value": token, "url": visitor.address}])
        for path in ("/roster", "/talents/ada", "/review", "/reviews"):
            page = visitor.go(path)
            actions = page.locator("main form[method=post]")
            expect(actions).to_have_count(0)
