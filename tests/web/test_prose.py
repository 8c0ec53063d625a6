"""Times and sentences as pages show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.models import OutcomeKind
from talentimg.web.pages.charts import WIDTH, pieces
from talentimg.web.pages.moments import Moments
from talentimg.web.pages.prose import Prose
from talentimg.web.pages.texts import texts_in
from tests.conftest import NOW
from tests.web.reading import Page

ENGLISH, GERMAN = (Moments(texts_in(code), NOW) for code in ("en", "de"))


@pytest.mark.parametrize(
    ("before", "english", "german"),
    [
        (timedelta(0), "just now", "gerade eben"),
        (timedelta(minutes=2, seconds=59), "2 min ago", "vor 2 Min."),
        (timedelta(hours=3), "3 h ago", "vor 3 Std."),
        (timedelta(days=1), "1 day ago", "vor 1 Tag"),
        (timedelta(days=9), "9 days ago", "vor 9 Tagen"),
        (timedelta(days=40), "15 Oct", "15. Okt."),
        (timedelta(days=400), "20 Oct 2025", "20. Okt. 2025"),
        (-timedelta(days=2), "26 Nov", "26. Nov."),
    ],
)
def test_a_time_is_told_as_people_tell_it(before: timedelta, english: str, german: str) -> None:
    assert Page(ENGLISH.ago(NOW - before)).text == english
    assert Page(GERMAN.ago(NOW - before)).text == german


def test_the_exact_time_is_always_there() -> None:
    elsewhere = NOW.astimezone(datetime.now(UTC).astimezone().tzinfo)
    page = Page(ENGLISH.at(elsewhere))
    assert page.text == "24 Nov, 02:00 UTC"
    attributes = {"datetime": "2026-11-24T02:00:00Z", "title": "2026-11-24 02:00:00 UTC", "data-at": ""}
    assert page.elements == [("time", attributes)]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "0 s"),
        (41, "41 s"),
        (61, "1 min 01 s"),
        (3_600, "1 h 00 min"),
        (7_290, "2 h 01 min"),
        (-5, "0 s"),
    ],
)
def test_how_long_something_took(seconds: float, told: str) -> None:
    assert ENGLISH.lasted(NOW, NOW + timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("Asked again at 2026-11-25 14:20 UTC.", "Asked again at <time"),
        ("gravatar: Gravatar wants a pause.", "Gravatar wants a pause."),
        ("Held back, until `sync-all --allow-losses N`.", "<code>sync-all --allow-losses N</code>"),
        ("See who is on the roster with: talentimg list", "with: <code>talentimg list</code>"),
        ("<b> & 'x'", "&lt;b&gt; &amp; &#39;x&#39;"),
        ("At 2026-99-99 99:99 UTC", "At 2026-99-99 99:99 UTC"),
    ],
)
def test_a_sentence_is_shown_for_people(sentence: str, html: str) -> None:
    assert html in Prose(texts_in("en"), ENGLISH)(sentence)


@given(st.text() | st.from_regex(r"[<`&] ?talentimg [a-z]+ <b>`"))
def test_no_sentence_is_taken_for_html(sentence: str) -> None:
    for texts, moments in ((texts_in("en"), ENGLISH), (texts_in("de"), GERMAN)):
        page = Page(Prose(texts, moments)(sentence))
        assert {one.tag for one in page.elements} <= {"code", "time", "span"}


@given(st.dictionaries(st.sampled_from(OutcomeKind), st.integers(0, 10**7)))
def test_a_bar_shows_whatever_there_was_and_fills_its_width(outcomes: dict[OutcomeKind, int]) -> None:
    found = pieces(outcomes)
    assert {one.kind for one in found} == {kind for kind, number in outcomes.items() if number}
    assert all(one.width > 5 for one in found)
    if found:
        assert abs(found[-1].x + found[-1].width - WIDTH) < 1
