"""What was set for each provider: whether that can be, and everything that it reads, defaults filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from talentimg.errors import ConfigError
from talentimg.providers.registry import platform_names, provider_class
from talentimg.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.settings import Settings

PACE_LIMITS: Final = {
    "concurrency": "[1-9][0-9]{0,3}",
    "per_minute": "[0-9]{1,9}",
    "per_day": "[0-9]{1,9}",
}
"""The forms of the settings that every provider has."""


def check_providers(settings: Settings) -> None:
    """Refuse settings for platforms or keys that do not exist.

    Raises:
        ConfigError: naming the place, and what was probably meant.
    """
    for platform, options in settings.providers.items():
        if platform not in platform_names():
            place = next(iter(options.values())).origin
            raise ConfigError(
                f"{place}: there is no platform {platform!r}.{did_you_mean(platform, platform_names())}"
            )
        known = [setting.key for setting in provider_class(platform).info.options]
        for key, option in options.items():
            if key not in known:
                raise ConfigError(
                    f"{option.origin}: {platform} has no setting {key!r}.{did_you_mean(key, known)}",
                    hint="`talentimg config` lists every setting.",
                )
            if key in PACE_LIMITS and not re.fullmatch(PACE_LIMITS[key], option.value):
                raise ConfigError(f"{option.origin}: {key} of {platform} has to be a whole number.")
            if key.endswith("base_url") and not re.match(r"https?://[^\s/]+", option.value):
                raise ConfigError(
                    f"{option.origin}: {key} of {platform} is not an address of the web.",
                    hint="It begins with https:// (or http://).",
                )


def provider_settings(settings: Settings, platform: str) -> Mapping[str, str | None]:
    """Everything that a provider reads, defaults filled in."""
    given = settings.providers.get(platform, {})
    return {
        setting.key: given[setting.key].value if setting.key in given else setting.default
        for setting in provider_class(platform).info.options
    }
