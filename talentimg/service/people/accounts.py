"""Connecting and disconnecting accounts, with the look that follows. It takes effect at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.errors import ChangesRefused, UsageError
from talentimg.models import Action, OutcomeKind
from talentimg.models.audit import HANDLE, PLATFORM
from talentimg.models.question import account_question, handle_key
from talentimg.providers.names import parse_platform
from talentimg.repository.interface import NewAccount
from talentimg.service.decision.chain import shows_another
from talentimg.service.decision.resolver import CONFLICT_RETRIES
from talentimg.service.people.decisions import Said
from talentimg.service.people.insisting import keeps_changing
from talentimg.service.people.spelling import as_stored
from talentimg.service.run.events import TalentSynced
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Account, Outcome, TalentRecord
    from talentimg.providers.handles import Handles
    from talentimg.repository.interface import Change, Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.results import SyncResult
    from talentimg.service.run.sync import Syncer

OPERATOR: Final = "operator"
"""Who the history names if the caller does not say."""


@dataclass(frozen=True, slots=True)
class AccountConnected:
    """The account is connected, and the picture from the account that it replaces is gone."""

    account: Account


@dataclass(frozen=True, slots=True)
class AccountDisconnected:
    """The account is disconnected. `outcome` says what is shown until another source is asked."""

    outcome: Outcome


AccountEvent: TypeAlias = AccountConnected | AccountDisconnected | TalentSynced


class Accounts:
    """Connects and disconnects. A handle is checked before anything is written."""

    def __init__(
        self,
        *,
        repository: Repository,
        handles: Handles,
        resolver: Resolver,
        open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]],
        now: Callable[[], datetime],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where accounts are stored.
            handles: knows what the handles of every platform look like.
            resolver: decides what is shown without an account.
            open_syncer: opens the sync service with its network clients, for the look that follows.
            now: the clock.
        """
        self._repository = repository
        self._handles = handles
        self._resolver = resolver
        self._open_syncer = open_syncer
        self._now = now

    async def connect(
        self, talent_id: str, account: NewAccount, *, by: str = OPERATOR, why: str | None = None
    ) -> AsyncGenerator[AccountEvent, None]:
        """Connect an account, replacing one on the same platform, and look at the talent.

        A different handle means a different person: the picture from the old account goes at once.

        Raises:
            TalentNotFound: no such talent.
            UsageError: the platform is unknown or the handle invalid.
        """
        yield AccountConnected(await in_thread(self._connect, talent_id, account, by, why))
        async with self._open_syncer() as syncer:
            yield TalentSynced(await syncer.sync(talent_id))

    async def disconnect(
        self, talent_id: str, platform: str, *, by: str = OPERATOR, why: str | None = None
    ) -> AsyncGenerator[AccountEvent, None]:
        """Disconnect an account, and ask the remaining sources.

        Its picture goes at once: a person decided this, so no confirmation is needed. A lock still holds. The
        outcome of the look covers both steps: from what was shown before to what is shown in the end.

        Raises:
            TalentNotFound: no such talent.
            UsageError: no such account is connected.
            ChangesRefused: it is disconnected, but the app's tables keep what is shown.
        """
        withdrawn = await in_thread(self._disconnect, talent_id, platform, by, why)
        yield AccountDisconnected(withdrawn)
        async with self._open_syncer() as syncer:
            yield TalentSynced(_combined(withdrawn, await syncer.sync(talent_id)))

    def named(self, platform: str | None, handle: str, profile_url: str | None = None) -> NewAccount:
        """An account as people name it: by its platform and handle, or by the address of the profile alone.

        Raises:
            UsageError: there is no such platform, or the address does not tell which it is of.
        """
        name = parse_platform(platform) if platform else self._handles.platform_of(handle)
        return NewAccount(name, handle, profile_url)

    def normalised(self, account: NewAccount) -> NewAccount:
        """The account with its platform and handle in the stored form.

        Raises:
            UsageError: the platform is unknown or the handle invalid.
        """
        platform, handle = self._handles.read(account.platform, account.handle)
        return replace(account, platform=platform, handle=handle)

    def what_follows(
        self, record: TalentRecord, after: TalentRecord | None = None, *, why: str, by: str
    ) -> Change | None:
        """What is written once the roster has changed: what it no longer names is shown no longer.

        Args:
            record: the talent as the roster has it now.
            after: the same with what people decided besides, if they did.
            why: the reason in the history.
            by: who the history names.

        Returns:
            None if nothing follows.
        """
        if after is None and not shows_another(record):
            return None
        change = self._resolver.decided(record, after or record, why=why, by=by).change
        return replace(change, policy=after.policy) if after else change

    def withdraw_replaced(
        self, record: TalentRecord, new: NewAccount, by: str = OPERATOR
    ) -> SyncResult | None:
        """Stop showing the picture from an account that another one replaces."""
        old = record.talent.account(new.platform)
        if old is None or asks_the_same(old, new):
            return None
        why = f"the {new.platform} account was replaced"
        return self._withdraw_picture(record, new.platform, why=why, by=by)

    # -- what is written, in blocking code ------------------------------------------------

    def _connect(self, talent_id: str, account: NewAccount, by: str, why: str | None) -> Account:
        normalised = self.normalised(account)
        record = self._repository.load(talent_id)
        new = as_stored(normalised, record.talent, self.normalised)
        withdrawn = self.withdraw_replaced(record, new, by)
        said = Said(Action.CONNECT, by, why, {PLATFORM: new.platform, HANDLE: new.handle})
        history, now = withdrawn.change.history if withdrawn else None, self._now()
        entry = said.entry(talent_id, history.at if history else now)
        return self._repository.connect(talent_id, new, now, said=entry)

    def _disconnect(self, talent_id: str, platform: str, by: str, why: str | None) -> Outcome:
        platform = platform.lower()
        before = self._repository.load(talent_id)
        account = before.talent.account(platform)
        if account is None:
            raise UsageError(
                f"{before.talent.name} has no {platform} account connected.",
                hint=f"`talentimg show {talent_id}` lists the accounts.",
            )
        now = self._now()
        said = Said(Action.DISCONNECT, by, why, {PLATFORM: platform, HANDLE: account.handle})
        entry = said.entry(talent_id, now)
        try:
            result = self._withdraw_picture(
                before, platform, why=why or f"{platform} was disconnected", by=by
            )
        except ChangesRefused as error:  # the person has decided, whatever the app makes of the picture
            self._repository.disconnect(talent_id, platform, now, said=entry)
            told = f"The {platform} account is disconnected, but what is shown has not changed."
            raise ChangesRefused({i: f"{told} {why}" for i, why in error.reasons.items()}) from None
        at = result.change.history.at if result.change.history else now
        self._repository.disconnect(talent_id, platform, now, said=said.entry(talent_id, at))
        return result.outcome

    def _withdraw_picture(self, record: TalentRecord, platform: str, *, why: str, by: str) -> SyncResult:
        """Stop showing the picture from an account, before the account goes, so that no crash can undo it."""
        for _ in range(CONFLICT_RETRIES):
            result = self._resolver.without_account(record, platform, why=why, by=by)
            if not self._repository.save([result.change], self._now()):
                return result
            record = self._repository.load(record.talent.id)  # a sync was faster, but the person decides
        raise keeps_changing(record.talent.name)


def asks_the_same(old: Account, new: NewAccount) -> bool:
    """Whether the picture from one account is that of the other. A profile URL that is not given stays."""
    if handle_key(old.handle) != handle_key(new.handle):
        return False
    profile_url = new.profile_url or old.profile_url
    return account_question(old.platform, old.handle, old.profile_url) == account_question(
        old.platform, new.handle, profile_url
    )


def _combined(withdrawn: Outcome, after: Outcome) -> Outcome:
    kind = withdrawn.kind if after.source == withdrawn.source else OutcomeKind.DEMOTED
    return replace(after, kind=kind, previous_source=withdrawn.previous_source)
