"""A roster that is copied is the same in the other place, whatever ends the copy and whoever works."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import Contradicted, OutOfDate, RunInProgress, StoreUnreadable, UsageError
from talentimg.models import Action, AuditEntry
from talentimg.repository.interface import NewTalent
from talentimg.repository.moving.shapes import STAYS
from talentimg.repository.registry import open_repository, open_tables
from tests import postgres
from tests.conftest import NOW
from tests.moving.copying import copy, steps_of
from tests.moving.filling import dumped, of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from talentimg.repository.moving.shapes import Shape
    from talentimg.service.moving.tables import Step


def run(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(statement)


def test_every_table_of_the_schema_goes_to_postgres_and_back(
    full: Path, new_database: str, tmp_path: Path
) -> None:
    """Also one that the schema gets tomorrow: the rows are made of what the schema says."""
    before = dumped(full)
    assert all(before.values()), "a table without rows shows nothing"
    copied = copy(of(full), new_database)
    assert {one.table for one in copied.moved} == {n.removeprefix("talentimg_") for n in before}
    copy(new_database, of(tmp_path / "back.db"))
    assert dumped(tmp_path / "back.db") == before


def test_what_stays_is_told_and_is_a_table(kinds: Mapping[str, Shape]) -> None:
    assert set(STAYS) <= set(kinds), "it names a table that is gone"
    assert all(STAYS.values())


def test_new_rows_are_numbered_behind_those_that_came(full: Path, new_database: str) -> None:
    copy(of(full), new_database)
    with open_repository(new_database) as repository:
        repository.remember([("nobody", None)], NOW, AuditEntry("nobody", NOW, Action.REMEMBER, "eve"))
    with postgres.connect(new_database) as database:
        for table in ("history", "audit", "wishes"):
            (row,) = database.execute(
                f"SELECT nextval(pg_get_serial_sequence('talentimg.{table}', 'id')),"
                f" (SELECT max(id) FROM talentimg.{table})".encode()
            ).fetchall()
            assert row[0] > row[1]


@pytest.mark.parametrize("part", [0.05, 0.4, 0.7, 0.95])
def test_a_copy_that_was_killed_is_gone_on_with(
    part: float, full: Path, new_database: str, tmp_path: Path
) -> None:
    steps = int(steps_of(of(full), of(tmp_path / "other.db")) * part)
    copy(of(full), new_database, steps=steps)
    assert copy(of(full), new_database).moved
    copy(new_database, of(tmp_path / "back.db"), steps=steps)
    copy(new_database, of(tmp_path / "back.db"))
    assert dumped(tmp_path / "back.db") == dumped(full)


def test_half_a_roster_shows_nobody(full: Path, tmp_path: Path) -> None:
    steps = steps_of(of(full), of(tmp_path / "other.db"))
    target = tmp_path / "new.db"
    for end in range(1, steps // 2, 7):
        copy(of(full), of(target), steps=end)
        with open_repository(of(target)) as repository:
            assert len(repository.roster(after=None, limit=50)) in {0, 40}


def test_what_was_begun_from_one_roster_is_not_gone_on_with_from_another(full: Path, tmp_path: Path) -> None:
    copy(of(full), of(tmp_path / "new.db"), steps=9)
    full.rename(tmp_path / "elsewhere.db")
    with pytest.raises(Contradicted, match="already"):
        copy(of(tmp_path / "elsewhere.db"), of(tmp_path / "new.db"))


def test_a_roster_is_replaced_only_when_somebody_says_so(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.db"
    copy(of(full), of(target))
    run(target, "UPDATE talentimg_policies SET note = 'said there'")
    run(target, "INSERT INTO talentimg_disconnects VALUES ('more', 'x', 'y', '2026-01-01T00:00:00.000Z')")
    before = dumped(target)
    with pytest.raises(Contradicted) as refused:
        copy(of(full), of(target))
    assert "--replace" in (refused.value.hint or "")
    assert dumped(target) == before
    moved = {one.table: one for one in copy(of(full), of(target), replace=True).moved}
    assert (moved["policies"].written, moved["disconnects"].removed, moved["history"].written) == (40, 1, 0)
    assert dumped(target) == dumped(full)


def test_a_copy_is_the_roster_of_one_moment_whoever_writes_beside_it(full: Path, tmp_path: Path) -> None:
    before = dumped(full)

    def write(step: Step) -> None:
        if step.table == "history" and not step.is_comparing and step.done:
            run(full, "DELETE FROM talentimg_selections WHERE talent_id = 'Talent-000003'")
            run(full, "UPDATE \"Talent\" SET name = 'New'")

    copy(of(full), of(tmp_path / "new.db"), meanwhile=write)
    assert dumped(tmp_path / "new.db") == before
    copy(of(full), of(tmp_path / "new.db"), replace=True)
    assert dumped(tmp_path / "new.db") == dumped(full) != before


def test_somebody_who_writes_to_the_other_place_is_noticed(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.db"

    def write(step: Step) -> None:
        if step.is_comparing and step.table == "audit":
            run(target, "UPDATE talentimg_history SET why = 'meanwhile'")

    with pytest.raises(OutOfDate, match="history"):
        copy(of(full), of(target), meanwhile=write)
    copy(of(full), of(target))
    assert dumped(target) == dumped(full)


def test_nothing_is_copied_over_a_roster_at_work(full: Path, new_store: Path) -> None:
    with open_repository(of(new_store)) as repository:
        assert repository.lock_run()
        with pytest.raises(RunInProgress):
            copy(of(full), of(new_store))
    seen = NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    run(
        new_store,
        "INSERT INTO talentimg_workers (id, host, pid, started_at, seen_at, doing)"
        f" VALUES ('w', 'h', 1, '{seen}', '{seen}', 'waiting')",
    )
    with pytest.raises(RunInProgress):
        copy(of(full), of(new_store))


def test_a_roster_is_not_copied_onto_itself(full: Path) -> None:
    with pytest.raises(UsageError, match="Both"):
        copy(of(full), of(full), replace=True)


def test_whoever_was_forgotten_there_does_not_come_back_by_a_copy(full: Path, new_database: str) -> None:
    with open_repository(new_database) as repository:
        repository.add([NewTalent("Talent-000007", "Seven")], NOW)
        repository.erase("Talent-000007", NOW, forgotten_by="eve")
    with pytest.raises(Contradicted, match="forgotten"):
        copy(of(full), new_database, replace=True)
    for table in ("imports", "audit", "runs", "policies", "run_talents"):  # which are filled with anything
        run(full, f"DELETE FROM talentimg_{table}")
    with open_repository(of(full)) as repository:
        repository.erase("Talent-000007", NOW, forgotten_by="eve")
    copy(of(full), new_database, replace=True)
    with open_repository(new_database) as repository:
        assert [one.talent_id for one in repository.forgotten([("Talent-000007", None)])]


def test_a_character_that_postgres_cannot_hold_is_told_with_its_row(full: Path, new_database: str) -> None:
    run(full, "UPDATE \"Talent\" SET name = 'a' || char(0) || 'b' WHERE id = 'Talent-000009'")
    with pytest.raises(StoreUnreadable, match="Talent-000009"):
        copy(of(full), new_database)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("runs", "exit_code", "'many'"),
        ("runs", "pid", "1.5"),
        ("runs", "joined", "'false'"),
        ("runs", "started_at", "'0'"),
        ("runs", "report", "'{'"),
        ("runs", "report", """'{"a": NaN}'"""),
        ("runs", "report", """'{"a": 1e400}'"""),
        ("runs", "host", "x'0102'"),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_told_with_its_place_and_not_made_into_another(
    full: Path, new_database: str, table: str, column: str, value: str
) -> None:
    """SQLite keeps anything in any column, and whoever else writes to the file may have put it there."""
    run(full, f"UPDATE talentimg_{table} SET {column} = {value} WHERE id = 'runs-000009'")
    with pytest.raises(StoreUnreadable, match=rf"{table} .* {column} .*runs-000009"):
        copy(of(full), new_database)


def test_a_text_that_is_none_is_told_in_a_sentence(full: Path, tmp_path: Path) -> None:
    run(full, "UPDATE \"Talent\" SET name = CAST(x'ff41' AS TEXT) WHERE id = 'Talent-000009'")
    with pytest.raises(StoreUnreadable, match="UTF-8"):
        copy(of(full), of(tmp_path / "new.db"))


def test_accounts_that_went_to_others_since_are_no_conflict(full: Path, new_database: str) -> None:
    """Of two accounts on one platform each now belongs to whom the other one had belonged to."""
    account = 'UPDATE "SocialAccountConnection" SET'
    both = "WHERE id IN ('SocialAccountConnection-000001', 'SocialAccountConnection-000002')"
    run(full, f"{account} platform = 'tiktok' {both}")
    copy(of(full), new_database)
    run(full, f"{account} platform = id {both}")
    run(full, f"{account} \"creatorId\" = 'Talent-00000' || (3 - substr(id, -1)) {both}")
    run(full, f"{account} platform = 'tiktok' {both}")
    copy(of(full), new_database, replace=True)
    with postgres.connect(new_database) as database:
        (row,) = database.execute(
            b'SELECT id FROM "SocialAccountConnection" WHERE "creatorId" = %s', ["Talent-000001"]
        ).fetchall()
    assert row == ("SocialAccountConnection-000002",)


def test_a_copy_at_once_is_there_as_a_whole_or_not_at_all(full: Path, new_database: str) -> None:
    copy(of(full), new_database, steps=30, at_once=True)
    with closing(open_tables(new_database)) as tables:
        assert not any(tables.count(shape) for name, shape in tables.shapes().items() if name not in STAYS)
    copy(of(full), new_database, at_once=True)
    with closing(open_tables(new_database)) as tables:
        assert tables.count(tables.shapes()["audit"]) == 40
