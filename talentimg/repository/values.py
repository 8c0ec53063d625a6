"""The form in which every backend keeps values, so that they all read back the same, and rules they share.

Times are in UTC with milliseconds, as in the agency's tables. Text is limited to what every
database can hold: platforms may send lone surrogates and NUL characters, and a batch of results
must not be lost because of one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from talentimg.errors import Contradicted, OutOfDate, TalentNotFound, UsageError
from talentimg.models import INITIALS, MANUAL, USER
from talentimg.models.question import handle_key, question_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from talentimg.models import Account, Candidate, TalentRecord, Token
    from talentimg.repository.interface import Change, NewTalent

T = TypeVar("T")

NOT_PLATFORMS = frozenset({USER, MANUAL, INITIALS})
"""The sources that need no connected account."""

FORGOTTEN_AFTER = timedelta(days=30)
"""Cool-downs that ended this long before the latest one are deleted: hosts met only once would pile up."""

A_DAY = timedelta(days=1)
CLOCKS_DIFFER = timedelta(hours=1)
"""How far apart the clocks of two machines may be: a last look further ahead than this counts as none."""
LONGEST_AHEAD = timedelta(days=2)
"""No lease or cool-down that we write ends later than this. One that does is of a clock that was ahead once,
and counts as none."""

_TICK = timedelta(milliseconds=1)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def new_id() -> str:
    """A new id for an account or user row: random, so that it never equals one of the agency's app."""
    return os.urandom(12).hex()


def is_storable(text: str) -> bool:
    """Whether every database can hold this text as it is."""
    return _UNSTORABLE.search(text) is None


def normalise(value: T) -> T:
    """A value of the models as it will be read back: times cut to milliseconds, text made storable."""
    return cast("T", _normalise(value))


def normalise_change(change: Change) -> Change:
    """A change, normalised, apart from the record that it is based on: that was read, and is not written."""
    return replace(normalise(replace(change, read=None)), read=change.read)


def _normalise(value: Any) -> Any:  # noqa: ANN401  the fields of the models are of many types
    kind = type(value)  # most are one of these three, and every look saves a hundred
    if value is None or kind is int:
        return value
    if kind is str:
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
    if isinstance(value, tuple):
        return tuple(_normalise(item) for item in value)
    if isinstance(value, Mapping):
        return {_normalise(key): _normalise(item) for key, item in value.items()}
    names = _field_names(kind)  # type: ignore[arg-type]  # a class is hashable
    old = {name: getattr(value, name) for name in names}
    new = {name: _normalise(item) for name, item in old.items()}
    return value if new == old else replace(value, **new)


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def normalise_talents(talents: Iterable[NewTalent]) -> list[NewTalent]:
    """New talents, normalised.

    Raises:
        UsageError: an id contains a character that cannot be stored.
    """
    found = list(talents)
    for talent in found:
        if not is_storable(talent.id):
            raise UsageError(f"The id {talent.id!r} contains a character that cannot be stored.")
    return [normalise(talent) for talent in found]


def check_new(talents: Iterable[NewTalent], taken: Collection[str]) -> None:
    """Refuse ids that are taken or appear twice.

    Raises:
        UsageError: names the first such id.
    """
    seen: set[str] = set()
    for talent in talents:
        if talent.id in seen:
            raise UsageError(
                f"The id {talent.id!r} appears twice.", hint="Give every talent an id of their own."
            )
        if talent.id in taken:
            raise Contradicted(
                f"The id {talent.id!r} is already taken.",
                hint=f"Choose another id, or see whose it is with: talentimg show {talent.id!r}",
            )
        seen.add(talent.id)


def not_found(talent_id: str) -> TalentNotFound:
    """The error for an id that is not on the roster."""
    error = TalentNotFound(
        f"There is no talent with the id {talent_id!r}.",
        hint="See who is on the roster with: talentimg list",
    )
    error.talent_id = talent_id
    return error


def nothing_to_undo() -> Contradicted:
    """The error for an import that cannot be taken back, as it is gone or was taken back already."""
    return Contradicted("There is no import left that could be taken back.")


def check_current(changes: Iterable[Change], stale: Collection[str]) -> None:
    """Refuse the whole of what is written together if one of these changes could not be.

    Args:
        changes: all of them.
        stale: the ids of those who could not be saved, as `Results.save` returns them.

    Raises:
        OutOfDate: there are some.
    """
    if stale:
        error = OutOfDate(f"What {min(stale)!r} shows is being changed by others.", hint="Try again later.")
        error.pictures = [change.picture for change in changes if change.picture]
        raise error


def same_handle(one: str, other: str) -> bool:
    """Whether two handles are the same apart from a leading `@` and upper or lower case.

    No platform distinguishes handles by case alone, and the agency's app keeps them as people typed them.
    """
    return handle_key(one) == handle_key(other)


def lease_holder() -> str:
    """The name of one who leases talents: host, process id, and something of its own."""
    return f"{os.uname().nodename}:{os.getpid()}:{new_id()}"  # socket, which knows it too, is slow to import


LOOK_MARK = ":look-"
"""Of whoever leases a talent for a look that somebody asked for."""


def look_holder() -> str:
    """The same for looks that people ask for."""
    process, _, own = lease_holder().rpartition(":")
    return f"{process}{LOOK_MARK}{own}"


def holders_of(holders: Iterable[str], processes: Collection[tuple[str, int]], own: str) -> list[str]:
    """Which of those who hold leases are these processes, by host and process id."""
    return [holder for holder in holders if holder != own and process_of(holder) in processes]


def process_of(holder: str) -> tuple[str, int]:
    """Host and process id of one who leases talents; an empty host if the name does not tell."""
    host, _, pid = holder.rpartition(":")[0].rpartition(":")
    return (host, int(pid)) if host and pid.isdecimal() else ("", 0)


def grant_of(token: Token | None) -> tuple[str, str]:
    """By what one grant is told from another: the same access token may come with another refresh token."""
    return (token.access_token, token.refresh_token or "") if token else ("", "")


def is_out_of_date(change: Change, current: TalentRecord | None) -> bool:
    """Whether a person or another sync has changed what this change is based on."""
    if change.read is None or current is None:
        return False
    if _asked(change.read) != _asked(current):
        return True
    if _settled(current) not in (_settled(change.read), _settled(change.read, change)):
        return True
    if normalise(current.policy) not in normalise((change.read.policy, change.policy or change.read.policy)):
        return True
    # If the change is already there, its acknowledgement was lost: it may be written again. A column of the
    # app may be finer than a millisecond.
    was, now = normalise((change.read.selection, current.selection))
    return now not in (was, change.selection)


def _settled(record: TalentRecord, change: Change | None = None) -> frozenset[tuple[object, ...]]:
    """What people said of pictures, before a change or with it."""
    reviews = {one.key: one for one in (*record.reviews, *(change.reviews if change else ()))}
    return frozenset((*key, one.state) for key, one in reviews.items() if one.is_settled)


def _asked(record: TalentRecord) -> tuple[object, ...]:
    talent = record.talent
    accounts = frozenset((a.id, a.platform, question_of(talent, a.platform)) for a in talent.accounts)
    return normalise(talent.avatar_url), accounts


def next_due(
    now: datetime, min_age: timedelta, synced: datetime | None, own: datetime | None
) -> datetime | None:
    """When the first of some talents, none of whom is due now, will be due.

    Args:
        now: the current time.
        min_age: the age at which a sync is too old.
        synced: when the oldest of their syncs was.
        own: the earliest `next_due_at` of their candidates.
    """
    # A sync is too old when more than `min_age` has passed, so not before the next tick of the clock.
    aged = [] if synced is None else [max(normalise(synced + min_age), normalise(now) + _TICK)]
    return min([*aged, *([own] if own else [])], default=None)


def refused_sources(change: Change, accounts: Iterable[Account]) -> frozenset[str]:
    """The sources of a change whose account has been disconnected during the sync.

    Args:
        change: the change.
        accounts: the accounts that are connected now.
    """
    asked = {candidate.source for candidate in change.candidates}
    return frozenset(asked - NOT_PLATFORMS - {account.platform for account in accounts})


def final_candidates(
    changes: Iterable[Change], refused: Mapping[int, frozenset[str]]
) -> dict[tuple[str, str], Candidate | None]:
    """The candidates to write, by talent and source; None for one to delete.

    If a talent appears twice, the later change counts.

    Args:
        changes: the changes.
        refused: the refused sources of each change, by the change's `id()`.
    """
    final: dict[tuple[str, str], Candidate | None] = {}
    for change in changes:
        final |= {(change.talent_id, source): None for source in change.drop}
        final |= {
            (change.talent_id, c.source): c for c in change.candidates if c.source not in refused[id(change)]
        }
    return final
