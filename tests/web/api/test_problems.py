"""What our API answers when something is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from talentimg import errors
from talentimg.errors import EXIT_CODE_NAMES, FaultyFile, TalentimgError
from talentimg.models import Scope
from talentimg.web.access import COOKIE
from talentimg.web.api.problems import problem_of
from talentimg.web.errors import PROBLEM
from talentimg.web.forgery import REFUSED

if TYPE_CHECKING:
    import httpx

    from tests.web.conftest import Site


def problem(got: httpx.Response) -> dict[str, Any]:
    assert got.headers["content-type"] == PROBLEM
    told: dict[str, Any] = got.json()
    assert told["status"] == got.status_code
    assert told["title"]
    return told


async def test_whoever_is_not_known_is_told_so(site: Site) -> None:
    got = await site.get("/api/v1/talents/ada")
    assert (got.status_code, problem(got)["detail"]) == (401, "A valid token is needed.")
    assert got.headers["www-authenticate"] == "Bearer"


async def test_our_errors_say_what_to_do_and_what_the_command_would_have_ended_with(site: Site) -> None:
    site.add("ada", "Ada")
    got = await site.get("/api/v1/talents/adda", headers=site.bearer(Scope.READ))
    told = problem(got)
    assert (got.status_code, told["code"]) == (404, "not_found")
    assert (told["type"], told["title"]) == ("urn:talentimg:error:TalentNotFound", "No talent has this id")
    assert "adda" in told["detail"]


async def test_a_route_that_does_not_exist_is_a_problem_too(site: Site) -> None:
    async with site.browser(headers=site.bearer()) as browser:
        for path in ("/api/v1/", "/api/v1/nothing"):
            assert problem(await browser.get(path))["status"] == 404
        assert problem(await browser.put("/api/v1/talents/ada"))["status"] == 405


async def test_a_fault_of_ours_tells_nothing_of_itself(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.app, "showing", None)
    async with site.browser() as browser:
        got = await browser.get("/api/v1/talents/ada", headers=site.bearer())
    assert (got.status_code, problem(got)["code"]) == (500, "internal_error")
    assert "NoneType" not in got.text


def kinds(kind: type[TalentimgError] = TalentimgError) -> list[type[TalentimgError]]:
    return [kind, *(each for sub in kind.__subclasses__() for each in kinds(sub))]


@pytest.mark.parametrize("kind", [k for k in kinds() if k.__module__ == errors.__name__])
def test_each_error_has_a_status_and_a_code(kind: type[TalentimgError]) -> None:
    error = kind.__new__(kind)
    TalentimgError.__init__(error, "A sentence.", hint="What to do.")
    error.__dict__.setdefault("faults", ())
    got = problem_of(error)
    told = json.loads(bytes(got.body))
    assert told["code"] == EXIT_CODE_NAMES[kind.exit_code]
    assert (told["detail"], told["hint"]) == ("A sentence.", "What to do.")
    later = issubclass(kind, errors.TryLater) and kind is not errors.EditedMeanwhile
    assert ("retry-after" in got.headers) == later  # that has to be read again before it is sent again


def test_a_file_with_faults_names_each() -> None:
    told = json.loads(
        bytes(problem_of(FaultyFile("f.csv", [("Line 2: x.", None), ("Line 3: y.", "z")])).body)
    )
    assert told["faults"] == [{"detail": "Line 2: x.", "hint": None}, {"detail": "Line 3: y.", "hint": "z"}]


async def test_what_no_route_has_answered_is_a_problem_as_well(site: Site) -> None:
    forged = {"Cookie": f"{COOKIE}={site.token()}", "Sec-Fetch-Site": "cross-site"}
    async with site.browser(headers=forged) as browser:
        got = await browser.post("/api/v1/talents", json={"name": "Eve"})
        assert (got.status_code, problem(got)["detail"]) == (403, REFUSED)
        elsewhere = await browser.post("/api/admin/talent/ada/profile-image/sync")
    assert (elsewhere.status_code, elsewhere.json()) == (403, {"error": REFUSED, "message": REFUSED})
