"""`talentimg demo`: the whole tool at work, against platforms that run on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.bootstrap import App
from talentimg.errors import CannotCreate, UsageError

if TYPE_CHECKING:
    from talentimg.demo.server import PlatformServer
    from talentimg.models import Outcome
    from talentimg.settings import Settings

MARKER = ".talentimg-demo"
"""A file of this name says that a folder is ours to remove."""


def command(
    folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to put the roster and the pictures.")
    ] = None,
    keep_running: Annotated[
        bool, typer.Option("--keep-running", help="Keep the platforms running until Ctrl-C, to play with.")
    ] = False,
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove the demo's folder, and do nothing else.")
    ] = False,
) -> None:
    """See it at work: a dozen talents, and platforms that run only on this machine."""
    place = (folder or _usual_folder()).expanduser().absolute()
    if clean:
        typer.echo(f"Removed {place}." if _remove(place) else f"There is nothing to remove at {place}.")
        return
    _remove(place)
    _make(place)
    from talentimg.demo.roster import demo_world
    from talentimg.demo.server import PlatformServer

    with PlatformServer(demo_world()) as server:
        settings = _settings(place, server.url)
        typer.echo(f"Platforms that answer like the real ones: {server.url}", err=True)
        typer.echo(f"Folder of this demo: {place}", err=True)
        _play(settings, server)
        _say_what_next(place)
        if keep_running:
            _wait()


def _usual_folder() -> Path:
    from talentimg.errors import UsageError
    from talentimg.settings.folders import user_data_folder

    usual = user_data_folder("talentimg-demo")
    if usual is None:
        raise UsageError("This user has no home folder.", hint="Give a place: talentimg demo --folder FOLDER")
    return usual


def _remove(folder: Path) -> bool:
    """Remove what an earlier demo created. Anything else is left alone."""
    if not folder.exists():
        return False
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).exists()):
        raise UsageError(
            f"{folder} contains something that is not a demo of ours.",
            hint="Choose another folder with --folder, or empty this one yourself.",
        )
    shutil.rmtree(folder)
    return True


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
        (folder / MARKER).touch()
    except OSError as error:
        raise CannotCreate(
            f"The folder {folder} cannot be created: {(error.strerror or 'no access').lower()}.",
            hint="Choose another one with --folder.",
        ) from None


def _settings(folder: Path, server_url: str) -> Settings:
    """The demo's settings, in a file that any other command can use."""
    from talentimg.demo.settings import provider_settings
    from talentimg.settings import load_settings

    lines = [
        "# Made by `talentimg demo`. The platforms' addresses hold only while it runs.",
        f"data_dir = {_quoted(str(folder))}",
        "[http]",
        'allow_private = ["127.0.0.0/8"]',
    ]
    for platform, values in provider_settings(server_url).items():
        lines += [f"[providers.{platform}]", *(f"{key} = {_quoted(value)}" for key, value in values.items())]
    file = folder / "config.toml"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_settings(config=file, environment={})


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    import json

    return json.dumps(text)


def _play(settings: Settings, server: PlatformServer) -> None:
    from talentimg.cli.present.card import print_card
    from talentimg.cli.roster_run import run_roster
    from talentimg.demo.roster import demo_roster
    from talentimg.models import INITIALS
    from talentimg.service.run.nightly import RunRequest

    app = App(settings, create=True)
    try:
        app.roster.import_talents(demo_roster(server.url, server.world))
        outcomes: list[Outcome] = []
        run_roster(app, RunRequest(), seen=outcomes.append)
        # Two worth seeing: where the first source answered, and where the walk down the chain was longest.
        pictured = sorted(
            (o for o in outcomes if o.source != INITIALS), key=lambda o: (len(o.attempts), o.talent_id)
        )
        for outcome in (pictured[0], pictured[-1]):
            print_card(app, app.repository.load(outcome.talent_id), why=outcome is pictured[-1], picture=True)
    finally:
        app.close()


def _say_what_next(folder: Path) -> None:
    name = _own_name()
    with_config = f"{name} --config {folder / 'config.toml'}"
    typer.echo("\nWhat to try next:")
    for words, meaning in (
        ("list", "the whole roster"),
        ("show ada --why", "why this picture is shown"),
        ("sync ada", "the platforms are gone now: the picture stays"),
    ):
        typer.echo(f"  {with_config} {words}   # {meaning}")
    typer.echo(f'  {name} add "Your Name" --github yourname   # the real thing, needs no key')
    typer.echo(f"  {name} demo --clean{_folder_option(folder)}   # remove the demo's folder")


def _own_name() -> str:
    """How this command was called, so that what is printed can be copied: `uv run` sets UV to its path."""
    uv = os.environ.get("UV")
    if not uv:
        return "talentimg"
    near = os.path.relpath(uv)
    return f"{uv if near.startswith('..') else near} run talentimg"


def _folder_option(folder: Path) -> str:
    return "" if folder == _usual_folder() else f" --folder {folder}"


def _wait() -> None:
    """Until Ctrl-C."""
    import threading

    typer.echo("\nThe platforms keep running. Ctrl-C ends them.", err=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
