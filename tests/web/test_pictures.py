"""Pictures for everybody: always one, never a platform asked, nothing told that is nobody's business."""

from __future__ import annotations

import hashlib
import logging
import threading
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET

import httpx
import pytest

from talentimg.errors import ObjectError, StoreUnavailable
from talentimg.models import Scope, Selection
from talentimg.models.review import Review, ReviewState
from talentimg.repository.interface import Change
from talentimg.web import pictures
from talentimg.web.app import make_site
from talentimg.web.memory import Recent
from talentimg.web.pictures import AT_MOST_S, SHOWN_S, Pictures
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT
from tests.web.conftest import BASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Picture
    from tests.web.conftest import Site

PREFIXES = pytest.mark.parametrize("prefix", ["", "/api"])


@pytest.fixture
def ada(site: Site) -> Picture:
    site.add("ada", "Ada Lovelace", ("instagram", "ada"))
    return site.shows("ada", 1)


@PREFIXES
@pytest.mark.parametrize(
    ("query", "side"),
    [
        ("", 400),
        ("?size=96", 96),
        ("?size=200", 200),
        ("?size=400", 400),
        ("?size=100", 200),
        ("?size=9999", 400),
    ]
    + [(f"?size={wrong}", 400) for wrong in ("", "big", "-1", "٩٦", "1e2", "9" * 400)],
)
async def test_what_is_shown_in_the_size_that_is_asked_for(
    site: Site, ada: Picture, prefix: str, query: str, side: int
) -> None:
    got = await site.get(f"{prefix}/avatars/ada{query}")
    assert got.status_code == 200
    assert got.headers["content-type"] == "image/webp"
    assert hashlib.sha256(got.content).hexdigest() in ada.rendition(f"webp-{side}").key
    assert got.headers["etag"] == f'"{hashlib.sha256(got.content).hexdigest()}"'
    assert got.headers["cache-control"].startswith("public, max-age=60, stale-while-revalidate=")


async def test_every_picture_has_headers_that_make_it_harmless(site: Site, ada: Picture) -> None:
    for path in ("/avatars/ada", "/avatars/nobody", f"/pictures/{ada.content_hash}/webp-96"):
        for given in ({}, {"If-None-Match": "*"}, {"Range": "bytes=0-1"}):
            got = await site.get(path, headers=given)
            assert got.status_code in {200, 206, 304}
            assert got.headers["x-content-type-options"] == "nosniff"
            assert got.headers["referrer-policy"] == "no-referrer"
            policy = got.headers["content-security-policy"]
            assert "sandbox" in policy
            assert "frame-ancestors 'none'" in policy
            assert "script" not in policy
            # An app on another host shows it, and loads it without a session.
            assert got.headers["cross-origin-resource-policy"] == "cross-origin"
            assert "set-cookie" not in got.headers


async def test_without_a_picture_the_initials_are_drawn_and_the_name_is_not_told(site: Site) -> None:
    site.add("bob", "Bob <Babbage>")
    got = await site.get("/avatars/bob?size=96")
    assert (got.status_code, got.headers["content-type"]) == (200, "image/svg+xml")
    drawn = ET.fromstring(got.text)
    assert drawn.get("width") == "96"
    assert "".join(drawn.itertext()) == "BB"
    again = await site.get("/avatars/bob?size=96", headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("talent_id", ["nobody", "a/b", "../../etc", "%00", "\N{SNOWMAN}", "x" * 3000, ""])
async def test_who_is_unknown_looks_like_somebody_without_a_name(site: Site, talent_id: str) -> None:
    site.add("known", "...")
    known, unknown = await site.get("/avatars/known"), await site.get(f"/avatars/{quote(talent_id, safe='')}")
    assert (unknown.status_code, unknown.headers["content-type"]) == (200, "image/svg+xml")
    drop = {"etag", "content-length"}
    assert {k: v for k, v in unknown.headers.items() if k not in drop} == {
        k: v for k, v in known.headers.items() if k not in drop
    }
    shapes = [
        [(node.tag, set(node.attrib)) for node in ET.fromstring(got.text).iter()] for got in (known, unknown)
    ]
    assert shapes[0] == shapes[1]


async def test_an_id_may_hold_whatever_an_app_puts_into_one(site: Site) -> None:
    for number, talent_id in enumerate(("a/b c", "ä?#&", "100%"), start=1):
        site.add(talent_id, "X Y", ("instagram", "x"))
        picture = site.shows(talent_id, number)
        got = await site.get(f"/avatars/{quote(talent_id, safe='')}")
        assert hashlib.sha256(got.content).hexdigest() == picture.content_hash


async def test_a_head_a_part_and_what_is_known(site: Site, ada: Picture) -> None:
    async with site.browser() as client:
        whole = await client.get("/avatars/ada")
        head = await client.head("/avatars/ada")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
        part = await client.get("/avatars/ada", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, whole.content[4:8])
        known = await client.get("/avatars/ada", headers={"If-None-Match": whole.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert (await client.post("/avatars/ada")).status_code == 405


async def test_a_new_picture_is_shown_at_the_same_address_within_seconds(
    site: Site, ada: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(Pictures.__init__, "__defaults__", (lambda: now,))
    async with site.browser() as client:
        first = await client.get("/avatars/ada")
        new = site.shows("ada", 2)
        assert (await client.get("/avatars/ada")).content == first.content
        now = SHOWN_S
        second = await client.get("/avatars/ada", headers={"If-None-Match": first.headers["etag"]})
        assert second.status_code == 200
        assert second.headers["etag"] == f'"{new.content_hash}"'


@PREFIXES
async def test_a_form_of_a_picture_is_for_good(site: Site, ada: Picture, prefix: str) -> None:
    for form in ada.renditions:
        got = await site.get(f"{prefix}/pictures/{ada.content_hash}/{form.name}")
        assert (got.status_code, got.headers["content-type"]) == (200, form.media_type)
        assert hashlib.sha256(got.content).hexdigest() in form.key
        assert got.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_picture_goes_when_nobody_shows_it_any_more(site: Site, ada: Picture) -> None:
    path = f"/pictures/{ada.content_hash}/webp-96"
    assert (await site.get(path)).status_code == 200
    site.app.talent_rules.opt_out("ada", by="eve")
    assert (await site.get(path)).status_code == 404
    assert (await site.get(path, headers=site.bearer())).status_code == 404


async def test_a_picture_that_waits_for_review_is_for_those_who_may_read(site: Site, ada: Picture) -> None:
    review = Review("ada", "instagram", "5ource", ada.content_hash, ReviewState.WAITING, NOW)
    site.app.repository.save([Change("ada", Selection(synced_at=NOW), reviews=(review,))], NOW)
    path = f"/pictures/{ada.content_hash}/webp-96"
    assert (await site.get(path)).status_code == 404
    assert (await site.get(path, headers={"Authorization": "Bearer timg_wrong"})).status_code == 404
    got = await site.get(path, headers=site.bearer(Scope.READ))
    assert (got.status_code, got.headers["cache-control"]) == (200, "no-store")


async def test_what_is_no_picture_is_404_with_one_and_the_same_body(site: Site, ada: Picture) -> None:
    there = ada.content_hash
    wrong = [
        f"{'0' * 64}/webp-96",
        f"{there}/webp-97",
        f"{there}/master",
        f"{there}/..%2F..%2Fetc",
        f"{there}x/webp-96",
    ]
    wrong += [f"{there.upper()}/webp-96", "ada/webp-96", f"{there}/", f"%00/{there}"]
    answers = [await site.get(f"/pictures/{path}") for path in wrong]
    assert {(a.status_code, a.text, a.headers["cache-control"]) for a in answers} == {
        (404, '{"error":"Not Found"}', "no-store")
    }


async def test_a_picture_that_was_damaged_or_lost_is_not_sent(
    site: Site, ada: Picture, tmp_path_factory: object
) -> None:
    site.app.store.delete(ada.rendition("webp-400").key)
    site.app.store.put(ada.rendition("webp-200").key, b"something else", "image/webp", anew=True)
    got = await site.get("/avatars/ada")
    assert hashlib.sha256(got.content).hexdigest() in ada.rendition("webp-96").key
    for name in ("webp-400", "webp-200"):
        assert (await site.get(f"/pictures/{ada.content_hash}/{name}")).status_code == 404
    site.app.store.delete(ada.rendition("webp-96").key)
    drawn = await site.get("/avatars/ada")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert drawn.headers["cache-control"] == "no-store"


async def test_while_the_pictures_are_away_initials_are_drawn_and_nobody_keeps_them(
    site: Site, ada: Picture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(key: str) -> bytes:
        raise ObjectError("The bucket does not answer.")

    monkeypatch.setattr(site.app.store, "get", away)
    drawn = await site.get("/avatars/ada")
    assert (drawn.status_code, drawn.headers["cache-control"]) == (200, "no-store")
    assert "AL" in drawn.text
    assert "The bucket does not answer." in caplog.text
    assert (await site.get(f"/pictures/{ada.content_hash}/webp-96")).status_code == 503


async def test_while_the_database_is_away_what_was_shown_goes_on_being_shown_for_minutes(
    site: Site, ada: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(Pictures.__init__, "__defaults__", (lambda: now,))
    read: Callable[[str], object] = site.app.profiles.profile
    is_away = False

    def profile(talent_id: str) -> object:
        if is_away:
            raise StoreUnavailable("The database does not answer.")
        return read(talent_id)

    monkeypatch.setattr(site.app.profiles, "profile", profile)
    transport = httpx.ASGITransport(app=make_site(site.app))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        first = await client.get("/avatars/ada")
        now, is_away = AT_MOST_S - 1, True
        stale = await client.get("/avatars/ada")
        assert (stale.content, stale.headers["cache-control"]) == (first.content, "no-store")
        # Whether they have opted out since nobody knows.
        now = AT_MOST_S
        for _ in range(2):
            drawn = await client.get("/avatars/ada")
            assert (drawn.headers["content-type"], drawn.headers["cache-control"]) == (
                "image/svg+xml",
                "no-store",
            )
        never = await client.get("/avatars/bob")
        assert (never.status_code, never.headers["cache-control"]) == (200, "no-store")


async def test_a_database_that_says_nothing_is_not_waited_for(
    site: Site, ada: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, silent = 0.0, threading.Event()
    monkeypatch.setattr(Pictures.__init__, "__defaults__", (lambda: now,))
    async with site.browser() as client:
        first = await client.get("/avatars/ada")
        now = SHOWN_S
        monkeypatch.setattr(pictures, "PATIENCE_S", 0.01)
        monkeypatch.setattr(site.app.profiles, "profile", lambda _: silent.wait(TIME_LIMIT))
        assert (await client.get("/avatars/ada")).content == first.content
        never = await client.get("/avatars/bob")
        assert (never.status_code, never.headers["cache-control"]) == (200, "no-store")
        silent.set()


async def test_nothing_is_asked_of_a_platform(
    site: Site, ada: Picture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def syncer(**_: object) -> None:
        raise AssertionError("a platform would be asked")

    monkeypatch.setattr(site.app, "syncer", syncer)
    caplog.set_level(logging.WARNING)
    for path in ("/avatars/ada", "/avatars/nobody", f"/pictures/{ada.content_hash}/webp-96"):
        assert (await site.get(path)).status_code == 200
    assert not caplog.records


def test_what_was_not_used_for_the_longest_time_is_let_go_first() -> None:
    held: Recent[str, bytes] = Recent(10, len)
    held.put("a", b"1234")
    held.put("b", b"1234")
    assert held.get("a") == b"1234"
    held.put("c", b"1234")
    assert (held.get("a"), held.get("b"), held.get("c")) == (b"1234", None, b"1234")
    held.put("a", b"12")
    held.put("d", b"1234")
    assert len(held) == 3
    held.put("e", b"x" * 11)
    assert len(held) == 0


async def test_a_page_of_a_named_origin_may_read_a_picture_whatever_a_cache_has_kept(
    site: Site, ada: Picture
) -> None:
    site.settings["TALENTIMG_SERVE_ORIGINS"] = "https://app.example"
    site._app = None
    plain = await site.get("/avatars/ada")  # as an <img> without `crossorigin` asks
    assert plain.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in plain.headers
    named = await site.get("/avatars/ada", headers={"Origin": "https://app.example"})
    assert named.headers["access-control-allow-origin"] == "https://app.example"
    assert named.headers["vary"] == "Origin"
