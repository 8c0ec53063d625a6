"""`talentimg schedule`: what runs `sync-all` every night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from talentimg.cli import context
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from talentimg.cli.context import Cli
    from talentimg.schedule.interface import Place
    from talentimg.schedule.job import Job
    from talentimg.settings import Settings

FORMS: Final = ("crontab", "systemd", "github", "gitlab", "kubernetes")
NEEDS_SOMEBODY: Final = 3


def forms(incomplete: str) -> list[str]:
    """Those that begin like this."""
    return [form for form in FORMS if form.startswith(incomplete)]


def command(
    ctx: typer.Context,
    form: Annotated[
        str,
        typer.Argument(metavar="[FORM]", help=f"One of {', '.join(FORMS)}.", autocompletion=forms),
    ] = FORMS[0],
    install: Annotated[bool, typer.Option("--install", help="Put it in place, and start it.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Say whether it is there, and as it would be made today.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away again.")] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="HH:MM", help="When, in UTC; by default as in the settings, else 02:00."),
    ] = None,
    system: Annotated[
        bool, typer.Option("--system", help="With systemd: units of the system, not of your own.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print what runs sync-all every night, for a scheduler of this machine or another; or put it in place.

    A crontab and systemd can be set up from here. What is for a repository or a cluster is printed.

    With --check it ends with 3 if nothing is in place, or it is not as it would be made today.
    """
    if install + check + remove > 1:
        raise UsageError("--install, --check and --remove contradict each other.", hint="Use one of them.")
    if form not in FORMS:
        raise UsageError(f"There is no form {form!r}.", hint=f"One of {', '.join(FORMS)}.")
    cli = context.of(ctx)
    asked = "install" if install else "check" if check else "remove" if remove else "print"
    raise typer.Exit(_do(cli, form, asked, at, system=system, as_json=as_json))


def _do(cli: Cli, form: str, asked: str, at: str | None, *, system: bool, as_json: bool) -> int:
    from talentimg.bootstrap.scheduling import HERE, job_of, place_of

    job = job_of(cli.settings, at)
    if asked == "print" and form not in HERE:
        return _print_for_elsewhere(job, form, as_json=as_json)
    place = place_of(form, system=system)
    if asked == "install":
        _refuse_what_is_only_here(cli.settings)
        place.install(job)
    elif asked == "remove":
        return _removed(place.remove(), form, as_json=as_json)
    elif asked == "print":
        return _print_for_here(cli, place, job, form, as_json=as_json)
    return _told(place, job, form, as_json=as_json, installed=asked == "install")


def _print_for_elsewhere(job: Job, form: str, *, as_json: bool) -> int:
    from talentimg.bootstrap.scheduling import ELSEWHERE
    from talentimg.cli.terminal import warn

    _show(ELSEWHERE[form](job), form, as_json=as_json)
    if not {"TALENTIMG_DATABASE_URL", "TALENTIMG_IMAGES_STORE"} <= {*job.secrets, *job.values}:
        warn(
            "What runs there keeps nothing on its disk: it needs the roster on Postgres (database_url), "
            "and the pictures in an object store (images.store)."
        )
    return 0


def _print_for_here(cli: Cli, place: Place, job: Job, form: str, *, as_json: bool) -> int:
    from talentimg.bootstrap.scheduling import only_here
    from talentimg.cli.terminal import warn

    _show(place.text(job), form, as_json=as_json)
    if missing := only_here(cli.settings):
        warn(f"Only this shell knows what {', '.join(missing)} says: put it into the settings file.")
    return 0


def _show(text: str, form: str, *, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import write_data

    if as_json:
        print_json({"form": form, "text": text})
    else:
        write_data(text.rstrip("\n"))


def _refuse_what_is_only_here(settings: Settings) -> None:
    from talentimg.bootstrap.scheduling import only_here

    if missing := only_here(settings):
        raise UsageError(
            f"Only this shell knows what {', '.join(missing)} says; a scheduler would do without.",
            hint="Put it into the settings file, whose place `talentimg config` names.",
        )


def _removed(was_there: bool, form: str, *, as_json: bool) -> int:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import write_line

    if as_json:
        print_json({"form": form, "removed": was_there})
    else:
        write_line(f"Removed from {form}." if was_there else f"Nothing of ours was in {form}.")
    return 0


def _told(place: Place, job: Job, form: str, *, as_json: bool, installed: bool) -> int:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import printable, warn, write_line

    found = place.look(job)
    if as_json:
        print_json({"form": form, "at": job.clock, "installed": found.is_there, "current": found.is_current})
    else:
        write_line(_sentence(form, job, is_there=found.is_there, is_current=found.is_current, new=installed))
    for note in found.notes:
        warn(printable(note))
    return 0 if found.is_current else NEEDS_SOMEBODY


def _sentence(form: str, job: Job, *, is_there: bool, is_current: bool, new: bool) -> str:
    if is_current:
        return f"{'Put into' if new else 'It is in'} {form}: every night at {job.clock} UTC."
    if is_there:
        return f"It is in {form}, but not as it would be made today. Put it right with: --install"
    return f"It is not in {form}. Put it there with: --install"
