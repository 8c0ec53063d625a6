"""Sentences of the services as pages show them: times in the viewer's zone, commands as code."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from talentimg.web.pages.moments import Moments
    from talentimg.web.pages.texts import Texts

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)(?::\d\d)? UTC")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_COMMAND: Final = re.compile(r"(talentimg [a-z][a-z-]*(?: (?!and |or |to )[\w.:=-]+)*)$")
_BEFORE: Final = re.compile(r"([a-z]+): (?=\S)")


class Prose:
    """Shows sentences, for one page. They are English in every language."""

    def __init__(self, texts: Texts, moments: Moments) -> None:
        self._moments = moments
        self._is_foreign = texts.code != "en"

    def __call__(self, sentence: str) -> Markup:
        """A sentence as HTML; nothing in it is taken for HTML."""
        found = _CODE.sub(r"<code>\1</code>", str(escape(_without_source(sentence))))
        found = _COMMAND.sub(r"<code>\1</code>", found)
        told = Markup(_TIME.sub(self._time, found))  # noqa: S704  escaped above
        if self._is_foreign:
            return Markup('<span lang="en">{}</span>').format(told)
        return told

    def _time(self, found: re.Match[str]) -> str:
        try:
            moment = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        except ValueError:
            return found[0]
        return str(self._moments.at(moment))


def _without_source(sentence: str) -> str:
    """The sentence without the name of its source before it: pages show that as a mark."""
    found = _BEFORE.match(sentence)
    return sentence[found.end() :] if found else sentence
