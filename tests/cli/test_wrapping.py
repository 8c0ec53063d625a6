"""Sentences in a terminal are broken between words, and commands not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from talentimg.cli.wrapping import wrapped

COMMAND = "talentimg unlock ada-lovelace-of-the-engine"
WORDS = st.sampled_from(["a", "picture", "of", "Ada,", "shown.", "\u5c71\u7530", "x" * 30, "e\u0301t\u00e9"])


@given(st.lists(WORDS, max_size=30), st.integers(20, 120), st.sampled_from(["", "  ", "    "]))
def test_every_word_is_there_and_no_line_is_too_long(words: list[str], columns: int, indent: str) -> None:
    lines = wrapped(indent + " ".join(words), columns).split("\n")
    assert " ".join(lines).split() == words
    assert all(cell_len(line) <= columns or len(line.split()) == 1 for line in lines)
    assert all(line.startswith(indent) for line in lines)


@pytest.mark.parametrize("columns", [20, 50, 60, 80])
@pytest.mark.parametrize("after", ["", "; that is all.", ", or ask somebody who knows."])
def test_a_command_can_be_copied(columns: int, after: str) -> None:
    told = f"Ada Lovelace has a lock. To take it back: {COMMAND}{after}"
    assert COMMAND in wrapped(told, columns)


def test_what_fits_stays_as_it_is() -> None:
    assert wrapped("a  b   c\n  d", 10) == "a  b   c\n  d"
    assert wrapped("talentimg hit a bug, and then", 12) == "talentimg hit a bug,\nand then"
    assert wrapped("of talentimg, and more", 14) == "of talentimg,\nand more"
