"""The settings: whether all of them can work, and which are not the default, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.service.doctor.interface import Check, Finding, Severity, named

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
            yield Finding(warning.message, Severity.NOTE, warning.hint)
        if not faults:
            yield Finding(self._origins())

    def _origins(self) -> str:
        file = self._settings.config_file
        told = [f"Read from {file}" if file else "There is no settings file"]
        kinds: dict[str, list[str]] = {}
        for key, origin in self._given():
            kinds.setdefault(_kind_of(origin, str(file or " ")), []).append(key)
        told += [f"{kind}: {named(keys)}" for kind, keys in kinds.items()]
        return f"{'; '.join(told if kinds else [*told, 'every setting has its default'])}."

    def _given(self) -> Iterator[tuple[str, str]]:
        """Every setting that is not the default, and where it comes from."""
        for key, origin in self._settings.origins.items():
            if origin != "default":
                yield key, origin
        for platform, options in self._settings.providers.items():
            for name, option in options.items():
                yield f"providers.{platform}.{name}", option.origin


def _kind_of(origin: str, file: str) -> str:
    if origin.startswith("--"):
        return "on the command line"
    return "in the file" if origin.startswith(file) else "in the environment"
