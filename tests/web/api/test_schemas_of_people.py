"""What OpenAPI says of people's words is what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import UsageError
from talentimg.models import AccessToken, Attempt, AuditEntry, Candidate, Scope, State
from talentimg.repository.interface import Forgotten
from talentimg.service.people.history import Event
from talentimg.service.people.identity import Stranger
from talentimg.service.people.reviews import Settled, Waiting, WaitingPage
from talentimg.service.people.unwanted import Named
from talentimg.service.results import SourceResult
from talentimg.shapes import (
    event_json,
    history_json,
    identity_json,
    named_json,
    new_token_json,
    offered_json,
    placeholder_words_json,
    placeholders_json,
    remembered_json,
    reviews_json,
    settled_json,
    tokens_json,
)
from talentimg.web.api.schemas import people
from tests import test_json_reference as samples
from tests.conftest import NOW
from tests.web.api.test_schemas import fields

if TYPE_CHECKING:
    from pydantic import BaseModel

CANDIDATE = Candidate("ada", "github", State.TROUBLE, platform_user_id="17")
PAGE = WaitingPage((Waiting(samples.REVIEW, samples.RECORD),), 2, (NOW, "ada"))
SETTLED = [Settled("ada", samples.OUTCOME), Settled("bob", error=UsageError("No.", hint="Look."))]
STRANGER = Stranger(samples.RECORD, samples.TALENT.accounts[0], CANDIDATE)
OFFERED = SourceResult(CANDIDATE, Attempt("github", State.FOUND))
TOKEN = AccessToken("grafana", Scope.READ, "d" * 64, NOW, "eve")


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (people.Event, event_json(Event(NOW, "eve"))),
        (people.History, history_json([Event(NOW, "eve")], NOW)),
        (people.Reviews, reviews_json(PAGE, NOW)),
        (people.SettledPictures, settled_json(SETTLED)),
        (people.Remembered, remembered_json("ada", [Forgotten("ada", "", NOW, "eve")])),
        (people.Identities, {"identities": [identity_json(STRANGER)]}),
        (people.Offered, offered_json(OFFERED)),
        (people.Placeholders, placeholders_json([samples.SUSPECT], {})),
        (people.PlaceholderWords, placeholder_words_json([AuditEntry("", NOW, "name", "eve")])),
        (people.NamedPlaceholder, named_json(Named(samples.SUSPECT, (samples.OUTCOME,)), "why")),
        (people.Tokens, tokens_json([TOKEN])),
        (people.NewToken, new_token_json(TOKEN, "timg_x")),
    ],
)
def test_a_schema_has_the_fields_of_what_is_told(model: type[BaseModel], document: dict[str, Any]) -> None:
    model.model_validate(document)
    assert set(fields(model)) == set(samples.paths(document))
