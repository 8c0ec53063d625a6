"""Pages of names of ours, with what nobody needs any more of them, alike for every database.

A page is one statement, as a database may be far away; something is only written if it is new. The functions
that write run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.repository import stand_ins
from talentimg.repository.interface.values import Page
from talentimg.repository.leftovers import IS_USED, OF_A_TALENT, UNUSED, note, unnote
from talentimg.repository.stored import required
from talentimg.repository.whose import is_own

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from talentimg.repository.sql import Sql
    from talentimg.repository.stored import ReadRow

_MISSING: Final = "talent"
"""The kind of a talent who is not on the roster."""

_NAMES: Final = " UNION ".join(
    f"SELECT * FROM (SELECT DISTINCT talent_id AS name FROM talentimg.{table} WHERE talent_id > :after "  # noqa: S608  our names
    "ORDER BY talent_id LIMIT :limit) AS page"
    for table in OF_A_TALENT
)
# Each row is looked up by its index: where many are wanted, EXISTS would read all there are.
_SINCE: Final = "(SELECT o.since FROM talentimg.orphans AS o WHERE o.kind = :kind AND o.name = page.name)"
_TALENTS: Final = f"""
SELECT page.name, {_SINCE} AS since,
    (SELECT 1 FROM @Talent AS t WHERE t.id = page.name LIMIT 1) IS NOT NULL AS is_needed
FROM (SELECT name FROM ({_NAMES}) AS pages ORDER BY name LIMIT :limit) AS page ORDER BY page.name
"""  # noqa: S608  our names
_MORE: Final = " UNION ".join(
    f"SELECT talent_id FROM talentimg.{table} WHERE talent_id IN (:ids)"  # noqa: S608  our names
    for table in OF_A_TALENT
    if table != "policies"
)
_PICTURES: Final = f"""
SELECT page.name, {_SINCE} AS since, {IS_USED.format(name="page.name")} AS is_needed
FROM (
    SELECT content_hash AS name FROM talentimg.pictures WHERE content_hash > :after
    ORDER BY content_hash LIMIT :limit
) AS page ORDER BY page.name
"""  # noqa: S608  our names
_ACCOUNTS: Final = """
SELECT page.name, NULL AS since,
    (SELECT 1 FROM @SocialAccountConnection AS a WHERE a.id = page.name LIMIT 1) IS NOT NULL AS is_needed
FROM (
    SELECT account_id AS name FROM talentimg.accounts WHERE account_id > :after
    ORDER BY account_id LIMIT :limit
) AS page ORDER BY page.name
"""
_DROP_ACCOUNTS: Final = """
DELETE FROM talentimg.accounts AS k WHERE k.account_id IN (:ids)
AND NOT EXISTS (SELECT 1 FROM @SocialAccountConnection AS a WHERE a.id = k.account_id)
"""


class Seen(NamedTuple):
    """A page of names as they stand: which of them are needed, and which were noted as not, since when."""

    names: Sequence[str]
    needed: AbstractSet[str]
    noted: Mapping[str, datetime]

    @property
    def _last(self) -> str | None:
        return self.names[-1] if self.names else None

    @property
    def unneeded(self) -> Sequence[str]:
        """Those who are needed by nobody."""
        return [name for name in self.names if name not in self.needed]

    @property
    def is_noted(self) -> bool:
        """Whether the notes say so already."""
        return self.noted.keys() == set(self.unneeded)

    def page(self, now: datetime) -> Page:
        """What is told of it."""
        # A clock that was ahead once must not keep it for ever.
        unneeded = {name: min(self.noted.get(name, now), now) for name in self.unneeded}
        return Page(len(self.names), self._last, unneeded)

    def without(self, dropped: int) -> Page:
        """What is told of it once so many were removed."""
        return Page(len(self.names), self._last, dropped=dropped)


def talents(sql: Sql, after: str | None, limit: int) -> Seen:
    """A page of the ids that our rows name."""
    return _seen(sql.rows(_TALENTS, kind=_MISSING, after=after or "", limit=limit))


def note_missing(sql: Sql, seen: Seen, now: datetime) -> Page:
    """Note who is not on the roster, unless all that is left of them has to stay."""
    seen = seen._replace(needed=seen.needed | _kept_away(sql, seen.unneeded))
    return _note_page(sql, _MISSING, seen, now)


def _kept_away(sql: Sql, missing: Sequence[str]) -> set[str]:
    """Those of whom only that is left which keeps them forgotten, should the app bring them back."""
    if not missing or is_own(sql):
        return set()
    kept = stand_ins.those_with_no_more(sql, missing)
    return kept - {row["talent_id"] for row in sql.rows(_MORE, ids=list(kept))} if kept else kept


def pictures(sql: Sql, after: str | None, limit: int) -> Seen:
    """A page of the pictures."""
    return _seen(sql.rows(_PICTURES, kind=UNUSED, after=after or "", limit=limit))


def accounts(sql: Sql, after: str | None, limit: int) -> Seen:
    """A page of the accounts of which something was learnt; none is noted."""
    return _seen(sql.rows(_ACCOUNTS, after=after or "", limit=limit))


def _seen(rows: Sequence[ReadRow]) -> Seen:
    names = [row["name"] for row in rows]
    noted = {row["name"]: required(row["since"]) for row in rows if row["since"] is not None}
    return Seen(names, {row["name"] for row in rows if row["is_needed"]}, noted)


def note_pictures(sql: Sql, seen: Seen, now: datetime) -> Page:
    """Note which of these pictures nobody uses."""
    return _note_page(sql, UNUSED, seen, now)


def _note_page(sql: Sql, kind: str, seen: Seen, now: datetime) -> Page:
    if again := [name for name in seen.noted if name in seen.needed]:
        unnote(sql, kind, again)
    note(sql, kind, set(seen.unneeded) - seen.noted.keys(), now)
    return seen.page(now)


def drop_accounts(sql: Sql, seen: Seen) -> int:
    """Remove what was learnt of accounts that the roster no longer has; of how many."""
    return sql.change(_DROP_ACCOUNTS, ids=seen.unneeded)
