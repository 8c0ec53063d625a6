"""What a round is measured on: a platform server of its own, and a roster that nobody has looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from talentimg.demo.settings import provider_settings
from tests.bench.calls import read_entries
from tests.bench.measure import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

LIFTED: Final[dict[str, str]] = {
    "TALENTIMG_PROVIDERS_TIKTOK_PER_MINUTE": "0",
    "TALENTIMG_PROVIDERS_YOUTUBE_PER_DAY": "0",
}
"""Variables that lift the limits which platforms document: the local server has none."""
OURS: Final = ("TALENTIMG_", "XDG_")
"""How variables begin that could show a command another store or file of settings."""
CHANNELS: Final = "/youtube/v3/channels"
"""How the path of a call to YouTube ends; the local server puts the platform before it."""
PICTURES: Final = "pictures"
PATIENCE_S: Final = 30


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the server was asked."""

    calls: dict[str, int]
    """Requests by platform; `pictures` are those to the picture hosts of all."""
    youtube_calls: int
    downloads: int
    """Pictures that were sent whole."""
    heads: int
    """Pictures whose headers alone were asked for, and told."""

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.calls.values())


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one round takes place."""

    url: str
    folder: Path
    environment: dict[str, str]
    talents: int

    @property
    def store(self) -> Path:
        """The roster of the loop and the floor."""
        return self.folder / "loop.sqlite"

    @property
    def images(self) -> Path:
        """Where talentimg keeps pictures."""
        return self.folder / "images"

    def youtube_talents(self) -> int:
        """How many of them are on YouTube."""
        return sum(entry.platform == "youtube" for entry in read_entries(self.store))

    def forget(self) -> None:
        """Clear the server's log."""
        request(self.url, "DELETE", "/_log?requests=no")

    def traffic(self) -> Traffic:
        """What came since it was cleared."""
        requests = request(self.url, "GET", "/_log")["requests"]
        pictures = [r["method"] for r in requests if r["platform"] == PICTURES and r["status"] == 200]
        return Traffic(
            calls=dict(Counter(request["platform"] for request in requests)),
            youtube_calls=sum(request["path"].endswith(CHANNELS) for request in requests),
            downloads=pictures.count("GET"),
            heads=pictures.count("HEAD"),
        )


@contextmanager
def stage(
    talents: int, latency: float, place: Path | None = None, *, database_url: str | None = None
) -> Iterator[Stage]:
    """A new one, in a folder of its own there or among the temporary files, which is gone afterwards.

    Args:
        talents: how many.
        latency: seconds that every answer of the platforms takes.
        place: where the folder is made.
        database_url: an empty roster to fill, in place of an SQLite file in that folder.
    """
    with tempfile.TemporaryDirectory(dir=place) as name, _server(talents, latency) as url:
        folder = Path(name)
        store = {"TALENTIMG_DATABASE_URL": database_url} if database_url else {}
        new = Stage(url, folder, _environment(folder, url) | store, talents)
        subprocess.run(
            [sys.executable, "-m", "tests.bench.bring_in", str(talents), url, str(new.store)],
            env=new.environment,
            cwd=ROOT,
            check=True,
        )
        yield new


@contextmanager
def _server(people: int, latency: float) -> Iterator[str]:
    command = [sys.executable, "-m", "talentimg.demo", "--people", str(people), "--latency", str(latency)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.stdin.close()  # tells it to end
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _environment(folder: Path, url: str) -> dict[str, str]:
    """This process's, with every setting that talentimg reads set anew."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    kept.pop("DATABASE_URL", None)
    providers = {
        f"TALENTIMG_PROVIDERS_{platform}_{key}".upper(): value
        for platform, values in provider_settings(url).items()
        for key, value in values.items()
    }
    return {
        **kept,
        **providers,
        **LIFTED,
        "HOME": str(folder),
        "TALENTIMG_DATA_DIR": str(folder),
        "TALENTIMG_HTTP_ALLOW_PRIVATE": "127.0.0.0/8",
        "PYTHONDONTWRITEBYTECODE": "",
    }


def request(url: str, method: str, path: str, document: object = None) -> Any:
    """The server's own pages, past any proxy."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S * 10)
    try:
        connection.request(method, path, None if document is None else json.dumps(document))
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
