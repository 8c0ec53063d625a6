"""The addresses of all pages, made and taken apart here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]")
_ESCAPED: Final = re.compile(rb"~([0-9A-F]{2})")
_OWN: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""What may follow the root of this site: no other host can be named so, and no header broken."""


def key_of(name: str) -> str:
    """An id as one part of a path: ids may hold slashes and dots, which paths give a meaning of their own."""
    return "".join(
        char
        if _PLAIN.match(char)
        else "".join(f"~{byte:02X}" for byte in char.encode(errors="surrogatepass"))
        for char in name
    )


def name_of(key: str) -> str | None:
    """The id that a part of a path stands for; None if it stands for none."""
    data = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), key.encode(errors="surrogatepass"))
    try:
        return data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a site that stands under `root`, which is empty or begins with a slash."""

    root: str = ""

    @staticmethod
    def key(name: str) -> str:
        """An id as one part of a path."""
        return key_of(name)

    @property
    def login(self) -> str:
        """Where one signs in."""
        return f"{self.root}/login"

    @property
    def logout(self) -> str:
        """Where one signs out."""
        return f"{self.root}/logout"

    @property
    def choice(self) -> str:
        """Where language and look are chosen."""
        return f"{self.root}/choice"

    @property
    def health(self) -> str:
        """How the roster fares."""
        return f"{self.root}/health"

    @property
    def runs(self) -> str:
        """All roster runs."""
        return f"{self.root}/runs"

    @property
    def settings(self) -> str:
        """The settings of this server."""
        return f"{self.root}/settings"

    def roster(self, query: Mapping[str, str | Sequence[str]] | None = None) -> str:
        """The roster, as it was asked for."""
        return f"{self.root}/roster{_query(query)}"

    @property
    def adding(self) -> str:
        """Where somebody is added."""
        return f"{self.root}/roster/add"

    @property
    def importing(self) -> str:
        """Where a file is looked at before it is imported."""
        return f"{self.root}/roster/import"

    @property
    def live(self) -> str:
        """The run under way, as a part of a page."""
        return f"{self.root}/live"

    def bulk(self, word: str) -> str:
        """What is done to everybody who is chosen."""
        return f"{self.root}/roster/{word}"

    def export(self, form: str) -> str:
        """The roster as a file."""
        return f"{self.root}/api/v1/export?format={form}"

    def review(self, talent_id: str = "") -> str:
        """What waits of one talent; of whoever waits the longest."""
        return f"{self.root}/review{f'/{key_of(talent_id)}' if talent_id else ''}"

    @property
    def reviews(self) -> str:
        """All that waits, to be decided at once."""
        return f"{self.root}/reviews"

    def talent(self, talent_id: str, word: str = "") -> str:
        """One talent, or what is done about them."""
        return f"{self.root}/talents/{key_of(talent_id)}{f'/{word}' if word else ''}"

    def run(self, run_id: str, word: str = "") -> str:
        """One roster run, or what is done about it."""
        return f"{self.root}/runs/{key_of(run_id)}{f'/{word}' if word else ''}"

    def events(self, run_id: str) -> str:
        """How a run goes on."""
        return f"{self.root}/api/v1/runs/{quote(run_id, safe='', errors='replace')}/events"

    def avatar(self, talent_id: str, size: int) -> str:
        """What is shown for a talent, always a picture."""
        return f"{self.root}/avatars/{quote(talent_id, safe='', errors='replace')}?size={size}"

    def picture_of(self, talent_id: str, content_hash: str, form: str) -> str:
        """A form of a picture of a talent that need not be shown, for those who may see the page."""
        return f"{self.talent(talent_id)}/pictures/{content_hash}/{form}"

    def suspect(self, content_hash: str, form: str) -> str:
        """The same of a suspected placeholder."""
        return f"{self.health}/suspects/{content_hash}/{form}"

    def static(self, name: str) -> str:
        """A file that belongs to the pages, by the name that holds its hash."""
        return f"{self.root}/static/{name}"

    def twin(self, request: Request) -> str:
        """The JSON of the page that was asked for."""
        path, mark, query = address_of(request).partition("?")
        return f"{path}.json{mark}{query}"

    def own(self, address: str, otherwise: str = "/") -> str:
        """An address that somebody gave, if it is of this site; else its front page."""
        below = address.removeprefix(self.root)
        is_own = address.startswith(self.root) and _OWN.fullmatch(below)
        return address if is_own else self.root + otherwise


def addresses_of(request: Request) -> Addresses:
    """Those of the site that was asked."""
    return Addresses(request.scope.get("root_path", ""))


def address_of(request: Request) -> str:
    """The address that was asked for, on this site; the front page for one that holds a token."""
    if "token" in request.query_params:
        return addresses_of(request).own("")
    at, path, query = addresses_of(request), request.scope["path"], request.url.query
    path = quote(path if path.startswith(f"{at.root}/") else at.root + path, safe="/~", errors="replace")
    return at.own(f"{path}{f'?{query}' if query else ''}")


def _query(query: Mapping[str, str | Sequence[str]] | None) -> str:
    asked = {name: value for name, value in (query or {}).items() if value}
    return "?" + urlencode(asked, doseq=True, errors="replace") if asked else ""
