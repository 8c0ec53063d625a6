"""The store of the roster: whether it can be opened, and whether its schema is that of this version."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.repository.migrations.store import TriggerState
from talentimg.service.doctor.interface import Check, Finding, Severity, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from talentimg.repository.interface import Repository
    from talentimg.repository.migrations.store import MigrationStatus
    from talentimg.service.doctor.interface import Look

_RESTORE: Final = (
    "Stop whoever writes to it and keep the file. Put a backup back, or save what can be read:"
    " sqlite3 FILE .recover"
)


class RosterCheck(Check):
    """Opens it; everything that asks it needs this check."""

    name: ClassVar = "store"
    title: ClassVar = "Store of the roster"
    failure: ClassVar = Severity.BROKEN
    needs: ClassVar = ("settings",)

    def __init__(
        self,
        status: Callable[[], MigrationStatus],
        open_repository: Callable[[], Repository],
        upgrade: Callable[[], None] | None,
        damage: Callable[[Callable[[], bool]], list[str] | None] | None = None,
    ) -> None:
        """Checks a store.

        Args:
            status: tells its schema.
            open_repository: opens it, to read.
            upgrade: brings its schema up to date; None where that is never done unasked.
            damage: looks through a file for as long as this says that there is time.
        """
        self._status = status
        self._open = open_repository
        self._upgrade = upgrade
        self._damage = damage

    def look(self, look: Look) -> Iterator[Finding]:
        """Its schema, what is in the way of migrating, and how many there are on the roster."""
        found = self._status()
        yield from (Finding(problem, Severity.NEEDS_YOU) for problem in found.problems)
        if found.current is not None and found.pending:
            yield self._behind(found)
            return
        repository = self._open()
        if damaged := (self._damage(look.has_time) if self._damage else None):
            yield Finding(f"Its file is damaged: {damaged[0]}", Severity.BROKEN, _RESTORE)
            return
        talents = repository.count()
        yield Finding(f"Open, at schema {found.current}, with {counted(talents, 'talent', 'talents')}.")
        if found.triggers is not None and found.triggers.state is not TriggerState.MADE:
            grant = found.triggers.grant
            first = f"Whoever owns the tables says: {grant} Then: " if grant else ""
            yield Finding(
                "Workers find what the app has changed by comparing, as there are no triggers.",
                Severity.NOTE,
                f"{first}talentimg migrate",
            )

    def _behind(self, found: MigrationStatus) -> Finding:
        steps = counted(len(found.pending), "step is", "steps are")
        what = f"Its schema is {found.current}, and this version needs {found.head}: {steps} to be taken."
        if found.current == found.head:
            what = f"Somebody has taken away a part of its schema {found.current}: {found.pending[0]}."
        if self._upgrade is None:
            return Finding(
                what,
                Severity.BROKEN,
                "See what it does: talentimg migrate --sql. Then do it: talentimg migrate",
            )
        return Finding(what, Severity.BROKEN, "talentimg doctor --fix, or talentimg migrate", can_fix=True)

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        """Bring the schema up to date."""
        del found, look
        if self._upgrade is not None:
            self._upgrade()
            yield "The schema was brought up to date."
