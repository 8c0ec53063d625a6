"""What a database costs that is far away, and one with very many talents in it.

    uv run python -m tests.bench.distance [--only far|pages|large] [--talents N] [--rounds R] [--json]
        [--round-trips MS,MS] [--many N,N] [--large N,N]

    far      talents a second of a run on Postgres, first and again, at several round trips
    pages    milliseconds for a page of the due when many were never looked at, have no account, or are
             due early, on SQLite and Postgres; `first` passes over those without accounts
    large    `count_due` and `list --json` of a very large roster, and the memory of the latter

Ratios are to the first of the values; flat is what stays within 1.5. One Postgres server serves all.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import crowds, postgres
from tests.bench import far, large, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.crowds import Crowd


@contextmanager
def _on_sqlite() -> Iterator[Crowd]:
    with tempfile.TemporaryDirectory() as folder, crowds.on_sqlite(Path(folder)) as crowd:
        yield crowd


def measure(wanted: argparse.Namespace, server: postgres.Databases) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that is wanted."""
    stores: pages.Stores = {"sqlite": _on_sqlite, "postgres": partial(crowds.on_postgres, server)}
    tables: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "far": lambda: far.measure(server, wanted.talents, wanted.round_trips, wanted.rounds),
        "pages": lambda: pages.measure(stores, wanted.many),
        "large": lambda: large.measure(stores, wanted.large),
    }
    return {name: table() for name, table in tables.items() if wanted.only in (None, name)}


def _print(tables: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in tables.items():
        print(name, *rows[0], sep="\t")
        for row in rows:
            print("", *(round(v, 2) if isinstance(v, float) else v for v in row.values()), sep="\t")


def _numbers(text: str) -> Sequence[int]:
    return [int(each) for each in text.split(",")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("far", "pages", "large"))
    parser.add_argument("--talents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--round-trips", type=_numbers, default="0,10,25,50", help="milliseconds")
    parser.add_argument("--many", type=_numbers, default="1000,20000,200000")
    parser.add_argument("--large", type=_numbers, default="100000,1000000")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with contextmanager(postgres.databases)() as server:
        assert server is not None, "no Postgres here: see docs/contributing.md"
        tables = measure(wanted, server)
    if wanted.json:
        print(json.dumps(tables, indent=2))
    else:
        _print(tables)


if __name__ == "__main__":
    main()
