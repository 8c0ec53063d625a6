"""Nothing secret is told: every route is asked with canaries, and all that is logged or answered is read."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import jwt
import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from talentimg.cli import serve
from talentimg.errors import ConfigError, UsageError
from talentimg.settings import load_settings
from talentimg.web.access import COOKIE
from talentimg.web.app import make_site
from tests.web.conftest import BASE

if TYPE_CHECKING:
    from tests.web.conftest import Site

CANARY = "canary"
SECRET = f"{CANARY}-secret-of-the-app-that-is-long-enough-to-sign-with"


def routes(site: Site) -> list[tuple[str, str]]:
    """Every method and path that there is."""
    found = []
    app = make_site(site.app)
    while not hasattr(app, "routes"):
        app = app._app  # type: ignore[attr-defined]
    for route in app.routes:
        if isinstance(route, Mount):
            found += described(route)
            continue
        nested = getattr(getattr(route, "original_router", None), "routes", None)
        for one in nested or [route]:
            path = one.path
            for name in ("talent_id:path", "talent_id", "account_id", "content_hash", "form"):
                path = path.replace(f"{{{name}}}", "ada")
            found += [(method, path) for method in one.methods or ()]
    return found


def described(mount: Mount) -> list[tuple[str, str]]:
    """Every method and path of our API, as it tells them itself."""
    assert isinstance(mount.app, FastAPI)
    paths = mount.app.openapi()["paths"]
    return [
        (method.upper(), mount.path + re.sub(r"\{[a-z_]+\}", "ada", path))
        for path, to in paths.items()
        for method in to
    ]


async def test_the_canaries_stay_where_they_are(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.settings["TALENTIMG_SERVE_JWT_SECRET"] = SECRET
    site.add("ada", "Ada")
    right = site.token()
    caplog.set_level(logging.DEBUG)
    wrong = f"timg_{CANARY}"
    signed = jwt.encode({"id": CANARY}, SECRET, algorithm="HS256")
    sent = [
        {"Authorization": f"Bearer {wrong}"},
        {"Authorization": f"Bearer {signed}"},
        {"Cookie": f"break_session={wrong}; {COOKIE}={wrong}"},
        {"Cookie": f"break_session={signed}"},
        {"Authorization": f"Bearer {right}"},
        {"Cookie": f"{COOKIE}={right}"},
    ]
    asked = routes(site)
    assert len(asked) > 20
    transport = httpx.ASGITransport(app=make_site(site.app))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        for method, path in asked:
            for headers in sent:
                body = (
                    None if method in {"GET", "HEAD"} else f'{{"platform": "{wrong}", "handle": "{wrong}"}}'
                )
                got = await client.request(method, f"{path}?token={wrong}", headers=headers, content=body)
                assert got.status_code < 500, (method, path, got.text)
                assert got.headers["x-content-type-options"] == "nosniff"
                for secret in (right, SECRET, signed):
                    assert secret not in got.text
                    assert secret not in str(got.headers) or path == "/login"
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("httpx"))
    for secret in (right, SECRET, signed, wrong):
        assert secret not in ours


def test_every_endpoint_of_the_app_is_among_them(site: Site) -> None:
    assert ("POST", "/api/admin/talent/ada/profile-image/sync") in routes(site)
    assert ("GET", "/avatars/ada") in routes(site)
    assert ("GET", "/api/v1/talents/ada") in routes(site)


async def test_behind_a_path_the_login_leads_there_and_the_cookie_stays_there(site: Site) -> None:
    token = site.token()
    transport = httpx.ASGITransport(app=make_site(site.app), root_path="/images")
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        got = await client.get(f"/images/login?token={token}")
        assert (got.status_code, got.headers["location"]) == (303, "/images/")
        assert "Path=/images/" in got.headers["set-cookie"]
        assert (await client.get("/images/")).status_code == 200
        assert (await client.get("/images/avatars/nobody")).status_code == 200


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn", "jwt"])
def test_without_the_extra_it_is_told_how_to_install_it(missing: str) -> None:
    program = f"""
import sys
sys.modules[{missing!r}] = None
from talentimg.cli.serve import _server
from talentimg.errors import ConfigError
try:
    _server()
except ConfigError as error:
    print(error.hint)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Install it with: pip install 'talentimg[serve]'\n"


def test_a_wrong_option_is_named_as_it_was_given() -> None:
    with pytest.raises(ConfigError, match=r"^--host: "):
        load_settings(flags={"serve.host": "a b"}, environment={})


def test_the_secret_of_the_app_is_no_setting_to_show(site: Site) -> None:
    settings = load_settings(environment=site.environment | {"TALENTIMG_SERVE_JWT_SECRET": SECRET})
    assert SECRET not in repr(settings)
    with pytest.raises(UsageError):
        serve.check_workers(load_settings(environment={**site.environment, "TALENTIMG_SERVE_WORKERS": "2"}))
