"""A site that a browser can reach, and browsers of several kinds."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from playwright.sync_api import expect

from talentimg.web.access import COOKIE
from talentimg.web.app import make_site
from tests.browser import chromium
from tests.browser.visitor import Visitor
from tests.corpus.need import Lacking, skip
from tests.waiting import TIME_LIMIT
from tests.web.conftest import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser

    Visits = Callable[..., AbstractContextManager[Visitor]]


expect.set_options(timeout=TIME_LIMIT * 1000)


@pytest.fixture(scope="module")  # while it is there, its event loop counts as running in this thread
def _browser() -> Iterator[Browser]:
    try:
        with chromium.launched() as browser:
            yield browser
    except Lacking as lacking:
        skip(lacking)


@pytest.fixture(scope="session")
def _axe() -> str:
    try:
        return chromium.axe()
    except Lacking as lacking:
        skip(lacking)


@pytest.fixture
def site(new_store: Path, tmp_path: Path) -> Site:
    """A site on SQLite. The server closes it."""
    environment = {
        "TALENTIMG_DATABASE_URL": f"sqlite:///{new_store}",
        "TALENTIMG_IMAGES_STORE": (tmp_path / "images").as_uri(),
    }
    return Site(environment)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """It is served; the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            make_site(site.app, site.open_syncer), log_config=None, access_log=False, lifespan="on"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(TIME_LIMIT)


@pytest.fixture
def visits(_browser: Browser, _axe: str, site: Site) -> Iterator[Visits]:
    """Visits of the site: each with a browser of its own, that must have met nothing wrong at its end."""
    token = site.token()
    with served(site) as address:

        @contextmanager
        def visit(
            *, signed_in: bool = True, width: int = 1280, expected: tuple[int, ...] = (), **named: Any
        ) -> Iterator[Visitor]:
            context = _browser.new_context(
                viewport={"width": width, "height": 900}, reduced_motion="reduce", locale="en-GB", **named
            )
            context.set_default_timeout(TIME_LIMIT * 1000)
            if signed_in:
                context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
            visitor = Visitor(context, address, _axe, set(expected))
            yield visitor
            context.close()
            assert visitor.problems == []

        yield visit
