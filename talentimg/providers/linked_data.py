"""Finds a person's picture in a page's JSON-LD.

    https://schema.org/Person          image
    https://schema.org/ProfilePage     mainEntity.image

A picture is a URL, an ImageObject, or a list of these; objects may be inside a `@graph` and
refer to each other by `@id`. The work is bounded, whatever a document contains.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_OBJECTS: Final = 2_000
DEEPEST: Final = 4

Node: TypeAlias = dict[str, Any]


def person_images(scripts: Iterable[str]) -> Iterator[str]:
    """The picture URLs of the person whom a page is about, the likeliest first."""
    objects = list(islice((node for script in scripts for node in _nodes(_parsed(script))), MOST_OBJECTS))
    named = {node["@id"]: node for node in objects if isinstance(node.get("@id"), str)}
    mains = [main for node in objects if _is(node, "ProfilePage") for main in _nodes(node.get("mainEntity"))]
    for node in [*mains, *(node for node in objects if _is(node, "Person"))]:
        whole = node if "image" in node else _named(node, named)
        yield from _images(whole.get("image"), named)


def _parsed(script: str) -> Any:  # noqa: ANN401  unvalidated JSON
    try:
        return json.loads(script)
    except (ValueError, RecursionError):
        return None


def _nodes(value: Any, depth: int = DEEPEST) -> Iterator[Node]:  # noqa: ANN401  as above
    """The object itself, or the objects in a list, and those in a `@graph`."""
    if isinstance(value, dict):
        yield value
        value = value.get("@graph")
    if isinstance(value, list) and depth:
        for item in value:
            yield from _nodes(item, depth - 1)


def _is(node: Node, kind: str) -> bool:
    """Whether an object has this type, which may also be written as `schema:Person` or as a URL."""
    types = node.get("@type")
    return any(
        isinstance(name, str) and name.replace(":", "/").rpartition("/")[2] == kind
        for name in (types if isinstance(types, list) else [types])
    )


def _named(node: Node, named: dict[str, Node]) -> Node:
    name = node.get("@id")
    return named.get(name, node) if isinstance(name, str) else node


def _images(value: Any, named: dict[str, Node], depth: int = DEEPEST) -> Iterator[str]:  # noqa: ANN401  as above
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for item in value:
            yield from _images(item, named, depth - 1)
    elif isinstance(value, dict) and depth:
        whole = value if "url" in value or "contentUrl" in value else _named(value, named)
        yield from _images(whole.get("url"), named, depth - 1)
        yield from _images(whole.get("contentUrl"), named, depth - 1)
