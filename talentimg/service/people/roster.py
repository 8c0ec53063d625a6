"""The roster: adding, importing and listing talents."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import LossLimitExceeded, UsageError
from talentimg.models import USER
from talentimg.repository.interface import NewTalent
from talentimg.repository.tombstones import asked_of
from talentimg.service.people.accounts import asks_the_same
from talentimg.service.people.files.faults import Fault, Place, refuse
from talentimg.service.people.files.roster import RosterFile
from talentimg.service.people.left_out import without_disconnected, without_forgotten
from talentimg.service.people.preview import Merge, previewed, reconnected
from talentimg.service.people.spelling import as_stored
from talentimg.service.run.valve import Valve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository, RosterRow
    from talentimg.service.people.accounts import Accounts
    from talentimg.service.people.left_out import ForgottenTalent, LeftOut
    from talentimg.service.people.listing import Wanted
    from talentimg.service.people.preview import Preview, Reconnected

MAX_ID_LENGTH: Final = 200
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """How many talents an import added and updated, and what became of accounts that people disconnected.

    `left_out` stay disconnected. `reconnected` have another handle, and may yet be of the same person.
    `forgotten` are to stay so, and are left out.
    """

    added: int
    updated: int
    left_out: tuple[LeftOut, ...] = ()
    reconnected: tuple[Reconnected, ...] = ()
    forgotten: tuple[ForgottenTalent, ...] = ()


class Roster:
    """Adds, imports and lists talents. Everything is checked before anything is written."""

    def __init__(
        self,
        repository: Repository,
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
        """Add or update talents: `import_file` for those that come from no file.

        Raises:
            UsageError: one of them is invalid, or an id appears twice; the message says which.
            LossLimitExceeded: too many pictures would be withdrawn; nothing is imported.
        """
        placed = tuple((Place(number, "talent"), talent) for number, talent in enumerate(talents, start=1))
        return self.import_file(RosterFile("the import", placed), allow_losses=allow_losses)

    def import_file(self, file: RosterFile, *, allow_losses: int | None = None) -> Imported:
        """Add or update talents, all or none, and then withdraw pictures of accounts and avatars replaced.

        Accounts that a person has disconnected are left out, until a person connects them again.

        Args:
            file: the talents as they should be.
            allow_losses: how many pictures a person allows to go, if more than the safety valve does.

        Raises:
            FaultyFile: it has faults, each of which is named.
            LossLimitExceeded: too many pictures would be withdrawn; nothing is imported.
        """
        merge = self._merged(file)
        _refuse_losses({i for i in merge.replaced if self._may_lose(merge.known[i])}, merge, allow_losses)
        self._repository.update(merge.taken, self._now())
        self._accounts.withdraw_outdated(merge.replaced)
        return Imported(
            added=len(merge.taken) - len(merge.known),
            updated=len(merge.known),
            left_out=merge.left_out,
            reconnected=tuple(reconnected(merge)),
            forgotten=merge.forgotten,
        )

    def preview(self, file: RosterFile, *, allow_losses: int | None = None) -> Preview:
        """What `import_file` would do. Nothing is written.

        Raises:
            FaultyFile: it has faults, each of which is named.
        """
        merge = self._merged(file)
        losses = {i for i in merge.replaced if self._may_lose(merge.known[i])}
        refusal = _exceeded(losses, merge, allow_losses)
        return previewed(merge, self.rows(), losses=losses, refusal=refusal)

    def _merged(self, file: RosterFile) -> Merge:
        """The talents of a file beside what is known of them.

        Raises:
            FaultyFile: it has faults, each of which is named.
        """
        checked, faults = self._all_checked(file)
        refuse(file.name, [*file.faults, *faults])
        checked, forgotten = without_forgotten(checked, self._repository.forgotten(asked_of(checked)))
        known = {r.talent.id: r for r in self._repository.load_many([t.id for t in checked])}
        disconnected = self._repository.disconnected(list(known))
        named, left_out = without_disconnected(checked, known, disconnected, self._accounts.normalised)
        taken = [self._as_stored(t, known[t.id]) if t.id in known else t for t in named]
        replaced = tuple(t.id for t in taken if t.id in known and replaces_shown(known[t.id], t))
        return Merge(tuple(taken), known, frozenset(disconnected), left_out, replaced, forgotten)

    def _as_stored(self, talent: NewTalent, record: TalentRecord) -> NewTalent:
        """The talent with the accounts that are on the roster spelt as they are there."""
        accounts = (as_stored(a, record.talent, self._accounts.normalised) for a in talent.accounts)
        return replace(talent, accounts=tuple(accounts))

    def page(self, after: str | None = None) -> list[RosterRow]:
        """The next page of the roster."""
        return self._repository.roster(after=after, limit=PAGE)

    def rows(self, wanted: Wanted | None = None) -> Iterator[RosterRow]:
        """Everybody, or those who are wanted, sorted by id; read a page at a time, as they are taken."""
        page = self.page()
        while page:
            yield from filter(wanted.takes, page) if wanted else page
            page = self.page(page[-1].talent_id)

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

    def _all_checked(self, file: RosterFile) -> tuple[list[NewTalent], list[Fault]]:
        """The talents of a file with their accounts normalised, and what is wrong with the others."""
        checked: list[NewTalent] = []
        faults: list[Fault] = []
        first: dict[str, Place] = {}
        for place, talent in file.talents:
            before = first.setdefault(talent.id, place)
            if before is not place and talent.id:
                faults.append(Fault(place, f"the id {talent.id!r} appears twice, first in {before}."))
            try:
                checked.append(self._checked(talent))
            except UsageError as error:
                faults += [
                    Fault.of(place, one) for one in self._errors_of(talent) or _unless_told(talent, error)
                ]
        return checked, faults

    def _errors_of(self, talent: NewTalent) -> list[UsageError]:
        """What is wrong with each part of a talent, taken singly. A missing id or name the file tells."""
        parts = (
            NewTalent(talent.id or "-", talent.name or "-"),
            NewTalent("-", "-", email=talent.email),
            NewTalent("-", "-", avatar_url=talent.avatar_url),
            *(NewTalent("-", "-", accounts=(account,)) for account in talent.accounts),
        )
        return [error for part in parts if (error := self._error_of(part))]

    def _error_of(self, talent: NewTalent) -> UsageError | None:
        try:
            self._checked(talent)
        except UsageError as error:
            return error
        return None


def _unless_told(talent: NewTalent, error: UsageError) -> list[UsageError]:
    """What is wrong with a talent as a whole; that one has no id or name is told by the file already."""
    return [error] if talent.id and talent.name else []


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


def _refuse_losses(lost: set[str], merge: Merge, allowed: int | None) -> None:
    if exceeded := _exceeded(lost, merge, allowed):
        raise exceeded


def _exceeded(lost: set[str], merge: Merge, allowed: int | None) -> LossLimitExceeded | None:
    valve = Valve(allowed)
    for record in merge.known.values():
        if record.selection.has_picture:
            valve.count(record.talent.id, record.selection.source, lost=record.talent.id in lost)
    exceeded = valve.exceeded()
    if exceeded is None:
        return None
    return LossLimitExceeded(
        losses=exceeded.losses,
        shown=exceeded.shown,
        allowed=exceeded.allowed,
        needed=exceeded.needed,
        source=exceeded.source,
        taken_by="by this import",
        instead="nothing was imported",
        hint=f"If it is right, add: --allow-losses {exceeded.needed}",
    )
