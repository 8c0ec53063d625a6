"""An account that answers as somebody else: a person looks at it, and says that it is the right one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from talentimg.errors import UsageError
from talentimg.models import Action, Reason
from talentimg.service.people.decisions import Said
from talentimg.service.people.insisting import insist
from talentimg.service.run.events import TalentSynced
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Account, Candidate, Outcome, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.results import SyncResult
    from talentimg.service.run.sync import Syncer


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who answers for an account now, and what was known of it before."""

    record: TalentRecord
    account: Account
    candidate: Candidate

    @property
    def known_id(self) -> str | None:
        """The platform's stable id of the person whose account it was, if one was ever learnt."""
        return self.account.external_id

    @property
    def answers_as(self) -> str:
        """The platform's stable id of whoever answers."""
        return self.candidate.platform_user_id or ""


@dataclass(frozen=True, slots=True)
class IdentityAccepted:
    """The new id is taken over. What is shown stays until the look that follows."""

    outcome: Outcome


class Identities:
    """Finds accounts that answer as somebody else, and takes their new ids over."""

    def __init__(
        self,
        *,
        repository: Repository,
        resolver: Resolver,
        open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]],
        now: Callable[[], datetime],
    ) -> None:
        """Everything that it needs.

        Args:
            repository: where accounts and results are.
            resolver: decides what is shown.
            open_syncer: opens the sync service with its network clients, for the look that follows.
            now: the clock.
        """
        self._repository = repository
        self._resolver = resolver
        self._open_syncer = open_syncer
        self._now = now

    def stranger(self, talent_id: str, platform: str) -> Stranger:
        """Who answers for an account, by what the latest look at it learnt.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: no such account is connected, or nobody else answers.
        """
        return _stranger(self._repository.load(talent_id), platform.lower())

    async def accept(
        self, stranger: Stranger, *, by: str, why: str | None = None
    ) -> AsyncGenerator[IdentityAccepted | TalentSynced, None]:
        """Take the id of whoever answers over, and look at the talent.

        Args:
            stranger: as the person has seen it; nobody else is accepted.
            by: who says so.
            why: their reason.

        Raises:
            TalentNotFound: the talent is gone.
            UsageError: somebody else answers by now, or nobody.
        """
        talent_id = stranger.record.talent.id

        def result_of(record: TalentRecord) -> SyncResult:
            return self._result(record, stranger, by, why)

        yield IdentityAccepted(await in_thread(insist, self._repository, talent_id, result_of, self._now))
        async with self._open_syncer() as syncer:
            yield TalentSynced(await syncer.sync(talent_id))

    def _result(self, record: TalentRecord, seen: Stranger, by: str, why: str | None) -> SyncResult:
        now = _stranger(record, seen.account.platform)
        if now.answers_as != seen.answers_as:
            raise UsageError(
                f"Somebody else answers for {record.talent.name} on {now.account.platform} by now.",
                hint="Nothing was changed: look again.",
            )
        about = {"platform": now.account.platform, "from": now.known_id or "", "to": now.answers_as}
        said = Said(Action.ACCEPT, by, why, about).entry(record.talent.id, self._now())
        result = self._resolver.decided(record, record, why=why or "another account was accepted", by=by)
        ids = ((now.account.id, now.answers_as),)
        return replace(result, change=replace(result.change, external_ids=ids, audit=(said,)))


def _stranger(record: TalentRecord, platform: str) -> Stranger:
    account = record.talent.account(platform)
    if account is None:
        raise UsageError(
            f"{record.talent.name} has no {platform} account connected.",
            hint=f"`talentimg show {record.talent.id}` lists the accounts.",
        )
    candidate = record.candidates.get(platform)
    if candidate is None or candidate.reason is not Reason.IDENTITY:
        raise UsageError(
            f"At the latest look nobody else answered for {account.handle} on {platform}: nothing to accept.",
            hint=f"Look again with: talentimg sync {record.talent.id}",
        )
    if not candidate.platform_user_id or candidate.platform_user_id == account.external_id:
        raise UsageError(
            f"{platform} did not say whose account answered: {candidate.detail}",
            hint=f"Connect the right account: talentimg connect {record.talent.id} {platform} HANDLE",
        )
    return Stranger(record, account, candidate)
