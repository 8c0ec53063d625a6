"""Bluesky: absence under status 400, batches matched by name, and DIDs that outlive handles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import HandleError, Misconfigured, ProviderError, RateLimited
from talentimg.models import Account, Reason
from talentimg.providers.bluesky import BASE_URL, Bluesky
from talentimg.providers.interface import Absent, Found, RemotePicture
from tests.providers.contract import JsonContract, Way, recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.providers.contract import Bench

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
CID = "bafkreibjfgx2gprinfvicegelk5kosd6y2frmqpqzwqkg7usac74l3t2v4"
AVATAR = f"https://cdn.bsky.app/img/avatar/plain/{DID}/{CID}@jpeg"
ACCOUNT = Account("a1", "ada", "bluesky", "ada.bsky.social")
ONE = f"{BASE_URL}/xrpc/app.bsky.actor.getProfile"
SEVERAL = f"{BASE_URL}/xrpc/app.bsky.actor.getProfiles"


class TestContract(JsonContract):
    other_ways = (Way("by DID", replace(ACCOUNT, external_id=DID), ("found",)),)
    kind = Bluesky
    account = ACCOUNT
    expected = Found(RemotePicture((AVATAR,), CID, hosts=("cdn.bsky.app",)), DID, "ada.bsky.social")
    placeholder_reason = Reason.NO_PICTURE
    refused_error = Misconfigured
    refused_reason = Reason.CONFIG
    picture_paths = (("avatar",),)
    no_key_reason = Reason.NO_PICTURE


def did(number: int) -> str:
    """A DID that nobody has."""
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:024}")
    return f"did:plc:{letters}"


def people(count: int) -> list[Account]:
    """Accounts of as many people."""
    return [Account(f"a{n}", f"t{n}", "bluesky", f"p{n}.example") for n in range(count)]


def profile(n: int, **changes: Any) -> dict[str, Any]:
    """The profile of one of these people."""
    return {"did": did(n), "handle": f"p{n}.example", "avatar": AVATAR, "labels": [], **changes}


def answer_several(bench: Bench, actors: Sequence[str], profiles: Sequence[Any]) -> None:
    bench.answer(
        {"url": SEVERAL, "params": {"actors": list(actors) if len(actors) > 1 else actors[0]}},
        {"body": {"profiles": list(profiles)}},
    )


def answer_one(bench: Bench, actor: str, response: dict[str, Any]) -> None:
    bench.answer({"url": ONE, "params": {"actor": actor}}, response)


def body(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = recording("bluesky", "found")["exchanges"][0]["response"]["body"]
    return {**found, **changes}


# -- one ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("InvalidRequest", Reason.NOT_FOUND),
        ("AccountDeactivated", Reason.SUSPENDED),
        ("AccountTakedown", Reason.SUSPENDED),
    ],
)
async def test_the_code_tells_the_absences_apart_whatever_the_text(
    bench: Bench, code: str, reason: Reason
) -> None:
    answer_one(bench, ACCOUNT.handle, {"status": 400, "body": {"error": code, "message": "¿Qué?"}})
    answer = await bench.provider(Bluesky).lookup_one(ACCOUNT)
    assert isinstance(answer, Absent)
    assert answer.reason == reason


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 400, "body": {"error": "SomethingNew"}},
        {"status": 400, "body": "<h1>Bad Request</h1>"},
        {
            "status": 400,
            "body": {"error": "InvalidRequest", "message": "Error: actor must be a valid did or a handle"},
        },
        {"status": 404, "body": {"error": "InvalidRequest"}},
        {"status": 403, "body": {"error": "AccountTakedown"}},
    ],
    ids=["unknown code", "no code", "faulty question", "404", "403"],
)
async def test_no_other_refusal_is_absence(bench: Bench, answer: dict[str, Any]) -> None:
    answer_one(bench, ACCOUNT.handle, answer)
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Bluesky).lookup_one(ACCOUNT)
    assert caught.value.reason == (Reason.BLOCKED if answer["status"] == 403 else Reason.STATUS)


async def test_a_server_that_does_not_know_the_call_is_a_wrong_setting(bench: Bench) -> None:
    answer_one(bench, ACCOUNT.handle, {"status": 501, "body": {"error": "MethodNotImplemented"}})
    with pytest.raises(Misconfigured):
        await bench.provider(Bluesky).lookup_one(ACCOUNT)


async def test_throttling_ends_at_the_reset_that_the_server_names(bench: Bench) -> None:
    bench.play("bluesky", "throttled")
    with pytest.raises(RateLimited) as caught:
        await bench.provider(Bluesky).lookup_one(ACCOUNT)
    assert caught.value.retry_at is not None
    assert caught.value.retry_at.timestamp() == 1795176300


async def test_a_known_did_is_asked_for_and_a_new_handle_comes_back(bench: Bench) -> None:
    answer_one(bench, DID, {"body": body(handle="countess.example")})
    answer = await bench.provider(Bluesky).lookup_one(replace(ACCOUNT, external_id=DID))
    assert isinstance(answer, Found)
    assert (answer.user_id, answer.handle) == (DID, "countess.example")


async def test_a_did_can_stand_for_the_handle(bench: Bench) -> None:
    answer_one(bench, DID, {"body": body()})
    answer = await bench.provider(Bluesky).lookup_one(replace(ACCOUNT, handle=DID))
    assert isinstance(answer, Found)
    assert answer.handle == DID, "which is no other name"


async def test_a_handle_that_no_longer_verifies_is_no_handle(bench: Bench) -> None:
    answer_one(bench, DID, {"body": body(handle="handle.invalid")})
    answer = await bench.provider(Bluesky).lookup_one(replace(ACCOUNT, external_id=DID))
    assert isinstance(answer, Found)
    assert (answer.user_id, answer.handle) == (DID, None)


async def test_somebody_else_behind_the_did_is_trouble(bench: Bench) -> None:
    answer_one(bench, did(1), {"body": body()})
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Bluesky).lookup_one(replace(ACCOUNT, external_id=did(1)))
    assert caught.value.reason == Reason.IDENTITY


@pytest.mark.parametrize(
    ("labels", "is_withheld"),
    [
        ([{"val": "!no-unauthenticated"}], True),
        ([{"val": "porn"}, {"val": "!no-unauthenticated", "src": DID}], True),
        ([{"val": "!no-unauthenticated", "neg": True}], False),
        ([{"val": "spam"}, 7], False),
    ],
)
async def test_the_wish_not_to_be_shown_to_strangers_is_honoured(
    bench: Bench, labels: list[Any], is_withheld: bool
) -> None:
    answer_one(bench, ACCOUNT.handle, {"body": body(labels=labels)})
    answer = await bench.provider(Bluesky).lookup_one(ACCOUNT)
    if is_withheld:
        assert isinstance(answer, Absent)
        assert (answer.reason, answer.user_id) == (Reason.WITHHELD, DID)
    else:
        assert isinstance(answer, Found)


async def test_labels_that_cannot_be_read_are_not_taken_for_consent(bench: Bench) -> None:
    answer_one(bench, ACCOUNT.handle, {"body": body(labels={"val": "!no-unauthenticated"})})
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Bluesky).lookup_one(ACCOUNT)
    assert caught.value.reason == Reason.SHAPE


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (AVATAR, CID),
        (AVATAR.removesuffix("@jpeg"), CID),
        ("https://pictures.example/ada.png", None),
        ("https://[", None),
    ],
)
async def test_the_key_is_the_content_identifier(bench: Bench, url: str, key: str | None) -> None:
    answer_one(bench, ACCOUNT.handle, {"body": body(avatar=url)})
    answer = await bench.provider(Bluesky).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture.key == key


async def test_a_stored_handle_that_is_none_asks_nobody(bench: Bench) -> None:
    with pytest.raises(Misconfigured) as caught:
        await bench.provider(Bluesky).lookup_one(replace(ACCOUNT, handle="not a handle"))
    assert caught.value.tries == 0


# -- several ------------------------------------------------------------------------


async def test_sixty_people_take_three_calls(bench: Bench) -> None:
    accounts = people(60)
    for start in (0, 25, 50):
        numbers = range(start, min(start + 25, 60))
        answer_several(bench, [accounts[n].handle for n in numbers], [profile(n) for n in reversed(numbers)])
    answers = await bench.provider(Bluesky).lookup(accounts)
    assert list(answers) == [account.id for account in accounts]
    for n, account in enumerate(accounts):
        answer = answers[account.id]
        assert isinstance(answer, Found)
        assert answer.user_id == did(n)


async def test_whoever_is_left_out_of_a_batch_is_asked_for_singly(bench: Bench) -> None:
    accounts = people(4)
    answer_several(
        bench,
        [account.handle for account in accounts],
        [profile(2, handle="handle.invalid"), profile(0), "nonsense"],
    )
    answer_one(bench, "p1.example", {"status": 400, "body": {"error": "AccountTakedown"}})
    answer_one(bench, "p2.example", {"body": profile(2, handle="handle.invalid")})
    answer_one(bench, "p3.example", {"status": 502})
    answers = await bench.provider(Bluesky).lookup(accounts)
    first, second, third, fourth = answers.values()
    assert isinstance(first, Found)
    assert isinstance(second, Absent)
    assert second.reason == Reason.SUSPENDED
    assert isinstance(third, Found)
    assert isinstance(fourth, ProviderError)
    assert fourth.reason == Reason.STATUS


async def test_a_known_did_is_asked_for_in_a_batch_too(bench: Bench) -> None:
    accounts = people(2)
    accounts[1] = replace(accounts[1], external_id=did(1))
    answer_several(bench, ["p0.example", did(1)], [profile(1, handle="new.example"), profile(0)])
    answers = await bench.provider(Bluesky).lookup(accounts)
    second = answers["a1"]
    assert isinstance(second, Found)
    assert (second.user_id, second.handle) == (did(1), "new.example")


async def test_one_bad_account_spoils_no_batch(bench: Bench) -> None:
    accounts = people(3)
    accounts[1] = replace(accounts[1], handle="no handle")
    answer_several(bench, ["p0.example", "p2.example"], [profile(0), profile(2, avatar=7)])
    answers = await bench.provider(Bluesky).lookup(accounts)
    assert isinstance(answers["a0"], Found)
    assert isinstance(answers["a1"], Misconfigured)
    third = answers["a2"]
    assert isinstance(third, ProviderError)
    assert third.reason == Reason.SHAPE


async def test_a_batch_that_is_refused_as_a_whole_is_asked_for_singly(bench: Bench) -> None:
    accounts = people(2)
    bench.answer({"url": SEVERAL, "params": {"actors": ["p0.example", "p1.example"]}}, {"status": 400})
    answer_one(bench, "p0.example", {"body": profile(0)})
    missing = {"error": "InvalidRequest", "message": "Profile not found"}
    answer_one(bench, "p1.example", {"status": 400, "body": missing})
    answers = await bench.provider(Bluesky).lookup(accounts)
    assert isinstance(answers["a0"], Found)
    assert isinstance(answers["a1"], Absent)


async def test_after_a_throttled_batch_nothing_more_is_asked(bench: Bench) -> None:
    accounts = people(30)
    bench.answer({"url": SEVERAL, "params": {"actors": [a.handle for a in accounts[:25]]}}, {"status": 429})
    answers = await bench.provider(Bluesky).lookup(accounts)
    assert len(answers) == 30
    assert all(isinstance(answer, RateLimited) for answer in answers.values())
    assert len(bench.mock.get_requests()) == 1


async def test_after_a_throttled_question_in_a_batch_nothing_more_is_asked(bench: Bench) -> None:
    accounts = people(3)
    answer_several(bench, [account.handle for account in accounts], [profile(0)])
    answer_one(bench, "p1.example", {"status": 429})
    answers = await bench.provider(Bluesky).lookup(accounts)
    assert isinstance(answers["a0"], Found)
    assert isinstance(answers["a1"], RateLimited)
    assert isinstance(answers["a2"], RateLimited)
    assert len(bench.mock.get_requests()) == 2


async def test_a_batch_that_cannot_be_asked_is_trouble_for_all_of_it(bench: Bench) -> None:
    accounts = people(2)
    bench.answer({"url": SEVERAL, "params": {"actors": ["p0.example", "p1.example"]}}, {"body": []})
    answers = await bench.provider(Bluesky).lookup(accounts)
    for answer in answers.values():
        assert isinstance(answer, ProviderError)
        assert answer.reason == Reason.SHAPE


async def test_nobody_is_asked_for_nobody(bench: Bench) -> None:
    assert await bench.provider(Bluesky).lookup([]) == {}


# -- handles ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("@Ada.BSKY.social", "ada.bsky.social"),
        (" ada.example ", "ada.example"),
        ("https://bsky.app/profile/ada.example", "ada.example"),
        (f"https://bsky.app/profile/{DID}/", DID),
        (f"at://{DID}", DID),
        ("did:web:ada.example", "did:web:ada.example"),
    ],
)
def test_handles_are_taken_as_people_type_them(typed: str, handle: str) -> None:
    assert Bluesky.normalise(typed) == handle


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "localhost",
        "127.0.0.1",
        "ada.example/x",
        "ada_l.example",
        "-a.example",
        "did:plc:short",
        "did:web:localhost%3A1234",
        "ada.example\n.b",
        "a" * 64 + ".example",
        "a." * 130 + "example",
    ],
)
def test_what_can_be_no_handle_is_refused(typed: str) -> None:
    with pytest.raises(HandleError):
        Bluesky.normalise(typed)
