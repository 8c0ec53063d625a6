"""What all runs came to so far: counters, which the file of the run before hands on to the next.

A file that is gone or damaged begins them anew, as a counter may: https://prometheus.io/docs/concepts/metric_types/#counter
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from talentimg.models import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from talentimg.models import Run

Key = tuple[str, ...]
"""The name of a counter, and the values of its labels."""
PREFIX: Final = "talentimg_"
LARGEST_FILE: Final = 1_000_000
COUNTERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "runs": ("Runs that have ended, by exit status.", ("exit_status",)),
    "talents": ("Looks at talents by all runs, by outcome.", ("outcome",)),
    "requests": ("Requests made by all runs.", ("platform",)),
    "received_bytes": ("Bytes received in answer to them.", ("platform",)),
    "looks": ("Looks made by all runs, by result.", ("platform", "result")),
}
"""What each counts, and by what."""


def counts_of(run: Run) -> Mapping[Key, float]:
    """What a run adds to them."""
    found: Counter[Key] = Counter()
    if run.exit_code is not None:
        found["runs", str(run.exit_code)] += 1
    for kind, number in run.outcomes.items():
        found["talents", kind.value] += number
    for name, platform in run.platforms.items():
        found["requests", name] += platform.calls
        found["received_bytes", name] += platform.received
        for result in State:
            found["looks", name, result.value] += getattr(platform, result.value)
    return found


def read_counts(path: Path) -> Mapping[Key, float]:
    """What a file says of them; nothing, if it cannot be read, or is no such file."""
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415  start-up time

    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE).decode()
        return {
            (name, *(sample.labels[label] for label in COUNTERS[name][1])): sample.value
            for family in text_string_to_metric_families(text)
            if (name := family.name.removeprefix(PREFIX)) in COUNTERS and family.type == "counter"
            for sample in family.samples
        }
    except (OSError, ValueError, KeyError):
        return {}


class AllRuns:
    """Collects the counters for `prometheus_client`."""

    def __init__(self, before: Mapping[Key, float], run: Run) -> None:
        """What they were before a run, and the run."""
        self._counts = Counter(before) + Counter(counts_of(run))

    def collect(self) -> Iterator[Any]:
        """Each of them, with its samples."""
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415  start-up time

        for name, (meaning, labels) in COUNTERS.items():
            family = CounterMetricFamily(PREFIX + name, meaning, labels=labels)
            for (of, *values), number in sorted(self._counts.items()):
                if of == name:
                    family.add_metric(values, number)
            yield family
