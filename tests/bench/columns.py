"""The columns of the benchmark of a roster run, each a process of its own against the same server."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests.bench.measure import measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.measure import Run
    from tests.bench.stage import Stage, Traffic

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))
SYNC: Final = (TALENTIMG, "sync-all", "--all", "--json")
DAY_S: Final = 86_400
LOOPED: Final = 200
"""Talents that the loop is measured with at most: with 20,000 it would run for hours."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one way to do it took."""

    talents: int
    """How many were really looked at."""
    wall_s: float
    cpu_s: float
    peak_mib: float
    requests: float
    downloads: float
    """Pictures that were sent whole."""
    youtube_calls: float
    calls: dict[str, int]
    sync_s: float | None = None
    """The seconds that the command itself tells, without its start."""
    scaled: bool = False
    """Whether time, CPU and requests are those of `talents` taken up to the whole roster."""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in asdict(self).items()
            if value is not None
        }


def ours(stage: Stage) -> Column:
    """The command on a roster that nobody has looked at."""
    return _synced(stage, SYNC, "updated")


def again(stage: Stage) -> Column:
    """The next night, with nothing changed: it may neither fetch nor write a picture."""
    _age(stage.images)
    before = _files(stage.images)
    column = _synced(stage, (*SYNC, "--min-age", "0"), "unchanged")
    _insist(column.downloads == 0, f"again: {column.downloads} pictures were downloaded")
    _insist(_files(stage.images) == before, "again: picture files were written")
    return column


def _age(images: Path) -> None:
    """Let the files be a day old: what was written a moment ago is read again, which no next night does."""
    for file in images.rglob("*.*"):
        then = file.stat().st_mtime - DAY_S
        os.utime(file, (then, then))


def loop(stage: Stage) -> Column:
    """The loop that is replaced, with the first of the talents, taken up to all."""
    looked_at = min(stage.talents, LOOPED)
    run, traffic = _module(stage, "tests.bench.original", "--first", str(looked_at))
    _insist(traffic.heads == looked_at, f"loop: {traffic.heads} of {looked_at} pictures were asked for")
    own = json.loads(run.last_line)
    return scaled(_column(looked_at, run, traffic), stage.talents, own["seconds"], own["cpu_s"])


def floor(stage: Stage) -> Column:
    """The least: the same bytes, thrown away."""
    run, traffic = _module(stage, "tests.bench.floor")
    _insist(
        traffic.downloads == stage.talents,
        f"floor: {traffic.downloads} of {stage.talents} pictures were downloaded",
    )
    return _column(stage.talents, run, traffic)


def scaled(column: Column, talents: int, loop_s: float, loop_cpu_s: float) -> Column:
    """A loop over a few taken up to many.

    Only what the loop itself took grows with the talents; Python starts once.
    """
    if talents == column.talents:
        return column
    times = talents / column.talents
    return replace(
        column,
        wall_s=column.wall_s + loop_s * (times - 1),
        cpu_s=column.cpu_s + loop_cpu_s * (times - 1),
        requests=column.requests * times,
        youtube_calls=column.youtube_calls * times,
        calls={name: round(count * times) for name, count in column.calls.items()},
        scaled=True,
    )


def typical(columns: Sequence[Column]) -> Column:
    """The median of each figure over the rounds."""
    first = columns[0]
    names = ("wall_s", "cpu_s", "peak_mib", "requests", "downloads", "youtube_calls")
    told = [column.sync_s for column in columns if column.sync_s is not None]
    return replace(
        first,
        **{name: median(getattr(column, name) for column in columns) for name in names},
        sync_s=median(told) if told else None,
    )


def _synced(stage: Stage, command: Sequence[str], wanted: str) -> Column:
    """The command, after which everybody has to have been looked at with the same outcome."""
    stage.forget()
    run = measured(command, stage.environment)
    traffic = stage.traffic()
    summary = json.loads(run.last_line)
    looked_at, with_outcome = summary["looked_at"], summary[wanted]
    _insist(
        looked_at == with_outcome == stage.talents,
        f"{' '.join(command)}: of {stage.talents} talents {looked_at} were looked at,"
        f" {with_outcome} {wanted}: {run.last_line}",
    )
    return replace(_column(stage.talents, run, traffic), sync_s=summary["seconds"])


def _module(stage: Stage, name: str, *options: str) -> tuple[Run, Traffic]:
    stage.forget()
    command = [sys.executable, "-m", name, str(stage.store), stage.url, *options]
    run = measured(command, stage.environment)
    return run, stage.traffic()


def _column(talents: int, run: Run, traffic: Traffic) -> Column:
    return Column(
        talents=talents,
        wall_s=run.wall_s,
        cpu_s=run.cpu_s,
        peak_mib=run.peak_mib,
        requests=traffic.total,
        downloads=traffic.downloads,
        youtube_calls=traffic.youtube_calls,
        calls=traffic.calls,
    )


def _files(folder: Path) -> dict[str, int]:
    """Every file, and when it was written."""
    files = {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    _insist(bool(files), f"there are no pictures in {folder}")
    return files


def _insist(is_right: bool, otherwise: str) -> None:
    """A run that did something else than it should is not measured."""
    if not is_right:
        raise SystemExit(otherwise)
