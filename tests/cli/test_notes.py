"""An account that goes by another name is told wherever somebody looks at it, in one plain sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

SENTENCE = "The account is now called zoe-in-bloom, and the roster still calls it zoe-brandt."


@pytest.fixture
def renamed(online: Shell, platforms: PlatformServer) -> Shell:
    """Zoë's account was found under its old name, and has had another one since."""
    platforms.world.add("zoe", "Zoë Brandt")
    platforms.world.join("zoe", "github", "zoe-brandt", picture=160)
    online.fill(platforms)
    assert online("sync", "zoe").out == "Profile photo updated from github\n"
    platforms.world.rename("github", "zoe-brandt", "zoe-in-bloom")
    return online


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_a_rename_is_told_by_sync_and_show_whatever_the_width(renamed: Shell, columns: str) -> None:
    assert renamed("sync", "zoe", COLUMNS=columns).out == (
        f"Profile photo unchanged from github\ngithub: {SENTENCE}\n"
    )
    card = renamed("show", "zoe", "--no-picture", COLUMNS=columns).out
    assert f"github: {SENTENCE}" in " ".join(card.split())


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_chain_tells_it_where_it_tells_of_the_picture(renamed: Shell, columns: str) -> None:
    renamed("sync", "zoe")
    shown = renamed("show", "zoe", "--why", COLUMNS=columns).out
    told = _cells(shown) if columns == "120" else " ".join(shown.split())
    assert f"Offers a good picture. {SENTENCE}" in told


def test_a_rename_is_told_to_programs(renamed: Shell) -> None:
    (attempt,) = renamed("sync", "zoe", "--json").json["attempts"]
    assert (attempt["state"], attempt["detail"]) == ("found", SENTENCE)
    assert renamed("show", "zoe", "--json").json["notes"] == {"github": SENTENCE}


def test_a_run_names_the_first_few_who_have_another_name(online: Shell, platforms: PlatformServer) -> None:
    for number in range(12):
        platforms.world.add(f"t{number}", f"Talent {number}")
        platforms.world.join(f"t{number}", "github", f"old-{number}", picture=100 + number)
        platforms.world.rename("github", f"old-{number}", f"new-{number}")
    online.fill(platforms)
    run = online("sync-all", "--all", COLUMNS="60")
    assert run.code == 0, "nothing went wrong"
    told = " ".join(run.out.split())
    assert told.count("The account is now called new-") == 10
    assert "... and 2 more accounts to look at; --json lists them all." in told


def _cells(table: str) -> str:
    """The text of the second column, whose lines are cut at the width of the terminal."""
    rows = (line.split("│") for line in table.splitlines() if line.count("│") > 2)
    return " ".join(" ".join(row[2].split()) for row in rows)
