"""`talentimg forget ID`: remove everything about a talent, and keep it from coming back."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.consent import Yes, ask
from talentimg.cli.person import By, WhyInProof, name_of

if TYPE_CHECKING:
    from talentimg.service.people.forgetting import Proof


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="The talent to forget.", autocompletion=completion.talent_ids),
    ],
    platform: Annotated[
        str | None,
        typer.Option(
            metavar="PLATFORM", help="Only what is of this platform.", autocompletion=completion.platforms
        ),
    ] = None,
    by: By = None,
    why: WhyInProof = None,
    yes: Yes = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Remove everything about a talent, or about one platform of theirs, and print the proof.

    Pictures that nobody else uses go too. No sync and no import brings them back until `remember ID`.

    In the app's own database its rows stay, without the picture.
    """
    what = f"everything about {talent_id}" if platform is None else f"what is of {platform} about {talent_id}"
    ask(f"Remove {what} for good?", yes=yes)
    with context.of(ctx).app() as app:
        proof = app.forgetting.forget(talent_id, platform, by=name_of(by), why=why)
    render(proof, "Forgot", as_json=as_json)
    if not as_json:
        context.of(ctx).hint(f"To let it come back: talentimg remember {shlex.quote(talent_id)}")
    finish([proof])


def render(proof: Proof, done: str, *, as_json: bool, one_line: bool = False) -> None:
    """Print what was removed, and what was looked for; JSON of several talents in one line each."""
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.proof import proof_lines, whom
    from talentimg.cli.terminal import write_line
    from talentimg.shapes import proof_json

    if as_json:
        print_json(proof_json(proof), indent=None if one_line else 2)
        return
    if proof.name is None and not proof.rows and done == "Removed":
        write_line(f"{whom(proof)} is not on the roster. What an earlier removal had left was finished.")
        return
    what = f"{proof.platform} of {whom(proof)}" if proof.platform else whom(proof)
    before = f", who was forgotten on {proof.before:%Y-%m-%d} already" if proof.before else ""
    write_line(f"{done} {what}{before}.")
    for line in proof_lines(proof):
        write_line(line)


def finish(proofs: Sequence[Proof]) -> None:
    """Say what is left to do, if anything.

    Raises:
        StoreLocked: free space could not be overwritten yet, or something was still found.
    """
    unfinished = [error for proof in proofs if (error := proof.unfinished) is not None]
    if unfinished:
        raise unfinished[0]
