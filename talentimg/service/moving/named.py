"""The objects that a roster names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.interface import Repository

_PAGE: Final = 500


def named_objects(repository: Repository) -> Iterator[str]:
    """The keys of all forms of all pictures, read page by page; some come twice."""
    page = repository.named_objects(after=None, limit=_PAGE)
    while page.size:
        yield from page.keys
        page = repository.named_objects(after=page.last, limit=_PAGE)
