"""Files with a roster, as spreadsheets, programs and people write them."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ConfigError, FaultyFile, TalentimgError, UsageError
from talentimg.models import Account, Token
from talentimg.providers.registry import platform_names
from talentimg.repository.interface import NewAccount, NewTalent, RosterRow
from talentimg.service.people.files.faults import refuse
from talentimg.service.people.files.roster import read_roster
from talentimg.service.people.files.token import parse_token
from talentimg.shapes import row_json
from tests.service import workbooks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from talentimg.service.people.files.roster import RosterFile

HEADER: Final = ["ID", "Name", "E-Mail", "Instagram", "YouTube channel", "Website", "Telefon"]
ROWS: Final = [
    HEADER,
    [
        "ada",
        "Ada L\u00f6velace",
        "ada@example.com",
        "@ada",
        "https://www.youtube.com/@ada",
        "ada.example",
        "1",
    ],
    ["", "", "", "", "", "", ""],
    ["zoe", 'Zo\u00eb; "the", \u00c5ngstr\u00f6m', "-", "N/A", "none", "", "line 1\nline 2"],
    ["1001", "Fran\u00e7ois \u20ac", "", "", "", "", ""],
]
TALENTS: Final = [
    NewTalent(
        "ada",
        "Ada L\u00f6velace",
        "ada@example.com",
        accounts=(
            NewAccount("instagram", "@ada"),
            NewAccount("youtube", "https://www.youtube.com/@ada"),
            NewAccount("website", "ada.example"),
        ),
    ),
    NewTalent("zoe", 'Zo\u00eb; "the", \u00c5ngstr\u00f6m'),
    NewTalent("1001", "Fran\u00e7ois \u20ac"),
]


def read(data: bytes, encoding: str | None = None) -> RosterFile:
    return read_roster(data, "roster", platform_names(), encoding=encoding)


def people(data: bytes, encoding: str | None = None) -> list[NewTalent]:
    file = read(data, encoding)
    refuse(file.name, file.faults)
    return [talent for _, talent in file.talents]


def faults(data: bytes) -> list[str]:
    with pytest.raises(FaultyFile) as caught:
        people(data)
    return [sentence for sentence, _ in caught.value.faults]


def as_csv(rows: Sequence[Sequence[str]], **dialect: Any) -> str:
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue()


# -- dialects and encodings ---------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("form", ["plain", "quoted", "apostrophes", "unix", "told"])
def test_csv_is_read_in_every_dialect_and_encoding(delimiter: str, encoding: str, form: str) -> None:
    forms: dict[str, dict[str, Any]] = {
        "quoted": {"quoting": csv.QUOTE_ALL},
        "apostrophes": {"quoting": csv.QUOTE_ALL, "quotechar": "'"},
        "unix": {"lineterminator": "\n"},
    }
    text = as_csv(ROWS, delimiter=delimiter, **forms.get(form, {}))
    data = (f"sep={delimiter}\r\n" * (form == "told") + text).encode(encoding)
    file = read(data)
    assert [talent for _, talent in file.talents] == TALENTS
    assert not file.faults
    lines = (2, 4, 6) if form != "told" else (3, 5, 7)
    assert [place.number for place, _ in file.talents] == list(lines)
    guessed, ignored = len(file.remarks) > 1, file.remarks[-1]
    assert guessed == (encoding == "cp1252")
    assert ignored == "Columns that were not read, as they are none of ours: 'Telefon'."


def test_a_guessed_encoding_is_told_with_a_word_to_judge_it_by() -> None:
    remark = read("id,name\nada,Ada L\u00f6velace\n".encode("cp1252")).remarks[0]
    assert "windows-1252: 'Ada L\u00f6velace'" in remark
    assert "--encoding" in remark


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Fran\u00e7ois", "mac-roman"),
        ("Zo\u00eb M\u00fcller", "mac-roman"),
        ("\u0141ukasz", "windows-1250"),
        ("Pawe\u0142ek", "windows-1250"),
        ("\u0421\u043e\u0444\u0438\u044f \u0418\u0432\u0430\u043d\u043e\u0432\u0430", "windows-1251"),
        ("\u042f\u043d \u041f\u043e\u043f", "windows-1251"),
        ("\u0391\u03bd\u03bd\u03b1 \u03a1\u03ac\u03bb\u03bb\u03b7", "windows-1253"),
        ("\u05d3\u05d5\u05d3 \u05dc\u05d5\u05d9", "windows-1255"),
        ("\u0645\u062d\u0645\u062f \u0639\u0644\u064a", "windows-1256"),
        ("\u738b\u5c0f\u660e", "gb18030"),
        ("\u738b\u4f1f", "gb18030"),
        ("\uae40\ubbfc\uc218", "cp949"),
    ],
)
def test_an_encoding_that_would_spoil_names_is_asked_for(name: str, encoding: str) -> None:
    data = f"id,name\nx,{name}\n".encode(encoding)
    with pytest.raises(UsageError) as caught:
        read(data)
    assert f"{encoding} if it is {name!r}" in (caught.value.hint or "")
    assert "\\u" not in (caught.value.hint or "")
    assert people(data, encoding) == [NewTalent("x", name)]


@pytest.mark.parametrize(
    "name",
    [
        "Zo\u00eb M\u00fcller",
        "Cr\u00e9\u00e9 \u00c9lo\u00efse",
        "Jo\u00e3o Concei\u00e7\u00e3o",
        "H\u00e4\u00e4n\u00e4nen",
        "\u00de\u00f3rd\u00eds",
        "\u00c5\u00e5n",
        "Ren\u00e9e-\u00c6gir",
    ],
)
def test_names_of_western_europe_are_plausible(name: str) -> None:
    assert people(f"id,name\nx,{name}\n".encode("cp1252")) == [NewTalent("x", name)]


@pytest.mark.parametrize("before", ["", "\u00e9,"])
@pytest.mark.parametrize("letter", ["a", "\u00e9b", "\u0160a", "A\u0178"])
def test_a_word_without_end_costs_no_more_than_reading_it(letter: str, before: str) -> None:
    """Hours, if the time that it takes grew with the square of its length."""
    word = letter * 1_000_000
    with suppress(UsageError):
        read(f"id,name,notes\nx,{before}{word},\u00e9\n".encode("cp1252"), None)


def test_an_encoding_that_is_none_is_refused() -> None:
    for codec in ("zlib_codec", "base64", "rot13", "hex", "\u00e9", "undefined"):
        with pytest.raises(UsageError, match=r"no encoding|text"):
            people(b"id,name\na,A\n", codec)
    with pytest.raises(UsageError, match="no encoding 'klingon'"):
        people(b"id,name\na,A\n", "klingon")
    with pytest.raises(UsageError, match="is not ascii text"):
        people("id,name\na,\u00c4\n".encode(), "ascii")


def test_a_damaged_line_of_utf_8_is_named_and_not_taken_for_another_encoding() -> None:
    with pytest.raises(UsageError, match="line 3: this is neither UTF-8"):
        people("id,name\na,\u00c4\u00d6\nb,".encode() + b"\xe4\n")


def test_csv_fields_may_hold_commas_quotes_and_line_ends() -> None:
    (talent,) = people(b'id,name\r\n1,"Ada ""Countess"", Lovelace\r\n"\r\n')
    assert talent.name == 'Ada "Countess", Lovelace'


def test_the_line_ends_of_old_macs_and_odd_letters_within_a_line_are_no_trouble() -> None:
    data = "id,name\ra,A\u2028\u0085\x0bB\rb,B\r".encode()
    assert [(place.number, t.id) for place, t in read(data).talents] == [(2, "a"), (3, "b")]


# -- columns -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("E-Mail", "email"),
        ("EMAIL ADDRESS", "email"),
        ("e mail", "email"),
        ("Insta", "instagram"),
        ("Instagram handle", "instagram"),
        ("instagram_username", "instagram"),
        ("YouTube Channel URL", "youtube"),
        ("Tik Tok", "tiktok"),
        ("Git-Hub", "github"),
        ("Web site", "website"),
        ("Homepage", "website"),
        (" BlueSky ", "bluesky"),
    ],
)
def test_columns_may_be_called_as_people_call_them(title: str, field: str) -> None:
    (talent,) = people(as_csv([["Talent ID", "Full name", title], ["a", "A", "a@x.example"]]).encode())
    found = {"email": talent.email, **{account.platform: account.handle for account in talent.accounts}}
    assert found[field] == "a@x.example"


def test_a_name_may_stand_in_two_columns() -> None:
    assert people(b"id,First name,Last name\na,Ada,Lovelace\nb,Cher,\n") == [
        NewTalent("a", "Ada Lovelace"),
        NewTalent("b", "Cher"),
    ]


@pytest.mark.parametrize("half", ["First name", "Surname"])
@pytest.mark.parametrize("order", [1, -1])
def test_half_a_name_beside_a_name_is_never_lost(half: str, order: int) -> None:
    row = ["id", *[half, "Name"][::order]]
    says = f"{half!r} stands beside 'Name'."
    assert faults(as_csv([row, ["a", "A", "B"]]).encode()) == [f"roster, line 1: the column {says}"]
    person = dict(zip(row, ("a", "A", "B"), strict=True))
    assert faults(json.dumps([person]).encode()) == [f"roster, talent 1: the key {says}"]


def test_which_of_two_names_was_read_is_told() -> None:
    file = read(b"id,Name,First name,Last name\na,Lady Ada,Ada,Lovelace\nb,,Bea,Bee\n")
    assert [talent.name for _, talent in file.talents] == ["Lady Ada", "Bea Bee"]
    told = "The name was read from 'Name', not from 'First name', 'Last name', where both are given."
    assert file.remarks == (told,)


def test_titles_and_empty_rows_may_stand_before_the_header() -> None:
    data = b"Our talents,,\r\n,,\r\nid,name,instagram\r\na,A,ada\r\n"
    assert [(str(p), t.id) for p, t in read(data).talents] == [("line 4", "a")]


def test_an_unknown_column_is_told_and_one_that_is_misspelt_is_a_fault() -> None:
    file = read(b"id,name,telegram,notes\na,A,x,y\n")
    assert file.remarks == ("Columns that were not read, as they are none of ours: 'telegram', 'notes'.",)
    assert faults(b"id,name,instagrm\na,A,x\n") == ["roster, line 1: the column 'instagrm' is unknown."]


@pytest.mark.parametrize("title", ["{} name", "{} channel name", "{}_display_name", "{} profile name"])
@pytest.mark.parametrize("platform", platform_names())
def test_a_display_name_is_never_taken_for_a_handle(platform: str, title: str) -> None:
    titled = title.format(platform)
    file = read(as_csv([["id", "name", titled], ["a", "Ada Lovelace", "Ada"]]).encode())
    assert [talent for _, talent in file.talents] == [NewTalent("a", "Ada Lovelace")]
    assert file.remarks == (f"Columns that were not read, as they are none of ours: {titled!r}.",)


def test_trailing_empty_cells_are_nothing() -> None:
    assert people(b"id,name,github,,\na,A,,,\nb,B,\n") == [NewTalent("a", "A"), NewTalent("b", "B")]


def test_row_numbers_under_no_title_are_nothing() -> None:
    assert people(b",id,name\n0,a,A\n1,b,B\n") == [NewTalent("a", "A"), NewTalent("b", "B")]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("t1,Lovelace, Ada,ada.l", "line 3: a value stands under a column without a title."),
        ('t1,"Ada,ada\nt2,Bob",bob,', "line 3: there is a line break in the name."),
        ('"t1,Ada\nt2",Bob,bob,', "line 3: there is a line break in the id."),
        ("t1,Ada\nLovelace,ada.l,", "line 3: there are fewer fields than the header has columns."),
        ("t1,Lovelace, Ada,ada.l,", "line 3: there are more fields than the header has columns."),
        ("t1,Lovelace, Ada,,", "line 3: there are more fields than the header has columns."),
        ("t1,Lovelace, Ada,ada.l,x", "line 3: there are more fields than the header has columns."),
    ],
)
def test_a_row_whose_values_are_shifted_is_a_fault(row: str, says: str) -> None:
    data = f"id,name,instagram,\nt0,Zoe,zoe,\n{row}\n".encode()
    assert faults(data)[0] == f"roster, {says}"


@given(
    st.tuples(*2 * [st.sampled_from(["a,b", "a\nb", 'a"b', "ab", "a, b, c", "", "a,"])]),
    st.booleans(),
)
def test_a_value_that_lacks_its_quotation_marks_never_gives_its_rest_to_another_column(
    values: tuple[str, str], untitled: bool
) -> None:
    """All that is wrong is that no field is quoted, and the last column is full in every row."""
    header = ["id", "name", "instagram", "" if untitled else "github"]
    text = "\n".join(",".join(row) for row in (header, ["t1", *values[:2], "" if untitled else "last"]))
    with suppress(TalentimgError):
        (talent,) = people(text.encode())
        handles = {account.platform: account.handle for account in talent.accounts}
        assert (talent.name, handles.get("instagram", "")) == values


@pytest.mark.parametrize(
    "cell", ["", " ", "-", "\u2013", "N/A", "n/a", "#N/A", "none", "None", "NULL", "?", "tbd"]
)
def test_what_people_write_where_there_is_nothing_is_no_handle(cell: str) -> None:
    assert people(as_csv([["id", "name", "github", "email"], ["a", "A", cell, cell]]).encode()) == [
        NewTalent("a", "A")
    ]
    assert people(json.dumps([{"id": "a", "name": "A", "accounts": {"github": cell}}]).encode()) == [
        NewTalent("a", "A")
    ]


def test_a_handle_that_is_such_a_word_is_written_with_its_at() -> None:
    (talent,) = people(b"id,name,github\na,None,@none\n")
    assert talent == NewTalent("a", "None", accounts=(NewAccount("github", "@none"),))


def test_what_cannot_be_seen_makes_no_other_id() -> None:
    data = "id,name,email\nada\u200b,Zo\u00eb \U0001f469\u200d\U0001f3a4,\u202aa@x.example\u202c\n".encode()
    assert people(data) == [NewTalent("ada", "Zo\u00eb \U0001f469\u200d\U0001f3a4", "a@x.example")]


def test_a_value_may_be_kept_from_excel_as_a_formula() -> None:
    assert people(b'id,name\n"=""007""",Bond\n') == [NewTalent("007", "Bond")]


# -- faults ------------------------------------------------------------------------------------------


def test_every_fault_is_named_at_once_with_its_line() -> None:
    data = b'id;name;github\n;;a\nb;;b\nc;C;c;d\n1,23E+17;D;d\ne;E;e\nf;F;"f\n'
    assert faults(data) == [
        "roster, line 2: there is no id.",
        "roster, line 2: there is no name.",
        "roster, line 3: there is no name.",
        "roster, line 4: there are more fields than the header has columns.",
        "roster, line 5: the id '1,23E+17' was shortened by the spreadsheet.",
        "roster, line 7: a quotation mark is not closed, so that nothing could be read from here on.",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"id,instagram\nada,x\n", "no column called name"),
        (b"name,instagram\nada,x\n", "no column called id"),
        (b"ada,Ada\n", "no column called name"),
        (b"id,name,Instagram,insta\na,A,x,y\n", "two columns mean instagram"),
        (b"id,name\nada,Ada,extra\n", "line 2: there are more fields"),
        (b"id,name,github\nada,Ada\n", "line 2: there are fewer fields"),
        (b'[{"id": "a", "name": "A\\nB"}]', "talent 1: there is a line break in the name"),
        (b"id,name\n,Ada\n", "line 2: there is no id"),
        (b"id,name\nada,\n", "line 2: there is no name"),
        (b"id,name,profile_url,website\na,A,https://x.example/,-\n", "line 2: there is a profile_url and no"),
        (b"id,name,profile_url\na,A,https://x.example/\n", "line 2: there is a profile_url and no website"),
        (b'id,name\nada,"open\n', "line 2: a quotation mark is not closed"),
        (b'id,name\nada,"a"b\n', "line 2: this is not CSV"),
        (b"id,name\nada," + b"a" * 200_000, "line 2: a value has more than 131072 letters"),
        (b"[{]", "line 1: this is not JSON"),
        (b'[\n{"id": 1}\n', "line 3: this is not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"people": 1}', "no list of talents"),
        (b"[3]", "talent 1: this is not an object"),
        (b'[{"id": "a", "name": "A", "accounts": 3}]', "accounts must be a list or an object"),
        (b'[{"id": "a", "name": "A", "accounts": [3]}]', "not an object"),
        (b'[{"id": "a", "name": ["A"]}]', "name must be a string"),
        (b'[{"id": "a", "name": "A", "email": 1.5}]', "email must be a string"),
        (
            b'[{"id": 1, "name": "A", "accounts": [{"handle":"x","access_token":"x","expires_at":"-"}]}]',
            "expires_at",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(FaultyFile, match=says) as caught:
        people(data)
    assert caught.value.message.startswith("roster")
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"", b"   ", b"id,name\n", b"[]", b'{"talents": []}', b"\xff\xfe", b"\n\n"])
def test_an_empty_roster_is_an_error_of_its_own(data: bytes) -> None:
    with pytest.raises(ConfigError, match="has no talents"):
        people(data)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n\x00\x01", b"<html><body>", b"\x89PNG\r\n\x1a\n\x00\x00", b"\x00" * 50]
)
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="roster"):
        people(data)


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: f"id;name;github\n{text}".encode("utf-8", "replace"))
)
def test_no_file_brings_anything_but_talents_or_an_error_of_ours(data: bytes) -> None:
    with suppress(TalentimgError):
        assert all(talent.id and talent.name for talent in people(data))


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_stands_in_a_cell_comes_back(
    rows: list[tuple[str, str]], delimiter: str, encoding: str
) -> None:
    table = [
        ["id", "name", "github"],
        *([f"t{n}", f"N {name}", f"@{handle}"] for n, (name, handle) in enumerate(rows)),
    ]
    talents = people(as_csv(table, delimiter=delimiter).encode(encoding))
    assert [(t.name, t.accounts[0].handle) for t in talents] == [
        (f"N {name}".strip(), f"@{handle}".strip()) for name, handle in rows
    ]


# -- spreadsheets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [workbooks.xlsx, workbooks.ods])
def test_a_spreadsheet_is_read_by_its_first_sheet_that_is_a_roster(made: Callable[..., bytes]) -> None:
    rows: list[Sequence[object]] = [HEADER, *ROWS[1:4], [1001, "Fran\u00e7ois \u20ac", "", "", "", "", 0.5]]
    file = read(made({"Notes": [["buy milk"]], "Talents": rows}))
    assert [talent for _, talent in file.talents] == TALENTS
    assert [str(place) for place, _ in file.talents] == ["row 2", "row 4", "row 5"]
    assert "Only the sheet 'Talents' was read, not 'Notes'." in file.remarks


def test_of_several_rosters_in_a_spreadsheet_a_person_names_one() -> None:
    head = ["id", "name"]
    data = workbooks.xlsx({"Models": [head, ["a", "A"]], "Old ones": [head, ["b", "B"]], "Notes": [["x"]]})
    assert faults(data) == ["roster has more than one sheet with a roster: 'Models', 'Old ones'."]
    (place, talent), *_ = read_roster(data, "roster", platform_names(), sheet="Old ones").talents
    assert (place.number, talent.id) == (2, "b")
    for sheet, says in (("Old one", "no sheet 'Old one'. Did you mean 'Old ones'?"), ("Notes", "no column")):
        (fault,) = read_roster(data, "roster", platform_names(), sheet=sheet).faults
        assert says in fault.sentence


def test_what_a_spreadsheet_has_made_of_a_value_is_a_fault_with_its_row() -> None:
    rows: list[list[object]] = [
        ["id", "name", "github", "born"],
        ["a", "A", workbooks.DAY, workbooks.DAY],
        [2**60, "B", "b", ""],
    ]
    assert faults(workbooks.xlsx({"Talents": rows})) == [
        "roster, row 2: the github '2026-03-01' was made into a date or time by the spreadsheet.",
        (
            "roster, row 3: the id '1.152921504606847e+18' was made into a number by the spreadsheet,"
            " which drops digits."
        ),
    ]


@pytest.mark.parametrize("made", [workbooks.xlsx, workbooks.ods])
def test_a_number_that_a_spreadsheet_shows_otherwise_than_it_keeps_it_is_a_fault(
    made: Callable[..., bytes],
) -> None:
    numbers = [
        workbooks.Shown(7, "00000", "00007"),
        workbooks.Shown(12, '"T-"000', "T-012"),
        workbooks.Shown(0.5, "0%", "50%"),
        workbooks.Shown(1234, "#,##0", "1,234"),
        1.1,
    ]
    head = ["id", "name", "notes", "tiktok"]
    plain = [1001, "A", numbers[0], workbooks.Shown(7, "0", "7")]
    rows = [head, *([n, "N", numbers[0], ""] for n in numbers), plain, ["x", "X", "", numbers[0]]]
    file = read(made({"Notes": [[numbers[0], 1]], "Talents": rows}))
    assert [str(fault.place) for fault in file.faults] == [f"row {n}" for n in (2, 3, 4, 5, 6, 8)]
    whole, *_, fraction, handle = [fault.sentence for fault in file.faults]
    assert whole.startswith("the id '7' is a number that the spreadsheet shows ")
    assert fraction.startswith("the id '1.1' was made into a number by the spreadsheet")
    assert handle.startswith("the tiktok '7' is a number")
    assert [t for _, t in file.talents] == [NewTalent("1001", "A", accounts=(NewAccount("tiktok", "7"),))]


def test_ids_that_are_numbers_in_a_spreadsheet_are_named() -> None:
    """Zeros that were typed before them are gone before anybody reads the file."""
    file = read(workbooks.xlsx({"Talents": [["id", "name"], [7, "A"], ["x", "X"], [12, "B"]]}))
    assert file.remarks == (
        "Ids that are numbers in the spreadsheet, so that zeros typed before them are gone: '7', '12'.",
    )


def test_a_spreadsheet_that_cannot_be_read_is_refused() -> None:
    good = workbooks.xlsx({"Talents": [["id", "name"], ["a", "A"]]})
    with pytest.raises(UsageError, match=r"an old \.xls, or has a password"):
        people(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600)
    for data in (good[: len(good) // 2], b"PK\x03\x04"):
        with pytest.raises(UsageError, match="no spreadsheet that can be read"):
            people(data)
    with pytest.raises(UsageError, match="too large"):
        people(workbooks.bomb())
    with pytest.raises(UsageError, match="far away"):
        people(workbooks.xlsx({"Talents": [["id", "name"]]}, far=("XFD", 1048576)))
    with pytest.raises(ConfigError, match="has no talents"):
        people(workbooks.xlsx({"Empty": []}))
    assert faults(workbooks.xlsx({"Other": [["milk", "eggs"]]})) == [
        "roster, row 1: no column called name was found."
    ]


@pytest.mark.parametrize("made", [workbooks.xlsx, workbooks.ods])
@given(st.data())
def test_a_damaged_spreadsheet_is_read_or_refused(made: Callable[..., bytes], data: st.DataObject) -> None:
    book = bytearray(made({"Talents": ROWS[:4]}))
    for _ in range(data.draw(st.integers(1, 8))):
        book[data.draw(st.integers(4, len(book) - 1))] = data.draw(st.integers(0, 255))
    with suppress(TalentimgError):
        read(bytes(book))


# -- JSON --------------------------------------------------------------------------------------------


def test_json_takes_a_list_or_an_object_of_accounts() -> None:
    persons = [
        {"id": 7, "name": "Ada", "accounts": {"github": "ada"}},
        {
            "id": "bea",
            "name": "Bea",
            "avatar_url": "https://x.example/b.png",
            "accounts": [
                {
                    "platform": "tiktok",
                    "handle": "bea",
                    "access_token": "act",
                    "expires_at": "2026-11-24T03:00:00Z",
                }
            ],
        },
    ]
    ada, bea = people(json.dumps(persons).encode())
    assert (ada.id, ada.accounts) == ("7", (NewAccount("github", "ada"),))
    assert bea.accounts[0].token == Token("act", None, datetime(2026, 11, 24, 3, tzinfo=UTC))
    assert people(json.dumps({"talents": persons}).encode("utf-16")) == [ada, bea]
    lines = "\n".join(json.dumps(person) for person in persons)
    assert people(lines.encode()) == [ada, bea]
    assert people(json.dumps(persons[0]).encode()) == [ada]


def test_every_fault_in_lines_of_json_is_named() -> None:
    data = b'{"talent_id": "a", "name": "A"}\n\n{"id": "b"}\n{broken\n[]\n'
    assert faults(data) == [
        "roster, line 3: there is no name.",
        "roster, line 4: this is not JSON.",
        "roster, line 5: this is not an object.",
    ]


def test_keys_of_json_mean_what_columns_of_the_same_name_do() -> None:
    person = {
        "Talent ID": 7,
        "First name": "Ada",
        "Surname": "Lovelace",
        "E-Mail": "\u202aa@x.example\u202c",
        "Instagram handle": "ada.l",
        "website": "ada.example",
        "profileUrl": "https://ada.example/me",
        "accounts": {"github": "ada"},
    }
    website = NewAccount("website", "ada.example", "https://ada.example/me")
    accounts = (NewAccount("instagram", "ada.l"), website, NewAccount("github", "ada"))
    file = read(json.dumps([person]).encode())
    talent = NewTalent("7", "Ada Lovelace", "a@x.example", accounts=accounts)
    assert [t for _, t in file.talents] == [talent]
    assert not file.remarks


def test_keys_of_json_that_are_none_of_ours_are_named_once() -> None:
    person = {"id": 1, "name": "A", "telegram": "x", "source": None, "platforms": []}
    assert read(json.dumps([person, person]).encode()).remarks == (
        "Keys that were not read, as they are none of ours: 'telegram'.",
    )
    for key, meant in (("instagrm", "instagram"), ("Accounts", "accounts"), ("account", "accounts")):
        data = json.dumps([{"id": 1, "name": "A"}, *({"id": n, "name": "A", key: "x"} for n in (2, 3))])
        (fault,) = read(data.encode()).faults
        assert str(fault.place) == "talent 2"
        assert fault.sentence == f"the key {key!r} is unknown."
        assert repr(meant) in (fault.hint or "")


def test_a_line_of_the_roster_and_a_talent_with_both_names_of_its_id_are_read_without_a_remark() -> None:
    account = Account(id="1", talent_id="t1", platform="github", handle="ada")
    row = RosterRow("t1", "Ada", ("github",), accounts=(account,))
    file = read(json.dumps(row_json(row)).encode())
    assert [t for _, t in file.talents] == [NewTalent("t1", "Ada", accounts=(NewAccount("github", "ada"),))]
    assert not file.remarks
    assert people(b'{"id": 1, "talent_id": "1", "name": "A"}') == [NewTalent("1", "A")]


@pytest.mark.parametrize(
    ("person", "says"),
    [
        ('"accounts": [{"platform": "instagram", "username": "ada.l"}]', "an account has no handle."),
        ('"id": "t2"', "the key 'id' stands more than once in one object."),
        ('"accounts": {"instagram": "ada", "instagram": "bob"}', "the key 'instagram' stands more than once"),
        ('"accounts": [{"platform": "github", "handle": "a", "handle": "b"}]', "the key 'handle' stands"),
        ('"talent_id": "t2"', "two keys mean id, and differ."),
        ('"insta": "ada", "instagram": "bob"', "two keys mean instagram, and differ."),
        ('"instagram": ["ada"]', "instagram must be a string."),
        ('"profile_url": "https://x.example/"', "there is a profile_url and no website"),
    ],
)
def test_no_part_of_an_object_is_lost_silently(person: str, says: str) -> None:
    object_ = f'{{"id": "t1", "name": "Ada", {person}}}'
    for document in (f"[{object_}]", f'{{"id": "t0", "name": "Zoe"}}\n{object_}\n'):
        (fault,) = faults(document.encode())
        assert says in fault
    (fault,) = faults(f'{{"talents": [], "talents": [{object_}]}}'.encode())
    assert "the key 'talents' stands more than once" in fault


@pytest.mark.parametrize("talent_id", ["t8\u200b", " t8", "t8 ", "t\u00ad8", "t8\n"])
def test_an_id_of_json_is_never_another_one_that_looks_the_same(talent_id: str) -> None:
    (fault,) = faults(json.dumps([{"id": talent_id, "name": "A"}]).encode())
    assert "the id" in fault
    assert "cannot be seen" in fault


# -- tokens ------------------------------------------------------------------------------------------


def test_a_token_file_holds_json_or_the_bare_token() -> None:
    assert parse_token(" abc \n") == Token("abc")
    token = parse_token(
        '{"access_token": "a", "refresh_token": "r", "expires_in": 7200, "token_type": "bearer"}'
    )
    assert (token.access_token, token.refresh_token) == ("a", "r")
    assert token.expires_at is not None


NOT_TOKENS = ["tök", "a\u200bb", '{"access_token": "a\\nb"}', '{"access_token": "a", "refresh_token": "ö"}']


@pytest.mark.parametrize("text", ["", "two words", "{", "{}", '{"access_token": ""}', *NOT_TOKENS])
def test_a_token_file_without_a_token_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_token(text)
