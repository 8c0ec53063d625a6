"""The roster: adding, importing and listing talents."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import LossLimitExceeded, UsageError
from talentimg.models import USER
from talentimg.service.people.accounts import asks_the_same
from talentimg.service.people.left_out import without_disconnected
from talentimg.service.run.valve import Valve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import NewTalent, RosterRow
    from talentimg.repository.interface import Roster as RosterPort
    from talentimg.service.people.accounts import Accounts
    from talentimg.service.people.left_out import LeftOut

MAX_ID_LENGTH: Final = 200
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """How many talents an import added and updated, and the accounts that stay disconnected."""

    added: int
    updated: int
    left_out: tuple[LeftOut, ...] = ()


class Roster:
    """Adds, imports and lists talents. Everything is checked before anything is written."""

    def __init__(
        self,
        repository: RosterPort,
        accounts: Accounts,
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._accounts = accounts
        self._now = now

    def add(self, talent: NewTalent) -> TalentRecord:
        """Put a talent on the roster.

        Raises:
            UsageError: the id is taken or empty, a platform unknown, or a handle invalid.
        """
        checked = self._checked(talent)
        self._repository.add([checked], self._now())
        return self._repository.load(checked.id)

    def free_id(self, name: str) -> str:
        """An id that no talent has yet, made from a name: `ada-lovelace`, or else `ada-lovelace-2`."""
        slug = slug_of(name)
        number, candidate = 1, slug
        while self._repository.load_many([candidate]):
            number += 1
            candidate = f"{slug}-{number}"
        return candidate

    def import_talents(self, talents: Sequence[NewTalent], *, allow_losses: int | None = None) -> Imported:
        """Add or update talents, all or none, and then withdraw pictures of accounts and avatars replaced.

        Accounts that a person has disconnected are left out, until a person connects them again.

        Args:
            talents: as they should be.
            allow_losses: how many pictures a person allows to go, if more than the safety valve does.

        Raises:
            UsageError: one of them is invalid, or an id appears twice; the message says which.
            LossLimitExceeded: too many pictures would be withdrawn; nothing is imported.
        """
        checked = [self._checked_for_import(talent) for talent in talents]
        _refuse_duplicates(checked)
        known = {r.talent.id: r for r in self._repository.load_many([t.id for t in checked])}
        disconnected = self._repository.disconnected(list(known))
        taken, left_out = without_disconnected(checked, known, disconnected, self._accounts.normalised)
        replaced = [t.id for t in taken if t.id in known and replaces_shown(known[t.id], t)]
        _refuse_losses({i for i in replaced if self._may_lose(known[i])}, known.values(), allow_losses)
        self._repository.update(taken, self._now())
        self._accounts.withdraw_outdated(replaced)
        return Imported(added=len(checked) - len(known), updated=len(known), left_out=left_out)

    def page(self, after: str | None = None) -> list[RosterRow]:
        """The next page of the roster."""
        return self._repository.roster(after=after, limit=PAGE)

    def _may_lose(self, record: TalentRecord) -> bool:
        """Whether an import may take a picture away: no lock holds it, and no opt-out takes it anyway."""
        return not (record.policy.is_locked(self._now()) or record.policy.opted_out)

    # -- checks ------------------------------------------------------------------------------

    def _checked(self, talent: NewTalent) -> NewTalent:
        if not talent.id.strip() or len(talent.id) > MAX_ID_LENGTH:
            raise UsageError(f"An id has 1 to {MAX_ID_LENGTH} characters, not all of them blank.")
        if not talent.name.strip():
            raise UsageError(f"The talent {talent.id!r} has no name.", hint="Give a name.")
        if talent.avatar_url and not re.match(r"https?://[^\s/]", talent.avatar_url):
            raise UsageError("The avatar's address is not a web address.", hint="It begins with https://")
        if talent.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", talent.email):
            raise UsageError(f"{talent.email!r} is not an e-mail address.")
        accounts = tuple(self._accounts.normalised(account) for account in talent.accounts)
        platforms = [account.platform for account in accounts]
        if len(set(platforms)) < len(platforms):
            raise UsageError(f"The talent {talent.id!r} has two accounts on one platform.")
        return replace(talent, name=unicodedata.normalize("NFC", talent.name), accounts=accounts)

    def _checked_for_import(self, talent: NewTalent) -> NewTalent:
        try:
            return self._checked(talent)
        except UsageError as error:
            raise UsageError(f"{talent.name} ({talent.id}): {error.message}", hint=error.hint) from None


def slug_of(name: str) -> str:
    """An id that a person can type, made from a name: `ada-lovelace`.

    Names without an ASCII letter or digit get a short random id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or f"talent-{secrets.token_hex(4)}"


def replaces_shown(record: TalentRecord, new: NewTalent) -> bool:
    """Whether the picture that is shown would no longer be that of the account or avatar on the roster."""
    shown = record.selection
    if not shown.has_picture:
        return False
    if shown.source == USER:
        return new.avatar_url is not None and (new.avatar_url or None) != record.talent.avatar_url
    old = record.talent.account(shown.source)
    account = next((a for a in new.accounts if a.platform == shown.source), None)
    return old is not None and account is not None and not asks_the_same(old, account)


def _refuse_losses(lost: set[str], known: Iterable[TalentRecord], allowed: int | None) -> None:
    valve = Valve(allowed)
    for record in known:
        if record.selection.has_picture:
            valve.count(record.talent.id, record.selection.source, lost=record.talent.id in lost)
    if exceeded := valve.exceeded():
        raise LossLimitExceeded(
            losses=exceeded.losses,
            shown=exceeded.shown,
            allowed=exceeded.allowed,
            needed=exceeded.needed,
            source=exceeded.source,
            taken_by="by this import",
            instead="nothing was imported",
            hint=f"If it is right, add: --allow-losses {exceeded.needed}",
        )


def _refuse_duplicates(talents: Sequence[NewTalent]) -> None:
    seen: set[str] = set()
    for talent in talents:
        if talent.id in seen:
            raise UsageError(
                f"The id {talent.id!r} appears twice in the import.", hint="Nothing was imported."
            )
        seen.add(talent.id)
