"""The port to the tokens that the server accepts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.access import AccessToken


class Access(ABC):
    """Keeps tokens by name. All methods are synchronous and may be called from several threads."""

    @abstractmethod
    def add_access_token(self, token: AccessToken) -> bool:
        """Keep a new token; False if there is one of this name that was not revoked."""

    @abstractmethod
    def access_tokens(self) -> list[AccessToken]:
        """All tokens, those that were revoked too, by name."""

    @abstractmethod
    def revoke_access_token(self, name: str, now: datetime) -> bool:
        """Let a token be good for nothing from now on; False if there is no such one that still is."""
