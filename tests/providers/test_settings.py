"""What was set for a provider: what it reads, and what is refused because no provider could."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError
from talentimg.providers.registry import PROVIDERS
from talentimg.providers.settings import check_providers, provider_settings
from talentimg.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.settings import Settings


def settings_of(folder: Path, text: str, **environment: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(config=file, environment=environment)


def test_they_come_from_file_and_environment_with_defaults_filled_in(tmp_path: Path) -> None:
    text = "[providers.github]\nbase_url = 'http://a'\ntoken = 't'\nconcurrency = 3\n"
    settings = settings_of(tmp_path, text, TALENTIMG_PROVIDERS_GITHUB_BASE_URL="http://b")
    check_providers(settings)
    assert provider_settings(settings, "github") == {
        "base_url": "http://b",
        "token": "t",
        "concurrency": "3",
        "per_minute": "0",
    }
    assert provider_settings(load_settings(), "github")["base_url"] == "https://api.github.com"


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("[blusky]\nbase_url = 'x'", "no platform 'blusky'. Did you mean 'bluesky'?", "instagram, tiktok"),
        (
            "[bluesky]\nbas_url = 'x'",
            "no setting 'bas_url'. Did you mean 'base_url'?",
            "base_url, conc",
        ),
        ("[bluesky]\nbase_url = 4", "base_url of bluesky has to be a text in quotes.", ""),
        ("[bluesky]\nbase_url = 'ftp://x'", "base_url of bluesky is not a web address.", "https://"),
        ("[bluesky]\nconcurrency = 0", "concurrency of bluesky has to be a whole number from 1 to 9999.", ""),
        ("[bluesky]\nper_minute = -1", "per_minute of bluesky has to be a whole number", ""),
        ("[youtube]\nper_day = '1e3'", "per_day of youtube has to be a whole number", ""),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path, text: str, says: str, hint: str) -> None:
    settings = settings_of(tmp_path, text.replace("[", "[providers."))
    with pytest.raises(ConfigError) as caught:
        check_providers(settings)
    assert caught.value.message.startswith(f"{tmp_path / 'config.toml'}, line 2: ")
    assert says in caught.value.message
    assert hint in (caught.value.hint or "")


def test_the_defaults_of_every_provider_may_also_be_given() -> None:
    for platform in PROVIDERS:
        defaults = provider_settings(load_settings(), platform)
        prefix = f"TALENTIMG_PROVIDERS_{platform.upper()}_"
        given = {prefix + key.upper(): value for key, value in defaults.items() if value}
        settings = load_settings(environment=given)
        check_providers(settings)
        assert provider_settings(settings, platform) == defaults
