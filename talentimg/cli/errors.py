"""An exception becomes a sentence, a hint and an exit code; here and nowhere else."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import Final

from talentimg.cli.terminal import ReaderGone, printable, printable_lines, reader_may_leave
from talentimg.cli.terminal import say as tell
from talentimg.errors import BUG, CannotCreate, TalentimgError

SIGNAL_BASE: Final = 128


class Stopped(Exception):
    """A signal ended the command; what was done by then is kept."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number
        self.exit_code = SIGNAL_BASE + signal_number


def guarded(command: Callable[[], None]) -> int:
    """Run the command line and return the exit code, telling people what went wrong."""
    try:
        return _flushed(command)
    except Stopped as stopped:
        return stopped.exit_code
    except ReaderGone:
        sys.stdout = None  # or Python would try to flush it again at exit, and print an error itself
        return 0
    except TalentimgError as error:
        say(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  the last line of defence: never a bare traceback
        return _report_full_output() if getattr(error, "errno", None) == errno.ENOSPC else _report_bug(error)


def _flushed(command: Callable[[], None]) -> int:
    """Run it, and make sure that its output is written before it counts as done."""
    try:
        command()
    except SystemExit as done:
        with reader_may_leave():  # what was done is done, and the code tells how it went
            sys.stdout.flush()
        return done.code if isinstance(done.code, int) else BUG
    sys.stdout.flush()
    return 0


def say(error: TalentimgError) -> None:
    """Print an error of ours: one sentence, what to do next, and with --verbose the cause."""
    tell(f"Error: {printable(error.message)}")
    if error.hint:
        tell(f"Hint: {printable(error.hint)}")
    if _is_verbose() and error.__cause__ is not None:
        tell(f"Cause: {type(error.__cause__).__name__}")


def _report_full_output() -> int:
    sys.stdout = None  # as above
    tell("Error: the output cannot be written: there is no space left.")
    return CannotCreate.exit_code


def _report_bug(error: Exception) -> int:
    """A short report. The error's own text stays out of it: it could hold anything."""
    place = _place_of(error)
    tell(
        f"Error: talentimg hit an internal error ({type(error).__name__} in {place}). "
        "What was saved before is safe.\n"
        "Hint: please report this line; --verbose shows the traceback."
    )
    if _is_verbose():
        import traceback

        tell(printable_lines("".join(traceback.format_exception(error)).rstrip()))
    return BUG


def _place_of(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    path = trace.tb_frame.f_code.co_filename.replace("\\", "/")
    _, _, inside = path.rpartition("/site-packages/")
    return f"{inside or path.rpartition('/talentimg/')[2] or path}:{trace.tb_lineno}"


def _is_verbose() -> bool:
    return "--verbose" in sys.argv or "-v" in sys.argv
