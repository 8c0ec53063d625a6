"""What programs are told of talents, outcomes and runs: plain dictionaries, as JSON can hold them. Pure.

Every surface that answers programs uses these. Names of fields are those of the models; times are
ISO 8601 in UTC.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from talentimg.models import Outcome, Talent


def plain(value: object) -> Any:  # noqa: ANN401  whatever JSON can hold
    """A model as JSON can hold it. Fields kept out of `repr` are secrets, and stay out of here too."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.repr}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else _without_surrogates(value)


def talent_json(talent: Talent) -> dict[str, Any]:
    """A talent with its accounts, without anything secret."""
    return {
        "id": plain(talent.id),
        "name": plain(talent.name),
        "email": plain(talent.email),
        "avatar_url": plain(talent.avatar_url),
        "accounts": [
            {"platform": a.platform, "handle": plain(a.handle), "profile_url": plain(a.profile_url)}
            for a in talent.accounts
        ],
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome, as every command prints it: the kind is called `outcome`."""
    document = plain(outcome)
    kind = document.pop("kind")
    return {"talent_id": document.pop("talent_id"), "name": document.pop("name"), "outcome": kind, **document}


def _without_surrogates(value: object) -> object:
    """A lone surrogate can be stored, but no UTF-8 stream can carry it."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
