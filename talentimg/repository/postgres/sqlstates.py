"""What each error code of Postgres means for us: whether it passes by itself, and who can help.

Every class of codes that the driver knows stands here, so that none is told as something it is not. A code
of its own counts before its class.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Meaning(Enum):
    """What to tell of an error."""

    AWAY = auto()
    """The server is away or overloaded for now."""
    BUSY = auto()
    """Others hold what we need, for now."""
    CANCELLED = auto()
    """A statement took longer than it may, or somebody ended it."""
    FULL = auto()
    """There is no space, for now."""
    READ_ONLY = auto()
    """Nothing may be written there."""
    NO_ENTRY = auto()
    """The server does not let us in."""
    NO_DATABASE = auto()
    """There is no such database."""
    NO_RIGHT = auto()
    """The role lacks a right."""
    NO_TABLE = auto()
    """A table or column is not there."""
    ROW = auto()
    """The app's tables do not take this row, or a trigger of theirs fails."""
    SETUP = auto()
    """Something is wrong with how the server or a pooler is set up."""
    BROKEN = auto()
    """The server reports a fault or damage of its own."""
    BUG = auto()
    """A statement of ours is wrong."""


PASSES: Final = frozenset({Meaning.AWAY, Meaning.BUSY, Meaning.CANCELLED, Meaning.FULL})
"""The meanings of errors that pass by themselves."""

MEANINGS: Final[Mapping[str, Meaning]] = {
    "02": Meaning.BUG,  # no data
    "03": Meaning.BUG,  # statement not yet complete
    "08": Meaning.AWAY,  # connection; PgBouncer tells everything as 08P01, and nearly all of it passes
    "08004": Meaning.NO_ENTRY,
    "09": Meaning.ROW,  # a trigger's action failed
    "0A": Meaning.SETUP,  # a feature that this server or kind of table lacks
    "0B": Meaning.BUG,
    "0F": Meaning.BUG,
    "0L": Meaning.NO_RIGHT,
    "0P": Meaning.NO_RIGHT,
    "0Z": Meaning.ROW,  # diagnostics of a function
    "10": Meaning.ROW,  # XML
    "20": Meaning.ROW,  # a CASE in a function
    "21": Meaning.ROW,
    "22": Meaning.ROW,  # a value that a type does not take
    "23": Meaning.ROW,  # a constraint
    "24": Meaning.BUG,
    "25": Meaning.BUG,  # transactions
    "25006": Meaning.READ_ONLY,
    "25P03": Meaning.AWAY,  # a transaction that lasted too long was ended, with its connection
    "25P04": Meaning.AWAY,
    "26": Meaning.BUG,
    "27": Meaning.ROW,  # a trigger changed the row meanwhile
    "28": Meaning.NO_ENTRY,
    "2B": Meaning.BUG,
    "2D": Meaning.ROW,
    "2F": Meaning.ROW,  # functions
    "34": Meaning.BUG,
    "38": Meaning.ROW,
    "39": Meaning.ROW,
    "3B": Meaning.BUG,
    "3D": Meaning.NO_DATABASE,
    "3F": Meaning.NO_TABLE,
    "40": Meaning.BUSY,  # deadlocks and the like
    "40002": Meaning.ROW,  # a constraint that is checked at the end
    "42": Meaning.BUG,  # syntax, names
    "42501": Meaning.NO_RIGHT,
    "42703": Meaning.NO_TABLE,
    "42704": Meaning.NO_TABLE,
    "42804": Meaning.ROW,
    "428C9": Meaning.ROW,  # a column that is computed
    "42P01": Meaning.NO_TABLE,
    "44": Meaning.ROW,  # WITH CHECK OPTION
    "53": Meaning.AWAY,  # memory, connections
    "53100": Meaning.FULL,
    "53400": Meaning.SETUP,
    "54": Meaning.ROW,  # larger than an index or a row can hold
    "55": Meaning.SETUP,
    "55006": Meaning.BUSY,
    "55P03": Meaning.BUSY,
    "57": Meaning.AWAY,  # shutting down, starting
    "57014": Meaning.CANCELLED,
    "57P04": Meaning.NO_DATABASE,
    "58": Meaning.BROKEN,  # disks and files
    "72": Meaning.BUSY,  # a snapshot that is too old
    "F0": Meaning.SETUP,  # the server's configuration file
    "HV": Meaning.SETUP,  # foreign tables
    "P0": Meaning.ROW,  # RAISE in a trigger
    "XX": Meaning.BROKEN,
}


def meaning(code: str) -> Meaning:
    """What a code means; one of a class that is not known is a fault of the server's."""
    for length in (5, 2):
        if code[:length] in MEANINGS:
            return MEANINGS[code[:length]]
    return Meaning.BROKEN
