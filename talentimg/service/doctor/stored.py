"""What the checks of stored pictures stand on: a roster, and the store that it names objects of."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.service.doctor.interface import Check

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.repository.interface import Repository
    from talentimg.store.interface import ObjectStore


class StoredCheck(Check):
    """Compares the store of pictures with the roster."""

    seconds: ClassVar = 60.0
    needs: ClassVar = ("store", "pictures_store")

    def __init__(self, repository: Callable[[], Repository], store: Callable[[], ObjectStore]) -> None:
        """A check of the one by the other.

        Args:
            repository: opens the roster.
            store: opens the store of pictures.
        """
        self._repository = repository
        self._store = store
