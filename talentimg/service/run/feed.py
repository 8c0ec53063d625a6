"""What happened, told page by page to whoever follows: a site, a CRM, webhooks, a digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError

if TYPE_CHECKING:
    from talentimg.repository.interface import Feed
    from talentimg.repository.interface.feed import FeedPage

LATEST: Final = "latest"
"""In place of a cursor: from now on."""
PAGE: Final = 200
MOST: Final = 1000
"""How many entries a page has, by default and at most."""
_CURSOR: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


class FeedReader:
    """Reads the feed for those who keep a cursor."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def page(self, since: str | None = None, *, limit: int = PAGE) -> FeedPage:
        """What happened after a cursor.

        Args:
            since: `reached` of the page before, `latest` to begin now, None for the beginning.
            limit: how many things that happened a page tells, at most.

        Raises:
            UsageError: it is no cursor, or one that this store has not given yet.
            TalentimgError: the store cannot be read.
        """
        if since == LATEST:
            return self._feed.feed_page(self._feed.feed_end(), limit=limit)
        after = _number_in(since)
        page = self._feed.feed_page(after, limit=limit)
        if not page.entries and after and after > self._feed.feed_end():
            raise UsageError(
                f"This store has not come to the cursor {after} yet.",
                hint="It is of another store, or of one that was restored since. Begin without a cursor.",
            )
        return page


def _number_in(since: str | None) -> int:
    if since is None:
        return 0
    if not _CURSOR.fullmatch(since):
        raise UsageError(
            "That is no cursor.", hint="Give `next` of the page before, latest, or nothing for the beginning."
        )
    return int(since)
