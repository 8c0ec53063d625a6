"""A small world for the service: real repository, store and image work, platforms and network of our own."""

from __future__ import annotations

import io
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from PIL import Image

from talentimg.errors import PictureError, ProviderError
from talentimg.http.interface import Api, Fetched, NotModified, Web
from talentimg.models import Reason, ReviewMode
from talentimg.providers.handles import Handles
from talentimg.providers.interface import (
    Absent,
    Found,
    Provider,
    ProviderContext,
    ProviderInfo,
    RemotePicture,
)
from talentimg.providers.registry import platform_names, provider_class
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.chain import Rules
from talentimg.service.decision.resolver import Resolver
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.pacing import Pacing
from talentimg.service.lookup.pictures import Pictures
from talentimg.service.lookup.sources import Sources
from talentimg.service.people.accounts import Accounts
from talentimg.service.people.choosing import Choosing
from talentimg.service.people.decisions import Decisions
from talentimg.service.people.history import History
from talentimg.service.people.identity import Identities
from talentimg.service.people.placeholders import Placeholders
from talentimg.service.people.reviews import ReviewDesk
from talentimg.service.people.roster import Roster
from talentimg.service.people.rules import Rules as TalentRules
from talentimg.service.people.unwanted import NamedPlaceholders
from talentimg.service.run.events import TalentSynced
from talentimg.service.run.sync import Syncer
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.providers.played import NoStore
from tests.spoken import SPOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.http.interface import Page, Reply, Room
    from talentimg.models import Account, Outcome
    from talentimg.providers.interface import (
        Answer,
    )
    from talentimg.repository.interface import Repository
    from talentimg.service.people.accounts import AccountEvent
    from talentimg.service.run.sync import RosterSync
    from talentimg.store.interface import ObjectStore

PLATFORMS = ("instagram", "tiktok", "youtube")


@lru_cache(maxsize=1000)
def picture_bytes(seed: int) -> bytes:
    """A small JPEG that no placeholder check could take for a flat one, different for each seed."""
    noise = random.Random(seed)
    small = Image.frombytes("RGB", (12, 12), noise.randbytes(12 * 12 * 3))
    buffer = io.BytesIO()
    small.resize((240, 240), Image.Resampling.BICUBIC).save(buffer, "JPEG")
    return buffer.getvalue()


class FakeWeb(Web):
    """Serves pictures by address, with validators, and counts what it was asked."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes | PictureError] = {}
        self.etags: dict[str, str] = {}
        self.fetched: list[str] = []

    async def fetch_picture(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        hosts: tuple[str, ...] = (),
        room: Room | None = None,
    ) -> Fetched | NotModified:
        self.fetched.append(url)
        if etag is not None and etag == self.etags.get(url):
            return NotModified()
        body = self.pictures.get(url)
        if body is None:
            raise PictureError("The picture's address is dead.", reason=Reason.MISSING)
        if isinstance(body, PictureError):
            raise body
        return Fetched(body, etag=self.etags.get(url))

    async def request(self, url: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        raise NotImplementedError

    def open_page(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[Page]:
        raise NotImplementedError


class NoApi(Api):
    """The fake providers ask nobody."""

    async def request(self, method: str, url: str, **_: object) -> Reply:
        raise NotImplementedError


class FakeProvider(Provider):
    """Gives the answers that a test sets."""

    info: ClassVar[ProviderInfo]

    def __init__(self, name: str) -> None:
        self.info = ProviderInfo(  # type: ignore[misc]  # one class stands for several platforms here
            name=name,
            label=name.title(),
            docs="https://docs.example",
            needs="nothing",
            handle_pattern=r"[a-z]+",
            handle_example="ada",
            picture_hosts=("cdn.example",),
        )
        super().__init__(ProviderContext(NoApi(), FakeWeb(), {}, lambda: NOW, NoStore()))
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.asked: list[str] = []

    async def lookup(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        return {account.id: self._answer(account) for account in accounts}

    async def lookup_one(self, account: Account) -> Found | Absent:
        answer = self._answer(account)
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    def _answer(self, account: Account) -> Answer:
        self.asked.append(account.handle)
        answer = self.answers.get(account.handle, Absent(Reason.NOT_FOUND, "No such account.", SPOKEN))
        return answer.pop(0) if isinstance(answer, list) else answer


@dataclass
class World:
    """Everything a test of the service touches. Time moves when the test says so."""

    repository: Repository = field(default_factory=MemoryRepository)
    store: ObjectStore = field(default_factory=MemoryObjectStore)
    web: FakeWeb = field(default_factory=FakeWeb)
    now: datetime = NOW
    public_url: str | None = None
    review: ReviewMode = ReviewMode.OFF
    concurrency: int = 3  # a run begins ten tasks for each, and many tests are of hundreds of runs
    providers: dict[str, FakeProvider] = field(
        default_factory=lambda: {name: FakeProvider(name) for name in PLATFORMS}
    )

    def add(self, talent_id: str, *platforms: str, avatar: str | None = None) -> None:
        """A talent whose handle is its id on each of these platforms."""
        accounts = tuple(NewAccount(platform, talent_id) for platform in platforms)
        self.repository.add(
            [NewTalent(talent_id, talent_id.title(), avatar_url=avatar, accounts=accounts)], self.now
        )

    def offers(
        self, platform: str, handle: str, seed: int, *, key: str | None = None, user_id: str | None = None
    ) -> str:
        """The platform has a picture of this person from now on; returns its address."""
        url = f"https://cdn.example/{platform}/{handle}/{seed}.jpg"
        self.web.pictures[url] = picture_bytes(seed)
        remote = RemotePicture((url,), key=key)
        self.providers[platform].answers[handle] = Found(
            remote, user_id=user_id or handle, asked=f"{platform}: {handle}"
        )
        return url

    def lacks(self, platform: str, handle: str) -> None:
        """The platform says that there is nobody of this name."""
        self.providers[platform].answers[handle] = Absent(Reason.NOT_FOUND, "No such account.", SPOKEN)

    def fails(self, platform: str, handle: str, error: ProviderError | None = None) -> None:
        """The platform cannot be asked."""
        trouble = error or ProviderError(
            f"{platform.title()} did not answer.", reason=Reason.TIMEOUT, tries=3
        )
        self.providers[platform].answers[handle] = trouble

    def pass_time(self, **span: float) -> None:
        """Let time go by, in the words of `timedelta`."""
        self.now += timedelta(**span)

    def syncer(self, allowance: Allowance | None = None) -> Syncer:
        """A syncer as a new process would build it, or for one more run of a process."""
        return Syncer(
            repository=self.repository,
            sources=self.sources(allowance),
            resolver=self.resolver(),
            now=lambda: self.now,
            concurrency=self.concurrency,
        )

    def sources(self, allowance: Allowance | None = None) -> Sources:
        """What a syncer asks."""
        return Sources(
            provider_for=self.providers.get,
            pictures=Pictures(self.web, self.store, self.repository),
            allowance=allowance or Allowance(Pacing(self.repository, lambda: self.now)),
            now=lambda: self.now,
            renew_address=self.public_url is None,
        )

    async def run(self, **options: Any) -> tuple[dict[str, Outcome], RosterSync]:
        """One roster run by a new process over everybody; the last outcome of each."""
        roster = self.syncer().sync_due(**{"before": None, "limit": None, **options})
        return {outcome.talent_id: outcome async for outcome in roster}, roster

    def decisions(self) -> Decisions:
        """What people decide."""
        return Decisions(self.repository, self.resolver(), lambda: self.now)

    def rules(self) -> TalentRules:
        """Locks, orders and opt-outs of talents."""
        return TalentRules(self.decisions())

    def choosing(self) -> Choosing:
        """Pictures that people bring."""

        @asynccontextmanager
        async def open_pictures() -> AsyncIterator[Pictures]:
            yield Pictures(self.web, self.store, self.repository)

        return Choosing(
            repository=self.repository,
            decisions=self.decisions(),
            open_pictures=open_pictures,
            store=lambda: self.store,
            now=lambda: self.now,
            max_bytes=1_000_000,
        )

    def history(self) -> History:
        """What was shown and said."""
        return History(
            repository=self.repository,
            store=self.store,
            resolver=self.resolver(),
            decisions=self.decisions(),
            now=lambda: self.now,
        )

    def resolver(self) -> Resolver:
        """The rules of this world."""
        return Resolver(Rules(PLATFORMS, review=self.review), self.public_url, lambda: self.now)

    async def connect(self, talent_id: str, account: NewAccount) -> Outcome:
        """An operator connects an account; the outcome of the look that follows."""
        return await _last_outcome(self.accounts().connect(talent_id, account))

    async def disconnect(self, talent_id: str, platform: str) -> Outcome:
        """An operator disconnects an account; the outcome of that and the look that follows."""
        return await _last_outcome(self.accounts().disconnect(talent_id, platform))

    def roster(self) -> Roster:
        """Who is on it, as an operator says."""
        return Roster(self.repository, self.accounts(), lambda: self.now)

    def placeholders(self) -> Placeholders:
        """What a person says of suspected pictures."""
        return Placeholders(self.repository, lambda: self.now)

    def named_placeholders(self) -> NamedPlaceholders:
        """What a person names a placeholder."""
        return NamedPlaceholders(
            self.repository, self.resolver(), self.placeholders(), lambda: self.now, max_bytes=1_000_000
        )

    def desk(self) -> ReviewDesk:
        """What a person says of pictures that wait."""
        return ReviewDesk(self.repository, self.decisions())

    @asynccontextmanager
    async def _open_syncer(self) -> AsyncIterator[Syncer]:
        yield self.syncer()

    def identities(self) -> Identities:
        """What a person says of accounts that answer as somebody else."""
        return Identities(
            repository=self.repository,
            decisions=self.decisions(),
            open_syncer=self._open_syncer,
        )

    def accounts(self) -> Accounts:
        """The operator's side of it."""
        return Accounts(
            repository=self.repository,
            handles=Handles(provider_class, platform_names),
            resolver=self.resolver(),
            open_syncer=self._open_syncer,
            now=lambda: self.now,
        )

    async def sync(self, talent_id: str = "ada", *, force: bool = False) -> Outcome:
        """One sync by a new process."""
        return await self.syncer().sync(talent_id, force=force)


async def _last_outcome(events: AsyncGenerator[AccountEvent, None]) -> Outcome:
    return [event.outcome async for event in events if isinstance(event, TalentSynced)][-1]
