"""YouTube: batches of ids, handles, the own token, and a quota that ends at midnight in California."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from talentimg.errors import (
    HandleError,
    Misconfigured,
    ProviderError,
    RateLimited,
    ReconnectRequired,
    StoreLocked,
)
from talentimg.models import Account, Reason, Token
from talentimg.providers.interface import Absent, Found, RemotePicture
from talentimg.providers.youtube import YouTube
from talentimg.providers.youtube_errors import next_midnight
from tests.providers.contract import CANARY, JsonContract, Way, assert_spotless, canary_token, recording
from tests.providers.times import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.providers.contract import (
        Bench,
    )

CHANNELS = "https://www.googleapis.com/youtube/v3/channels"
ID = "UCabcdefghijklmnopqrstuv"
ACCOUNT = Account("a1", "ada", "youtube", "adalovelace")
OWNED = replace(ACCOUNT, token=canary_token())
KEY = {"api_key": f"{CANARY}-key"}
CLIENT = {"client_id": "our-app", "client_secret": f"{CANARY}-client"}
URL = "https://yt3.ggpht.com/AbCdEf0123456789=s800-c-k-c0x00ffffff-no-rj"
FOUND = Found(
    RemotePicture(urls=(URL,), key="AbCdEf0123456789", hosts=(".ggpht.com", ".googleusercontent.com")),
    user_id=ID,
    handle="adalovelace",
)


class TestContract(JsonContract):
    other_ways = (
        Way("by id", replace(ACCOUNT, external_id=ID), ("found",), KEY),
        Way("own token", OWNED, ("found",)),
        Way("own token or by name", OWNED, ("found",), KEY),
        Way("own token or by id", replace(OWNED, external_id=ID), ("found",), KEY),
        Way(
            "renewal",
            replace(OWNED, token=canary_token(expires_at=NOW - timedelta(hours=1))),
            ("own_refresh", "found"),
            CLIENT,
        ),
    )
    kind = YouTube
    account = ACCOUNT
    settings = KEY
    expected = FOUND
    placeholder_reason = None
    refused_error = Misconfigured
    refused_reason = Reason.CONFIG
    picture_paths = (("items", 0, "snippet", "thumbnails", "high", "url"),)


def channel(channel_id: str = ID, **snippet: object) -> dict[str, Any]:
    item: dict[str, Any] = recording("youtube", "found")["exchanges"][0]["response"]["body"]["items"][0]
    return {**item, "id": channel_id, "snippet": {**item["snippet"], **snippet}}


def listed(*items: object, **more: object) -> dict[str, Any]:
    page = {"totalResults": len(items), "resultsPerPage": 5}
    return {"kind": "youtube#channelListResponse", "pageInfo": page, "items": list(items), **more}


def mine(bench: Bench, body: object, status: int = 200) -> None:
    """Answer the question with the own token."""
    params = {"part": "snippet", "mine": "true"}
    bench.answer({"url": CHANNELS, "params": params}, {"status": status, "body": body})


def by_handle(
    bench: Bench, body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> None:
    """Answer the question by handle."""
    request = recording("youtube", "found")["exchanges"][0]["request"]
    bench.answer(request, {"status": status, "body": body, "headers": headers or {}})


def by_id(bench: Bench, ids: str, body: object, status: int = 200) -> None:
    """Answer the question by ids."""
    params = {"part": "snippet", "id": ids, "maxResults": "50", "key": "*"}
    bench.answer({"url": CHANNELS, "params": params}, {"status": status, "body": body})


def google_error(code: int, reason: str | None = None, detail: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": 'Some <a href="/x">text</a>.'}
    if reason:
        error["errors"] = [{"message": "Some text.", "domain": "global", "reason": reason}]
    if detail:
        error["details"] = [{"@type": "x"}, {"reason": detail}]
    return {"error": error}


async def trouble(
    bench: Bench, account: Account = ACCOUNT, settings: Mapping[str, str] = KEY
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await bench.provider(YouTube, settings).lookup_one(account)
    assert_spotless(caught.value)
    return caught.value


# -- handles ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@AdaLovelace", "adalovelace"),
        (" ada-love.lace_1 ", "ada-love.lace_1"),
        ("@Ünï·code", "ünï·code"),
        ("@山田太郎", "山田太郎"),
        (f" {ID} ", ID),
        (f"@{ID}", ID.lower()),
    ],
)
def test_handles_are_lower_case_and_channel_ids_keep_their_case(typed: str, kept: str) -> None:
    assert YouTube.normalise(typed) == kept
    assert YouTube.normalise(kept) == kept


@pytest.mark.parametrize("typed", ["", "@", "ab", "a b c", "a/b/c", "a,b,c", "x" * 31, "abc\n\x00"])
def test_what_is_no_handle_is_refused(typed: str) -> None:
    with pytest.raises(HandleError):
        YouTube.normalise(typed)


async def test_a_stored_handle_that_is_none_is_never_sent(bench: Bench) -> None:
    error = await trouble(bench, replace(ACCOUNT, handle="https://youtube.com/watch?v=ada"))
    assert isinstance(error, Misconfigured)
    assert bench.mock.get_requests() == []


async def test_a_handle_that_is_a_channel_id_stays_one(bench: Bench) -> None:
    by_id(bench, ID, listed(channel()))
    answer = await bench.provider(YouTube, KEY).lookup_one(replace(ACCOUNT, handle=ID))
    assert answer == replace(FOUND, handle=ID, asked=f'youtube: channel "{ID}"')


@pytest.mark.parametrize("custom", ["adalovelace", None, 7, ""])
async def test_a_handle_that_is_not_told_is_not_guessed(bench: Bench, custom: object) -> None:
    by_handle(bench, listed(channel(customUrl=custom)))
    answer = await bench.provider(YouTube, KEY).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.handle is None


# -- batches ------------------------------------------------------------------


def numbered(count: int) -> list[Account]:
    return [Account(f"a{n}", f"t{n}", "youtube", f"name{n}", external_id=f"UC{n:022d}") for n in range(count)]


async def test_ids_are_asked_for_fifty_at_a_time_and_matched_by_id(bench: Bench) -> None:
    accounts = numbered(60)
    known = [account.external_id or "" for account in accounts]
    by_id(bench, ",".join(known[:50]), listed(*(channel(c) for c in reversed(known[:50]) if c != known[7])))
    by_id(bench, ",".join(known[50:]), listed(*(channel(c) for c in known[50:])))
    answers = dict(await bench.provider(YouTube, KEY).lookup(accounts))
    assert list(answers) == [account.id for account in accounts]
    assert len(bench.mock.get_requests()) == 2
    missing = answers.pop("a7")
    assert isinstance(missing, Absent)
    assert missing.reason == Reason.NOT_FOUND
    for account in accounts:
        if account.id != "a7":
            answer = answers[account.id]
            assert isinstance(answer, Found)
            assert answer.user_id == account.external_id


async def test_a_batch_mixes_ids_handles_and_own_tokens(bench: Bench) -> None:
    [known] = numbered(1)
    by_id(bench, known.external_id or "", listed(channel(known.external_id or "")))
    bench.play("youtube", "found")
    mine(bench, listed(channel()))
    accounts = [replace(OWNED, id="own"), known, ACCOUNT]
    answers = await bench.provider(YouTube, KEY).lookup(accounts)
    assert list(answers) == ["own", known.id, ACCOUNT.id]
    assert all(isinstance(answer, Found) for answer in answers.values())


async def test_two_accounts_of_one_channel_are_one_question(bench: Bench) -> None:
    accounts = [replace(ACCOUNT, external_id=ID), replace(ACCOUNT, id="a2", handle=ID)]
    by_id(bench, ID, listed(channel()))
    answers = await bench.provider(YouTube, KEY).lookup(accounts)
    assert all(isinstance(answer, Found) for answer in answers.values())


async def test_trouble_with_one_channel_spoils_no_other(bench: Bench) -> None:
    first, second = numbered(2)
    broken = channel(first.external_id or "", thumbnails={})
    ids = f"{first.external_id},{second.external_id}"
    by_id(bench, ids, listed(broken, channel(second.external_id or "")))
    answers = await bench.provider(YouTube, KEY).lookup([first, second])
    error = answers[first.id]
    assert isinstance(error, ProviderError)
    assert error.reason == Reason.SHAPE
    assert isinstance(answers[second.id], Found)


async def test_who_is_missing_from_a_list_that_was_cut_short_is_not_gone(bench: Bench) -> None:
    first, second = numbered(2)
    cut = listed(channel(first.external_id or ""), nextPageToken="CAUQAA")
    by_id(bench, f"{first.external_id},{second.external_id}", cut)
    answers = await bench.provider(YouTube, KEY).lookup([first, second])
    assert isinstance(answers[first.id], Found)
    assert isinstance(answers[second.id], ProviderError)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("channelSuspended", Reason.SUSPENDED),
        ("channelClosed", Reason.SUSPENDED),
        ("channelNotFound", Reason.NOT_FOUND),
    ],
)
async def test_a_batch_that_fails_because_of_one_channel_is_asked_one_by_one(
    bench: Bench, why: str, reason: Reason
) -> None:
    accounts = numbered(3)
    known = [account.external_id or "" for account in accounts]
    refusal = google_error(403, why)
    by_id(bench, ",".join(known), refusal, 403)
    by_id(bench, known[0], listed(channel(known[0])))
    by_id(bench, known[1], refusal, 403)
    by_id(bench, known[2], listed(channel(known[2])))
    answers = await bench.provider(YouTube, KEY).lookup(accounts)
    gone = answers["a1"]
    assert isinstance(gone, Absent)
    assert gone.reason == reason
    assert isinstance(answers["a0"], Found)
    assert isinstance(answers["a2"], Found)


async def test_a_channel_that_is_not_shown_blames_no_key_and_spoils_no_other(bench: Bench) -> None:
    accounts = numbered(2)
    known = [account.external_id or "" for account in accounts]
    by_id(bench, ",".join(known), google_error(403, "channelForbidden"), 403)
    by_id(bench, known[0], google_error(403, "channelForbidden"), 403)
    by_id(bench, known[1], listed(channel(known[1])))
    answers = await bench.provider(YouTube, KEY).lookup(accounts)
    hidden = answers["a0"]
    assert isinstance(hidden, ProviderError)
    assert hidden.reason == Reason.BLOCKED
    assert isinstance(answers["a1"], Found)


async def test_a_limit_met_while_asking_one_by_one_ends_it(bench: Bench) -> None:
    accounts = numbered(3)
    known = [account.external_id or "" for account in accounts]
    by_id(bench, ",".join(known), google_error(403, "channelClosed"), 403)
    by_id(bench, known[0], google_error(429, "rateLimitExceeded"), 429)
    answers = await bench.provider(YouTube, KEY).lookup(accounts)
    assert all(isinstance(answer, RateLimited) for answer in answers.values())
    assert len(bench.mock.get_requests()) == 2


async def test_nobody_is_asked_about_nobody(bench: Bench) -> None:
    assert await bench.provider(YouTube, KEY).lookup([]) == {}


async def test_a_store_that_fails_is_not_taken_for_the_platform(bench: Bench) -> None:
    bench.play("youtube", "own_refresh")

    async def save(account: Account, token: Token) -> Token | None:
        raise StoreLocked("The store is busy.")

    bench.save = save  # type: ignore[method-assign]  # the bench is this test's own
    account = replace(OWNED, token=canary_token(expires_at=NOW))
    with pytest.raises(StoreLocked):
        await bench.provider(YouTube, CLIENT).lookup([account])


# -- not found ----------------------------------------------------------------


@pytest.mark.parametrize("body", [listed(), {"kind": "youtube#channelListResponse"}], ids=repr)
async def test_a_list_without_channels_is_nobody(bench: Bench, body: object) -> None:
    by_handle(bench, body)
    answer = await bench.provider(YouTube, KEY).lookup_one(ACCOUNT)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.NOT_FOUND


@pytest.mark.parametrize("items", [None, "x", {}, 7, [7], [None], [{}], [{"id": ID}]], ids=repr)
async def test_a_list_of_the_wrong_shape_is_trouble(bench: Bench, items: object) -> None:
    by_handle(bench, {"kind": "youtube#channelListResponse", "items": items})
    assert (await trouble(bench)).reason == Reason.SHAPE


async def test_a_list_that_claims_channels_and_has_none_is_trouble(bench: Bench) -> None:
    by_handle(bench, {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 1}})
    assert (await trouble(bench)).reason == Reason.SHAPE


# -- errors -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, google_error(403, "forbidden")),
        (403, google_error(403, "accessNotConfigured")),
        (403, google_error(403, "SERVICE_UNAVAILABLE")),
        (400, google_error(400, "keyInvalid")),
        (400, google_error(400, "badRequest")),
        (400, google_error(400, None, "API_KEY_INVALID")),
        (401, google_error(401, "authError")),
    ],
)
async def test_a_refused_key_is_a_configuration_error(bench: Bench, status: int, body: object) -> None:
    by_handle(bench, body, status)
    assert type(await trouble(bench)) is Misconfigured


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "body", ["", "<h1>No</h1>", {"message": "Forbidden"}, {"error": {"code": 403}}], ids=str
)
async def test_a_refusal_in_other_words_than_googles_blames_nobody(
    bench: Bench, status: int, body: object
) -> None:
    by_handle(bench, body, status)
    assert (await trouble(bench)).reason == Reason.BLOCKED
    mine(bench, body, status)
    assert (await trouble(bench, OWNED, CLIENT)).reason == Reason.BLOCKED


async def test_without_a_key_nobody_is_asked(bench: Bench) -> None:
    error = await trouble(bench, settings={})
    assert type(error) is Misconfigured
    assert "api_key" in (error.hint or "")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, google_error(403, "rateLimitExceeded")),
        (429, google_error(429, "rateLimitExceeded")),
        (429, google_error(429, None, "RATE_LIMIT_EXCEEDED")),
    ],
)
async def test_asking_too_fast_costs_a_minute(bench: Bench, status: int, body: object) -> None:
    by_handle(bench, body, status)
    error = await trouble(bench)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    "limit", [{"quota_limit": "defaultPerDayPerProject"}, {"quota_unit": "1/d/{project}"}]
)
async def test_the_days_quota_in_the_newer_format_lasts_until_midnight(
    bench: Bench, limit: dict[str, str]
) -> None:
    error = google_error(429, "rateLimitExceeded")["error"]
    error["details"] = [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": limit}]
    by_handle(bench, {"error": error}, 429)
    assert (await trouble(bench)).retry_at == next_midnight(NOW)


async def test_a_wait_that_google_names_is_kept(bench: Bench) -> None:
    by_handle(bench, google_error(429, "rateLimitExceeded"), 429, {"Retry-After": "120"})
    assert (await trouble(bench)).retry_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(
    "body", [google_error(400, "invalidFilters"), google_error(400), {"error": "x"}, {"error": {"errors": 7}}]
)
@pytest.mark.parametrize("status", [400, 200])
async def test_any_other_error_is_trouble(bench: Bench, status: int, body: object) -> None:
    by_handle(bench, body, status)
    assert (await trouble(bench)).reason == Reason.STATUS


# -- the quota's day ----------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("2026-11-20T12:00", "2026-11-21T08:00"),  # winter time: eight hours behind
        ("2026-11-20T07:59", "2026-11-20T08:00"),
        ("2026-11-20T08:00", "2026-11-21T08:00"),
        ("2026-07-01T06:59", "2026-07-01T07:00"),  # summer time: seven
        ("2026-03-08T07:59", "2026-03-08T08:00"),  # the clocks go forward two hours later
        ("2026-03-08T08:30", "2026-03-09T07:00"),  # a day of 23 hours
        ("2026-11-01T06:59", "2026-11-01T07:00"),  # the clocks go back two hours later
        ("2026-11-01T07:30", "2026-11-02T08:00"),  # a day of 25 hours
    ],
)
def test_the_quota_begins_anew_at_midnight_in_california(now: str, again: str) -> None:
    utc = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_midnight(utc) == datetime.fromisoformat(again).replace(tzinfo=UTC)


def test_a_machine_without_time_zones_waits_an_hour_longer_in_summer() -> None:
    utc = datetime(2026, 7, 1, 6, 59, tzinfo=UTC)
    assert next_midnight(utc, "No/Where") == datetime(2026, 7, 1, 8, tzinfo=UTC)


async def test_an_exhausted_quota_parks_youtube_until_then(bench: Bench) -> None:
    bench.now = datetime(2026, 3, 8, 7, 59, tzinfo=UTC)
    bench.play("youtube", "throttled")
    assert (await trouble(bench)).retry_at == datetime(2026, 3, 8, 8, tzinfo=UTC)


# -- the own token ------------------------------------------------------------


async def test_the_own_token_is_asked_in_a_header(bench: Bench) -> None:
    mine(bench, listed(channel()))
    answer = await bench.provider(YouTube).lookup_one(OWNED)
    assert answer == replace(FOUND, asked="youtube: own token")
    request = bench.mock.get_requests()[0]
    assert CANARY not in str(request.url)
    assert request.headers["authorization"] == f"Bearer {CANARY}-access"


@pytest.mark.parametrize("known", [None, ID])
async def test_a_grant_without_a_channel_says_nothing_of_the_one_that_the_roster_names(
    bench: Bench, known: str | None
) -> None:
    mine(bench, {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})
    with pytest.raises(ProviderError) as caught:
        await bench.provider(YouTube).lookup_one(replace(OWNED, external_id=known))
    assert caught.value.reason is Reason.IDENTITY


async def test_of_several_own_channels_the_known_one_is_taken(bench: Bench) -> None:
    other = "UC" + "z" * 22
    mine(bench, listed(channel(other), channel()))
    answer = await bench.provider(YouTube).lookup_one(replace(OWNED, external_id=ID))
    assert answer.user_id == ID


async def test_a_first_token_of_another_channel_is_an_identity_question(bench: Bench) -> None:
    mine(bench, listed(channel("UC" + "m" * 22, customUrl="@managersprivate")))
    error = await trouble(bench, OWNED, {})
    assert error.reason == Reason.IDENTITY
    assert "managersprivate" in error.message
    assert "adalovelace" in error.message


async def test_a_first_token_is_compared_by_id_where_the_roster_has_the_id(bench: Bench) -> None:
    mine(bench, listed(channel("UC" + "m" * 22), channel()))
    answer = await bench.provider(YouTube).lookup_one(replace(OWNED, handle=ID))
    assert answer.user_id == ID
    mine(bench, listed(channel("UC" + "m" * 22)))
    assert (await trouble(bench, replace(OWNED, handle=ID), {})).reason == Reason.IDENTITY


async def test_of_several_own_channels_the_one_with_the_stored_handle_is_taken(bench: Bench) -> None:
    mine(bench, listed(channel("UC" + "m" * 22, customUrl="@managersprivate"), channel()))
    assert (await bench.provider(YouTube).lookup_one(OWNED)).user_id == ID


async def test_a_grant_without_a_channel_says_nothing_of_a_known_one(bench: Bench) -> None:
    empty = {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}
    known = replace(OWNED, external_id=ID)
    mine(bench, empty)
    assert (await trouble(bench, known, {})).reason == Reason.IDENTITY
    mine(bench, empty)
    by_id(bench, ID, listed(channel()))
    assert isinstance(await bench.provider(YouTube, KEY).lookup_one(known), Found)


async def test_own_channels_of_somebody_else_are_not_taken(bench: Bench) -> None:
    mine(bench, listed(channel("UC" + "z" * 22)))
    error = await trouble(bench, replace(OWNED, external_id=ID), {})
    assert error.reason == Reason.IDENTITY


async def test_a_token_past_its_end_is_refreshed_and_kept_first(bench: Bench) -> None:
    bench.play("youtube", "own_refresh")
    mine(bench, listed(channel()))
    account = replace(OWNED, token=canary_token(expires_at=NOW - timedelta(hours=1)))
    assert isinstance(await bench.provider(YouTube, CLIENT).lookup_one(account), Found)
    assert bench.saved == [
        (account, Token("the-new-token", f"{CANARY}-refresh", NOW + timedelta(seconds=3599)))
    ]
    form = parse_qs(bench.mock.get_requests()[0].content.decode())
    assert form == {
        "client_id": ["our-app"],
        "client_secret": [f"{CANARY}-client"],
        "grant_type": ["refresh_token"],
        "refresh_token": [f"{CANARY}-refresh"],
    }


async def test_a_refused_token_is_refreshed_once(bench: Bench) -> None:
    mine(bench, google_error(401, "authError"), 401)
    bench.play("youtube", "own_refresh")
    mine(bench, listed(channel()))
    assert isinstance(await bench.provider(YouTube, CLIENT).lookup_one(OWNED), Found)


async def test_a_token_that_stays_refused_needs_the_person(bench: Bench) -> None:
    mine(bench, google_error(401, "authError"), 401)
    bench.play("youtube", "own_refresh")
    mine(bench, google_error(401, "authError"), 401)
    assert type(await trouble(bench, OWNED, CLIENT)) is ReconnectRequired


async def test_a_grant_that_has_ended_needs_the_person(bench: Bench) -> None:
    mine(bench, google_error(401, "authError"), 401)
    request = recording("youtube", "own_refresh")["exchanges"][0]["request"]
    bench.answer(request, {"status": 400, "body": {"error": "invalid_grant", "error_description": "Bad"}})
    assert type(await trouble(bench, OWNED, CLIENT)) is ReconnectRequired


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("insufficientPermissions", ReconnectRequired),
        ("SERVICE_UNAVAILABLE", ReconnectRequired),
        ("accessNotConfigured", Misconfigured),
    ],
)
async def test_a_403_to_the_own_token_says_who_can_mend_it(
    bench: Bench, reason: str, kind: type[ProviderError]
) -> None:
    mine(bench, google_error(403, reason), 403)
    assert type(await trouble(bench, OWNED, {})) is kind


async def test_with_a_dead_token_the_key_asks_and_the_answer_says_so(bench: Bench) -> None:
    mine(bench, google_error(403, "insufficientPermissions"), 403)
    bench.play("youtube", "found")
    answer = await bench.provider(YouTube, KEY).lookup_one(OWNED)
    assert answer == replace(FOUND, asked='youtube: own token failed, handle "@adalovelace"')


async def test_with_a_dead_token_a_known_channel_is_asked_for_by_id(bench: Bench) -> None:
    mine(bench, google_error(403, "insufficientPermissions"), 403)
    by_id(bench, ID, listed())
    answer = await bench.provider(YouTube, KEY).lookup_one(replace(OWNED, external_id=ID))
    assert isinstance(answer, Absent)


@pytest.mark.parametrize("case", ["missing", "refused"])
async def test_a_handle_that_the_key_does_not_find_proves_nothing(bench: Bench, case: str) -> None:
    mine(bench, google_error(403, "insufficientPermissions"), 403)
    bench.play("youtube", case)
    assert type(await trouble(bench, OWNED, KEY)) is ReconnectRequired


async def test_trouble_of_the_platform_is_not_a_dead_token(bench: Bench) -> None:
    mine(bench, google_error(403, "quotaExceeded"), 403)
    assert isinstance(await trouble(bench, OWNED, KEY), RateLimited)


# -- pictures -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("thumbnails", "urls"),
    [
        ({"high": "=s800-c"}, ("=s800-c",)),
        ({"high": "=s240-c", "medium": "=s100"}, ("=s800-c", "=s240-c")),
        ({"medium": "=s240-c-k"}, ("=s800-c-k", "=s240-c-k")),
        ({"default": "=s88"}, ("=s800", "=s88")),
        ({"high": "=s1600-c"}, ("=s1600-c",)),
        ({"high": "/photo.jpg"}, ("/photo.jpg",)),
    ],
)
async def test_a_larger_size_is_tried_first_and_the_named_one_stays(
    bench: Bench, thumbnails: dict[str, str], urls: tuple[str, ...]
) -> None:
    base = "https://yt3.ggpht.com/ytc/AIdro"
    by_handle(bench, listed(channel(thumbnails={k: {"url": base + v} for k, v in thumbnails.items()})))
    answer = await bench.provider(YouTube, KEY).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture.urls == tuple(base + url for url in urls)
