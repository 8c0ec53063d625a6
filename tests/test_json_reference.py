"""Every field that programs get stands in the reference, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from talentimg import models
from talentimg.models import (
    NOBODY,
    AccessToken,
    Account,
    Action,
    Attempt,
    AuditEntry,
    Candidate,
    Choice,
    Delivery,
    FeedEntry,
    FeedKind,
    HistoryEntry,
    Lock,
    OptOut,
    Outcome,
    OutcomeKind,
    Picture,
    Policy,
    Rendition,
    Review,
    ReviewState,
    RunProgress,
    Scope,
    State,
    Suspect,
    Talent,
    TalentRecord,
    Webhook,
)
from talentimg.models.outcome import RetractedOutcome
from talentimg.repository.interface import Forgotten, RosterRow
from talentimg.repository.interface.feed import FeedPage
from talentimg.repository.migrations.store import MigrationStatus, Triggers, TriggerState
from talentimg.service.decision.explain import Step
from talentimg.service.decision.state import Standing, TalentState
from talentimg.service.doctor.doctor import Examined
from talentimg.service.doctor.interface import Finding
from talentimg.service.moving.archive import Contents
from talentimg.service.moving.objects import CopiedPictures
from talentimg.service.moving.tables import Moved
from talentimg.service.people.forgetting import MergedTalents, Proof
from talentimg.service.people.history import Event
from talentimg.service.people.lines import Facets
from talentimg.service.people.listing import Listed
from talentimg.service.people.overview import Seen
from talentimg.service.people.reconnecting import Reconnect
from talentimg.service.people.reviews import Waiting
from talentimg.service.run.nights import PlatformNight
from talentimg.service.run.platforms import PlatformReport, PlatformStanding, PlatformState, RestingHost
from talentimg.service.run.sweep import Swept
from talentimg.shapes import (
    access_token_json,
    archive_json,
    copied_json,
    copied_pictures_json,
    delivery_json,
    doctor_json,
    event_json,
    facets_json,
    feed_page_json,
    listed_json,
    merged_json,
    outcome_json,
    page_json,
    placeholder_word_json,
    plain,
    platform_report_json,
    proof_json,
    remembered_json,
    review_json,
    run_json,
    shown_json,
    shown_run_json,
    summary_json,
    suspect_json,
    swept_json,
    talent_json,
    webhook_json,
)
from tests.conftest import NOW
from tests.runs import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parent.parent / "docs" / "reference" / "json.md").read_text("utf-8")
NAMES = re.compile(r"`([a-z0-9_\[\].]+(?:NAME)?[a-z0-9_\[\].]*)`")
FREE = {"about", "left", "notes", "outcomes", "platforms.NAME.outcomes", "rows"}
"""Objects whose keys are words of another list."""

TALENT = Talent("ada", "Ada", accounts=(Account("1", "ada", "github", "ada"),))
RECORD = TalentRecord(TALENT, policy=Policy(Lock("eve", NOW), Choice("eve", NOW), opt_outs=(OptOut(),)))
PICTURE = Picture("c", "s", 1, 1, (Rendition("webp-96", "k", 96, 1, "image/webp"),), NOW)
STEP = Step("github", None, Candidate("ada", "github", State.FOUND), "")
OUTCOME = Outcome(
    "ada",
    "Ada",
    OutcomeKind.KEPT,
    "github",
    "github",
    attempts=(Attempt("github", None),),
    instead_of=RetractedOutcome(OutcomeKind.KEPT, "github"),
)
LISTED = Listed(
    RosterRow("ada", "Ada", ("github",), accounts=TALENT.accounts),
    Standing(TalentState.FRESH, "."),
    reconnect=(Reconnect("ada", "Ada", "github", None),),
)
REVIEW = Review("ada", "github", "s", "c", ReviewState.WAITING, NOW)
PROOF = Proof("ada", "Ada", rows={"history": 1})
SEEN = Seen((LISTED,), Facets(1, 1, 0, {}, {}, {}), None)
PLATFORM = PlatformStanding(
    "github",
    "GitHub",
    "nothing",
    False,
    PlatformState.READY,
    None,
    None,
    (RestingHost("a", NOW, None),),
    1,
    1,
    1,
    1,
    NOW,
)
WEBHOOK = Webhook("wh", "https://a.example", "whsec_", NOW, "eve", 1)
SUSPECT = Suspect("github", "s", "c", NOW, 3)


def paths(document: Any, before: str = "") -> Iterator[str]:
    """The names of all fields, `[]` for the items of a list and NAME for the keys of a map."""
    if isinstance(document, list):
        for item in document:
            if isinstance(item, dict):
                yield from paths(item, f"{before}[]")
        return
    is_map = before in {"platforms", "settings"}
    for key, value in document.items():
        path = f"{before}{'.' if before else ''}{'NAME' if is_map else key}"
        if not is_map:
            yield path
        if isinstance(value, list) or (isinstance(value, dict) and path not in FREE):
            yield from paths(value, path)


def documented(title: str) -> set[str]:
    """The fields in the tables of one section."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in NAMES.findall(cell)}


def told(document: Any) -> set[str]:
    """The fields of a document, without those that only hold others."""
    found = set(paths(document))
    inner = {name for name in found if any(other.startswith((f"{name}[]", f"{name}.")) for other in found)}
    return found - (inner - {"picture", "policy.lock", "policy.choice", "instead_of"})


@pytest.mark.parametrize(
    ("title", "document"),
    [
        ("A talent", talent_json(TALENT)),
        ("A line of the roster", listed_json(LISTED)),
        ("An outcome", outcome_json(OUTCOME)),
        ("A suspected placeholder", suspect_json(SUSPECT)),
        (
            "A word about a placeholder",
            placeholder_word_json(AuditEntry(NOBODY, NOW, Action.PLACEHOLDER_ADD, "eve")),
        ),
        ("An event", event_json(Event(NOW, "eve"))),
        ("A picture that waits", review_json(Waiting(REVIEW, RECORD))),
        ("What was forgotten", proof_json(PROOF)),
        ("What was remembered", remembered_json("ada", [Forgotten("ada", "", NOW, "eve")])),
        ("Two who are one", merged_json("ada", "bob", MergedTalents(None, PROOF))),
        ("What was swept", swept_json(Swept())),
        (
            "An examination",
            doctor_json([Examined("disk", "Disk", (Finding("Full."),))], NOW, deep=False, fix=False),
        ),
        ("What was moved", copied_json("sqlite:////x", [Moved("audit")], 0)),
        ("Pictures that were copied", copied_pictures_json("file:///x", CopiedPictures())),
        ("An archive", archive_json("x.zip", Contents("", "", "", False, "", 0, 0, 0))),
        ("A page of the roster", {**page_json(SEEN), "talents": []}),
        ("Counts of the roster", facets_json(SEEN.facets)),
        ("A platform", platform_report_json(PlatformReport(PLATFORM, (PlatformNight(NOW.date()),)))),
        ("A webhook", webhook_json(WEBHOOK)),
        ("A delivery", delivery_json(Delivery("wh", 1, FeedKind.RUN_FINISHED, None, NOW))),
        ("A token", access_token_json(AccessToken("grafana", Scope.READ, "d" * 64, NOW, "eve"))),
    ],
)
def test_each_field_stands_in_the_reference(title: str, document: dict[str, Any]) -> None:
    assert told(document) == documented(title)


def test_the_fields_of_what_happened_stand_in_the_reference() -> None:
    step = HistoryEntry("ada", NOW, "initials", None, "github", "c", "x", "sync")
    entries = (
        FeedEntry(1, FeedKind.PICTURE_CHANGED, NOW, "ada", step=step),
        FeedEntry(
            2, FeedKind.ACCOUNT_RECONNECT, NOW, "ada", reconnect=models.Reconnect("ada", "github", NOW)
        ),
        FeedEntry(3, FeedKind.RUN_FINISHED, NOW, run=RUN),
    )
    page = feed_page_json(FeedPage(entries, 3, is_more=False), lambda *_: None)
    runs = {name for name in told(page) if name.startswith("changes[].data.outcomes.")}
    assert told(page) - runs - {"changes[].data.outcomes"} == documented("What happened") - {
        "changes[].data.outcomes"
    }


def test_what_is_shown_is_a_talent_and_more() -> None:
    standing = Standing(TalentState.FRESH, ".")
    shown = shown_json(RECORD, PICTURE, [(STEP, NOW)], standing, LISTED.reconnect)
    assert told(shown) == documented("What is shown") | documented("A talent")


def test_the_fields_of_runs_stand_in_the_reference() -> None:
    summary = told(summary_json(RUN, [], dry_run=False, seconds=1.0))
    assert summary == documented("The summary of a run")
    in_summary = {name for name in summary if name.startswith("platforms.")}
    assert told(run_json(RUN)) - in_summary == documented("A run") - {"platforms"}


def test_the_progress_of_a_run_stands_in_the_reference() -> None:
    shown = shown_run_json(RunProgress((RUN,)))
    assert told(shown["progress"]) == documented("The progress of a run")
    assert {name for name in shown if name != "progress"} == set(run_json(RUN))


def test_the_state_of_a_store_stands_in_the_reference() -> None:
    assert told(
        plain(MigrationStatus(None, "head", (), triggers=Triggers(TriggerState.CLOSED, "GRANT")))
    ) <= documented("Others")
