"""Until when something holds, as people type it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import UsageError
from talentimg.service.people.until import parse_until
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("3w", NOW + timedelta(weeks=3)),
        ("10d", NOW + timedelta(days=10)),
        (" 12H ", NOW + timedelta(hours=12)),
        ("1w2d3h", NOW + timedelta(days=9, hours=3)),
        ("2026-12-24", datetime(2026, 12, 24, tzinfo=UTC)),
        ("2026-12-24 18:00", datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("2026-12-24T18:00:30Z", datetime(2026, 12, 24, 18, 0, 30, tzinfo=UTC)),
        ("2026-12-24T18:00+02:00", datetime(2026, 12, 24, 16, tzinfo=UTC)),
        ("2026-11-24T02:30+00:00", NOW + timedelta(minutes=30)),
    ],
)
def test_a_span_begins_now_and_a_time_is_in_utc_unless_it_says_otherwise(text: str, until: datetime) -> None:
    assert parse_until(text, NOW) == until


@pytest.mark.parametrize(
    "text", ["2020-01-01", "2026-11-24", "2026-11-24T02:00", "2026-11-24T03:30+02:00", "0h"]
)
def test_what_is_over_is_refused_with_the_time_that_it_is_now(text: str) -> None:
    with pytest.raises(UsageError, match=r"UTC is over: it is 2026-11-24 02:00 UTC now"):
        parse_until(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "soon",
            "3",
            "3m",
            "3 weeks",
            "w",
            "-3w",
            "999999w",
            "9" * 400 + "d",
            "٣w",
            "\ud800",
            "3w\n3d",
        ),
        *("24.12.2026", "01:00", "2026-02-30", "0001-01-01T00:00+23:00", "9999-12-31T23:59-05:00"),
    ],
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_until(text, NOW)
    assert "3w, 10d, 12h" in (refused.value.hint or "")


@given(st.text(max_size=30) | st.from_regex(r"[0-9wdhT:+-]{1,20}", fullmatch=True))
def test_no_text_gives_anything_but_a_later_time_or_a_sentence(text: str) -> None:
    with suppress(UsageError):
        assert parse_until(text, NOW) > NOW
