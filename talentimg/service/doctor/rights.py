"""Whether this role may do with the database, or this user with the file, what talentimg does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.errors import StoreUnavailable
from talentimg.service.doctor.interface import Check, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from talentimg.repository.postgres.rights import MissingRight
    from talentimg.service.doctor.interface import Look


class RightsCheck(Check):
    """Names exactly what is missing, as the SQL that grants it."""

    name: ClassVar = "rights"
    title: ClassVar = "Rights"
    failure: ClassVar = Severity.BROKEN
    needs: ClassVar = ("settings",)

    def __init__(
        self, check_files: Callable[[], None], missing_rights: Callable[[], Sequence[MissingRight]]
    ) -> None:
        """Checks both.

        Args:
            check_files: raises if a file or folder on this machine cannot be written to.
            missing_rights: gives those that the role on Postgres lacks.
        """
        self._check_files = check_files
        self._missing_rights = missing_rights

    def look(self, look: Look) -> Iterator[Finding]:
        """Each right that is missing."""
        del look
        self._check_files()
        try:
            missing = self._missing_rights()
        except StoreUnavailable:
            yield Finding("Not known, as the database does not answer.", Severity.SKIPPED)
            return
        for right in missing:
            if right.needed_for:
                what = f"The database role lacks a right that only {right.needed_for} need."
                yield Finding(what, Severity.NOTE, f"If they are to work here, its owner says: {right.grant}")
            else:
                what = "The database role lacks a right."
                yield Finding(what, Severity.BROKEN, f"Whoever owns the table says: {right.grant}")
        if not missing:
            yield Finding("Everything that has to be written can be written.")
