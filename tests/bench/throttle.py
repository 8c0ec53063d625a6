"""A platform that throttles, asked by several processes at once: does any of them ask before it may?

    uv run python -m tests.bench.throttle [--talents N] [--processes P] [--json]

TikTok takes 30 questions a second here; one more, and it refuses all for two seconds, and says so in
`Retry-After`. The verdict is the server's own: its log tells what came while it was closed. What was on its
way when a refusal was sent could not know of it: `grace_s` is what an answer takes to arrive and be kept.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from talentimg.demo.log import Request, RequestLog
from tests.bench.measure import ROOT
from tests.bench.stage import request, stage

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))
LATENCY_S: Final = 0.05
GRACE_S: Final = 0.25
FAULTS: Final = {"latency": LATENCY_S, "throttle": 30, "hold": 2.0, "retry_after": True}


def measure(talents: int, processes: int) -> dict[str, Any]:
    """One roster, shared by so many processes, with TikTok throttling."""
    with stage(talents, LATENCY_S) as at:
        request(at.url, "POST", "/_faults", {"tiktok": FAULTS})
        at.forget()
        began = time.monotonic()
        command = [TALENTIMG, "sync-all", "--all", "--json", "--join"]
        runs = [
            subprocess.Popen(
                command,
                env=at.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for _ in range(processes)
        ]
        lines = [json.loads(line) for run in runs for line in run.communicate()[0].splitlines()]
        wall = time.monotonic() - began
        log = RequestLog()
        for row in request(at.url, "GET", "/_log")["requests"]:
            log.add(Request(**row))
    outcomes = Counter(line["outcome"] for line in lines if "outcome" in line)
    return {
        "talents": talents,
        "processes": processes,
        "wall_s": round(wall, 2),
        "exit_codes": [run.returncode for run in runs],
        "outcomes": dict(outcomes),
        "asked": log.count(platform="tiktok"),
        "refused": log.count(platform="tiktok", status=429),
        "grace_s": GRACE_S,
        "too_early": len(log.too_early("tiktok", grace=GRACE_S)),
        "others_refused": sum(1 for r in log if r.platform != "tiktok" and r.status != 200),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--talents", type=int, default=700)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.talents, arguments.processes)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):<16}{value}")


if __name__ == "__main__":
    main()
