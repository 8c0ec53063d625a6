"""Whatever is public says what it is for, in a docstring of its own or in one that it inherits."""

from __future__ import annotations

import inspect
from functools import cached_property
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import pytest

import talentimg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

NOT_TO_BE_IMPORTED = {
    "talentimg.__main__",  # runs the command line
    "talentimg.demo.__main__",  # runs the demo's server
    "talentimg.repository.migrations.env",  # Alembic runs it, in the middle of a migration
}
METHODS = (staticmethod, classmethod, property, cached_property)


def modules() -> list[str]:
    found = walk_packages(talentimg.__path__, "talentimg.", onerror=pytest.fail)
    return ["talentimg", *(module.name for module in found if module.name not in NOT_TO_BE_IMPORTED)]


def is_public(name: str) -> bool:
    return not name.startswith("_")


def undocumented(module: ModuleType) -> Iterator[str]:
    """The names of what a module itself defines for others and leaves unexplained."""
    if not module.__doc__:
        yield module.__name__
    for name, thing in vars(module).items():
        if is_public(name) and getattr(thing, "__module__", None) == module.__name__:
            if (inspect.isclass(thing) or inspect.isfunction(thing)) and not thing.__doc__:
                yield f"{module.__name__}.{name}"
            if inspect.isclass(thing):
                yield from (f"{module.__name__}.{name}.{method}" for method in undocumented_methods(thing))


def undocumented_methods(of: type) -> Iterator[str]:
    for name, thing in vars(of).items():
        is_method = inspect.isfunction(thing) or isinstance(thing, METHODS)
        if is_public(name) and is_method and not documented(of, name):
            yield name


def documented(of: type, name: str) -> bool:
    """Whether a method or one that it overrides has a docstring."""
    return any(inspect.getdoc(vars(base)[name]) for base in of.__mro__ if name in vars(base))


@pytest.mark.parametrize("module", modules())
def test_whatever_is_public_has_a_docstring_of_its_own_or_inherits_one(module: str) -> None:
    assert list(undocumented(import_module(module))) == []


class Port:
    def told(self) -> None:
        """Explained."""

    @property
    def value(self) -> int:
        """Explained."""
        return 0


class Backend(Port):
    def told(self) -> None: ...

    @property
    def value(self) -> int:
        return 1

    def untold(self) -> None: ...

    @cached_property
    def cached(self) -> int:
        return 1

    @classmethod
    def made(cls) -> None: ...

    def _private(self) -> None: ...


def test_what_neither_has_nor_inherits_a_docstring_is_named() -> None:
    assert list(undocumented_methods(Backend)) == ["untold", "cached", "made"]
