"""Reads a roster from CSV or JSON. Nothing is written here.

CSV has a header line: `id`, `name`, optionally `email`, `avatar_url` and `profile_url`, and a column
with handles for each platform. JSON is a list of objects with the same names, whose
`accounts` is a list of `{"platform", "handle", "profile_url", "access_token", "refresh_token",
"expires_at"}` or an object of platform to handle.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import ConfigError, UsageError
from talentimg.models import Token
from talentimg.models.talent import can_be_sent
from talentimg.repository.interface import NewAccount, NewTalent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIELDS: Final = ("id", "name", "email", "avatar_url")
"""The columns that are not platforms."""
WEBSITE: Final = "website"
MAX_LIFETIME_S: Final = 10 * 366 * 86400


def parse_roster(data: bytes, place: str) -> list[NewTalent]:
    """Read a roster. Its first character tells whether it is CSV or JSON.

    Args:
        data: the whole file.
        place: its name in error messages.

    Raises:
        ConfigError: it has no talents, which cannot be intended.
        UsageError: it cannot be read; the message names the place.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{place} is not UTF-8 text.", hint="Save it as UTF-8.") from None
    talents = list(_from_json(text, place) if text.lstrip()[:1] in {"[", "{"} else _from_csv(text, place))
    if not talents:
        raise ConfigError(
            f"{place} has no talents.", hint="Nothing was changed. An import never removes talents."
        )
    return talents


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
    token = _token(fields, "The token file")
    if token is None:
        raise UsageError("The token file has no access_token.", hint='Like this: {"access_token": "..."}')
    return token


# -- CSV ---------------------------------------------------------------------------------


def _from_csv(text: str, place: str) -> Iterator[NewTalent]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        header = [(name or "").strip().lower() for name in reader.fieldnames or []]
        if any(header) and "name" not in header:
            raise UsageError(
                f"{place} has no column called name.",
                hint="The first line names the columns: id,name,instagram,...",
            )
        reader.fieldnames = header
        for row in reader:
            yield _from_row(row, f"{place}, line {reader.line_num}")
    except csv.Error:
        raise UsageError(
            f"{place}, line {reader.line_num}: this is not CSV.", hint="Nothing was imported."
        ) from None


def _from_row(row: Mapping[str | None, Any], place: str) -> NewTalent:
    if None in row:
        raise UsageError(
            f"{place} has more fields than the header has columns.", hint="Nothing was imported."
        )
    fields = {str(key): (value or "").strip() for key, value in row.items() if key}
    profile_url = fields.pop("profile_url", "") or None
    accounts = tuple(
        NewAccount(platform, handle, profile_url if platform == WEBSITE else None)
        for platform, handle in fields.items()
        if platform not in FIELDS and handle
    )
    return _talent(fields, accounts, place)


# -- JSON --------------------------------------------------------------------------------


def _from_json(text: str, place: str) -> Iterator[NewTalent]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{place} is not JSON.", hint="Nothing was imported.") from None
    people = document.get("talents") if isinstance(document, dict) else document
    if not isinstance(people, list):
        raise UsageError(
            f"{place} has no list of talents.", hint="A list of objects with id, name and accounts."
        )
    for number, person in enumerate(people, start=1):
        where = f"{place}, talent {number}"
        if not isinstance(person, dict):
            raise UsageError(f"{where} is not an object.", hint="Nothing was imported.")
        yield _talent(person, tuple(_accounts(person.get("accounts") or [], where)), where)


def _accounts(accounts: object, place: str) -> Iterator[NewAccount]:
    if isinstance(accounts, dict):
        accounts = [{"platform": platform, "handle": handle} for platform, handle in accounts.items()]
    if not isinstance(accounts, list):
        raise UsageError(f"{place}: accounts must be a list or an object.", hint="Nothing was imported.")
    for account in accounts:
        if not isinstance(account, dict):
            raise UsageError(f"{place}: an account is not an object.", hint="Nothing was imported.")
        yield NewAccount(
            platform=_text(account, "platform", place) or "",
            handle=_text(account, "handle", place) or "",
            profile_url=_text(account, "profile_url", place),
            token=_token(account, place),
        )


# -- parts of both -----------------------------------------------------------------------


def _talent(fields: Mapping[str, Any], accounts: tuple[NewAccount, ...], place: str) -> NewTalent:
    name = _text(fields, "name", place)
    talent_id = _text(fields, "id", place)
    if not name or not talent_id:
        raise UsageError(
            f"{place} has no {'id' if name else 'name'}.", hint="Every talent needs an id and a name."
        )
    return NewTalent(
        talent_id, name, _text(fields, "email", place), _text(fields, "avatar_url", place), accounts
    )


def _text(fields: Mapping[str, Any], key: str, place: str) -> str | None:
    value = fields.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # ids are often numbers in other systems
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{place}: {key} must be a string.", hint="Nothing was imported.")
    return value or None


def _token(fields: Mapping[str, Any], place: str) -> Token | None:
    access = _text(fields, "access_token", place)
    if access is None:
        return None
    refresh = _text(fields, "refresh_token", place)
    if not can_be_sent(access) or not can_be_sent(refresh or ""):
        raise UsageError(
            f"{place}: a token holds a space, a line break or a letter that no token has.",
            hint="Copy it once more, without what stands around it.",
        )
    return Token(access, refresh, _expiry(fields, place))


def _expiry(fields: Mapping[str, Any], place: str) -> datetime | None:
    """When a token expires, from `expires_at` (ISO 8601) or `expires_in` (seconds from now)."""
    seconds, moment = fields.get("expires_in"), _text(fields, "expires_at", place)
    if isinstance(seconds, int) and 0 <= seconds <= MAX_LIFETIME_S:
        return datetime.now(UTC) + timedelta(seconds=seconds)
    if moment is None:
        return None
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        raise UsageError(
            f"{place}: expires_at is not a time in ISO 8601.", hint="Like 2026-11-24T02:00:00Z"
        ) from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
