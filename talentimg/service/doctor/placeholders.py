"""What people said of placeholders, and what is kept of it no longer.

One that was named and is lost is shown as a face again; one that was allowed and is lost is taken from those
whose picture it is, once it comes for too many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import NOBODY, Action, Suspect
from talentimg.models.audit import SOURCE, SOURCE_HASH
from talentimg.service.doctor.interface import Check, Finding, Severity, counted, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from talentimg.models import AuditEntry, Picture
    from talentimg.repository.interface import Repository
    from talentimg.service.doctor.interface import Look

SPOKEN: Final = frozenset({Action.PLACEHOLDER_ADD, Action.PLACEHOLDER_ALLOW, Action.PLACEHOLDER_REMOVE})


class PlaceholdersCheck(Check):
    """Compares the placeholders that are kept with what people said."""

    name: ClassVar = "placeholders"
    title: ClassVar = "Placeholders"
    needs: ClassVar = ("store",)

    def __init__(self, repository: Callable[[], Repository], healing: Callable[[], Repository]) -> None:
        """Checks a roster.

        Args:
            repository: opens it.
            healing: opens it to keep what is lost.
        """
        self._repository = repository
        self._healing = healing

    def look(self, look: Look) -> Iterator[Finding]:
        """Which are lost: those that can be kept again, and those of which nothing else is left."""
        del look
        repository = self._repository()
        lost = _lost(repository)
        if not lost:
            yield Finding("What people said of placeholders is kept.")
        again = [entry for entry, picture in lost if picture is not None]
        gone = [entry for entry, picture in lost if picture is None]
        if again:
            yield Finding(
                f"What people said of {counted(len(again), 'picture', 'pictures')} is kept no longer:"
                f" {_told(again)}.",
                Severity.NEEDS_YOU,
                "talentimg doctor --fix keeps it again, in their name.",
                can_fix=True,
            )
        if gone:
            yield Finding(
                f"What people said of {counted(len(gone), 'picture', 'pictures')} is kept no longer, and no"
                f" copy is left of it: {_told(gone)}.",
                Severity.NEEDS_YOU,
                "If it comes again, say it once more: talentimg placeholders add FILE, or allow HASH",
            )

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        """Keep again what was said of pictures that are known."""
        del look
        if not any(finding.can_fix for finding in found):
            return
        repository, kept = self._healing(), 0
        for entry, picture in _lost(repository):
            if picture is not None:
                repository.save_suspect(_suspect(repository, entry, picture))
                kept += 1
        if kept:
            what = counted(kept, "picture", "pictures")
            yield f"What people said of {what} is kept again; looks from now on follow it."


def _lost(repository: Repository) -> list[tuple[AuditEntry, Picture | None]]:
    """The words that hold and are kept nowhere, each with our copy of the picture, if there still is one."""
    kept = {(o.source, o.source_hash): o for o in repository.suspects()}
    said = still_said(repository.said_of([NOBODY], SPOKEN).get(NOBODY, ()))
    lost = [entry for entry in said if not _is_kept(entry, kept.get(_key(entry)))]
    known = repository.pictures_by_source([_key(entry)[1] for entry in lost])
    return [(entry, known.get(_key(entry)[1])) for entry in lost]


def still_said(said: Iterable[AuditEntry]) -> list[AuditEntry]:
    """What nobody has taken back of what was said, in the order in which it was.

    Naming a placeholder takes back that pictures like it were allowed. Which these were is not on record, so
    nothing counts that was allowed before.
    """
    holds: dict[tuple[str, str], AuditEntry] = {}
    for entry in said:
        if entry.action == Action.PLACEHOLDER_ADD:
            holds = {key: one for key, one in holds.items() if one.action != Action.PLACEHOLDER_ALLOW}
        holds.pop(_key(entry), None)
        if entry.action != Action.PLACEHOLDER_REMOVE:
            holds[_key(entry)] = entry
    return list(holds.values())


def _key(entry: AuditEntry) -> tuple[str, str]:
    return entry.about.get(SOURCE, ""), entry.about.get(SOURCE_HASH, "")


def _is_kept(entry: AuditEntry, suspect: Suspect | None) -> bool:
    if suspect is None:
        return False
    return suspect.is_allowed if entry.action == Action.PLACEHOLDER_ALLOW else suspect.named_by is not None


def _suspect(repository: Repository, entry: AuditEntry, picture: Picture) -> Suspect:
    source, source_hash = _key(entry)
    is_allowed = entry.action == Action.PLACEHOLDER_ALLOW
    holders = repository.holders([picture.content_hash], [picture.likeness])
    return Suspect(
        source,
        source_hash,
        picture.content_hash,
        entry.at,
        len({one.candidate.talent_id for one in holders}),
        allowed_by=entry.by if is_allowed else None,
        allowed_at=entry.at if is_allowed else None,
        likeness=picture.likeness,
        named_by=None if is_allowed else entry.by,
        name=entry.about.get("name"),
    )


def _told(entries: Sequence[AuditEntry]) -> str:
    """Some of them, by the beginning of their hash."""
    verbs = {Action.PLACEHOLDER_ADD: "named a placeholder", Action.PLACEHOLDER_ALLOW: "allowed"}
    return named([f"{_key(one)[1][:12]} ({verbs[Action(one.action)]} by {one.by})" for one in entries])
