"""JSON carries any text through any locale, and no terminal ever sees a command in it."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.cli.logs import log, log_event, set_up_logging
from talentimg.cli.present.output import json_text
from talentimg.cli.terminal import prepare_streams, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODINGS = ["utf-8", "latin-1", "ascii", "cp1252", "shift_jis"]
NASTY = "Zoë \u009b31m\x1b]0;x\x07 \u202egnp\u2066\u061c\u200b\ufeff\u2028\x7f\U000e0041\U0001f600山田\r\n"


def carried(value: object, encoding: str, *, indent: int | None = None) -> str:
    """The document as a stream of this encoding carries it, without any character replaced."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    text = json_text(value, stream, indent=indent)
    assert text.encode(encoding).decode(encoding) == text
    return text


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=st.text())
def test_any_text_reads_back_the_same_and_shows_no_invisible_character(encoding: str, text: str) -> None:
    for written in (text, NASTY + text):
        document = carried({"name": written, "list": [written]}, encoding)
        assert json.loads(document) == {"name": written, "list": [written]}
        assert document.isprintable()


def test_what_people_can_read_stays_readable_where_it_can() -> None:
    assert carried("Zoë 山田", "utf-8") == '"Zoë 山田"'
    assert carried("Zoë", "latin-1") == '"Zo\\u00eb"'
    assert carried(["Zoë"], "utf-8", indent=2) == '[\n  "Zoë"\n]'


@pytest.fixture
def quiet_log() -> Iterator[None]:
    before = (log.handlers[:], log.propagate, log.level)
    yield
    log.handlers[:], log.propagate, level = before
    log.setLevel(level)


@pytest.mark.usefixtures("quiet_log")
@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_log_line_is_one_line_without_commands_for_the_terminal(
    form: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(written, encoding=encoding))
    prepare_streams()
    set_up_logging(form, verbose=True)
    log_event("[CRON]", NASTY, talent_id=NASTY, time_of=logging.INFO)
    sys.stderr.flush()
    line, rest = written.getvalue().decode(encoding).split("\n")
    assert (rest, line.isprintable()) == ("", True)
    if form == "json":
        assert json.loads(line)["talent_id"] == NASTY


def test_a_traceback_keeps_its_lines_and_loses_its_commands() -> None:
    assert printable_lines("a\n  \x1b[31m\u009bb\n") == "a\n  \ufffd[31m\ufffdb\n"
