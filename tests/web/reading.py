"""A page taken apart, by the parser of the standard library."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple


class Element(NamedTuple):
    """A start tag."""

    tag: str
    attributes: dict[str, str]


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Those of a kind that have these attributes."""
        return [
            one for one in self.elements if one.tag == tag and attributes.items() <= one.attributes.items()
        ]

    def links(self) -> set[str]:
        """Every address that it names."""
        named = [
            one.attributes[name]
            for one in self.elements
            for name in ("href", "src", "action")
            if name in one.attributes
        ]
        return {address for address in named if address and not address.startswith(("#", "data:"))}

    def inline(self) -> list[Element]:
        """What a strict policy forbids: styles, handlers and scripts that stand in the page itself."""
        return [
            one
            for one in self.elements
            if one.tag in {"style", "iframe", "object", "embed", "base"}
            or "style" in one.attributes
            or any(name.startswith("on") for name in one.attributes)
            or (one.tag == "script" and not one.attributes.get("src", "").startswith("/"))
            or any(value.strip().lower().startswith("javascript:") for value in one.attributes.values())
        ]
