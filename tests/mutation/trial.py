"""Tries changes in a clone: `tests/mutation/__main__.py` starts it there.

pytest collects the tests once and runs them as they are, which tells what tests come by what. Each change is
then tried in a process that is forked off and runs these until one fails; the first such process changes
nothing, and must find nothing, and so must the last one, which runs what has failed with changes. The order
is by lot, so that what has been tried when somebody ends it (SIGTERM) stands for the rest.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import re
import signal
import sys
import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from tests.mutation import functions, sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType, ModuleType

_ARGUMENTS: Final = (
    *("-n", "0", "-p", "no:cacheprovider", "-q", "--no-header", "-s", "--tb=line", "-rN"),
    "--basetemp=../temporary",  # beside the clone, where nobody else tidies up
)
_VERDICTS: Final = {
    0: "survived",
    -signal.SIGALRM: "ran out of time",
    -signal.SIGPROF: "ran out of time",
}
_VERB: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


@dataclass(frozen=True, slots=True)
class Change:
    """A change in one place."""

    file: str
    name: str
    """Of the function that is changed, or of the statement."""
    what: str
    bring_in: Callable[[], None]


def main() -> None:
    """Try what the command line tells, in JSON."""
    told = json.loads(sys.argv[1])
    if told["only"] != "statements":
        for file in told["files"]:
            functions.prepare(Path(f"talentimg/{file}.py"))
    found = [change for file in told["files"] for change in _changes(file, told["only"])]
    lot = random.Random(0).sample(found, round(len(found) * told["share"] / 100))
    trial = Trial(lot)
    code = pytest.main([*_ARGUMENTS, *told["tests"]], plugins=[trial])
    for file, counts in trial.counts.items():
        print(f"{file:>30}", ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items())))
    sys.exit(code)


def _changes(file: str, only: str | None) -> Iterator[Change]:
    module = importlib.import_module(f"talentimg.{file.replace('/', '.')}")
    for name, what, bring_in in functions.changes(module):
        yield Change(file, name, what, bring_in)
    for name, statement in _statements(module).items() if only != "functions" else ():
        for what, changed in sql.changes(statement):
            yield Change(file, name, " ".join(what.split()), partial(setattr, module, name, changed))


def _statements(module: ModuleType) -> dict[str, str]:
    return {
        name: text
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and _VERB.match(text)
    }


class Trial:
    """A plugin of pytest's that runs the tests as they are, and then with each change."""

    def __init__(self, changes: list[Change]) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._changes = changes
        self._met: dict[CodeType, set[pytest.Item]] = defaultdict(set)
        self._seconds: dict[str, float] = defaultdict(float)
        self._is_ended = False
        self._noticed: Counter[str] = Counter()
        self._answer: int | None = None
        """Where a process that tries a change names the test that noticed it."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own: what the session shares is set up once, for all changes."""
        for item in session.items:
            with self._watching(item):
                _run(item)
        _end_threads()
        gc.freeze()  # else each process would copy all of it, to see that nothing is to be collected
        signal.signal(signal.SIGTERM, self._end)
        if not session.testsfailed:
            self._try_without_a_change(session.items)
            for number, change in enumerate(self._changes, 1):
                if self._is_ended:
                    break
                verdict = self._verdict(change.bring_in, self._tests(change))
                print(f"\r{number} of {len(self._changes)} ", end="", file=sys.stderr, flush=True)
                self.counts[change.file][verdict] += 1
                if verdict != "killed":
                    print(f"\n{change.file} {change.name} {verdict}: {change.what}", flush=True)
            self._try_without_a_change([item for item in session.items if self._noticed[item.nodeid]])
        return True

    def _end(self, *_: object) -> None:
        self._is_ended = True

    @contextmanager
    def _watching(self, item: pytest.Item) -> Iterator[None]:
        """Notice which functions a test calls, in whichever thread; a profiler would be told more, slower."""

        def watch(frame: FrameType, *_: Any) -> None:
            if "/talentimg/" in frame.f_code.co_filename:
                self._met[frame.f_code].add(item)

        threading.settrace(watch)
        sys.settrace(watch)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long it took; the first failure tells of a change."""
        self._seconds[report.nodeid] += report.duration
        if report.failed and self._answer is not None:
            os.write(self._answer, report.nodeid.encode())
            os._exit(1)

    def _try_without_a_change(self, tests: list[pytest.Item]) -> None:
        """Else what a process cannot do because it was forked off would count as a change that is noticed."""
        before = self._noticed.copy()
        if tests and (verdict := self._verdict(lambda: None, tests)) != "survived":
            failed = ", ".join((self._noticed - before).elements())
            pytest.exit(f"Without any change, a process that is forked off {verdict}: {failed}", returncode=1)

    def _verdict(self, bring_in: Callable[[], None], tests: list[pytest.Item]) -> str:
        """What the tests say of a change; one with which they hang is noticed."""
        if not tests:
            return "not reached"
        answer, self._answer = os.pipe()
        child = os.fork()
        if not child:
            self._try(bring_in, tests)
        os.close(self._answer)
        self._answer = None
        with os.fdopen(answer) as told:
            self._noticed[told.read()] += 1
        _, status = os.waitpid(child, 0)
        return _VERDICTS.get(os.waitstatus_to_exitcode(status), "killed")

    def _try(self, bring_in: Callable[[], None], tests: list[pytest.Item]) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            bring_in()
            for test in tests:
                seconds = self._seconds[test.nodeid]
                signal.setitimer(signal.ITIMER_PROF, 10 + 3 * seconds)  # of computing
                signal.alarm(60 + 20 * int(seconds))
                _run(test)
        except BaseException:  # noqa: BLE001  this process must not go on as if it were its parent
            os._exit(1)
        os._exit(0)

    def _tests(self, change: Change) -> list[pytest.Item]:
        """The tests that come by a change: first those that are quick and have noticed many."""
        met = {
            test
            for code, tests in self._met.items()
            if code.co_filename.endswith(f"/{change.file}.py")
            and (change.name == code.co_name or change.name in code.co_names)
            for test in tests
        }
        return sorted(met, key=lambda test: self._seconds[test.nodeid] / (1 + self._noticed[test.nodeid]))


def _end_threads() -> None:
    """A process that is forked off has no thread of these pools, and would wait for it for ever."""
    from talentimg.service import threads
    from talentimg.store import objects

    for pool in (threads._cpu_pool, objects._threads):
        if pool.cache_info().currsize:
            pool().shutdown()
            pool.cache_clear()


def _run(item: pytest.Item) -> None:
    """Run a test, and take down all but what the session shares: what follows is in no file yet."""
    item.ihook.pytest_runtest_protocol(item=item, nextitem=item.session)


if __name__ == "__main__":
    main()
