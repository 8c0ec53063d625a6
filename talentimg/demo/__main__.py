"""`python -m talentimg.demo`: the platform server as a process of its own, for benchmarks.

Once it answers, it prints one line of JSON: `{"url": ..., "people": ..., "pid": ...}`. It ends on SIGTERM or
Ctrl-C, or when whoever started it closes its standard input (or dies).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import stat
import sys
from threading import Event, Thread
from typing import TYPE_CHECKING

from talentimg.demo.crowd import crowd_world
from talentimg.demo.faults import PICTURES, Faults
from talentimg.demo.people import PLATFORMS
from talentimg.demo.pictures import warm
from talentimg.demo.roster import demo_world
from talentimg.demo.server import PlatformServer
from talentimg.errors import TalentimgError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.demo.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    options = _parser().parse_args(arguments)
    world = _world(options)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if _is_pipe(sys.stdin.fileno()):
        Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()
    try:
        with PlatformServer(world, port=options.port) as server:
            ready = {"url": server.url, "people": len(world.people()), "pid": os.getpid()}
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            stop.wait()
    except TalentimgError as error:
        sys.stderr.write(f"{error.message}\n{error.hint or ''}\n")
        return error.exit_code
    return 0


def _world(options: argparse.Namespace) -> World:
    """The demo's dozen, or a crowd; its pictures drawn beforehand, so that they cost no time later."""
    if options.people is None:
        world = demo_world()
    else:
        world = crowd_world(options.people, seed=options.seed, mix=options.mix, accounts=options.accounts)
    faults = Faults(latency=options.latency, jitter=options.jitter, error_rate=options.error_rate)
    for platform in (*PLATFORMS, PICTURES):
        # The demo's own faults stay unless others are asked for.
        if faults != Faults():
            world.set_faults(platform, faults)
    if options.picture_latency is not None:
        world.set_faults(PICTURES, Faults(latency=options.picture_latency))
    warm(world.seeds())
    return world


def _mix(text: str) -> dict[str, float]:
    """`bluesky=1,youtube=2` as weights."""
    weights = {}
    for part in text.split(","):
        name, _, weight = part.partition("=")
        if name not in PLATFORMS:
            raise argparse.ArgumentTypeError(f"no such platform: {name}")
        weights[name] = float(weight or 1)
    return weights


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m talentimg.demo", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0, help="where to listen; 0 for any free port")
    add("--people", type=int, help="so many made-up people, in place of the demo's dozen")
    add("--seed", type=int, default=0, help="other people of the same kind")
    add("--mix", type=_mix, help="platforms with weights, such as bluesky=1,youtube=2")
    add("--accounts", type=int, default=1, help="on how many platforms each person is")
    add("--latency", type=float, default=0.0, help="seconds that every answer takes")
    add("--jitter", type=float, default=0.0, help="up to so many seconds more")
    add("--picture-latency", type=float, help="the same for pictures alone")
    add("--error-rate", type=float, default=0.0, help="the share of questions that fail for a while")
    return parser


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _wait_for_end_of_input(stop: Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
