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
_ARGUMENTS: Final = ("-n", "0", "-p", "no:cacheprovider", "-q", "--no-header", "-s", "--tb=no", "-rN")


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
            for file, _, verdict in _tried(files, PARTS[part].tests) if files else ():
                counts[file][verdict] += 1
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


def _tried(files: list[str], selected: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Each change, with its file and what the tests said."""
    modules = {file: importlib.import_module(f"talentimg.{file.replace('/', '.')}") for file in files}
    trial = Trial(modules)
    assert pytest.main([*_ARGUMENTS, *selected], plugins=[trial]) == 0, "the tests have to pass as it is"
    return trial.verdicts


def _statements(module: ModuleType) -> dict[str, str]:
    return {
        name: text
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and _VERB.match(text)
    }


class Trial:
    """Runs the tests as they are, notices which come by which statement, and then tries the changes."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        self.verdicts: list[tuple[str, str, str]] = []
        self._modules = modules
        self._met: dict[CodeType, set[pytest.Item]] = defaultdict(set)
        self._seconds: dict[str, float] = defaultdict(float)
        self._is_child = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own: what tests share is set up once, for all changes."""
        for item in session.items:
            with self._watching(item):
                _run(item)
        if session.testsfailed:
            return True
        for file, module in self._modules.items():
            for name, statement in _statements(module).items():
                for what, changed in changes(statement):
                    verdict = self._verdict(file, name, changed)
                    self.verdicts.append((file, f"{name}: {' '.join(what.split())}", verdict))
                    if verdict != "killed":
                        print(*self.verdicts[-1], flush=True)
        return True

    @contextlib.contextmanager
    def _watching(self, item: pytest.Item) -> Iterator[None]:
        """Notice which functions of the stores a test calls, in whichever thread."""

        def watch(frame: FrameType, event: str, _: Any) -> None:
            if event == "call" and "/talentimg/repository/" in frame.f_code.co_filename:
                self._met[frame.f_code].add(item)

        threading.setprofile(watch)
        sys.setprofile(watch)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long it took; the first failure tells of a change."""
        self._seconds[report.nodeid] += report.duration
        if report.failed and self._is_child:
            os._exit(1)

    def _verdict(self, file: str, name: str, changed: str) -> str:
        """What the tests say of a statement that was changed; one with which they hang is noticed."""
        tests = self._tests(file, name)
        if not tests:
            return "not reached"
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        self._is_child = True
        try:
            signal.alarm(30 + 4 * int(sum(self._seconds[test.nodeid] for test in tests)))
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            setattr(self._modules[file], name, changed)
            for test in tests:
                _run(test)
        except BaseException:  # noqa: BLE001  this process must not go on as if it were its parent
            os._exit(1)
        os._exit(0)

    def _tests(self, file: str, name: str) -> list[pytest.Item]:
        """The tests that come by a statement of a file, quick ones first."""
        met = {
            test
            for code, tests in self._met.items()
            if code.co_filename.endswith(f"/{file}.py") and name in code.co_names
            for test in tests
        }
        return sorted(met, key=lambda test: self._seconds[test.nodeid])


def _run(item: pytest.Item) -> None:
    """Run a test, and take down all but what the session shares: what follows is in no file yet."""
    item.ihook.pytest_runtest_protocol(item=item, nextitem=item.session)


if __name__ == "__main__":
    main()
