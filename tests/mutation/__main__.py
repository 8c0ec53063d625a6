"""Changes the rules of the service in one place at a time, and tells which changes no quick test notices.

`uv run --with mutmut==3.8.1 python -m tests.mutation`, for an hour or more. It works on a clone of the last
commit, so nothing here is touched. With `--folder` it goes on where it was stopped; with names of files, such
as `valve`, it takes only these.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
RULES: Final = {
    "decision": ("candidates", "chain", "due", "observe", "resolver"),
    "lookup": ("pacing", "placeholders", "sources"),
    "run": ("duplicates", "queue", "valve", "writer"),
}
"""What is changed. `explain` is left out: it is made of sentences, which tests of the command read."""
SLOW: Final = ("damage", "foreign_addresses", "month", "questions", "recrop", "recrop_faces", "roster_files")
"""Tests that take seconds, and those that are about other parts."""
CONFIGURATION: Final = """
[tool.mutmut]
source_paths = ["talentimg"]
only_mutate = {files}
also_copy = ["docs", "README.md", "CHANGELOG.md", "LICENSE"]
pytest_add_cli_args = ["-n", "0", "-p", "no:cacheprovider", "-q"]
pytest_add_cli_args_test_selection = {tests}
process_isolation = "forkserver"  # threads of the test run would be missing in a fork
timeout_constant = 5.0
timeout_multiplier = 2.5
track_dependencies = false
"""
EXAMPLES: Final = "25"
"""How many examples properties try: each change is met by all tests that pass it."""
VERDICTS: Final = {0: "survived", 1: "killed", 3: "killed", 33: "not reached", None: "not tried"}
"""What the exit codes of mutmut's children mean; any other is a change that made a test hang."""


def main() -> None:
    """Make the clone, have it changed, and tell what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", help="the files to change; all by default")
    parser.add_argument("--folder", type=Path, help="where the clone is made, or is already")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="mutation-"))
    if not (folder / ".git").exists():
        _clone(folder, given.names)
    environment = {**os.environ, "TALENTIMG_TEST_EXAMPLES": EXAMPLES}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1"]
    subprocess.run(command, cwd=folder, env=environment, check=False)
    _tell(folder)
    if given.folder is None:
        shutil.rmtree(folder)


def _clone(folder: Path, names: list[str]) -> None:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    files = [
        f"talentimg/service/{room}/{name}.py"
        for room, rules in RULES.items()
        for name in rules
        if not names or name in names
    ]
    tests = ["tests/service", *(f"--ignore=tests/service/test_{name}.py" for name in SLOW)]
    tests += ["-k", "not sqlite and not postgres"]
    with (folder / "pyproject.toml").open("a") as file:
        file.write(CONFIGURATION.format(files=json.dumps(files), tests=json.dumps(tests)))


def _tell(folder: Path) -> None:
    """The survivors, each with what was changed, and how many there are of each file."""
    counts: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("mutants/talentimg/**/*.meta")):
        found = json.loads(path.read_text())["exit_code_by_key"]
        counts[path.name.removesuffix(".py.meta")] = Counter(
            VERDICTS.get(v, "killed") for v in found.values()
        )
        for name, verdict in found.items():
            if VERDICTS.get(verdict) in {"survived", "not reached"}:
                subprocess.run([sys.executable, "-m", "mutmut", "show", name], cwd=folder, check=False)
    for name, count in counts.items():
        print(f"{name:>14}", ", ".join(f"{number} {verdict}" for verdict, number in sorted(count.items())))


if __name__ == "__main__":
    main()
