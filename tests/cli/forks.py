"""Commands as processes of their own that need not load Python and every module anew.

A server is started once; it has loaded what commands load, and is forked for each of them. What a command
is given, and what it leaves behind, is what a process started by a shell has: its own words, environment,
folder, streams and exit code. Processes that load for themselves are tested too.
"""

from __future__ import annotations

import array
import atexit
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROJECT: Final = Path(__file__).parents[2]
PASSED_ON: Final = {"PATH", "LANG"}
"""What the server and each of its commands have in common: Python reads it once, when it starts."""
READ_LATER: Final = {"HOME", "COLUMNS", "DATABASE_URL", "SSL_CERT_FILE"}
NO_MODULES: Final = {"talentimg.__main__", "talentimg.repository.migrations.env"}
"""Files that are run, not imported."""
_LONGEST: Final = 1_000_000
_STREAMS: Final = 3
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True)
class Command:
    """What is asked for: the words with the program's path before them, and where it is to run."""

    words: list[str]
    environment: dict[str, str]
    folder: str

    @property
    def can_be_forked(self) -> bool:
        """Whether its environment says nothing that Python or a library reads while it is loaded."""
        return all(
            name in READ_LATER
            or name.startswith("TALENTIMG_")
            or (name in PASSED_ON and os.environ.get(name) == value)
            for name, value in self.environment.items()
        )


@dataclass(frozen=True)
class Forks:
    """A running server."""

    path: Path

    def run(self, command: Command, streams: Sequence[BinaryIO], seconds: float) -> int:
        """Run a command to its end on these three streams; its exit code, as `subprocess` tells it."""
        numbers = array.array("i", [stream.fileno() for stream in streams])
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.settimeout(seconds)
            line.connect(str(self.path))
            text = json.dumps(asdict(command)).encode()
            line.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])
            return int(line.recv(100))


def run_anew(command: Command, streams: Sequence[BinaryIO], seconds: float) -> int:
    """The same as a process that is started from nothing."""
    stdin, stdout, stderr = streams
    return subprocess.run(
        command.words,
        env=command.environment,
        cwd=command.folder,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        timeout=seconds,
        check=False,
    ).returncode


def running(folder: Path) -> Iterator[Forks]:
    """Start a server, and end it afterwards."""
    path = folder / "forks"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(path))
        listening.listen(100)
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        server = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=PROJECT,
            env=environment,
            stdin=listening.fileno(),
        )
    yield Forks(path)
    server.terminate()
    server.wait()


def _wait_for_a_command() -> Command:
    """In the server, for ever; the return is that of the process that is to become the command."""
    listening = socket.socket(fileno=os.dup(0))
    _end_with_whoever_started_us()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while True:
        line, _ = listening.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listening.close()
            return _become_a_command(line)
        line.close()


def _end_with_whoever_started_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _become_a_command(line: socket.socket) -> Command:
    """One process stays behind, to tell how the other ended."""
    text, rights, _, _ = line.recvmsg(_LONGEST, socket.CMSG_SPACE(_STREAMS * array.array("i").itemsize))
    streams = array.array("i")
    streams.frombytes(rights[0][2])
    if child := os.fork():
        _tell_the_end(line, child)
    line.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    return Command(**json.loads(text))


def _tell_the_end(line: socket.socket, child: int) -> NoReturn:
    _, status = os.waitpid(child, 0)
    line.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _take_on(command: Command) -> None:
    """Be in the place of a process that was started in this way."""
    os.environ.clear()
    os.environ.update(command.environment)
    os.chdir(command.folder)
    sys.argv = command.words
    random.seed()
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        was = getattr(sys, name)
        setattr(sys, name, open(number, mode, encoding=was.encoding, errors=was.errors))  # noqa: SIM115, PTH123


def _load() -> None:
    import talentimg

    for module in walk_packages(talentimg.__path__, "talentimg."):
        if module.name not in NO_MODULES:
            import_module(module.name)


def _run() -> NoReturn:
    """Run the command, and end as Python does, but for taking apart all that the server had loaded."""
    from talentimg.cli import main

    code: object = None
    try:
        main()
    except SystemExit as end:
        code = end.code
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    _load()
    _take_on(_wait_for_a_command())
    _run()
