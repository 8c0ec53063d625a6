"""How every platform stands, of what the store and the settings know."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from talentimg.models import Cooldown, Reason
from talentimg.providers.mastodon import Mastodon
from talentimg.providers.youtube import YouTube
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.platforms import Platforms, PlatformState, RestingHost
from talentimg.shapes import platform_json
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.providers.interface import Provider

SECRET = "a-key-that-nobody-is-told"
UNTIL = NOW + timedelta(hours=1)


def settings_of(provider: type[Provider], **given: str) -> Mapping[str, str | None]:
    return {option.key: option.default for option in provider.info.options} | given


def platforms(repository: MemoryRepository, **given: str) -> Platforms:
    found = [(YouTube, settings_of(YouTube, **given)), (Mastodon, settings_of(Mastodon))]
    return Platforms(repository, lambda: found, lambda: NOW)


def test_one_that_nobody_has_asked_is_ready() -> None:
    youtube, mastodon = platforms(MemoryRepository()).all()
    assert (youtube.platform, youtube.state, youtube.has_credentials) == (
        "youtube",
        PlatformState.READY,
        False,
    )
    assert (youtube.used_today, mastodon.used_today, mastodon.quota_resets_at) == (0, None, None)
    assert (mastodon.needs, mastodon.per_day) == ("nothing", None)


def test_what_is_left_alone_is_told_with_the_time_and_the_reason() -> None:
    repository = MemoryRepository()
    repository.save_cooldown(Cooldown("youtube", UNTIL, Reason.THROTTLED, "Too many."))
    repository.save_cooldown(Cooldown("mastodon:a.example", UNTIL, Reason.TIMEOUT, "Silent.", failures=1))
    repository.save_cooldown(Cooldown("pictures:b.example", UNTIL, Reason.TIMEOUT, "Silent.", failures=1))
    youtube, mastodon = platforms(repository).all()
    assert (youtube.state, youtube.until, youtube.why) == (PlatformState.RESTING, UNTIL, "Too many.")
    assert (mastodon.state, mastodon.hosts) == (
        PlatformState.READY,
        (RestingHost("a.example", UNTIL, "Silent."),),
    )


def test_a_pause_that_is_over_is_none() -> None:
    repository = MemoryRepository()
    repository.save_cooldown(Cooldown("youtube", NOW, Reason.TIMEOUT, "Silent.", failures=3))
    assert platforms(repository).all()[0].state is PlatformState.READY


def test_what_is_used_of_a_quota_is_told_and_not_counted() -> None:
    repository = MemoryRepository()
    ends = YouTube.quota_resets_at(NOW)
    repository.spend("youtube", 7, ends)
    for _ in range(2):
        youtube, _ = platforms(repository, per_day="9000").all()
        assert (youtube.used_today, youtube.per_day, youtube.quota_resets_at) == (7, 9000, ends)
    unlimited, _ = platforms(repository, per_day="0").all()
    assert (unlimited.used_today, unlimited.per_day) == (None, None)


def test_whether_there_are_credentials_is_told_and_never_which() -> None:
    youtube, _ = platforms(MemoryRepository(), api_key=SECRET).all()
    assert youtube.has_credentials
    assert SECRET not in repr(youtube)
    assert SECRET not in str(platform_json(youtube))
