"""A small agency in which all is well, to be broken in one place at a time."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from talentimg.bootstrap import App
from talentimg.clock import utc_now
from talentimg.demo.pictures import warm
from talentimg.demo.roster import roster_of
from talentimg.demo.settings import provider_settings
from talentimg.demo.world import World
from talentimg.service.doctor.doctor import exit_code_of
from talentimg.service.doctor.interface import Severity
from talentimg.service.run.nightly import RunRequest
from talentimg.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from talentimg.models import Picture
    from talentimg.service.doctor.doctor import Examined
    from talentimg.settings import Settings

TROUBLE = (Severity.NEEDS_YOU, Severity.BROKEN)


def agency() -> World:
    """Four people on five platforms, one with a token of her own."""
    world = World()
    world.add("ada", "Ada Lovelace", email="ada@example.org")
    world.join("ada", "instagram", "ada.lovelace", picture=130, own_token=True)
    world.add("sakura", "Tanaka Sakura")
    world.join("sakura", "youtube", "tanakasakura", picture=800)
    world.add("priya", "Priya Raman")
    world.join("priya", "bluesky", "priya.bsky.example", picture=202)
    world.add("zoe", "Zoe Brandt")
    world.join("zoe", "github", "zoe-brandt", picture=160)
    warm(world.seeds())
    return world


@dataclass
class Scene:
    """A roster and its pictures in a folder of its own, and what an examination finds there."""

    folder: Path
    server: str
    database: str | None = None
    ahead: timedelta = timedelta()
    """How far this machine's clock is ahead."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Variables that are set besides."""

    @property
    def settings(self) -> Settings:
        environment = {
            "TALENTIMG_DATA_DIR": str(self.folder),
            "TALENTIMG_HTTP_ALLOW_PRIVATE": "127.0.0.0/8",
            **{
                f"TALENTIMG_PROVIDERS_{platform}_{key}".upper(): value
                for platform, values in provider_settings(self.server).items()
                for key, value in values.items()
            },
        }
        if self.database:
            environment["TALENTIMG_DATABASE_URL"] = self.database
        return load_settings(environment={**environment, **self.more})

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def app(self, *, dry: bool = False) -> App:
        return App(self.settings, create=not dry, dry=dry, now=self.now)

    def fill(self, world: World) -> None:
        """Put everybody on the roster, and take the first night."""
        with closing(self.app()) as app:
            app.repository.add(roster_of(world, self.server), self.now())
            asyncio.run(_night(app))

    def look(self, talent_ids: Sequence[str]) -> None:
        """Look at them, as `sync --force` does."""
        with closing(self.app()) as app:
            asyncio.run(_looked(app, talent_ids))

    def examine(self, *, fix: bool = False, deep: bool = True, **doctor: Any) -> list[Examined]:
        with closing(self.app(dry=True)) as app:
            return list(app.doctor(**doctor).examine(fix=fix, deep=deep))

    def say(self, *words: Callable[[App], object]) -> None:
        """Let people decide something."""
        with closing(self.app()) as app:
            for word in words:
                word(app)

    def copy_to(self, folder: Path) -> Scene:
        shutil.copytree(self.folder, folder)
        return Scene(folder, self.server)

    def sql(self, statement: str, *values: object) -> None:
        """As a hand that slipped."""
        with closing(sqlite3.connect(self.folder / "talentimg.db")) as file, file:
            file.execute(statement, values)

    def picture_of(self, talent_id: str) -> Picture:
        with closing(self.app(dry=True)) as app:
            shown = app.repository.load(talent_id).selection.content_hash
            assert shown
            picture = app.repository.picture(shown)
        assert picture
        return picture

    def file_of(self, talent_id: str, form: str) -> Path:
        return self.folder / "images" / self.picture_of(talent_id).rendition(form).key


async def _night(app: App) -> None:
    async for _ in app.nightly.start(RunRequest()):
        pass


async def _looked(app: App, talent_ids: Sequence[str]) -> None:
    async with app.syncer() as syncer:
        async for _ in syncer.sync_many(talent_ids, force=True):
            pass


def trouble(examined: list[Examined]) -> list[tuple[str, Severity, tuple[str, ...]]]:
    """What needs somebody: by which check, how bad, and whom it concerns."""
    return [
        (one.check, finding.severity, finding.talents)
        for one in examined
        for finding in one.findings
        if finding.severity in TROUBLE
    ]


def notes(examined: list[Examined]) -> set[tuple[str, str]]:
    """What is worth knowing, beside that."""
    return {(c.check, f.what) for c in examined for f in c.findings if f.severity is Severity.NOTE}


def done(examined: list[Examined]) -> list[str]:
    """What was healed, in sentences."""
    return [sentence for one in examined for sentence in one.done]


def code(examined: list[Examined]) -> int:
    """The exit code."""
    return exit_code_of(examined)


def forms(picture: Picture) -> Iterator[str]:
    """The names of its forms."""
    return (form.name for form in picture.renditions)
