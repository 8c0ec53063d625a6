"""Tokens that programs and people show to the server, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Scope(StrEnum):
    """What somebody may do; each may do what those before it may."""

    READ = "read"
    """See everything."""
    OPERATE = "operate"
    """Have talents looked at, connect accounts, start runs."""
    ADMIN = "admin"
    """Everything."""

    def covers(self, needed: Scope) -> bool:
        """Whether whoever has this scope may do what needs the other."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token by its name. Its text is known only to whoever was given it."""

    name: str
    scope: Scope
    digest: str = field(repr=False)
    """The SHA-256 (hex) of its text, which is long and random: so nothing slower is needed."""
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None
