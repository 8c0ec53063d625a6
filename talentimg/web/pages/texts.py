"""The texts of all pages, one file a language, and which of them a browser is given.

A text is a line of HTML of ours; what is put into it is escaped. One with a number is a list of its forms,
chosen by the rule of the language (https://www.gnu.org/software/gettext/manual/html_node/Plural-forms.html).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LANGUAGES: Final = ("en", "de")
"""The first is that of whoever asks for none of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """The texts of a language."""

    code: str
    name: str
    texts: Mapping[str, str | list[str]]
    form_of: Callable[[int], int]
    thousands: str
    decimal: str

    def __call__(self, key: str, n: int | None = None, **values: object) -> Markup:
        """A text with what belongs into it.

        Args:
            key: of the text.
            n: how many it is about; `{n}` stands for it in the text.
            **values: the others, by name. What is no `Markup` is escaped.

        Raises:
            KeyError: there is no such text.
        """
        text = self.texts[key]
        if isinstance(text, list):
            text = text[self.form_of(abs(n or 0))]
        if n is not None:
            values["n"] = self.number(n)
        return Markup(text).format(**values) if values else Markup(text)  # noqa: S704  of our own files

    def number(self, number: int) -> str:
        """A whole number as it is written in the language."""
        return f"{number:,}".replace(",", self.thousands)

    def share(self, part: int, whole: int) -> str:
        """A share in per cent, with a decimal where it would say all or nothing otherwise."""
        percent = 100 * part / whole
        digits = 0 if percent in {0, 100} else 1
        return f"{min(percent, 99.9) if part < whole else percent:.{digits}f}".replace(".", self.decimal)


@cache
def texts_in(code: str) -> Texts:
    """The texts of one of our languages."""
    found = tomllib.loads(files("talentimg.web").joinpath("texts", f"{code}.toml").read_text("utf-8"))
    about = found.pop("language")
    flat = {f"{part}.{key}": text for part, texts in found.items() for key, text in texts.items()}
    return Texts(code, about["name"], flat, c2py(about["plural"]), about["thousands"], about["decimal"])


def best_language(chosen: str | None, accepted: str) -> str:
    """The language for somebody.

    Args:
        chosen: what they chose, if it is one of ours.
        accepted: what their browser says (`Accept-Language`).
    """
    if chosen in LANGUAGES:
        return chosen
    asked: list[tuple[float, int, str]] = []
    for place, one in enumerate(accepted.split(",")[:20]):
        tag, _, quality = one.strip().partition(";q=")
        asked.append((-_quality(quality), place, tag.lower().partition("-")[0]))
    return next((tag for rank, _, tag in sorted(asked) if tag in LANGUAGES and rank), LANGUAGES[0])


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
