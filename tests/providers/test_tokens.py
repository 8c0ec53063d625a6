"""Keeping tokens usable; what only shows over many refreshes. The rest stands in test_tiktok.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ProviderError, ReconnectRequired
from talentimg.models import Account, Token
from talentimg.providers.tiktok import TikTok
from talentimg.providers.tokens import REMEMBERED, Tokens, refresh_grant, refused
from tests.providers.played import before, played
from tests.providers.times import NOW
from tests.spoken import SPOKEN

if TYPE_CHECKING:
    from tests.providers.contract import Bench

SOON = timedelta(minutes=5)
ACCOUNT = Account("a1", "ada", "tiktok", "ada", token=Token("t0", "r", NOW))


class Platform:
    """Gives out numbered tokens, or the same one with a longer life."""

    def __init__(self, bench: Bench, *, same: bool = False) -> None:
        self.bench = bench
        self.same = same
        self.asked = 0

    async def refresh(self, token: Token) -> Token:
        self.asked += 1
        text = token.access_token if self.same else f"new{self.asked}"
        return Token(text, "r", self.bench.now + timedelta(hours=2))

    def tokens(self) -> Tokens:
        context = self.bench.provider(TikTok).context
        return Tokens(context, TikTok.info, margin=SOON, refresh=self.refresh)


async def test_an_old_account_is_led_to_the_newest_token_over_many_refreshes(bench: Bench) -> None:
    platform = Platform(bench)
    tokens = platform.tokens()
    for count in range(1, 4):
        assert (await tokens.usable(ACCOUNT)).access_token == f"new{count}"
        assert (await tokens.usable(ACCOUNT)).access_token == f"new{count}"
        bench.now += timedelta(hours=3)
    assert platform.asked == 3


async def test_a_token_whose_text_stays_the_same_is_refreshed_once(bench: Bench) -> None:
    platform = Platform(bench, same=True)
    tokens = platform.tokens()
    for _ in range(3):
        assert (await tokens.usable(ACCOUNT)).expires_at == NOW + timedelta(hours=2)
    assert platform.asked == 1


async def test_a_token_refused_after_somebody_refreshed_it_is_not_refreshed_again(bench: Bench) -> None:
    platform = Platform(bench)
    tokens = platform.tokens()
    newer = await tokens.usable(ACCOUNT)
    assert await tokens.after_refusal(ACCOUNT, Token("t0", "r", NOW), SPOKEN, tries=1) == newer
    assert platform.asked == 1


async def test_memory_stays_flat_however_many_accounts_there_are(bench: Bench) -> None:
    tokens = Platform(bench).tokens()
    for number in range(REMEMBERED + 50):
        await tokens.usable(replace(ACCOUNT, id=f"a{number}", token=Token(f"t{number}", "r", NOW)))
    assert len(tokens._newer) == REMEMBERED
    assert len(tokens._locks) <= 1
    assert not tokens._unsaved


@pytest.mark.parametrize("status", [200, 400, 401, 503])
@given(
    error=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    )
)
async def test_whatever_a_token_endpoint_calls_its_error_it_is_trouble(status: int, error: object) -> None:
    context = before(TikTok, played(status, {"error": error})).context
    with pytest.raises(ProviderError):
        await refresh_grant(context, TikTok.info, "https://oauth.test/token", {}, Token("t0", "r", NOW))


# -- others who write the same tokens ---------------------------------------------------------

THEIRS = Token("theirs", "r2", NOW + timedelta(hours=2))


async def test_a_token_that_another_process_has_refreshed_is_used(bench: Bench) -> None:
    platform = Platform(bench)
    bench.stored[ACCOUNT.id] = THEIRS
    tokens = platform.tokens()
    assert await tokens.usable(ACCOUNT) == THEIRS
    assert await tokens.usable(ACCOUNT) == THEIRS
    assert platform.asked == 0


async def test_one_of_another_process_that_ends_soon_as_well_is_refreshed(bench: Bench) -> None:
    platform = Platform(bench)
    bench.stored[ACCOUNT.id] = replace(THEIRS, expires_at=NOW)
    assert (await platform.tokens().usable(ACCOUNT)).access_token == "new1"
    assert [account.token for account, _ in bench.saved] == [replace(THEIRS, expires_at=NOW)]


async def test_a_grant_that_has_ended_may_have_been_replaced_meanwhile(bench: Bench) -> None:
    """Another process refreshed it at the same time, or the person connected again."""

    class Ended(Platform):
        async def refresh(self, token: Token) -> Token:
            bench.stored[ACCOUNT.id] = THEIRS
            raise refused(TikTok.info, "TikTok has ended the connection.", SPOKEN)

    assert await Ended(bench).tokens().usable(ACCOUNT) == THEIRS


async def test_a_grant_that_has_ended_for_good_asks_the_person(bench: Bench) -> None:
    class Ended(Platform):
        async def refresh(self, token: Token) -> Token:
            raise refused(TikTok.info, "TikTok has ended the connection.", SPOKEN)

    with pytest.raises(ReconnectRequired):
        await Ended(bench).tokens().usable(ACCOUNT)


async def test_a_person_who_connects_again_during_a_refresh_wins(bench: Bench) -> None:
    class Slow(Platform):
        async def refresh(self, token: Token) -> Token:
            bench.stored[ACCOUNT.id] = THEIRS
            return await super().refresh(token)

    platform = Slow(bench)
    tokens = platform.tokens()
    assert await tokens.usable(ACCOUNT) == THEIRS
    assert await tokens.usable(ACCOUNT) == THEIRS
    assert bench.saved == []
    assert platform.asked == 1


async def test_a_time_that_the_store_keeps_less_exactly_is_no_other_token(bench: Bench) -> None:
    account = replace(ACCOUNT, token=Token("t0", "r", NOW + timedelta(microseconds=123_456)))
    bench.stored[account.id] = Token("t0", "r", NOW + timedelta(milliseconds=123))
    assert (await Platform(bench).tokens().usable(account)).access_token == "new1"
