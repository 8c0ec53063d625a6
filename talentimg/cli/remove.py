"""`talentimg remove ID...`: take talents off the roster."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.consent import Yes, ask
from talentimg.cli.forget import finish, render
from talentimg.cli.person import ByInProof, WhyInProof, name_of


def command(
    ctx: typer.Context,
    talent_ids: Annotated[
        list[str],
        typer.Argument(metavar="ID...", help="The talents to remove.", autocompletion=completion.talent_ids),
    ],
    by: ByInProof = None,
    why: WhyInProof = None,
    yes: Yes = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Take talents off a roster that is talentimg's own, with their accounts, history and pictures.

    Unlike after `forget`, an import may bring them again.
    """
    ids = list(dict.fromkeys(talent_ids))
    with context.of(ctx).app() as app:
        app.forgetting.check_own("removed")
        whom = ids[0] if len(ids) == 1 else f"{len(ids)} talents"
        ask(f"Remove {whom} from the roster, with everything about them?", yes=yes)
        proofs = app.forgetting.remove(ids, by=name_of(by), why=why)
    for proof in proofs:
        render(proof, "Removed", as_json=as_json, one_line=True)
    finish(proofs)
