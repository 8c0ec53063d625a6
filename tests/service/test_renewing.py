"""Tokens are renewed before they die, once, whoever races for them, and durable before they are used."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from talentimg.demo.people import INSTAGRAM, TIKTOK
from talentimg.demo.roster import roster_of
from talentimg.demo.settings import TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET
from talentimg.demo.world import World as Platforms
from talentimg.errors import ProviderError, ReconnectRequired
from talentimg.models import Candidate, OptOut, Policy, Reason, Selection, State, Token
from talentimg.providers.registry import provider_class
from talentimg.providers.tiktok import TikTok
from talentimg.repository.interface import Change, NewAccount
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.pacing import Pacing
from talentimg.service.lookup.providers import Providers
from talentimg.service.lookup.tokens import StoredTokens
from talentimg.service.run.renewing import AGAIN, AT_ONCE, EVERY, Renewing
from tests.service.nearby import Nearby, clients_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from talentimg.models import Account
    from talentimg.providers.interface import Provider
    from talentimg.repository.interface import Repository

START: Final = datetime(2026, 11, 24, 2, tzinfo=UTC)
MARGINS: Final = {
    name: margin for name in (TIKTOK, INSTAGRAM) if (margin := provider_class(name).info.renewed_before)
}
SETTINGS: Final = {"client_key": TIKTOK_CLIENT_KEY, "client_secret": TIKTOK_CLIENT_SECRET}


class Wire(Nearby):
    """Counts refreshes, and lets something happen between a platform's answer and whoever waits for it."""

    def __init__(self, platforms: Platforms) -> None:
        super().__init__(platforms, seed=1)
        self.refreshed: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.refuses_with: int | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if request.url.path.endswith(("/token/", "/refresh_access_token")):
            self.refreshed.append(request.url.path)
            await asyncio.sleep(0)  # the others get their turn
            self.meanwhile()
            if self.refuses_with is not None:
                return httpx.Response(self.refuses_with, request=request)
        return answer


@dataclass
class Scene:
    """Platforms, and a roster whose tokens they have given."""

    repository: Repository
    now: datetime = START
    platforms: Platforms = field(init=False)
    wire: Wire = field(init=False)

    def __post_init__(self) -> None:
        self.platforms = Platforms(clock=self._clock)
        self.wire = Wire(self.platforms)

    def _clock(self) -> float:
        return self.now.timestamp()

    def join(self, *people: str, platform: str = TIKTOK, own_token: bool = True) -> None:
        for person in people:
            self.platforms.add(person, person.title())
            self.platforms.join(person, platform, person, own_token=own_token)
        known = {row.talent_id for row in self.repository.everybody()}
        new = [one for one in roster_of(self.platforms, "https://agency.test") if one.id not in known]
        self.repository.add(new, self.now)

    def account(self, person: str = "ada") -> Account:
        (account,) = self.repository.load(person).talent.accounts
        return account

    def process(self, repository: Repository | None = None) -> Callable[[str], Provider | None]:
        """What another process has: providers of its own, over a store of its own or the same."""
        kept = repository or self.repository
        clients = clients_of(self.wire, lambda: self.now)

        def settings(name: str) -> dict[str, str | None]:
            options = {option.key: option.default for option in provider_class(name).info.options}
            bases = {key: f"https://{name}.test/{name}" for key in options if key.endswith("base_url")}
            return {**options, **bases, **(SETTINGS if name == TIKTOK else {})}

        allowance = Allowance(Pacing(kept, lambda: self.now))
        tokens = StoredTokens(kept, lambda: self.now, sleep=lambda _: asyncio.sleep(0.001))
        return Providers(clients, allowance, settings, lambda: self.now, tokens).get

    def renewing(self) -> Renewing:
        @asynccontextmanager
        async def providers() -> AsyncIterator[Callable[[str], Provider | None]]:
            yield self.process()

        return Renewing(
            repository=self.repository, platforms=MARGINS, open_providers=providers, now=lambda: self.now
        )


@pytest.fixture
def scene() -> Scene:
    return Scene(MemoryRepository())


async def usable(process: Callable[[str], Provider | None], account: Account) -> Token:
    provider = process(TIKTOK)
    assert isinstance(provider, TikTok)
    return await provider.tokens.usable(account)


# -- those who race ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_of_four_that_need_a_rotating_token_at_once_one_refreshes_it(
    kind: str, new_store: Path
) -> None:
    repositories = (
        [MemoryRepository()] * 4 if kind == "memory" else [SqliteRepository.open(new_store) for _ in range(4)]
    )
    scene = Scene(repositories[0])
    scene.join("ada")
    account = scene.account()
    scene.now += timedelta(hours=3)
    used = await asyncio.gather(*(usable(scene.process(one), account) for one in repositories))
    assert len(scene.wire.refreshed) == 1
    assert set(used) == {scene.account().token}
    assert account.token not in used
    for one in repositories:
        one.close()


async def test_a_person_who_connects_during_a_refresh_wins(scene: Scene) -> None:
    scene.join("ada")
    account = scene.account()
    scene.now += timedelta(hours=3)
    anew = Token("granted-anew", "r", scene.now + timedelta(hours=2))

    def connect() -> None:
        scene.repository.connect("ada", NewAccount(TIKTOK, "ada", token=anew), scene.now)

    scene.wire.meanwhile = connect
    assert await usable(scene.process(), account) == anew
    assert scene.account().token == anew


async def test_a_process_that_has_the_turn_for_ever_is_waited_for_and_then_it_is_trouble(
    scene: Scene,
) -> None:
    scene.join("ada")
    account = scene.account()
    scene.now += timedelta(hours=3)
    scene.repository.begin_renewal(account, "elsewhere:1:x", scene.now, scene.now + timedelta(minutes=2))
    with pytest.raises(ProviderError, match="Another process") as caught:
        await usable(scene.process(), account)
    assert not isinstance(caught.value, ReconnectRequired)
    assert scene.wire.refreshed == []
    scene.now += timedelta(minutes=2)
    await usable(scene.process(), account)
    assert len(scene.wire.refreshed) == 1


async def test_a_refused_one_is_told_for_this_account_alone(scene: Scene) -> None:
    scene.join("ada", "bob")
    scene.platforms.revoke_token("ada", TIKTOK)
    scene.now += timedelta(hours=3)
    process = scene.process()
    with pytest.raises(ReconnectRequired):
        await usable(process, scene.account("ada"))
    assert await usable(process, scene.account("bob")) == scene.account("bob").token


# -- those whom nobody looks at -----------------------------------------------------------


async def test_tokens_are_renewed_although_nobody_looks_at_their_talents(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    on_instagram = ["ada", "bob", "dan", "eve", "fay", "gil"]
    scene.join(*on_instagram, platform=INSTAGRAM)
    scene.join("cem")
    before = {one: scene.account(one).token for one in (*on_instagram, "cem")}
    scene.now += timedelta(days=49)  # of sixty
    with caplog.at_level(logging.INFO, "talentimg.tokens"):
        found = await scene.renewing().round()
    assert found is not None
    assert (found.renewed, found.failed, found.reconnects) == (7, 0, [])
    assert caplog.messages == ["7 tokens were renewed, 0 accounts need their talents."]
    for one, old in before.items():
        kept = scene.account(one).token
        assert kept is not None
        assert kept != old
        assert kept.expires_at is not None
        assert kept.expires_at > scene.now


async def test_one_that_lives_long_enough_is_left_alone_and_so_is_who_wants_nobody_asked(
    scene: Scene,
) -> None:
    scene.join("ada", "bob", "cem", platform=INSTAGRAM)
    scene.now += timedelta(days=49)
    scene.repository.save_policy("ada", Policy(opt_outs=(OptOut(),)))
    scene.repository.save_policy("bob", Policy(opt_outs=(OptOut(INSTAGRAM),)))
    long = Token("long", None, scene.now + timedelta(days=30))
    scene.repository.connect("cem", NewAccount(INSTAGRAM, "cem", token=long), scene.now)
    found = await scene.renewing().round()
    assert found is not None
    assert found.renewed == 0
    assert scene.wire.refreshed == []


async def test_what_has_no_time_left_is_for_the_next_round(scene: Scene) -> None:
    scene.join("ada", platform=INSTAGRAM)
    scene.now += timedelta(days=49)
    found = await scene.renewing().round(seconds=0)
    assert found is not None
    assert found.renewed == 0
    scene.now += EVERY
    found = await scene.renewing().round()
    assert found is not None
    assert found.renewed == 1


async def test_a_platform_that_asks_for_a_pause_is_asked_for_no_more(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.join(*(f"t{number}" for number in range(AT_ONCE + 5)), platform=INSTAGRAM)
    scene.now += timedelta(days=49)
    scene.wire.refuses_with = 429
    found = await scene.renewing().round()
    assert found is not None
    assert (found.renewed, found.failed, found.reconnects) == (0, 0, [])
    assert 1 <= len(scene.wire.refreshed) <= AT_ONCE
    assert {message.partition(":")[0] for message in caplog.messages} == {
        "Instagram tokens are not renewed now"
    }


async def test_one_that_could_not_be_renewed_is_left_alone_for_a_day(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.join("ada", "bob", platform=INSTAGRAM)
    scene.now += timedelta(days=49)
    scene.wire.refuses_with = 503
    with caplog.at_level(logging.INFO, "talentimg.tokens"):
        found = await scene.renewing().round()
    assert found is not None
    assert (found.renewed, found.failed) == (0, 2)
    assert sorted(message.partition(":")[0] for message in caplog.messages) == [
        "The Instagram token of ada",
        "The Instagram token of bob",
    ]
    scene.wire.refuses_with = None
    scene.now += AGAIN - EVERY
    found = await scene.renewing().round()
    assert found is not None
    assert (found.renewed, found.failed) == (0, 0)
    scene.now += 2 * EVERY
    found = await scene.renewing().round()
    assert found is not None
    assert (found.renewed, found.failed) == (2, 0)


async def test_a_round_is_done_by_one_process_an_hour(scene: Scene) -> None:
    scene.join("ada", platform=INSTAGRAM)
    scene.now += timedelta(days=49)
    rounds = await asyncio.gather(*(scene.renewing().round() for _ in range(4)))
    assert [one.renewed for one in rounds if one] == [1]
    assert await scene.renewing().round() is None
    scene.now += EVERY
    assert await scene.renewing().round() is not None


async def test_one_that_has_died_is_told_once_and_left_alone_until_the_person_connects(scene: Scene) -> None:
    scene.join("ada", platform=INSTAGRAM)
    scene.now += timedelta(days=61)
    found = await scene.renewing().round()
    assert found is not None
    assert [(one.talent_id, one.platform) for one in found.reconnects] == [("ada", INSTAGRAM)]
    assert (found.failed, found.reconnects[0].since) == (1, scene.now)
    assert found.reconnects[0].detail == "The talent's Instagram token has expired."
    assert scene.wire.refreshed == [], "nothing can be done about it"
    scene.now += AGAIN + EVERY
    again = await scene.renewing().round()
    assert again is not None
    assert again.reconnects == []
    assert scene.repository.reconnects_needed(limit=9) == found.reconnects
    alive = Token("alive", None, scene.now + timedelta(days=60))
    account = scene.account()
    # As the app would, which tells nobody.
    scene.repository.save_token(account, alive)
    scene.now += EVERY
    await scene.renewing().round()
    assert scene.repository.reconnects_needed(limit=9) == []


async def test_of_whom_nothing_is_asked_any_more_nobody_has_to_connect(scene: Scene) -> None:
    scene.join("ada", platform=INSTAGRAM)
    scene.join("bob", platform=INSTAGRAM, own_token=False)
    scene.join("cem", platform=INSTAGRAM)
    scene.repository.disconnect("cem", INSTAGRAM, scene.now)
    for person in ("ada", "bob", "cem", "gone"):
        scene.repository.need_reconnect(person, INSTAGRAM, scene.now, "Connect again.")
    assert scene.account("bob").token is None
    await scene.renewing().round()
    assert [one.talent_id for one in scene.repository.reconnects_needed(limit=9)] == ["bob"], (
        "without a token"
    )


async def test_one_that_a_look_found_refused_is_needed_although_it_has_not_ended(scene: Scene) -> None:
    scene.join("ada", platform=INSTAGRAM)
    refused = Candidate("ada", INSTAGRAM, State.TROUBLE, Reason.TOKEN, "It is refused.")
    change = Change("ada", Selection(synced_at=scene.now), candidates=(refused,))
    scene.repository.save([change], scene.now)
    assert scene.repository.reconnects_needed(limit=9) != []
    await scene.renewing().round()
    assert [one.detail for one in scene.repository.reconnects_needed(limit=9)] == ["It is refused."]


async def test_what_others_answer_in_a_platforms_place_asks_nobody_to_connect(scene: Scene) -> None:
    people = [f"t{number}" for number in range(9)]
    scene.join(*people, platform=INSTAGRAM)
    scene.now += timedelta(days=49)
    scene.wire.begin_night(1.0)
    found = await scene.renewing().round()
    assert found is not None
    assert found.renewed == 0
    assert found.reconnects == []
    assert {scene.account(one).token is not None for one in people} == {True}
