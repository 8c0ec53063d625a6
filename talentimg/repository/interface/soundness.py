"""The port to whether rows, objects and clocks fit together: what `doctor` asks. Nothing here writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from talentimg.models import HistoryEntry
    from talentimg.repository.interface.values import PictureInUse


class Soundness(ABC):
    """Tells what is kept, so that it can be compared with what is there."""

    @abstractmethod
    def pictures_in_use(self, *, after: str | None, limit: int) -> list[PictureInUse]:
        """A page of the pictures that a source offers or somebody shows, in the order of their hashes.

        Unlike with `Results.to_recut`, talents with a lock are among theirs. The talents of such a picture
        may be none: all have left the roster, or show something else since.
        """

    @abstractmethod
    def known_pictures(self, content_hashes: Collection[str]) -> set[str]:
        """Those of these hashes that are the name of a picture's row."""

    @abstractmethod
    def latest_changes(self, talent_ids: Collection[str]) -> dict[str, HistoryEntry]:
        """The last entry in the history of each of these talents, by id; who has none is left out."""

    @abstractmethod
    def database_time(self) -> datetime | None:
        """The time by the database's own clock; None where it has no other than this machine's."""
