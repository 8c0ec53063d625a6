"""What moves a roster and its pictures to another place, into an archive and back."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from talentimg.bootstrap.people import People
from talentimg.errors import UsageError
from talentimg.providers.registry import platform_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.interface import Repository
    from talentimg.service.moving.backup import Backup
    from talentimg.service.moving.beside import Missing
    from talentimg.service.moving.objects import PictureCopy
    from talentimg.service.moving.restore import Restore
    from talentimg.service.moving.rosters import RosterCopy
    from talentimg.service.people.forgetting import Forgetting
    from talentimg.store.interface import ObjectStore


@dataclass
class Moving(People):
    """What moves a roster and its pictures."""

    @contextmanager
    def roster_copy(self, to: str, *, replace: bool, missing: Missing) -> Iterator[RosterCopy]:
        """Copies the roster to another database.

        Args:
            to: its address.
            replace: whether a roster that is there already becomes this one.
            missing: what becomes of those whom an app there does not have.

        Raises:
            TalentimgError: one of the two cannot be opened.
        """
        from talentimg.repository.registry import open_tables  # noqa: PLC0415  start-up time
        from talentimg.service.moving.rosters import RosterCopy  # noqa: PLC0415  start-up time

        self.repository  # noqa: B018  which brings a file of ours up to date
        with (
            closing(open_tables(self.settings.database_url, self._names, read_only=True)) as source,
            closing(open_tables(to, self._names, create=True)) as target,
        ):
            yield RosterCopy(source, target, self.now, replace=replace, missing=missing)

    def picture_copy(self, to: str) -> PictureCopy:
        """Copies the pictures to another store.

        Args:
            to: its address.

        Raises:
            UsageError: it is the same store.
            TalentimgError: one of the two cannot be opened.
        """
        from talentimg.service.moving.named import named_objects  # noqa: PLC0415  start-up time
        from talentimg.service.moving.objects import PictureCopy  # noqa: PLC0415  start-up time
        from talentimg.store import open_store  # noqa: PLC0415  start-up time

        if to.rstrip("/") == self.settings.images_store.rstrip("/"):
            raise UsageError("The pictures are there already.", hint="Name the store that they are to go to.")
        return PictureCopy(self._only_read(), open_store(to), lambda: named_objects(self.repository))

    def _only_read(self) -> ObjectStore:
        """The pictures, where nothing is made that is not there."""
        from talentimg.store import open_store  # noqa: PLC0415  start-up time

        return open_store(self.settings.images_store, make=False)

    @contextmanager
    def backup(self, *, with_secrets: bool) -> Iterator[Backup]:
        """Writes the roster and its pictures into one archive.

        Args:
            with_secrets: whether the tokens of talents are in it.
        """
        from talentimg.repository.registry import open_tables  # noqa: PLC0415  start-up time
        from talentimg.service.moving.backup import Backup  # noqa: PLC0415  start-up time

        self.repository  # noqa: B018  which brings a file of ours up to date
        with closing(open_tables(self.settings.database_url, self._names, read_only=True)) as tables:
            yield Backup(tables, self._only_read(), self.now, with_secrets=with_secrets)

    @contextmanager
    def restore(self, *, replace: bool, missing: Missing) -> Iterator[Restore]:
        """Brings a roster and its pictures back from an archive.

        Args:
            replace: whether a roster that is there already becomes that of the archive.
            missing: what becomes of those whom an app there does not have.
        """
        from talentimg.repository.registry import open_tables  # noqa: PLC0415  start-up time
        from talentimg.service.moving.restore import Restore  # noqa: PLC0415  start-up time

        with closing(open_tables(self.settings.database_url, self._names, create=True)) as target:
            yield Restore(
                target,
                self.store,
                self.now,
                self._forgetting_in,
                folder=Path(self.settings.data_dir),
                replace=replace,
                missing=missing,
            )

    def _forgetting_in(self, repository: Repository) -> Forgetting:
        """Forgets somebody in a roster that is only unpacked, and has no pictures of its own."""
        from talentimg.service.people.forgetting import Forgetting  # noqa: PLC0415  start-up time
        from talentimg.service.run.removing import Remover  # noqa: PLC0415  start-up time
        from talentimg.store.memory import MemoryObjectStore  # noqa: PLC0415  start-up time

        store = MemoryObjectStore()
        remover = Remover(repository, store, self.now)
        return Forgetting(repository, store, remover, self.resolver, self.now, platforms=platform_names())
