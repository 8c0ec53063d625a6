"""What was removed of a talent, and what was looked for afterwards, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from talentimg.cli.terminal import LONGEST_CELL, printable

if TYPE_CHECKING:
    from talentimg.service.people.forgetting import Proof

WORDS: Final = {
    "Talent": ("row of the talent", "rows of the talent"),
    "Talent (three columns)": ("row of the app without its picture", "rows of the app without pictures"),
    "User": ("user", "users"),
    "SocialAccountConnection": ("account", "accounts"),
    "accounts": ("stable id of an account", "stable ids of accounts"),
    "candidates": ("candidate", "candidates"),
    "selections": ("note of what is shown", "notes of what is shown"),
    "history": ("line of history", "lines of history"),
    "policies": ("set of decisions", "sets of decisions"),
    "audit": ("word of a person", "words of people"),
    "reviews": ("review", "reviews"),
    "disconnects": ("disconnected account", "disconnected accounts"),
    "leases": ("claim", "claims"),
    "runs": ("report of a run", "reports of runs"),
    "imports": ("record of an import", "records of imports"),
    "suspects": ("name of a placeholder", "names of placeholders"),
    "platforms": ("note on a platform", "notes on platforms"),
    "audit of others": ("word about others", "words about others"),
    "remarks": ("remark that named them", "remarks that named them"),
    "orphans": ("note of a sweep", "notes of sweeps"),
}
"""The rows of each table, one and several. A table that is not named here has its own name."""


def proof_lines(proof: Proof) -> Iterator[str]:
    """What was removed, what was looked for, and what stays."""
    removed = [counted(number, *WORDS.get(table, (table, table))) for table, number in proof.rows.items()]
    if proof.pictures or proof.files:
        files = counted(proof.files, "file", "files")
        removed.append(f"{counted(proof.pictures, 'picture', 'pictures')} in {files}")
    yield f"  Removed: {_listed(removed)}."
    if proof.why:
        who = printable(proof.by or "somebody", LONGEST_CELL)
        yield f"  Why, as {who} says: {printable(proof.why)}"
    if proof.shared:
        stays = "stays, as others use it" if proof.shared == 1 else "stay, as others use them"
        yield f"  {counted(proof.shared, 'picture', 'pictures')} {stays} too."
    if proof.left or proof.files_left:
        left = [counted(number, *WORDS.get(table, (table, table))) for table, number in proof.left.items()]
        left += [counted(proof.files_left, "file", "files")] if proof.files_left else []
        yield f"  Looked for afterwards and still found: {_listed(left)}."
    else:
        yield "  Looked for afterwards and not found: the id in every table of talentimg, and the files."


def counted(number: int, one: str, several: str) -> str:
    """So many of them."""
    return f"{number} {one if number == 1 else several}"


def whom(proof: Proof) -> str:
    """The talent by name and id, or by id alone."""
    talent_id = printable(proof.talent_id, LONGEST_CELL)
    return f"{printable(proof.name, LONGEST_CELL)} ({talent_id})" if proof.name else talent_id


def _listed(words: list[str]) -> str:
    return ", ".join(words) if words else "nothing, as there was nothing"
