"""Tokens: made once, told once, recognised, revoked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg import shapes
from talentimg.errors import UsageError
from talentimg.models.access import AccessToken, Scope
from talentimg.repository.memory.serving import MemoryServing
from talentimg.service.people.access import PREFIX, AccessTokens, digest_of, recognised
from tests.conftest import NOW


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(MemoryServing(), lambda: NOW)


def test_a_token_is_recognised_until_it_is_revoked(tokens: AccessTokens) -> None:
    text = tokens.make("intranet", Scope.OPERATE, by="eve")
    other = tokens.make("grafana", Scope.READ, by="eve")
    assert text.startswith(PREFIX)
    assert text != other
    found = recognised(text, tokens.valid())
    assert found is not None
    assert (found.name, found.scope, found.created_by) == ("intranet", Scope.OPERATE, "eve")
    tokens.revoke("intranet")
    assert recognised(text, tokens.valid()) is None
    assert recognised(other, tokens.valid()) is not None
    assert [token.name for token in tokens.all()] == ["grafana", "intranet"]


def test_of_its_text_nothing_is_kept(tokens: AccessTokens) -> None:
    text = tokens.make("intranet", Scope.ADMIN, by="eve")
    kept = repr([*tokens.all(), *(token.digest for token in tokens.all())])
    assert text not in kept
    assert text.removeprefix(PREFIX) not in kept
    assert "digest" not in shapes.plain(tokens.all()[0])


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 61, "\u202e"])
def test_a_name_has_to_be_one(tokens: AccessTokens, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        tokens.make(name, Scope.READ, by="eve")


def test_what_cannot_be_is_said(tokens: AccessTokens) -> None:
    tokens.make("intranet", Scope.READ, by="eve")
    with pytest.raises(UsageError, match="already"):
        tokens.make("intranet", Scope.READ, by="eve")
    with pytest.raises(UsageError, match="no token 'other'"):
        tokens.revoke("other")


def test_each_scope_covers_those_before_it() -> None:
    covered = {scope: [other.value for other in Scope if scope.covers(other)] for scope in Scope}
    assert covered == {
        Scope.READ: ["read"],
        Scope.OPERATE: ["read", "operate"],
        Scope.ADMIN: ["read", "operate", "admin"],
    }


@given(st.text(st.characters(), max_size=300))
def test_no_other_text_is_ever_recognised(text: str) -> None:
    mine = AccessToken("a", Scope.READ, digest_of("timg_right"), NOW, "eve")
    assert recognised(text, [mine]) is (mine if text == "timg_right" else None)
    assert recognised(text, []) is None
