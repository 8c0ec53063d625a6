"""Programs of the machine that are asked to do something."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from talentimg.errors import ConfigError

LONGEST_S: Final = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """How a program ended, and what it printed."""

    code: int
    out: str
    error: str


Run = Callable[..., Answer]
"""Given the words of a command, and `given` for its standard input."""


def run(*words: str, given: str = "") -> Answer:
    """Run a program to its end.

    Raises:
        ConfigError: there is no such program, or it does not end.
    """
    try:
        done = subprocess.run(  # noqa: S603  words of our own
            words, input=given, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except (FileNotFoundError, PermissionError):
        raise ConfigError(
            f"There is no program {words[0]!r} here.", hint="Install it, or choose another form."
        ) from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{words[0]} does not end.", hint="Try it by hand.") from None
    return Answer(done.returncode, done.stdout, done.stderr)
