"""What people said about talents: who, when and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

HASH: Final = "hash"
PLATFORM: Final = "platform"
HANDLE: Final = "handle"
SOURCE: Final = "source"
SOURCES: Final = "sources"
UNTIL: Final = "until"
VERSION: Final = "version"
PICTURE: Final = "picture"
BYTES: Final = "bytes"
ADDED: Final = "added"
"""What an entry is about: a picture by a hash or the number of its version, where it is from, a time; and
that the talent came by this import."""
SOURCE_HASH: Final = "source_hash"
"""The same as `BYTES`, of a placeholder."""
NAMES_NOBODY: Final = frozenset({HASH, PLATFORM, SOURCE, SOURCES, UNTIL, VERSION, BYTES, ADDED, SOURCE_HASH})
"""Of these, words of ours, times and hashes: they stay, whoever that is forgotten may be called so."""
REDACTED: Final = "[forgotten]"
"""What stands where a word was that named somebody who is forgotten."""
NOBODY: Final = ""
"""In place of a talent's id, where a word is about everybody. No talent has this id."""


class Action(StrEnum):
    """What a person did."""

    ADD = "add"
    SET = "set"
    UNSET = "unset"
    LOCK = "lock"
    UNLOCK = "unlock"
    ORDER = "order"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    ROLLBACK = "rollback"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    EDIT = "edit"
    MERGE = "merge"
    IMPORT = "import"
    ACCEPT = "accept"
    APPROVE = "approve"
    REJECT = "reject"
    RECONSIDER = "reconsider"
    REMEMBER = "remember"
    PLACEHOLDER_ADD = "placeholder_add"
    PLACEHOLDER_REMOVE = "placeholder_remove"
    PLACEHOLDER_ALLOW = "placeholder_allow"
    RENAMED = "renamed"
    """No person's word, but told beside them: a platform calls the account otherwise than before."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that a person said about a talent, or about a placeholder."""

    talent_id: str
    """`NOBODY` for a placeholder: it is refused for everybody."""
    at: datetime
    action: str
    """An `Action`, or a word of a newer version."""
    by: str
    why: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    """What it was about, by name: a platform, a time until when, the picture's file or address."""
