"""A person's word is written whoever is faster, as long as others are not always so."""

from __future__ import annotations

from talentimg.errors import StoreLocked


def keeps_changing(name: str) -> StoreLocked:
    """The error where others were always faster."""
    return StoreLocked(f"{name} keeps being changed by others.", hint="Try again later.")
