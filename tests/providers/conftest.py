"""The surroundings of a provider under test: the real HTTP clients, answered by pytest-httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.http import open_clients
from talentimg.http.retry import Retry

pytest.register_assert_rewrite("tests.providers.contract")

from tests.providers.contract import Bench  # noqa: E402  its asserts have to be rewritten first

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_httpx import HTTPXMock


async def _no_pause(_seconds: float) -> None:
    """Tries follow one another at once."""


@pytest.fixture
async def bench(httpx_mock: HTTPXMock, few_authorities: None) -> AsyncIterator[Bench]:
    async with open_clients(user_agent="talentimg-tests", retry=Retry(sleep=_no_pause)) as clients:
        yield Bench(clients.api, clients.web, httpx_mock)
