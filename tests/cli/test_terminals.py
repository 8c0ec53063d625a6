"""Under a pseudo-terminal, in any width and locale: nothing is cut, no control gets through, data is data."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.faults import Faults
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.migrations import upgrade
from talentimg.repository.registry import open_repository
from tests.cli.test_terminal import in_terminal
from tests.conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

STYLES = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]")
LOCALES: dict[str, dict[str, str]] = {
    "utf-8": {},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
}
ID = "a-long-id-as-an-agency-has-them-0123456789"
HANDLE = "a.very.long.handle.of.ada.lovelace.on.a.server.example"
NAME = "Zoë 山田 \u202egnp\u009b31m\x1b]0;owned\x07"


@pytest.fixture
def zoe(shell: Shell) -> Shell:
    """Somebody whose name is a command for the terminal, and who was never looked at."""
    upgrade(shell.roster_url)
    with open_repository(shell.roster_url) as repository:
        repository.add([NewTalent(ID, NAME, accounts=(NewAccount("bluesky", HANDLE),))], NOW)
    return shell


def plain(printed: str) -> str:
    """What was printed, without styles and boxes, as one line."""
    return re.sub(r"[^\S ]|[│|]", "", STYLES.sub("", printed))


@pytest.mark.parametrize(
    ("locale", "columns"),
    [("utf-8", 50), ("utf-8", 80), ("utf-8", 120), ("latin-1", 80), ("ascii", 50), ("ascii", 120)],
)
def test_a_card_and_its_reasons_can_be_read(zoe: Shell, locale: str, columns: int) -> None:
    zoe.environment |= LOCALES[locale]
    words = ("show", ID, "--why", "--no-picture")
    code, printed = in_terminal(zoe, *words, columns=columns, encoding=locale)
    bare = STYLES.sub("", printed)
    lines = bare.replace("\r\n", "\n").split("\n")
    assert code == 0
    assert max(map(len, lines)) <= columns
    assert not [char for char in bare if unicodedata.category(char) in {"Cc", "Cf"} and char not in "\r\n"]
    flat = re.sub(r"\s+", "", plain(bare))
    assert ID in flat
    assert HANDLE in flat
    assert "Notaskedyet." in flat
    assert "…" not in bare


@pytest.mark.parametrize("columns", [50, 80])
def test_a_picture_squeezes_nothing(zoe: Shell, columns: int) -> None:
    code, printed = in_terminal(zoe, "show", ID, columns=columns)
    flat = re.sub(r"\s+", "", plain(printed).replace("▀", ""))
    assert (code, "…" in printed) == (0, False)
    assert "▀" * 24 in STYLES.sub("", printed)
    assert ID in flat if columns == 50 else "shownfrom" in flat


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        *((locale, ("show", ID, "--why", "--json")) for locale in LOCALES),
        ("ascii", ("list", "--json")),
        ("ascii", ("config", "--json")),
    ],
)
def test_json_in_a_terminal_is_json(zoe: Shell, locale: str, words: tuple[str, ...]) -> None:
    zoe.environment |= LOCALES[locale]
    code, printed = in_terminal(zoe, *words, columns=50, encoding=locale)
    assert code == 0
    assert "\x1b" not in printed
    document = json.loads(printed)
    assert words[0] == "config" or document["name"] == NAME


@pytest.mark.parametrize("locale", ["latin-1", "ascii"])
def test_the_json_of_a_run_goes_whole_into_a_file(zoe: Shell, tmp_path: Path, locale: str) -> None:
    zoe.environment |= {**LOCALES[locale], "TALENTIMG_PROVIDERS_BLUESKY_BASE_URL": "http://127.0.0.1:1"}
    with (tmp_path / "out").open("wb") as file:
        in_terminal(zoe, "sync-all", "--json", stdout=file, encoding=locale)
    talent, summary = (json.loads(line) for line in (tmp_path / "out").read_text(locale).splitlines())
    assert (talent["talent_id"], talent["name"], summary["summary"]) == (ID, NAME, True)


def test_a_quiet_night_is_quiet(online: Shell, platforms: PlatformServer) -> None:
    for picture, name in enumerate(("ada", "bob"), start=1):
        platforms.world.add(name, name)
        platforms.world.join(name, "github", name, picture=picture)
        online("add", name, "--id", name, "--github", name, "--quiet")
    assert len(online("sync-all").err.splitlines()) == 4
    assert len(online("sync-all", "--min-age", "0").err.splitlines()) == 2
    assert online("sync-all", "--force", "--verbose").err.count("Profile photo unchanged") == 2
    quiet = online("sync-all", "--min-age", "0", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    added = online("add", "eve", "--id", "eve", "--github", "nobody-of-this-name", "-q")
    assert added.err == ""
    platforms.world.set_faults("github", Faults(down="error"))
    needed = online("sync-all", "-q", "--min-age", "0")
    assert (needed.code, needed.err, "failed" in needed.out) == (3, "", True)
