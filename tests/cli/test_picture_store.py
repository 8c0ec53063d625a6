"""A picture store that does not work is found before any platform is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.network

WITHOUT_TLS = {
    "TALENTIMG_IMAGES_STORE": "s3://pictures",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "hush-hush",
}
NOT_UP_TO_DATE = "but the picture could not be brought up to date."
LOOKS = [
    ("sync-all",),
    ("sync-all", "--join"),
    ("sync-all", "--dry-run"),
    ("sync", "ada"),
    ("sync", "ada", "bea"),
]


@pytest.fixture
def roster(online: Shell, platforms: PlatformServer) -> Shell:
    """Two talents, never looked at."""
    online.fill(platforms)
    for talent_id in ("ada", "bea"):
        assert online("add", talent_id, "--id", talent_id, "--bluesky", "ada.example").code == 0
    return online


@pytest.mark.parametrize("command", LOOKS, ids=" ".join)
def test_no_platform_is_asked_for_what_cannot_be_kept(
    command: tuple[str, ...], roster: Shell, platforms: PlatformServer
) -> None:
    refused = roster(*command, **WITHOUT_TLS)
    assert refused.code == 78
    sentence, hint = refused.err.splitlines()[-2:]
    assert sentence == "Error: Pictures cannot be kept: s3://pictures has an address without TLS."
    assert "AWS_ALLOW_HTTP" in hint
    assert "hush-hush" not in refused.err + refused.out
    assert platforms.log.count() == 0
    assert {talent["synced_at"] for talent in roster("list", "--json").lines} == {None}


def test_accounts_are_connected_and_disconnected_all_the_same(
    roster: Shell, platforms: PlatformServer
) -> None:
    """And the operator is told, as only the look is missing."""
    connected = roster("connect", "ada", "instagram", "ada", **WITHOUT_TLS)
    assert connected.code == 78
    assert connected.err.startswith(f"The account is connected, {NOT_UP_TO_DATE}\nError: ")
    disconnected = roster("disconnect", "ada", "bluesky", **WITHOUT_TLS)
    assert disconnected.code == 78
    assert disconnected.err.startswith(f"The account is disconnected, {NOT_UP_TO_DATE}\nError: ")
    ada = roster("show", "ada", "--json").json
    assert [account["platform"] for account in ada["accounts"]] == ["instagram"]
    assert platforms.log.count() == 0


def test_a_folder_with_a_file_in_its_place_is_found(roster: Shell, platforms: PlatformServer) -> None:
    (roster.home / "pictures").write_text("a file")
    refused = roster("sync-all", TALENTIMG_IMAGES_STORE=f"file://{roster.home / 'pictures'}")
    assert refused.code == 73
    assert platforms.log.count() == 0
