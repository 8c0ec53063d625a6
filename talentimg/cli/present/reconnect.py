"""Who has to connect an account again, each with the link to send."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from talentimg.cli.terminal import LONGEST_CELL, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from talentimg.service.people.reconnecting import Reconnect

MOST: Final = 10


def reconnect_lines(found: Collection[Reconnect]) -> Iterator[str]:
    """A line for each of the first few, below one that says what it is about; none for nobody.

    A link stays on its line, so that it can be copied.
    """
    if not found:
        return
    has_links = any(one.link for one in found)
    yield f"To connect again{', with the link to send' if has_links else ' (set connect.url for links)'}:"
    for one in islice(found, MOST):
        name = printable(one.name or one.talent_id, LONGEST_CELL)
        yield f"  {name} ({printable(one.platform)}){f': {printable(one.link)}' if one.link else ''}"
    if len(found) > MOST:
        yield "  ... and more: talentimg list --state needs-you --json"
