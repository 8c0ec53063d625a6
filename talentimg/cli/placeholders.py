"""`talentimg placeholders`: pictures that are shown for nobody, and what people say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from talentimg.cli import completion, context
from talentimg.cli.history import MOST
from talentimg.cli.options import AllowLosses
from talentimg.cli.person import By, name_of
from talentimg.errors import TalentNotFound, UsageError

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.models import Outcome, Suspect
    from talentimg.service.people.unwanted import Named

MOST_NAMED = 3
"""How many of those who lose a picture are named in the answer."""
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Why; kept with who and when.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Hash = Annotated[
    str, typer.Argument(metavar="HASH", help="Which picture; the first six characters of it are enough.")
]


def command(
    ctx: typer.Context,
    allow: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="Accept this picture as a real one; the first six characters are enough."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List pictures treated as placeholders: several people have the same one, or somebody named it.

    Accept those that are real, and name those that are not.
    """
    if ctx.invoked_subcommand is not None:
        return
    if allow is None:
        list_known(ctx, as_json)
    else:
        allow_one(ctx, allow, as_json=as_json)


def list_known(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List them: where each comes from, and what people have said of it."""
    cli = context.of(ctx)
    with cli.app(read_only=True) as app:
        suspects, reasons = app.placeholders.suspects(), app.placeholders.reasons()
    if as_json:
        _print_json(suspects, reasons)
        return
    from talentimg.cli.present.placeholders import print_placeholders

    print_placeholders(suspects, reasons)
    if not all(suspect.is_allowed for suspect in suspects):
        cli.hint("To accept one as a real picture: talentimg placeholders --allow HASH")


def history(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=MOST, metavar="N", help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Tell what people said of placeholders, and what they took back: who, when and why. Newest first."""
    with context.of(ctx).app(read_only=True) as app:
        words = app.placeholders.words(limit=limit)
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import placeholder_word_json

        for word in words:
            print_json(placeholder_word_json(word), indent=None)
        return
    from talentimg.cli.present.placeholders import print_words

    print_words(words)


def allow_one(
    ctx: typer.Context, picture: Hash, by: By = None, why: Why = None, as_json: AsJson = False
) -> None:
    """Accept a picture as a real one, wherever it comes from."""
    cli = context.of(ctx)
    with cli.app() as app:
        suspects = app.placeholders.allow(picture, by=name_of(by), why=why)
        reasons = app.placeholders.reasons()
    if as_json:
        _print_json(suspects, reasons)
        return
    _say_allowed(suspects)
    cli.hint("It will be shown from the next look on: talentimg sync ID")


def add(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|ID",
            help="The talent who shows it, or a file with the picture (- for stdin).",
            autocompletion=completion.talent_ids,
        ),
    ],
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="What to call it in the list.")] = None,
    by: By = None,
    why: Why = None,
    allow_losses: AllowLosses = None,
    as_json: AsJson = False,
) -> None:
    """Name a picture a placeholder: it and what looks like it is refused for everybody, from every source.

    Whoever shows it gets back what was shown before, at once. A lock and a choice of a person's hold.
    """
    from talentimg.cli.running import run

    cli = context.of(ctx)
    with cli.app() as app:
        named = run(_add(app, what, name=name, by=name_of(by), why=why, allow_losses=allow_losses))
    if as_json:
        suspect = named.suspect
        _print_json([suspect], {(suspect.source, suspect.source_hash): why})
    else:
        _say_named(named)


def remove(
    ctx: typer.Context, picture: Hash, by: By = None, why: Why = None, as_json: AsJson = False
) -> None:
    """Take back that a picture is a placeholder, if a person has named it one."""
    cli = context.of(ctx)
    with cli.app() as app:
        suspects = app.named_placeholders.remove(picture, by=name_of(by), why=why)
    if as_json:
        _print_json(suspects, {(one.source, one.source_hash): why for one in suspects})
        return
    from talentimg.cli.terminal import printable, write_line

    for suspect in suspects:
        write_line(f"The picture {printable(_called(suspect))} is no placeholder any more.")
    cli.hint("It will be shown from the next look on: talentimg sync ID")


async def _add(app: App, what: str, **said: Any) -> Named:  # noqa: ANN401  as the desk takes it
    """Whoever has an id is meant before a file that is called so: `./ada` is the file."""
    from talentimg.cli.given import STDIN, read

    desk = app.named_placeholders
    try:
        if what != STDIN:
            return await desk.add_shown(what, **said)
    except TalentNotFound:
        if not _is_file(what) and ("/" in what or "." in what):  # rather the name of a file
            raise UsageError(f"There is no file {what}.", hint="Check its path.") from None
        if not _is_file(what):
            raise
    data = read(what, app.settings.http_max_picture_bytes)
    return await desk.add_file(data, **said)


def _is_file(what: str) -> bool:
    try:
        return Path(what).is_file()
    except (OSError, ValueError):
        return False


def _say_named(named: Named) -> None:
    from talentimg.cli.terminal import printable, write_line

    suspect, outcomes = named.suspect, named.outcomes
    write_line(f"The picture {printable(_called(suspect))} is refused for everybody from now on.")
    if outcomes:
        write_line(printable(_taken_down(outcomes)))


def _taken_down(outcomes: Sequence[Outcome]) -> str:
    from talentimg.models import INITIALS

    initials = sum(outcome.source == INITIALS for outcome in outcomes)
    who = ", ".join(outcome.name for outcome in outcomes[:MOST_NAMED])
    left = len(outcomes) - MOST_NAMED
    more = f" and {left} more" if left > 0 else ""
    talents = "1 talent" if len(outcomes) == 1 else f"{len(outcomes)} talents"
    return f"It was taken away from {talents} ({who}{more}); {initials} of them show initials."


def _say_allowed(suspects: Sequence[Suspect]) -> None:
    from talentimg.cli.present.placeholders import SHOWN_OF_HASH, source_of, state_of
    from talentimg.cli.terminal import printable, write_line

    for suspect in suspects:
        short = printable(suspect.source_hash[:SHOWN_OF_HASH])
        write_line(f"The picture {short} from {printable(source_of(suspect.source))} is {state_of(suspect)}.")


def _called(suspect: Suspect) -> str:
    from talentimg.cli.present.placeholders import SHOWN_OF_HASH

    short = suspect.source_hash[:SHOWN_OF_HASH]
    return f"{suspect.name} ({short})" if suspect.name else short


def _print_json(suspects: Sequence[Suspect], reasons: Mapping[tuple[str, str], str | None]) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.shapes import suspect_json

    for suspect in suspects:
        why = reasons.get((suspect.source, suspect.source_hash))
        print_json(suspect_json(suspect, why), indent=None)


WORDS: Final = {
    "list": list_known,
    "add": add,
    "remove": remove,
    "allow": allow_one,
    "history": history,
}
"""The words that may follow."""
