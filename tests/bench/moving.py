"""Copies a large roster from SQLite to Postgres and back, once in one go and once killed in the middle.

    uv run python -m tests.bench.moving [--talents 20000]

Every table of the schema is filled. The copies are the real command in processes of their own.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from talentimg.repository.moving.kinds import Content
from talentimg.repository.moving.shapes import STAYS, agreed
from talentimg.repository.registry import open_repository, open_tables
from talentimg.service.moving.tables import pages
from tests import postgres
from tests.moving.filling import fill, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.repository.moving.shapes import Shape

COMMAND = [str(Path(sys.executable).with_name("talentimg"))]


def copied(source: str, to: str, *words: str, kill_after: float | None = None) -> float:
    """Copy, and be killed after so many seconds of CPU, however busy the machine is; the CPU that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [*COMMAND, "--database-url", source, "copy", "--to", to, "--quiet", *words]
    with subprocess.Popen(command, env={**os.environ, "HOME": tempfile.gettempdir()}) as process:
        if kill_after is not None:
            while process.poll() is None and cpu_of(process.pid) < kill_after:
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
        code = process.wait()
    assert code in ({0} if kill_after is None else {0, -signal.SIGKILL}), code
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu_of(pid: int) -> float:
    """The seconds that a process of ours has had, until somebody waits for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def content(url: str, kinds: Mapping[str, Shape]) -> dict[str, tuple[int, str]]:
    """What is in every table."""
    found: dict[str, tuple[int, str]] = {}
    with closing(open_tables(url, read_only=True)) as tables:
        for name, shape in tables.shapes().items():
            if name not in STAYS:
                told, whole = agreed(shape, kinds[name])[0], Content()
                for rows in pages(tables, told):
                    whole.add(rows)
                found[name] = (whole.rows, whole.digest)
    return found


def main() -> None:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--talents", type=int, default=20_000)
    talents = parser.parse_args().talents
    with contextmanager(postgres.databases)() as found, tempfile.TemporaryDirectory() as folder:
        server = postgres.need(found)
        first, back, again = (of(Path(folder, name)) for name in ("first.db", "back.db", "again.db"))
        one, other = (server.url(server.create(template=server.migrated())) for _ in range(2))
        open_repository(first, create=True).close()
        with closing(open_tables(one)) as tables:
            kinds = tables.shapes()
        fill(first, talents, kinds)
        wanted = content(first, kinds)
        print(f"{sum(rows for rows, _ in wanted.values())} rows in {len(wanted)} tables")
        there = copied(first, one)
        print(f"SQLite -> Postgres: {there:.1f} s of CPU; Postgres -> SQLite: {copied(one, back):.1f} s")
        print(f"equal: {content(one, kinds) == content(back, kinds) == wanted}")
        copied(first, other, kill_after=there / 4)
        for kill_after in (there / 4, there / 2, there):  # the last may come to its end before that
            copied(first, other, "--replace", kill_after=kill_after)
            copied(other, again, "--replace", kill_after=kill_after)
        print(f"killed and gone on with: {copied(first, other, '--replace'):.1f} s of CPU there", end="")
        print(f", {copied(other, again, '--replace'):.1f} s back")
        print(f"equal: {content(again, kinds) == wanted}")


if __name__ == "__main__":
    main()
