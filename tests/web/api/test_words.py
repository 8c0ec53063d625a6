"""A person's word over the network: what comes of it, who may say it, and what stands against it."""

from __future__ import annotations

import asyncio
import io
import zipfile
from copy import deepcopy
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import ProviderError
from talentimg.models import MANUAL, Reason, Scope
from talentimg.web.api.limits import MOST
from tests.service.world import picture_bytes
from tests.web.api.speaking import spoken
from tests.web.api.test_problems import problem
from tests.web.conftest import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx

    from tests.web.api.speaking import Spoken

JPEG = {"Content-Type": "image/jpeg"}
WORDS: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "/picture", {"content": picture_bytes(7), "headers": JPEG}),
    ("DELETE", "/picture", {}),
    ("POST", "/show", {"json": {"source": "tiktok"}}),
    ("PUT", "/lock", {}),
    ("DELETE", "/lock", {}),
    ("PUT", "/order", {"json": {"sources": ["tiktok"]}}),
    ("DELETE", "/order", {}),
    ("PUT", "/opt-out", {"json": {"platform": "tiktok"}}),
    ("DELETE", "/opt-out", {"params": {"platform": "tiktok"}}),
    ("POST", "/rollback", {}),
]
"""What an operator may say of one talent, each with what it needs."""


def came_of(got: httpx.Response) -> tuple[str, str]:
    assert got.status_code == 200, got.text
    told = got.json()
    return told["outcome"], told["source"]


# -- each of them ---------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "named"), WORDS)
async def test_it_is_done_under_the_name_of_the_token(
    people: Spoken, method: str, path: str, named: dict[str, Any]
) -> None:
    await people.ask("PUT", "/talents/ada/opt-out", json={"platform": "tiktok"})
    await people.ask("DELETE", "/talents/ada/opt-out?platform=tiktok")
    before = await people.tag()
    got = await people.ask(method, f"/talents/ada{path}", scope=Scope.OPERATE, match=before, **named)
    assert came_of(got)
    assert got.headers["etag"] == await people.tag()
    if got.headers["etag"] != before:
        assert people.said()[0][1] == "otto"


async def test_of_nobody_it_cannot_be_said(people: Spoken) -> None:
    for method, path, named in WORDS:
        got = await people.ask(method, f"/talents/adda{path}", **deepcopy(named))
        assert (got.status_code, problem(got)["code"]) == (404, "not_found"), (method, path)


async def test_who_may_only_read_may_not_say_it(people: Spoken) -> None:
    before, needed = people.world.repository.load("ada"), "This needs a token with the scope operate."
    for method, path, named in WORDS:
        got = await people.ask(method, f"/talents/ada{path}", scope=Scope.READ, **deepcopy(named))
        assert (got.status_code, problem(got)["detail"]) == (403, needed), (method, path)
        got = await people.browser.request(method, f"/api/v1/talents/ada{path}", **named)
        assert got.status_code == 401, (method, path)
    assert (people.world.repository.load("ada"), people.said()) == (before, [])


@pytest.mark.parametrize(("method", "path", "named"), WORDS)
async def test_what_was_read_before_somebody_else_spoke_is_no_ground_to_speak_on(
    people: Spoken, method: str, path: str, named: dict[str, Any]
) -> None:
    seen = await people.tag()
    await people.ask("PUT", "/talents/ada/order", json={"sources": ["youtube"]}, scope=Scope.OPERATE)
    before = people.world.repository.load("ada")
    got = await people.ask(method, f"/talents/ada{path}", match=seen, **named)
    assert (got.status_code, problem(got)["code"]) == (412, "try_later")
    assert (people.world.repository.load("ada"), len(people.said())) == (before, 1)
    for tags in (f'"x", {await people.tag()}', "*"):
        assert came_of(await people.ask(method, f"/talents/ada{path}", match=tags, **named))


@pytest.mark.parametrize(("method", "path", "named"), WORDS)
@pytest.mark.parametrize("word", ["lock", "opt-out"])
async def test_a_lock_and_an_opt_out_stand_against_pictures_and_say_how_to_lift_them(
    people: Spoken, word: str, method: str, path: str, named: dict[str, Any]
) -> None:
    if word == "lock":  # of what a choice has brought, so that there is one to be taken back
        await people.ask("POST", "/talents/ada/show", json={"source": "tiktok"})
    await people.ask("PUT", f"/talents/ada/{word}", json={"why": "her own wish"})
    before = people.world.repository.load("ada").selection
    got = await people.ask(method, f"/talents/ada{path}", **named)
    stands = {
        "lock": {"PUT /picture", "DELETE /picture", "POST /show", "POST /rollback"},
        "opt-out": {"PUT /picture", "POST /show", "POST /rollback"},
    }
    if f"{method} {path}" in stands[word]:
        told = problem(got)
        assert (got.status_code, told["code"]) == (400, "usage")
        assert "talentimg" in told["hint"]
        after = people.world.repository.load("ada").selection
        assert (after.source, after.content_hash) == (before.source, before.content_hash)
    else:
        assert came_of(got)


HOSTILE = [
    (b"{", "application/json", {422}),
    (b"[" * 100_000, "application/json", {400, 422}),
    (b"[]", "application/json", {422}),
    (b'{"why": 7}', "application/json", {422}),
    (b'{"why": "\\ud800"}', "application/json", {422}),
    (b'{"wyh": "x"}', "application/json", {422}),
    (b'{"why": "' + b"x" * 2000 + b'"}', "application/json", {422}),
    (b" " * (MOST + 1), "application/json", {413}),
    (b"\xff\xfe", "application/json", {400, 422}),
]
WITH_BODY = [
    ("PUT", "/talents/ada/lock"),
    ("PUT", "/talents/ada/order"),
    ("PUT", "/talents/ada/opt-out"),
    ("POST", "/talents/ada/show"),
    ("POST", "/talents/ada/rollback"),
    ("POST", "/talents/ada/accounts/tiktok/accept"),
    ("POST", "/talents/ada/forget"),
    ("POST", "/talents/bob/remember"),
    ("POST", "/reviews/ada/approve"),
    ("POST", "/reviews/ada/reject"),
    ("POST", "/reviews/settle"),
    ("POST", "/tokens"),
    ("PUT", "/talents/ada/picture"),
    ("POST", "/placeholders"),
]


async def test_a_hostile_body_is_a_problem_that_tells_nothing_of_itself(people: Spoken) -> None:
    before = people.world.repository.load("ada")
    for (method, path), (body, media_type, statuses) in product(WITH_BODY, HOSTILE):
        got = await people.ask(method, path, content=body, headers={"Content-Type": media_type})
        assert got.status_code in statuses, (method, path, body[:40], got.text)
        assert problem(got)
        assert len(got.content) < 3000
    assert (people.world.repository.load("ada"), people.said()) == (before, [])


async def test_a_word_may_stand_alone_and_a_reason_beside_it(people: Spoken) -> None:
    assert came_of(await people.ask("PUT", "/talents/ada/lock")) == ("locked", "instagram")
    assert came_of(await people.ask("DELETE", "/talents/ada/lock", params={"why": "premiere is over"}))
    assert people.said() == [("unlock", "eve", "premiere is over"), ("lock", "eve", None)]


# -- locks, orders, opt-outs ----------------------------------------------------------------


async def test_a_lock_has_an_end_as_one_types_it(people: Spoken) -> None:
    assert came_of(await people.ask("PUT", "/talents/ada/lock", json={"until": "3w", "why": "premiere"}))
    shown = (await people.ask("GET", "/talents/ada")).json()
    assert shown["policy"]["lock"] == {
        "by": "eve",
        "at": "2026-11-26T02:00:00.000Z",
        "why": "premiere",
        "until": "2026-12-17T02:00:00.000Z",
    }
    for until, says in (("2020-01-01", "is over"), ("soon", "is no time"), ("9999999w", "is no time")):
        got = await people.ask("PUT", "/talents/ada/lock", json={"until": until})
        assert (got.status_code, says in problem(got)["detail"]) == (400, True)


async def test_an_order_decides_at_once_by_what_is_known(people: Spoken) -> None:
    got = await people.ask("PUT", "/talents/ada/order", json={"sources": ["TikTok", "tiktok", "user"]})
    assert came_of(got) == ("demoted", "tiktok")
    assert people.world.repository.load("ada").policy.own_order == ("tiktok", "user")
    assert came_of(await people.ask("DELETE", "/talents/ada/order"))[1] == "instagram"
    got = await people.ask("PUT", "/talents/ada/order", json={"sources": ["tiktik"]})
    assert (got.status_code, "tiktik" in problem(got)["detail"]) == (400, True)
    assert (await people.ask("PUT", "/talents/ada/order", json={"sources": []})).status_code == 422


async def test_an_opt_out_takes_the_picture_away_and_an_opt_in_brings_it_back(people: Spoken) -> None:
    got = await people.ask("PUT", "/talents/ada/opt-out", json={"platform": "instagram"})
    assert came_of(got)[1] == "tiktok"
    assert came_of(await people.ask("PUT", "/talents/ada/opt-out")) == ("opted_out", "initials")
    assert came_of(await people.ask("DELETE", "/talents/ada/opt-out"))[1] == "tiktok"
    got = await people.ask("DELETE", "/talents/ada/opt-out", params={"platform": "instagram"})
    assert came_of(got)[1] == "instagram"
    assert (await people.ask("DELETE", "/talents/ada/opt-out?platform=tiktik")).status_code == 400


# -- pictures -------------------------------------------------------------------------------


async def test_a_picture_is_brought_as_it_is_in_a_form_and_by_its_address(people: Spoken) -> None:
    body, path = picture_bytes(7), "/talents/ada/picture"
    bare = await people.ask("PUT", path, content=body, params={"why": "kit", "name": "a/b.jpg"}, headers=JPEG)
    form = await people.ask("PUT", path, files={"picture": ("../c.jpg", body)}, data={"why": "form"})
    people.world.web.pictures["https://agency.example/ada.jpg?key=secret"] = body
    address = {"url": "https://agency.example/ada.jpg?key=secret", "why": "link"}
    linked = await people.ask("PUT", path, json=address)
    unnamed = await people.ask("PUT", path, content=body)
    assert {came_of(got) for got in (bare, form, linked, unnamed)} == {("locked", MANUAL)}
    assert len({got.json()["content_hash"] for got in (bare, form, linked, unnamed)}) == 1
    entries = people.world.repository.audit("ada")
    assert [(e.by, e.why, e.about["picture"]) for e in entries] == [
        ("eve", None, "an upload"),
        ("eve", "link", "https://agency.example/ada.jpg"),
        ("eve", "form", "c.jpg"),
        ("eve", "kit", "b.jpg"),
    ]
    assert came_of(await people.ask("DELETE", path))[1] == "instagram"


async def test_of_a_picture_only_a_square_is_shown_however_it_is_said(people: Spoken) -> None:
    body, path = picture_bytes(7), "/talents/ada/picture"
    people.world.web.pictures["https://agency.example/ada.jpg"] = body
    got = [
        await people.ask("PUT", path, content=body, params={"crop": "20,30,100"}, headers=JPEG),
        await people.ask("PUT", path, files={"picture": ("c.jpg", body)}, data={"crop": "20,30,100"}),
        await people.ask("PUT", path, json={"url": "https://agency.example/ada.jpg", "crop": "20,30,100"}),
    ]
    assert {came_of(one) for one in got} == {("locked", MANUAL)}
    assert len({one.json()["content_hash"] for one in got}) == 1
    picture = people.world.repository.picture(got[0].json()["content_hash"])
    assert picture
    assert (picture.width, picture.height) == (100, 100)
    outside = await people.ask("PUT", path, content=body, params={"crop": "200,0,100"}, headers=JPEG)
    assert (outside.status_code, "240 by 240 pixels" in problem(outside)["detail"]) == (400, True)
    for crop in ("1,2", "a,b,c", "-1,0,50", "1,2,3,4", "9999999,0,5"):
        assert (await people.ask("PUT", path, content=body, params={"crop": crop})).status_code == 422
        form = await people.ask("PUT", path, files={"picture": ("c.jpg", body)}, data={"crop": crop})
        assert form.status_code == 422


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", bytes(50_000_000))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", id="SVG"),
        pytest.param(b"<!doctype html><script>alert(1)</script>", id="HTML"),
        pytest.param(zip_bomb(), id="ZIP bomb"),
        pytest.param(picture_bytes(7)[:3000], id="cut off"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), id="no PNG"),
        pytest.param(b"GIF89a\xff\xff\xff\xff\x00\x00\x00;", id="a GIF of 4 gigapixels"),
    ],
)
@pytest.mark.parametrize("path", ["PUT /talents/ada/picture", "POST /placeholders"])
async def test_what_is_no_picture_is_refused_whatever_it_claims_to_be(
    people: Spoken, body: bytes, path: str
) -> None:
    before = people.world.repository.load("ada")
    for named in ({"content": body, "headers": JPEG}, {"files": {"picture": ("a.jpg", body, "image/jpeg")}}):
        got = await people.ask(*path.split(" "), **named)
        assert (got.status_code, problem(got)["code"]) == (400, "usage")
    assert (people.world.repository.load("ada"), people.said()) == (before, [])


@pytest.mark.parametrize("path", ["PUT /talents/ada/picture", "POST /placeholders"])
async def test_no_more_is_read_than_a_picture_may_have(people: Spoken, path: str) -> None:
    most, sent = people.site.app.settings.http_max_picture_bytes, 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10 * most:
            sent += 1_000_000
            yield bytes(1_000_000)

    got = await people.ask(*path.split(" "), content=endless(), headers=JPEG)
    assert (got.status_code, problem(got)["status"]) == (413, 413)
    assert sent < 2 * most + 2_000_000
    told = {**JPEG, "Content-Length": "9" * 30}
    assert (await people.ask(*path.split(" "), content=b"x", headers=told)).status_code == 413


FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", FORM),
        (b"--x--", FORM),
        (b"--x\r\n\r\n", FORM),
        (b'--x\r\nContent-Disposition: form-data; name="picture"\r\n\r\n\r\n--x--', FORM),
        (b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nabc\r\n--x--', FORM),
        (b'--x\r\nContent-Disposition: attachment; name="picture"\r\n\r\nabc\r\n--x--', FORM),
        (b'--x\r\nContent-Disposition: form-data; name="picture"\r\n\r\nabc\r\n', FORM),
        (b"--x\r\n" + b"a" * 9000 + b"\r\n\r\n\r\n--x--", FORM),
        (b"--x\r\n" * 50 + b"--x--", FORM),
        (b"--x--", "multipart/form-data"),
        (b"--x--", 'multipart/form-data; boundary=""'),
        (b"--x--", "multipart/form-data; boundary=" + "x" * 100),
        (b"", "image/jpeg"),
        (b"", "application/octet-stream"),
    ],
)
async def test_a_form_that_is_none_is_a_problem(people: Spoken, body: bytes, media_type: str) -> None:
    for path in ("PUT /talents/ada/picture", "POST /placeholders"):
        got = await people.ask(*path.split(" "), content=body, headers={"Content-Type": media_type})
        assert (got.status_code, problem(got)["status"]) == (400, 400)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("file:///etc/passwd", 422),
        ("ftp://agency.example/a.jpg", 422),
        ("//agency.example/a.jpg", 422),
        ("", 422),
        ("https://nowhere.example/a.jpg", 400),
    ],
)
async def test_an_address_that_is_none_is_a_problem(people: Spoken, url: str, status: int) -> None:
    got = await people.ask("PUT", "/talents/ada/picture", json={"url": url})
    assert (got.status_code, problem(got)["code"]) == (status, "usage")


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/a.jpg", "https://[::1]/", "http://169.254.169.254/latest/", "https://x@10.0.0.1/"],
)
async def test_nobody_reaches_the_servers_own_network_through_it(site: Site, url: str) -> None:
    site.add("ada", "Ada")
    async with site.browser(headers=site.bearer()) as browser:
        got = await browser.put("/api/v1/talents/ada/picture", json={"url": url})
    assert (got.status_code, problem(got)["code"]) == (400, "usage")


async def test_the_picture_of_another_source_is_shown_without_asking_anybody(people: Spoken) -> None:
    people.world.web.fetched.clear()
    wanted = people.world.repository.load("ada").candidates["tiktok"].content_hash
    got = await people.ask("POST", "/talents/ada/show", json={"source": "TikTok", "why": "the nicer one"})
    assert came_of(got) == ("locked", MANUAL)
    assert got.json()["content_hash"] == wanted
    assert people.world.web.fetched == []
    for source in ("youtube", "nothing", "initials", "manual", ""):
        got = await people.ask("POST", "/talents/ada/show", json={"source": source})
        assert (got.status_code, problem(got)["code"]) == (400, "usage")


# -- history ---------------------------------------------------------------------------------


async def test_the_history_is_told_page_by_page_without_a_gap(people: Spoken) -> None:
    for number in range(7):
        people.world.pass_time(minutes=number % 2)  # some at the same time
        await people.ask("PUT", "/talents/ada/lock", json={"why": str(number)})
    whole = (await people.ask("GET", "/talents/ada/history", scope=Scope.READ)).json()
    assert whole["before"] is None
    assert [e["why"] for e in whole["events"][:7]] == list("6543210")
    told: list[Any] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = (await people.ask("GET", "/talents/ada/history", params=params)).json()
        told += page["events"]
        if page["before"] is None:
            break
        params["before"] = page["before"]
    assert told == whole["events"]
    assert (await people.ask("GET", "/talents/adda/history")).status_code == 404
    for bad in ({"limit": 0}, {"limit": 10**9}, {"before": "then"}):
        assert (await people.ask("GET", "/talents/ada/history", params=bad)).status_code == 422
    naive = await people.ask("GET", "/talents/ada/history", params={"before": "0001-01-01T00:00:00"})
    assert naive.json()["events"] == [] or naive.json()["events"][-1]["at"] is None


async def test_one_goes_back_by_the_number_of_a_version(people: Spoken) -> None:
    events = (await people.ask("GET", "/talents/ada/history")).json()["events"]
    (tiktok,) = [e["version"] for e in events if e["source"] == "tiktok"]
    got = await people.ask("POST", "/talents/ada/rollback", json={"to": tiktok, "why": "better"})
    assert came_of(got) == ("locked", "tiktok")
    got = await people.ask("POST", "/talents/ada/rollback", json={"to": 99})
    assert (got.status_code, "no version 99" in problem(got)["detail"]) == (400, True)
    for bad in (-1, 2**63, "x", 1.5):
        assert (await people.ask("POST", "/talents/ada/rollback", json={"to": bad})).status_code == 422


# -- whoever answers in another's place -----------------------------------------------------------


async def taken_over(people: Spoken) -> None:
    """Somebody else answers for Ada's account on TikTok, and Instagram has nothing of hers any more."""
    people.world.pass_time(days=2)
    people.world.offers("tiktok", "ada", 5, user_id="mallory")
    found = people.world.providers["tiktok"].answers["ada"]
    assert not isinstance(found, list)
    error = ProviderError("Somebody else answers.", reason=Reason.IDENTITY)
    error.answered_by = "mallory"
    people.world.providers["tiktok"].answers["ada"] = [error, found, found, found]
    await people.ask("PUT", "/talents/ada/order", json={"sources": ["tiktok"]})
    await people.world.sync(force=True)
    assert people.world.repository.load("ada").candidates["tiktok"].reason is Reason.IDENTITY


async def test_who_answers_is_told_looked_at_and_accepted(people: Spoken) -> None:
    assert (await people.ask("GET", "/talents/ada/identities")).json() == {"identities": []}
    await taken_over(people)
    (one,) = (await people.ask("GET", "/talents/ada/identities", scope=Scope.READ)).json()["identities"]
    assert (one["platform"], one["known_id"], one["answers_as"]) == ("tiktok", "ada", "mallory")
    base = "/talents/ada/accounts/tiktok"
    offered = (await people.ask("POST", f"{base}/offered", scope=Scope.OPERATE)).json()
    assert offered["picture_url"] == "https://cdn.example/tiktok/ada/5.jpg"
    wrong = await people.ask("POST", f"{base}/accept", json={"answers_as": "trent"})
    assert (wrong.status_code, "Somebody else answers" in problem(wrong)["detail"]) == (400, True)
    stale = await people.ask("POST", f"{base}/accept", json={"answers_as": "mallory"}, match='"old"')
    assert stale.status_code == 412
    word = {"answers_as": "mallory", "why": "she told me"}
    got = await people.ask("POST", f"{base}/accept", json=word, match=await people.tag())
    assert came_of(got) == ("updated", "tiktok")
    assert got.headers["etag"] == await people.tag()
    assert people.said()[0] == ("accept", "eve", "she told me")
    again = await people.ask("POST", f"{base}/accept", json=word)
    assert (again.status_code, "nothing to accept" in problem(again)["detail"]) == (400, True)


async def test_that_somebody_is_accepted_is_told_whatever_becomes_of_the_look(
    people: Spoken,
) -> None:
    await taken_over(people)
    people.world.fails("tiktok", "ada")
    got = await people.ask("POST", "/talents/ada/accounts/tiktok/accept", json={"answers_as": "mallory"})
    assert got.status_code == 200
    account = people.world.repository.load("ada").talent.account("tiktok")
    assert account
    assert account.external_id == "mallory"


@pytest.mark.parametrize("what", ["offered", "accept"])
async def test_where_nobody_answers_there_is_nothing_to_accept(people: Spoken, what: str) -> None:
    for platform in ("tiktok", "youtube", "nothing"):
        path = f"/talents/ada/accounts/{platform}/{what}"
        got = await people.ask("POST", path, json={"answers_as": "x"} if what == "accept" else None)
        assert (got.status_code, problem(got)["code"]) == (400, "usage")
        got = await people.ask("POST", path, json={"answers_as": "x"}, scope=Scope.READ)
        assert got.status_code == 403


# -- two people at once --------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgres"])
def any_site(request: pytest.FixtureRequest, new_store: Path, tmp_path: Path) -> Iterator[Site]:
    """A site on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("site")
        return
    images = (tmp_path / "images").as_uri()
    url = request.getfixturevalue("new_database")
    made = Site({"TALENTIMG_DATABASE_URL": url, "TALENTIMG_IMAGES_STORE": images})
    yield made
    if made._app is not None:
        made._app.close()


async def test_of_two_at_once_who_have_read_the_same_the_second_is_told(any_site: Site) -> None:
    async with spoken(any_site) as people:
        words: dict[str, dict[str, Any]] = {
            "lock": {},
            "order": {"sources": ["tiktok"]},
            "opt-out": {"platform": "youtube"},
        }
        for path, body in words.items():
            tag, bodies = await people.tag(), [{**body, "why": str(number)} for number in range(5)]
            asked = (people.ask("PUT", f"/talents/ada/{path}", json=each, match=tag) for each in bodies)
            got = await asyncio.gather(*asked)
            assert sorted(one.status_code for one in got) == [200, 412, 412, 412, 412]
            (done,) = (one for one in got if one.status_code == 200)
            assert done.headers["etag"] == await people.tag()
        assert len(people.said()) == 3


async def test_ids_and_words_that_no_database_can_hold_are_problems_too(any_site: Site) -> None:
    async with spoken(any_site) as people:
        for odd in ("%00", "%ED%A0%80", "%FF", "a" * 5000, "%F0%9F%98%80"):
            got = await people.ask("PUT", f"/talents/{odd}/lock")
            assert got.status_code == 404, (odd, got.text)
        got = await people.ask("PUT", "/talents/ada/lock", json={"why": "a\0b", "until": None})
        assert got.status_code == 200
        assert got.headers["etag"] == await people.tag()
        got = await people.ask("DELETE", "/talents/ada/lock?why=%00%FF")
        assert got.status_code == 200
        got = await people.ask("PUT", "/talents/ada/opt-out", json={"platform": "a\0"})
        assert got.status_code == 400
