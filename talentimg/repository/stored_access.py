"""Rows of tokens to and from the model, for every kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models.access import AccessToken, Scope
from talentimg.repository.stored import from_text, required, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.repository.stored import ReadRow, Row


def token_row(token: AccessToken) -> Row:
    """A token as it is stored."""
    return {
        "name": token.name,
        "scope": token.scope.value,
        "digest": token.digest,
        "created_at": to_text(token.created_at),
        "created_by": token.created_by,
        "revoked_at": to_text(token.revoked_at),
    }


def tokens_from(rows: Iterable[ReadRow]) -> list[AccessToken]:
    """Tokens. One with a scope that only a newer version knows is left out: here it is good for nothing."""
    return [_token_from(row) for row in rows if row["scope"] in set(Scope)]


def _token_from(row: ReadRow) -> AccessToken:
    return AccessToken(
        name=row["name"],
        scope=Scope(row["scope"]),
        digest=row["digest"],
        created_at=required(row["created_at"]),
        created_by=row["created_by"],
        revoked_at=from_text(row["revoked_at"]),
    )
