"""The tokens that the server accepts, kept the same by every backend."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models.access import AccessToken, Scope
from talentimg.repository.memory.serving import MemoryServing
from talentimg.repository.registry import open_serving
from tests.repository.builders import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.interface.serving import Serving

TOKEN = AccessToken("intranet", Scope.READ, "d" * 64, NOW, "eve")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def access(request: pytest.FixtureRequest) -> Iterator[Serving]:
    if request.param == "memory":
        yield MemoryServing()
        return
    is_sqlite = request.param == "sqlite"
    store = request.getfixturevalue("new_store" if is_sqlite else "new_database")
    with closing(open_serving(f"sqlite:///{store}" if is_sqlite else store)) as opened:
        yield opened


def test_a_token_is_kept_as_it_is(access: Serving) -> None:
    assert access.access_tokens() == []
    assert access.add_access_token(TOKEN)
    assert access.add_access_token(replace(TOKEN, name="Zoe \N{SNOWMAN} '%s", scope=Scope.ADMIN))
    assert access.access_tokens() == [
        replace(TOKEN, name="Zoe \N{SNOWMAN} '%s", scope=Scope.ADMIN),
        TOKEN,
    ]


def test_a_name_is_free_again_only_when_its_token_was_revoked(access: Serving) -> None:
    other = replace(TOKEN, digest="e" * 64, scope=Scope.ADMIN, created_by="bob")
    assert access.add_access_token(TOKEN)
    assert not access.add_access_token(other)
    assert access.access_tokens() == [TOKEN]
    assert access.revoke_access_token("intranet", NOW + timedelta(hours=1))
    assert access.access_tokens() == [replace(TOKEN, revoked_at=NOW + timedelta(hours=1))]
    assert access.add_access_token(other)
    assert access.access_tokens() == [other]


def test_what_is_not_there_or_revoked_already_cannot_be_revoked(access: Serving) -> None:
    assert not access.revoke_access_token("nobody", NOW)
    access.add_access_token(TOKEN)
    assert access.revoke_access_token("intranet", NOW)
    assert not access.revoke_access_token("intranet", NOW + timedelta(hours=1))
    assert access.access_tokens()[0].revoked_at == NOW


def test_no_token_tells_its_digest() -> None:
    assert TOKEN.digest not in repr(TOKEN)
