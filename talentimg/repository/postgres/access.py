"""The tokens that the server accepts, kept on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.access import Access
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.stored import to_text
from talentimg.repository.stored_access import token_row, tokens_from
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.access import AccessToken

# The same token once more is the same write, whose acknowledgement was lost.
_ADD: Final = """
INSERT INTO talentimg.tokens AS known (name, scope, digest, created_at, created_by, revoked_at)
VALUES (%(name)s, %(scope)s, %(digest)s, %(created_at)s, %(created_by)s, %(revoked_at)s)
ON CONFLICT (name) DO UPDATE SET scope = excluded.scope, digest = excluded.digest,
    created_at = excluded.created_at, created_by = excluded.created_by, revoked_at = excluded.revoked_at
WHERE known.revoked_at IS NOT NULL OR known.digest = excluded.digest
RETURNING 1
"""
_REVOKE: Final = """
UPDATE talentimg.tokens SET revoked_at = %(now)s WHERE name = %(name)s AND revoked_at IS NULL RETURNING 1
"""
_TOKENS: Final = 'SELECT * FROM talentimg.tokens ORDER BY name COLLATE "C"'


class PostgresAccess(PostgresBackend, Access):
    """The part that keeps them."""

    def add_access_token(self, token: AccessToken) -> bool:
        row = token_row(normalise(token))
        return bool(self._write(lambda db: db.execute(_ADD, **row).fetchall()))

    def access_tokens(self) -> list[AccessToken]:
        return self._read_once(lambda db: tokens_from(db.execute(_TOKENS)))

    def revoke_access_token(self, name: str, now: datetime) -> bool:
        values = {"name": normalise(name), "now": to_text(now)}
        return bool(self._write(lambda db: db.execute(_REVOKE, **values).fetchall()))
