"""Statements that SQLite and Postgres share, where the work is the same on both.

They name our tables as `talentimg.history`, the agency's as `@Talent`, values as `:name`, and a list of
values as `IN (:names)`, or as rows with a column `value`: `FROM EACH (:names) AS one`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from talentimg.repository.stored import ReadRow


class Sql(ABC):
    """A transaction in which such statements run."""

    @abstractmethod
    def ask(self, statement: str, **values: Any) -> Callable[[], Sequence[ReadRow]]:  # noqa: ANN401  as the drivers take them
        """Ask for rows without waiting for them; what is returned gives them, also after the transaction."""

    @abstractmethod
    def ask_change(self, statement: str, **values: Any) -> Callable[[], int]:  # noqa: ANN401  likewise
        """Run a statement that writes, likewise; what is returned tells how many rows it has changed."""

    def rows(self, statement: str, **values: Any) -> Sequence[ReadRow]:  # noqa: ANN401  likewise
        """The rows that a statement returns."""
        return self.ask(statement, **values)()

    def change(self, statement: str, **values: Any) -> int:  # noqa: ANN401  likewise
        """Run a statement that writes; how many rows it has changed."""
        return self.ask_change(statement, **values)()

    @abstractmethod
    def send(self, statement: str, **values: Any) -> None:  # noqa: ANN401  likewise
        """Run a statement that writes, where nobody needs to know how many rows: on Postgres nobody waits."""

    @abstractmethod
    def table(self, ours: str) -> str:
        """What one of the agency's tables is really called."""

    @abstractmethod
    def unset(self, table: str, column: str) -> str:
        """What sets a column of one of the agency's tables to what it is without us, as SQL.

        Where the app's column needs a value and names none, that is what stands there.
        """

    @abstractmethod
    def still_named(self, keys: Iterable[str]) -> set[str]:
        """Which of these objects a picture names. All pictures are looked through."""

    @abstractmethod
    def lock_talents(self, talent_ids: Sequence[str]) -> None:
        """Keep everybody else from writing about these talents until the transaction ends."""

    @abstractmethod
    def lock_pictures(self) -> None:
        """Keep everybody else from naming a picture until the transaction ends."""
