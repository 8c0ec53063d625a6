"""The loop that a roster run replaces: one talent after the other, nothing side by side.

    python -m tests.bench.original STORE URL [--first N]

For each talent one profile call, one HEAD on the picture's address and one UPDATE with a commit of
its own. No picture is downloaded. One client for all, so connections are kept open: that is more than
most such loops do. Prints what the loop itself took, without the start of Python, as JSON.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.bench.calls import TIMEOUT_S, Platforms, addresses, read_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.calls import Entry

UPDATE = "UPDATE talents SET picture_url = ?, synced_at = ? WHERE id = ?"


def sync(client: httpx.Client, database: sqlite3.Connection, platforms: Platforms, entry: Entry) -> None:
    """One talent."""
    question = platforms.question([entry])
    answer = client.get(question.url, params=question.params, headers=question.headers)
    [address] = addresses(entry.platform, answer.raise_for_status().json())
    client.head(address).raise_for_status()
    database.execute(UPDATE, [address, datetime.now(UTC).isoformat(), entry.id])
    database.commit()


def loop(store: Path, url: str, entries: Sequence[Entry]) -> None:
    """All of them, one after the other."""
    platforms = Platforms(url)
    # No proxy from the environment: the server is on this machine.
    with (
        httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client,
        closing(sqlite3.connect(store)) as database,
    ):
        for entry in entries:
            sync(client, database, platforms, entry)


def main() -> None:
    """Run the loop and say what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("url")
    parser.add_argument("--first", type=int, default=-1)
    arguments = parser.parse_args()
    entries = read_entries(arguments.store, arguments.first)
    began, cpu_before = time.monotonic(), time.process_time()
    loop(arguments.store, arguments.url, entries)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu_before
    print(json.dumps({"talents": len(entries), "seconds": seconds, "cpu_s": cpu}))


if __name__ == "__main__":
    main()
