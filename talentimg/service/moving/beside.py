"""Brings a roster beside the talents of an app, which stay the app's own.

The app says who its talents are, what they are called and which accounts they have. From the other roster it
gets what talentimg writes there anyhow: the three columns of the picture, and how the last look at an account
ended. Whom the app does not have is added or left out, as somebody says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.errors import Contradicted
from talentimg.models import INITIALS
from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.values import new_id, same_handle
from talentimg.service.moving.tables import Rewrite, Step, not_the_same, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from talentimg.repository.moving.interface import AppRows, TableStore
    from talentimg.repository.moving.kinds import Row, Value
    from talentimg.repository.moving.shapes import Shape
    from talentimg.service.moving.tables import Pair

_Changed: TypeAlias = "Callable[[Sequence[Row]], list[Row]]"
_Wanted: TypeAlias = "Callable[[Row, Row], bool]"

_PICTURE: Final = ("id", "profileImageUrl", "profileImageSource", "lastProfileImageSyncAt")
_LOOK: Final = ("id", "lastSyncedAt", "syncStatus", "syncError")
_ACCESS: Final = ("id", "accessToken", "refreshToken", "expiresAt")
_NAMED: Final = 3


class Missing(StrEnum):
    """What becomes of talents and accounts that the app does not have."""

    REFUSE = "refuse"
    ADD = "add"
    SKIP = "skip"


class BesideTheApp(Rewrite):
    """What moves where the app has its own talents, users and accounts."""

    def __init__(
        self,
        source: TableStore,
        target: TableStore,
        app: AppRows,
        pairs: Mapping[str, Pair],
        missing: Missing,
    ) -> None:
        self._source = source
        self._target = target
        self._app = app
        self._people, self._accounts, self._users = pairs[TALENT], pairs[ACCOUNT], pairs[USER]
        self._missing = missing
        self._without: set[Value] = set()
        self._lacking: list[Row] = []
        self._ids: dict[Value, Value] = {}
        """What the app calls an account, where it knows it."""
        self.left_out = 0
        """Talents and accounts that the app does not have, and that were not added."""

    # -- what there is --------------------------------------------------------------

    def look(self) -> None:
        """Find out whom the app does not have. Nothing is written.

        Raises:
            Contradicted: there is somebody, and nobody said what becomes of them.
        """
        for rows in pages(self._source, self._people.source):
            ids = self._values(self._people, rows, "id")
            self._without |= set(ids) - self._there(self._people, ids)
        for rows in pages(self._source, self._accounts.source):
            self._look_at_accounts(rows)
        if self._missing is Missing.REFUSE and (self._without or self._lacking):
            raise self._refusal()
        if self._missing is Missing.SKIP:
            self.left_out = len(self._without) + len(self._lacking)

    def _look_at_accounts(self, rows: Sequence[Row]) -> None:
        shape = self._accounts.source
        there = self._apps_accounts(self._values(self._accounts, rows, "creatorId"))
        for row in rows:
            own = shape.value(row, "id")
            talent, platform = shape.value(row, "creatorId"), shape.value(row, "platform")
            found = there.get((talent, platform))
            if found is not None:
                self._ids[own] = self._accounts.target.value(found, "id")
            elif talent in self._without:
                if self._missing is Missing.ADD:
                    self._ids[own] = own
            elif shape.value(row, "connected"):
                self._lacking.append(row)
                if self._missing is Missing.ADD:
                    self._ids[own] = own

    def _apps_accounts(self, talents: Sequence[Value]) -> dict[tuple[Value, Value], Row]:
        shape = self._accounts.target
        found = self._target.find(shape, "creatorId", [(one,) for one in dict.fromkeys(talents)])
        return {(shape.value(row, "creatorId"), shape.value(row, "platform")): row for row in found}

    def _there(self, pair: Pair, ids: Sequence[Value]) -> set[Value]:
        found = self._target.find(pair.target, None, [(one,) for one in ids])
        return {pair.target.value(row, "id") for row in found}

    @staticmethod
    def _values(pair: Pair, rows: Sequence[Row], column: str) -> list[Value]:
        return [pair.source.value(row, column) for row in rows]

    def _refusal(self) -> Contradicted:
        shape = self._accounts.source
        named = [str(one) for one in sorted(map(str, self._without))]
        named += [f"{shape.value(r, 'platform')!s} of {shape.value(r, 'creatorId')!s}" for r in self._lacking]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        return Contradicted(
            f"The app at {self._target.place} does not have everybody: it lacks "
            f"{', '.join(named[:_NAMED])}{more}.",
            hint="--missing add adds them to the tables of the app, --missing skip leaves them out.",
        )

    # -- rows of ours ---------------------------------------------------------------

    def __call__(self, pair: Pair, rows: Sequence[Row]) -> list[Row]:
        """Without those who are left out, and with accounts as the app calls them."""
        if pair.name == "accounts":
            place = pair.source.place("account_id")
            known = [row for row in rows if row[place] in self._ids]
            return [(*row[:place], self._ids[row[place]], *row[place + 1 :]) for row in known]
        if self._missing is Missing.SKIP and "talent_id" in pair.source.columns:
            return [row for row in rows if pair.source.value(row, "talent_id") not in self._without]
        return list(rows)

    # -- rows of the app ------------------------------------------------------------

    def write(self) -> Iterator[Step]:
        """Add whom the app lacks, if that was said, and set what is ours in its rows."""
        if self._missing is Missing.ADD:
            self._add_people()
            self._add_accounts(self._lacking)
        yield from self._set(self._people, _PICTURE, self._new_pictures)
        yield from self._set(self._accounts, _LOOK, self._new_looks)
        yield from self._set(self._accounts, _ACCESS, self._new_access)

    def _add_people(self) -> None:
        shape = self._people.source
        ids = sorted(map(str, self._without))
        for start in range(0, len(ids), shape.page):
            rows = self._source.find(shape, None, [(one,) for one in ids[start : start + shape.page]])
            with self._target.transaction():
                self._add_users([(shape.value(row, "userId"),) for row in rows])
                self._app.add_to_app(self._people.target, [self._with_user(row) for row in rows])
                accounts = self._accounts.source
                theirs = self._source.find(accounts, "creatorId", [(shape.value(row, "id"),) for row in rows])
                self._app.add_to_app(self._accounts.target, theirs)

    def _with_user(self, row: Row) -> Row:
        """A talent with a user of their own, where the app has no talent without one."""
        place = self._people.target.place("userId")
        if row[place] is not None or not self._people.target.columns["userId"].is_needed:
            return row
        user, name = new_id(), self._people.source.value(row, "name")
        shape = _with(self._users.target, [n for n in ("id", "name") if n in self._users.target.columns])
        self._app.add_to_app(shape, [(user, name)[: len(shape.columns)]])
        return (*row[:place], user, *row[place + 1 :])

    def _add_users(self, keys: Sequence[tuple[Value]]) -> None:
        wanted = [key for key in keys if key[0] is not None]
        there = self._there(self._users, [key[0] for key in wanted])
        new = [key for key in wanted if key[0] not in there]
        if new:
            self._app.add_to_app(self._users.target, self._source.find(self._users.source, None, new))

    def _add_accounts(self, rows: Sequence[Row]) -> None:
        size = self._accounts.source.page
        for start in range(0, len(rows), size):
            ids = self._values(self._accounts, rows[start : start + size], "id")
            there = self._there(self._accounts, ids)
            new = [row for row in rows[start : start + size] if row[0] not in there]
            if new:
                self._app.add_to_app(self._accounts.target, new)

    def _set(self, pair: Pair, columns: Sequence[str], changed: _Changed) -> Iterator[Step]:
        shape = _with(pair.target, columns)
        total, done = self._source.count(pair.source), 0
        for rows in pages(self._source, pair.source):
            if new := changed(rows):
                with self._target.transaction():
                    self._app.set_in_app(shape, new)
                pair.moved.written += len(new)
            done += len(rows)
            yield Step(pair.name, done, total)

    def _new_pictures(self, rows: Sequence[Row]) -> list[Row]:
        wanted = self._pictures_of(rows)
        shape = _with(self._people.target, _PICTURE)
        there = set(self._target.find(shape, None, [(row[0],) for row in wanted]))
        return [row for row in wanted if row not in there]

    def _pictures_of(self, rows: Sequence[Row]) -> list[Row]:
        shape = self._people.source
        found = [tuple(shape.value(row, name) for name in _PICTURE) for row in rows]
        return [
            (talent, url, source or INITIALS, at)
            for talent, url, source, at in found
            if self._missing is not Missing.SKIP or talent not in self._without
        ]

    def _new_looks(self, rows: Sequence[Row]) -> list[Row]:
        return self._of_same_accounts(
            rows, _LOOK, lambda ours, app: ours[1:] != app[1:] and ours[1] is not None
        )

    def _new_access(self, rows: Sequence[Row]) -> list[Row]:
        """Tokens that the app has not got: one that it has may have been renewed there."""
        return self._of_same_accounts(rows, _ACCESS, lambda ours, app: bool(ours[1]) and not app[1])

    def _of_same_accounts(self, rows: Sequence[Row], columns: Sequence[str], wanted: _Wanted) -> list[Row]:
        there = self._apps_accounts(self._values(self._accounts, rows, "creatorId"))
        source, target = self._accounts.source, self._accounts.target
        found: list[Row] = []
        for row in rows:
            app = there.get((source.value(row, "creatorId"), source.value(row, "platform")))
            if app is None or not _is_same(source, row, target, app):
                continue
            ours = tuple(source.value(row, name) for name in columns[1:])
            its = tuple(target.value(app, name) for name in columns)
            if wanted((its[0], *ours), its):
                found.append((its[0], *ours))
        return found

    def compare(self) -> Iterator[Step]:
        """See that the app shows what the roster shows.

        Raises:
            OutOfDate: it does not.
        """
        pair, shape = self._people, _with(self._people.target, _PICTURE)
        total, done = self._source.count(pair.source), 0
        for rows in pages(self._source, pair.source):
            wanted = self._pictures_of(rows)
            there = self._target.find(shape, None, [(row[0],) for row in wanted])
            if set(there) != set(wanted):
                raise not_the_same(pair.name, self._target)
            pair.content.add(wanted)
            done += len(rows)
            yield Step(pair.name, done, total, is_comparing=True)
        pair.moved.rows, pair.moved.digest = pair.content.rows, pair.content.digest


def _with(shape: Shape, columns: Sequence[str]) -> Shape:
    return shape.only({name: shape.columns[name] for name in columns})


def _is_same(source: Shape, row: Row, target: Shape, app: Row) -> bool:
    """Whether both stand for the same account that is connected in both."""
    handles = (source.value(row, "handle") or "", target.value(app, "handle") or "")
    is_connected = source.value(row, "connected") and target.value(app, "connected")
    return bool(is_connected) and same_handle(str(handles[0]), str(handles[1]))
