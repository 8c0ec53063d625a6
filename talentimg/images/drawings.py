"""Pictures that programs give to people without one, at addresses that do not tell them from uploads."""

from __future__ import annotations

from typing import Final

from talentimg.models.likeness import alike

KNOWN: Final = {
    # Copied to accounts/NAME/avatar.png for whoever joins, where an upload lies as well:
    # https://gitlab.com/bashrc2/epicyon/-/blob/main/img/default-avatar.png
    "Epicyon": (
        "0001331b29615000"
        "ffffffffffffffffff"
        "fffffffffffffab1f9"
        "eda7a2afc1b7a0e2ff"
        "ddbb706e76a47cbae4"
        "f0c0b8f5f7fffee3ef"
        "ddcbd4e5e6dfded3e7"
        "d8d5e1ddf6dfd9d6d6"
        "ffffffffffffffffff"
    ),
}
"""What they look like, as `talentimg.models.likeness` tells it: the hash, and a row of cells each."""


def drawn_by(likeness: str | None) -> str | None:
    """The program that gives this picture to people without one; None if we know of none."""
    return next((name for name, drawing in KNOWN.items() if alike(likeness, drawing)), None)
