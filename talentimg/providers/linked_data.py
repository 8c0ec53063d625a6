"""Finds a person's picture in a page's JSON-LD.

    https://schema.org/ProfilePage     mainEntity.image, likewise of other pages
    https://schema.org/Person          image, of the only person on a page without a main entity

A picture is a URL, an ImageObject, or a list of these; objects may be inside a `@graph` and
refer to each other by `@id`. The work is bounded, whatever a document contains.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_OBJECTS: Final = 2_000
DEEPEST: Final = 4

PAGES: Final = ("ProfilePage", "AboutPage", "WebPage")
MAIN: Final = ("mainEntity", "about")
WORKS: Final = ("Article", "NewsArticle", "BlogPosting", "Product", "Event", "Review", "VideoObject")
"""A page with one of these is about that, whoever else is on it."""

Node: TypeAlias = dict[str, Any]


def person_images(scripts: Iterable[str], titles: Iterable[str] = ()) -> Iterator[str]:
    """The picture URLs of the person whom a page is about, the likeliest first.

    Args:
        scripts: the texts of the page's JSON-LD.
        titles: what the page calls itself.
    """
    objects = _objects(scripts)
    named = _by_id(objects)
    for node in _subjects(objects, named, list(titles)):
        yield from _images(node.get("image"), named)


def is_about_a_person(scripts: Iterable[str], titles: Iterable[str] = ()) -> bool:
    """Whether the page says that its subject is a person."""
    objects = _objects(scripts)
    return bool(_subjects(objects, _by_id(objects), list(titles)))


def _objects(scripts: Iterable[str]) -> list[Node]:
    return list(islice((node for script in scripts for node in _nodes(_parsed(script))), MOST_OBJECTS))


def _by_id(objects: list[Node]) -> dict[str, Node]:
    """Every object under its `@id`; of several with one, the fullest."""
    named: dict[str, Node] = {}
    for node in objects:
        name = node.get("@id")
        if isinstance(name, str) and len(node) > len(named.get(name, ())):
            named[name] = node
    return named


def _subjects(objects: list[Node], named: dict[str, Node], titles: list[str]) -> list[Node]:
    """The person whom the page is about: its main entity or, failing that, the only person on it.

    Authors, publishers and everybody else whom another object mentions are not the subject, and
    neither is somebody whose name is not that of the page.
    """
    pages = [node for node in objects if _is_page(node)]
    mains = [(page, _named(main, named)) for page in pages for key in MAIN for main in _nodes(page.get(key))]
    if mains:  # whatever a ProfilePage is about has a profile; another page may be about anything
        return [main for page, main in mains if _is(page, "ProfilePage") or _is(main, "Person")]
    mentioned = set(_mentioned(objects))
    others = [
        node for node in objects if _is(node, "Person") and str(node.get("@id", "")) not in mentioned - {""}
    ]
    alone = len(others) == 1 and not any(_is(node, kind) for node in objects for kind in WORKS)
    return [node for node in others if alone and _has_name_of(node, titles)]


def _is_page(node: Node) -> bool:
    return any(_is(node, kind) for kind in PAGES)


def _mentioned(objects: list[Node]) -> Iterator[str]:
    """The ids of all objects to which another one refers."""
    for node in objects:
        for key, value in node.items():
            if key != "@graph":
                yield from (str(inner["@id"]) for inner in _nodes(value) if "@id" in inner)


def _has_name_of(node: Node, titles: list[str]) -> bool:
    """Whether a person's name and a title agree; true where there is nothing to compare."""
    name = _letters(node.get("name"))
    called = [words for title in titles if (words := _letters(title))]
    return not name or not called or any(name <= words or words <= name for words in called)


def _letters(text: object) -> set[str]:
    return set(re.findall(r"\w+", text.casefold())) if isinstance(text, str) else set()


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
