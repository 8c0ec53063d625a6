"""The tokens that the server accepts, kept in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.repository.interface.access import Access
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.access import AccessToken


class MemoryAccess(Access):
    """Keeps them by name."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, AccessToken] = {}

    def add_access_token(self, token: AccessToken) -> bool:
        known = self._tokens.get(normalise(token.name))
        if known is not None and known.revoked_at is None:
            return False
        self._tokens[normalise(token.name)] = normalise(token)
        return True

    def access_tokens(self) -> list[AccessToken]:
        return [token for _, token in sorted(self._tokens.items())]

    def revoke_access_token(self, name: str, now: datetime) -> bool:
        known = self._tokens.get(normalise(name))
        if known is None or known.revoked_at is not None:
            return False
        self._tokens[known.name] = replace(known, revoked_at=normalise(now))
        return True

    def close(self) -> None:
        """Nothing is open."""
