"""What taking an import back says that it does, field by field, from what was, was made, and is now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from talentimg.errors import Contradicted
from talentimg.repository.interface.entries import (
    EntryAccount,
    EntryChange,
    Import,
    Present,
    Restored,
    RosterEntry,
    Written,
)
from talentimg.service.people.undo import (
    OF_THE_APP,
    SPOKEN_OF,
    Staying,
    Undo,
    changed_by,
    refuse_conflicts,
    undo_of,
)
from tests.conftest import NOW

GITHUB = EntryAccount("github", "ada")
ADA = RosterEntry("ada", "Ada", "a@example.org", None, (GITHUB,))


def undo(
    *changes: EntryChange, now: tuple[RosterEntry, ...] = (), spoken_of: str = "", is_own: bool = True
) -> Undo:
    """Of an import that made these changes, with those who are there now."""
    present = Present({one.talent_id: one for one in now}, frozenset(spoken_of.split()), is_own)
    return undo_of(Import("i1", NOW, "eve", "r.csv", changes), present)


def added(talent_id: str, *, decided: bool = False) -> EntryChange:
    return EntryChange(None, RosterEntry(talent_id, talent_id.title()), decided)


def test_it_names_the_import() -> None:
    told = undo()
    assert (told.id, told.name, told.at, told.steps) == ("i1", "r.csv", NOW, ())


def test_what_it_decided_is_told_of_those_alone_who_stay() -> None:
    people = [added(talent_id, decided=True) for talent_id in ("ada", "bob", "cid", "dan")]
    quiet = added("eve")
    now = tuple(one.after for one in (*people[:2], people[3], quiet))
    told = undo(*people, quiet, now=now, spoken_of="ada eve")
    assert told.stay == (Staying("ada", SPOKEN_OF), Staying("eve", SPOKEN_OF))
    assert (told.removed, told.gone) == (("bob", "dan"), ("cid",))
    assert (told.decided, told.restored) == (("ada",), ())


def test_what_it_decided_of_those_it_found_stays_with_them() -> None:
    changed = replace(ADA, name="Eve")
    assert undo(EntryChange(ADA, changed, True), now=(changed,)).decided == ("ada",)
    assert undo(EntryChange(ADA, changed), now=(changed,)).decided == ()


@pytest.mark.parametrize(
    ("spoken_of", "is_own", "why"),
    [("", False, OF_THE_APP), ("ada", False, OF_THE_APP), ("ada", True, SPOKEN_OF)],
)
def test_whoever_stays_is_told_with_why(spoken_of: str, is_own: bool, why: str) -> None:
    told = undo(added("ada"), now=(RosterEntry("ada", "Eve"),), spoken_of=spoken_of, is_own=is_own)
    assert (told.stay, told.removed, told.conflicts) == ((Staying("ada", why),), (), ())


def test_one_who_was_added_and_changed_since_is_a_conflict_as_a_whole() -> None:
    told = undo(added("ada"), now=(RosterEntry("ada", "Eve"),))
    assert (told.conflicts, told.steps) == (("ada",), ())


@pytest.mark.parametrize(
    ("made", "now", "restored", "conflicts"),
    [
        ({"name": "Eve"}, {"name": "Eve"}, {"name": "Ada"}, ()),
        ({"name": "Eve"}, {}, None, ()),
        ({"name": "Eve"}, {"name": "Zoe"}, None, ("ada (name)",)),
        ({}, {"name": "Zoe"}, None, ()),
        ({"email": None}, {"email": None}, {"email": "a@example.org"}, ()),
        ({"email": None}, {"email": "b@example.org"}, None, ("ada (email)",)),
        ({"avatar_url": "https://a"}, {"avatar_url": "https://a"}, {"avatar_url": ""}, ()),
        ({"avatar_url": "https://a"}, {"avatar_url": "https://b"}, None, ("ada (avatar url)",)),
        ({"accounts": ()}, {"accounts": ()}, {"accounts": (GITHUB,)}, ()),
        (
            {"accounts": (GITHUB, EntryAccount("x", "ada"))},
            {"accounts": (GITHUB, EntryAccount("x", "ada"))},
            {"gone": ("x",)},
            (),
        ),
        (
            {"accounts": (EntryAccount("github", "eve"),)},
            {"accounts": (EntryAccount("github", "zoe"),)},
            None,
            ("ada (github)",),
        ),
        (
            {"accounts": (GITHUB, EntryAccount("x", "ada"))},
            {"accounts": (GITHUB, EntryAccount("x", "eve"))},
            None,
            ("ada (x)",),
        ),
        ({"accounts": (EntryAccount("github", "eve"),)}, {}, None, ()),
    ],
)
def test_each_field_is_put_back_where_it_is_as_the_import_made_it(
    made: dict[str, object],
    now: dict[str, object],
    restored: dict[str, object] | None,
    conflicts: tuple[str, ...],
) -> None:
    change = EntryChange(ADA, replace(ADA, **made))  # type: ignore[arg-type]
    told = undo(change, now=(replace(ADA, **now),))  # type: ignore[arg-type]
    assert told.steps == (() if restored is None else (Restored("ada", **restored),))  # type: ignore[arg-type]
    assert told.restored == (() if restored is None else ("ada",))
    assert told.conflicts == conflicts


@pytest.mark.parametrize(
    ("number", "named"),
    [(1, "t0"), (5, "t0, t1, t2, t3, t4"), (6, "t0, t1, t2, t3, t4 and 1 more")],
)
def test_a_refusal_names_the_first_five_and_says_what_to_do(number: int, named: str) -> None:
    refused = Undo("i1", "r.csv", NOW, conflicts=tuple(f"t{place}" for place in range(number)))
    with pytest.raises(Contradicted) as caught:
        refuse_conflicts(refused)
    assert caught.value.message == (
        f"The import of r.csv cannot be taken back, as somebody has changed since: {named}."
    )
    assert caught.value.hint == (
        "Nothing was changed. Put these right with edit, connect or disconnect, or by an import."
    )


def test_an_import_changed_those_whose_rows_differ_and_those_it_decided_about() -> None:
    bob = RosterEntry("bob", "Bob")
    written = Written(
        {"ada": ADA, "bob": bob}, {"cid": RosterEntry("cid", "Cid"), "bob": bob, "ada": ADA}, {}
    )
    assert [one.after.talent_id for one in changed_by(written)] == ["cid"]
    assert [(one.after.talent_id, one.decided) for one in changed_by(written, {"bob"})] == [
        ("bob", True),
        ("cid", False),
    ]
