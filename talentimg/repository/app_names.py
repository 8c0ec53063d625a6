"""What the agency's app calls its tables and columns, where these are not the names that we know them by."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from talentimg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

TALENT: Final = "Talent"
USER: Final = "User"
ACCOUNT: Final = "SocialAccountConnection"

NAMEABLE: Final = frozenset(
    {
        "accessToken",
        "avatarUrl",
        "createdAt",
        "creatorId",
        "displayName",
        "expiresAt",
        "lastProfileImageSyncAt",
        "lastSyncedAt",
        "profileImageSource",
        "profileImageUrl",
        "profileUrl",
        "refreshToken",
        "syncError",
        "syncStatus",
        "updatedAt",
        "userId",
    }
)
"""The columns that the app may call otherwise. The others are single words, which every app writes alike."""


# No dataclass, as that would take longer to define, in every command.
class AppNames(NamedTuple):
    """The app's names, by ours. A name that is not in here is the same for both."""

    tables: Mapping[str, str] = MappingProxyType({})
    columns: Mapping[str, str] = MappingProxyType({})

    def table(self, ours: str) -> str:
        """The name of a table in the app's database."""
        return self.tables.get(ours, ours)

    def column(self, ours: str) -> str:
        """The name of a column in the app's database."""
        return self.columns.get(ours, ours)


AS_OURS: Final = AppNames()
"""The app uses the names that we know."""


class Named(Protocol):
    """Settings that say what the app calls its tables and columns; empty where it uses our names."""

    @property
    def app_talent_table(self) -> str:
        """The table of the talents."""

    @property
    def app_user_table(self) -> str:
        """The table of the users."""

    @property
    def app_account_table(self) -> str:
        """The table of the accounts."""

    @property
    def app_columns(self) -> tuple[str, ...]:
        """Texts like `profileImageUrl=profile_image_url`."""


def names_in(settings: Named) -> AppNames:
    """The names as settings give them.

    Raises:
        ConfigError: a text about a column has another form, or names one that has no other name.
    """
    tables = {
        TALENT: settings.app_talent_table,
        USER: settings.app_user_table,
        ACCOUNT: settings.app_account_table,
    }
    given = {ours: theirs for ours, theirs in tables.items() if theirs and theirs != ours}
    return AppNames(given, dict(map(_column, settings.app_columns)))


def _column(text: str) -> tuple[str, str]:
    ours, _, theirs = (part.strip() for part in text.partition("="))
    if ours not in NAMEABLE or not theirs:
        raise ConfigError(
            f"app.columns: {text!r} does not say how the app calls a column.",
            hint=f"Like this: profileImageUrl=profile_image_url. Columns: {', '.join(sorted(NAMEABLE))}",
        )
    return ours, theirs
