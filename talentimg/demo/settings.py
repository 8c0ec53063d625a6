"""The settings that point providers at the local server, and the made-up credentials that it accepts."""

from __future__ import annotations

from typing import Final

AGENCY_USER_ID: Final = "17841400000000001"
AGENCY_TOKEN: Final = "EAAdemoAgencyToken"  # noqa: S105  made up; only the local server accepts it
TIKTOK_CLIENT_KEY: Final = "demo-client-key"
TIKTOK_CLIENT_SECRET: Final = "demo-client-secret"  # noqa: S105  as above
YOUTUBE_API_KEY: Final = "AIzaDemoKey"
GOOGLE_CLIENT_ID: Final = "demo.apps.googleusercontent.com"
GOOGLE_CLIENT_SECRET: Final = "GOCSPX-demo"  # noqa: S105  as above
GITHUB_TOKEN: Final = "ghp_demo"  # noqa: S105  as above


def provider_settings(server_url: str) -> dict[str, dict[str, str]]:
    """The settings that point providers at the local server, by provider and key.

    They cover the platforms that have a stand-in; other platforms are not part of the demo.
    """
    base = server_url.rstrip("/")
    return {
        "instagram": {
            "base_url": f"{base}/instagram",
            "discovery_base_url": f"{base}/facebook",
            "agency_user_id": AGENCY_USER_ID,
            "agency_token": AGENCY_TOKEN,
        },
        "tiktok": {
            "base_url": f"{base}/tiktok",
            "client_key": TIKTOK_CLIENT_KEY,
            "client_secret": TIKTOK_CLIENT_SECRET,
        },
        "youtube": {
            "base_url": f"{base}/youtube",
            "oauth_base_url": f"{base}/google",
            "api_key": YOUTUBE_API_KEY,
            "client_id": GOOGLE_CLIENT_ID,
            "client_secret": GOOGLE_CLIENT_SECRET,
        },
        "bluesky": {"base_url": f"{base}/bluesky"},
        "mastodon": {"base_url": f"{base}/mastodon/{{host}}"},
        "github": {"base_url": f"{base}/github", "token": GITHUB_TOKEN},
        "gravatar": {"base_url": f"{base}/gravatar"},
        "website": {},
    }
