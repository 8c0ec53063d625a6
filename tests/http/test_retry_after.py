"""When a host may be asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.http.retry_after import LONGEST_PAUSE, asked_wait, retry_at

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DEFAULT = timedelta(minutes=15)
EPOCH = int(NOW.timestamp())


def wait(default: timedelta = DEFAULT, /, **headers: str) -> float:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (retry_at(named, NOW, default) - NOW).total_seconds()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("1", 1),
        (" 30 ", 30),
        ("86400", 86400),
        ("999999", 86400),
        ("1200.5", 1200.5),
        ("Tue, 24 Nov 2026 02:02:00 GMT", 120),
        ("Tuesday, 24-Nov-26 02:02:00 GMT", 120),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 86400),
    ],
)
def test_retry_after_is_taken_at_its_word_up_to_a_day(value: str, seconds: float) -> None:
    assert wait(Retry_After=value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0",
        "0.0",
        "-5",
        "soon",
        "1.5",
        "+5",
        "1e3",
        "0x10",
        "\u0663",
        "\uff11\uff12",
        "1_0",
        "1,5",
        "1234567",
        "9" * 5000,
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "Tue, 24 Nov 2026 02:02:00 -0000",
        "Tue, 99 Nov 2026 02:02:00 GMT",
        "\x00",
        "Tue, 24 Nov 99999 02:02:00 GMT",
        "Tue, 24 Nov 2026 02:02:00 +9999999",
        "2026-11-24T02:02:00Z",
    ],
)
def test_what_is_past_or_garbled_gives_the_default(value: str) -> None:
    assert wait(retry_after=value) == DEFAULT.total_seconds()


def test_nothing_said_gives_the_default() -> None:
    assert wait() == DEFAULT.total_seconds()


@pytest.mark.parametrize("name", ["x_ratelimit_reset", "RateLimit_Reset", "X_Rate_Limit_Reset"])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("300", 300),
        ("0.75", 0.75),
        (str(EPOCH + 300), 300),
        (f"{EPOCH + 300}.5", 300.5),
        (f"{EPOCH + 300}000", 300),
        (str(EPOCH + 999_999), 86400),
        ("2026-11-24T02:05:00.000000Z", 300),
        ("2026-11-24T03:05:00+01:00", 300),
        (str(EPOCH - 1), 900),
        ("0", 900),
        ("-1", 900),
        ("2026-11-24T02:05:00", 900),
        ("2020-01-01T00:00:00Z", 900),
        ("tomorrow", 900),
        ("3000;w=300", 900),
        ("9" * 40, 900),
        ("", 900),
    ],
)
def test_the_reset_of_a_quota_in_every_spelling(name: str, value: str, seconds: float) -> None:
    assert wait(**{name: value}) == pytest.approx(seconds)


def test_retry_after_comes_before_a_reset_and_a_garbled_one_does_not() -> None:
    assert wait(retry_after="60", x_ratelimit_reset="300") == 60
    assert wait(retry_after="soon", x_ratelimit_reset="300") == 300


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "Tue, 24 Nov 2026 01:02:00 GMT"},
        {"x_ratelimit_reset": str(EPOCH - 3600 + 120)},
        {"ratelimit_reset": "2026-11-24T01:02:00Z"},
    ],
)
def test_dates_are_judged_by_the_answers_own_clock(headers: dict[str, str]) -> None:
    """Their clock is an hour behind ours."""
    assert wait(date="Tue, 24 Nov 2026 01:00:00 GMT", **headers) == 120


def test_an_answer_without_a_usable_clock_is_judged_by_ours() -> None:
    assert wait(date="yesterday", retry_after="Tue, 24 Nov 2026 02:02:00 GMT") == 120


@pytest.mark.parametrize(
    ("default", "seconds"), [(timedelta(0), 1), (timedelta(days=-3), 1), (timedelta(days=3), 86400)]
)
def test_the_default_has_bounds_too(default: timedelta, seconds: float) -> None:
    assert wait(default) == seconds


def test_a_silent_answer_asks_for_nothing() -> None:
    assert asked_wait({}, NOW) is None
    assert asked_wait({"retry-after": "1.5"}, NOW) == timedelta(seconds=1.5)


NAMES = ["Retry-After", "Date", "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset", "other"]
VALUES = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.:-+TZ GMTueNov,"),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(lambda date: date.isoformat() + "Z"),
    st.datetimes().map(lambda date: date.strftime("%a, %d %b %Y %H:%M:%S GMT")),
)


@given(
    headers=st.dictionaries(st.sampled_from(NAMES), VALUES),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis adds the zone
    default=st.timedeltas(),
)
def test_never_raises_never_in_the_past_never_over_the_cap(
    headers: dict[str, str], now: datetime, default: timedelta
) -> None:
    assert now < retry_at(headers, now, default) <= now + LONGEST_PAUSE
