"""What may be sent to a terminal, and what kind of terminal it is. Loads no rich."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

LONGEST_CELL = 60
USUAL_COLUMNS = 80
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_JOINERS = {"\u200d", "\u200c"}  # within emoji and Indic or Persian words they are part of the spelling


class ReaderGone(Exception):
    """Whoever read our output has gone (`talentimg list | head`). No error: there is nothing more to say.

    Not the `OSError` that it comes from, which typer and rich would take for an error, and end in code 1.
    """


class _Output(io.TextIOWrapper):
    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            raise ReaderGone from None

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            raise ReaderGone from None


class _Messages(io.TextIOWrapper):
    """Messages that nobody reads are dropped."""

    def write(self, text: str, /) -> int:
        with suppress(BrokenPipeError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(BrokenPipeError):
            super().flush()


def prepare_streams() -> None:
    """Make all three streams usable: closed ones go to the null device, and no character crashes a command.

    What the terminal's encoding cannot express is shown as a question mark. A reader that goes away is
    a `ReaderGone` for data, and nothing for messages.
    """
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  for the life of the process
    for name, kind in (("stdout", _Output), ("stderr", _Messages)):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  as above
        elif type(stream) is io.TextIOWrapper:  # and nobody's who catches what is written
            setattr(sys, name, _remade(stream, kind))


def _remade(stream: io.TextIOWrapper, kind: type[_Output | _Messages]) -> io.TextIOWrapper:
    encoding, by_line, at_once = stream.encoding, stream.line_buffering, stream.write_through
    return kind(
        stream.detach(), encoding=encoding, errors="replace", line_buffering=by_line, write_through=at_once
    )


def printable(text: str, limit: int | None = None) -> str:
    """Foreign text made safe for one line of a terminal: no control or direction characters.

    They are replaced by a mark rather than dropped, so that a manipulated name looks manipulated.

    Args:
        text: anything, for example a talent's name.
        limit: characters after which it is cut.
    """
    safe = text if text.isprintable() else "".join(map(_seen, text))
    return safe if limit is None or len(safe) <= limit else safe[: limit - 1] + "…"


def _seen(char: str) -> str:
    return "\ufffd" if unicodedata.category(char) in _INVISIBLE and char not in _JOINERS else char


def printable_lines(text: str) -> str:
    """The same for text of several lines, such as a traceback."""
    return "\n".join(printable(line) for line in text.split("\n"))


def warn(text: str) -> None:
    """Print a warning to stderr."""
    say(f"Warning: {printable(text)}")


def speaks_utf8(stream: IO[str]) -> bool:
    """Whether every character can be written to it."""
    return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name == "utf-8"


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person is looking at this stream."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def columns_of(stream: IO[str]) -> int:
    """How wide the terminal of a stream is, or is said to be.

    `shutil.get_terminal_size` asks the stream that Python began with, which is not the one that we write to.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except (OSError, ValueError):
        return USUAL_COLUMNS


def shows_colour(stream: IO[str]) -> bool:
    """Whether colours and pictures may be sent to it (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Tell here what was done: when nobody reads it any more, nothing else is told, and the work goes on."""
    try:
        yield
        sys.stdout.flush()
    except ReaderGone:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())  # what could not be written goes there, too
        os.close(null)


def say(text: str) -> None:
    """Print a line for people to stderr."""
    sys.stderr.write(_fitting(text, sys.stderr) + "\n")


def write_line(text: str) -> None:
    """Print a sentence to stdout."""
    sys.stdout.write(_fitting(text, sys.stdout) + "\n")


def write_data(text: str) -> None:
    """Print a line of data to stdout, as it is."""
    sys.stdout.write(text + "\n")


def _fitting(text: str, stream: IO[str]) -> str:
    """The same, broken between words where a person looks at it and it is longer than a line."""
    if not is_terminal(stream):
        return text
    from talentimg.cli.wrapping import wrapped

    return wrapped(text, columns_of(stream))
