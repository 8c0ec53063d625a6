"""Who is on the roster and which accounts they have: the operator's word, kept at once."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreLocked, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from talentimg.models import Account, Outcome, TalentRecord
    from talentimg.providers.interface import Provider
    from talentimg.repository.interface import NewAccount, NewTalent, Repository, RosterRow
    from talentimg.service.decision.resolver import Resolver

LONGEST_ID: Final = 200
PAGE: Final = 500
ROUNDS: Final = 5
"""Times that a person's word is tried again because a sync wrote at the same moment."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    updated: int


class Roster:
    """Adds, imports, lists and connects. Handles are checked before anything is written."""

    def __init__(
        self,
        repository: Repository,
        provider_class: Callable[[str], type[Provider]],
        resolver: Resolver,
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._provider_class = provider_class
        self._resolver = resolver
        self._now = now

    def add(self, talent: NewTalent) -> TalentRecord:
        """Put a talent on the roster.

        Raises:
            UsageError: the id is taken or empty, a platform unknown, or a handle impossible.
        """
        checked = self._checked(talent)
        self._repository.add([checked], self._now())
        return self._repository.load(checked.id)

    def free_id(self, name: str) -> str:
        """An id for a new talent that nobody has yet: `ada-lovelace`, then `ada-lovelace-2`."""
        stem = stem_of(name)
        number, candidate = 1, stem
        while self._repository.load_many([candidate]):
            number += 1
            candidate = f"{stem}-{number}"
        return candidate

    def bring_in(self, talents: Sequence[NewTalent]) -> Imported:
        """Add talents or bring them up to date, all or none.

        Raises:
            UsageError: one of them is wrong, or an id stands twice; the message says which.
        """
        checked = [self._checked_in_import(talent) for talent in talents]
        _refuse_twins(checked)
        known = {r.talent.id: r for r in self._repository.load_many([t.id for t in checked])}
        for talent in checked:
            for account in talent.accounts if talent.id in known else ():
                self._let_go_of_replaced(known[talent.id], account)
        self._repository.update(checked, self._now())
        return Imported(added=len(checked) - len(known), updated=len(known))

    def connect(self, talent_id: str, account: NewAccount) -> Account:
        """Connect an account, in place of the one on that platform if there is one.

        Another handle than before is another person: what is shown from the old one goes at once.

        Raises:
            TalentNotFound: no such talent.
            UsageError: the platform is unknown or the handle impossible.
        """
        tidy = self._tidy(account)
        self._let_go_of_replaced(self._repository.load(talent_id), tidy)
        return self._repository.connect(talent_id, tidy, self._now())

    def disconnect(self, talent_id: str, platform: str) -> Outcome:
        """Disconnect an account; its picture goes at once and the next source takes over.

        That is the operator's word and not an observation, so nothing is waited for. A lock holds
        all the same.

        Raises:
            TalentNotFound: no such talent.
            UsageError: no such account is connected.
        """
        platform = platform.lower()
        before = self._repository.load(talent_id)
        if before.talent.account(platform) is None:
            raise UsageError(
                f"{before.talent.name} has no {platform} account connected.",
                hint=f"`talentimg show {talent_id}` lists the accounts.",
            )
        outcome = self._let_go(before, platform, why=f"{platform} was disconnected")
        self._repository.disconnect(talent_id, platform, self._now())
        return outcome

    def _let_go_of_replaced(self, record: TalentRecord, new: NewAccount) -> bool:
        old = record.talent.account(new.platform)
        if old is None or old.handle.lower() == new.handle.lower():
            return False
        self._let_go(record, new.platform, why=f"{new.platform} was connected anew")
        return True

    def _let_go(self, record: TalentRecord, platform: str, *, why: str) -> Outcome:
        """Show nothing from an account any more. Before it goes itself: a crash in between loses no word."""
        for _ in range(ROUNDS):
            resolved = self._resolver.without(record, platform, why=why, by="operator")
            if not self._repository.save([resolved.change], self._now()):
                return resolved.outcome
            record = self._repository.load(record.talent.id)  # a sync was faster: the person's word stands
        raise StoreLocked(f"{record.talent.name} is being changed all the time.", hint="Try again later.")

    def page(self, after: str | None = None) -> list[RosterRow]:
        """The next page of the roster."""
        return self._repository.roster(after=after, limit=PAGE)

    # -- checks ------------------------------------------------------------------------------

    def _checked(self, talent: NewTalent) -> NewTalent:
        if not talent.id.strip() or len(talent.id) > LONGEST_ID:
            raise UsageError(f"An id has 1 to {LONGEST_ID} characters, and not only blanks.")
        if not talent.name.strip():
            raise UsageError(f"The talent {talent.id!r} has no name.", hint="Give a name.")
        if talent.avatar_url and not re.match(r"https?://[^\s/]", talent.avatar_url):
            raise UsageError("The avatar's address is not one of the web.", hint="It begins with https://")
        if talent.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", talent.email):
            raise UsageError(f"{talent.email!r} is not an e-mail address.")
        accounts = tuple(self._tidy(account) for account in talent.accounts)
        platforms = [account.platform for account in accounts]
        if len(set(platforms)) < len(platforms):
            raise UsageError(f"The talent {talent.id!r} has two accounts on one platform.")
        return replace(talent, name=unicodedata.normalize("NFC", talent.name), accounts=accounts)

    def _checked_in_import(self, talent: NewTalent) -> NewTalent:
        try:
            return self._checked(talent)
        except UsageError as error:
            raise UsageError(f"{talent.name} ({talent.id}): {error.message}", hint=error.hint) from None

    def _tidy(self, account: NewAccount) -> NewAccount:
        provider = self._provider_class(account.platform.lower())
        return replace(account, platform=provider.info.name, handle=provider.normalise(account.handle))


def stem_of(name: str) -> str:
    """An id that a person can type, made from a name: `ada-lovelace`.

    Names without any ASCII letter or digit get a short random id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or f"talent-{secrets.token_hex(4)}"


def _refuse_twins(talents: Sequence[NewTalent]) -> None:
    seen: set[str] = set()
    for talent in talents:
        if talent.id in seen:
            raise UsageError(
                f"The id {talent.id!r} stands twice in the import.", hint="Nothing was imported."
            )
        seen.add(talent.id)
