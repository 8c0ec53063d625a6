"""What is exported comes back: the same bytes again from an empty roster, whatever people are called."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from talentimg.errors import FaultyFile, OutOfDate
from talentimg.models import MANUAL, Candidate, Choice, Lock, OptOut, Order, Policy, Selection, State, Token
from talentimg.providers.registry import platform_names
from talentimg.repository.interface import Change, Disconnected, NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.decision.resolver import NAMED_PICTURE
from talentimg.service.lookup.pictures import Pictures
from talentimg.service.people.chosen import NO_ADDRESS, keep_chosen
from talentimg.service.people.export.exporter import Exporter, Form
from talentimg.service.people.files.roster import read_roster
from talentimg.service.people.files.table import with_mark, without_mark
from talentimg.service.people.roster import Roster
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.world import FakeWeb, World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from typing_extensions import Buffer

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.people.chosen import Kept
    from talentimg.service.people.roster import Imported
    from talentimg.store.interface import ObjectStore

NASTY = (
    *("=1+1", "+49", "-", "@ada", "'=x", "''@", "'t Hooft", '="Ada"', '=HYPERLINK("http://x")', "\uff1d1"),
    *(
        'Ada, the 1st; "Countess"',
        "a\tb",
        "a\nb",
        "a\r\nb",
        "\x01\x7f\x85",
        "\u2028",
        " Ada ",
        "\u202eevil",
        "\ufeffAda",
    ),
    *(
        "n/a",
        "None",
        "?",
        "0007",
        "1E+10",
        "1/2",
        "../../etc/passwd",
        ".",
        "CON",
        "%41",
        "Zo\u0308e",
        "\u5c71",
        "\U0001f469\u200d\U0001f469",
    ),
    *("x" * 200, "\u00e9" * 150, "a|b", "sep=;", "{", "[1]", "id", "null", "'", '"', "\\", "#REF!"),
)
NAMES = st.sampled_from(NASTY) | st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12
)
SPOKEN = NAMES.filter(str.strip)
TIMES = st.sampled_from([NOW, NOW + timedelta(days=3, milliseconds=7)])
HANDLES = st.sampled_from(
    ["ada", "ada.example", "@Ada", "007", "none", "=cmd", "no spaces here", "https://x.example/a?b=1", "a\nb"]
)
PLATFORMS = st.sampled_from(["bluesky", "github", "website", "youtube", "myspace"])
ACCOUNTS = st.builds(
    NewAccount,
    PLATFORMS,
    HANDLES,
    st.sampled_from([None, "https://x.example/ada", "javascript:alert(1)"]),
    st.sampled_from([None, Token("S3CRET")]),
    connected=st.booleans(),
)
WHO = st.sampled_from(["eve", "=eve", "E\nve"])
WHY = st.none() | NAMES
POLICIES = st.builds(
    Policy,
    lock=st.none() | st.builds(Lock, WHO, TIMES, WHY, st.none() | TIMES),
    order=st.none()
    | st.builds(Order, st.just(("github", "bluesky")), st.none() | WHO, st.none() | TIMES, WHY),
    opt_outs=st.sampled_from(
        [(), (OptOut(),), (OptOut("github", "eve", NOW, "no"), OptOut(None, "eve", NOW))]
    ),
    note=st.none() | NAMES,
)
MAIL = st.sampled_from([None, "ada@example.org", "=a@b", "no address", " a@b.c"])
AVATARS = st.sampled_from([None, "https://a.example/a.png", "ftp://a", "https://u:p@a.example/\u00e9"])


@st.composite
def talents(draw: st.DrawFn) -> tuple[NewTalent, Policy]:
    accounts = draw(st.lists(ACCOUNTS, max_size=3, unique_by=lambda a: a.platform))
    talent_id = draw(SPOKEN)
    gone = draw(st.lists(st.builds(Disconnected.of, st.just(talent_id), PLATFORMS, HANDLES), max_size=2))
    new = NewTalent(talent_id, draw(SPOKEN), draw(MAIL), draw(AVATARS), tuple(accounts), tuple(gone))
    return new, draw(POLICIES)


ROSTERS = st.lists(talents(), min_size=1, max_size=5, unique_by=lambda pair: pair[0].id)


def filled(repository: Repository, people: list[tuple[NewTalent, Policy]]) -> Repository:
    repository.add([new for new, _ in people], NOW)
    for new, policy in people:
        repository.save_policy(new.id, policy)
    return repository


def kept(found: Iterable[tuple[str, bytes]], repository: Repository, store: MemoryObjectStore) -> Kept:
    return asyncio.run(keep_chosen(found, Pictures(FakeWeb(), store, repository), lambda: NOW))


def roster_of(repository: Repository, store: MemoryObjectStore | None = None) -> Roster:
    return Roster(
        repository,
        World(repository=repository).accounts(),
        lambda: NOW,
        lambda found: kept(found, repository, store or MemoryObjectStore()),
    )


def exported(repository: Repository, form: Form, store: ObjectStore | None = None) -> bytes:
    file = io.BytesIO()
    kept = store or MemoryObjectStore()
    Exporter(repository, lambda: kept, platform_names(), roster_of(repository).taken).write(form, file)
    return file.getvalue()


def imported(data: bytes, repository: Repository, store: MemoryObjectStore | None = None) -> Imported:
    return roster_of(repository, store).import_file(read_roster(data, "roster", platform_names()))


@pytest.mark.parametrize("form", [Form.CSV, Form.JSON])
@given(ROSTERS)
def test_an_export_comes_back_byte_for_byte(form: Form, people: list[tuple[NewTalent, Policy]]) -> None:
    first = filled(MemoryRepository(), people)
    data = exported(first, form)
    assert b"S3CRET" not in data
    second = MemoryRepository()
    imported(data, second)
    assert exported(second, form) == data
    ids = [new.id for new, _ in people]
    assert second.entries(ids) == first.entries(ids)
    assert [r.policy for r in second.load_many(ids)] == [r.policy for r in first.load_many(ids)]
    assert second.disconnected(ids) == first.disconnected(ids)


@given(ROSTERS)
def test_no_cell_begins_like_a_formula(people: list[tuple[NewTalent, Policy]]) -> None:
    text = exported(filled(MemoryRepository(), people), Form.CSV).decode()
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(
            cell[:1] in {*"=+-@\t\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"} for cell in row if cell
        )


@given(NAMES)
def test_a_mark_comes_off_again(value: str) -> None:
    assert without_mark(with_mark(value)) == value


PEOPLE = [
    (
        NewTalent(
            "ada",
            "=Ada",
            "ada@example.org",
            None,
            (NewAccount("bluesky", "ada.example"), NewAccount("github", "@Ada", connected=False)),
            (Disconnected.of("ada", "github", "ada"),),
        ),
        Policy(Lock("eve", NOW, "she asked"), opt_outs=(OptOut("github", "eve", NOW),)),
    ),
    (NewTalent("bob", "Bob\nthe builder"), Policy()),
]


@pytest.mark.parametrize("form", [Form.CSV, Form.JSON])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_it_comes_back_from_a_real_store_too(
    form: Form, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data = exported(filled(MemoryRepository(), PEOPLE), form)
    opened: Repository
    if kind == "sqlite":
        opened = SqliteRepository.open(tmp_path / "new.db", create=True)
    else:
        opened = PostgresRepository.open(request.getfixturevalue("new_database"))
    with opened as repository:
        imported(data, repository)
        assert exported(repository, form) == data
        assert repository.load("ada").policy.lock == Lock("eve", NOW, "she asked")
        assert repository.disconnected(["ada"]) == {Disconnected.of("ada", "github", "ada")}
        assert repository.load("ada").talent.account("github") is None


def test_what_people_can_type_stands_in_columns_and_may_be_edited_there() -> None:
    text = exported(filled(MemoryRepository(), PEOPLE), Form.CSV).decode()
    header, ada, bob = csv.reader(io.StringIO(text, newline=""))
    cells = dict(zip(header, ada, strict=True))
    assert (cells["id"], cells["name"], cells["bluesky"], cells["github"]) == (
        "ada",
        "'=Ada",
        "ada.example",
        "",
    )
    assert json.loads(cells["talentimg"])["lock"]["why"] == "she asked"
    assert (bob[1], json.loads(bob[-1])) == ("Bob the builder", {"name": "Bob\nthe builder"})
    second = MemoryRepository()
    imported(text.replace("ada.example", "new.example").replace("'=Ada", "Ada").encode(), second)
    talent = second.load("ada").talent
    assert (talent.name, talent.accounts[0].handle) == ("Ada", "new.example")


def test_what_was_decided_here_stays_and_the_rest_is_taken() -> None:
    data = exported(filled(MemoryRepository(), PEOPLE), Form.JSON)
    here = Policy(Lock("ann", NOW), opt_outs=(OptOut("bluesky", "ann", NOW),))
    repository = filled(
        MemoryRepository(), [(NewTalent("ada", "Ada"), here), (NewTalent("bob", "Bob"), Policy())]
    )
    done = imported(data, repository)
    record = repository.load("ada")
    assert record.policy.lock == Lock("ann", NOW)
    assert [one.platform for one in record.policy.opt_outs] == ["bluesky", "github"]
    assert (done.added, done.updated, done.decided) == (0, 2, 1)
    assert imported(data, repository).decided == 0


def of_ours(*talents: str) -> bytes:
    return f'{{"talentimg": {{"export": 1}}, "talents": [{", ".join(talents)}]}}'.encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"talentimg": {"export": 2}, "talents": []}', "a newer talentimg"),
        (b'{"talentimg": 1, "talents": []}', "not as talentimg exported it"),
        (of_ours('{"id": "a", "name": "A", "lock": 7}'), "not as talentimg"),
        (of_ours('{"id": "a", "name": "A", "lock": {"by": "e", "at": "x"}}'), "not as talentimg"),
        (of_ours('{"id": "a", "name": 3}'), "not as talentimg"),
        (of_ours('{"id": "a", "name": "A", "accounts": [{"platform": "x"}]}'), "not as talentimg"),
        (of_ours("7", '{"name": "A"}'), "faults"),
        (b"id,name,talentimg\nada,Ada,{", "line 2: what stands under talentimg"),
        (b"id,name,talentimg\nada,Ada,[]", "line 2: what stands under talentimg"),
    ],
)
def test_what_nobody_exported_so_is_a_fault_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(FaultyFile) as caught:
        imported(data, MemoryRepository())
    told = [sentence for sentence, _ in caught.value.faults]
    assert says in " ".join((caught.value.message, *told))


def with_choice(repository: Repository, store: MemoryObjectStore) -> None:
    picture = kept([("ada", picture_bytes(1))], repository, store).pictures["ada"]
    record = repository.load("ada")
    policy = replace(record.policy, lock=None, choice=Choice("eve", NOW, "the good one"))
    shown = Selection(MANUAL, picture.content_hash, None, NOW, MANUAL)
    chosen = Candidate("ada", MANUAL, State.FOUND, content_hash=picture.content_hash, question=MANUAL)
    change = Change("ada", shown, (chosen,), picture=picture, policy=policy, read=record)
    assert repository.save([change], NOW) == []


def test_a_chosen_picture_travels_in_the_zip() -> None:
    first, store = filled(MemoryRepository(), PEOPLE), MemoryObjectStore()
    with_choice(first, store)
    data = exported(first, Form.ZIP, store)
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert archive.namelist() == ["roster.json", "pictures/ada.jpg", "chosen/ada.webp"]
    assert archive.read("pictures/ada.jpg")[:3] == b"\xff\xd8\xff"
    second, other = MemoryRepository(), MemoryObjectStore()
    assert imported(data, second, other).unchosen == ()
    record = second.load("ada")
    assert record.policy.choice == Choice("eve", NOW, "the good one")
    assert record.selection.source == MANUAL
    assert imported(data, second, other).unchosen == (), "it is here already"
    again = zipfile.ZipFile(io.BytesIO(exported(second, Form.ZIP, other)))
    assert again.read("roster.json") == archive.read("roster.json")
    assert again.namelist() == archive.namelist()


def test_a_choice_that_was_named_a_placeholder_here_is_refused_and_told() -> None:
    first, store = filled(MemoryRepository(), PEOPLE), MemoryObjectStore()
    with_choice(first, store)
    second, other = MemoryRepository(), MemoryObjectStore()
    named = World(repository=second).named_placeholders()
    asyncio.run(named.add_file(picture_bytes(1), name="a logo", by="mia"))
    done = imported(exported(first, Form.ZIP, store), second, other)
    (refused,) = done.refused
    assert (refused.talent_id, refused.why) == ("ada", NAMED_PICTURE)
    assert done.unchosen == ()
    record = second.load("ada")
    assert (record.policy.choice, record.selection.has_picture, MANUAL in record.candidates) == (
        None,
        False,
        False,
    )


def test_a_choice_of_which_the_app_would_have_no_address_is_refused_and_told() -> None:
    found = [("ada", picture_bytes(1)), ("bob", b"no picture")]
    pictures = Pictures(FakeWeb(), store := MemoryObjectStore(), MemoryRepository())
    done = asyncio.run(keep_chosen(found, pictures, lambda: NOW, has_address=False))
    assert (done.pictures, [one.why for one in done.refused]) == ({}, [NO_ADDRESS] * 2)
    assert list(store.listing()) == []


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def empty(request: pytest.FixtureRequest) -> Iterator[Repository]:
    """An empty roster on each kind of store."""
    repository: Repository
    if request.param == "memory":
        repository = MemoryRepository()
    elif request.param == "sqlite":
        repository = SqliteRepository.open(request.getfixturevalue("new_store"))
    else:
        repository = PostgresRepository.open(request.getfixturevalue("new_database"))
    with repository:
        yield repository


def zipped_choice() -> bytes:
    first, store = filled(MemoryRepository(), PEOPLE), MemoryObjectStore()
    with_choice(first, store)
    return exported(first, Form.ZIP, store)


def test_a_chosen_picture_whose_files_were_removed_is_stored_again(empty: Repository) -> None:
    data, store = zipped_choice(), MemoryObjectStore()
    imported(data, empty, store)
    keys = empty.erase("ada", NOW).dropped.keys
    assert keys
    for key in keys:
        store.delete(key)
    empty.removed(keys, (), NOW)
    assert imported(data, empty, store).decided == 1
    record = empty.load("ada")
    assert (record.policy.choice, record.selection.source) == (Choice("eve", NOW, "the good one"), MANUAL)
    assert all(store.get(key) for key in keys)


def test_a_lock_that_comes_with_a_choice_holds_the_picture_that_was_chosen(empty: Repository) -> None:
    first, store = filled(MemoryRepository(), PEOPLE), MemoryObjectStore()
    with_choice(first, store)
    lock = Lock("eve", NOW, "she likes it")
    first.save_policy("ada", replace(first.load("ada").policy, lock=lock))
    imported(exported(first, Form.ZIP, store), empty)
    record = empty.load("ada")
    assert (record.policy.lock, record.policy.choice) == (lock, Choice("eve", NOW, "the good one"))
    assert (record.selection.source, record.selection.has_picture) == (MANUAL, True)


def test_of_whom_has_a_choice_or_is_forgotten_no_chosen_picture_is_missed(empty: Repository) -> None:
    data, store = zipped_choice(), MemoryObjectStore()
    assert imported(data, empty, store).unchosen == ()
    assert imported(data, empty, store).unchosen == ()
    kept = list(empty.erase("ada", NOW, forgotten_by="eve").dropped.keys)
    for key in kept:
        store.delete(key)
    done = imported(data, empty, store)
    assert ([one.talent_id for one in done.forgotten], done.unchosen) == (["ada"], ())
    assert not any(store.get(key) for key in kept)


def test_an_import_whose_chosen_picture_is_being_removed_has_done_nothing(empty: Repository) -> None:
    data = zipped_choice()
    imported(data, empty)
    assert empty.erase("ada", NOW).dropped.keys
    imports = empty.imports()
    with pytest.raises(OutOfDate, match="'ada'"):
        imported(data, empty)
    assert empty.entries(["ada", "bob"]).keys() == {"bob"}
    assert (empty.imports(), empty.audit("ada")) == (imports, [])


@pytest.mark.parametrize("spoilt", [None, b"no picture"])
def test_a_choice_without_its_picture_is_none_and_is_told(spoilt: bytes | None) -> None:
    first, store = filled(MemoryRepository(), PEOPLE), MemoryObjectStore()
    with_choice(first, store)
    archive = zipfile.ZipFile(io.BytesIO(exported(first, Form.ZIP, store)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as poorer:
        poorer.writestr("roster.json", archive.read("roster.json"))
        if spoilt:
            poorer.writestr("chosen/ada.webp", spoilt)
    second = MemoryRepository()
    done = imported(file.getvalue(), second)
    assert done.unchosen == (() if spoilt else ("ada",))
    assert [one.talent_id for one in done.refused] == (["ada"] if spoilt else [])
    assert second.load("ada").policy.choice is None
    assert b"the good one" not in exported(first, Form.JSON)


@given(ROSTERS)
@example([(NewTalent(i, "A"), Policy()) for i in ("ada", "Ada", "ADA", ".", "..", "con", "NUL.x", "com1")])
def test_no_name_in_a_zip_leads_out_of_it(people: list[tuple[NewTalent, Policy]]) -> None:
    from talentimg.service.people.files.archive import file_name

    names = [file_name("pictures", new.id, "jpg") for new, _ in people]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        folder, _, rest = name.partition("/")
        assert folder == "pictures"
        assert "/" not in rest
        assert not rest.startswith(".")
        assert rest.partition(".")[0].lower() not in {"con", "nul", "com1"}
        assert rest.isascii()
        assert len(rest) < 160


def test_a_page_is_read_when_what_came_before_is_written() -> None:
    class Counting(MemoryRepository):
        pages = 0

        def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
            self.pages += 1
            return super().records(after=after, limit=limit)

    class Full(io.BytesIO):
        def write(self, data: Buffer, /) -> int:
            if b"t0600" in bytes(data):
                raise OSError("full")
            return super().write(data)

    repository = Counting()
    repository.add([NewTalent(f"t{n:04}", "T") for n in range(3000)], NOW)
    exporter = Exporter(repository, MemoryObjectStore, platform_names(), roster_of(repository).taken)
    for form in (Form.JSON, Form.CSV, Form.VCARD):
        repository.pages = 0
        with pytest.raises(OSError, match="full"):
            exporter.write(form, Full())
        assert repository.pages == 2
