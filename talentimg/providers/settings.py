"""The settings of the providers: checks what was given, and fills in the defaults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from talentimg.errors import ConfigError
from talentimg.models.talent import can_be_sent
from talentimg.providers.registry import platform_names, provider_class
from talentimg.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.settings import ProviderOption, Settings

PACE_LIMITS: Final = {
    "concurrency": (1, 9_999),
    "per_minute": (0, 999_999_999),
    "per_day": (0, 999_999_999),
}
"""The smallest and the largest number for the settings that limit how fast a platform is asked."""


def check_providers(settings: Settings) -> None:
    """Check everything that was given for a provider.

    Raises:
        ConfigError: there is no such platform or setting, or the value is wrong. It names the place.
    """
    for platform, options in settings.providers.items():
        for key, option in options.items():
            _check_names(platform, key, option.origin)
            _check_value(platform, key, option)


def _check_names(platform: str, key: str, place: str) -> None:
    if platform not in platform_names():
        raise ConfigError(
            f"{place}: there is no platform {platform!r}.{did_you_mean(platform, platform_names())}",
            hint=f"One of these: {', '.join(platform_names())}",
        )
    known = [setting.key for setting in provider_class(platform).info.options]
    if key not in known:
        raise ConfigError(
            f"{place}: {platform} has no setting {key!r}.{did_you_mean(key, known)}",
            hint=f"One of these: {', '.join(known)}",
        )


def _check_value(platform: str, key: str, option: ProviderOption) -> None:
    name = f"{option.origin}: {key} of {platform}"
    if key in PACE_LIMITS:
        least, most = PACE_LIMITS[key]
        if not re.fullmatch("[0-9]{1,9}", str(option.value)) or not least <= int(option.value) <= most:
            raise ConfigError(f"{name} has to be a whole number from {least} to {most}.")
    elif not isinstance(option.value, str):
        raise ConfigError(f"{name} has to be a text in quotes.")
    elif key.endswith("base_url") and not re.match(r"https?://[^\s/]+", option.value):
        raise ConfigError(f"{name} is not a web address.", hint="It begins with https:// (or http://).")
    elif _is_secret(platform, key) and not can_be_sent(option.value):
        raise ConfigError(
            f"{name} holds a space, a line break or a letter that no token has.",
            hint="Copy it once more, without what stands around it.",
        )


def _is_secret(platform: str, key: str) -> bool:
    return any(setting.key == key and setting.secret for setting in provider_class(platform).info.options)


def provider_settings(settings: Settings, platform: str) -> Mapping[str, str | None]:
    """Every setting of a provider, with the defaults filled in."""
    given = settings.providers.get(platform, {})
    return {
        setting.key: str(given[setting.key].value) if setting.key in given else setting.default
        for setting in provider_class(platform).info.options
    }
