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
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import uvicorn
from playwright.sync_api import sync_playwright

from talentimg.bootstrap import App
from talentimg.demo.pictures import picture
from talentimg.demo.roster import demo_roster, demo_world
from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.models import (
    Freshness,
    Outage,
    OutcomeKind,
    PlatformCount,
    Reason,
    Run,
    RunState,
    Scope,
    State,
)
from talentimg.repository.interface import Change
from talentimg.service.run.nightly import RunRequest
from talentimg.settings import load_settings
from talentimg.web.access import COOKIE
from talentimg.web.app import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from playwright.sync_api import Page

    from talentimg.settings import Settings

    Show: TypeAlias = Callable[[Page, str], object]
    Look: TypeAlias = tuple[Literal["light", "dark"], int]

ROOT = Path(__file__).parent.parent
TARGET = Path(__file__).parent / "images" / "pages"
INPUTS = ("talentimg/web/static/*.css", "talentimg/web/templates/*.html", "talentimg/web/texts/en.toml")
"""What the pictures are made of, as far as anybody changes it for their sake."""
PHONE = 390
LOOKS: tuple[Look, ...] = (("light", 1280), ("dark", 1280), ("dark", PHONE))
EVERYBODY = {"ada", "kwame", "nour", "olu", "priya", "sakura", "siobhan", "yael", "zoe"}
WAITING = {"kwame", "nour", "priya"}
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
def demo_site() -> Iterator[tuple[App, str, str]]:
    """A site with the demo's people, after a month of nights; its services, its address, and a token."""
    with tempfile.TemporaryDirectory() as folder, PlatformServer(demo_world()) as server:
        settings = load_settings(config=_config(Path(folder), server.url), environment={})
        app = App(settings, create=True)
        app.roster.import_talents(demo_roster(server.url, server.world))
        _some_nights(app, settings, server)
        app.talent_rules.lock("siobhan", by="Maria", why="press photo")
        _refuse(app, "kwame", "tiktok")
        token = app.access.make("Maria", Scope.ADMIN, by="a script")
        with _served(app) as address:
            yield app, address, token


def _some_nights(app: App, settings: Settings, server: PlatformServer) -> None:
    """A month of them. Photos changed three times, and in the last hour once more, of which some wait."""
    now, free = app.now(), replace(settings, sync_review="off")
    for ago in set(range(1, 30)) - {19, 6}:
        app.repository.save_run(_night_before(now, ago))
    for ago in (40, 19, 6):
        asyncio.run(_night(free, now - timedelta(days=ago)))
        _change(server, EVERYBODY)
    asyncio.run(_night(free, now - timedelta(hours=1)))
    _change(server, WAITING)
    asyncio.run(_night(settings, now))


@contextmanager
def empty_site() -> Iterator[tuple[str, str]]:
    """A site without anybody."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(load_settings(flags={"data_dir": folder}, environment={}), create=True)
        app.roster.import_talents([])
        token = app.access.make("Maria", Scope.ADMIN, by="a script")
        with _served(app) as address:
            yield address, token


def _night_before(now: datetime, ago: int) -> Run:
    """The record of a night so many days ago: Instagram answered nobody on two of them."""
    began = (now - timedelta(days=ago)).replace(hour=2, minute=0, second=0, microsecond=0)
    is_out = ago in {14, 15}
    fresh = {14: 8, 15: 7, 16: 11}.get(ago, 12)
    answered = PlatformCount(found=5, calls=5)
    platforms = dict.fromkeys(("tiktok", "youtube", "bluesky", "mastodon", "github", "website"), answered)
    platforms["instagram"] = PlatformCount(trouble=5, calls=2) if is_out else answered
    since = began - timedelta(days=15 - ago)
    return Run(
        f"night-{ago:02}",
        began,
        "night-1",
        7,
        state=RunState.DONE,
        ended_at=began + timedelta(seconds=4),
        exit_code=3 if is_out else 0,
        outcomes={OutcomeKind.UNCHANGED: fresh - 2, OutcomeKind.UPDATED: 2, OutcomeKind.KEPT: 12 - fresh},
        platforms=platforms,
        freshness=Freshness(fresh, 12 - fresh, began - timedelta(days=1)),
        outages=(Outage("instagram", 5, since, Reason.TIMEOUT),) if is_out else (),
    )


def _refuse(app: App, talent_id: str, platform: str) -> None:
    """A platform has refused somebody's token since."""
    record = app.repository.load(talent_id)
    known, now = record.candidates[platform], app.now()
    told = "TikTok refuses the talent's token."
    refused = replace(known, state=State.TROUBLE, reason=Reason.TOKEN, detail=told, trouble_since=now)
    app.repository.save([Change(talent_id, record.selection, candidates=(refused,))], now)


def _go_on(app: App, revision: int) -> None:
    """A run of another process goes on, and has just said so."""
    now = app.now()
    outcomes = {
        OutcomeKind.UNCHANGED: 118,
        OutcomeKind.UPDATED: 20,
        OutcomeKind.KEPT: 3,
        OutcomeKind.FAILED: 1,
    }
    run = Run("live", now - timedelta(seconds=30), "night-1", 7, by="cron", total=200, outcomes=outcomes)
    app.repository.save_run(replace(run, written_at=now, revision=revision))


def _config(folder: Path, url: str) -> Path:
    lines = [f"data_dir = {json.dumps(str(folder))}", "[sync]", 'review = "all"']
    lines += [
        "[connect]",
        'url = "https://agency.example/connect?talent={talent}&platform={platform}"',
        "[http]",
    ]
    lines.append('allow_private = ["127.0.0.0/8"]')
    for platform, values in provider_settings(url).items():
        lines += [f"[providers.{platform}]", *(f"{key} = {json.dumps(text)}" for key, text in values.items())]
    file = folder / "config.toml"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


async def _night(settings: Settings, at: datetime) -> None:
    """A run over everybody at this time."""
    app = App(settings, now=lambda: at)
    try:
        async with aclosing(app.nightly.start(RunRequest(force=True, by="Maria"))) as run:
            async for _ in run:
                pass
    finally:
        app.close()


def _change(server: PlatformServer, who: Collection[str]) -> None:
    """Some people have another photo the next day, of the same face: ten pictures of the demo are of each."""
    for person in server.world.people():
        if person.id not in who:
            continue
        for platform in ("instagram", "tiktok", "bluesky", "mastodon", "github", "youtube", "website"):
            try:
                seed = server.world.presence(person.id, platform).picture
            except KeyError:
                continue
            if seed is None:
                continue
            server.world.set_picture(person.id, platform, seed // 10 * 10 + (seed + 3) % 10)
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


def capture(address: str, token: str, pages: Mapping[str, Show], looks: Sequence[Look] | None = None) -> None:
    """These pages, in every look unless only some are asked for."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for look, width in looks or LOOKS:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=look, reduced_motion="reduce"
            )
            context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
            page = context.new_page()
            for name, show in pages.items():
                show(page, address)
                # Whoever scrolls there has them.
                page.evaluate("for (const face of document.images) face.loading = 'eager'")
                page.wait_for_load_state("networkidle")
                time.sleep(0.2)
                kind = "phone" if width == PHONE else look
                page.screenshot(
                    path=TARGET / f"{name}-{kind}.jpg",
                    type="jpeg",
                    quality=78,
                    full_page=name in WHOLE,
                )
                if name == "toast":
                    page.locator("#toast button").click()
                    page.get_by_text("Undone.").wait_for()
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


def _toast(page: Page, address: str) -> None:
    page.goto(f"{address}/talents/ada")
    page.locator("form.keep button").click()
    page.locator("#toast button").wait_for()


def _run(page: Page, address: str) -> None:
    page.goto(f"{address}/runs")
    page.locator("table.runs a").nth(1).click()
    page.locator("#outcomes").wait_for()


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


PAGES: dict[str, Show] = {
    "roster": _page("/roster"),
    "talent": _page("/talents/nour"),
    "reconnect": _page("/talents/kwame"),
    "toast": _toast,
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
    "run": _run,
    "settings": _page("/settings"),
}
LIVE: dict[str, Show] = {"roster-live": _page("/roster"), "run-live": _page("/runs/live")}
"""While a run goes on."""
EMPTY: dict[str, Show] = {"roster-empty": _page("/roster"), "login": _page("/login?next=/")}
WHOLE = {"roster", "talent", "reconnect", "review", "health", "run", "run-live", "roster-empty"}
"""Those of which more is shown than a screen holds."""


def main() -> int:
    """Make them, or see whether they are of today."""
    if "--check" in sys.argv:
        known = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
        if known.get("made_of") != made_of():
            sys.stderr.write("The pages have changed since: uv run python docs/capture_pages.py\n")
            return 1
        return 0
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo_site() as (app, address, token):
        capture(address, token, PAGES)
        for revision, look in enumerate(LOOKS, 1):
            _go_on(app, revision)
            capture(address, token, LIVE, [look])
    with empty_site() as (address, token):
        capture(address, token, EMPTY)
    RECORD.write_text(json.dumps({"made_of": made_of()}) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
