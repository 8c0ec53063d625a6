"""Makes the pictures of the admin page in `docs/images/pages/`, with the demo's people in a real browser.

    uv run python docs/capture_pages.py            # make them anew
    uv run python docs/capture_pages.py --check    # are they of the pages as they are?

They are compared by what they are made of, not by their pixels, which differ from machine to machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import socket
import sys
import tempfile
import threading
import time
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import uvicorn
from playwright.sync_api import sync_playwright

from talentimg.bootstrap import App
from talentimg.demo.pictures import picture
from talentimg.demo.roster import demo_roster, demo_world
from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.models import ReviewState, Scope
from talentimg.service.run.nightly import RunRequest
from talentimg.settings import load_settings
from talentimg.web.access import COOKIE
from talentimg.web.app import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from talentimg.settings import Settings

    Show: TypeAlias = Callable[[Page, str], object]

ROOT = Path(__file__).parent.parent
TARGET = Path(__file__).parent / "images" / "pages"
INPUTS = ("talentimg/web/static/*.css", "talentimg/web/templates/*.html", "talentimg/web/texts/en.toml")
"""What the pictures are made of, as far as anybody changes it for their sake."""
PHONE = 390
RECORD = TARGET / "made-of.json"
CSV = "id,name,bluesky,github\nada,Ada Byron,,\nzoe,Zoe Brandt,zoe.example,\nines,Ines Duarte,,ines\n"
WRONG = "id,name,instagram\nada,Ada Byron,instagram.com/\n,Nobody,x\nzoe,Zoe Brandt,\nzoe,Zoe B.,\n"


def made_of() -> str:
    """A hash of all inputs."""
    digest = hashlib.sha256()
    for pattern in INPUTS:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def demo_site() -> Iterator[tuple[str, str]]:
    """A site with the demo's people, after two nights; its address, and a token."""
    with tempfile.TemporaryDirectory() as folder, PlatformServer(demo_world()) as server:
        settings = load_settings(config=_config(Path(folder), server.url), environment={})
        app = App(settings, create=True)
        app.roster.import_talents(demo_roster(server.url, server.world))
        asyncio.run(_night(settings, left=0))
        _change(server)
        asyncio.run(_night(settings, left=3))
        app.talent_rules.lock(app.repository.roster(limit=3)[2].talent_id, by="Maria", why="press photo")
        token = app.access.make("Maria", Scope.ADMIN, by="a script")
        with _served(app) as address:
            yield address, token


def _config(folder: Path, url: str) -> Path:
    lines = [f"data_dir = {json.dumps(str(folder))}", "[sync]", 'review = "all"', "[http]"]
    lines.append('allow_private = ["127.0.0.0/8"]')
    for platform, values in provider_settings(url).items():
        lines += [f"[providers.{platform}]", *(f"{key} = {json.dumps(text)}" for key, text in values.items())]
    file = folder / "config.toml"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


async def _night(settings: Settings, *, left: int) -> None:
    """A run over everybody; of what waits after it, some is left to review."""
    app = App(settings)
    try:
        async with aclosing(app.nightly.start(RunRequest(force=True, by="Maria"))) as run:
            async for _ in run:
                pass
        waiting = app.reviews.waiting()
        for review in waiting[: len(waiting) - left]:
            app.reviews.decide_on(review.talent_id, review.content_hash, ReviewState.APPROVED, by="Maria")
    finally:
        app.close()


def _change(server: PlatformServer) -> None:
    """Some people have another photo the next day."""
    changed = 0
    for person in server.world.people():
        for platform in ("instagram", "tiktok", "bluesky"):
            try:
                server.world.presence(person.id, platform)
            except KeyError:
                continue
            server.world.set_picture(person.id, platform, 900 + changed)
            changed += 1
            break


@contextmanager
def _served(app: App) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(make_site(app), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def capture(address: str, token: str) -> None:
    """All pages, in light and dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for look, width in (("light", 1280), ("dark", 1280), ("dark", PHONE)):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=look, reduced_motion="reduce"
            )
            context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
            page = context.new_page()
            for name, show in PAGES.items():
                show(page, address)
                page.wait_for_load_state("networkidle")
                time.sleep(0.2)
                kind = "phone" if width == PHONE else look
                page.screenshot(
                    path=TARGET / f"{name}-{kind}.jpg",
                    type="jpeg",
                    quality=78,
                    full_page=name in {"roster", "talent", "review", "health"},
                )
            context.close()
        browser.close()


def _page(path: str) -> Show:
    return lambda page, address: page.goto(address + path)


def _upload(page: Page, address: str) -> None:
    page.goto(f"{address}/roster")
    page.locator(".roster tbody a").first.click()
    page.locator("#more summary").click()
    page.locator("a[data-dialog]").click()
    page.locator("dialog input[type=file]").set_input_files(
        files=[{"name": "press-2026.jpg", "mimeType": "image/jpeg", "buffer": picture(77, "jpeg", 800)}]
    )
    page.locator(".crop").wait_for()
    page.locator("dialog [data-crop=s]").fill("260")


def _menu(page: Page, address: str) -> None:
    page.goto(f"{address}/roster")
    page.locator(".roster tbody a").nth(3).click()
    page.locator("#more summary").click()


def _import(text: str) -> Show:
    def show(page: Page, address: str) -> None:
        page.goto(f"{address}/roster/import")
        page.locator("input[type=file]").set_input_files(
            files=[{"name": "roster-november.csv", "mimeType": "text/csv", "buffer": text.encode()}]
        )
        page.locator(".filepick button").click()
        page.locator(".tally").wait_for()

    return show


def _talent(page: Page, address: str) -> None:
    page.goto(f"{address}/review")
    page.locator("#judged a").click()
    page.locator("#waits").wait_for()


PAGES: dict[str, Show] = {
    "roster": _page("/roster"),
    "talent": _talent,
    "menu": _menu,
    "upload": _upload,
    "review": _page("/review"),
    "reviews": _page("/reviews"),
    "add": _page("/roster/add"),
    "import": _import(CSV),
    "import-wrong": _import(WRONG),
    "forget": _page("/talents/ada/forget"),
    "health": _page("/health"),
    "runs": _page("/runs"),
    "settings": _page("/settings"),
}


def main() -> int:
    """Make them, or see whether they are of today."""
    if "--check" in sys.argv:
        known = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
        if known.get("made_of") != made_of():
            sys.stderr.write("The pages have changed since: uv run python docs/capture_pages.py\n")
            return 1
        return 0
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo_site() as (address, token):
        capture(address, token)
    RECORD.write_text(json.dumps({"made_of": made_of()}) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
