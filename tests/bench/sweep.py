"""A sweep with next to no grace beside roster runs: no row may be without its object.

    uv run python -m tests.bench.sweep [--talents N] [--rounds R] [--grace SECONDS] [--postgres]
    uv run python -m tests.bench.sweep --many PICTURES [--postgres]

In each round everybody gets another of three pictures of their own, so that one comes back just when nobody
needs it any more, and `talentimg sync-all --all` looks at them, while another process sweeps without a
pause. After each round, while the sweeping goes on, every picture's row is held against the store. With no
grace at all most looks lose what they wrote before they name it, and are not done. With `--many`, what it
takes to find that all objects of so many pictures are needed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from talentimg.bootstrap import App
from talentimg.repository.registry import open_repository
from talentimg.service.run.named import NamedObjects
from talentimg.service.run.removing import Remover
from talentimg.service.run.sweep import NAMING, OBJECTS, Keep, Sweeper
from talentimg.settings import load_settings
from talentimg.store.folder import FolderStore
from tests import crowds, postgres
from tests.bench.calls import read_entries
from tests.bench.columns import SYNC
from tests.bench.measure import ROOT, measured
from tests.bench.stage import request, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.interface import Repository
    from talentimg.store.interface import ObjectStore
    from tests.bench.stage import Stage

FIRST: Final = 3_000_000
"""The seed of the first of the pictures that take turns."""
FORMS: Final = 5
PATIENT: Final = {
    "TALENTIMG_HTTP_TIMEOUT": "3600",
    "TALENTIMG_HTTP_PICTURE_TIMEOUT": "3600",
    "TALENTIMG_SYNC_NICE": "0",
}
"""A busy machine is no silent platform, and a run that stood back would hardly get on beside the sweeping."""
MANY: Final = """INSERT INTO @pictures (content_hash, source_hash, width, height, renditions, created_at)
    SELECT {hash}, {hash}, 400, 500, {forms}, '2026-11-24T02:00:00.000Z' FROM
    (WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
    SELECT n FROM numbers) AS all_of_them"""


# -- beside runs ---------------------------------------------------------------------


def beside(grace: float) -> None:
    """Sweep until standard input ends, and tell what was removed."""
    over = Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    Thread(target=wait, daemon=True).start()
    done: Counter[str] = Counter()
    app = App(load_settings())
    try:
        while not over.is_set():
            swept = sweeper(app, grace).sweep()
            done.update(sweeps=1, pictures=swept.pictures, files=swept.files)
    finally:
        app.close()
    print(json.dumps(done))


def sweeper(app: App, grace: float) -> Sweeper:
    """One that keeps nothing longer than so many seconds, and no history."""

    def now() -> datetime:
        return datetime.now(UTC)

    return Sweeper(
        app.repository,
        app.store,
        Remover(app.repository, app.store, now),
        now,
        keep=Keep(timedelta(seconds=grace), timedelta(days=1), timedelta(0)),
    )


@contextmanager
def sweeping(at: Stage, grace: float) -> Iterator[Counter[str]]:
    """A process that does so; what it has done is there afterwards."""
    command = [sys.executable, "-m", "tests.bench.sweep", "--beside", "--grace", str(grace)]
    pipe = subprocess.PIPE
    done: Counter[str] = Counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=at.environment, stdin=pipe, stdout=pipe, text=True
    ) as process:
        try:
            yield done
        finally:
            told, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"the sweep failed with {process.returncode}")
        done.update(json.loads(told))


def without_objects(repository: Repository, store: ObjectStore) -> list[str]:
    """The pictures of which an object is not there, although the row is."""
    lacking, page = [], repository.named_objects(after=None, limit=NAMING)
    while page.size:
        found = store.each(store.find, page.keys)
        lacking += [key for key, held in zip(page.keys, found, strict=True) if held is None]
        page = repository.named_objects(after=page.last, limit=NAMING)
    # A row that was there when it was read may have gone before its object was looked for.
    still = repository.still_named(lacking) if lacking else set()
    return [key for key in sorted(still) if store.find(key) is None]


def one_round(at: Stage, turn: int) -> tuple[dict[str, Any], int]:
    """Everybody has another picture; what a run makes of it, and how many rows lack an object then."""
    for number, entry in enumerate(read_entries(at.store)):
        seed = FIRST + 3 * number + turn % 3
        order = {"do": "set_picture", "person": entry.id, "platform": entry.platform, "seed": seed}
        request(at.url, "POST", "/_world", order)
    run = measured((*SYNC, "--min-age", "0"), at.environment)
    with ExitStack() as stack:
        repository = stack.enter_context(open_repository(at.environment["TALENTIMG_DATABASE_URL"]))
        lacking = without_objects(repository, FolderStore(at.images))
    return json.loads(run.last_line), len(lacking)


def rounds(wanted: argparse.Namespace, database_url: str | None) -> None:
    """Print what each round comes to, and what was swept meanwhile."""
    total = 0
    with stage(wanted.talents, 0.0, database_url=database_url) as at, sweeping(at, wanted.grace) as done:
        at.environment.update(PATIENT)
        at.environment.setdefault("TALENTIMG_DATABASE_URL", f"sqlite:///{at.folder / 'talentimg.db'}")
        for turn in range(wanted.rounds):
            summary, lacking = one_round(at, turn)
            total += lacking
            told = {
                name: summary[name] for name in ("looked_at", "updated", "failed", "still_due", "seconds")
            }
            print(turn + 1, told, f"rows without an object: {lacking}", flush=True)
    print("swept beside:", dict(done))
    if total:
        raise SystemExit(f"{total} rows were without an object.")


# -- many ------------------------------------------------------------------------------


def many(count: int, crowd: crowds.Crowd, *, on_postgres: bool) -> None:
    """Print what one pass over so many pictures takes, and one question for the objects of a page."""
    crowd.fill(statement(count, on_postgres=on_postgres))
    repository = crowd.repository
    began = time.perf_counter()
    held = NamedObjects(named(repository))
    once = time.perf_counter() - began
    keys = [key for key, _ in zip(named(repository), range(OBJECTS), strict=False)]
    began = time.perf_counter()
    assert all(key in held for key in keys)
    looked_up = time.perf_counter() - began
    began = time.perf_counter()
    assert len(repository.still_named(keys)) == len(keys)
    asked = time.perf_counter() - began
    tracemalloc.start()
    NamedObjects(named(repository))
    peak = tracemalloc.get_traced_memory()[1]
    pages = count * FORMS / OBJECTS
    megabytes = f"{held.bytes_held / 1e6:.1f} MB held, {peak / 1e6:.1f} MB at most"
    print(
        f"{count} pictures: read once in {once:.2f} s, {OBJECTS} objects looked up in {looked_up:.3f} s,"
        f" asked in {asked:.2f} s; all {count * FORMS} objects {once + pages * looked_up:.1f} s,"
        f" asked page by page {pages * asked:.1f} s; {megabytes}"
    )


def named(repository: Repository) -> Iterator[str]:
    """Every object that a picture names, as a sweep reads them."""
    page = repository.named_objects(after=None, limit=NAMING)
    while page.size:
        yield from page.keys
        page = repository.named_objects(after=page.last, limit=NAMING)


def statement(count: int, *, on_postgres: bool) -> str:
    """What makes so many rows of pictures, with five forms each."""
    if on_postgres:
        name = "encode(sha256(CAST(CAST(n AS text) AS bytea)), 'hex')"
        form = "md5(n || '-{0}') || md5(n || '+{0}')"
        one = f"jsonb_build_array('webp-{{0}}', '00/' || {form} || '.webp', 400, 1000, 'image/webp')"
        forms = f"jsonb_build_array({', '.join(one.format(i) for i in range(FORMS))})"
    else:
        name = "printf('%064x', n * 7919)"
        one = "json_array('webp-{0}', printf('00/%064x.webp', n * 7919 + {0}), 400, 1000, 'image/webp')"
        forms = f"json_array({', '.join(one.format(i) for i in range(FORMS))})"
    return MANY.format(hash=name, forms=forms, count=count)


def main() -> None:
    """Do what is wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--talents", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--grace", type=float, default=15.0)
    parser.add_argument("--many", type=int)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.beside:
        beside(wanted.grace)
        return
    with ExitStack() as stack:
        server = None
        if wanted.postgres:
            server = postgres.need(stack.enter_context(contextmanager(postgres.databases)()))
        if wanted.many:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            on = crowds.on_postgres(server) if server else crowds.on_sqlite(folder)
            many(wanted.many, stack.enter_context(on), on_postgres=server is not None)
        else:
            rounds(wanted, server.url(server.create(template=server.migrated())) if server else None)


if __name__ == "__main__":
    main()
