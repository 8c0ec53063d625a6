"""What every command gets: the settings, read when first needed, and the app built from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from talentimg.cli.terminal import warn

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.settings import Settings, Value


@dataclass
class Cli:
    """The global options of one call."""

    config: Path | None = None
    flags: dict[str, Value | None] = field(default_factory=dict)
    verbose: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the flags of this call on top; warnings are printed once."""
        from talentimg.settings import load_settings

        settings = load_settings(flags=self.flags, config=self.config)
        for warning in settings.warnings:
            warn(warning)
        return settings

    @contextmanager
    def app(self, *, create: bool = False, read_only: bool = False, dry: bool = False) -> Iterator[App]:
        """The ready app, closed at the end.

        Args:
            create: whether to create an embedded store that does not exist yet.
            read_only: whether the command only reads: then a store of a newer version can be used too.
            dry: whether it does everything except write.
        """
        if not read_only:  # a command that only reads logs nothing, and starts faster for it
            from talentimg.cli.logs import set_up_logging

            set_up_logging(self.settings.log_format, verbose=self.verbose)
        from talentimg.bootstrap import App

        app = App(self.settings, create=create, read_only=read_only, dry=dry)
        try:
            yield app
        finally:
            app.close()


def of(context: typer.Context) -> Cli:
    """The `Cli` that a command's typer context carries."""
    found = context.find_object(Cli)
    return found if found is not None else Cli()
