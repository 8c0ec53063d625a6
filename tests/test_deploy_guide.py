"""The guide of a deployment is true: its commands run as they stand, from a bare environment, there and back.

`docs/how-to/deploy.md` is taken section by section, in bash, with an installed wheel and a fresh home. Between
its sections stands what happens meanwhile: what the app and people do.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from talentimg.demo.people import BLUESKY, GITHUB
from talentimg.demo.pictures import warm
from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.demo.world import World
from tests import postgres
from tests.repository import app_schema
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "how-to" / "deploy.md"
TEXT: Final = PAGE.read_text("utf-8")
UV: Final = ".uv/bin/uv"
ADDRESS: Final = "postgresql://agency:secret@db.example.com:5432/agency?schema=public"
SERVER: Final = "127.0.0.1:8000"
PROXIES: Final = 'proxies = ["127.0.0.1"]'
NEEDED: Final = ("bash", "curl")
STEP = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS_OF_A_LINE: Final = re.compile(r"`(talentimg [^`]+)`")

CRONTAB = """#!/bin/sh
kept="$(dirname "$0")/kept"
case "$1" in
-l) cat "$kept" 2>/dev/null || { echo "no crontab for eve" >&2; exit 1; } ;;
-) cat > "$kept" ;;
esac
"""
"""Instead of the machine's own, which a test has to leave alone."""

# -- the page ------------------------------------------------------------------------------


def section(heading: str) -> str:
    """What stands below a heading, up to the next."""
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##+ |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def steps(heading: str) -> list[str]:
    """The blocks of a section that are run."""
    found = STEP.findall(section(heading))
    assert found, heading
    return found


def headings_with_steps() -> set[str]:
    return {
        heading for heading in re.findall(r"^##+ (.+)$", TEXT, re.MULTILINE) if STEP.search(section(heading))
    }


# -- a machine -----------------------------------------------------------------------------


@dataclass
class Machine:
    """A home where nothing was set up, and bash in it."""

    home: Path
    replaced: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = self.home / "bin"
        programs.mkdir(parents=True)
        (programs / "crontab").write_text(CRONTAB)
        (programs / "crontab").chmod(0o755)

    @property
    def own(self) -> Path:
        return self.home / "talentimg"

    def environment(self) -> dict[str, str]:
        """What a fresh login has, and where this machine's package index and what came from it are."""
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_"))}
        kept.setdefault("UV_CACHE_DIR", str(_cache()))
        binaries = postgres.find_binaries()
        places = [str(self.home / "bin"), "/usr/local/bin:/usr/bin:/bin", *([str(binaries)] if binaries else [])]
        return kept | {"HOME": str(self.home), "LANG": "C.UTF-8", "PATH": ":".join(places)}

    def run(self, *blocks: str) -> str:
        """Run blocks one after the other, in one shell, up to the first command that fails; what it printed."""
        script = "\n".join(blocks)
        for example, own in self.replaced.items():
            script = script.replace(example, own)
        heard = self.home / "heard"
        with heard.open("w") as stream:
            process = subprocess.Popen(
                ["bash", "-eux", "-o", "pipefail", "-c", script],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
            try:
                code = process.wait(TIME_LIMIT)
            finally:
                with suppress(ProcessLookupError):  # what a step has started and nobody has stopped
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        told = heard.read_text("utf-8")
        assert code == 0, told
        assert "Traceback" not in told.replace("grep -l Traceback", ""), told
        return told


def _cache() -> Path:
    done = subprocess.run([_uv(), "cache", "dir"], capture_output=True, text=True, check=True, cwd=ROOT)
    return Path(done.stdout.strip())


def _uv() -> str:
    own = ROOT / UV
    found = str(own) if own.exists() else shutil.which("uv")
    return found or _missing("uv")


def _missing(program: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(f"{program} is not installed here")
    pytest.skip(f"{program} is not installed here")


@pytest.fixture(scope="module")
def world() -> World:
    """The people of the page, and some more."""
    world = World()
    for number, person in enumerate(("ada", "bob", "cid", "eve", "flo", "dan")):
        world.add(person, person.title())
        world.join(person, BLUESKY, f"{person}.bsky.social", picture=130 + number)
    world.join("ada", GITHUB, "ada-lovelace", picture=140)
    warm(world.seeds())
    return world


@pytest.fixture(scope="module")
def platforms(world: World) -> Iterator[PlatformServer]:
    with PlatformServer(world) as server:
        yield server


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine after the first section."""
    for program in NEEDED:
        shutil.which(program) or _missing(program)
    machine = Machine(tmp_path_factory.mktemp("operator"), {UV: _uv()})
    told = machine.run(*steps("Beforehand"))
    assert re.search(r"^talentimg \d+\.\d+", told, re.MULTILINE)
    return machine


def another(installed: Machine, home: Path) -> Machine:
    """A machine of its own with the same program on it."""
    machine = Machine(home)
    machine.own.mkdir()
    (machine.own / "venv").symlink_to(installed.own / "venv")
    (home / ".config" / "talentimg").mkdir(parents=True)
    return machine


ON_THE_PATH: Final = 'export PATH="$HOME/talentimg/venv/bin:$PATH"'


def points_at(url: str) -> str:
    """The settings by which all platforms are where a local server shows them."""
    # A busy machine is no platform that is silent.
    lines = ["[http]", 'allow_private = ["127.0.0.0/8"]', "timeout = 3600", "picture_timeout = 3600"]
    for platform, values in provider_settings(url).items():
        lines += [f"[providers.{platform}]", *(f'{key} = "{value}"' for key, value in values.items())]
    return "\n".join(lines) + "\n"


def add_settings(text: str) -> str:
    """A step that adds to the settings file."""
    return f"cat >> ~/.config/talentimg/config.toml <<'END'\n\n{text}END"


# -- embedded ------------------------------------------------------------------------------


def remedies() -> list[str]:
    """The commands that sentences and tables of the page name, whole."""
    named = dict.fromkeys(COMMANDS_OF_A_LINE.findall(TEXT))
    return [command for command in named if len(command.split()) > 2 or command.split()[1] not in LONG_RUNNING]


LONG_RUNNING: Final = {"serve", "worker"}


def test_the_embedded_way_there_and_back(
    installed: Machine, platforms: PlatformServer, tmp_path: Path
) -> None:
    machine = another(installed, tmp_path / "operator")
    (machine.home / ".config" / "talentimg" / "config.toml").write_text(points_at(platforms.url))
    told = machine.run(ON_THE_PATH, *steps("Embedded"))
    assert "updated" in told
    assert "sync-all" in (machine.home / "bin" / "kept").read_text()
    pictures = machine.home / ".local" / "share" / "talentimg" / "images"
    assert list(pictures.rglob("*.webp"))
    machine.run(ON_THE_PATH, *(f"{command} || test $? -gt 2" for command in remedies() if "--down" not in command))
    told = machine.run(ON_THE_PATH, *steps("Embedded, back"))
    assert "sync-all" not in (machine.home / "bin" / "kept").read_text()
    assert (machine.own / "roster.zip").exists()
    assert "ada" in told
