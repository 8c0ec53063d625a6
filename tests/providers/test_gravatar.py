"""Gravatar: e-mail addresses that never leave as they are, and never stand in a message."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talentimg.errors import HandleError, ProviderError
from talentimg.models import Account, Reason
from talentimg.providers.gravatar import Gravatar
from talentimg.providers.interface import Absent, Found, RemotePicture
from tests.providers.contract import ProviderContract, recording

if TYPE_CHECKING:
    from tests.providers.contract import Bench

EMAIL = "ada@example.com"
DIGEST = hashlib.sha256(EMAIL.encode()).hexdigest()
ACCOUNT = Account("a1", "ada", "gravatar", EMAIL)
PICTURE = f"https://gravatar.com/avatar/{DIGEST}?s=512&d=404&r=pg"
REQUEST = recording("gravatar", "found")["exchanges"][0]["request"]


class TestContract(ProviderContract):
    kind = Gravatar
    account = ACCOUNT
    expected = Found(RemotePicture((PICTURE,), hosts=("gravatar.com", ".gravatar.com")))
    missing_reason = Reason.NO_PICTURE
    placeholder_reason = Reason.NO_PICTURE
    refused_error = ProviderError
    refused_reason = Reason.BLOCKED
    garbled_reason = Reason.SHAPE


@pytest.mark.parametrize("case", ["found", "missing"])
async def test_the_address_stands_in_no_answer_for_people(bench: Bench, case: str) -> None:
    bench.play("gravatar", case)
    answer = await bench.provider(Gravatar).lookup_one(ACCOUNT)
    assert answer.asked == "gravatar: picture by e-mail hash"
    if isinstance(answer, Absent):
        assert EMAIL not in repr(answer)
        assert DIGEST not in repr(answer)


@pytest.mark.parametrize(
    "response",
    [{"status": status} for status in (400, 401, 403, 429, 500, 503)]
    + [{"headers": {"content-type": "text/html"}}],
    ids=str,
)
async def test_no_trouble_tells_the_address_or_its_hash(bench: Bench, response: dict[str, Any]) -> None:
    bench.answer(REQUEST, response)
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Gravatar).lookup_one(ACCOUNT)
    shown = f"{caught.value!r} {caught.value} {caught.value.hint}"
    assert EMAIL not in shown
    assert DIGEST not in shown


def asked(**params: str) -> dict[str, Any]:
    """A question for the picture with other parameters than usual."""
    return {**REQUEST, "params": {**REQUEST["params"], **params}}


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        ({"status": 404}, Reason.STATUS),
        ({"headers": {"content-type": "text/html"}}, Reason.SHAPE),
        ({"status": 200}, Reason.SHAPE),
        ({"status": 403}, Reason.BLOCKED),
        ({"status": 429}, Reason.THROTTLED),
    ],
    ids=str,
)
async def test_only_a_server_that_draws_is_believed_that_there_is_no_picture(
    bench: Bench, control: dict[str, Any], reason: Reason
) -> None:
    bench.answer(REQUEST, {"status": 404})
    bench.answer(asked(r="x"), {"status": 404})
    bench.answer(asked(d="mp", f="y"), control)
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Gravatar).lookup_one(ACCOUNT)
    assert caught.value.reason == reason


async def test_a_picture_that_is_not_for_everybody_is_not_gone(bench: Bench) -> None:
    bench.answer(REQUEST, {"status": 404})
    bench.answer(asked(r="x"), {"headers": {"content-type": "image/jpeg"}})
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Gravatar).lookup_one(ACCOUNT)
    assert caught.value.reason == Reason.BLOCKED
    assert "rated" in caught.value.message


@pytest.mark.parametrize(("d", "found"), [("404", True), ("404", False)])
async def test_a_server_that_redirects_to_its_pictures_is_followed(bench: Bench, d: str, found: bool) -> None:
    settings = {"base_url": "https://avatars.example"}
    for params in ({"r": "pg", "d": d}, {"r": "x", "d": d}, {"r": "pg", "d": "mp", "f": "y"}):
        is_picture = found or params["d"] == "mp"
        url = f"https://avatars.example/avatar/{DIGEST}"
        there = f"https://avatars.example/proxy/{params['r']}{params['d']}"
        redirect = {"status": 302, "headers": {"location": there}}
        bench.answer({"method": "HEAD", "url": url, "params": {"s": "512", **params}}, redirect)
        bench.answer({"url": url, "params": {"s": "512", **params}}, redirect)
        kind = {"content-type": "image/png"} if is_picture else {}
        bench.answer({"url": there}, {"status": 200 if is_picture else 404, "headers": kind})
        if found:
            break
    answer = await bench.provider(Gravatar, settings).lookup_one(ACCOUNT)
    assert isinstance(answer, Found if found else Absent)


async def test_no_network_failure_tells_the_address_or_its_hash(bench: Bench) -> None:
    bench.mock.add_exception(httpx.ConnectError(f"{EMAIL} {DIGEST}"), is_reusable=True)
    with pytest.raises(ProviderError) as caught:
        await bench.provider(Gravatar).lookup_one(ACCOUNT)
    assert EMAIL not in str(caught.value)
    assert DIGEST not in str(caught.value)


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/octet-stream"}], ids=str)
async def test_a_picture_need_not_say_what_it_is(bench: Bench, headers: dict[str, str]) -> None:
    bench.answer(REQUEST, {"headers": headers})
    assert isinstance(await bench.provider(Gravatar).lookup_one(ACCOUNT), Found)


async def test_another_server_can_be_asked(bench: Bench) -> None:
    bench.answer({**REQUEST, "url": f"https://avatars.test/avatar/{DIGEST}"}, {})
    answer = await bench.provider(Gravatar, {"base_url": "https://avatars.test/"}).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture == RemotePicture((PICTURE.replace("gravatar.com", "avatars.test"),))


async def test_the_hash_is_of_the_tidy_address(bench: Bench) -> None:
    bench.play("gravatar", "found")
    assert Gravatar.normalise(" Ada@Example.COM ") == EMAIL
    assert isinstance(
        await bench.provider(Gravatar).lookup_one(replace(ACCOUNT, handle="ADA@example.com")), Found
    )


async def test_an_address_with_any_letters_can_be_hashed(bench: Bench) -> None:
    bench.mock.add_response(status_code=404, method="HEAD")
    bench.mock.add_response(status_code=404, method="HEAD")
    bench.mock.add_response(headers={"content-type": "image/png"}, method="HEAD")
    answer = await bench.provider(Gravatar).lookup_one(replace(ACCOUNT, handle="ädä\ud800@example.com"))
    assert isinstance(answer, Absent)


@pytest.mark.parametrize("typed", ["", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com"])
def test_what_can_be_no_address_is_refused(typed: str) -> None:
    with pytest.raises(HandleError):
        Gravatar.normalise(typed)
