"""Changes a function in one place at a time, as mutmut does: it puts all changed forms into the file."""

from __future__ import annotations

import inspect
from difflib import unified_diff
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

ORIGINAL: Final = "_mutmut_orig"
"""The key of the form that is called."""
_MARKS: Final = frozenset({"--", "++", "@@"})


def prepare(path: Path) -> None:
    """Give a file the changed forms of its functions, of which none is called yet."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    path.write_text(mutate_file_contents(path.name, path.read_text()).code)


def changes(module: ModuleType) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """Each change: the name of the function that is changed, the lines that are, and how to bring it in."""
    for forms in list(vars(module).values()):
        if isinstance(forms, dict) and ORIGINAL in forms:
            for name, form in forms.items():
                if name != ORIGINAL:
                    original = forms[ORIGINAL]
                    yield original.__name__, _lines(original, form), partial(_bring_in, forms, form)


def _bring_in(forms: dict[str, Any], form: object) -> None:
    forms[ORIGINAL] = form


def _lines(before: Callable[..., object], after: Callable[..., object]) -> str:
    was, now = (inspect.getsource(form).splitlines()[1:] for form in (before, after))
    changed = [line for line in unified_diff(was, now, n=0, lineterm="") if line[:2] not in _MARKS]
    return "".join(f"\n    {line}" for line in changed)
