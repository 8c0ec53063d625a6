"""A run's numbers as a file that Prometheus' node exporter reads (its textfile collector)."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from talentimg.errors import CannotCreate
from talentimg.models import OutcomeKind, State
from talentimg.monitoring.counters import AllRuns, read_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from talentimg.models import PlatformCount, Run
    from talentimg.monitoring.counters import Key

READABLE_BY_ALL: Final = 0o644
"""The node exporter runs as another user."""


def write_metrics(path: str | Path, run: Run) -> None:
    """Write the numbers of a run in the Prometheus text format, replacing those of the previous run.

    The collector reads only files whose names end in `.prom`. It may do so at any time, so the file
    is replaced as a whole.

    Raises:
        CannotCreate: it cannot be written; the previous file stays.
    """
    try:
        file = Path(path).expanduser()
        _replace(file, metrics_text(run, read_counts(file)))
    except (OSError, RuntimeError, ValueError) as error:  # also: no home directory, or a NUL in the name
        why = (getattr(error, "strerror", None) or "this is not a path").lower()
        raise CannotCreate(
            f"The metrics file {path} cannot be written: {why}.",
            hint="Check metrics_file, and that its folder exists and can be written to.",
        ) from None


def check_file(path: str) -> None:
    """See whether the file could be written; an empty path is no file.

    Raises:
        CannotCreate: its folder is missing, or may not be written to.
    """
    folder = Path(os.path.expanduser(path)).absolute().parent  # noqa: PTH111  that of a path fails without a home
    if path and not os.access(folder, os.W_OK | os.X_OK):
        raise CannotCreate(
            f"The metrics file {path} cannot be written: {folder} is no folder that can be written to.",
            hint="Check metrics_file, and that its folder exists.",
        )


def metrics_text(run: Run, before: Mapping[Key, float] | None = None) -> bytes:
    """The numbers of a run. Unknown ones are left out.

    Args:
        run: the run that has just ended.
        before: what the counters of all runs were before it. They are left out where nobody keeps them.
    """
    from prometheus_client import (  # noqa: PLC0415  start-up time
        CollectorRegistry,
        Gauge,
        generate_latest,
    )

    registry = CollectorRegistry()
    for metric in (*_of_run(run), _outcomes(run), *_of_platforms(run.platforms), _looks(run.platforms)):
        gauge = Gauge(f"talentimg_{metric.name}", metric.meaning, metric.labels, registry=registry)
        for key, value in metric.values:
            (gauge.labels(*key) if key else gauge).set(value)
    if before is not None:
        registry.register(AllRuns(before, run))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    meaning: str
    values: Sequence[tuple[tuple[str, ...], float]]
    """Each with the values of its labels."""
    labels: tuple[str, ...] = ()


def _of_run(run: Run) -> Iterator[_Metric]:
    began, ended, due = run.started_at, run.ended_at, run.next_due_at
    code = run.exit_code
    facts = (
        ("started_timestamp_seconds", "When the latest run started.", began.timestamp()),
        ("ended_timestamp_seconds", "When the latest run ended.", ended.timestamp() if ended else None),
        ("duration_seconds", "How long it took.", (ended - began).total_seconds() if ended else None),
        ("exit_status", "Exit status of the latest run.", code),
        (
            "success",
            "1 if the exit status of the latest run is 0, else 0.",
            None if code is None else code == 0,
        ),
        (
            "showing_initials",
            "Talents that the latest run looked at and that show initials.",
            run.showing_initials,
        ),
        (
            "still_due",
            "Talents that were due when the latest run ended, up to 10,000.",
            run.still_due,
        ),
        (
            "claimed_elsewhere",
            "Talents that other processes were working on when the latest run ended.",
            run.claimed_elsewhere if ended else None,
        ),
        ("next_due_timestamp_seconds", "When the next talent will be due.", due.timestamp() if due else None),
    )
    for name, meaning, value in facts:
        if value is not None:
            yield _Metric(f"run_{name}", meaning, [((), value)])


def _outcomes(run: Run) -> _Metric:
    counts = [((kind.value,), run.outcomes.get(kind, 0)) for kind in OutcomeKind]
    return _Metric("run_talents", "Talents that the latest run looked at, by outcome.", counts, ("outcome",))


def _of_platforms(platforms: Mapping[str, PlatformCount]) -> Iterator[_Metric]:
    calls = [((name,), count.calls) for name, count in platforms.items()]
    yield _Metric("platform_calls", "Requests made by the latest run.", calls, ("platform",))
    received = [((name,), count.received) for name, count in platforms.items()]
    yield _Metric("platform_received_bytes", "Bytes received in answer to them.", received, ("platform",))
    quota = [((name,), count.quota) for name, count in platforms.items()]
    meaning = "What the latest run used of the daily quota, in the platform's own units."
    yield _Metric("platform_quota_used", meaning, quota, ("platform",))


def _looks(platforms: Mapping[str, PlatformCount]) -> _Metric:
    values = [
        ((name, result.value), getattr(count, result.value))
        for name, count in platforms.items()
        for result in State
    ]
    meaning = "Looks made by the latest run, by result."
    return _Metric("platform_looks", meaning, values, ("platform", "result"))


def _replace(path: Path, text: bytes) -> None:
    # Not *.prom: the collector must not pick it up.
    number, name = tempfile.mkstemp(prefix=".talentimg-", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text)
        temporary.chmod(READABLE_BY_ALL)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
