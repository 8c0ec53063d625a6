"""The benchmark of pages and of large rosters, on small ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.bench import large, pages
from tests.crowds import on_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_every_kind_of_roster_is_told_with_its_ratio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"OTHERS": 10, "PAGE": 5, "PAGES": 4, "DUE": 25}.items():
        monkeypatch.setattr(pages, name, value)
    rows = pages.measure({"sqlite": partial(on_sqlite, tmp_path)}, [10, 20])
    told = [(row["who"], row["number"]) for row in rows]
    assert told == [(kind, number) for kind in pages.KINDS for number in (10, 20)]
    assert all(row["page_ratio"] == 1 for row in rows if row["number"] == 10)


def test_a_list_is_measured_as_a_command(tmp_path: Path) -> None:
    (row,) = large.measure({"sqlite": partial(on_sqlite, tmp_path)}, [10])
    assert (row["counted"], row["memory_ratio"]) == (10, 1)
    assert row["list_mib"] > 1
