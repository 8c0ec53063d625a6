"""Changes what the stores tell their databases, one place at a time: `python -m tests.mutation.statements`.

mutmut takes a statement for one word. Here each of its conditions, columns and terms is changed, and the
tests that come by it are run until one fails; each change is tried in a process of its own. With names of
files, such as `sqlite/roster`, it takes only these. It prints the changes that no test notices, and counts.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import re
import signal
import sys
import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests import postgres
from tests.mutation.parts import PARTS
from tests.mutation.sql import changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType, ModuleType

_VERB: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
_ARGUMENTS: Final = ("-n", "0", "-p", "no:cacheprovider", "-q", "--no-header", "--tb=no", "-rN")


def main() -> None:
    """Change the statements of the files that are named, and tell what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.statements", description=__doc__)
    parser.add_argument("names", nargs="*", help="files such as sqlite/roster, or parts; all by default")
    names = parser.parse_args().names
    os.environ["TALENTIMG_TEST_EXAMPLES"] = "25"
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with _server():
        for part in ("sqlite", "postgres"):
            files = [f for f in PARTS[part].files if not names or part in names or _is_named(f, names)]
            for file, what, verdict in _tried(files, PARTS[part].tests) if files else ():
                counts[file][verdict] += 1
                if verdict != "killed":
                    print(f"{file}: {verdict}: {what}", flush=True)
    for file, count in counts.items():
        print(f"{file:>24}", ", ".join(f"{number} {verdict}" for verdict, number in sorted(count.items())))


def _is_named(file: str, names: list[str]) -> bool:
    return any(f"/{file}".endswith(f"/{name}") for name in names)


@contextlib.contextmanager
def _server() -> Iterator[None]:
    """One database server for all processes."""
    with contextlib.contextmanager(postgres.databases)() as databases:
        if databases is not None:
            os.environ[postgres.VARIABLE] = databases.admin_url
            os.environ[postgres.TEMPLATE_VARIABLE] = databases.migrated()
        yield


def _tried(files: list[str], selected: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Each change, with its file and what the tests said."""
    modules = {file: importlib.import_module(f"talentimg.{file.replace('/', '.')}") for file in files}
    recorder = Recorder({name for module in modules.values() for name in _statements(module)})
    code = pytest.main([*_ARGUMENTS, *selected], plugins=[recorder])
    assert code == 0, "the tests have to pass as it is"
    for file, module in modules.items():
        for name, statement in _statements(module).items():
            for what, changed in changes(statement):
                tests = recorder.tests(file, name)
                at_most = 30 + 4 * recorder.seconds(tests)
                verdict = _verdict(module, name, changed, tests, at_most) if tests else "not reached"
                yield file, f"{name}: {' '.join(what.split())}", verdict


def _statements(module: ModuleType) -> dict[str, str]:
    return {
        name: text
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and _VERB.match(text)
    }


class Recorder:
    """Notes which tests come by a function that names a statement, quick ones first."""

    def __init__(self, names: set[str]) -> None:
        self._names = names
        self._met: dict[CodeType, set[str]] = defaultdict(set)
        self._seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Watch all threads while a test runs, with its fixtures."""

        def watch(frame: FrameType, event: str, _: Any) -> None:
            if event == "call" and "/talentimg/repository/" in frame.f_code.co_filename:
                self._met[frame.f_code].add(item.nodeid)

        threading.setprofile(watch)
        sys.setprofile(watch)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long it took."""
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0) + report.duration

    def tests(self, file: str, name: str) -> list[str]:
        """The tests that come by a statement of a file."""
        met = {
            test
            for code, tests in self._met.items()
            if code.co_filename.endswith(f"/{file}.py") and name in code.co_names
            for test in tests
        }
        return sorted(met, key=lambda test: self._seconds.get(test, 0))

    def seconds(self, tests: list[str]) -> float:
        """How long these take."""
        return sum(self._seconds.get(test, 0) for test in tests)


def _verdict(module: ModuleType, name: str, changed: str, tests: list[str], at_most: float) -> str:
    """What the tests say of a statement that was changed; one with which they hang is noticed."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
    signal.alarm(int(at_most))
    setattr(module, name, changed)
    with contextlib.suppress(BaseException):
        void = os.open(os.devnull, os.O_WRONLY)
        os.dup2(void, 1)
        os.dup2(void, 2)
        os._exit(int(pytest.main([*_ARGUMENTS, "-x", *tests])))
    os._exit(1)


if __name__ == "__main__":
    main()
