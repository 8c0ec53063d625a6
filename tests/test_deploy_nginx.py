"""What the guides say for nginx does what they say, in a real one, beside what an app has there already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.nginx import Nginx
from tests.test_deploy_guide import PAGE, SERVER, other_blocks

if TYPE_CHECKING:
    from pathlib import Path

APPS_OWN: Final = """
location / { return 200 app; }
location ~ [.](png|webp)$ { return 200 asset; }
location /pages/ { proxy_pass http://APP; }
"""
"""What the app's server may have already."""


def test_nginx_passes_on_what_is_ours_as_it_came_and_leaves_the_app_the_rest(tmp_path: Path) -> None:
    (tmp_path / "snippets").mkdir()
    snippet, locations = other_blocks("nginx")
    with Nginx.before(tmp_path) as nginx:
        (tmp_path / "snippets" / "talentimg.conf").write_text(snippet.replace(SERVER, nginx.behind))
        own = APPS_OWN.replace("APP", nginx.behind)
        nginx.start(f"{locations} {own}", "proxy_set_header X-Forwarded-For its-own;")
        for address in (
            "/avatars/ada.png?size=96",
            "/avatars/a%2Fb%20c",
            "/api/avatars/ada",
            "/api/exclusive/socials",
            "/api/admin/talent/a%20b/profile-image",
            "/api/admin/talent/sync/profile-images",
        ):
            assert nginx.ask(address) == f"{address} http 127.0.0.1"
        assert nginx.ask("/api/admin/talent/ada") == "app"
        assert nginx.ask("/logo.png") == "asset"
        assert nginx.ask("/pages/1") == "/pages/1 None its-own"


def test_below_a_path_ids_arrive_as_they_were_sent(tmp_path: Path) -> None:
    page = (PAGE.parent / "serve-for-good.md").read_text("utf-8")
    (block,) = re.findall(r"^```text\n(.*?\n)(# In the server:.*?)^```$", page, re.MULTILINE | re.DOTALL)
    with Nginx.before(tmp_path) as nginx:
        upstream = f"upstream talentimg {{ server {nginx.behind}; }}"
        nginx.start(block[1], f"{upstream} {block[0]}")
        assert nginx.ask("/talentimg/avatars/a%2Fb%20c?size=96").startswith("/avatars/a%2Fb%20c?size=96 ")
