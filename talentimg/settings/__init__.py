"""Flags, environment and file become one frozen `Settings`, read once."""

from talentimg.settings.load import CONFIG_VARIABLE, Settings, config_file_path, load_settings
from talentimg.settings.options import OPTIONS, Option, ProviderOption, Value

__all__ = [
    "CONFIG_VARIABLE",
    "OPTIONS",
    "Option",
    "ProviderOption",
    "Settings",
    "Value",
    "config_file_path",
    "load_settings",
]
