"""Whose the tables of the roster are, alike for every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.app_names import TALENT

if TYPE_CHECKING:
    from talentimg.repository.sql import Sql

_IS_OWN: Final = "SELECT 1 FROM talentimg.added WHERE kind = 'table' AND table_name = :name"


def is_own(sql: Sql, table: str = TALENT) -> bool:
    """Whether a table of the roster was made by talentimg."""
    return bool(sql.rows(_IS_OWN, name=sql.table(table)))
