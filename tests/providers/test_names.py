"""Platforms by the names that people give them."""

from __future__ import annotations

import pytest

from talentimg.errors import ConfigError, UsageError
from talentimg.providers.names import parse_platform, platform_order
from talentimg.providers.registry import platform_names


def test_a_name_may_be_typed_in_capitals_and_with_spaces_around() -> None:
    assert parse_platform(" GitHub ") == "github"


def test_a_name_that_is_none_is_answered_with_the_nearest_and_with_all() -> None:
    with pytest.raises(UsageError, match=r"no platform 'blusky'\. Did you mean 'bluesky'\?") as caught:
        parse_platform("blusky")
    assert caught.value.hint == f"One of these: {', '.join(platform_names())}"


def test_the_operators_order_comes_first_and_names_only_platforms() -> None:
    order = platform_order(("youtube", "youtube"))
    assert order[:2] == ("youtube", "instagram")
    assert sorted(order) == sorted(platform_names())
    with pytest.raises(ConfigError, match="myspace"):
        platform_order(("myspace",))
