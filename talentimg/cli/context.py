"""What every command gets: the settings, read when first needed, and the app built from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from talentimg.cli.terminal import printable, say, warn
from talentimg.errors import TalentimgError, TalentNotFound

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.settings import Settings, Value


@dataclass
class Cli:
    """The global options of one call."""

    config: Path | None = None
    flags: dict[str, Value | None] = field(default_factory=dict)
    verbose: bool = False
    quiet: bool = False
    """Whether nothing is said unless somebody is needed. Data that was asked for is no saying."""

    def take(self, name: str, value: Value | Path | None) -> None:
        """Take a global option, by the name of its parameter; None and False mean not given."""
        if value is None or value is False:
            return
        if name == "config":
            self.config = Path(str(value))
        elif name in {"verbose", "quiet"}:
            setattr(self, name, value)
        else:
            self.flags["log.format" if name == "log_format" else name] = str(value)

    def hint(self, text: str) -> None:
        """Say on stderr what could be done next."""
        if not self.quiet:
            say(text)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the flags of this call on top; warnings are printed once."""
        from talentimg.settings import load_settings

        settings = load_settings(flags=self.flags, config=self.config)
        for warning in settings.warnings:
            warn(warning.message)
            say(f"Hint: {printable(warning.hint)}")
        return settings

    @contextmanager
    def app(
        self, *, create: bool = False, read_only: bool = False, dry: bool = False, checked: bool = True
    ) -> Iterator[App]:
        """The ready app, closed at the end.

        Args:
            create: whether to create an embedded store that does not exist yet.
            read_only: whether the command only reads: then a store of a newer version can be used too.
            dry: whether it does everything except write.
            checked: whether a wrong setting is refused at once. `doctor` tells of all that are wrong.
        """
        if not read_only:  # a command that only reads logs nothing, and starts faster for it
            from talentimg.cli.logs import set_up_logging

            set_up_logging(self.settings.log_format, verbose=self.verbose, quiet=self.quiet)
        from talentimg.bootstrap import App

        app = App(self.settings, create=create, read_only=read_only, dry=dry)
        try:
            if checked and not read_only:  # a mistake is found by whoever types, and not at night
                app.check_settings()
            yield app
        except TalentNotFound as error:
            _suggest(app, error)
            raise
        finally:
            app.close()


def _suggest(app: App, error: TalentNotFound) -> None:
    """Add to the error who was probably meant."""
    from talentimg.service.people.similar import similar_id

    if error.talent_id is None:
        return
    with suppress(TalentimgError):  # the first error is what counts
        if similar := similar_id(app.repository, error.talent_id):
            error.message += f" Did you mean {similar!r}?"


def of(context: typer.Context) -> Cli:
    """The `Cli` that a command's typer context carries."""
    found = context.find_object(Cli)
    return found if found is not None else Cli()
