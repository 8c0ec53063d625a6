"""A file that is complete or not there: written beside its place, and put there when all of it is written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from talentimg.errors import CannotCreate
from talentimg.owners import give


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """The file to write to, which only its owner may read. What stood there before stays until the end.

    What is no plain file, such as a pipe or a terminal, is written to as it is.

    Raises:
        CannotCreate: it cannot be made or written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        with _beside(path.resolve()) as file:
            yield file
    except OSError as error:
        why = (error.strerror or "no access").lower()
        raise CannotCreate(f"{path} cannot be written: {why}.", hint="Name another file.") from None


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    number, name = tempfile.mkstemp(prefix=".talentimg-", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            give(number, path.parent)
            yield file
            file.flush()
            os.fsync(number)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
