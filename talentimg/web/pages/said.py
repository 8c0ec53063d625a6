"""What a page says once about what was just done, and how to undo it. A cookie carries it there."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from talentimg.web.pages.addresses import addresses_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

COOKIE: Final = "talentimg_said"
_SECONDS: Final = 60
_LONGEST: Final = 32_000
_MOST_IN_A_COOKIE: Final = 3_800
"""https://www.rfc-editor.org/rfc/rfc6265#section-6.1 promises 4,096 bytes with its name and attributes."""


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that undoes what was done: where it is sent, and its fields."""

    action: str
    fields: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence about what was done.

    `text` is the key of a text, `values` what is put into it, `n` how many it is about. Where it failed,
    `sentence` is the service's own, and `typed` what was typed, so that nobody has to type it again.
    """

    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    n: int | None = None
    hint: str = ""
    sentence: str = ""
    sentence_hint: str = ""
    undo: Undo | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_failed(self) -> bool:
        """Whether nothing came of it."""
        return bool(self.sentence) and not self.text


def say(request: Request, response: Response, said: Said) -> None:
    """Have the next page say it. What is too long for a cookie is said without the way back."""
    for one in (said, Said(said.text, said.values, said.n, said.hint, said.sentence[:300])):
        text = _packed(one)
        if len(text) <= _MOST_IN_A_COOKIE:
            _set(request, response, text, _SECONDS)
            return


def said_before(request: Request) -> Said | None:
    """What the page before wanted to be said; None if it did not, or it cannot be read."""
    try:
        data = base64.urlsafe_b64decode(request.cookies.get(COOKIE, "").encode("ascii"))
        found: dict[str, Any] = json.loads(zlib.decompressobj().decompress(data, _LONGEST))
        undo = found.pop("undo", None)
        fields = [(str(name), str(text)) for name, text in undo["fields"]] if undo else []
        made = Undo(addresses_of(request).own(undo["action"]), fields) if undo else None
        return Said(**found, undo=made)
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error):
        return None


def is_said(request: Request, response: Response) -> None:
    """It is said once only."""
    _set(request, response, "", 0)


def _packed(said: Said) -> str:
    told: dict[str, Any] = {
        name: value
        for name in ("text", "n", "hint", "sentence", "sentence_hint")
        if (value := getattr(said, name)) not in {"", None}
    }
    told |= {name: dict(value) for name in ("values", "typed") if (value := getattr(said, name))}
    if said.undo is not None:
        told["undo"] = {"action": said.undo.action, "fields": list(said.undo.fields)}
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(told).encode(), 9)).decode()


def _set(request: Request, response: Response, text: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE,
        text,
        max_age=seconds,
        path=addresses_of(request).root + "/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
