"""The providers of one run, each built with its settings and limits when its platform is first asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from talentimg.providers.interface import ProviderContext
from talentimg.providers.registry import platform_names, provider_class
from talentimg.service.lookup.gate import PlatformGate
from talentimg.service.lookup.pacing import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from talentimg.http import Clients
    from talentimg.providers.interface import Provider, TokenStore
    from talentimg.service.lookup.allowance import Allowance


@dataclass
class Providers:
    """Builds providers, each behind the gate of its platform.

    `settings_for` returns all settings of a platform, with defaults filled in.
    """

    clients: Clients
    allowance: Allowance
    settings_for: Callable[[str], Mapping[str, str | None]]
    now: Callable[[], datetime]
    tokens: TokenStore
    may_refresh: bool = True
    _built: dict[str, Provider] = field(default_factory=dict)

    def get(self, platform: str) -> Provider | None:
        """The provider of a platform, or None if there is none."""
        if platform not in self._built and platform in platform_names():
            self._built[platform] = self._build(platform)
        return self._built.get(platform)

    def _build(self, platform: str) -> Provider:
        provider, settings = provider_class(platform), self.settings_for(platform)
        self.allowance.pacing.set_limits(platform, _limits(settings))
        gate = PlatformGate(self.allowance, platform, per_host=provider.info.per_host)
        api, web = self.clients.api.behind(gate), self.clients.web.behind(gate)
        return provider(
            ProviderContext(api, web, settings, self.now, self.tokens, may_refresh=self.may_refresh)
        )


def _limits(settings: Mapping[str, str | None]) -> Limits:
    return Limits(
        concurrency=int(settings["concurrency"] or 1),
        per_minute=int(settings["per_minute"] or 0),
        per_day=int(settings.get("per_day") or 0),
    )
