"""`talentimg review`: the pictures that wait for a person, and what is said of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from talentimg.cli import completion, context
from talentimg.cli.consent import Yes
from talentimg.cli.person import By, Why, name_of
from talentimg.errors import TalentimgError, UsageError

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.models import Outcome, Review, ReviewState

Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID...]",
        help="Whose pictures wait.",
        autocompletion=completion.talent_ids,
        show_default=False,
    ),
]
All = Annotated[bool, typer.Option("--all", help="All that wait, after they were listed; asks once.")]
Listed = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Only what waited already when you looked, as `review` says; for --all in a script.",
    ),
]
Hash = Annotated[
    str | None,
    typer.Option("--hash", metavar="HASH", help="Only if it is this picture; six characters are enough."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


def command(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the pictures that wait for a person's word, and say what becomes of them.

    With the setting `sync.review` a picture that would surprise waits: nothing changes until somebody
    approves it.
    """
    if ctx.invoked_subcommand is not None:
        return
    cli = context.of(ctx)
    with cli.app(read_only=True) as app:
        listed_at = app.now()
        waiting = app.reviews.waiting()
        if as_json:
            _print_json(app, waiting)
            return
        from talentimg.cli.present.review import print_waiting

        print_waiting(app, waiting)
    if waiting:
        cli.hint("Show one: talentimg review approve ID. Never show it: talentimg review reject ID.")
        from talentimg.shapes import plain

        cli.hint(f"All of these: talentimg review approve --all --listed {plain(listed_at)}")
    elif app.settings.sync_review == "off":
        cli.hint("Nothing is held back for review: see the setting sync.review.")


def approve(
    ctx: typer.Context,
    talent_ids: Ids = None,
    everybody: All = False,
    content_hash: Hash = None,
    listed: Listed = None,
    by: By = None,
    why: Why = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Show pictures that wait, at once and without asking a platform: exactly these, and no newer ones."""
    from talentimg.models import ReviewState

    _settle(
        ctx,
        _Wanted(talent_ids or [], everybody, content_hash, listed, yes),
        ReviewState.APPROVED,
        by=name_of(by),
        why=why,
        as_json=as_json,
    )


def reject(
    ctx: typer.Context,
    talent_ids: Ids = None,
    everybody: All = False,
    content_hash: Hash = None,
    listed: Listed = None,
    by: By = None,
    why: Why = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Never show pictures that wait, nor what looks like them: what is shown stays, or the next source is."""
    from talentimg.models import ReviewState

    _settle(
        ctx,
        _Wanted(talent_ids or [], everybody, content_hash, listed, yes),
        ReviewState.REJECTED,
        by=name_of(by),
        why=why,
        as_json=as_json,
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which of the pictures that wait are meant."""

    talent_ids: list[str]
    everybody: bool
    content_hash: str | None
    listed: str | None
    yes: bool

    def reviews(self, app: App) -> list[Review]:
        """What is meant, as it waits now.

        Raises:
            UsageError: that is not clear, or one of them does not wait.
            TalentNotFound: there is no such talent.
        """
        if self.everybody == bool(self.talent_ids):
            raise UsageError(
                "Give the ids of talents, or --all.", hint="What waits: talentimg review; its help: --help"
            )
        if self.content_hash is not None and len(self.talent_ids) != 1:
            raise UsageError("--hash is the hash of one picture: give one id with it.")
        found = (
            app.reviews.waiting() if self.everybody else app.reviews.of(self.talent_ids, self.content_hash)
        )
        if self.listed is None:
            return found
        from talentimg.service.people.reviews import not_later_than

        return not_later_than(found, _time(self.listed))

    @property
    def has_to_be_asked(self) -> bool:
        """Whether nobody can have seen all that is meant."""
        return self.everybody and not self.yes and self.listed is None


def _settle(
    ctx: typer.Context, wanted: _Wanted, state: ReviewState, *, by: str, why: str | None, as_json: bool
) -> None:
    with context.of(ctx).app() as app:
        reviews = wanted.reviews(app)
        if not reviews:
            typer.echo("Nothing of that waits for review.", err=True)
            return
        if wanted.has_to_be_asked:
            _ask(app, reviews, state)
        faults = [fault for one in reviews if (fault := _settled(app, one, state, by, why, as_json=as_json))]
    if len(reviews) == 1 and faults:
        raise faults[0]
    for fault in faults:
        typer.echo(f"{fault.message} {fault.hint or ''}".rstrip(), err=True)
    raise typer.Exit(faults[0].exit_code if faults else 0)


def _settled(
    app: App, review: Review, state: ReviewState, by: str, why: str | None, *, as_json: bool
) -> TalentimgError | None:
    """Settle one picture and say so; what keeps it from being settled does not stop the others."""
    try:
        outcome = app.reviews.settle(review, state, by=by, why=why)
    except TalentimgError as error:
        return error
    _tell(review, state, outcome, as_json=as_json)
    return None


def _tell(review: Review, state: ReviewState, outcome: Outcome, *, as_json: bool) -> None:
    from talentimg.cli.outcomes import sentence
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import printable, write_line
    from talentimg.shapes import outcome_json

    if as_json:
        print_json(outcome_json(outcome), indent=None)
        return
    told = f"{outcome.name}: the picture from {review.source} is {state}. {sentence(outcome)}"
    write_line(printable(told))


def _ask(app: App, reviews: list[Review], state: ReviewState) -> None:
    """Show what is meant and ask, where somebody sits who can answer.

    Raises:
        UsageError: nobody sits there, so that nobody would have seen what is settled; or they say no.
    """
    from talentimg.cli.consent import ask
    from talentimg.cli.present.review import print_waiting
    from talentimg.cli.terminal import is_terminal

    if not is_terminal(sys.stdin) or not is_terminal(sys.stdout):
        raise UsageError(
            "With --all somebody must have looked at what waits.",
            hint="Say when, with --listed TIME as `talentimg review` prints it, or --yes: whatever waits.",
        )
    print_waiting(app, reviews)
    word = "Show all of these" if state == "approved" else "Never show any of these"
    ask(f"{word} ({len(reviews)})?", yes=False, because="Somebody must have looked at what waits")


def _print_json(app: App, waiting: list[Review]) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.shapes import review_json

    for one in app.reviews.with_records(waiting):
        print_json(review_json(one), indent=None)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{text!r} is no time.", hint="Give it like 2026-11-29T02:00:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


WORDS: Final = {"approve": approve, "reject": reject}
"""The words that may follow."""
