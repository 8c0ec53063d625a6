"""The settings: flags, environment and file are read once and become one frozen `Settings`."""

from talentimg.settings.folders import config_file_path
from talentimg.settings.load import CONFIG_VARIABLE, load_settings
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
