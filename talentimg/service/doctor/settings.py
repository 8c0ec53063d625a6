"""The settings: whether all of them can work, and which are not the default, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.service.doctor.interface import NAMED, Check, Finding, Severity, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from talentimg.errors import TalentimgError
    from talentimg.service.doctor.interface import Look
    from talentimg.settings import Settings


class SettingsCheck(Check):
    """Tells names and origins, never values."""

    name: ClassVar = "settings"
    title: ClassVar = "Settings"
    failure: ClassVar = Severity.BROKEN

    def __init__(self, settings: Settings, faults: Callable[[], Iterable[TalentimgError]]) -> None:
        """Checks these.

        Args:
            settings: as they were read.
            faults: finds what is wrong with them, without looking at what they name.
        """
        self._settings = settings
        self._faults = faults

    def look(self, look: Look) -> Iterator[Finding]:
        """Every fault, then every warning; if there is neither, where they come from."""
        del look
        faults = list(self._faults())
        for fault in faults:
            yield Finding(fault.message, Severity.BROKEN, fault.hint)
        for warning in self._settings.warnings:
            yield Finding(warning, Severity.NOTE, "talentimg config shows every setting and its origin.")
        if not faults:
            yield Finding(self._origins())

    def _origins(self) -> str:
        file = self._settings.config_file
        where = f"Read from {file}" if file else "There is no settings file"
        given = dict(self._given())
        in_file = [key for key, origin in given.items() if origin.startswith(str(file or " "))]
        others = [f"{key} from {origin}" for key, origin in given.items() if key not in in_file]
        told = [f"{counted(len(in_file), 'setting', 'settings')} in it"] if in_file else []
        told += [", ".join(others[:NAMED])] if others else []
        told += [f"{len(others) - NAMED:,} more from the environment or flags"] if len(others) > NAMED else []
        return f"{where}; {', '.join(told) or 'every setting has its default'}."

    def _given(self) -> Iterator[tuple[str, str]]:
        """Every setting that is not the default, and where it comes from."""
        for key, origin in self._settings.origins.items():
            if origin != "default":
                yield key, origin
        for platform, options in self._settings.providers.items():
            for name, option in options.items():
                yield f"providers.{platform}.{name}", option.origin
