"""The user's own folders, as far as there are any: a user without a home, as in a container, has none."""

from __future__ import annotations

from pathlib import Path

from talentimg.errors import ConfigError


def config_file_path() -> Path | None:
    """Where the settings file is looked for when nobody names it; None for a user without a home folder."""
    import platformdirs  # noqa: PLC0415  not needed when a path is given, and not free to import

    try:
        return Path(platformdirs.user_config_dir("talentimg", appauthor=False)) / "config.toml"
    except RuntimeError:
        return None


def user_data_folder(name: str = "talentimg") -> Path | None:
    """Where the user's programs keep their data; None for a user without a home folder."""
    import platformdirs  # noqa: PLC0415  not needed when a folder is given, and not free to import

    try:
        return Path(platformdirs.user_data_dir(name, appauthor=False))
    except RuntimeError:
        return None


def data_folder(given: str) -> Path:
    """The absolute path of a data folder that was given, or of the user's own.

    Raises:
        ConfigError: it cannot be worked out.
    """
    folder = Path(given) if given else user_data_folder()
    if folder is None:
        raise ConfigError(
            "This user has no home folder, so there is no usual place for the data.",
            hint="Give --data-dir (TALENTIMG_DATA_DIR) an absolute path.",
        )
    try:
        return folder.expanduser().absolute()
    except (OSError, RuntimeError):  # the working folder is gone, or `~` leads nowhere
        raise ConfigError(
            "The data folder cannot be worked out from here.", hint="Give --data-dir an absolute path."
        ) from None
