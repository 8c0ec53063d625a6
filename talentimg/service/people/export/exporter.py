"""Writes the roster in one of the forms that others read."""

from __future__ import annotations

from enum import StrEnum
from typing import IO, TYPE_CHECKING

from talentimg.service.people.export.results import Written
from talentimg.service.people.export.talents import Talents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from talentimg.repository.interface import NewTalent, Repository
    from talentimg.store.interface import ObjectStore


class Form(StrEnum):
    """A form of the roster."""

    CSV = "csv"
    JSON = "json"
    ZIP = "zip"
    VCARD = "vcard"


class Exporter:
    """Writes everybody on the roster. Nothing is changed, and no platform is asked."""

    def __init__(
        self,
        repository: Repository,
        open_store: Callable[[], ObjectStore],
        platforms: Sequence[str],
        checked: Callable[[NewTalent], NewTalent | None],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: the roster.
            open_store: where pictures are, for the forms that have some.
            platforms: the platforms that there are.
            checked: a talent as an import would take it; None if it would not.
        """
        self._repository = repository
        self._open_store = open_store
        self._platforms = platforms
        self._checked = checked

    def write(self, form: Form, file: IO[bytes]) -> Written:
        """Write the roster.

        Args:
            form: in which form.
            file: where it goes; it need not be able to seek.

        Raises:
            TalentimgError: the roster or the pictures cannot be read.
        """
        talents = Talents(self._repository, self._open_store)
        if form is Form.ZIP:
            from talentimg.service.people.export.as_zip import write_zip  # noqa: PLC0415  start-up time

            return write_zip(talents, file)
        if form is Form.VCARD:
            from talentimg.service.people.export.as_vcard import write_vcards  # noqa: PLC0415  start-up time

            return write_vcards(talents, file)
        if form is Form.CSV:
            from talentimg.service.people.export.as_csv import write_csv  # noqa: PLC0415  start-up time

            return Written(write_csv(talents, file, self._platforms, self._checked))
        from talentimg.service.people.export.as_json import write_json  # noqa: PLC0415  start-up time

        return Written(write_json(talents, file))
