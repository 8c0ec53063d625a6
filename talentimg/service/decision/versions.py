"""What was shown for a talent, one version after the other, as the history tells it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.models import INITIALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from talentimg.models import HistoryEntry, Selection

BY_SYNC: Final = "sync"
"""Who the history names when no person changed what is shown."""
BY_RECROP: Final = "recrop"
"""Who the history names when the picture stayed and only its square was cut anew."""
BY_MENDING: Final = "mend"
"""Who the history names when the picture stayed and its files were made anew from one that was left."""
SAME_PICTURE: Final = frozenset({BY_RECROP, BY_MENDING})
"""Who shows no other picture, but the same one made anew."""
BY_DOCTOR: Final = "doctor"
"""Who the history names where the change that brought what is shown, or the word behind it, was lost."""
BY_NOBODY: Final = "nobody"
"""Who the history names for the initials that are shown before anybody has looked."""
BY_ANOTHER_PROGRAM: Final = "another program"
"""Who showed what no change of ours brought."""
BEFORE_ALL: Final = 0
"""The number of what was shown before the first change that is known."""


@dataclass(frozen=True, slots=True)
class Version:
    """Something that was shown, or is.

    `number` is its own for good, however many come after it and whatever becomes of those before it; None if
    no change of ours brought it. `at` is when it came to be shown, None if that is unknown. `url` is the
    address that the app was given, and `question` the one that the picture answers (see `question_of`).
    """

    number: int | None
    at: datetime | None
    source: str
    content_hash: str | None
    by: str
    why: str | None = None
    url: str | None = None
    question: str | None = None
    is_shown: bool = False


class _Seen(NamedTuple):
    """What was shown at one time, as the change after it tells, or what is shown now."""

    source: str
    content_hash: str | None
    url: str | None
    question: str | None


def versions_of(history: Sequence[HistoryEntry], shown: Selection, *, is_whole: bool = True) -> list[Version]:
    """Each version, from what is shown now back to the first.

    Between two of them there is no gap: what stood in the app's columns without a change of ours is one too.

    Args:
        history: the latest changes, newest first.
        shown: what is shown now.
        is_whole: whether these are all that are known.
    """
    found = list(_versions(history, shown, is_whole=is_whole))
    return [_as_shown(found[0]), *found[1:]]


def _versions(history: Sequence[HistoryEntry], shown: Selection, *, is_whole: bool) -> Iterator[Version]:
    seen = _Seen(shown.source, shown.content_hash, shown.url, shown.question)
    for entry in history:
        if seen[:2] == (entry.to_source, entry.to_hash):
            yield Version(entry.number, entry.at, *seen[:2], entry.by, entry.why, *seen[2:])
        else:
            yield _of_another(seen)
            yield Version(entry.number, entry.at, entry.to_source, entry.to_hash, entry.by, entry.why)
        seen = _Seen(entry.from_source, entry.from_hash, entry.from_url, entry.from_question)
    if is_whole:
        yield _of_another(seen, number=BEFORE_ALL)


def _of_another(seen: _Seen, *, number: int | None = None) -> Version:
    by = BY_NOBODY if number == BEFORE_ALL and seen[:3] == (INITIALS, None, None) else BY_ANOTHER_PROGRAM
    return Version(number, None, *seen[:2], by, None, *seen[2:])


def _as_shown(version: Version) -> Version:
    return replace(version, is_shown=True)


def before(versions: Sequence[Version], position: int) -> Iterator[Version]:
    """The versions before one of them that show something else than it, the latest first.

    Args:
        versions: newest first.
        position: where that one stands.
    """
    one = versions[position]
    for earlier, later in zip(versions[position + 1 :], versions[position:], strict=False):
        if later.by not in SAME_PICTURE and _shown(earlier) != _shown(one):
            yield earlier


def _shown(version: Version) -> tuple[str, str | None]:
    return version.source, version.content_hash
