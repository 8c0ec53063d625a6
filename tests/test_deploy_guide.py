"""The guide of a deployment is true: its commands run as they stand, from a bare environment, there and back.

`docs/how-to/deploy.md` is taken section by section, in bash, with an installed wheel and a fresh home.
Between its sections stands what happens meanwhile: what the app and people do.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from talentimg.demo.people import BLUESKY, GITHUB
from talentimg.demo.pictures import warm
from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.demo.world import World
from tests import bare, postgres
from tests.bare import ROOT, UV
from tests.repository import app_schema
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE: Final = ROOT / "docs" / "how-to" / "deploy.md"
TEXT: Final = PAGE.read_text("utf-8")
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

    @property
    def crontab(self) -> str:
        """What is in its crontab."""
        kept = self.home / "bin" / "kept"
        return kept.read_text() if kept.exists() else ""

    def environment(self) -> dict[str, str]:
        """What a fresh login has, and where this machine's package index and what came from it are."""
        binaries = postgres.find_binaries()
        return bare.environment(self.home, self.home / "bin", *([binaries] if binaries else []))

    def run(self, *blocks: str) -> str:
        """Run blocks one after the other, in one shell, until one fails; what they printed."""
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
        shutil.which(program) or bare.missing(program)
    machine = Machine(tmp_path_factory.mktemp("operator"), {UV: bare.uv()})
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
    """The commands that sentences and tables of the page name whole, and that no step runs."""
    run = tuple("\n".join(STEP.findall(TEXT)).splitlines())
    named = dict.fromkeys(COMMANDS_OF_A_LINE.findall(TEXT))
    return [command for command in named if not any(f"{line} ".startswith(f"{command} ") for line in run)]


def test_the_embedded_way_there_and_back(
    installed: Machine, platforms: PlatformServer, tmp_path: Path
) -> None:
    machine = another(installed, tmp_path / "operator")
    settings = machine.home / ".config" / "talentimg" / "config.toml"
    settings.touch(0o600)
    settings.write_text(points_at(platforms.url))
    tried = [f"{command} || test $? -ne 1" for command in remedies()]
    told = machine.run(ON_THE_PATH, *steps("Embedded"), *tried)
    assert "All is well." in told
    assert "sync-all" in machine.crontab
    assert list(machine.home.glob(".local/share/talentimg/images/*/*.webp"))
    told = machine.run(ON_THE_PATH, *steps("Embedded, back"))
    assert machine.crontab == ""
    assert (machine.own / "roster.zip").exists()
    assert "ada" in told


# -- on the app's Postgres -----------------------------------------------------------------

PEOPLE: Final = ("ada", "bob", "cid", "eve", "flo")
OLD: Final = "\n".join(
    f"""
INSERT INTO "User" ("id", "email", "name", "createdAt", "updatedAt") VALUES
    ('u-{name}', '{name}@example.org', '{name}', '2026-01-01', '2026-01-01');
INSERT INTO "Talent" ("id", "userId", "name", "createdAt", "updatedAt",
    "profileImageUrl", "profileImageSource", "lastProfileImageSyncAt") VALUES
    ('{name}', 'u-{name}', '{name}', '2026-01-01', '2026-01-01',
    'https://old.example/{name}.jpg', 'BLUESKY', '2026-11-01 02:00:00.5');
INSERT INTO "SocialAccountConnection"
    ("id", "creatorId", "platform", "handle", "connected", "createdAt", "updatedAt") VALUES
    ('a-{name}', '{name}', 'BLUESKY', '{name}.bsky.social', true, '2026-01-01', '2026-01-01');
"""
    for name in PEOPLE
)
"""The app's rows, with pictures that its own program wrote, or none."""
NONE_YET: Final = """
UPDATE "Talent" SET "profileImageUrl" = NULL, "profileImageSource" = 'initials',
    "lastProfileImageSyncAt" = NULL WHERE "id" = 'flo';
"""
MEANWHILE: Final = """
INSERT INTO "User" ("id", "email", "name", "createdAt", "updatedAt") VALUES
    ('u-dan', 'dan@example.org', 'Dan', '2026-12-01', '2026-12-01');
INSERT INTO "Talent" ("id", "userId", "name", "categories", "createdAt", "updatedAt") VALUES
    ('dan', 'u-dan', 'Dan', ARRAY['model'], '2026-12-01', '2026-12-01');
INSERT INTO "SocialAccountConnection"
    ("id", "creatorId", "platform", "handle", "connected", "createdAt", "updatedAt") VALUES
    ('a-dan', 'dan', 'BLUESKY', 'dan.bsky.social', true, '2026-12-01', '2026-12-01');
UPDATE "Talent" SET "name" = 'Ada King', "rates" = '{"post": 7}', "updatedAt" = '2026-12-01'
    WHERE "id" = 'ada';
UPDATE "Talent" SET "profileImageUrl" = 'https://app.example/bob.jpg', "profileImageSource" = 'manual',
    "updatedAt" = '2026-12-01' WHERE "id" = 'bob';
UPDATE "SocialAccountConnection" SET "connected" = false, "updatedAt" = '2026-12-01' WHERE "id" = 'a-cid';
"""
"""What the app writes while talentimg is there: somebody new, and somebody changed."""
NO_PICTURE: Final = """
UPDATE "Talent" SET "profileImageUrl" = NULL, "profileImageSource" = 'initials' WHERE "id" IN ('cid', 'eve');
"""
"""What is left of a picture whose account was disconnected, and of one that its talent does not want."""
LOOKS: Final = [f"SocialAccountConnection.{column}" for column in ("lastSyncedAt", "syncStatus", "syncError")]
LOOKED_AT: Final = "Talent.lastProfileImageSyncAt"


def app(url: str, *statements: str) -> None:
    """The app's database, with columns of its own for pictures, and what it wrote since."""
    columns, _, _ = app_schema.OWN_COLUMNS.partition("UPDATE")
    app_schema.make(url, "".join((app_schema.SCHEMA, columns, OLD, NONE_YET, *statements)))


def pictures_of(url: str) -> dict[str, tuple[Any, ...]]:
    """What the three columns hold."""
    asked = """SELECT "id", "profileImageUrl", "profileImageSource", "lastProfileImageSyncAt"::text
        FROM "Talent" """
    with postgres.connect(url) as connection:
        return {row[0]: row[1:] for row in connection.execute(asked.encode())}


def the_app_does(statements: str) -> str:
    """A step of the app's, in the shell of the guide."""
    return f"psql \"$APP\" --quiet --set ON_ERROR_STOP=1 <<'END'\n{statements}END"


@pytest.fixture
def twin(databases: postgres.Databases) -> Iterator[str]:
    """The app's database as it would be if talentimg had never been there."""
    name = databases.create()
    app(databases.url(name), MEANWHILE, NO_PICTURE)
    yield databases.url(name)
    databases.drop(name)


def test_the_way_on_the_apps_postgres_there_and_back(
    installed: Machine, platforms: PlatformServer, empty_database: str, twin: str, tmp_path: Path
) -> None:
    app(empty_database)
    before = pictures_of(empty_database)
    server = f"127.0.0.1:{postgres._free_port()}"
    own = f"port = {server.rpartition(':')[2]}\n{PROXIES}"
    machine = another(installed, tmp_path / "operator")
    machine.replaced = {
        ADDRESS: f"{empty_database}{'&' if '?' in empty_database else '?'}schema=public",
        SERVER: server,
        PROXIES: own,
    }
    say, *look = steps("On the app's Postgres")
    told = machine.run(
        ON_THE_PATH,
        say,
        add_settings(points_at(platforms.url)),
        *look,
        *steps("Behind the app's frontend"),
        *steps("With workers"),
        *steps("Verify"),
        "talentimg opt-out eve",
        the_app_does(MEANWHILE),
        'psql "$APP" --csv -c \'SELECT "id", "profileImageUrl" FROM "Talent"\' > ~/meanwhile',
        *steps("On the app's Postgres, back"),
    )
    assert "https://app.example.com/avatars/ada" in (machine.home / "meanwhile").read_text(), told
    assert (machine.own / "picture").read_bytes()[8:12] == b"WEBP"
    assert machine.crontab == ""
    after = pictures_of(empty_database)
    assert {name: after[name] for name in ("ada", "flo")} == {name: before[name] for name in ("ada", "flo")}
    hidden = [LOOKED_AT, *LOOKS]
    found, expected = (app_schema.dump(url, without=hidden) for url in (empty_database, twin))
    for kind, rows in expected.items():
        assert found[kind] == rows, kind
    assert found.keys() == expected.keys()


# -- what cannot be run, and what is told ---------------------------------------------------


def test_every_section_with_steps_is_run() -> None:
    ways = {"Embedded", "Embedded, back", "On the app's Postgres", "On the app's Postgres, back"}
    assert headings_with_steps() == ways | {
        "Beforehand",
        "Behind the app's frontend",
        "With workers",
        "Verify",
    }


def test_what_is_to_be_replaced_stands_on_the_page() -> None:
    for example in (UV, ADDRESS, SERVER, PROXIES):
        assert example in TEXT


def other_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        bare.missing("systemd-analyze")
    (unit,) = other_blocks("ini")
    file = tmp_path / "talentimg-worker.service"
    file.write_text(unit.replace("%h/talentimg/venv/bin/talentimg", shutil.which("true") or ""))
    command = ["systemd-analyze", "verify", "--user", "--man=no", "--recursive-errors=no", str(file)]
    environment = {
        "PATH": os.environ["PATH"],
        "SYSTEMD_LOG_LEVEL": "warning",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=TIME_LIMIT
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def measured() -> list[Any]:
    """A row for each figure of the page, with the page that it is from."""
    rows = re.findall(
        r"^\| .*\]\(([^)#]+\.md)#?[^)]*\) \|$", section("What it costs, as measured"), re.MULTILINE
    )
    lines = [line for line in section("What it costs, as measured").splitlines() if ".md" in line]
    return [
        pytest.param(line.split("|")[2], source, id=line.split("|")[1].strip())
        for source, line in zip(rows, lines, strict=False)
    ]


@pytest.mark.parametrize(("figures", "source"), measured())
def test_every_figure_stands_on_the_page_that_it_is_from(figures: str, source: str) -> None:
    told = (PAGE.parent / source).read_text("utf-8")
    for figure in re.findall(r"\d[\d.,]*\d|\d", figures):
        assert figure in told
