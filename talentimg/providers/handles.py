"""Whose handle it is that somebody pasted: judged with every platform in view. Pure.

What one platform takes is in its `ProviderInfo.profiles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote

from talentimg.errors import ConfigError, HandleError, UsageError
from talentimg.providers.elsewhere import is_shortened, site_of
from talentimg.providers.pasted import WEB, quoted, take_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.providers.interface import Provider, ProviderInfo
    from talentimg.providers.pasted import Pasted


@dataclass(frozen=True, slots=True)
class Handles:
    """Reads handles with the platforms that there are."""

    provider_class: Callable[[str], type[Provider]]
    platform_names: Callable[[], tuple[str, ...]]

    def read(self, platform: str, typed: str) -> tuple[str, str]:
        """The platform in its own spelling, and the handle in its stored form.

        Raises:
            UsageError: there is no such platform.
            HandleError: it can be no handle there, or is an address of another platform.
        """
        provider = self.provider_class(platform.strip().lower())
        self._refuse_another(provider.info, take_apart(typed))
        return provider.info.name, provider.normalise(typed)

    def platform_of(self, typed: str) -> str:
        """The platform that an address belongs to.

        Raises:
            UsageError: it does not tell.
        """
        pasted = take_apart(typed)
        if owner := self._owner(pasted):
            return owner.name
        self._refuse_hidden(pasted)
        if site := site_of(pasted):
            self._refuse_site(pasted, site)
        if found := self._by_form(pasted):
            return found.name
        raise UsageError(
            f"{quoted(typed)} does not tell which platform it is of.",
            hint=f"Name the platform before it: {', '.join(self.platform_names())}",
        )

    def address_of(self, platform: str, handle: str) -> str | None:
        """The address of a profile as the platform writes it; None where handles tell no address.

        Raises:
            UsageError: there is no such platform.
        """
        info = self.provider_class(platform).info
        like, example = info.profiles.like, info.handle_example
        if like is None or info.profiles.any_host or example not in like:
            return None
        if example.startswith("@") != handle.startswith("@"):  # an id, which stands elsewhere
            return None
        return f"https://{like.replace(example, quote(handle, safe='@'))}"

    def _by_form(self, pasted: Pasted) -> ProviderInfo | None:
        """The platform that a form tells: of a person on any host, or else of any page."""
        web = pasted.scheme in WEB or bool(pasted.segments) or pasted.text.startswith("www.")
        named = pasted.text.startswith("@") and "@" in pasted.text[1:]
        for info in self._infos():
            if (named and info.profiles.any_host) or (web and info.profiles.shows(pasted)):
                return info
        return next((info for info in self._infos() if web and info.profiles.any_page), None)

    def _refuse_another(self, info: ProviderInfo, pasted: Pasted) -> None:
        """Raise for an address of another platform.

        Raises:
            HandleError: it is one.
        """
        self._refuse_hidden(pasted)
        home = _home(pasted) if info.profiles.any_host else pasted
        owner = None if info.profiles.owns(pasted) else self._owner(home)
        if owner is not None and owner.name != info.name:
            raise HandleError(
                f"{quoted(pasted.text)} is of {owner.label}, not of {info.label}.",
                hint=f"Give it as the platform {owner.name}. {info.label} takes a handle like"
                f" {info.handle_example}",
            )
        if not info.profiles.any_page and (site := site_of(home)):
            self._refuse_site(pasted, site)

    def _refuse_hidden(self, pasted: Pasted) -> None:
        if is_shortened(pasted):
            raise HandleError(
                f"{quoted(pasted.text)} is a shortened address, which hides whose it is.",
                hint="Open it, and give the address where it leads.",
            )

    def _refuse_site(self, pasted: Pasted, site: str) -> NoReturn:
        raise HandleError(
            f"{quoted(pasted.text)} is of {site}, which is none of the platforms.",
            hint=f"These can be connected: {', '.join(self.platform_names())}",
        )

    def _owner(self, pasted: Pasted) -> ProviderInfo | None:
        if not pasted.host and not pasted.scheme:
            return None
        return next((info for info in self._infos() if info.profiles.owns(pasted)), None)

    def _infos(self) -> Iterator[ProviderInfo]:
        for name in self.platform_names():
            try:
                yield self.provider_class(name).info
            except ConfigError:  # of another package, and broken: no reason to refuse what is not its own
                continue


def _home(pasted: Pasted) -> Pasted:
    """The host after the last `@` of a name, else the address itself."""
    _, at, host = pasted.text.rpartition("@")
    return take_apart(host) if at and not pasted.is_address else pasted
