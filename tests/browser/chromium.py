"""Debian's Chromium, driven by Playwright, and axe-core, which looks for barriers (https://github.com/dequelabs/axe-core)."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.corpus.need import Lacking
from tests.npm import modules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_QUIETLY = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser that asks nobody for anything by itself.

    Raises:
        Lacking: there is none on this machine.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise Lacking("The tests of pages need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_QUIETLY))
        yield browser
        browser.close()


def axe() -> str:
    """The text of axe-core.

    Raises:
        Lacking: it cannot be fetched.
    """
    here = Path(__file__).with_name("axe")
    return (modules(here, "axe") / "axe-core" / "axe.min.js").read_text("utf-8")
