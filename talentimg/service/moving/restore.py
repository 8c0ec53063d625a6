"""Brings a roster back from an archive, which is verified first. Its rows come all at once or not at all."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate
from talentimg.repository.registry import open_repository, open_tables
from talentimg.repository.urls import sqlite_url
from talentimg.service.moving.archive import ROSTER, Archive
from talentimg.service.moving.backup import verified
from talentimg.service.moving.beside import Missing
from talentimg.service.moving.objects import AT_ONCE, new_object
from talentimg.service.moving.rosters import RosterCopy, forgotten_there
from talentimg.service.moving.tables import Step, TableMove
from talentimg.service.moving.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from talentimg.repository.interface import Repository
    from talentimg.repository.moving.interface import TableStore
    from talentimg.service.moving.archive import Contents
    from talentimg.service.people.forgetting import Forgetting
    from talentimg.store.interface import ObjectStore


class Restore:
    """One restore. It may be ended at any time: what was there is there, or the same call completes it."""

    def __init__(
        self,
        target: TableStore,
        store: ObjectStore,
        now: Callable[[], datetime],
        forgetting: Callable[[Repository], Forgetting],
        *,
        folder: Path,
        replace: bool = False,
        missing: Missing = Missing.REFUSE,
    ) -> None:
        """A restore.

        Args:
            target: where the roster is to be.
            store: where its pictures are to be.
            now: the time.
            forgetting: forgets somebody in a roster.
            folder: where the roster of the archive may be unpacked for the time being.
            replace: whether a roster that is there already becomes that of the archive.
            missing: what becomes of those whom an app there does not have.
        """
        self._target = target
        self._store = store
        self._now = now
        self._forgetting = forgetting
        self._folder = folder
        self._replace = replace
        self._missing = missing
        self.contents: Contents | None = None
        """What was in the archive, once it is over."""
        self.forgotten = 0
        """Talents, and platforms of talents, that were in it and were forgotten here since."""

    def read(self, path: Path) -> Iterator[Step]:
        """Verify the archive, then bring back pictures, then rows; yields how far it has come.

        Raises:
            StoreUnreadable: it is no whole archive. Nothing was changed.
            Contradicted: there is a roster already.
            RunInProgress: somebody works on it.
            CannotCreate: the archive cannot be read or unpacked.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            why = (error.strerror or "no access").lower()
            raise CannotCreate(f"{path} cannot be read: {why}.", hint="Name a file that is there.") from None
        with file, workplace(self._folder / path.name) as folder:
            archive = Archive(file, str(path))
            archive.unpack_roster(folder / ROSTER)
            yield from verified(archive)
            url = sqlite_url(folder / ROSTER)
            self._forget(url)
            with closing(open_tables(url)) as source:
                copy = self._copy(source, archive)
                copy.check()
                yield from self._pictures(archive)
                yield from copy.run()
            self.contents = archive.contents

    def _copy(self, source: TableStore, archive: Archive) -> RosterCopy:
        return RosterCopy(
            source,
            self._target,
            self._now,
            replace=self._replace,
            missing=self._missing,
            with_secrets=archive.contents.has_secrets,
            at_once=True,
            is_old=True,
        )

    def _forget(self, url: str) -> None:
        """Forget in the unpacked roster whoever was forgotten here since it was written."""
        with closing(open_tables(url)) as source:
            pairs = TableMove(source, self._target).pairs
            found = list(forgotten_there(source, self._target, pairs))
        if found:
            with open_repository(url) as repository:
                forgetting = self._forgetting(repository)
                for one in found:
                    forgetting.forget(one.talent_id, one.platform or None, by=one.by)
        self.forgotten = len(found)

    def _pictures(self, archive: Archive) -> Iterator[Step]:
        """Pictures first: no row may name one that is not there. Those that are there are left alone."""
        self._store.check()
        found, done = archive.pictures(), 0
        while some := list(islice(found, AT_ONCE)):
            self._store.put_all([new_object(key, data) for key, data in some])
            done += len(some)
            yield Step("pictures", done, archive.contents.files)
