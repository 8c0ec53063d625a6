"""Writes a whole roster into one archive. Syncs may go on beside it: it is the roster of one moment."""

from __future__ import annotations

import os
import zipfile
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from talentimg import __version__
from talentimg.repository.app_names import TALENT
from talentimg.repository.migrations import HEAD
from talentimg.repository.registry import open_repository, open_tables
from talentimg.repository.stored import to_text
from talentimg.repository.urls import sqlite_url
from talentimg.service.moving.archive import (
    PICTURES,
    ROSTER,
    Archive,
    Contents,
    sha256_of,
    write_list,
)
from talentimg.service.moving.named import named_objects
from talentimg.service.moving.objects import AT_ONCE, is_whole
from talentimg.service.moving.rosters import RosterCopy
from talentimg.service.moving.tables import Step
from talentimg.service.moving.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from datetime import datetime
    from pathlib import Path

    from talentimg.repository.moving.interface import TableStore
    from talentimg.service.moving.tables import Moved
    from talentimg.store.interface import ObjectStore


class Backup:
    """One backup. It may be ended at any time; the same call begins anew, and no part of it stays."""

    def __init__(
        self,
        tables: TableStore,
        store: ObjectStore,
        now: Callable[[], datetime],
        *,
        with_secrets: bool = False,
    ) -> None:
        """A backup.

        Args:
            tables: the roster.
            store: its pictures.
            now: the time.
            with_secrets: whether the tokens of talents are in it, as plain as they are in the roster.
        """
        self._tables = tables
        self._store = store
        self._now = now
        self._with_secrets = with_secrets
        self._files = 0
        self._missing = 0
        self.contents: Contents | None = None
        """What was written, once it is over."""

    def write(self, path: Path) -> Iterator[Step]:
        """Write the archive, which is complete or not there at all; yields how far it has come.

        Raises:
            CannotCreate: it cannot be written.
            StoreLocked: another call is writing it.
            ObjectError: the store of pictures cannot be reached.
        """
        with workplace(path) as folder:
            roster, made = folder / ROSTER, folder / "archive"
            moved = yield from self._copy(roster)
            handle = os.open(made, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            with os.fdopen(handle, "w+b") as file:
                with zipfile.ZipFile(file, "w") as archive:
                    archive.write(roster, ROSTER, zipfile.ZIP_DEFLATED)
                    yield from self._pack(archive, roster)
                    self.contents = self._list(roster, moved)
                    write_list(archive, self.contents)
                file.flush()
                os.fsync(file.fileno())
                yield from verified(Archive(file, str(path)))
            made.replace(path)

    def _copy(self, roster: Path) -> Generator[Step, None, list[Moved]]:
        with closing(open_tables(sqlite_url(roster), create=True)) as target:
            copy = RosterCopy(self._tables, target, self._now, with_secrets=self._with_secrets)
            yield from copy.run()
        return copy.moved

    def _pack(self, archive: zipfile.ZipFile, roster: Path) -> Iterator[Step]:
        with open_repository(sqlite_url(roster)) as repository:
            left = iter(dict.fromkeys(named_objects(repository)))
            while keys := list(islice(left, AT_ONCE)):
                self._pack_some(archive, keys)
                yield Step("pictures", self._files, self._files + self._missing)

    def _pack_some(self, archive: zipfile.ZipFile, keys: list[str]) -> None:
        for key, data in zip(keys, self._store.each(self._store.get, keys), strict=True):
            if data is None or not is_whole(key, data):
                self._missing += 1
            else:
                archive.writestr(f"{PICTURES}{key}", data, zipfile.ZIP_STORED)
                self._files += 1

    def _list(self, roster: Path, moved: list[Moved]) -> Contents:
        rows = {one.table: one.rows for one in moved}
        return Contents(
            made_at=to_text(self._now()) or "",
            version=__version__,
            schema=HEAD,
            has_secrets=self._with_secrets,
            roster_hash=sha256_of(roster),
            talents=rows[TALENT],
            files=self._files,
            missing=self._missing,
            rows=rows,
        )


def verified(archive: Archive) -> Iterator[Step]:
    """Read every picture of an archive and see that it is whole; yields how far it has come.

    Raises:
        StoreUnreadable: one is damaged or missing.
    """
    done = 0
    for done, _ in enumerate(archive.pictures(), 1):
        if not done % AT_ONCE:
            yield Step("pictures", done, archive.contents.files, is_comparing=True)
    archive.check_files(done)
