"""`talentimg show`: what it says of faces in the picture. The rest is in `test_end_to_end.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.repository.registry import open_repository
from tests.cli.test_recrop import keep
from tests.conftest import NOW

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def with_faces(shell: Shell, faces: int | None) -> Shell:
    """Ada, whose picture shows so many faces."""
    picture = keep(shell, "ada")
    with open_repository(shell.roster_url) as repository:
        repository.recut(picture, replace(picture, faces=faces), NOW, why="", by="")
    return shell


@pytest.mark.parametrize(
    ("faces", "sentence"),
    [
        (0, "No face was found in the picture that is shown."),
        (1, "One face was found in the picture that is shown."),
        (3, "3 faces were found in the picture that is shown."),
    ],
)
def test_why_tells_how_many_faces_were_found(shell: Shell, faces: int, sentence: str) -> None:
    with_faces(shell, faces)
    assert sentence in shell("show", "ada", "--why").out
    assert "found in the picture" not in shell("show", "ada").out
    assert shell("show", "ada", "--json").json["picture"]["faces"] == faces


def test_where_nobody_looked_for_faces_people_are_told_nothing_and_programs_null(shell: Shell) -> None:
    with_faces(shell, None)
    assert "face" not in shell("show", "ada", "--why").out
    assert shell("show", "ada", "--json").json["picture"]["faces"] is None
