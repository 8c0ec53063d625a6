"""Brings a crowd in, before anything is measured: into talentimg's store, and into the loop's.

    python -m tests.bench.bring_in N URL STORE

The people are those of `python -m talentimg.demo --people N`: same seed, same tokens. Talentimg's store is
the one that the environment names.
"""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from talentimg.bootstrap import App
from talentimg.demo.crowd import crowd_world
from talentimg.demo.roster import roster_of
from talentimg.settings import load_settings
from tests.bench.calls import CREATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.repository.interface import NewTalent

PAGE: Final = 1000
INSERT: Final = "INSERT INTO talents (id, platform, handle, token) VALUES (?, ?, ?, ?)"


def for_ours(talents: Sequence[NewTalent]) -> None:
    """Into talentimg's store, page by page."""
    app = App(load_settings(), create=True)
    for start in range(0, len(talents), PAGE):
        app.roster.import_talents(talents[start : start + PAGE])
    app.close()


def for_the_others(talents: Sequence[NewTalent], store: Path) -> None:
    """Into one plain table."""
    rows = [
        (talent.id, account.platform, account.handle, account.token and account.token.access_token)
        for talent in talents
        for account in talent.accounts
    ]
    with closing(sqlite3.connect(store)) as database, database:
        database.execute(CREATE)
        database.executemany(INSERT, rows)


def main() -> None:
    """Do both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("people", type=int)
    parser.add_argument("url")
    parser.add_argument("store", type=Path)
    arguments = parser.parse_args()
    talents = roster_of(crowd_world(arguments.people), arguments.url)
    for_ours(talents)
    for_the_others(talents, arguments.store)


if __name__ == "__main__":
    main()
