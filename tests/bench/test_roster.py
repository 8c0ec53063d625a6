from __future__ import annotations

from pathlib import Path

import pytest

from talentimg.providers import bluesky, instagram, tiktok, youtube
from tests.bench import calls
from tests.bench.columns import Column, scaled, typical
from tests.bench.figures import Setting, as_json, ratios, table


def column(wall_s: float = 2.0, cpu_s: float = 1.0, *, peak_mib: float = 60.0, talents: int = 200) -> Column:
    return Column(
        talents=talents,
        wall_s=wall_s,
        cpu_s=cpu_s,
        peak_mib=peak_mib,
        requests=2 * talents,
        downloads=0,
        youtube_calls=2,
        calls={"youtube": 2},
    )


COLUMNS = {
    "ours": column(2, 4),
    "again": column(1, 1),
    "loop": column(80, 1),
    "floor": column(1, 0.5),
}
EXAMPLE = Setting(talents=200, latency=0.2, rounds=1, folder=Path("/there"), youtube_talents=57)


def test_only_what_the_loop_itself_took_is_scaled() -> None:
    looped = scaled(column(80.3, 1.2), 20_000, loop_s=80.0, loop_cpu_s=1.0)
    assert (looped.wall_s, looped.cpu_s) == pytest.approx((8000.3, 100.2))
    assert (looped.requests, looped.calls) == (40_000, {"youtube": 200})
    assert (looped.talents, looped.scaled, looped.peak_mib) == (200, True, 60)


def test_a_loop_over_everybody_stays_as_measured() -> None:
    whole = column(80.3, 1.2)
    assert scaled(whole, 200, loop_s=80.0, loop_cpu_s=1.0) == whole


def test_one_slow_round_moves_no_figure() -> None:
    rounds = [column(2, 1, peak_mib=60), column(9, 5, peak_mib=90), column(3, 2, peak_mib=61)]
    middle = typical(rounds)
    assert (middle.wall_s, middle.cpu_s, middle.peak_mib, middle.sync_s) == (3, 2, 61, None)


def test_every_ratio_has_what_it_is_named_after_on_top() -> None:
    found = as_json(EXAMPLE, {**COLUMNS, "small": column(peak_mib=40)})
    names = ("ratio_loop", "ratio_floor", "ratio_again_cpu", "ratio_memory")
    assert [found[name] for name in names] == [40, 2, 0.25, 1.5]
    assert found["youtube"] == {"talents": 57, "calls": 2, "bound": 1.197}


def test_a_bound_is_said_to_be_reached_or_not() -> None:
    reached = {ratio.name: ratio.is_reached for ratio in ratios(EXAMPLE, COLUMNS)}
    assert reached == {
        "ratio_loop": True,
        "ratio_floor": False,
        "ratio_again_cpu": True,
        "wall": True,
        "youtube_calls": True,  # two calls are the least for 57 channels
    }
    lines = table(EXAMPLE, COLUMNS).splitlines()
    assert [line.split()[-2:] for line in lines if line.startswith("ours wall / floor")] == [
        ["NOT", "reached"]
    ]


def test_a_short_run_is_held_against_no_bound_of_time() -> None:
    short = Setting(talents=40, latency=0.02, rounds=1, folder=Path("/there"), youtube_talents=10)
    assert {ratio.name for ratio in ratios(short, COLUMNS) if ratio.is_reached is not None} == {
        "youtube_calls"
    }


def test_loop_and_floor_ask_as_our_providers_do() -> None:
    assert (calls.INSTAGRAM_VERSION, calls.INSTAGRAM_FIELDS) == (instagram.VERSION, instagram.OWN_FIELDS)
    assert calls.TIKTOK_FIELDS == tiktok.FIELDS
    providers = (instagram.Instagram, tiktok.TikTok, youtube.YouTube, bluesky.Bluesky)
    assert {p.info.name: p.info.batch_size for p in providers} == dict(calls.BATCHES)
