"""Talents as the roster lists them, as one is shown, as an import or an edit leaves them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.shapes.plain import document, fields_of, plain, without_likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from talentimg.models import (
        Account,
        Outcome,
        Picture,
        Policy,
        Review,
        Talent,
        TalentRecord,
    )
    from talentimg.repository.interface import RosterRow
    from talentimg.service.decision.explain import Step
    from talentimg.service.decision.state import Standing
    from talentimg.service.people.identity import Stranger
    from talentimg.service.people.lines import Facets
    from talentimg.service.people.listing import Listed
    from talentimg.service.people.overview import Seen
    from talentimg.service.people.preview import Preview
    from talentimg.service.people.reconnecting import Reconnect
    from talentimg.service.people.roster import Edited, Imported
    from talentimg.service.people.undo import Undo
    from talentimg.service.results import SourceResult


def talent_json(talent: Talent) -> dict[str, Any]:
    """A talent with its accounts, without anything secret."""
    return document(
        {
            "talent_id": talent.id,
            "id": talent.id,  # the older name of the same
            "name": talent.name,
            "email": talent.email,
            "avatar_url": talent.avatar_url,
            "accounts": _accounts(talent.accounts),
        }
    )


def row_json(row: RosterRow) -> dict[str, Any]:
    """One line of the roster, which `talentimg import` reads too."""
    more = {"accounts": _accounts(row.accounts), "policy": _policy_json(row.policy)}
    return {**fields_of(row), **document(more)}


def listed_json(one: Listed) -> dict[str, Any]:
    """The same with how the talent stands."""
    more = {**_standing(one.standing), "reconnect": reconnect_json(one.reconnect)}
    return {**row_json(one.row), **document(more)}


def reconnect_json(accounts: Iterable[Reconnect]) -> list[dict[str, Any]]:
    """The accounts that a talent has to connect again, each with the link to send."""
    return [{"platform": one.platform, "link": one.link} for one in accounts]


def page_json(seen: Seen) -> dict[str, Any]:
    """A page of the roster, how many are wanted, and where the next page begins."""
    return {"talents": [listed_json(one) for one in seen.rows], "next": seen.next, "total": seen.facets.found}


def facets_json(facets: Facets) -> dict[str, Any]:
    """How many there are of each kind."""
    return document(
        {
            "all": facets.everybody,
            "found": facets.found,
            "waiting": facets.in_review,
            "states": facets.states,
            "platforms": facets.platforms,
            "sources": facets.sources,
        }
    )


def _standing(standing: Standing) -> dict[str, object]:
    return {"state": standing.state, "why": standing.why}


def account_json(account: Account) -> dict[str, Any]:
    """An account, without anything secret."""
    names = ("platform", "handle", "profile_url", "renamed_to")
    return document({name: getattr(account, name) for name in names})


def _accounts(accounts: Iterable[Account]) -> list[dict[str, Any]]:
    return [account_json(account) for account in accounts]


def shown_json(
    record: TalentRecord,
    picture: Picture | None,
    chain: Iterable[tuple[Step, datetime | None]] | None = None,
    standing: Standing | None = None,
    reconnect: Iterable[Reconnect] = (),
) -> dict[str, Any]:
    """A talent with what is shown, and why, if somebody asks.

    Args:
        record: everything that is known of the talent.
        picture: the picture that is shown, if we hold a copy.
        chain: the chain as it was evaluated, each step with the time at which its source is asked next.
        standing: how the talent stands.
        reconnect: the accounts that the talent has to connect again.
    """
    shown = record.selection
    told = {
        **talent_json(record.talent),
        "source": shown.source,
        "url": shown.url,
        "content_hash": shown.content_hash,
        "synced_at": shown.synced_at,
        "picture": without_likeness(picture) if picture else None,
        "policy": _policy_json(record.policy),
        "notes": notes_on(record),
        "review": pending_json(record.in_review),
        "reconnect": reconnect_json(reconnect),
        **(_standing(standing) if standing else {}),
    }
    why = {} if chain is None else {"chain": [_step_json(*step) for step in chain]}
    return document({**told, **why})


def pending_json(review: Review | None) -> dict[str, Any] | None:
    """A picture that waits for a person."""
    if review is None:
        return None
    return {
        "since": review.proposed_at,
        "source": review.source,
        "content_hash": review.content_hash,
        "source_hash": review.source_hash,
    }


def _policy_json(policy: Policy) -> dict[str, Any]:
    """What people decided about a talent."""
    return {
        "lock": policy.lock,
        "choice": policy.choice,
        "order": policy.order.sources if policy.order else None,
        "order_by": policy.order.by if policy.order else None,
        "order_at": policy.order.at if policy.order else None,
        "order_why": policy.order.why if policy.order else None,
        "opted_out": policy.opted_out,
        "opt_outs": policy.opt_outs,
        "note": policy.note,
    }


def notes_on(record: TalentRecord) -> dict[str, str]:
    """What a person should know of accounts whose pictures are fine, by source: one has moved, say."""
    from talentimg.models import State  # noqa: PLC0415  start-up time

    return {
        source: candidate.detail
        for source, candidate in sorted(record.candidates.items())
        if candidate.state is State.FOUND and candidate.detail
    }


def _step_json(step: Step, next_due_at: datetime | None) -> dict[str, Any]:
    """One source, with the last look at it; what only identifies the row stays out."""
    hidden = {"talent_id", "source", "next_due_at", "question"}
    candidate = fields_of(step.candidate) if step.candidate else {}
    return {
        "source": step.source,
        "verdict": step.verdict,
        "why": step.why,
        **{key: value for key, value in candidate.items() if key not in hidden},
        "next_due_at": next_due_at,
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome: the kind is called `outcome`."""
    fields = fields_of(outcome)
    del fields["previous_hash"]  # for the record of a run
    kind = fields.pop("kind")
    return {"talent_id": fields.pop("talent_id"), "name": fields.pop("name"), "outcome": kind, **fields}


def edited_json(edited: Edited) -> dict[str, Any]:
    """A talent after an edit, with the fields that it changed."""
    return {**talent_json(edited.talent), "changed": list(edited.fields), "source": edited.source}


def identity_json(stranger: Stranger) -> dict[str, Any]:
    """Who answers for an account, and whom we knew."""
    account, candidate, shown = stranger.account, stranger.candidate, stranger.record.selection
    kept = candidate.content_hash or (shown.content_hash if shown.source == account.platform else None)
    told = {
        "platform": account.platform,
        "handle": account.handle,
        "known_id": stranger.known_id,
        "answers_as": stranger.answers_as,
        "asked": candidate.asked,
        "detail": candidate.detail,
        "checked_at": candidate.checked_at,
        "content_hash": kept,
    }
    return {name: plain(value) for name, value in told.items()}


def identities_json(strangers: Iterable[Stranger]) -> dict[str, Any]:
    """All who answer for a talent in the place of somebody whom we knew."""
    return {"identities": [identity_json(one) for one in strangers]}


def offered_json(offered: SourceResult) -> dict[str, Any]:
    """What whoever answers offers now."""
    one = offered.candidate
    told = {"platform": one.source, "state": one.state, "picture_url": one.picture_url, "detail": one.detail}
    return {name: plain(value) for name, value in told.items()}


def imported_json(done: Imported, remarks: Sequence[str] = ()) -> dict[str, Any]:
    """What an import came to; `remarks` say how the file was read."""
    return {**fields_of(done), "remarks": plain(remarks)}


def preview_json(preview: Preview, remarks: Sequence[str] = ()) -> dict[str, Any]:
    """What an import would do; `refused` is the sentence that says why it would not do it."""
    fields = {
        name: getattr(preview, name)
        for name in ("new", "changed", "reconnected", "left_out", "forgotten", "gone")
    }
    refused = preview.refusal.sentence if preview.refusal else None
    return document(
        {"dry_run": True, **fields, "unchanged": preview.unchanged, "refused": refused, "remarks": remarks}
    )


def undo_json(undo: Undo, *, dry_run: bool) -> dict[str, Any]:
    """What taking an import back came to, or would come to."""
    return {"dry_run": dry_run, **fields_of(undo)}
