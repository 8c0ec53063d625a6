"""`python -m talentimg.demo`: the platform server in a separate process, for benchmarks.

Once it is ready, it prints one line of JSON: `{"url": ..., "people": ..., "pid": ...}`. It ends on SIGTERM or
Ctrl-C, or when the parent process closes its standard input (or dies).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import stat
import sys
from queue import SimpleQueue
from threading import Thread
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
    """Serve until stopped."""
    options = _parser().parse_args(arguments)
    world = _world(options)
    stop: SimpleQueue[None] = SimpleQueue()  # an Event would be locked for ever by a signal inside its `wait`
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.put(None))
    if _is_pipe(sys.stdin.fileno()):
        Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()
    try:
        with PlatformServer(world, port=options.port) as server:
            ready = {"url": server.url, "people": len(world.people()), "pid": os.getpid()}
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            stop.get()
    except TalentimgError as error:
        sys.stderr.write(f"{error.message}\n{error.hint or ''}\n")
        return error.exit_code
    return 0


def _world(options: argparse.Namespace) -> World:
    """The demo's dozen, or a crowd, with all pictures drawn in advance, so that they cost no time later."""
    if options.people is None:
        world = demo_world()
    else:
        world = crowd_world(options.people, seed=options.seed, mix=options.mix, accounts=options.accounts)
    faults = Faults(latency=options.latency, jitter=options.jitter, error_rate=options.error_rate)
    for platform in (*PLATFORMS, PICTURES):
        # The demo's own faults stay unless others are given.
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
    add("--port", type=int, default=0, help="port to listen on; 0 for any free one")
    add("--people", type=int, help="number of made-up people, in place of the demo's dozen")
    add("--seed", type=int, default=0, help="a different crowd for each number")
    add("--mix", type=_mix, help="platforms with weights, such as bluesky=1,youtube=2")
    add("--accounts", type=int, default=1, help="number of platforms that each person is on")
    add("--latency", type=float, default=0.0, help="seconds that every response takes")
    add("--jitter", type=float, default=0.0, help="up to this many seconds more, at random")
    add("--picture-latency", type=float, help="seconds that every picture takes")
    add("--error-rate", type=float, default=0.0, help="share of requests that fail temporarily")
    return parser


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _wait_for_end_of_input(stop: SimpleQueue[None]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.put(None)


if __name__ == "__main__":
    sys.exit(main())
