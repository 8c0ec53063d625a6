"""Names of platforms as people write them: one that was typed, and an order of priority."""

from __future__ import annotations

from talentimg.errors import ConfigError, UsageError
from talentimg.models import INITIALS, MANUAL, USER
from talentimg.providers.registry import platform_names
from talentimg.suggest import did_you_mean


def parse_platform(name: str) -> str:
    """The platform that was typed, in its own spelling.

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


def source_names() -> tuple[str, ...]:
    """All that a picture can come from: a person's choice, the platforms, the user's avatar, initials."""
    return (MANUAL, *platform_names(), USER, INITIALS)


def parse_source(name: str) -> str:
    """The source of pictures that was typed, in its own spelling.

    Raises:
        UsageError: there is no such source.
    """
    source = name.strip().lower()
    if source not in source_names():
        raise UsageError(
            f"No picture comes from {name!r}.{did_you_mean(source, source_names())}",
            hint=f"One of these: {', '.join(source_names())}",
        )
    return source


def parse_asked(name: str) -> str:
    """The source that was typed, one of those that are asked: a platform, or the user's own avatar.

    Raises:
        UsageError: there is no such source, or nobody can ask it.
    """
    source = name.strip().lower()
    return source if source == USER else parse_platform(source)


def platform_order(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Every platform in order of priority: the operator's first, then the default order.

    Raises:
        ConfigError: one of them is no platform.
    """
    names = platform_names()
    for name in wanted:
        if name not in names:
            raise ConfigError(
                f"sync.order: there is no platform {name!r}.{did_you_mean(name, names)}",
                hint=f"One of these: {', '.join(names)}",
            )
    return tuple(dict.fromkeys((*wanted, *names)))
