"""TikTok: the own token, its rotation, and errors under any status."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import Misconfigured, ProviderError, ReconnectRequired, StoreLocked
from talentimg.models import Account, Reason, Token
from talentimg.providers.interface import Absent, Found, RemotePicture
from talentimg.providers.tiktok import TikTok
from tests.providers.contract import (
    CANARY,
    JsonContract,
    Way,
    assert_spotless,
    canary_token,
    recording,
)
from tests.providers.times import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.providers.contract import (
        Bench,
    )

ACCOUNT = Account("a1", "ada", "tiktok", "ada.lovelace", token=canary_token())
CLIENT = {"client_key": "our-app", "client_secret": f"{CANARY}-client"}
KEY = "7310000000000000001abcdef"


def address(size: int) -> str:
    return (
        f"https://p16-sign-va.tiktokcdn.com/tos-maliva-avt-0068/{KEY}~tplv-tiktokx-cropcenter:{size}:{size}"
        ".jpeg?dr=14579&refresh_token=1a2b3c4d&x-expires=1795345200&x-signature=AbCd%3D"
    )


class TestContract(JsonContract):
    other_ways = (
        Way(
            "renewal",
            replace(ACCOUNT, token=canary_token(expires_at=NOW - timedelta(hours=1))),
            ("refresh", "found"),
            CLIENT,
        ),
    )
    kind = TikTok
    account = ACCOUNT
    settings = CLIENT
    expected = Found(
        RemotePicture(
            urls=(address(1080), address(168), address(100)),
            key=KEY,
            expires_at=datetime(2026, 11, 22, 11, tzinfo=UTC),
            hosts=(".tiktokcdn.com", ".tiktokcdn-us.com", ".tiktokcdn-eu.com"),
        ),
        user_id="open-id-1 union-id-1",
    )
    missing_reason = Reason.NO_PICTURE
    picture_paths = (
        ("data", "user", "avatar_large_url"),
        ("data", "user", "avatar_url"),
        ("data", "user", "avatar_url_100"),
    )
    empty_reason = Reason.NO_PICTURE


def profile(bench: Bench, response: Mapping[str, Any]) -> None:
    """Answer the question for the profile."""
    bench.answer(recording("tiktok", "found")["exchanges"][0]["request"], response)


def refresh(bench: Bench, response: Mapping[str, Any]) -> None:
    """Answer the request for a new token."""
    bench.answer(recording("tiktok", "refresh")["exchanges"][0]["request"], response)


def error_body(code: object) -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": "Some text.", "log_id": "2026ABC"}}


def paths(bench: Bench) -> list[str]:
    return [request.url.path for request in bench.mock.get_requests()]


async def trouble(
    bench: Bench, account: Account = ACCOUNT, settings: Mapping[str, str] = CLIENT
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await bench.provider(TikTok, settings).lookup_one(account)
    assert_spotless(caught.value)
    return caught.value


async def test_without_a_token_nobody_is_asked(bench: Bench) -> None:
    error = await trouble(bench, replace(ACCOUNT, token=None))
    assert isinstance(error, ReconnectRequired)
    assert error.reason == Reason.NO_TOKEN
    assert paths(bench) == []


# -- errors -------------------------------------------------------------------


async def test_zero_is_the_old_word_for_ok(bench: Bench) -> None:
    body = recording("tiktok", "found")["exchanges"][0]["response"]["body"]
    profile(bench, {"body": {**body, "error": {"code": 0, "message": ""}}})
    assert isinstance(await bench.provider(TikTok).lookup_one(ACCOUNT), Found)


async def test_an_answer_without_an_error_part_is_some_other_document(bench: Bench) -> None:
    body = recording("tiktok", "found")["exchanges"][0]["response"]["body"]
    profile(bench, {"body": {"data": body["data"]}})
    assert (await trouble(bench)).reason == Reason.SHAPE


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ("scope_not_authorized", ReconnectRequired, Reason.TOKEN),
        ("scope_permission_missed", Misconfigured, Reason.CONFIG),
        ("invalid_params", Misconfigured, Reason.CONFIG),
        ("something_new", ProviderError, Reason.STATUS),
    ],
)
async def test_the_code_counts_whatever_the_status(
    bench: Bench, code: str, kind: type[ProviderError], reason: Reason, status: int
) -> None:
    profile(bench, {"status": status, "body": error_body(code)})
    error = await trouble(bench)
    assert type(error) is kind
    assert error.reason == reason


@pytest.mark.parametrize("body", [error_body("internal_error"), "<h1>Oops</h1>"], ids=["json", "html"])
async def test_their_fault_is_trouble_after_several_tries(bench: Bench, body: object) -> None:
    profile(bench, {"status": 500, "body": body})
    error = await trouble(bench)
    assert error.reason == Reason.STATUS
    assert error.tries == 3


async def test_throttling_lasts_a_minute(bench: Bench) -> None:
    profile(bench, {"status": 200, "body": error_body("rate_limit_exceeded")})
    assert (await trouble(bench)).retry_at == NOW + timedelta(minutes=1)


async def test_the_number_that_support_asks_for_is_in_the_hint(bench: Bench) -> None:
    profile(bench, {"status": 400, "body": error_body("invalid_params")})
    assert "2026ABC" in ((await trouble(bench)).hint or "")


@pytest.mark.parametrize("log_id", [None, 7, "a b", "\x1b[31m", "x" * 100])
async def test_a_number_that_is_none_is_not_shown(bench: Bench, log_id: object) -> None:
    body = error_body("something_new")
    body["error"]["log_id"] = log_id
    profile(bench, {"status": 400, "body": body})
    assert (await trouble(bench)).hint is None


@pytest.mark.parametrize("status", [401, 403])
async def test_a_plain_refusal_is_not_tiktoks_and_spends_no_refresh_token(bench: Bench, status: int) -> None:
    profile(bench, {"status": status, "body": ""})
    assert (await trouble(bench)).reason == Reason.BLOCKED
    assert len(bench.mock.get_requests()) == 1


@pytest.mark.parametrize(
    "known", ["open-id-1", "union-id-1", "open-id-1 union-id-1", "another-apps-id union-id-1"]
)
async def test_the_same_union_id_is_the_same_person_whatever_app_asks(bench: Bench, known: str) -> None:
    bench.play("tiktok", "found")
    answer = await bench.provider(TikTok, CLIENT).lookup_one(replace(ACCOUNT, external_id=known))
    assert isinstance(answer, Found)
    assert answer.user_id == known


@pytest.mark.parametrize("known", ["another-id", "another-id another-union", "open-id-1x union-id-1x"])
async def test_another_union_id_is_somebody_else(bench: Bench, known: str) -> None:
    bench.play("tiktok", "found")
    assert (await trouble(bench, replace(ACCOUNT, external_id=known))).reason == Reason.IDENTITY


async def test_a_token_of_another_account_is_noticed_where_the_handle_is_told(bench: Bench) -> None:
    body = recording("tiktok", "found")["exchanges"][0]["response"]["body"]
    user = {**body["data"]["user"], "username": "manager.of.ada"}
    profile(bench, {"body": {**body, "data": {"user": user}}})
    assert (await trouble(bench)).reason == Reason.IDENTITY


# -- refreshing ---------------------------------------------------------------


def expiring(after: timedelta) -> Account:
    return replace(ACCOUNT, token=canary_token(expires_at=NOW + after))


NEW = Token("the-new-token", "the-new-refresh-token", NOW + timedelta(hours=2))


@pytest.mark.parametrize("after", [timedelta(minutes=4), timedelta(0), timedelta(days=-30)])
async def test_a_token_near_or_past_its_end_is_refreshed_first(bench: Bench, after: timedelta) -> None:
    bench.play("tiktok", "refresh")
    bench.play("tiktok", "found")
    account = expiring(after)
    assert isinstance(await bench.provider(TikTok, CLIENT).lookup_one(account), Found)
    assert bench.saved == [(account, NEW)]
    token_request, profile_request = bench.mock.get_requests()
    assert profile_request.headers["authorization"] == "Bearer the-new-token"
    assert CANARY not in str(token_request.url)
    assert token_request.content.decode().split("&") == [
        "client_key=our-app",
        f"client_secret={CANARY}-client",
        "grant_type=refresh_token",
        f"refresh_token={CANARY}-refresh",
    ]


async def test_a_refused_token_is_refreshed_once(bench: Bench) -> None:
    profile(bench, {"status": 401, "body": error_body("access_token_invalid")})
    bench.play("tiktok", "refresh")
    bench.play("tiktok", "found")
    assert isinstance(await bench.provider(TikTok, CLIENT).lookup_one(ACCOUNT), Found)
    assert [token for _, token in bench.saved] == [NEW]


async def test_a_token_refused_under_200_is_refreshed_too(bench: Bench) -> None:
    profile(bench, {"status": 200, "body": error_body("access_token_invalid")})
    bench.play("tiktok", "refresh")
    bench.play("tiktok", "found")
    assert isinstance(await bench.provider(TikTok, CLIENT).lookup_one(ACCOUNT), Found)


async def test_a_new_token_that_is_refused_as_well_needs_the_person(bench: Bench) -> None:
    profile(bench, {"status": 401, "body": error_body("access_token_invalid")})
    bench.play("tiktok", "refresh")
    profile(bench, {"status": 401, "body": error_body("access_token_invalid")})
    assert type(await trouble(bench)) is ReconnectRequired
    assert len(paths(bench)) == 3
    assert len(bench.saved) == 1


async def test_without_a_refresh_token_a_refusal_needs_the_person(bench: Bench) -> None:
    profile(bench, {"status": 401, "body": error_body("access_token_invalid")})
    account = replace(ACCOUNT, token=canary_token(refresh=False))
    assert type(await trouble(bench, account)) is ReconnectRequired


async def test_without_a_refresh_token_an_expired_one_is_not_even_tried(bench: Bench) -> None:
    token = canary_token(expires_at=NOW - timedelta(hours=1), refresh=False)
    assert type(await trouble(bench, replace(ACCOUNT, token=token))) is ReconnectRequired
    assert paths(bench) == []


@pytest.mark.parametrize("missing", CLIENT)
async def test_refreshing_without_the_agencys_credentials_names_what_is_missing(
    bench: Bench, missing: str
) -> None:
    settings = {key: value for key, value in CLIENT.items() if key != missing}
    error = await trouble(bench, expiring(timedelta(0)), settings)
    assert type(error) is Misconfigured
    assert missing in (error.hint or "")


@pytest.mark.parametrize("code", ["invalid_client", "unauthorized_client", "invalid_request"])
async def test_refused_credentials_of_the_agency_are_a_configuration_error(bench: Bench, code: str) -> None:
    refresh(bench, {"status": 401, "body": {"error": code, "error_description": "Some text."}})
    assert type(await trouble(bench, expiring(timedelta(0)))) is Misconfigured


async def test_a_grant_that_has_ended_needs_the_person(bench: Bench) -> None:
    refresh(bench, {"status": 200, "body": {"error": "invalid_grant", "log_id": "1"}})
    assert type(await trouble(bench, expiring(timedelta(0)))) is ReconnectRequired
    assert bench.saved == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 500, "body": "<h1>Oops</h1>"}, Reason.STATUS),
        ({"status": 429, "body": ""}, Reason.THROTTLED),
        ({"body": "<h1>Oops</h1>"}, Reason.BAD_JSON),
        ({"body": {}}, Reason.SHAPE),
        ({"body": {"access_token": ["x"]}}, Reason.SHAPE),
    ],
)
async def test_an_expired_token_that_cannot_be_refreshed_is_trouble(
    bench: Bench, answer: Mapping[str, Any], reason: Reason
) -> None:
    refresh(bench, answer)
    assert (await trouble(bench, expiring(timedelta(0)))).reason == reason
    assert bench.saved == []


@pytest.mark.parametrize("life", [None, "soon", [], 1e400, "3600", 0.5])
async def test_a_rotated_token_is_kept_whatever_else_its_answer_says(bench: Bench, life: object) -> None:
    body = {"access_token": "n", "refresh_token": "r", "expires_in": "Infinity" if life == 1e400 else life}
    refresh(bench, {"body": body})
    bench.play("tiktok", "found")
    await bench.provider(TikTok, CLIENT).lookup_one(expiring(timedelta(0)))
    assert bench.saved[0][1].refresh_token == "r"


async def test_a_refresh_token_that_is_not_replaced_is_kept(bench: Bench) -> None:
    refresh(bench, {"body": {"access_token": "n", "expires_in": 7200}})
    bench.play("tiktok", "found")
    await bench.provider(TikTok, CLIENT).lookup_one(expiring(timedelta(0)))
    assert bench.saved[0][1].refresh_token == f"{CANARY}-refresh"


async def test_two_lookups_refresh_one_token_once(bench: Bench) -> None:
    bench.play("tiktok", "refresh")
    bench.play("tiktok", "found", reusable=True)
    provider = bench.provider(TikTok, CLIENT)
    account = expiring(timedelta(0))
    answers = await asyncio.gather(*(provider.lookup_one(account) for _ in range(5)))
    assert all(isinstance(answer, Found) for answer in answers)
    assert len(bench.saved) == 1
    assert paths(bench).count("/v2/oauth/token/") == 1


async def test_a_later_lookup_with_the_old_account_uses_the_token_that_was_kept(bench: Bench) -> None:
    bench.play("tiktok", "refresh")
    bench.play("tiktok", "found", reusable=True)
    provider = bench.provider(TikTok, CLIENT)
    account = expiring(timedelta(0))
    await provider.lookup_one(account)
    await provider.lookup_one(account)
    assert paths(bench).count("/v2/oauth/token/") == 1
    assert bench.mock.get_requests()[-1].headers["authorization"] == "Bearer the-new-token"


async def test_two_lookups_that_are_refused_at_once_refresh_once(bench: Bench) -> None:
    profile(bench, {"status": 401, "body": error_body("access_token_invalid")})
    profile(bench, {"status": 401, "body": error_body("access_token_invalid")})
    bench.play("tiktok", "refresh")
    bench.play("tiktok", "found", reusable=True)
    provider = bench.provider(TikTok, CLIENT)
    answers = await asyncio.gather(*(provider.lookup_one(ACCOUNT) for _ in range(2)))
    assert all(isinstance(answer, Found) for answer in answers)
    assert len(bench.saved) == 1


async def test_a_token_that_could_not_be_kept_is_not_used_and_kept_the_next_time(bench: Bench) -> None:
    bench.play("tiktok", "refresh")
    keep, busy = bench.save, StoreLocked("The store is busy.")

    async def save(account: Account, token: Token) -> Token | None:
        if busy.args:
            raise busy
        return await keep(account, token)

    bench.save = save  # type: ignore[method-assign]  # the bench is this test's own
    provider = bench.provider(TikTok, CLIENT)
    account = expiring(timedelta(0))
    with pytest.raises(StoreLocked):
        await provider.lookup_one(account)
    assert paths(bench) == ["/v2/oauth/token/"]
    busy.args = ()
    bench.play("tiktok", "found")
    assert isinstance(await provider.lookup_one(account), Found)
    assert bench.saved == [(account, NEW)]


async def test_a_deadline_does_not_lose_a_rotated_token(bench: Bench) -> None:
    bench.play("tiktok", "refresh")
    keep, slow = bench.save, asyncio.Event()

    async def save(account: Account, token: Token) -> Token | None:
        slow.set()
        await asyncio.sleep(0.01)
        return await keep(account, token)

    bench.save = save  # type: ignore[method-assign]  # the bench is this test's own
    lookup = asyncio.create_task(bench.provider(TikTok, CLIENT).lookup_one(expiring(timedelta(0))))
    await slow.wait()
    lookup.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lookup
    assert [token for _, token in bench.saved] == [NEW]


async def test_a_new_connection_does_not_get_the_old_ones_token(bench: Bench) -> None:
    bench.play("tiktok", "refresh")
    bench.play("tiktok", "found", reusable=True)
    provider = bench.provider(TikTok, CLIENT)
    await provider.lookup_one(expiring(timedelta(0)))
    await provider.lookup_one(replace(ACCOUNT, token=Token("connected-again")))
    assert bench.mock.get_requests()[-1].headers["authorization"] == "Bearer connected-again"


# -- pictures -----------------------------------------------------------------


def answered(**pictures: str) -> dict[str, Any]:
    return {"body": {"data": {"user": {"open_id": "o", **pictures}}, "error": {"code": "ok"}}}


@pytest.mark.parametrize(
    "name",
    [
        "1594805258216454~tplv-tiktokx-cropcenter:1080:1080.jpeg?x-expires=1",
        "1594805258216454~c5_100x100.jpeg",
        "1594805258216454.jpeg",
        "1594805258216454",
    ],
)
async def test_the_default_picture_is_recognised_in_any_size(bench: Bench, name: str) -> None:
    url = f"https://p16-sign-va.tiktokcdn.com/musically-maliva-obj/{name}"
    profile(bench, answered(avatar_url=url))
    answer = await bench.provider(TikTok).lookup_one(ACCOUNT)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.DEFAULT_PICTURE


async def test_sizes_that_are_missing_are_passed_over(bench: Bench) -> None:
    profile(bench, answered(avatar_url=address(168), avatar_large_url=""))
    answer = await bench.provider(TikTok).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture.urls == (address(168),)


async def test_all_sizes_end_when_the_first_of_them_ends(bench: Bench) -> None:
    later = address(168).replace("1795345200", "1795348800")
    profile(bench, answered(avatar_large_url=later, avatar_url=address(168)))
    answer = await bench.provider(TikTok).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture.expires_at == datetime(2026, 11, 22, 11, tzinfo=UTC)


@pytest.mark.parametrize("text", ["tök", "a\nb", "a b", "x" * 5000])
async def test_a_token_that_no_header_takes_is_trouble_without_a_leak(bench: Bench, text: str) -> None:
    bench.mock.add_response(status_code=401, json=error_body("access_token_invalid"), is_optional=True)
    await trouble(bench, replace(ACCOUNT, token=Token(CANARY + text)))
