"""How what is offered after Tab reaches each shell: as words that it inserts, and never runs.

Typer hands values to bash and PowerShell as they are, and to zsh through `eval`. An id may hold anything, so
here each is quoted as its shell wants it. The scripts that people have installed stay as they are.
Loaded only when a shell asks; the classes that are derived from are in no public module of typer.
"""

from __future__ import annotations

import re
from typing import Final

from typer import _completion_classes as typers
from typer._click.shell_completion import CompletionItem, ShellComplete, add_completion_class

_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9_./@%+,-]", re.ASCII)
"""What may not stand for itself in bash or zsh."""
_PLAIN_IN_POWERSHELL: Final = re.compile(r"[A-Za-z0-9_./+-]+", re.ASCII)
"""There `@` splats a variable, and a comma makes a list."""
_SINGLE_QUOTES: Final = re.compile("['\u2018\u2019\u201a\u201b]")
"""To PowerShell they are all the same: https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-02"""


class _Quoting(ShellComplete):
    """Offers only what can be typed."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """All that the command offers, without values that hold control or direction characters."""
        offered: list[CompletionItem] = super().get_completions(args, incomplete)
        return [item for item in offered if item.value.isprintable()]


class _Bash(_Quoting, typers.BashComplete):
    def format_completion(self, item: CompletionItem) -> str:
        """A word with a backslash before whatever bash would take for more than itself."""
        return _NOT_PLAIN.sub(
            lambda match: match[0] if not match[0].isascii() else f"\\{match[0]}", item.value
        )


class _Zsh(_Quoting, typers.ZshComplete):
    def complete(self) -> str:
        """A command for `eval`. Those with a help text are our own words; the others may be ids."""
        items = self.get_completions(*self.get_completion_args())
        if not items or any(item.help for item in items):
            return str(super().complete())
        return f"compadd -- {' '.join(_in_zsh(item.value) for item in items)}"


def _in_zsh(value: str) -> str:
    r"""A word that survives being split and joined again: `$'...'` with `\xNN` for every special byte."""
    return "$'" + _NOT_PLAIN.sub(lambda match: _bytes_of(match[0]), value) + "'"


def _bytes_of(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode())


class _Fish(_Quoting, typers.FishComplete):
    """Fish takes lines as they are, and quotes what it inserts itself."""


class _PowerShell(_Quoting, typers.PowerShellComplete):
    def format_completion(self, item: CompletionItem) -> str:
        """In single quotes, unless it stands for itself."""
        if not _PLAIN_IN_POWERSHELL.fullmatch(item.value):
            doubled = _SINGLE_QUOTES.sub(lambda match: match[0] * 2, item.value)
            item = CompletionItem(f"'{doubled}'", help=item.help)
        return str(super().format_completion(item))


def register() -> None:
    """Use these classes in place of typer's."""
    for shell, kind in {
        "bash": _Bash,
        "zsh": _Zsh,
        "fish": _Fish,
        "powershell": _PowerShell,
        "pwsh": _PowerShell,
    }.items():
        add_completion_class(kind, shell)
