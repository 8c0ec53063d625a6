"""A roster run against the loop that it replaces and the least that any client could do.

    uv run python -m tests.bench.roster [--talents N] [--latency S] [--rounds R] [--folder F] [--json]
        [--short]

    ours     `talentimg sync-all --all` on a roster that nobody has looked at
    again    the same in the next night, with nothing changed
    loop     one talent after the other, nothing fetched but headers: tests/bench/original.py
    floor    the same bytes as ours, as much at once, thrown away: tests/bench/floor.py
    small    ours with 2,000 talents, when there are more: its memory should hardly be less

Each is a process of its own, all ask the same local server in one run, and `wall` is from the start of
the process to its end. The figures are medians over the rounds, which are interleaved, so that a machine
whose speed drifts changes all columns alike. A run that does something else than it should is an error;
a bound that is not reached is only said.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Final

from tests.bench import columns
from tests.bench.figures import Setting, as_json, table
from tests.bench.stage import stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.columns import Column
    from tests.bench.stage import Stage

COLUMNS: Final[dict[str, Callable[[Stage], Column]]] = {
    "ours": columns.ours,
    "again": columns.again,
    "loop": columns.loop,
    "floor": columns.floor,
}
SMALL: Final = 2000
WARM_UP: Final = 8
"""Talents of a round that is not counted: compiled files are made, and what is broken shows at once."""
SHORT: Final = {"talents": 40, "latency": 0.02}


def one_round(setting: Setting, name: str) -> tuple[dict[str, Column], int]:
    """Every column once, and how many talents are on YouTube."""
    found = {}
    with stage(setting.talents, setting.latency, setting.folder) as at:
        for column, measure in COLUMNS.items():
            _say(f"{name}: {column}")
            found[column] = measure(at)
        youtube_talents = at.youtube_talents()
    if setting.talents > SMALL:
        _say(f"{name}: small")
        with stage(SMALL, setting.latency, setting.folder) as at:
            found["small"] = columns.ours(at)
    return found, youtube_talents


def measure_all(setting: Setting) -> tuple[Setting, dict[str, Column]]:
    """All rounds, and the medians over them."""
    one_round(replace(setting, talents=min(setting.talents, WARM_UP), latency=0), "warm-up")
    found: list[dict[str, Column]] = []
    youtube_talents = 0
    for number in range(1, setting.rounds + 1):
        one, youtube_talents = one_round(setting, f"round {number} of {setting.rounds}")
        found.append(one)
    medians = {name: columns.typical([one[name] for one in found]) for name in found[0]}
    return replace(setting, youtube_talents=youtube_talents), medians


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--talents", type=_whole, default=200)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that every answer takes")
    parser.add_argument("--rounds", type=_whole, default=1)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir()), help="where files are made")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="few and fast: only whether it works")
    arguments = parser.parse_args()
    if arguments.short:
        vars(arguments).update(SHORT)
    wanted = Setting(arguments.talents, arguments.latency, arguments.rounds, arguments.folder)
    setting, found = measure_all(wanted)
    print(json.dumps(as_json(setting, found), indent=2) if arguments.json else table(setting, found))


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _say(what: str) -> None:
    """How far it is, for those who wait."""
    print(what, file=sys.stderr)


if __name__ == "__main__":
    main()
