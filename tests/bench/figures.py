"""The ratios of the columns, their bounds, and how both are shown."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.bench.columns import Column

JUDGED_FROM: Final = 200
"""With fewer talents the start of Python is most of the time."""
JUDGED_AT: Final = 0.2
"""Seconds of latency for which the bounds are meant."""
IDS_PER_CALL: Final = 50
WIDTHS: Final = {"wall": 10, "sync": 10, "cpu": 10, "peak": 11, "requests": 11, "downloads": 11}


@dataclass(frozen=True, slots=True)
class Setting:
    """What was measured."""

    talents: int
    latency: float
    rounds: int
    folder: Path
    """Where files are made."""
    youtube_talents: int = 0

    @property
    def is_judged(self) -> bool:
        """Whether the bounds mean anything here."""
        return self.talents >= JUDGED_FROM and math.isclose(self.latency, JUDGED_AT)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One figure that is held against a bound."""

    name: str
    text: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_reached(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"


def youtube_bound(talents: int) -> float:
    """Calls to YouTube for so many channels: nearly all of them full."""
    return talents / IDS_PER_CALL * 1.05


def ratios(setting: Setting, columns: Mapping[str, Column]) -> list[Ratio]:
    """Every figure with a bound, as far as the bounds are meant for this setting."""
    ours, judged = columns["ours"], setting.is_judged
    found = [
        Ratio(
            "ratio_loop",
            "loop wall / ours",
            columns["loop"].wall_s / ours.wall_s,
            at_least=25 if judged else None,
        ),
        Ratio(
            "ratio_floor",
            "ours wall / floor",
            ours.wall_s / columns["floor"].wall_s,
            at_most=1.6 if judged else None,
        ),
        Ratio(
            "ratio_again_cpu",
            "again cpu / ours",
            columns["again"].cpu_s / ours.cpu_s,
            at_most=0.4 if judged else None,
        ),
    ]
    if "small" in columns:
        small = columns["small"].peak_mib
        found.append(Ratio("ratio_memory", "ours peak / small", ours.peak_mib / small, at_most=1.3))
    is_the_example = judged and setting.talents == JUDGED_FROM
    found.append(Ratio("wall", "ours wall, s", ours.wall_s, at_most=2 if is_the_example else None))
    found.append(_youtube(setting, ours))
    return found


def _youtube(setting: Setting, ours: Column) -> Ratio:
    # Few channels fill no whole number of calls: the last one counts as a whole one.
    most = max(youtube_bound(setting.youtube_talents), math.ceil(setting.youtube_talents / IDS_PER_CALL))
    return Ratio("youtube_calls", "ours calls to YouTube", ours.youtube_calls, at_most=round(most, 1))


def as_json(setting: Setting, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Everything, for programs."""
    ours, found = columns["ours"], ratios(setting, columns)
    return {
        "talents": setting.talents,
        "latency": setting.latency,
        "rounds": setting.rounds,
        "cores": cores(),
        "folder": str(setting.folder),
        **{name: column.as_json() for name, column in columns.items()},
        **{ratio.name: round(ratio.value, 3) for ratio in found if ratio.name.startswith("ratio_")},
        "talents_per_s": round(setting.talents / ours.wall_s, 1),
        "cpu_ms_per_talent": round(ours.cpu_s / setting.talents * 1000, 2),
        "youtube": {
            "talents": setting.youtube_talents,
            "calls": ours.youtube_calls,
            "bound": round(youtube_bound(setting.youtube_talents), 3),
        },
        "reached": {ratio.name: ratio.is_reached for ratio in found},
    }


def table(setting: Setting, columns: Mapping[str, Column]) -> str:
    """Everything, for people."""
    title = f"{setting.talents} talents, {setting.latency:g} s latency"
    rounds = "1 round" if setting.rounds == 1 else f"medians of {setting.rounds} rounds"
    head = [f"{title}, {rounds}, {cores()} cores, files in {setting.folder}", "", _header()]
    body = [_row(name, column) for name, column in columns.items()]
    notes = [_note(name, column) for name, column in columns.items() if column.scaled]
    ours = columns["ours"]
    speed = (
        f"{setting.talents / ours.wall_s:.1f} talents a second,"
        f" {ours.cpu_s / setting.talents * 1000:.2f} ms of CPU for each"
    )
    judged = [] if setting.is_judged else [f"(bounds are for {JUDGED_FROM} or more at {JUDGED_AT:g} s)"]
    verdicts = [_verdict(ratio) for ratio in ratios(setting, columns)]
    return "\n".join([*head, *body, *notes, "", *verdicts, *judged, "", speed])


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _header() -> str:
    titles = ("wall s", "sync s", "cpu s", "peak MiB", "requests", "downloads")
    return " " * 8 + "".join(f"{title:>{w}}" for title, w in zip(titles, WIDTHS.values(), strict=True))


def _row(name: str, column: Column) -> str:
    cells = (
        f"{column.wall_s:.2f}",
        "" if column.sync_s is None else f"{column.sync_s:.2f}",
        f"{column.cpu_s:.2f}",
        f"{column.peak_mib:.1f}",
        f"{column.requests:.0f}",
        f"{column.downloads:.0f}",
    )
    return f"{name:<8}" + "".join(f"{cell:>{w}}" for cell, w in zip(cells, WIDTHS.values(), strict=True))


def _note(name: str, column: Column) -> str:
    return f"{name}: measured with {column.talents} talents, scaled"


def _verdict(ratio: Ratio) -> str:
    said = {True: "reached", False: "NOT reached", None: ""}[ratio.is_reached]
    return f"{ratio.text:<22}{ratio.value:>8.2f}   {ratio.bound:<14}{said}".rstrip()
