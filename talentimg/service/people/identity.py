"""An account that answers as somebody else: a person looks at it, and says that it is the right one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from talentimg.errors import TalentimgError, UsageError
from talentimg.models import Action, Reason
from talentimg.service.people.decisions import Said
from talentimg.service.run.events import TalentSynced
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Account, Candidate, Outcome, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.people.decisions import Decided, Decisions
    from talentimg.service.people.edition import Editions
    from talentimg.service.results import SourceResult
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
    record: TalentRecord


class Identities:
    """Finds accounts that answer as somebody else, and takes their new ids over."""

    def __init__(
        self,
        *,
        repository: Repository,
        decisions: Decisions,
        open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]],
    ) -> None:
        """Everything that it needs.

        Args:
            repository: where accounts and results are.
            decisions: writes what is decided.
            open_syncer: opens the sync service with its network clients, for the look that follows.
        """
        self._repository = repository
        self._decisions = decisions
        self._open_syncer = open_syncer

    def stranger(self, talent_id: str, platform: str) -> Stranger:
        """Who answers for an account, by what the latest look at it learnt.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: no such account is connected, or nobody else answers.
        """
        return _stranger(self._repository.load(talent_id), platform.lower())

    def strangers(self, talent_id: str) -> list[Stranger]:
        """All who answer for accounts of a talent in place of whom we knew.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        found = (_answering(record, account) for account in record.talent.accounts)
        return [stranger for stranger in found if stranger is not None]

    def seen(self, talent_id: str, platform: str, answers_as: str) -> Stranger:
        """Who answers for an account, if it is whom a person has seen.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: no such account is connected, or somebody else answers by now, or nobody.
        """
        stranger = self.stranger(talent_id, platform)
        if stranger.answers_as != answers_as:
            raise _somebody_else(stranger)
        return stranger

    async def offered(self, stranger: Stranger) -> SourceResult:
        """What whoever answers offers now, so that a person can look at it. Nothing of it is shown yet.

        Raises:
            ObjectError: pictures cannot be kept.
        """
        async with self._open_syncer() as syncer:
            return await syncer.offered(_as_theirs(stranger), stranger.account.platform)

    async def accept(
        self, stranger: Stranger, *, by: str, why: str | None = None, editions: Editions = None
    ) -> AsyncGenerator[IdentityAccepted | TalentSynced, None]:
        """Take the id of whoever answers over, and look at the talent.

        Args:
            stranger: as the person has seen it; nobody else is accepted.
            by: who says so.
            why: their reason.
            editions: those of the talent that the person may have seen.

        Raises:
            TalentNotFound: the talent is gone.
            EditedMeanwhile: the talent is in none of them.
            UsageError: somebody else answers by now, or nobody.
        """
        done = await in_thread(self._accepted, stranger, by, why, editions)
        yield IdentityAccepted(done.outcome, done.record)
        async with self._open_syncer() as syncer:
            yield TalentSynced(await syncer.sync(stranger.record.talent.id))

    async def accepted(
        self, stranger: Stranger, *, by: str, why: str | None = None, editions: Editions = None
    ) -> IdentityAccepted:
        """The same for somebody who wants to know what came of it in the end.

        Where the look that follows fails, that is what came of the word itself: the next one makes up for it.
        """
        done: IdentityAccepted | None = None
        try:
            async for event in self.accept(stranger, by=by, why=why, editions=editions):
                accepted = event if isinstance(event, IdentityAccepted) else done
                assert accepted is not None
                done = replace(accepted, outcome=event.outcome)
        except TalentimgError:
            if done is None:
                raise
        assert done is not None
        return done

    def _accepted(self, seen: Stranger, by: str, why: str | None, editions: Editions) -> Decided:
        about = {"platform": seen.account.platform, "from": seen.known_id or "", "to": seen.answers_as}

        def checked(record: TalentRecord, _: datetime) -> TalentRecord:
            now = _stranger(record, seen.account.platform)
            if (now.account.id, now.known_id, now.answers_as) == (
                seen.account.id,
                seen.known_id,
                seen.answers_as,
            ):
                return record
            raise _somebody_else(now)

        return self._decisions.carry_out(
            seen.record.talent.id,
            Said(Action.ACCEPT, by, why, about, editions=editions),
            checked,
            external_ids=[(seen.account.id, seen.answers_as)],
        )


def _as_theirs(stranger: Stranger) -> TalentRecord:
    """The talent as if the account were that of whoever answers, of whom nothing is known yet."""
    record, theirs = stranger.record, replace(stranger.account, external_id=stranger.answers_as)
    accounts = tuple(theirs if one is stranger.account else one for one in record.talent.accounts)
    rest = {source: c for source, c in record.candidates.items() if source != theirs.platform}
    return replace(record, talent=replace(record.talent, accounts=accounts), candidates=rest)


def _somebody_else(now: Stranger) -> UsageError:
    return UsageError(
        f"Somebody else answers for {now.record.talent.name} on {now.account.platform} by now.",
        hint="Nothing was changed: look again.",
    )


def _answering(record: TalentRecord, account: Account) -> Stranger | None:
    candidate = record.candidates.get(account.platform)
    if candidate is None or candidate.reason is not Reason.IDENTITY:
        return None
    if not candidate.platform_user_id or candidate.platform_user_id == account.external_id:
        return None
    return Stranger(record, account, candidate)


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
