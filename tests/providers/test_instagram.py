"""Instagram: Business Discovery and the own token, and every error code that Meta documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import Misconfigured, ProviderError, RateLimited, ReconnectRequired
from talentimg.models import Account, Reason, Token
from talentimg.providers.instagram import Instagram
from talentimg.providers.interface import Absent, Found, RemotePicture
from tests.providers.contract import CANARY, JsonContract, Way, assert_spotless, canary_token, recording
from tests.providers.times import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.providers.contract import (
        Bench,
    )

ACCOUNT = Account("a1", "ada", "instagram", "ada.lovelace")
OWNED = replace(ACCOUNT, token=canary_token(refresh=False))
AGENCY = {"agency_user_id": "17841400000000001", "agency_token": f"{CANARY}-agency"}
KEY = "500000001_18000000000000001_1234567890123456789_n.jpg"
URL = f"https://scontent-fra3-1.cdninstagram.com/v/t51.82787-15/{KEY}"
QUERY = "?_nc_ht=scontent-fra3-1.cdninstagram.com&oh=00_AbCd&oe=6B05ECC0"
FOUND = Found(
    RemotePicture(
        urls=(URL + QUERY,),
        key=KEY,
        expires_at=datetime(2026, 11, 24, 20, tzinfo=UTC),
        hosts=(".cdninstagram.com", ".fbcdn.net"),
    ),
    user_id="17841400000000002",
    handle="ada.lovelace",
)


class TestContract(JsonContract):
    other_ways = (
        Way("own token", OWNED, ("own_found",)),
        Way("own token, known", replace(OWNED, external_id=FOUND.user_id), ("own_found",)),
        Way("own token or by name", OWNED, ("own_found",), AGENCY),
        Way(
            "renewal",
            replace(OWNED, token=canary_token(expires_at=NOW + timedelta(days=1))),
            ("own_refresh", "own_found"),
        ),
    )
    kind = Instagram
    account = ACCOUNT
    settings = AGENCY
    expected = FOUND
    refused_error = Misconfigured
    refused_reason = Reason.CONFIG
    picture_paths = (("business_discovery", "profile_picture_url"),)
    no_key_reason = Reason.NO_PICTURE
    null_reason = Reason.NO_PICTURE
    empty_reason = Reason.NO_PICTURE


def me(bench: Bench, response: Mapping[str, Any]) -> None:
    """Answer the question with the own token."""
    bench.answer(recording("instagram", "own_found")["exchanges"][0]["request"], response)


def discovery(bench: Bench, response: Mapping[str, Any]) -> None:
    """Answer the question by name."""
    bench.answer(recording("instagram", "found")["exchanges"][0]["request"], response)


def meta_error(code: int, subcode: int | None = None, *, transient: bool = False) -> dict[str, Any]:
    error: dict[str, Any] = {
        "message": "Übersetzter Text",
        "type": "IGApiException",
        "code": code,
        "is_transient": transient,
    }
    return {"error": error if subcode is None else {**error, "error_subcode": subcode}}


async def trouble(
    bench: Bench, account: Account = OWNED, settings: Mapping[str, str] | None = None
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Instagram, settings).lookup_one(account)
    assert_spotless(caught.value)
    return caught.value


# -- the own token ------------------------------------------------------------


async def test_the_own_token_is_asked_in_a_header(bench: Bench) -> None:
    bench.play("instagram", "own_found")
    answer = await bench.provider(Instagram).lookup_one(OWNED)
    assert answer == replace(FOUND, asked="instagram: own token")
    request = bench.mock.get_requests()[0]
    assert CANARY not in str(request.url)
    assert request.headers["authorization"] == f"Bearer {CANARY}-access"


async def test_an_id_may_come_as_a_number_above_2_to_the_53(bench: Bench) -> None:
    body = recording("instagram", "own_found")["exchanges"][0]["response"]["body"]
    me(bench, {"body": {**body, "user_id": 90071992547409931}})
    answer = await bench.provider(Instagram).lookup_one(OWNED)
    assert answer.user_id == "90071992547409931"


async def test_a_token_of_somebody_else_is_not_taken(bench: Bench) -> None:
    bench.play("instagram", "own_found")
    error = await trouble(bench, replace(OWNED, external_id="17841499999999999"))
    assert error.reason == Reason.IDENTITY


async def test_a_first_token_of_another_account_is_an_identity_question(bench: Bench) -> None:
    body = recording("instagram", "own_found")["exchanges"][0]["response"]["body"]
    me(bench, {"body": {**body, "user_id": "17841499999999999", "username": "manager.of.ada"}})
    error = await trouble(bench)
    assert error.reason == Reason.IDENTITY
    assert "manager.of.ada" in error.message
    assert "ada.lovelace" in error.message


@pytest.mark.parametrize("named", ["", None, "a b\x1b[31m", "x" * 500])
async def test_a_name_that_is_none_is_no_name_and_is_not_shown(bench: Bench, named: str | None) -> None:
    body = recording("instagram", "own_found")["exchanges"][0]["response"]["body"]
    me(bench, {"body": {**body, "username": named}})
    error = await trouble(bench)
    assert error.reason in {Reason.IDENTITY, Reason.SHAPE}
    assert not named or named not in error.message


async def test_without_token_and_agency_only_the_person_can_help(bench: Bench) -> None:
    error = await trouble(bench, ACCOUNT)
    assert isinstance(error, ReconnectRequired)
    assert error.reason == Reason.NO_TOKEN
    assert error.tries == 0


@pytest.mark.parametrize("missing", AGENCY)
async def test_half_of_the_agencys_settings_is_a_configuration_error(bench: Bench, missing: str) -> None:
    error = await trouble(bench, ACCOUNT, {k: v for k, v in AGENCY.items() if k != missing})
    assert isinstance(error, Misconfigured)


async def test_a_renamed_account_tells_its_new_name(bench: Bench) -> None:
    body = recording("instagram", "own_found")["exchanges"][0]["response"]["body"]
    me(bench, {"body": {**body, "username": "countess"}})
    answer = await bench.provider(Instagram).lookup_one(replace(OWNED, external_id=body["user_id"]))
    assert isinstance(answer, Found)
    assert answer.handle == "countess"


# -- refreshing ---------------------------------------------------------------


def expiring(after: timedelta) -> Account:
    return replace(ACCOUNT, token=canary_token(expires_at=NOW + after, refresh=False))


async def test_a_token_near_its_end_is_refreshed_and_kept_before_it_is_used(bench: Bench) -> None:
    bench.play("instagram", "own_refresh")
    bench.play("instagram", "own_found")
    seen: list[int] = []
    keep = bench.save

    async def save(account: Account, token: Token) -> Token | None:
        seen.append(len(bench.mock.get_requests()))
        return await keep(account, token)

    bench.save = save  # type: ignore[method-assign]  # the bench is this test's own
    account = expiring(timedelta(days=9))
    assert isinstance(await bench.provider(Instagram).lookup_one(account), Found)
    assert seen == [1]
    assert bench.saved == [(account, Token("the-new-token", None, NOW + timedelta(seconds=5183944)))]
    assert bench.mock.get_requests()[1].headers["authorization"] == "Bearer the-new-token"


async def test_a_token_that_has_to_stand_in_an_address_is_not_logged(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bench.play("instagram", "own_refresh")
    bench.play("instagram", "own_found")
    await bench.provider(Instagram).lookup_one(expiring(timedelta(days=1)))
    assert CANARY in str(bench.mock.get_requests()[0].url)
    assert CANARY not in caplog.text


async def test_a_fresh_token_is_left_alone(bench: Bench) -> None:
    bench.play("instagram", "own_found")
    await bench.provider(Instagram).lookup_one(expiring(timedelta(days=11)))
    assert bench.saved == []


async def test_an_expired_token_is_not_even_tried(bench: Bench) -> None:
    error = await trouble(bench, expiring(timedelta(seconds=-1)))
    assert isinstance(error, ReconnectRequired)
    assert error.reason == Reason.TOKEN
    assert bench.mock.get_requests() == []


async def test_a_refresh_that_fails_is_no_trouble_while_the_token_holds(bench: Bench) -> None:
    request = recording("instagram", "own_refresh")["exchanges"][0]["request"]
    bench.answer(request, {"status": 400, "body": meta_error(2, transient=True)})
    bench.play("instagram", "own_found")
    assert isinstance(await bench.provider(Instagram).lookup_one(expiring(timedelta(days=5))), Found)
    assert bench.saved == []


# -- the own token fails, the agency asks by name -----------------------------


async def test_with_a_dead_token_the_agency_asks_by_name_and_says_so(bench: Bench) -> None:
    me(bench, {"status": 400, "body": meta_error(190, 463)})
    bench.play("instagram", "found")
    answer = await bench.provider(Instagram, AGENCY).lookup_one(OWNED)
    assert isinstance(answer, Found)
    assert answer.asked == 'instagram: own token failed, business discovery of "ada.lovelace"'


@pytest.mark.parametrize("case", ["missing", "refused", "garbled"])
async def test_what_the_agency_cannot_see_proves_nothing_about_the_person(bench: Bench, case: str) -> None:
    me(bench, {"status": 400, "body": meta_error(190, 460)})
    bench.play("instagram", case)
    error = await trouble(bench, OWNED, AGENCY)
    assert isinstance(error, ReconnectRequired)
    assert "password" in error.message


async def test_throttling_of_the_agency_is_heard_all_the_same(bench: Bench) -> None:
    me(bench, {"status": 400, "body": meta_error(190)})
    bench.play("instagram", "throttled")
    assert isinstance(await trouble(bench, OWNED, AGENCY), RateLimited)


async def test_a_default_picture_seen_by_the_agency_is_believed(bench: Bench) -> None:
    me(bench, {"status": 400, "body": meta_error(190)})
    bench.play("instagram", "placeholder")
    answer = await bench.provider(Instagram, AGENCY).lookup_one(OWNED)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.DEFAULT_PICTURE


# -- handles ------------------------------------------------------------------


@pytest.mark.parametrize("handle", ["ada){id},x", "ada lovelace", "", "a" * 31, "ad\na", "ådå"])
async def test_a_handle_that_could_change_the_question_is_never_sent(bench: Bench, handle: str) -> None:
    error = await trouble(bench, replace(ACCOUNT, handle=handle), AGENCY)
    assert isinstance(error, Misconfigured)
    assert bench.mock.get_requests() == []


async def test_a_handle_is_asked_for_in_its_normal_form(bench: Bench) -> None:
    bench.play("instagram", "found")
    answer = await bench.provider(Instagram, AGENCY).lookup_one(replace(ACCOUNT, handle=" @Ada.Lovelace"))
    assert isinstance(answer, Found)


# -- Meta's error codes -------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 200])
@pytest.mark.parametrize(
    "codes",
    [(190, 463), (190, 460), (190, 458), (190, 459), (190, 464), (190, 467), (190, None), (102, None)],
)
async def test_a_dead_token_needs_the_person_or_else_the_agency(
    bench: Bench, codes: tuple[int, int | None], status: int
) -> None:
    me(bench, {"status": status, "body": meta_error(*codes)})
    own = await trouble(bench)
    assert type(own) is ReconnectRequired
    assert own.reason == Reason.TOKEN
    discovery(bench, {"status": status, "body": meta_error(*codes)})
    assert type(await trouble(bench, ACCOUNT, AGENCY)) is Misconfigured


@pytest.mark.parametrize(
    "codes", [(10, None), (200, None), (294, None), (299, None), (100, None), (100, 33), (100, 2207013)]
)
async def test_a_missing_permission_or_a_bad_field_is_a_configuration_error(
    bench: Bench, codes: tuple[int, int | None]
) -> None:
    me(bench, {"status": 403, "body": meta_error(*codes)})
    assert type(await trouble(bench)) is Misconfigured
    discovery(bench, {"status": 400, "body": meta_error(*codes)})
    assert type(await trouble(bench, ACCOUNT, AGENCY)) is Misconfigured


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80002, 341, 368])
async def test_a_limit_is_throttling(bench: Bench, code: int) -> None:
    me(bench, {"status": 403, "body": meta_error(code, transient=True)})
    error = await trouble(bench)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("codes", "transient"), [((1, None), False), ((2, None), False), ((100, None), True), ((10, 5), True)]
)
@pytest.mark.parametrize("status", [400, 200])
async def test_a_passing_fault_is_trouble_of_the_platform(
    bench: Bench, codes: tuple[int, int | None], transient: bool, status: int
) -> None:
    me(bench, {"status": status, "body": meta_error(*codes, transient=transient)})
    error = await trouble(bench)
    assert type(error) is ProviderError
    assert error.reason == Reason.STATUS


async def test_an_unknown_alias_is_nobody(bench: Bench) -> None:
    discovery(bench, {"status": 404, "body": meta_error(803)})
    answer = await bench.provider(Instagram, AGENCY).lookup_one(ACCOUNT)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.NOT_FOUND


async def test_an_unknown_alias_can_be_the_agencys_own(bench: Bench) -> None:
    bench.mock.add_response(status_code=404, json=meta_error(803))
    settings = {**AGENCY, "agency_user_id": "our_agency"}
    assert type(await trouble(bench, ACCOUNT, settings)) is Misconfigured


async def test_not_found_takes_both_codes(bench: Bench) -> None:
    discovery(bench, {"status": 400, "body": meta_error(110)})
    error = await trouble(bench, ACCOUNT, AGENCY)
    assert error.reason == Reason.STATUS


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_in_other_words_than_metas_blames_nobody(bench: Bench, status: int) -> None:
    me(bench, {"status": status, "body": "<h1>No</h1>"})
    assert (await trouble(bench)).reason == Reason.BLOCKED
    discovery(bench, {"status": status, "body": ""})
    assert (await trouble(bench, ACCOUNT, AGENCY)).reason == Reason.BLOCKED


async def test_the_flat_form_of_an_error_is_metas_too(bench: Bench) -> None:
    flat = {"error_type": "OAuthAccessTokenException", "code": 400, "error_message": "Some text."}
    me(bench, {"status": 400, "body": flat})
    assert type(await trouble(bench)) is ReconnectRequired
    me(bench, {"status": 400, "body": {**flat, "error_type": "OAuthRateLimitException"}})
    assert type(await trouble(bench)) is RateLimited
    me(bench, {"status": 400, "body": {**flat, "error_type": "OAuthException"}})
    assert (await trouble(bench)).reason == Reason.STATUS


@pytest.mark.parametrize("body", [meta_error(110, 2207013), meta_error(803)], ids=["name", "alias"])
async def test_somebody_who_was_found_before_is_not_gone_because_the_name_is(
    bench: Bench, body: dict[str, Any]
) -> None:
    discovery(bench, {"status": 400, "body": body})
    error = await trouble(bench, replace(ACCOUNT, external_id="17841400000000002"), AGENCY)
    assert error.reason == Reason.BLOCKED
    assert all(cause in error.message for cause in ("renamed", "deleted", "personal", "age"))


@pytest.mark.parametrize("error", [{"code": "190"}, {"code": [190]}, "190", [], None, {"code": {}}])
async def test_an_error_of_a_strange_shape_is_trouble_by_its_status(bench: Bench, error: object) -> None:
    me(bench, {"status": 400, "body": {"error": error}})
    assert (await trouble(bench)).reason == Reason.STATUS


# -- when to come back --------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        ('{"1":[{"type":"instagram","estimated_time_to_regain_access":7}]}', 7),
        (
            '{"1":[{"estimated_time_to_regain_access":7}],"2":[{"estimated_time_to_regain_access":90}]}',
            90,
        ),
        ('{"1":[{"estimated_time_to_regain_access":0}]}', 60),
        ('{"1":[{"estimated_time_to_regain_access":99999999999999}]}', 24 * 60),
        ('{"1":[{}]}', 60),
        ('{"1":[{"estimated_time_to_regain_access":"7"}]}', 60),
        ("[]", 60),
        ("100 %", 60),
        ("", 60),
        ("[" * 5000, 60),
    ],
)
async def test_metas_estimate_says_when_to_come_back_else_an_hour(
    bench: Bench, header: str, minutes: int
) -> None:
    headers = {"X-Business-Use-Case-Usage": header, "X-App-Usage": '{"call_count":100}'}
    me(bench, {"status": 400, "headers": headers, "body": meta_error(80002)})
    error = await trouble(bench)
    assert error.retry_at == NOW + timedelta(minutes=minutes)


# -- pictures -----------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://x.fbcdn.net/v/t51.2885-19/44884218_345707102882519_2446069589734326272_n.jpg?oe=6B05ECC0",
        "https://x.fbcdn.net/v/464760996_1254146839119862_3605321457742435801_n.jpg",
        "https://x.fbcdn.net/v/1_2_3_n.jpg?ig_cache_key=YW5vbnltb3VzX3Byb2ZpbGVfcGlj.3-ccb7-5&oe=6B05ECC0",
    ],
)
async def test_default_pictures_are_recognised(bench: Bench, url: str) -> None:
    me(bench, {"body": {"user_id": "1", "username": "ada.lovelace", "profile_picture_url": url}})
    answer = await bench.provider(Instagram).lookup_one(OWNED)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.DEFAULT_PICTURE


@pytest.mark.parametrize(
    "ending", ["", "?oe=", "?oe=xyz", "?oe=" + "F" * 40, "?oe=-1_0", "?oh=1", "?oe=6B05ECC0\x00"]
)
async def test_an_end_that_cannot_be_read_is_none(bench: Bench, ending: str) -> None:
    me(bench, {"body": {"user_id": "1", "username": "ada.lovelace", "profile_picture_url": URL + ending}})
    answer = await bench.provider(Instagram).lookup_one(OWNED)
    assert isinstance(answer, Found)
    assert answer.picture.expires_at is None
    assert answer.picture.key == KEY


@pytest.mark.parametrize("url", ["https://[", "https://x.test", "nonsense"])
async def test_an_address_that_is_none_is_left_to_those_who_fetch_it(bench: Bench, url: str) -> None:
    me(bench, {"body": {"user_id": "1", "username": "ada.lovelace", "profile_picture_url": url}})
    answer = await bench.provider(Instagram).lookup_one(OWNED)
    assert isinstance(answer, Found)
    assert answer.picture.urls == (url,)


async def test_the_same_picture_has_the_same_key_though_every_address_differs(bench: Bench) -> None:
    keys = set()
    for host, signature in (("scontent-a.xx.fbcdn.net", "1"), ("instagram.fxyz1-1.fna.fbcdn.net", "2")):
        url = f"https://{host}/v/t51.82787-15/{KEY}?oh={signature}&oe=6B05ECC{signature}"
        me(bench, {"body": {"user_id": "1", "username": "ada.lovelace", "profile_picture_url": url}})
        answer = await bench.provider(Instagram).lookup_one(OWNED)
        assert isinstance(answer, Found)
        keys.add(answer.picture.key)
    assert keys == {KEY}


def test_pictures_of_another_discovery_server_may_come_from_anywhere(bench: Bench) -> None:
    provider = bench.provider(Instagram, {"discovery_base_url": "http://127.0.0.1:8080"})
    assert provider.picture_hosts == ()
