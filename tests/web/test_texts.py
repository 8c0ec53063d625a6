"""The texts of the pages: each language whole, each text used, each number in its right form."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talentimg.models import OutcomeKind
from talentimg.service.decision.state import TalentState
from talentimg.web.pages.choices import LOOKS
from talentimg.web.pages.texts import LANGUAGES, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterable

WEB = Path(str(files("talentimg.web")))
BUILT: dict[str, Iterable[str]] = {
    "nav.": {"roster", "review", "health", "runs", "settings"},
    "review.": {"approve", "reject"},
    "foot.": set(LOOKS),
    "state.": set(TalentState),
    "outcome.": set(OutcomeKind),
    "source.": {"user", "manual", "initials", "pictures"},
    "message.": {
        f"{kind}{end}" for kind in ("forbidden", "missing", "later", "fault") for end in ("", "_why")
    },
    "runs.": {"running", "valve", "stopped", "failed", "died", "needing", "well", "nobody"},
    "run.do_": {"wait", "reconnect", "identity", "handle", "picture", "config", "log", "instead"},
    "run.nobody_": {"throttled", "network", "config", "blocked", "changed", "other"},
    "run.nobody_do_": {"throttled", "network", "config", "blocked", "changed", "other"},
    "roster.": {"platforms", "sources", "talent", "accounts", "shown_from", "state"},
    "roster.export_": {"csv", "json", "zip", "vcf"},
    "talent.tag_": {"shown", "silent", "nothing", "offers", "not_needed"},
    "time.": {"days_ago", "hours_ago", "minutes_ago", "day", "day_year"},
}
"""Keys that are put together, each with all its ends."""


def used() -> set[str]:
    """Every key that a template or a page names."""
    sources = [*(WEB / "templates").glob("*.html"), *(WEB / "pages").glob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    whole = set(re.findall(r'"([a-z]+\.[a-z_]+)"', text))
    return (whole - BUILT.keys()) | {start + end for start, ends in BUILT.items() for end in ends}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_used_and_every_key_is_there(code: str) -> None:
    there = set(texts_in(code).texts)
    assert there - used() == set()
    parts = {key.partition(".")[0] for key in there}
    named = {key for key in used() if key.partition(".")[0] in parts}
    assert named - there == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_the_same_texts_with_the_same_places_and_elements(code: str) -> None:
    english, other = texts_in("en"), texts_in(code)
    assert list(english.texts) == list(other.texts)
    for key, text in english.texts.items():
        theirs = other.texts[key]
        assert isinstance(text, list) == isinstance(theirs, list), key
        forms = [text] if isinstance(text, str) else text
        mine = {name for one in forms for name in re.findall(r"\{(\w+)\}", one)}
        for form in [theirs] if isinstance(theirs, str) else theirs:
            assert set(re.findall(r"\{(\w+)\}", form)) <= mine, key
            assert sorted(re.findall(r"</?\w+", form)) == sorted(re.findall(r"</?\w+", forms[-1])), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_text_with_a_number_has_a_form_for_each(code: str) -> None:
    texts = texts_in(code)
    for key, forms in texts.texts.items():
        if isinstance(forms, list):
            for number in (*range(30), 100, 101, 10_212):
                assert forms[texts.form_of(number)], key


def test_numbers_are_written_as_the_language_has_them() -> None:
    english, german = texts_in("en"), texts_in("de")
    assert english("roster.people", n=1) == "1 person."
    assert english("roster.people", n=10_212) == "10,212 people."
    assert german("roster.people", n=10_212) == "10.212 Personen."
    assert german("roster.people", n=0) == "0 Personen."
    assert (english.share(199_999, 200_000), german.share(1, 8)) == ("99.9", "12,5")
    assert (english.share(5, 5), english.share(0, 5)) == ("100", "0")


def test_what_is_put_into_a_text_is_no_html() -> None:
    told = texts_in("en")("foot.signed_in", name="<b>")
    assert told == "Signed in as &lt;b&gt;"
