"""The settings: whether all of them can work, and which are not the default, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.service.doctor.interface import Check, Finding, Severity, counted

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
        given = [(key, origin) for key, origin in self._settings.origins.items() if origin != "default"]
        given += [
            (f"providers.{platform}.{key}", option.origin)
            for platform, options in self._settings.providers.items()
            for key, option in options.items()
        ]
        file = self._settings.config_file
        where = f"Read from {file}" if file else "No settings file"
        if not given:
            return f"{where}; every setting has its default."
        by_origin: dict[str, list[str]] = {}
        for key, origin in given:
            by_origin.setdefault(origin, []).append(key)
        told = "; ".join(
            f"{', '.join(keys)} from {origin}" for origin, keys in by_origin.items() if origin != str(file)
        )
        here = sum(origin == str(file) for _, origin in given)
        in_file = f"{counted(here, 'setting', 'settings')} in it" if here else ""
        return f"{where}; {'; '.join(filter(None, (in_file, told)))}."
