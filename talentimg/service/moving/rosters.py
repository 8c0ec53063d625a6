"""Copies a whole roster to another place: with everything that people said, and that runs left behind."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import Contradicted, RunInProgress, UsageError
from talentimg.repository.app_names import ACCOUNT, TALENT
from talentimg.repository.moving.shapes import AGENCY, STAYS
from talentimg.repository.stored import from_text, to_text
from talentimg.service.moving.beside import BesideTheApp, Missing
from talentimg.service.moving.tables import Rewrite, TableMove, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from talentimg.repository.interface import Forgotten
    from talentimg.repository.moving.interface import TableStore
    from talentimg.repository.moving.shapes import Shape
    from talentimg.service.moving.tables import Moved, Pair, Step

_MARK: Final = "copy"
"""The kind of the note that a copy leaves while it is not complete, where a sweep keeps its own."""
_NOTES: Final = "orphans"
_ALIVE: Final = timedelta(minutes=1)
"""A worker that was seen within this time is at work."""


class RosterCopy:
    """One copy of a roster. It may be ended at any time; the same copy called again goes on."""

    def __init__(
        self,
        source: TableStore,
        target: TableStore,
        now: Callable[[], datetime],
        *,
        replace: bool = False,
        missing: Missing = Missing.REFUSE,
        with_secrets: bool = True,
        at_once: bool = False,
        is_old: bool = False,
    ) -> None:
        """A copy from one store to another.

        Args:
            source: where the roster is.
            target: where it is to be.
            now: the time.
            replace: whether a roster that is there already becomes this one.
            missing: what becomes of those whom an app there does not have.
            with_secrets: whether tokens come along.
            at_once: whether everything is written in one transaction, so that never half of it is there.
            is_old: whether the source is what was once, and others were told of more than it knows.
        """
        self._source = source
        self._target = target
        self._now = now
        self._replace = replace
        self._missing = missing
        self._with_secrets = with_secrets
        self._at_once = at_once
        self._is_old = is_old
        self._rewrite: Rewrite = Rewrite()
        self.moved: list[Moved] = []
        """What became of each table, once it is over."""
        self.left_out = 0
        """Talents and accounts that an app does not have, and that were not added to it."""

    def check(self) -> None:
        """See whether it may be, before anything is written.

        Raises:
            UsageError: it is the same place.
            Contradicted: there is a roster already, or somebody of this one is to stay forgotten there.
            RunInProgress: somebody works on the roster there.
        """
        if self._source.place == self._target.place:
            raise UsageError(f"Both are {self._source.place}.", hint="Name the place that it is to go to.")
        self._check_nobody_works_there()
        move = TableMove(self._source, self._target, with_secrets=self._with_secrets)
        self._check_free(move)
        self._check_forgotten(move)

    def run(self) -> Iterator[Step]:
        """Copy everything, then compare it; yields how far it has come.

        Raises:
            TalentimgError: as with `check`.
            OutOfDate: what is there afterwards is not what was written.
        """
        with ExitStack() as stack:
            stack.enter_context(self._source.snapshot())
            self.check()
            move = TableMove(self._source, self._target, with_secrets=self._with_secrets, is_old=self._is_old)
            beside = self._beside(move)
            if self._at_once:
                stack.enter_context(self._target.transaction())
            self._mark()
            yield from self._moved(move, beside)
            self._unmark()
        self.moved = move.moved
        self.left_out = beside.left_out if beside else 0

    def _moved(self, move: TableMove, beside: BesideTheApp | None) -> Iterator[Step]:
        pairs = [p for p in move.pairs.values() if beside is None or p.name not in AGENCY]
        rewrite = beside or Rewrite()
        for pair in reversed(pairs):
            move.remove(pair, rewrite)
        for pair in pairs:
            yield from move.write(pair, rewrite)
        if beside is not None:
            yield from beside.write()
        self._target.settle()
        self._target.clear("marks")
        for pair in pairs:
            yield from move.compare(pair)
        if beside is not None:
            yield from beside.compare()

    def _beside(self, move: TableMove) -> BesideTheApp | None:
        app = self._target.app
        if app is None:
            return None
        beside = BesideTheApp(self._source, self._target, app, move.pairs, self._missing)
        beside.look()
        return beside

    # -- what may not be ------------------------------------------------------------

    def _check_nobody_works_there(self) -> None:
        is_free = self._target.lock()
        workers = self._target.shapes()["workers"]
        since = self._now() - _ALIVE
        seen = (from_text(str(workers.value(r, "seen_at"))) for r in self._target.page(workers, None))
        if not is_free or any(at is not None and at > since for at in seen):
            raise RunInProgress(
                f"Somebody works on {self._target.place}: a run or a worker.",
                hint="Stop it, and say the same again.",
            )

    def _check_free(self, move: TableMove) -> None:
        if self._replace or self._is_marked() or self._is_empty(move):
            return
        raise Contradicted(
            f"There is something already in {self._target.place}.",
            hint="With --replace it becomes what is brought; what was said there since is lost.",
        )

    def _is_empty(self, move: TableMove) -> bool:
        is_apps = self._target.app is not None
        wanted: list[Pair] = [p for p in move.pairs.values() if not (is_apps and p.name in AGENCY)]
        return not any(self._target.count(pair.target) for pair in wanted)

    def _check_forgotten(self, move: TableMove) -> None:
        found = next(forgotten_there(self._source, self._target, move.pairs), None)
        if found is not None:
            what = f"{found.platform} of {found.talent_id!r}" if found.platform else f"{found.talent_id!r}"
            raise Contradicted(
                f"{what} is to stay forgotten in {self._target.place}, since {found.at:%Y-%m-%d}, and would "
                "come back with this roster.",
                hint="Forget it here as well, or say `talentimg remember` there.",
            )

    # -- the note of a copy that is not complete ------------------------------------

    @property
    def _notes(self) -> Shape:
        shape = self._target.shapes()[_NOTES]
        return shape.only({name: shape.columns[name] for name in ("kind", "name", "since")})

    @property
    def _name(self) -> str:
        return hashlib.sha256(self._source.place.encode()).hexdigest()[:32]

    def _is_marked(self) -> bool:
        return bool(self._target.find(self._notes, None, [(_MARK, self._name)]))

    def _mark(self) -> None:
        self._target.put(self._notes, [(_MARK, self._name, to_text(self._now()))])

    def _unmark(self) -> None:
        self._target.drop(self._notes, [(_MARK, self._name)])


def forgotten_there(source: TableStore, target: TableStore, pairs: Mapping[str, Pair]) -> Iterator[Forgotten]:
    """What of this roster is to stay forgotten in the other place: talents, and platforms of theirs."""
    people, accounts = pairs[TALENT].source, pairs[ACCOUNT].source
    for rows in pages(source, people):
        yield from target.forgotten([(str(people.value(row, "id")), None) for row in rows])
    for rows in pages(source, accounts):
        connected = [row for row in rows if accounts.value(row, "connected")]
        yield from target.forgotten(
            [(str(accounts.value(r, "creatorId")), str(accounts.value(r, "platform"))) for r in connected]
        )


assert _NOTES in STAYS  # or a copy would take its own note away
