"""What making our forms of a picture costs, beside an earlier pipeline in the same run.

    uv run python -m tests.bench.pictures [--against COMMIT] [--rounds R] [--photographs N] [--json]

Both make the same files, real photographs in the sizes that platforms serve: `photographs.py`. The
figures are CPU milliseconds, medians over the rounds, in which the two take turns; the mean counts every kind
once. `alike` is how similar the 400-pixel WebPs of both are (SSIM, the least of a kind), where nothing is cut
off. It needs the project's history, `cjpeg` and the package index.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.bench.measure import ROOT
from tests.bench.photographs import KINDS, PHOTOGRAPHS, write
from tests.bench.picture_step import STAGES, WHOLE
from tests.bench.similarity import similarity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.bench.photographs import Kind

BEFORE: Final = "3cd016e"
"""The last commit before the step was made cheaper."""
AT_MOST: Final = {"instagram": 0.6, "mean": 0.75}
AT_LEAST_ALIKE: Final = 0.98


class Cost(NamedTuple):
    """What one kind costs before and now, by stage, in milliseconds of CPU."""

    before: Mapping[str, float]
    now: Mapping[str, float]
    alike: float | None

    @property
    def ratio(self) -> float:
        """What is left of the cost."""
        return self.now[WHOLE] / self.before[WHOLE]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "before": {stage: round(value, 2) for stage, value in self.before.items()},
            "now": {stage: round(value, 2) for stage, value in self.now.items()},
            "ratio": round(self.ratio, 3),
            **({} if self.alike is None else {"alike": round(self.alike, 4)}),
        }


def measure(against: str, rounds: int, photographs: int) -> dict[str, Cost]:
    """The cost of every kind, and of their mean."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _new(folder / "files")
        kinds = {path.name: kind for kind, path in write(files, photographs)}
        trees = {"before": _checked_out(against, folder / "tree"), "now": ROOT}
        outs = {name: _new(folder / name) for name in trees}
        with ExitStack() as stack:
            pipelines = {
                name: stack.enter_context(_pipeline(tree, files, outs[name])) for name, tree in trees.items()
            }
            found = {name: _in_turns(pipelines, name, rounds) for name in kinds}
        alike = _alike(kinds, outs["before"], outs["now"])
    costs = {}
    for kind in KINDS:
        own = [found[name] for name in kinds if kinds[name] is kind]
        before, now = (_mean([one[which] for one in own]) for which in trees)
        costs[kind.name] = Cost(before, now, alike.get(kind.name))
    instagram = [costs[name] for name in costs if name.startswith("instagram")]
    return costs | {"instagram": _over(instagram), "mean": _over(list(costs.values()))}


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _checked_out(commit: str, folder: Path) -> Path:
    """The product as it was at that commit."""
    archive = subprocess.run(
        ["git", "archive", commit, "talentimg"], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


@contextmanager
def _pipeline(tree: Path, files: Path, out: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).with_name("picture_step.py")), str(files), str(out)]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdin=pipe, stdout=pipe, text=True, bufsize=1
    ) as process:
        yield process


def _in_turns(
    pipelines: Mapping[str, subprocess.Popen[str]], name: str, rounds: int
) -> dict[str, dict[str, float]]:
    """The medians for one file, which all pipelines make in each round, so that a slow moment hits both."""
    found: dict[str, list[dict[str, float]]] = {which: [] for which in pipelines}
    for _ in range(rounds):
        for which, process in pipelines.items():
            found[which].append(_made(process, name))
    return {
        which: {stage: median(one[stage] for one in rounds_of) for stage in (*STAGES, WHOLE)}
        for which, rounds_of in found.items()
    }


def _made(process: subprocess.Popen[str], name: str) -> dict[str, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    print(name, file=process.stdin)
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"A pipeline ended at {name}.")
    costs: dict[str, float] = json.loads(line)
    return costs


def _mean(costs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {stage: fmean(cost[stage] for cost in costs) for stage in (*STAGES, WHOLE)}


def _alike(kinds: Mapping[str, Kind], before: Path, now: Path) -> dict[str, float]:
    """The least similar of every square kind."""
    found: dict[str, float] = {}
    for name, kind in kinds.items():
        if kind.is_square:
            one = similarity((before / name).read_bytes(), (now / name).read_bytes())
            found[kind.name] = min(one, found.get(kind.name, 1.0))
    return found


def _over(costs: Sequence[Cost]) -> Cost:
    before, now = _mean([cost.before for cost in costs]), _mean([cost.now for cost in costs])
    return Cost(before, now, fmean(cost.alike for cost in costs if cost.alike is not None))


def table(costs: Mapping[str, Cost]) -> str:
    """For people."""
    stages = (*STAGES, WHOLE)
    lines = [
        f"{'CPU ms, before > now':<20}" + "".join(f"{stage:>16}" for stage in stages) + "   ratio   alike"
    ]
    for name, cost in costs.items():
        cells = "".join(f"{cost.before[stage]:>8.2f} >{cost.now[stage]:>6.2f}" for stage in stages)
        alike = "" if cost.alike is None else f"{cost.alike:>8.4f}"
        bound = f"  (at most {AT_MOST[name]})" if name in AT_MOST else ""
        lines.append(f"{name:<20}{cells}{cost.ratio:>8.2f}{alike}{bound}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", default=BEFORE, metavar="COMMIT")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--photographs", type=int, default=len(PHOTOGRAPHS))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    costs = measure(arguments.against, arguments.rounds, arguments.photographs)
    if arguments.json:
        bounds = {"ratio_at_most": AT_MOST, "alike_at_least": AT_LEAST_ALIKE}
        print(json.dumps({name: cost.as_json() for name, cost in costs.items()} | bounds, indent=2))
    else:
        print(table(costs))


if __name__ == "__main__":
    main()
