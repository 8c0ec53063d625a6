"""Flags, environment and file become one frozen `Settings`, read once."""

from talentimg.settings.load import CONFIG_VARIABLE, config_file_path, load_settings
from talentimg.settings.options import OPTIONS, ProviderOption, Settings
from talentimg.settings.row import Option, Value

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
