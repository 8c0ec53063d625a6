"""Signing in and out in a browser, and that nothing is lost when a session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from talentimg.models import Scope
from talentimg.web.access import COOKIE, Doorkeeper, Login
from talentimg.web.pages.addresses import Addresses, key_of, name_of
from talentimg.web.pages.assets import Assets
from talentimg.web.pages.gate import Gate
from talentimg.web.pages.render import Renderer
from talentimg.web.pages.texts import best_language
from tests.web.conftest import BASE
from tests.web.reading import Page
from tests.web.test_pages import HTML, shown

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.web.conftest import Site

OWN = {"Sec-Fetch-Site": "same-origin"}


def hidden(text: str) -> dict[str, str]:
    return {one.attributes["name"]: one.attributes["value"] for one in Page(text).all("input", type="hidden")}


async def test_whoever_is_not_signed_in_sees_the_door_and_comes_to_where_they_wanted(site: Site) -> None:
    token = site.token(Scope.READ, "ann")
    async with site.browser(headers=HTML | OWN) as browser:
        door = await browser.get("/roster?q=ada")
        assert door.status_code == 401
        assert hidden(door.text)["next"] == "/roster?q=ada"
        assert "session has ended" not in door.text
        wrong = await browser.post("/login", data={"token": "wrong", "next": "/roster?q=ada"})
        assert wrong.status_code == 401
        assert "not a token of this server" in wrong.text
        assert hidden(wrong.text)["next"] == "/roster?q=ada"
        right = await browser.post("/login", data={"token": f" {token}\n", "next": "/roster?q=ada"})
        assert (right.status_code, right.headers["location"]) == (303, "/roster?q=ada")
        assert (await browser.get("/")).headers["location"] == "/roster"
        assert (await browser.get("/roster")).status_code == 200
        out = await browser.post("/logout")
        assert (out.status_code, out.headers["location"]) == (303, "/login?out=1")
        assert "You are signed out" in (await browser.get("/login?out=1")).text
        assert "session has ended" in (await browser.get("/roster")).text


async def test_the_link_signs_a_browser_in(site: Site) -> None:
    token = site.token()
    async with site.browser(headers=HTML) as browser:
        got = await browser.get(f"/login?token={token}")
        assert (got.status_code, got.headers["location"]) == (303, "/")
        assert (await browser.get("/roster")).status_code == 200
        stale = await browser.get("/login?token=timg_stale")
        assert stale.status_code == 401
        assert "timg_stale" not in stale.text


async def test_what_was_typed_when_the_session_had_ended_is_shown_before_it_is_sent(site: Site) -> None:
    async def lock(request: Request) -> Response:
        await doorkeeper.need(request, Scope.OPERATE)
        return Response(await request.body())

    doorkeeper = Doorkeeper(site.app)
    gate = Gate(Login(doorkeeper), Renderer(Assets(), site.app.now))
    route = Route("/talents/ada/lock", lock, methods=["POST"])
    small = Starlette(routes=[*gate.routes, route], exception_handlers=gate.handlers())
    transport = httpx.ASGITransport(app=small)
    token = site.token()
    typed = {"why": 'press "photo"\n<b>', "until": "2026-12-31"}
    before = HTML | OWN | {"Referer": "http://pictures.example/talents/ada?x=1"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=before) as browser:
        browser.cookies.set(COOKIE, "timg_revoked")
        door = await browser.post("/talents/ada/lock", data=typed)
        assert door.status_code == 401
        assert "what you typed is kept" in door.text
        again = await browser.post("/login", data={"token": "wrong", **hidden(door.text)})
        assert again.status_code == 401
        assert {k: v for k, v in hidden(again.text).items() if k != "back"} == {
            k: v for k, v in hidden(door.text).items() if k != "back"
        }
        back = await browser.post("/login", data={"token": token, **hidden(again.text)})
        page = Page(back.text)
        assert "/talents/ada?x=1" in page.links()
        assert page.all("form", action="/talents/ada/lock")
        assert typed.items() <= hidden(back.text).items()
        assert page.inline() == []
        browser.cookies.clear()
        browser.cookies.set(COOKIE, token)
        sent = await browser.post("/talents/ada/lock", data=typed)
        assert sent.text == "why=press+%22photo%22%0A%3Cb%3E&until=2026-12-31"


async def test_a_link_on_another_site_leads_in_at_the_second_try(site: Site) -> None:
    got = await site.get("/roster?q=a", headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    (refresh,) = Page(got.text).all("meta", **{"http-equiv": "refresh"})
    assert refresh.attributes["content"] == "0; url=/roster?q=a"


async def test_programs_are_told_as_before(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.get("/roster")).json() == {"error": "A valid token is needed."}
        assert (await browser.get("/login")).status_code == 401
        assert (await browser.get("/roster.json", headers=HTML)).json() == {
            "error": "A valid token is needed."
        }
        assert (await browser.post("/logout")).status_code == 204


async def test_a_page_that_may_not_be_seen_says_so(site: Site) -> None:
    got = await site.get("/settings", headers=shown(site, Scope.READ))
    assert got.status_code == 403
    assert "Not with this token" in got.text


async def test_a_fault_of_ours_is_a_page_that_tells_nothing_of_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = shown(site)
    async with site.browser() as browser:
        monkeypatch.setattr(site.app.overview, "page", lambda *_, **__: 1 / 0)
        got = await browser.get("/roster", headers=headers)
    assert got.status_code == 500
    assert "That did not work" in got.text
    assert "ZeroDivision" not in got.text


async def test_language_and_look_are_chosen_without_a_script(site: Site) -> None:
    async with site.browser(headers=HTML | OWN) as browser:
        assert '<html lang="en">' in (await browser.get("/login")).text
        german = await browser.get("/login", headers={"Accept-Language": "de-AT,en;q=0.5"})
        assert '<html lang="de">' in german.text
        chosen = await browser.post("/choice", data={"language": "de", "back": "/login?out=1"})
        assert chosen.headers["location"] == "/login?out=1"
        await browser.post("/choice", data={"look": "dark", "language": "xx"})
        page = (await browser.get("/login")).text
        assert '<html lang="de" data-look="dark">' in page
        assert "Anmelden" in page


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "de", "de"),
        (None, "fr, de;q=0.3, en;q=0.8", "en"),
        (None, "de;q=0", "en"),
        (None, "de;q=x,,;;", "en"),
        ("de", "en", "de"),
        ("xx", "de-CH", "de"),
    ],
)
def test_the_language_is_the_first_of_ours(chosen: str | None, accepted: str, language: str) -> None:
    assert best_language(chosen, accepted) == language


@given(st.text())
def test_an_id_comes_back_from_its_key(name: str) -> None:
    key = key_of(name)
    assert name_of(key) == name
    assert set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-~")


@given(st.text(), st.sampled_from(["", "/pics"]))
def test_nobody_is_led_to_another_site(address: str, root: str) -> None:
    led = Addresses(root).own(address)
    assert led.startswith(f"{root}/")
    assert not led.removeprefix(root).startswith(("//", "/\\"))
    assert led.isprintable()
    assert led.isascii()


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x", "/pics.evil", ""],
)
def test_what_is_no_address_of_ours_leads_home(address: str) -> None:
    assert Addresses("/pics").own(address) == "/pics/"
    assert Addresses("").own(address) in {"/", "/pics.evil"}
