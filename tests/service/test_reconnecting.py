"""Who has to connect an account again, and the link to send to them: always to the agency's own page."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from talentimg.errors import ConfigError
from talentimg.models import INITIALS, NEEDS_THE_PERSON, Choice, Lock, OptOut, Policy, Reason, State
from talentimg.service.decision.state import TalentState
from talentimg.service.people.reconnecting import Reconnect, Reconnecting
from talentimg.settings import load_settings
from tests.conftest import NOW
from tests.service.test_state import (
    CANDIDATES,
    FOUND,
    LOWER,
    POLICIES,
    RULES,
    SILENT,
    candidate,
    shown,
    standing,
)

if TYPE_CHECKING:
    from talentimg.models import Candidate, TalentRecord

QUERY = "https://agency.example/connect?talent={talent}&platform={platform}"
PATH = "https://agency.example/c/{platform}/{talent}/now#{talent}"
REFUSED = replace(SILENT, reason=Reason.TOKEN)


def reconnecting(template: str = QUERY) -> Reconnecting:
    return Reconnecting(template, RULES, lambda: NOW)


def test_whoever_has_a_token_that_is_refused_has_to() -> None:
    (found,) = reconnecting().of(shown("instagram", REFUSED))
    link = "https://agency.example/connect?talent=ada&platform=instagram"
    assert found == Reconnect("ada", "Ada", "instagram", link)
    assert reconnecting().of(shown("youtube", REFUSED, LOWER)) == (found,), "another source is shown"


@pytest.mark.parametrize(
    "record",
    [
        shown("instagram", FOUND),
        shown("instagram", SILENT),
        shown("instagram", replace(SILENT, reason=Reason.IDENTITY)),
        shown("youtube", replace(SILENT, reason=Reason.NO_TOKEN), LOWER),
        shown("instagram", FOUND, candidate("youtube", State.TROUBLE, Reason.TOKEN)),
        shown("instagram", REFUSED, policy=Policy(Lock("eve", NOW))),
        shown("instagram", REFUSED, policy=Policy(choice=Choice("eve", NOW))),
        shown(INITIALS, REFUSED, policy=Policy(opt_outs=(OptOut(),))),
    ],
)
def test_nobody_else_has_to(record: TalentRecord) -> None:
    if record.policy.choice:  # which is shown, then
        record = replace(record, candidates={**record.candidates, "manual": candidate("manual", State.FOUND)})
    assert reconnecting().of(record) == ()


@given(
    found=st.lists(CANDIDATES, max_size=3), policy=POLICIES, source=st.sampled_from(["instagram", INITIALS])
)
def test_whoever_has_to_needs_somebody_and_is_asked_for_an_account_of_theirs(
    found: list[Candidate], policy: Policy, source: str
) -> None:
    record = shown(source, *found, policy=policy)
    told = reconnecting().of(record)
    assert not told or standing(record).state is TalentState.NEEDS_YOU
    for one in told:
        assert record.candidates[one.platform].reason in NEEDS_THE_PERSON
        assert one.platform in {account.platform for account in record.talent.accounts}


@given(
    talent_id=st.text(st.characters(exclude_categories=()), min_size=1),
    template=st.sampled_from([QUERY, PATH]),
)
@example(talent_id="../..//evil.example", template=PATH)
@example(talent_id="a&platform=tiktok", template=QUERY)
@example(talent_id="{platform}", template=QUERY)
@example(talent_id="half a pair: \ud83d", template=QUERY)
def test_no_id_leads_to_another_page(talent_id: str, template: str) -> None:
    link = reconnecting(template).link(talent_id, "instagram")
    if talent_id in {".", ".."}:
        assert link is None
        return
    assert link is not None
    assert set(link) <= set(string.ascii_letters + string.digits + "-._~%:/?#&=")
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("https", "agency.example")
    if template == PATH:
        assert parts.path.count("/") == 4
        return
    asked = parse_qs(parts.query, strict_parsing=True, keep_blank_values=True)
    readable = talent_id.encode(errors="replace").decode()
    assert asked == {"talent": [readable], "platform": ["instagram"]}


def test_without_a_page_of_the_agency_there_is_no_link() -> None:
    (found,) = reconnecting("").of(shown("instagram", REFUSED))
    assert found.link is None


@pytest.mark.parametrize(
    "template",
    [
        QUERY,
        PATH,
        "https://agency.example",
        "https://agency.example:8443/connect",
        "http://localhost:3000/connect?t={talent}",
        "http://127.0.0.1/connect",
        "http://[::1]:3000/connect",
    ],
)
def test_a_page_of_the_agency_may_be(template: str) -> None:
    assert load_settings(environment={"TALENTIMG_CONNECT_URL": template}).connect_url == template


@pytest.mark.parametrize(
    "template",
    [
        "agency.example/connect",
        "http://agency.example/connect",
        "http://127.0.0.1.evil.example/",
        "http://localhost@evil.example/",
        "javascript:alert(1)",
        "https://eve:secret@agency.example/",
        "https://{talent}.agency.example/",
        "https://agency.example\\@evil.example/",
        "https://agency.example/connect?who={handle}",
        "https://agency.example/connect?who={}",
        "https://agency.example/a b",
        "https:///connect",
    ],
)
def test_any_other_is_refused(template: str) -> None:
    with pytest.raises(ConfigError, match="TALENTIMG_CONNECT_URL: it has to be an https address"):
        load_settings(environment={"TALENTIMG_CONNECT_URL": template})
