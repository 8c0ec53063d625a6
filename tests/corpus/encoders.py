"""Encoders of other people: programs of the machine's, and libraries in wheels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.corpus.programs import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


class Encoder(ABC):
    """Writes pictures of what is drawn."""

    name: str

    @property
    @abstractmethod
    def pictures(self) -> int:
        """How many it writes."""

    @abstractmethod
    def written(self, drawn: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
        """What it writes, each with how it was asked to.

        Args:
            drawn: the folder with the sources.
            folder: an empty one for what it writes.

        Raises:
            Lacking: the machine does not have it.
        """


@dataclass(frozen=True, slots=True)
class Program(Encoder):
    """A program, in a Debian package; every source is written with each of the options.

    The command has places for `{options}`, `{source}` and `{out}`; it and the options may have one for
    `{dir}`, the folder of all sources.
    """

    name: str
    debian: str
    command: str
    suffix: str
    sources: tuple[str, ...]
    options: tuple[str, ...]

    @property
    def pictures(self) -> int:
        return len(self.sources) * len(self.options)

    def written(self, drawn: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
        for source in self.sources:
            for at, options in enumerate(self.options):
                out = folder / f"{at}-{source}{self.suffix}"
                asked = self.command.replace("{options}", options)
                run(asked.format(dir=drawn, source=drawn / source, out=out), self.debian)
                yield f"{self.name} {options} {source}", out.read_bytes()


@dataclass(frozen=True, slots=True)
class Library(Encoder):
    """A function that writes a source, with each of the options."""

    name: str
    write: Callable[..., bytes]
    sources: tuple[str, ...]
    options: tuple[Mapping[str, Any], ...]

    @property
    def pictures(self) -> int:
        return len(self.sources) * len(self.options)

    def written(self, drawn: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
        for source in self.sources:
            for options in self.options:
                yield f"{self.name} {options} {source}", self.write(drawn / source, **options)
