"""Text files as spreadsheets and programs write them: the encoding and the dialect are found out."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError
from talentimg.service.people.files.faults import Fault, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, and how to read what they stand before."""
EUROPE: Final = "windows-1252"
SIGNS: Final = "¹³£¥¿¯¼¾¤¦¬ƒ†‡‰\u00d7\u00f7\u2039\u203a\u02c6\u02dc"
IMPLAUSIBLE: Final = re.compile(
    rf"[^\W\d_][{SIGNS}][^\W\d_]|[a-z][ŠŽŒŸ]|[A-Z][ŠŽŒŸ](?=[a-z])|(?<!\w)[£³¯][a-z]"
    "|[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]{3}"
)
"""Letters as nobody writes them: what those of other encodings and alphabets become."""
OTHERS: Final = (
    "mac-roman",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1255",
    "windows-1256",
    "gb18030",
    "big5",
    "cp949",
    "shift-jis",
)
"""Other encodings that spreadsheets write, each tried on what is not plausible, for a person to choose."""
READINGS_SHOWN: Final = 5
NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
SEPARATORS: Final = re.compile(r"[\n\r;,\t|\"]")
SAMPLE: Final = 400
SHOWN: Final = 40
DELIMITERS: Final = (",", ";", "\t", "|")
QUOTES: Final = ('"', "'")
SEP_LINE: Final = re.compile(r"""["']?sep=(.)["']?\r?\n""", re.IGNORECASE)
"""With such a first line Excel is told what separates the fields."""
TOLD: Final = {
    "end of data": "a quotation mark is not closed",
    "field limit": f"a value has more than {csv.field_size_limit()} letters",
}
"""What is wrong with CSV, by the words of the library."""
HOW_TO_SAVE: Final = (
    "Save it as .xlsx or as CSV in UTF-8, or name its encoding: --encoding mac-roman, for example."
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, as it stands in the file."""

    place: Place
    cells: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell.strip() for cell in self.cells)


def decoded(data: bytes, name: str, encoding: str | None = None) -> tuple[str, str | None]:
    """The text of a file, and a remark if its encoding is a guess.

    Args:
        data: the whole file.
        name: what it is called in messages.
        encoding: its encoding, if a person says so.

    Raises:
        UsageError: it cannot be read, or is no text.
    """
    if encoding is not None:
        return _as_said(data, name, encoding), None
    marked = next((codec for mark, codec in MARKS if data.startswith(mark)), _without_mark(data))
    text = _strictly(data, marked)
    if text is not None:
        return _no_binary(text, name), None
    text = None if marked != "utf-8" or _is_nearly_utf8(data) else _strictly(data, EUROPE)
    if text is None:
        raise _undecodable(data, name, marked)
    return _plausible(_no_binary(text, name), name), _guess(text)


def rows(text: str, delimiter: str, quote: str) -> Iterator[Row]:
    """The rows of a CSV text.

    Raises:
        BadRow: a row is no CSV.
    """
    first = 2 if SEP_LINE.match(text) else 1
    lines = io.StringIO(SEP_LINE.sub("", text, count=1), newline="")
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    while True:
        line = reader.line_num + first
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadRow(Place(line), error) from None
        if cells is None:
            return
        yield Row(Place(line), cells)


class BadRow(Exception):
    """A row that is no CSV; what follows it cannot be read either. It is told as a fault."""

    def __init__(self, place: Place, error: csv.Error) -> None:
        what = next((told for said, told in TOLD.items() if said in str(error)), "this is not CSV")
        super().__init__(what)
        sentence = f"{what}, so that nothing could be read from here on."
        self.fault = Fault(place, sentence, 'A quotation mark inside a value is written twice: ""')


def dialects(text: str) -> list[tuple[str, str]]:
    """The delimiters and quotation marks that may be meant, the likeliest first."""
    told = SEP_LINE.match(text)
    delimiters = (told[1],) if told else DELIMITERS
    quotes = reversed(QUOTES) if text.lstrip().startswith(QUOTES[1]) else QUOTES
    return [(delimiter, quote) for quote in quotes for delimiter in delimiters]


def _as_said(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except LookupError:  # also for codecs that make no text, such as zlib
        raise UsageError(
            f"There is no encoding {encoding!r}.", hint="For example windows-1250, mac-roman or utf-16."
        ) from None
    except ValueError:
        raise UsageError(f"{name} is not {encoding} text.", hint=HOW_TO_SAVE) from None


def _without_mark(data: bytes) -> str:
    """UTF-16 shows by its zeros: every other byte of Latin text is one."""
    sample = data[:SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample) or not sample:
        return "utf-8"
    return "utf-16-le" if odd > even else "utf-16-be"


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except ValueError:
        return None


def _plausible(text: str, name: str) -> str:
    if found := IMPLAUSIBLE.search(text):
        value = _field_at(text, found.start())
        raise UsageError(
            f"{name} is not UTF-8, and as {EUROPE} it would hold {value!r}.",
            hint=f"{_hint(value.encode(EUROPE))} {EUROPE} if it is right as it is.",
        )
    return text


def _hint(field: bytes) -> str:
    """How to name the encoding: a field, as it reads in those in which it looks most like words."""
    texts = [(codec, _strictly(field, codec)) for codec in OTHERS]
    possible = [(codec, text) for codec, text in texts if text and text.isprintable()]
    likely = sorted(possible, key=lambda pair: _oddity(pair[1]))
    readings = " ".join(f"{codec} if it is {text!r}," for codec, text in likely[:READINGS_SHOWN])
    return f"Save it as .xlsx or as CSV in UTF-8, or name its encoding, --encoding NAME: {readings}"


def _oddity(text: str) -> tuple[int, int]:
    """How little a text looks like words: its signs, and its alphabets."""
    foreign = [char for char in text if not char.isascii()]
    alphabets = {unicodedata.name(char, "?").split()[0] for char in text if char.isalpha()}
    return sum(unicodedata.category(char)[0] not in "LM" for char in foreign), len(alphabets)


def _field_at(text: str, at: int) -> str:
    """The field around a letter, without what is far away from it."""
    before = SEPARATORS.split(text[max(0, at - SHOWN) : at])[-1]
    return (before + SEPARATORS.split(text[at : at + SHOWN], maxsplit=1)[0]).strip()


def _no_binary(text: str, name: str) -> str:
    if "\0" in text or text.lstrip().startswith("<"):
        raise UsageError(f"{name} is no text and no spreadsheet.", hint=HOW_TO_SAVE)
    return text


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether most of what is not ASCII is UTF-8: then the rest is damaged, and not of another encoding."""
    text = data.decode("utf-8", "replace")
    return sum(char > "\x7f" and char != "\ufffd" for char in text) > text.count("\ufffd")


def _undecodable(data: bytes, name: str, codec: str) -> UsageError:
    if codec != "utf-8":
        what = f"{name} is damaged: it begins like UTF-16 text and does not go on so."
        return UsageError(what, hint=HOW_TO_SAVE)
    lines = enumerate(data.split(b"\n"), start=1)
    number, line = next(((n, line) for n, line in lines if _strictly(line, codec) is None), (1, data))
    text = line.decode("latin-1")
    field = _field_at(text, found.start() if (found := NOT_ASCII.search(text)) else 0).encode("latin-1")
    hint = HOW_TO_SAVE if _is_nearly_utf8(data) else _hint(field).rstrip(",") + "."
    return UsageError(f"{name}, line {number}: this is neither UTF-8 nor {EUROPE} text.", hint=hint)


def _guess(text: str) -> str:
    found = NOT_ASCII.search(text)
    value = _field_at(text, found.start()) if found else ""
    return (
        f"It is not UTF-8 and was read as {EUROPE}: {value[:SHOWN]!r}."
        " If that is wrong, name the encoding: --encoding mac-roman, for example."
    )
