"""`talentimg tokens`: made and told once, listed without their text, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from tests.cli.test_mistakes import assert_plain

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_a_token_is_told_once(shell: Shell) -> None:
    open_repository(sqlite_url(shell.data / "talentimg.db"), create=True).close()
    assert "no token" in shell("tokens").out
    made = shell("tokens", "--make", "intranet", "--scope", "operate", "--by", "eve\x1b[2J [bold]")
    (token,) = made.out.split()
    assert token.startswith("timg_")
    assert token not in made.err
    listed = shell("tokens")
    assert "\x1b" not in listed.out
    assert "intranet" in listed.out
    assert "[bold]" in listed.out
    assert token not in listed.out
    (line,) = shell("tokens", "--json").lines
    assert (line["name"], line["scope"], line["revoked_at"]) == ("intranet", "operate", None)
    assert_plain(shell("tokens", "--make", "intranet"), 2, "already")
    assert shell("tokens", "--revoke", "intranet").code == 0
    assert shell("tokens", "--revoke", "intranet").code == 2
    assert shell("tokens", "--json").lines[0]["revoked_at"]
    assert token.encode() not in (shell.data / "talentimg.db").read_bytes()
