"""The roster: adding, importing and listing talents."""

from __future__ import annotations

import re
import secrets
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import Contradicted, LossLimitExceeded, OutOfDate, UsageError
from talentimg.models import USER, Action, AuditEntry
from talentimg.repository.interface import NewTalent
from talentimg.repository.tombstones import asked_of
from talentimg.service.decision.resolver import CONFLICT_RETRIES
from talentimg.service.people.accounts import OPERATOR, asks_the_same
from talentimg.service.people.edition import edition_of
from talentimg.service.people.files.faults import Fault, Place, refuse
from talentimg.service.people.files.own import NO_POLICY
from talentimg.service.people.files.roster import RosterFile
from talentimg.service.people.following import EditFollows, ImportFollows
from talentimg.service.people.left_out import without_disconnected, without_forgotten
from talentimg.service.people.ownership import refuse_unless_own
from talentimg.service.people.preview import Merge, previewed, reconnected
from talentimg.service.people.spelling import as_stored
from talentimg.service.run.valve import Valve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from talentimg.models import Picture, Talent, TalentRecord
    from talentimg.repository.interface import Repository, RosterRow
    from talentimg.service.people.accounts import Accounts
    from talentimg.service.people.chosen import KeepChosen, RefusedChoice
    from talentimg.service.people.edition import Editions
    from talentimg.service.people.left_out import ForgottenTalent, LeftOut
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
    id: str = ""
    """What `Imports` knows it by."""
    decided: int = 0
    """About how many people decided something that an export of ours brought."""
    unchosen: tuple[str, ...] = ()
    """Of whom a person chose a picture that did not come with the file."""
    refused: tuple[RefusedChoice, ...] = ()
    """Of whom a person chose a picture that came, but is none that we show."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of a talent: the fields that changed, what is shown now, and which edition they are."""

    talent: Talent
    fields: tuple[str, ...]
    source: str
    edition: str


class Roster:
    """Adds, imports and lists talents. Everything is checked before anything is written."""

    def __init__(
        self,
        repository: Repository,
        accounts: Accounts,
        now: Callable[[], datetime],
        keep_chosen: KeepChosen | None = None,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where the roster is.
            accounts: knows handles, and what follows from a change of accounts.
            now: the clock.
            keep_chosen: keeps pictures that people chose and that come with an import.
        """
        self._repository = repository
        self._accounts = accounts
        self._now = now
        self._keep_chosen = keep_chosen

    def add(self, talent: NewTalent, *, by: str = OPERATOR, why: str | None = None) -> TalentRecord:
        """Put a talent on the roster. Who did, and why, is the first thing that their history tells.

        Raises:
            Contradicted: the id is taken, or forgotten.
            UsageError: the id is empty, a platform unknown, or a handle invalid.
        """
        checked, now = self._checked(talent), self._now()
        self._repository.add([checked], now, said=[AuditEntry(checked.id, now, Action.ADD, by, why)])
        return self._repository.load(checked.id)

    def add_by_name(self, talent: NewTalent, *, by: str = OPERATOR, why: str | None = None) -> TalentRecord:
        """The same under an id that is made from the name: what is said of the id is passed over.

        Raises:
            UsageError: as with `add`.
        """
        for _ in range(CONFLICT_RETRIES - 1):
            with suppress(Contradicted):  # somebody else was given the id meanwhile
                return self.add(replace(talent, id=self.free_id(talent.name)), by=by, why=why)
        return self.add(replace(talent, id=self.free_id(talent.name)), by=by, why=why)

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

    def import_file(
        self,
        file: RosterFile,
        *,
        allow_losses: int | None = None,
        by: str = OPERATOR,
        why: str | None = None,
    ) -> Imported:
        """Add or update talents, all or none, and withdraw pictures of accounts and avatars replaced with it.

        Accounts that a person has disconnected are left out, until a person connects them again.

        Args:
            file: the talents as they should be.
            allow_losses: how many pictures a person allows to go, if more than the safety valve does.
            by: who says so.
            why: why they say so.

        Raises:
            FaultyFile: it has faults, each of which is named.
            LossLimitExceeded: too many pictures would be withdrawn; nothing is imported.
            OutOfDate: others keep removing the files of a chosen picture; nothing is imported.
        """
        for _ in range(CONFLICT_RETRIES - 1):
            # Each time anew: a sweep may have been about to remove a picture that nobody used.
            with suppress(OutOfDate):
                return self._import(file, allow_losses, by, why)
        return self._import(file, allow_losses, by, why)

    def _import(self, file: RosterFile, allow_losses: int | None, by: str, why: str | None) -> Imported:
        merge = self._merged(file)
        _refuse_losses({i for i in merge.replaced if self._may_lose(merge.known[i])}, merge, allow_losses)
        chosen, refused = self._chosen(file, merge)
        came = {*chosen, *(one.talent_id for one in refused)}
        following = ImportFollows(
            name=file.name,
            by=by,
            why=why,
            at=self._now(),
            accounts=self._accounts,
            policies=merge.policies,
            chosen=chosen,
        )
        self._repository.update(merge.taken, following.at, follow=following)
        return Imported(
            added=len(merge.taken) - len(merge.known),
            updated=len(merge.known),
            left_out=merge.left_out,
            reconnected=tuple(reconnected(merge)),
            id=following.id,
            decided=following.decided,
            unchosen=tuple(i for i in merge.wants_picture if i not in came),
            refused=refused,
            forgotten=merge.forgotten,
        )

    def _chosen(self, file: RosterFile, merge: Merge) -> tuple[dict[str, Picture], tuple[RefusedChoice, ...]]:
        """The pictures that people chose, kept before any row speaks of them; and those that are refused."""
        if not merge.wants_picture or self._keep_chosen is None:
            return {}, ()
        found = ((talent_id, file.chosen(talent_id)) for talent_id in merge.wants_picture)
        kept = self._keep_chosen((talent_id, data) for talent_id, data in found if data)
        return kept.pictures, kept.refused

    def edit(
        self,
        talent_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        avatar_url: str | None = None,
        by: str = OPERATOR,
        why: str | None = None,
        editions: Editions = None,
    ) -> Edited:
        """Change what the roster says of a talent. None stays as it is, and an empty text erases.

        The picture of an avatar that is replaced or erased goes at once.

        Raises:
            TalentNotFound: there is no such talent.
            Contradicted: the rows are the app's.
            EditedMeanwhile: the talent is in none of the editions that will do.
            UsageError: nothing is to be changed, or a value is invalid.
        """
        if (name, email, avatar_url) == (None, None, None):
            raise UsageError("There is nothing to change.", hint="Give --name, --email or --avatar-url.")
        before = self._repository.load(talent_id).talent
        refuse_unless_own(self._repository, "edited", "Change it in the app; the next look sees it.")
        new = NewTalent(talent_id, before.name if name is None else name, email, avatar_url)
        following = EditFollows(by=by, why=why, at=self._now(), accounts=self._accounts, editions=editions)
        self._repository.update([self._checked(new)], following.at, follow=following)
        record = self._repository.load(talent_id)
        return Edited(record.talent, following.fields, record.selection.source, edition_of(record))

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
        usable = [_without_unused(talent) if talent.id in known else talent for talent in checked]
        named, left_out = without_disconnected(usable, known, disconnected, self._accounts.normalised)
        taken = [self._as_stored(t, known[t.id]) if t.id in known else t for t in named]
        replaced = tuple(t.id for t in taken if t.id in known and replaces_shown(known[t.id], t))
        said = {talent.id: file.words[place].policy for place, talent in file.talents if place in file.words}
        policies = {talent_id: policy for talent_id, policy in said.items() if policy != NO_POLICY}
        return Merge(tuple(taken), known, frozenset(disconnected), left_out, replaced, policies, forgotten)

    def _as_stored(self, talent: NewTalent, record: TalentRecord) -> NewTalent:
        """The talent with the accounts that are on the roster spelt as they are there."""
        accounts = (as_stored(a, record.talent, self._accounts.normalised) for a in talent.accounts)
        return replace(talent, accounts=tuple(accounts))

    def page(self, after: str | None = None) -> list[RosterRow]:
        """The next page of the roster."""
        return self._repository.roster(after=after, limit=PAGE)

    def rows(self) -> Iterator[RosterRow]:
        """Everybody, sorted by id; read a page at a time, as they are taken."""
        page = self.page()
        while page:
            yield from page
            page = self.page(page[-1].talent_id)

    def _may_lose(self, record: TalentRecord) -> bool:
        """Whether an import may take a picture away: no lock holds it, and no opt-out takes it anyway."""
        return not (record.policy.is_locked(self._now()) or record.policy.opted_out)

    def taken(self, talent: NewTalent) -> NewTalent | None:
        """A talent as it would be taken, whoever is on the roster; None if it would be refused."""
        try:
            return self._checked(talent)
        except UsageError:
            return None

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
                exact = file.words.get(place)
                checked.append(exact.onto(self._checked(talent)) if exact else self._checked(talent))
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


def _without_unused(talent: NewTalent) -> NewTalent:
    """Of somebody known, only what is connected is taken."""
    return replace(talent, accounts=tuple(a for a in talent.accounts if a.connected))


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
