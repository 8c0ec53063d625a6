"""How fast `talentimg serve` answers, against a bare route of the same stack, in the same run.

    uv run python -m tests.bench.serve [--short] [--disturb] [--json]

A real server on a roster of 100,000 talents who all show a picture, on SQLite and on Postgres; 50
connections, each of which asks again when it has its answer. All routes are asked in turn, the bare one among
them, so that a machine whose speed drifts changes all of them alike. `avatars` is a page of 50 faces that 50
people have open, `avatars_cold` anybody's of the 100,000. `p99_ratio` is against the bare route.

With `--disturb` also while platforms hang and beside a `sync-all`. There `cpu_us` is what a request costs the
server, and `queued_us` how long it stood ready for a request and was given no core (Linux only): the first is
ours, the second the machine's, and of the two cores of a small one everything else has its share.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentimg.bootstrap import App
from talentimg.images.renditions import make_picture
from talentimg.models import Scope, Selection
from talentimg.repository.interface import Change
from talentimg.settings import load_settings
from talentimg.store.forms import new_objects
from talentimg.store.keys import key_of
from tests import postgres
from tests.bench.disturbed import Silent, hanging, pointed_at, run_beside, spent
from tests.crowds import NOW, on_postgres, on_sqlite
from tests.service.world import picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from tests.crowds import Crowd

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))
CONNECTIONS: Final = 50
PICTURES: Final = 50
BOUNDS: Final = {
    "sqlite": {"profile_image": 4.0, "avatars": 1.5, "roster": 10.0},
    "postgres": {"profile_image": 6.0, "avatars": 1.5, "roster": 10.0},
}
"""Times the bare route's p99."""
DISTURBED: Final = [
    f"{name}_{figure}"
    for name in ("alone", "hanging", "beside_run")
    for figure in ("p99_ms", "cpu_us", "queued_us")
]
ADDRESS: Final = "https://cdn.example/face.jpg"

# What everybody shows, in SQL for both kinds of database; `@` stands before the names of tables of ours.
_SHOWN: Final = (
    f"""UPDATE "Talent" SET "profileImageUrl" = '{ADDRESS}', "profileImageSource" = 'bluesky'""",
    "DELETE FROM @selections",
    f"""INSERT INTO @selections (talent_id, source, url, content_hash)
    SELECT t.id, 'bluesky', '{ADDRESS}', p.content_hash FROM "Talent" AS t JOIN (
        SELECT content_hash, row_number() OVER (ORDER BY content_hash) - 1 AS place FROM @pictures
    ) AS p ON p.place = CAST(substr(t.id, 2) AS integer) % {PICTURES}""",
)


def ids_of(number: int) -> list[str]:
    """The ids of a crowd of this size."""
    return [f"t{n * 7919 % 1000003}" for n in range(1, number + 1)]


def fill(crowd: Crowd, app: App, number: int) -> None:
    """Everybody shows a picture of ours."""
    crowd.add(number, synced=NOW)
    for seed, talent_id in enumerate(ids_of(number)[:PICTURES]):
        made = make_picture(picture_bytes(seed), source_hash=f"{seed:064x}", now=NOW, key_for=key_of)
        app.store.put_all(new_objects(made.picture, made.objects))
        shown = Selection("bluesky", made.picture.content_hash, ADDRESS, NOW)
        crowd.repository.save([Change(talent_id, shown, picture=made.picture)], NOW)
    for statement in _SHOWN:
        crowd._run(statement)
    crowd.finish()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(port)


@contextmanager
def running(command: list[str], environment: Mapping[str, str], output: Path) -> Iterator[int]:
    """A process that writes its lines into a file; its number."""
    with output.open("w") as file:
        process = subprocess.Popen(command, env=dict(environment), stdout=file, stderr=file)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def asked(port: int, requests: list[str], seconds: float) -> dict[str, Any]:
    """What one kind of request comes to."""
    question = {"port": port, "connections": CONNECTIONS, "seconds": seconds, "requests": requests}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
        timeout=10 * seconds + 60,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    assert not told["wrong"], told["wrong"]
    return told


def requests_for(number: int, token: str) -> dict[str, list[str]]:
    """The requests of each kind, as they are sent."""
    dice = random.Random(7)
    ids = ids_of(number)
    some, page = dice.choices(ids, k=min(number, 20_000)), sorted(ids)[:PICTURES]
    admin = "/api/admin/talent"
    return {
        "profile_image": [_get(f"{admin}/{i}/profile-image", token) for i in some],
        "avatars": [_get(f"/avatars/{i}?size=96") for i in page],
        "avatars_cold": [_get(f"/avatars/{i}?size=96") for i in some],
        "roster": [_get(f"{admin}?limit=50", token)],
    }


def _get(path: str, token: str = "") -> str:
    shown = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{shown}\r\n"


def measure_on(
    crowd: Crowd, folder: Path, number: int, *, rounds: int, seconds: float, disturb: bool
) -> dict[str, Any]:
    """A row for each route, on one kind of store."""
    silent = Silent()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TALENTIMG_")},
        "HOME": str(folder),
        "TALENTIMG_DATABASE_URL": crowd.url,
        "TALENTIMG_IMAGES_STORE": (folder / "images").as_uri(),
        **pointed_at(silent.url),
    }
    app = App(load_settings(environment=environment))
    try:
        fill(crowd, app, number)
        token = app.access.make("bench", Scope.ADMIN, by="bench")
    finally:
        app.close()
    port = free_port()
    serve = [TALENTIMG, "serve", "--port", str(port), "--quiet"]  # the bare route writes no log, either
    bare = [sys.executable, "-m", "tests.bench.bare"]
    kinds = {"bare": [_get("/")], **requests_for(number, token)}
    told: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    with ExitStack() as stack:
        server = stack.enter_context(running(serve, environment, folder / "serve.log"))
        wait_for(port)
        bare_port = free_port()
        stack.enter_context(running([*bare, str(bare_port)], environment, folder / "bare.log"))
        wait_for(bare_port)
        for kind, requests in kinds.items():  # warm
            asked(bare_port if kind == "bare" else port, requests, seconds / 4)
        for _ in range(rounds):
            for kind, requests in kinds.items():
                told[kind].append(asked(bare_port if kind == "bare" else port, requests, seconds))
        found = {kind: _row(rows, told["bare"]) for kind, rows in told.items()}
        if disturb:
            del kinds["bare"]
            posts = [_post(f"/api/admin/talent/{i}/profile-image/sync", token) for i in ids_of(number)[-100:]]
            for name, disturbance in (
                ("alone", nullcontext()),
                ("hanging", hanging(port, posts)),
                ("beside_run", run_beside(environment)),
            ):
                with disturbance:
                    for kind, requests in kinds.items():
                        rows = [_watched(server, port, requests, seconds) for _ in range(rounds)]
                        for figure in rows[0]:
                            middle = statistics.median(row[figure] for row in rows)
                            found[kind][f"{name}_{figure}"] = round(middle, 2)
    silent.close()
    return found


def _watched(server: int, port: int, requests: list[str], seconds: float) -> dict[str, float]:
    """The p99 of a kind of request, and what each of them took the server."""
    before = spent(server)
    told = asked(port, requests, seconds)
    after, number = spent(server), told["requests_s"] * seconds
    return {
        "p99_ms": told["p99_ms"],
        "cpu_us": 1e6 * (after.on_a_core - before.on_a_core) / number,
        "queued_us": 1e6 * (after.queued - before.queued) / number,
    }


def _row(rows: list[dict[str, Any]], bare: list[dict[str, Any]]) -> dict[str, float]:
    ratios = [row["p99_ms"] / other["p99_ms"] for row, other in zip(rows, bare, strict=True)]
    medians = {
        name: statistics.median(row[name] for row in rows) for name in ("p50_ms", "p99_ms", "requests_s")
    }
    return {
        name: round(value, 2) for name, value in {**medians, "p99_ratio": statistics.median(ratios)}.items()
    }


def _post(path: str, token: str) -> str:
    return _get(path, token).replace("GET", "POST", 1).replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, Callable[[], AbstractContextManager[Crowd]]]]:
    """A way to have each kind."""
    with contextmanager(postgres.databases)() as server:
        made: dict[str, Callable[[], AbstractContextManager[Crowd]]] = {"sqlite": partial(on_sqlite, folder)}
        if server is not None:
            made["postgres"] = partial(on_postgres, server)
        yield made


def measure(number: int, *, rounds: int, seconds: float, disturb: bool = False) -> dict[str, Any]:
    """All routes on all stores."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, stores(Path(name)) as kinds:
        for kind, opened in kinds.items():
            with opened() as crowd:
                found[kind] = measure_on(
                    crowd, Path(name), number, rounds=rounds, seconds=seconds, disturb=disturb
                )
    return found


def _table(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'store':<10}{'route':<16}{'p50 ms':>9}{'p99 ms':>9}{'a second':>10}{'p99 ratio':>11}{'bound':>8}"
    if any(name in row for rows in found.values() for row in rows.values() for name in DISTURBED):
        yield f"{'(p99 ms, cpu us, queued us: alone, while platforms hang, beside a run)':>132}"
    for store, rows in found.items():
        for kind, row in rows.items():
            bound = BOUNDS[store].get(kind, "")
            numbers = f"{row['p50_ms']:>9}{row['p99_ms']:>9}{row['requests_s']:>10.0f}{row['p99_ratio']:>11}"
            disturbed = "".join(f"{row.get(name, ''):>10}" for name in DISTURBED)
            yield f"{store:<10}{kind:<16}{numbers}{bound:>8}{disturbed}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--talents", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument(
        "--short", action="store_true", help="A few talents for a moment, so that it cannot rot."
    )
    parser.add_argument(
        "--disturb", action="store_true", help="Also while platforms hang, and beside a sync-all."
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    number, rounds, seconds = (2_000, 1, 0.3) if given.short else (given.talents, given.rounds, given.seconds)
    found = measure(number, rounds=rounds, seconds=seconds, disturb=given.disturb)
    print(json.dumps(found) if given.json else "\n".join(_table(found)))


if __name__ == "__main__":
    main()
