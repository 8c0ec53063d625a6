"""The tokens that the server accepts, kept in a SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.access import Access
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.stored import to_text
from talentimg.repository.stored_access import token_row, tokens_from
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.access import AccessToken

_ADD: Final = """
INSERT INTO talentimg_tokens AS known (name, scope, digest, created_at, created_by, revoked_at)
VALUES (:name, :scope, :digest, :created_at, :created_by, :revoked_at)
ON CONFLICT (name) DO UPDATE SET scope = excluded.scope, digest = excluded.digest,
    created_at = excluded.created_at, created_by = excluded.created_by, revoked_at = excluded.revoked_at
WHERE known.revoked_at IS NOT NULL
"""
_REVOKE: Final = "UPDATE talentimg_tokens SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL"


class SqliteAccess(SqliteBackend, Access):
    """The part that keeps them."""

    def add_access_token(self, token: AccessToken) -> bool:
        with self._writing(through_power_loss=True) as db:
            return db.execute(_ADD, token_row(normalise(token))).rowcount == 1

    def access_tokens(self) -> list[AccessToken]:
        rows = self._connection_holder.rows("SELECT * FROM talentimg_tokens ORDER BY name")
        return tokens_from(rows)

    def revoke_access_token(self, name: str, now: datetime) -> bool:
        with self._writing(through_power_loss=True) as db:
            return db.execute(_REVOKE, [to_text(now), normalise(name)]).rowcount == 1
