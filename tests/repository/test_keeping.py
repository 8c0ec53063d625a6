"""The rows of the roster, what follows from changing them, and imports taken back, on every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import TalentNotFound, UsageError
from talentimg.models import AuditEntry, Policy, Selection, Token
from talentimg.repository.interface import Change, Disconnected, NewAccount, NewTalent
from talentimg.repository.interface.entries import (
    EntryAccount,
    EntryChange,
    Following,
    Import,
    Restored,
    RosterEntry,
)
from talentimg.repository.interface.keeping import MOST_IMPORTS
from tests.repository.builders import NOW, found, shown, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.entries import (
        Present,
        Written,
    )

ADA = NewTalent(
    "ada",
    "Ada",
    "ada@example.org",
    "https://a.example/a.png",
    (
        NewAccount("bluesky", "ada.example", "https://b.example/ada", Token("secret")),
        NewAccount("github", "ada"),
    ),
)
ENTRY = RosterEntry(
    "ada",
    "Ada",
    "ada@example.org",
    "https://a.example/a.png",
    (EntryAccount("bluesky", "ada.example", "https://b.example/ada"), EntryAccount("github", "ada")),
)


def nothing(_: Written) -> Following:
    return Following()


def imported(number: int, *changed: EntryChange) -> Import:
    return Import(f"i{number:02}", NOW + timedelta(minutes=number), "eve", f"{number}.csv", changed)


def test_an_entry_is_what_the_rows_say_without_the_token(repository: Repository) -> None:
    repository.add([ADA, talent("bob")], NOW)
    repository.disconnect("ada", "github", NOW)
    entries = repository.entries(["ada", "nobody", "bob", "\ud800"])
    gone = (ENTRY.accounts[0], replace(ENTRY.accounts[1], connected=False))
    assert entries["ada"] == replace(ENTRY, accounts=gone)
    assert sorted(entries) == ["ada", "bob"]
    assert "secret" not in repr(entries)


def test_this_roster_is_our_own(repository: Repository) -> None:
    assert repository.is_own()


def test_records_come_in_pages(repository: Repository) -> None:
    repository.add([talent(f"t{n}", "bluesky") for n in range(5)], NOW)
    assert repository.records(limit=2) == repository.load_many(["t0", "t1"])
    assert repository.records(after="t1", limit=10) == repository.load_many(["t2", "t3", "t4"])
    assert repository.records(after="t4") == []


def test_what_follows_is_written_with_it(repository: Repository) -> None:
    repository.add([ADA], NOW)
    repository.save([Change("ada", shown(), candidates=(found("ada"),))], NOW)
    said = AuditEntry("ada", NOW, "import", "eve", about={"file": "a.csv"})
    seen: list[Written] = []

    def follow(written: Written) -> Following:
        seen.append(written)
        change = Change(
            "ada", Selection(synced_at=NOW), policy=Policy(note="new"), read=written.records["ada"]
        )
        one = imported(1, EntryChange(written.before["ada"], written.after["ada"]))
        return Following((change,), (said,), one)

    other = NewTalent("ada", "Ada L.", "", accounts=(NewAccount("bluesky", "other.example"),))
    repository.update([other, talent("bob")], NOW, follow=follow)
    (written,) = seen
    assert written.before == {"ada": ENTRY}
    account = EntryAccount("bluesky", "other.example")
    after = replace(ENTRY, name="Ada L.", email=None, accounts=(account, ENTRY.accounts[1]))
    assert written.after == {"ada": after, "bob": RosterEntry("bob", "Bob")}
    record = repository.load("ada")
    assert (record.selection.has_picture, record.policy.note) == (False, "new")
    assert repository.audit("ada") == [said]
    assert repository.imports() == [imported(1, EntryChange(ENTRY, after))]


def test_what_is_refused_afterwards_has_not_been_written(repository: Repository) -> None:
    repository.add([ADA], NOW)
    repository.save([Change("ada", shown(), candidates=(found("ada"),))], NOW)
    before = repository.load("ada")

    def refuse(written: Written) -> Following:
        assert written.after["ada"].name == "Eve"
        raise UsageError("Not so.")

    changed = NewTalent("ada", "Eve", accounts=(NewAccount("bluesky", "other.example"),))
    with pytest.raises(UsageError, match="Not so"):
        repository.update([changed, talent("bob")], NOW, follow=refuse)
    assert repository.load("ada") == before
    with pytest.raises(TalentNotFound):
        repository.load("bob")
    assert repository.imports() == []


def test_what_the_columns_held_is_kept_with_an_import_and_put_back(repository: Repository) -> None:
    repository.add([talent("ada")], NOW)
    (before,) = repository.entries(["ada"]).values()

    def remembered(written: Written) -> Following:
        return Following(imported=imported(1, EntryChange(written.before["ada"], written.after["ada"])))

    repository.update(
        [NewTalent("ada", "Eve", "e@example.org", "https://e.example/e")], NOW, follow=remembered
    )
    (one,) = repository.imports()
    was = one.changed[0].before
    assert was is not None
    assert was.columns == before.columns
    back = Restored("ada", was.name, "", "", columns=was.columns)
    repository.take_back(one.id, NOW, lambda _: [back], nothing)
    (after,) = repository.entries(["ada"]).values()
    assert (after, after.columns and after.columns.name) == (before, before.columns and before.columns.name)


def test_who_is_new_may_come_with_accounts_that_are_not_connected(repository: Repository) -> None:
    off = NewAccount("github", "ada", token=Token("secret"), connected=False)
    gone = Disconnected.of("ada", "github", "@Ada")
    new = NewTalent("ada", "Ada", accounts=(off, NewAccount("bluesky", "a.example")), disconnected=(gone,))
    repository.update([new], NOW)
    assert repository.entries(["ada"])["ada"].accounts == (
        EntryAccount("bluesky", "a.example"),
        EntryAccount("github", "ada", connected=False),
    )
    assert repository.disconnected(["ada"]) == {gone}
    repository.update([NewTalent("ada", "Ada", accounts=(NewAccount("github", "ada"),))], NOW)
    assert repository.load("ada").talent.account("github") is None
    on = NewAccount("bluesky", "other", connected=False)
    repository.update([NewTalent("ada", "Ada", accounts=(on,))], NOW)
    account = repository.load("ada").talent.account("bluesky")
    assert account is not None
    assert account.handle == "a.example", "whoever is known keeps what is connected"


def test_the_latest_imports_are_kept(repository: Repository) -> None:
    repository.add([talent("ada")], NOW)
    for number in range(MOST_IMPORTS + 3):
        one = imported(number)
        repository.update([talent("ada")], NOW, follow=lambda _, one=one: Following(imported=one))  # type: ignore[misc]
    assert [one.id for one in repository.imports()] == [f"i{n:02}" for n in range(MOST_IMPORTS + 2, 2, -1)]


@pytest.fixture
def after_an_import(repository: Repository) -> RosterEntry:
    """Ada with other accounts, as an import left her, and Bob, whom it added."""
    repository.add([ADA], NOW)
    repository.disconnect("ada", "github", NOW)
    other = NewAccount("bluesky", "other.example", "https://o.example")
    new = NewTalent("ada", "Eve", accounts=(other, NewAccount("github", "eve"), NewAccount("tiktok", "eve")))

    def follow(written: Written) -> Following:
        changed = (EntryChange(written.before.get(i), written.after[i]) for i in ("ada", "bob"))
        return Following(imported=imported(1, *changed))

    repository.update([new, NewTalent("bob", "Bob", "b@example.org")], NOW, follow=follow)
    (one,) = repository.imports()
    before = one.changed[0].before
    assert before is not None
    return before


def test_an_import_is_taken_back(repository: Repository, after_an_import: RosterEntry) -> None:
    repository.save([Change("bob", shown(), candidates=(found("bob"),))], NOW)
    told: list[Present] = []

    def plan(present: Present) -> list[Restored]:
        told.append(present)
        back = Restored("ada", name="Ada", accounts=after_an_import.accounts, gone=("tiktok",))
        return [back, Restored("bob", remove=True)]

    follows: list[Written] = []

    def follow(written: Written) -> Following:
        follows.append(written)
        return Following(audit=(AuditEntry("ada", NOW, "import", "eve"),))

    repository.take_back("i01", NOW + timedelta(days=1), plan, follow)
    assert repository.entries(["ada", "bob"]) == {"ada": after_an_import}
    assert repository.load("ada").talent.account("bluesky")
    assert (told[0].is_own, told[0].spoken_of, sorted(told[0].entries)) == (True, frozenset(), ["ada", "bob"])
    assert set(follows[0].after) == {"ada"}
    assert [entry.action for entry in repository.audit("ada")] == ["import"]
    assert repository.history("bob") == []
    (one,) = repository.imports()
    assert one.undone_at == NOW + timedelta(days=1)
    with pytest.raises(UsageError, match="no import left"):
        repository.take_back("i01", NOW, plan, follow)
    repository.add([talent("bob")], NOW)


def test_many_are_removed_at_once(repository: Repository) -> None:
    people = [NewTalent(f"t{n}", "T", f"t{n}@example.org") for n in range(150)]

    def follow(written: Written) -> Following:
        return Following(
            imported=imported(1, *(EntryChange(None, after) for after in written.after.values()))
        )

    repository.update(people, NOW, follow=follow)
    repository.take_back("i01", NOW, lambda p: [Restored(i, remove=True) for i in p.entries], nothing)
    assert repository.count() == 0
    repository.update(people, NOW)
    assert repository.count() == len(people)


def test_what_a_person_disconnected_stays_so(repository: Repository, after_an_import: RosterEntry) -> None:
    repository.take_back("i01", NOW, lambda _: [Restored("ada", accounts=after_an_import.accounts)], nothing)
    assert repository.disconnected(["ada"]) == {Disconnected.of("ada", "github", "ada")}


@pytest.mark.usefixtures("after_an_import")
def test_a_plan_that_refuses_leaves_all_as_it_is(repository: Repository) -> None:
    before = repository.entries(["ada", "bob"])

    def refuse(_: Present) -> list[Restored]:
        raise UsageError("Somebody was faster.")

    def fail(_: Written) -> Following:
        raise UsageError("Somebody was faster.")

    for plan, follow in (
        (refuse, nothing),
        (lambda _: [Restored("ada", name="X"), Restored("bob", remove=True)], fail),
    ):
        with pytest.raises(UsageError, match="faster"):
            repository.take_back("i01", NOW, plan, follow)
    assert repository.entries(["ada", "bob"]) == before
    assert repository.imports()[0].undone_at is None


@pytest.mark.usefixtures("after_an_import")
def test_it_is_told_of_whom_people_have_spoken(repository: Repository) -> None:
    repository.save_audit([AuditEntry("bob", NOW, "lock", "eve"), AuditEntry("ada", NOW, "import", "eve")])
    assert repository.present(["ada", "bob"]).spoken_of == {"bob"}


@pytest.mark.usefixtures("after_an_import")
def test_an_import_forgets_who_is_forgotten(repository: Repository) -> None:
    repository.erase("ada", NOW, forgotten_by="eve")
    (one,) = repository.imports()
    assert [change.after.talent_id for change in one.changed] == ["bob"]


@pytest.mark.usefixtures("after_an_import")
def test_an_import_forgets_an_account_that_is_forgotten(repository: Repository) -> None:
    (before,) = repository.imports()
    platform = next(
        a.platform for c in before.changed for a in c.after.accounts if c.after.talent_id == "ada"
    )
    repository.erase("ada", NOW, platform=platform, forgotten_by="eve")
    (one,) = repository.imports()
    kept = [e for c in one.changed for e in (c.before, c.after) if e and e.talent_id == "ada"]
    assert len(one.changed) == len(before.changed)
    assert platform not in {account.platform for entry in kept for account in entry.accounts}
