"""Whatever a platform answers, and whatever the roster holds: an answer, or trouble. Never a bug of ours."""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import HandleError, ProviderError
from talentimg.models import Account
from talentimg.providers.interface import Absent, Found
from talentimg.providers.registry import platform_names, provider_class
from tests.nasty import assert_untold, nasty_links
from tests.providers.contract import CASES, canary_token, recording
from tests.providers.played import before, played

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.http.interface import Reply
    from tests.providers.contract import ProviderContract

CONTRACTS: Final[dict[str, type[ProviderContract]]] = {
    name: import_module(f"tests.providers.test_{name}").TestContract for name in platform_names()
}
EXTRA: Final = {"instagram": ["own_found"], "mastodon": ["actor"]}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | nasty_links,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def places(body: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document, the whole included."""
    yield here
    below = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in below:
        yield from places(value, (*here, key))


def value_at(body: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        body = body[step]
    return body


def with_value(body: Any, place: tuple[str | int, ...], value: object) -> Any:
    if not place:
        return value
    body = copy.deepcopy(body)
    value_at(body, place[:-1])[place[-1]] = value
    return body


@st.composite
def spoilt_replies(draw: st.DrawFn, name: str) -> list[Reply]:
    """A recorded conversation with one value replaced in each answer, or every address on a page."""
    replies = []
    for exchange in recording(name, draw(st.sampled_from([*CASES, *EXTRA.get(name, [])])))["exchanges"]:
        response = exchange["response"]
        body = response.get("body", "")
        if isinstance(body, str):
            body = body.replace("https://", draw(nasty_links))
        else:
            everywhere = list(places(body))
            links = [place for place in everywhere if str(value_at(body, place)).startswith("https://")]
            place = draw(st.sampled_from(links or everywhere) | st.sampled_from(everywhere))
            body = with_value(body, place, draw(nasty_links | anything))
        status = draw(st.sampled_from([response.get("status", 200), 200]))
        replies.append(played(status, body, response.get("headers")))
    return replies


async def ask(name: str, account: Account, replies: list[Reply]) -> Found | Absent | ProviderError:
    contract = CONTRACTS[name]
    provider = before(contract.kind, *replies, settings=contract.settings)
    assert isinstance(provider.quota_key(account), str)
    answer = (await provider.lookup([account]))[account.id]
    if isinstance(answer, ProviderError):
        assert_untold(answer)
    return answer


@pytest.mark.parametrize("name", platform_names())
@given(st.data())
async def test_an_answer_with_anything_in_it_is_an_answer_or_trouble(name: str, data: st.DataObject) -> None:
    account = CONTRACTS[name].account
    if data.draw(st.booleans()):
        account = replace(account, token=canary_token())
    answer = await ask(name, account, data.draw(spoilt_replies(name)))
    assert isinstance(answer, Found | Absent | ProviderError)


@pytest.mark.parametrize("name", platform_names())
@given(nasty_links, nasty_links, nasty_links, st.data())
async def test_a_row_with_anything_in_it_is_asked_for_or_is_trouble(
    name: str, handle: str, profile: str, user_id: str, data: st.DataObject
) -> None:
    account = Account("a1", "ada", name, handle, profile, user_id)
    answer = await ask(name, account, data.draw(spoilt_replies(name)))
    assert isinstance(answer, Found | Absent | ProviderError)


@pytest.mark.parametrize("name", platform_names())
@given(nasty_links)
def test_a_handle_is_taken_or_refused(name: str, handle: str) -> None:
    with suppress(HandleError):
        assert provider_class(name).normalise(handle).isprintable()
