"""Platforms by the names that people give them: as typed on a line, and in order of priority."""

from __future__ import annotations

from talentimg.errors import ConfigError, UsageError
from talentimg.providers.registry import platform_names
from talentimg.suggest import did_you_mean


def parse_platform(name: str) -> str:
    """A platform's name as typed, or an error that lists them.

    Raises:
        UsageError: there is no such platform.
    """
    platform = name.strip().lower()
    if platform not in platform_names():
        raise UsageError(
            f"There is no platform {name!r}.{did_you_mean(platform, platform_names())}",
            hint=f"One of these: {', '.join(platform_names())}",
        )
    return platform


def platform_order(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Every platform in order of priority: the operator's first, then the default order.

    Raises:
        ConfigError: a platform that nobody can ask is named.
    """
    names = platform_names()
    for name in wanted:
        if name not in names:
            raise ConfigError(
                f"sync.order names {name!r}, which is no platform.",
                hint=f"One of these: {', '.join(names)}",
            )
    return tuple(dict.fromkeys((*wanted, *names)))
