"""Every setting as it may be shown: its value with secrets masked, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from talentimg.repository.urls import MASK, without_password, without_userinfo
from talentimg.settings import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.settings import Settings


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting. `variable` is its name in the environment."""

    key: str
    value: str
    origin: str
    variable: str
    help: str


def shown_settings(settings: Settings) -> list[ShownSetting]:
    """Those of the program, then those of its providers.

    Raises:
        ConfigError: the settings of a provider are wrong.
    """
    from talentimg.providers.settings import check_providers  # noqa: PLC0415  start-up time

    check_providers(settings)
    return [*_options(settings), *_providers(settings)]


def _options(settings: Settings) -> Iterator[ShownSetting]:
    for option in OPTIONS:
        value = settings.value(option)
        shown = ", ".join(value) if isinstance(value, tuple) else "" if value == Path() else str(value)
        if option.masked == "password":
            shown = without_password(shown)
        elif option.masked and shown:
            shown = MASK
        yield ShownSetting(
            option.key, without_userinfo(shown), settings.origins[option.key], option.variable, option.help
        )


def _providers(settings: Settings) -> Iterator[ShownSetting]:
    from talentimg.providers.registry import platform_names, provider_class  # noqa: PLC0415  start-up time

    for platform in platform_names():
        given = settings.providers.get(platform, {})
        for setting in provider_class(platform).info.options:
            found = given.get(setting.key)
            value = str(found.value) if found else setting.default or ""
            yield ShownSetting(
                key=f"providers.{platform}.{setting.key}",
                value=MASK if setting.secret and value else without_userinfo(value),
                origin=found.origin if found else "default",
                variable=f"TALENTIMG_PROVIDERS_{platform.upper()}_{setting.key.upper()}",
                help=setting.help,
            )
