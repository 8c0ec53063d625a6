"""Where a platform keeps its people's profiles: hosts and forms of addresses, from which a handle is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.providers.pasted import Pasted

REST: Final = r"(?:/.*)?"
"""What may follow in the address of somebody's profile: a tab of it, or one of their posts."""
FRONT_PAGE: Final = "the front page"
NOBODYS: Final = "a page that is nobody's profile"
DOORS: Final = re.compile(r"^(?:www|m|web)\.")
"""What may stand before a platform's host: the same site in another layout."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """How addresses name a person of a platform.

    `hosts` are the platform's own, with every host below them. `paths` are patterns of a whole path, whose
    only group is the handle; they hold on `hosts` alone. A host in `paths_at` has patterns of its own, and
    all others below `hosts` show nobody: they are manuals, shops, news. `others` tells what else addresses
    lead to, which names nobody, by the first part of the path, the first two, all of it (with a slash before
    it), or a host. `schemes` are beginnings other than `https:` that only this platform's addresses have; the
    handle follows them. `like` is what a profile's address looks like.

    With `any_host` people are on hosts of everybody's own, and a handle ends in its host; only the first of
    `paths` then tells the platform from other sites. With `any_page` an address is itself the handle.
    """

    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    paths_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schemes: tuple[str, ...] = ()
    like: str | None = None
    otherwise: str = NOBODYS
    """What all other addresses on `hosts` lead to."""
    any_host: bool = False
    any_page: bool = False

    def owns(self, pasted: Pasted) -> bool:
        """Whether it is an address of this platform, and of no other."""
        return pasted.scheme in self.schemes or any(map(pasted.is_at, self.hosts))

    def shows(self, pasted: Pasted) -> bool:
        """Whether it is surely the address of a person, although on a host of somebody's own."""
        return self.any_host and bool(pasted.host) and bool(self._in_path(pasted, self.paths[:1]))

    def handle_in(self, pasted: Pasted) -> str | None:
        """The handle that an address names; None if it names nobody."""
        if pasted.scheme in self.schemes:
            rest = pasted.text.partition(":")[2].removeprefix("//")
            return re.split(r"[/?#]", rest, maxsplit=1)[0]
        handle = None if self._other(pasted) else self._in_path(pasted, self._paths_of(pasted))
        return handle if handle is None or not self.any_host else _with_host(handle.lstrip("@"), pasted.host)

    def leads_to(self, pasted: Pasted) -> str:
        """What an address leads to that names nobody."""
        if other := self._other(pasted):
            return other
        if not self._is_home(pasted.host):
            return NOBODYS
        return self.otherwise if pasted.segments else FRONT_PAGE

    def is_front_page(self, pasted: Pasted) -> bool:
        """Whether it is one of the platform's own hosts and nothing else."""
        return not pasted.segments and self._is_home(pasted.host)

    def _is_home(self, host: str) -> bool:
        return self.any_host or DOORS.sub("", host) in self.hosts

    def _paths_of(self, pasted: Pasted) -> tuple[str, ...]:
        """The patterns that hold on a host."""
        if pasted.host in self.paths_at:
            return self.paths_at[pasted.host]
        return self.paths if self._is_home(pasted.host) else ()

    def _in_path(self, pasted: Pasted, paths: tuple[str, ...]) -> str | None:
        found = (re.fullmatch(path, pasted.path, re.IGNORECASE) for path in paths)
        return next((match[1] for match in found if match), None)

    def _other(self, pasted: Pasted) -> str | None:
        first = [segment.lower() for segment in pasted.segments[:2]]
        places = {pasted.host.removeprefix("www."), *first[:1], "/".join(first), pasted.path.lower()}
        return next((what for what, known in self.others.items() if places & set(known)), None)


def listed(names: str) -> tuple[str, ...]:
    """Names that stand in one text, separated by blanks: pages of a platform's own are many."""
    return tuple(names.split())


def _with_host(handle: str, host: str) -> str:
    """Servers show people of other servers too, and with their host."""
    return handle if "@" in handle else f"{handle}@{host.removeprefix('www.')}"
