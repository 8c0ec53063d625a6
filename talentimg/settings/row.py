"""What a row of the table of settings can say."""

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
SECTIONS: Final = ("images", "http", "sync", "log")
"""The sections of the file. A setting whose name begins with one of these words stands there."""


class Form(NamedTuple):
    """What a text has to look like: a pattern for the whole of it, and how people are told."""

    pattern: str
    words: str
    example: str


@dataclass(frozen=True, slots=True)
class Option:
    """One setting, as its row says it."""

    name: str
    """What the attribute of `Settings` is called."""
    kind: str
    """The type, as it is written in the table."""
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
        """Whether nobody else should see this value of it."""
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
    """A row: a field of the dataclass `Settings`, whose name and type are the setting's.

    Args:
        default: the value where nobody gives one. It is not held against the form.
        help: one sentence for `talentimg config` and the reference page.
        least: the lowest number that will do.
        most: the highest.
        choices: the only texts that will do; none means any.
        form: what a text has to look like.
        masked: what is hidden wherever the value is shown: all of it, or the password of a URL.
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
    """The row of a field that `option` made."""
    return Option(name=row.name, kind=str(row.type), **row.metadata)
