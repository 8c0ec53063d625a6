"""A talent's token, from a file of its own or from a field of a roster."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import UsageError
from talentimg.models import Token
from talentimg.models.talent import can_be_sent

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LIFETIME_S: Final = 10 * 366 * 86400


def parse_token(text: str) -> Token:
    """A token from its file: JSON as a platform's token endpoint gives it, or the bare access token.

    Raises:
        UsageError: it is neither.
    """
    stripped = text.strip()
    if not stripped.startswith("{"):
        if not stripped or not can_be_sent(stripped):
            raise UsageError(
                "The token file has no token in it.", hint="Put the access token in it, or JSON."
            )
        return Token(stripped)
    try:
        fields = json.loads(stripped)
    except (ValueError, RecursionError):
        raise UsageError("The token file is not JSON.", hint="Put the access token in it, or JSON.") from None
    token = token_in(fields)
    if token is None:
        raise UsageError("The token file has no access_token.", hint='Like this: {"access_token": "..."}')
    return token


def token_in(fields: Mapping[str, Any]) -> Token | None:
    """The token among the fields of a JSON object; None if there is none.

    Raises:
        UsageError: a field is of the wrong type, or no platform could be sent what is in it.
    """
    access = text_in(fields, "access_token")
    if access is None:
        return None
    refresh = text_in(fields, "refresh_token")
    if not can_be_sent(access) or not can_be_sent(refresh or ""):
        raise UsageError(
            "A token holds a space, a line break or a letter that no token has.",
            hint="Copy it once more, without what stands around it.",
        )
    return Token(access, refresh, _expiry(fields))


def text_in(fields: Mapping[str, Any], key: str) -> str | None:
    """A text among the fields of a JSON object; None for null, nothing, and an empty one.

    Raises:
        UsageError: it is no text.
    """
    value = fields.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # ids are often numbers in other systems
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{key} must be a string.")
    return value or None


def _expiry(fields: Mapping[str, Any]) -> datetime | None:
    """When a token expires, from `expires_at` (ISO 8601) or `expires_in` (seconds from now)."""
    seconds, moment = fields.get("expires_in"), text_in(fields, "expires_at")
    if isinstance(seconds, int) and 0 <= seconds <= MAX_LIFETIME_S:
        return datetime.now(UTC) + timedelta(seconds=seconds)
    if moment is None:
        return None
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        raise UsageError("expires_at is not a time in ISO 8601.", hint="Like 2026-11-24T02:00:00Z") from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
