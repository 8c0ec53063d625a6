"""Changes the rules of the service and what the stores write, in one place at a time, and tells which changes
no quick test notices.

`uv run --with mutmut==3.8.1 python -m tests.mutation`, for hours. It works on clones of the last commit, so
nothing here is touched. With `--folder` it goes on where it was stopped; with names of files or parts, such
as `valve`, `sqlite/results` or `postgres`, it takes only these.
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
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests import postgres
from tests.mutation.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
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
    """Make the clones, have them changed, and tell what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", help="the files or parts to change; all by default")
    parser.add_argument("--folder", type=Path, help="where the clones are made, or are already")
    given = parser.parse_args()
    chosen = _chosen(given.names)
    if not chosen:
        parser.error(f"nothing is named so; the parts are {', '.join(PARTS)}, and each has its files")
    folder = given.folder or Path(tempfile.mkdtemp(prefix="mutation-"))
    with _server() as environment:
        for part, files in chosen.items():
            _change(folder / part, files, PARTS[part].tests, environment)
    for part in chosen:
        _tell(folder / part)
    if given.folder is None:
        shutil.rmtree(folder)


def _chosen(names: list[str]) -> dict[str, list[str]]:
    """The files to change, by part: those that are named, or that end like a name, or whose part is named."""
    chosen = {
        part: [
            file
            for file in found.files
            if not names or part in names or any(f"/{file}".endswith(f"/{name}") for name in names)
        ]
        for part, found in PARTS.items()
    }
    return {part: files for part, files in chosen.items() if files}


@contextmanager
def _server() -> Iterator[dict[str, str]]:
    """One database server for all, as every change is tried in a process of its own."""
    environment = {**os.environ, "TALENTIMG_TEST_EXAMPLES": EXAMPLES}
    with contextmanager(postgres.databases)() as databases:
        if databases is not None:
            environment[postgres.VARIABLE] = databases.admin_url
            environment[postgres.TEMPLATE_VARIABLE] = databases.migrated()
        yield environment


def _change(folder: Path, files: list[str], tests: tuple[str, ...], environment: dict[str, str]) -> None:
    if not (folder / ".git").exists():
        _clone(folder, files, tests)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1"]
    subprocess.run(command, cwd=folder, env=environment, check=False)


def _clone(folder: Path, files: list[str], tests: tuple[str, ...]) -> None:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    paths = json.dumps([f"talentimg/{file}.py" for file in files])
    with (folder / "pyproject.toml").open("a") as file:
        file.write(CONFIGURATION.format(files=paths, tests=json.dumps(tests)))


def _tell(folder: Path) -> None:
    """The survivors, each with what was changed, and how many there are of each file."""
    counts: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("mutants/talentimg/**/*.meta")):
        found = json.loads(path.read_text())["exit_code_by_key"]
        counts[_name_of(path, folder)] = Counter(VERDICTS.get(v, "killed") for v in found.values())
        for name, verdict in found.items():
            if VERDICTS.get(verdict) in {"survived", "not reached"}:
                subprocess.run([sys.executable, "-m", "mutmut", "show", name], cwd=folder, check=False)
    for name, count in counts.items():
        print(f"{name:>30}", ", ".join(f"{number} {verdict}" for verdict, number in sorted(count.items())))


def _name_of(meta: Path, folder: Path) -> str:
    return str(meta.relative_to(folder / "mutants" / "talentimg")).removesuffix(".py.meta")


if __name__ == "__main__":
    main()
