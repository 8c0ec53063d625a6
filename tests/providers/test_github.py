"""GitHub: numbers that outlive logins, two kinds of limits, and a token that is optional."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import HandleError, Misconfigured, ProviderError, RateLimited
from talentimg.models import Account, Reason
from talentimg.providers.github import BASE_URL, GitHub
from talentimg.providers.interface import Absent, Found, RemotePicture
from tests.providers.contract import CANARY, JsonContract, assert_spotless, recording
from tests.providers.times import NOW

if TYPE_CHECKING:
    from tests.providers.contract import Bench

ACCOUNT = Account("a1", "ada", "github", "ada-lovelace")
NUMBER = "18151210"
AVATAR = f"https://avatars.githubusercontent.com/u/{NUMBER}?v=4"
FOUND = recording("github", "found")["exchanges"][0]
USER = FOUND["response"]["body"]


class TestContract(JsonContract):
    kind = GitHub
    account = ACCOUNT
    expected = Found(
        RemotePicture((f"{AVATAR}&s=460", AVATAR), hosts=("avatars.githubusercontent.com",)),
        NUMBER,
        "Ada-Lovelace",
    )
    placeholder_reason = None
    refused_error = Misconfigured
    refused_reason = Reason.CONFIG
    picture_paths = (("avatar_url",),)


class TestContractWithToken(TestContract):
    settings = {"token": f"{CANARY}-token"}  # noqa: RUF012  as the contract has it


async def trouble(bench: Bench, response: dict[str, Any], **settings: str) -> ProviderError:
    bench.answer(FOUND["request"], response)
    with pytest.raises(ProviderError) as caught:
        await bench.provider(GitHub, settings).lookup_one(ACCOUNT)
    assert_spotless(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-12-31 23:59:59 UTC", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-12-31 15:59:59 -0800", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("soon", None),
    ],
)
async def test_when_the_token_ends_is_read_of_any_answer(
    bench: Bench, text: str, end: datetime | None
) -> None:
    response = FOUND["response"]
    headers = {**response.get("headers", {}), "GitHub-Authentication-Token-Expiration": text}
    bench.answer(FOUND["request"], {**response, "headers": headers})
    provider = bench.provider(GitHub, {"token": "secret"})
    await provider.lookup_one(ACCOUNT)
    assert provider.credentials_end_at == end


async def test_the_token_goes_along_only_if_there_is_one(bench: Bench) -> None:
    bench.play("github", "found", reusable=True)
    await bench.provider(GitHub).lookup_one(ACCOUNT)
    await bench.provider(GitHub, {"token": "secret"}).lookup_one(ACCOUNT)
    without, with_token = bench.mock.get_requests()
    assert "authorization" not in without.headers
    assert with_token.headers["authorization"] == "Bearer secret"
    for request in (without, with_token):
        assert request.headers["accept"] == "application/vnd.github+json"
        assert request.headers["x-github-api-version"] == "2022-11-28"
        assert request.headers["user-agent"]


async def test_a_known_number_is_asked_for_and_a_new_login_comes_back(bench: Bench) -> None:
    bench.answer({"url": f"{BASE_URL}/user/{NUMBER}"}, {"body": {**USER, "login": "countess"}})
    answer = await bench.provider(GitHub).lookup_one(replace(ACCOUNT, external_id=NUMBER))
    assert isinstance(answer, Found)
    assert (answer.user_id, answer.handle) == (NUMBER, "countess")


async def test_somebody_else_behind_a_number_is_trouble(bench: Bench) -> None:
    bench.answer({"url": f"{BASE_URL}/user/7"}, {"body": USER})
    with pytest.raises(ProviderError) as caught:
        await bench.provider(GitHub).lookup_one(replace(ACCOUNT, external_id="7"))
    assert caught.value.reason == Reason.IDENTITY


async def test_a_renamed_login_is_followed_to_its_number(bench: Bench) -> None:
    location = {"location": f"{BASE_URL}/user/{NUMBER}"}
    bench.answer(FOUND["request"], {"status": 301, "headers": location, "body": {"message": "Moved"}})
    bench.answer({"url": f"{BASE_URL}/user/{NUMBER}"}, {"body": USER})
    assert isinstance(await bench.provider(GitHub).lookup_one(ACCOUNT), Found)


async def test_no_redirect_takes_the_token_elsewhere(bench: Bench) -> None:
    location = {"location": "https://elsewhere.example/user/1"}
    error = await trouble(bench, {"status": 301, "headers": location, "body": {}}, token="secret")
    assert error.reason == Reason.STATUS
    assert len(bench.mock.get_requests()) == 1


@pytest.mark.parametrize("body", ["<h1>Not Found</h1>", "", [], {"error": "x"}], ids=repr)
async def test_a_404_that_is_not_githubs_own_is_not_absence(bench: Bench, body: Any) -> None:
    assert (await trouble(bench, {"status": 404, "body": body})).reason == Reason.STATUS


async def test_the_primary_limit_ends_at_its_reset(bench: Bench) -> None:
    bench.play("github", "throttled")
    with pytest.raises(RateLimited) as caught:
        await bench.provider(GitHub).lookup_one(ACCOUNT)
    error = caught.value
    assert error.retry_at is not None
    assert error.retry_at.timestamp() == 1795179600
    assert "token" in (error.hint or "")


@pytest.mark.parametrize("status", [403, 429])
async def test_the_secondary_limit_says_how_long_to_wait(bench: Bench, status: int) -> None:
    headers = {"retry-after": "90", "x-ratelimit-remaining": "30", "x-ratelimit-reset": "1795179600"}
    error = await trouble(bench, {"status": status, "headers": headers, "body": {}}, token="secret")
    assert isinstance(error, RateLimited)
    assert error.retry_at is not None
    assert (error.retry_at - NOW).total_seconds() == 90
    assert "providers.github.token" not in (error.hint or "")


async def test_the_secondary_limit_is_known_by_its_documentation(bench: Bench) -> None:
    where = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
    error = await trouble(bench, {"status": 403, "body": {"message": "Wait.", "documentation_url": where}})
    assert isinstance(error, RateLimited)
    assert error.retry_at is not None
    assert error.retry_at > NOW


async def test_any_other_403_is_a_refusal(bench: Bench) -> None:
    error = await trouble(bench, {"status": 403, "body": {"message": "Request forbidden"}})
    assert not isinstance(error, RateLimited)
    assert error.reason == Reason.BLOCKED


@pytest.mark.parametrize(
    ("url", "sized"),
    [
        (AVATAR, f"{AVATAR}&s=460"),
        ("https://x.test/u/1", "https://x.test/u/1?s=460"),
        ("https://x.test/u/1?", "https://x.test/u/1?s=460"),
        ("https://x.test/u/1?s=40&v=4&u=", "https://x.test/u/1?v=4&u=&s=460"),
        ("https://[", "https://["),
    ],
)
async def test_a_size_is_asked_for(bench: Bench, url: str, sized: str) -> None:
    bench.answer(FOUND["request"], {"body": {**USER, "avatar_url": url}})
    answer = await bench.provider(GitHub).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture.urls == (sized, url)


async def test_a_server_of_the_companys_own_is_asked_at_its_base_url(bench: Bench) -> None:
    bench.answer({"url": "https://ghe.test/api/v3/users/ada-lovelace"}, {"body": USER})
    answer = await bench.provider(GitHub, {"base_url": "https://ghe.test/api/v3/"}).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture.hosts == ()


NOT_FOUND = recording("github", "missing")["exchanges"][0]["response"]["body"]


async def test_a_gateways_not_found_is_not_githubs(bench: Bench) -> None:
    bench.answer({"url": f"{BASE_URL}/user/{NUMBER}"}, {"status": 404, "body": {"message": "Not Found"}})
    with pytest.raises(ProviderError) as caught:
        await bench.provider(GitHub).lookup_one(replace(ACCOUNT, external_id=NUMBER))
    assert caught.value.reason == Reason.STATUS


async def test_a_deleted_number_is_absent(bench: Bench) -> None:
    bench.answer({"url": f"{BASE_URL}/user/{NUMBER}"}, {"status": 404, "body": NOT_FOUND})
    answer = await bench.provider(GitHub).lookup_one(replace(ACCOUNT, external_id=NUMBER))
    assert isinstance(answer, Absent)


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("@Ada-Lovelace", "ada-lovelace"),
        ("https://github.com/Ada-Lovelace/", "ada-lovelace"),
        ("github.com/ada", "ada"),
        ("ada_corp", "ada_corp"),
    ],
)
def test_handles_are_taken_as_people_type_them(typed: str, handle: str) -> None:
    assert GitHub.normalise(typed) == handle


@pytest.mark.parametrize("typed", ["", "a/b", "..", "-ada", "a" * 40, "ada lovelace", "ada?x", "ädä"])
def test_what_can_be_no_handle_is_refused(typed: str) -> None:
    with pytest.raises(HandleError):
        GitHub.normalise(typed)
