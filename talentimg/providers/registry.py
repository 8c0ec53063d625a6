"""Which provider looks up which platform: one line each, in default priority order.

A provider is imported when it is first needed. Other packages can add theirs through the
entry-point group `talentimg.providers`; those come after ours, sorted by name.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from talentimg.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from talentimg.providers.interface import Provider

PROVIDERS: Final[dict[str, str]] = {
    "instagram": "talentimg.providers.instagram:Instagram",
    "tiktok": "talentimg.providers.tiktok:TikTok",
    "youtube": "talentimg.providers.youtube:YouTube",
    "bluesky": "talentimg.providers.bluesky:Bluesky",
    "mastodon": "talentimg.providers.mastodon:Mastodon",
    "github": "talentimg.providers.github:GitHub",
    "gravatar": "talentimg.providers.gravatar:Gravatar",
    "website": "talentimg.providers.website:Website",
}
ENTRY_POINT_GROUP: Final = "talentimg.providers"


@cache
def provider_paths() -> dict[str, str]:
    """`module:class` by platform name: ours, then those from other packages."""
    from importlib.metadata import entry_points  # noqa: PLC0415  slow to import, and often not needed

    theirs = {point.name.lower(): point.value for point in entry_points(group=ENTRY_POINT_GROUP)}
    return PROVIDERS | {name: theirs[name] for name in sorted(theirs) if name not in PROVIDERS}


def platform_names() -> tuple[str, ...]:
    """The supported platforms, in default priority order."""
    return tuple(provider_paths())


def provider_class(platform: str) -> type[Provider]:
    """The provider of a platform, imported.

    Raises:
        UsageError: no provider supports this platform.
        ConfigError: another package's provider cannot be imported.
    """
    path = PROVIDERS.get(platform) or provider_paths().get(platform)
    if path is None:
        raise UsageError(
            f"There is no platform {platform!r}.",
            hint=f"One of these: {', '.join(platform_names())}",
        )
    module, _, name = path.partition(":")
    try:
        found: type[Provider] = getattr(import_module(module), name)
    except (ImportError, AttributeError):
        raise ConfigError(
            f"The provider of {platform!r} ({path}) cannot be imported.",
            hint="It comes from another package: update or remove that package.",
        ) from None
    return found
