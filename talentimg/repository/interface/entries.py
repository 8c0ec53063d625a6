"""The values that go through the port that keeps the roster's rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry, TalentRecord
    from talentimg.repository.interface.values import Change


@dataclass(frozen=True, slots=True)
class EntryAccount:
    """An account as its row has it, connected or not. Its token is never among it."""

    platform: str
    handle: str
    profile_url: str | None = None
    connected: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns beside the accounts hold, exactly: an app may tell NULL from an empty text."""

    name: str | None
    display_name: str | None
    email: str | None
    avatar_url: str | None

    @property
    def names(self) -> tuple[str | None, str | None]:
        """Both names, of which one is shown."""
        return self.name, self.display_name


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """What the roster's rows say of a talent, as people and imports write it. One account a platform.

    With the `columns` of which that was made, if there are any; two entries that say the same are equal.
    """

    talent_id: str
    name: str
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[EntryAccount, ...] = ()
    columns: Columns | None = field(default=None, compare=False, repr=False)

    @property
    def names(self) -> tuple[str | None, ...]:
        """The names that the columns hold, as far as they are known."""
        return self.columns.names if self.columns else ()

    def account(self, platform: str) -> EntryAccount | None:
        """The account on a platform, connected or not."""
        return next((account for account in self.accounts if account.platform == platform), None)


@dataclass(frozen=True, slots=True)
class EntryChange:
    """What an import made of somebody: `before` is None for whom it added.

    Of whom it brought decisions and nothing else, both are the same. With `decided` it brought decisions.
    """

    before: RosterEntry | None
    after: RosterEntry
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Import:
    """An import, with everybody whom it changed, so that it can be taken back. It may have changed nobody."""

    id: str
    at: datetime
    by: str
    name: str
    """What the file was called."""
    changed: tuple[EntryChange, ...] = field(repr=False)
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was just written about some talents, and can still be refused: nothing of it is final."""

    before: Mapping[str, RosterEntry]
    after: Mapping[str, RosterEntry]
    records: Mapping[str, TalentRecord]


@dataclass(frozen=True, slots=True)
class Following:
    """What is written with it."""

    changes: tuple[Change, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    imported: Import | None = None


Follow: TypeAlias = "Callable[[Written], Following]"
"""Says what follows from what was written. It asks no repository, may raise to refuse all of it, and may be
called again if a connection was lost."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is put back for a talent. None stays as it is, and an empty text erases.

    With `columns`, what these held is put back exactly for each of the first three that is not None.

    `accounts` take the place of those on their platforms; those on `gone` are taken away: deleted on an own
    roster, and disconnected on the app's, whose rows are never deleted. With `remove` the talent goes.
    """

    talent_id: str
    name: str | None = None
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[EntryAccount, ...] = ()
    gone: tuple[str, ...] = ()
    remove: bool = False
    columns: Columns | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Present:
    """How talents stand now. Of `spoken_of` people have said something else than imports."""

    entries: Mapping[str, RosterEntry]
    spoken_of: frozenset[str]
    is_own: bool


Plan: TypeAlias = "Callable[[Present], Sequence[Restored]]"
"""Says what is put back, or raises. As with `Follow`, it asks no repository."""
