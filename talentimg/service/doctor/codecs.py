"""Whether pictures of every kind can be read and written here, and letters drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.service.doctor.interface import Check, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.images.support import Support
    from talentimg.service.doctor.interface import Look

NEEDED: Final = frozenset({"JPEG", "PNG", "WEBP"})
"""Our own forms, and what nearly every platform gives."""


class CodecsCheck(Check):
    """Writes and reads a small picture in each format, in memory."""

    name: ClassVar = "codecs"
    title: ClassVar = "Formats and fonts"

    def __init__(self, support: Callable[[], Support]) -> None:
        """Checks what this tells."""
        self._support = support

    def look(self, look: Look) -> Iterator[Finding]:
        """What is missing."""
        del look
        found = self._support()
        lacking = [name for name, works in found.formats.items() if not works]
        for name in lacking:
            severity = Severity.BROKEN if name in NEEDED else Severity.NEEDS_YOU
            what = f"Pictures in the format {name} cannot be read with this build of Pillow."
            yield Finding(
                what, severity, "Install Pillow as its makers build it: pip install --force-reinstall pillow"
            )
        if not found.fonts:
            yield Finding(
                "This machine has no font of many scripts: where initials are drawn as pixels, whoever is not"
                " written in Latin letters gets a silhouette.",
                Severity.NOTE,
                "Install one, such as Debian's fonts-noto-core or fonts-dejavu-core.",
            )
        if not lacking:
            faces = "faces are looked for" if found.faces else "faces are not looked for (the extra faces)"
            yield Finding(f"{', '.join(found.formats)} can be read; {faces}.")
