"""What OpenAPI says of answers is what `shapes` makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import BaseModel

from talentimg.bootstrap.settings_shown import ShownSetting
from talentimg.service.decision.state import Standing, TalentState
from talentimg.service.people.chosen import RefusedChoice
from talentimg.service.people.forgetting import MergedTalents
from talentimg.service.people.left_out import ForgottenTalent, LeftOut
from talentimg.service.people.lines import Facets
from talentimg.service.people.overview import Seen
from talentimg.service.people.preview import Changed, FieldChange, Person, Preview, Reconnected
from talentimg.service.people.roster import Edited, Imported
from talentimg.service.people.undo import Staying, Undo
from talentimg.service.run.platforms import PlatformStanding, PlatformState, RestingHost
from talentimg.shapes import (
    edited_json,
    facets_json,
    imported_json,
    listed_json,
    merged_json,
    outcome_json,
    page_json,
    platform_json,
    preview_json,
    proof_json,
    settings_json,
    shown_json,
    talent_json,
    undo_json,
)
from talentimg.web.api.schemas import operation, roster, talents
from talentimg.web.api.schemas.talents import Waits
from tests import test_json_reference as samples
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDING = Standing(TalentState.FRESH, ".")
SHOWN = shown_json(samples.RECORD, samples.PICTURE, [(samples.STEP, NOW)], STANDING, samples.LISTED.reconnect)

LISTED = replace(samples.LISTED, row=replace(samples.LISTED.row, policy=samples.RECORD.policy))
FACETS = Facets(2, 1, 0, {}, {}, {})
EDITED = Edited(samples.TALENT, ("name",), "github", "x")
LEFT_OUT, RECONNECTED = LeftOut("ada", "github", "ada"), Reconnected("ada", "github", "ada")
FORGOTTEN = ForgottenTalent("eve")
IMPORTED = Imported(
    1, 1, (LEFT_OUT,), (RECONNECTED,), (FORGOTTEN,), "i", 0, ("ada",), (RefusedChoice("ada", "."),)
)
CHANGED = Changed("ada", "Ada", (FieldChange("name", None, "Ada"),))
PERSON = Person("ada", "Ada")
PREVIEW = Preview((PERSON,), (CHANGED,), (RECONNECTED,), (LEFT_OUT,), (PERSON,), 1, (FORGOTTEN,))
UNDO = Undo("i", "a.csv", NOW, stay=(Staying("ada", "."),))
HOST = RestingHost("a.example", NOW, None)
PLATFORM = PlatformStanding(
    "github", "GitHub", "nothing", True, PlatformState.READY, None, None, (HOST,), 1, 1, 1, 1, NOW
)
SETTING = ShownSetting("sync.limit", "200", "default", "TALENTIMG_SYNC_LIMIT", "How many.")
EMPTY = {f"review.{name}" for name in Waits.model_fields}
"""What the samples leave out."""


def fields(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """The paths of all fields of a model, as `samples.paths` tells those of a document."""
    for name, field in model.model_fields.items():
        path = f"{before}{'.' if before else ''}{name}"
        yield path
        kind = str(field.annotation)
        mark = "[]" if kind.startswith("list") else ".NAME" if kind.startswith("dict") else ""
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
        (roster.TalentPage, page_json(Seen((LISTED,), FACETS, "x"))),
        (roster.Facets, facets_json(FACETS)),
        (roster.Edited, edited_json(EDITED)),
        (roster.Proof, proof_json(samples.PROOF)),
        (roster.Merged, merged_json("ada", "bob", MergedTalents(None, samples.PROOF))),
        (roster.Imported, imported_json(IMPORTED)),
        (roster.Preview, preview_json(PREVIEW)),
        (roster.Undone, undo_json(UNDO, dry_run=True)),
        (operation.Platform, platform_json(PLATFORM)),
        (operation.Config, settings_json([SETTING], None)),
    ],
)
def test_a_schema_has_the_fields_of_what_is_told(model: type[BaseModel], document: dict[str, Any]) -> None:
    model.model_validate(document)
    assert set(fields(model)) - EMPTY == set(samples.paths(document)) - EMPTY
