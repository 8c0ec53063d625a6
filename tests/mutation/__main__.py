"""Changes the rules of the service and what the stores write, in one place at a time, and tells which changes
no quick test notices.

`uv run --with mutmut==3.8.1 python -m tests.mutation`, for hours. It works on clones of the last commit, so
nothing here is touched. With names of files or parts, such as `valve`, `sqlite/results` or `postgres`, it
takes only these; with `--share 20` it draws a fifth of the changes by lot, always the same ones.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests import postgres
from tests.mutation.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
CONFIGURATION: Final = '\n[tool.mutmut]\nsource_paths = ["talentimg"]\n'
EXAMPLES: Final = "25"
"""How many examples properties try: each change is met by all tests that pass it."""


def main() -> None:
    """Make a clone for each part, and have it tried there."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", help="the files or parts to change; all by default")
    parser.add_argument("--share", type=int, default=100, help="how many in a hundred changes to try")
    parser.add_argument("--only", choices=["functions", "statements"], help="leave the others as they are")
    given = parser.parse_args()
    chosen = _chosen(given.names)
    if not chosen:
        parser.error(f"nothing is named so; the parts are {', '.join(PARTS)}, and each has its files")
    folder = Path(tempfile.mkdtemp(prefix="mutation-"))
    try:
        with _server() as environment:
            for part, files in chosen.items():
                told = {"files": files, "tests": PARTS[part].tests, "share": given.share, "only": given.only}
                _try(folder / part, told, environment)
    finally:
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
    environment = {**os.environ, "TALENTIMG_TEST_EXAMPLES": EXAMPLES, "TALENTIMG_TEST_UNSHRUNK": "1"}
    with contextmanager(postgres.databases)() as databases:
        if databases is not None:
            environment[postgres.VARIABLE] = databases.admin_url
            environment[postgres.TEMPLATE_VARIABLE] = databases.migrated()
        yield environment


def _try(folder: Path, told: dict[str, object], environment: dict[str, str]) -> None:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    with (folder / "pyproject.toml").open("a") as file:
        file.write(CONFIGURATION)
    command = [sys.executable, "-m", "tests.mutation.trial", json.dumps(told)]
    subprocess.run(command, cwd=folder, env=environment, check=False)


if __name__ == "__main__":
    main()
