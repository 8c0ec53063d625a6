"""What OpenAPI says of answers is what `shapes` makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import BaseModel

from talentimg.service.decision.state import Standing, TalentState
from talentimg.shapes import listed_json, outcome_json, shown_json, talent_json
from talentimg.web.api.schemas import talents
from talentimg.web.api.schemas.talents import Waits
from tests import test_json_reference as samples
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDING = Standing(TalentState.FRESH, ".")
SHOWN = shown_json(samples.RECORD, samples.PICTURE, [(samples.STEP, NOW)], STANDING)

LISTED = replace(samples.LISTED, row=replace(samples.LISTED.row, policy=samples.RECORD.policy))
EMPTY = {f"review.{name}" for name in Waits.model_fields}
"""What the samples leave out."""


def fields(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """The paths of all fields of a model, as `samples.paths` tells those of a document."""
    for name, field in model.model_fields.items():
        path = f"{before}{'.' if before else ''}{name}"
        yield path
        mark = "[]" if str(field.annotation).startswith("list") else ""
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from fields(inner, path + mark)


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (talents.Talent, talent_json(samples.TALENT)),
        (talents.ShownTalent, SHOWN),
        (talents.ListedTalent, listed_json(LISTED)),
        (talents.Outcome, outcome_json(samples.OUTCOME)),
    ],
)
def test_a_schema_has_the_fields_of_what_is_told(model: type[BaseModel], document: dict[str, Any]) -> None:
    model.model_validate(document)
    assert set(fields(model)) - EMPTY == set(samples.paths(document)) - EMPTY
