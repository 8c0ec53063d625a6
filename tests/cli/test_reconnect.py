"""Who has to connect an account again is named with the link to send, wherever somebody looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.cli.present.reconnect import MOST, reconnect_lines
from talentimg.cli.present.summary import print_summary
from talentimg.models import Attempt, Candidate, Outcome, OutcomeKind, Reason, Selection, State
from talentimg.repository.interface import Change
from talentimg.repository.registry import open_repository
from talentimg.service.people.reconnecting import Reconnect
from talentimg.service.run.tally import Tally
from tests.conftest import NOW
from tests.runs import RUN

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import Shell

LINK = "https://agency.example/connect?talent=ada&platform=bluesky"


def test_a_talent_with_a_refused_token_is_named_with_the_link(online: Shell) -> None:
    assert online("import", "-", stdin="id,name,bluesky\nada,Ada,ada.example\n").code == 0
    refused = Candidate("ada", "bluesky", State.TROUBLE, Reason.TOKEN, detail="It refuses.", checked_at=NOW)
    with open_repository(online.roster_url) as repository:
        assert repository.save([Change("ada", Selection(synced_at=NOW), candidates=(refused,))], NOW) == []
        repository.need_reconnect("ada", "bluesky", NOW, "It refuses.")
    url = {"TALENTIMG_CONNECT_URL": "https://agency.example/connect?talent={talent}&platform={platform}"}
    assert f"  Ada (bluesky): {LINK}\n" in online("show", "ada", COLUMNS="60", **url).out
    assert online("show", "ada", "--json", **url).json["reconnect"] == [{"platform": "bluesky", "link": LINK}]
    (change,) = online("changes", "--json", **url).json["changes"]
    assert (change["type"], change["data"]["link"]) == ("account.reconnect", LINK)
    listed = online("list", "--json").lines[0]
    assert listed["reconnect"] == [{"platform": "bluesky", "link": None}]


def outcome(kind: OutcomeKind, *reasons: Reason | None) -> Outcome:
    attempts = tuple(
        Attempt(source, State.TROUBLE if reason else State.FOUND, reason)
        for source, reason in zip(("instagram", "youtube"), reasons, strict=False)
    )
    return Outcome("ada", "Ada", kind, "youtube", "youtube", reasons[0], attempts=attempts)


def test_a_run_remembers_who_has_to() -> None:
    for one, platforms in (
        (outcome(OutcomeKind.RECONNECT, Reason.TOKEN), ["instagram"]),
        (outcome(OutcomeKind.RECONNECT, Reason.NO_TOKEN, Reason.TOKEN), ["instagram", "youtube"]),
        (outcome(OutcomeKind.UNCHANGED, Reason.TOKEN, None), ["instagram"]),
        (outcome(OutcomeKind.UNCHANGED, Reason.NO_TOKEN, None), []),
        (outcome(OutcomeKind.FAILED, Reason.TIMEOUT), []),
    ):
        tally = Tally()
        tally.add(one)
        assert tally.reconnects == {("ada", platform): "Ada" for platform in platforms}


def test_a_run_ends_with_who_has_to(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    tally.add(outcome(OutcomeKind.RECONNECT, Reason.TOKEN))
    print_summary(tally, RUN, seconds=1, reconnects=[Reconnect("ada", "Ada", "bluesky", LINK)])
    assert f"To connect again, with the link to send:\n  Ada (bluesky): {LINK}\n" in capsys.readouterr().out


def test_no_more_than_a_few_are_listed_and_foreign_names_are_printable() -> None:
    many = [Reconnect(f"t{n}", f"\x1b[31m{n}", "bluesky", None) for n in range(MOST + 2)]
    lines = list(reconnect_lines(many))
    assert len(lines) == MOST + 2
    assert lines[0] == "To connect again (set connect.url for links):"
    assert lines[-1] == "  ... and more: talentimg list --state needs-you --json"
    assert "\x1b" not in "".join(lines)
    assert list(reconnect_lines([])) == []
