"""How dear it is to start: CPU of whole commands against `python -c pass`, all in one run.

    uv run python -m tests.bench.startup [--rounds N] [--json]

The figures are ratios of medians of user plus system time of the child process, rounds
interleaved, so that a machine whose speed drifts changes all of them alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TALENTIMG = str(Path(sys.executable).with_name("talentimg"))
BOUND = 12
"""Times `python -c pass` that a command may take."""


def child_cpu(command: list[str], environment: dict[str, str]) -> float:
    """User plus system seconds of one run of a command, which has to succeed."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed with {process.returncode}: {said.decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime


def measure(rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of each command, and the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "HOME": folder,
            "TALENTIMG_DATA_DIR": folder,
            "PYTHONDONTWRITEBYTECODE": "",
        }
        environment.pop("DATABASE_URL", None)
        subprocess.run(
            [TALENTIMG, "add", "Ada", "--id", "ada", "--github", "ada"],
            env=environment,
            check=True,
            capture_output=True,
        )
        commands = {
            "pass": [sys.executable, "-c", "pass"],
            "version": [TALENTIMG, "--version"],
            "show": [TALENTIMG, "show", "ada", "--json"],
        }
        for command in commands.values():  # compiled files and caches warm
            child_cpu(command, environment)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(child_cpu(command, environment))
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    return {
        **{f"{name}_cpu_ms": round(value, 1) for name, value in medians.items()},
        "version_ratio": round(medians["version"] / medians["pass"], 2),
        "show_ratio": round(medians["show"] / medians["pass"], 2),
        "bound": BOUND,
        "rounds": rounds,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.rounds)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{'command':<22}{'cpu ms':>8}{'x pass':>8}   (bound {BOUND}, {arguments.rounds} rounds, medians)")
    print(f"{'python -c pass':<22}{figures['pass_cpu_ms']:>8}{1.0:>8}")
    print(f"{'talentimg --version':<22}{figures['version_cpu_ms']:>8}{figures['version_ratio']:>8}")
    print(f"{'talentimg show --json':<22}{figures['show_cpu_ms']:>8}{figures['show_ratio']:>8}")


if __name__ == "__main__":
    main()
