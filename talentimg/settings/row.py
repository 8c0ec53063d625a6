"""One row of the table of settings: what it can say, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from dataclasses import Field
    from pathlib import Path
    from typing import Any

Value: TypeAlias = "str | int | float | tuple[str, ...] | Path"
Masked: TypeAlias = Literal["", "all", "password"]
T = TypeVar("T")

ENVIRONMENT_PREFIX: Final = "TALENTIMG_"
SECTIONS: Final = ("app", "images", "http", "sync", "schedule", "keep", "serve", "connect", "log")
"""The sections of the file. A setting whose name begins with one of these words stands there."""


class Form(NamedTuple):
    """What a text has to look like: a pattern for the whole text, the same in words, and an example."""

    pattern: str
    words: str
    example: str


@dataclass(frozen=True, slots=True)
class Option:
    """One setting."""

    name: str
    """Its attribute of `Settings`."""
    kind: str
    """Its type, as written in the table."""
    default: Value
    help: str
    least: float
    most: float
    choices: tuple[str, ...]
    form: Form | None
    masked: Masked

    @property
    def key(self) -> str:
        """Its name in the file: `sync.limit` stands as `limit` under `[sync]`."""
        section, _, rest = self.name.partition("_")
        return f"{section}.{rest}" if section in SECTIONS else self.name

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    def holds_secret(self, value: object) -> bool:
        """Whether this value of it is secret."""
        return bool(value) if self.masked == "all" else self.masked == "password" and "@" in str(value)


def option(
    default: T,
    help: str,  # noqa: A002  as everywhere else
    *,
    least: float = 0,
    most: float = 10_000_000,
    choices: tuple[str, ...] = (),
    form: Form | None = None,
    masked: Masked = "",
) -> T:
    """A row: a field of `Settings`. The field's name and type are those of the setting.

    Args:
        default: the value when none is given. It is always allowed, whatever the form.
        help: a sentence for `talentimg config` and the reference page.
        least: the smallest number that is allowed.
        most: the largest.
        choices: the only texts that are allowed; empty allows any.
        form: what a text has to look like.
        masked: what is hidden wherever the value is shown: all of it, or the password in a URL.
    """
    row = {
        "default": default,
        "help": help,
        "least": least,
        "most": most,
        "choices": choices,
        "form": form,
        "masked": masked,
    }
    return field(default=default, repr=not masked, metadata=row)


def option_of(row: Field[Any]) -> Option:
    """The setting of a field that `option` made."""
    return Option(name=row.name, kind=str(row.type), **row.metadata)
