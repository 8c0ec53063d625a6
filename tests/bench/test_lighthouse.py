"""The benchmark of pages in a browser: what it says of a report, without a browser."""

from __future__ import annotations

from tests.bench.lighthouse import CATEGORIES, is_reached, table, wanting

ROW = {
    "page": "roster",
    "form": "phone",
    **dict.fromkeys(CATEGORIES, 100),
    "machine": 900,
    "slowdown": 2.4,
    "wanting": {},
}
ROSTER = {"kb_without_pictures": 24.0, "first_picture_ms": 40.0, "first_picture_median_ms": 50.0}


def test_what_counts_and_is_not_passed_is_told() -> None:
    refs = [{"id": "described", "weight": 1}, {"id": "quick", "weight": 1}, {"id": "said", "weight": 0}]
    audits = {
        "described": {"score": 0, "title": "It lacks a description"},
        "quick": {"score": 0.5, "title": "It is slow", "displayValue": "220 ms"},
        "said": {"score": 0, "title": "Does not count"},
    }
    told = wanting({"categories": {"seo": {"auditRefs": refs}}, "audits": audits})
    assert told == {"described": "It lacks a description", "quick": "220 ms"}


def test_a_bound_that_is_missed_is_noticed() -> None:
    assert is_reached([ROW], ROSTER)
    assert not is_reached([ROW, {**ROW, "seo": 94}], ROSTER)
    assert not is_reached([ROW], {**ROSTER, "kb_without_pictures": 60.1})
    assert not is_reached([ROW], {**ROSTER, "first_picture_ms": 101.0})


def test_people_are_told_each_page_and_what_it_lacks() -> None:
    told = table([{**ROW, "wanting": {"quick": "220 ms"}}], ROSTER)
    assert "roster    phone" in told
    assert "    quick: 220 ms" in told
    assert "24.0 kB (at most 60)" in told
