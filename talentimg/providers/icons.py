"""The addresses of a picture in the `icon` of an ActivityPub actor.

https://www.w3.org/TR/activitystreams-vocabulary/#dfn-icon
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 4
MOST: Final = 5
MOST_PIXELS: Final = 100_000
ENOUGH: Final = 400
"""Pixels: the smallest icon that has as many is wanted."""


def by_size(icon: Any) -> list[str]:  # noqa: ANN401  unvalidated JSON
    """The URLs in an `icon`, the best size first: the smallest that is large enough, or the largest."""
    sized = list(islice(dict.fromkeys(_addresses(icon)), MOST))

    def rank(item: tuple[str, int | None]) -> tuple[bool, int]:
        width = item[1] or 0
        return width < ENOUGH, width if width >= ENOUGH else -width

    if any(width for _, width in sized):
        sized.sort(key=rank)
    return list(dict.fromkeys(url for url, _ in sized))


def _addresses(
    icon: Any,  # noqa: ANN401  unvalidated JSON
    width: int | None = None,
    depth: int = DEEPEST,
) -> Iterator[tuple[str, int | None]]:
    """The URLs and widths in an `icon`: a string, an Image, a Link, or a list of these, possibly nested."""
    if isinstance(icon, str) and icon:
        yield icon, width
    elif depth and isinstance(icon, list):
        for item in icon:
            yield from _addresses(item, width, depth - 1)
    elif depth and isinstance(icon, dict):
        told = icon.get("width")
        width = told if isinstance(told, int) and 0 < told < MOST_PIXELS else width
        yield from _addresses(icon.get("url"), width, depth - 1)
        yield from _addresses(icon.get("href"), width, depth - 1)
