"""`talentimg serve`: the first token is told, or there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.cli import serve
from talentimg.models import Scope
from talentimg.repository.memory.access import MemoryAccess
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from talentimg.service.people.access import AccessTokens
from tests.conftest import NOW

if TYPE_CHECKING:
    from talentimg.models.access import AccessToken
    from tests.cli.conftest import Shell

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def access() -> AccessTokens:
    return AccessTokens(MemoryAccess(), lambda: NOW)


def test_the_first_token_is_told_with_its_link(
    access: AccessTokens, capsys: pytest.CaptureFixture[str]
) -> None:
    serve.tell_first_token(access, ADDRESS)
    told, link = capsys.readouterr().err.splitlines()
    assert link.endswith(f"{ADDRESS}/login?token={told.rpartition(' ')[2]}")
    assert [token.scope for token in access.valid()] == [Scope.ADMIN]


def test_a_server_that_starts_at_the_same_time_goes_on_without_one(
    access: AccessTokens, capsys: pytest.CaptureFixture[str]
) -> None:
    before: list[AccessToken] = []
    for _ in range(2):
        serve.tell_first_token(access, ADDRESS)
        before = before or access.valid()
    assert access.valid() == before
    assert capsys.readouterr().err.count("A first token") == 1


def test_a_token_that_could_not_be_told_is_good_for_nothing(
    access: AccessTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(serve, "say", broken)
    with pytest.raises(BrokenPipeError):
        serve.tell_first_token(access, ADDRESS)
    assert access.valid() == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "TALENTIMG_SERVE_PROXIES",
            "proxy.example",
            "serve.proxies contains something that is not a network",
        ),
        ("TALENTIMG_IMAGES_STORE", "ftp://a/b", "pictures store"),
    ],
)
def test_what_will_not_do_is_told_before_anybody_listens(
    shell: Shell, name: str, value: str, told: str
) -> None:
    open_repository(sqlite_url(shell.data / "talentimg.db"), create=True).close()
    done = shell("serve", "--port", "0", **{name: value})
    assert done.code == 78
    assert told in done.err
    assert "Serving at" not in done.err
