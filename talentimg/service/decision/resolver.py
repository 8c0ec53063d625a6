"""Turns what was observed into what to write and to report. It asks no source and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.models import (
    INITIALS,
    HistoryEntry,
    Outcome,
    OutcomeKind,
    Reason,
    Selection,
)
from talentimg.repository.interface import Change
from talentimg.service.decision import observe
from talentimg.service.decision.candidates import due_now, observed, without_early_looks
from talentimg.service.decision.cause import cause_of
from talentimg.service.decision.chain import (
    Ground,
    chain_of,
    hold,
    resolve,
    said_by_a_person,
    shows_another,
    standing,
)
from talentimg.service.decision.learnt import (
    account_errors,
    new_external_ids,
    renamed_accounts,
    told_of_names,
)
from talentimg.service.decision.outcomes import outcome_kind
from talentimg.service.decision.proposals import reviews_to_write
from talentimg.service.decision.versions import BY_SYNC, SAME_PICTURE
from talentimg.service.results import SyncResult, as_answered
from talentimg.store.keys import public_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Candidate, Picture, Policy, Suspect, TalentRecord
    from talentimg.service.decision.chain import Decision, Rules
    from talentimg.service.decision.versions import Version
    from talentimg.service.results import SourceResult

CONFLICT_RETRIES: Final = 5
"""How often a result is worked out again because the talent was changed in the meantime."""
DUPLICATE_PICTURE: Final = "Several people have the same picture there, so it is treated as a placeholder."
NAMED_PICTURE: Final = "A person has said that this picture is a placeholder."
INTERNAL_ERROR: Final = "An internal error in talentimg; --verbose shows it."
NO_LONGER_ASKED: Final = "The roster no longer names the {} account or avatar whose picture it was."
OPTED_OUT_OF: Final = "The talent opted out of {}, whose picture it was."


class Resolver:
    """Applies the operator's rules to what was observed."""

    def __init__(self, rules: Rules, public_url: str | None, now: Callable[[], datetime]) -> None:
        """A resolver with the operator's rules.

        Args:
            rules: order and grace time.
            public_url: where our copies are served; without one, the app is given the platform's address.
            now: the clock.
        """
        self.rules = rules
        self._public_url = public_url
        self._now = now

    def at(self, now: datetime) -> Resolver:
        """The same one at a moment that stands still, so that all that is written has one time."""
        return Resolver(self.rules, self._public_url, lambda: now)

    def result_of(
        self,
        before: TalentRecord,
        after: TalentRecord,
        results: Sequence[SourceResult] = (),
        *,
        why: str | None = None,
        by: str = BY_SYNC,
        seconds: float = 0.0,
        hold_reason: str | None = None,
    ) -> SyncResult:
        """What a sync writes and reports.

        Args:
            before: the record as it was loaded.
            after: the same record with the new candidates.
            results: what each source gave.
            why: the reason in the history; by default that of the outcome.
            by: who the history names.
            seconds: how long the look took.
            hold_reason: why what is shown must stay whatever the decision, if it must.
        """
        now = self._now()
        decision = resolve(after, self.rules, now) if hold_reason is None else hold(after.selection)
        kind = outcome_kind(before, after, decision, self.rules)
        selection = self._selection(after.selection, after, decision, now)
        reason, detail = cause_of(kind, decision, results, after)
        detail = hold_reason or detail
        if kind is OutcomeKind.DEMOTED and shows_another(replace(before, policy=after.policy)):
            reason, detail = None, _no_longer_wanted(after.policy, before.selection.source)
        renamed = renamed_accounts(before, results)
        change = Change(
            talent_id=before.talent.id,
            selection=selection,
            read=before,
            candidates=observed(before, results, selection) if hold_reason is None else due_now(after, now),
            picture=_picture_of(results),
            drop=tuple(sorted(before.outdated)),
            history=_history(before, selection, why or detail or kind.value, by, now),
            reviews=reviews_to_write(before, after, decision, now) if hold_reason is None else (),
            external_ids=new_external_ids(before, results),
            renamed=renamed,
            audit=told_of_names(before, renamed, now),
            account_errors=account_errors(before, results),
        )
        outcome = _outcome(before, selection, kind, (reason, detail), results, seconds=seconds)
        return SyncResult(change, outcome)

    def as_known(self, record: TalentRecord) -> Outcome:
        """What a look would tell that found everything as it is known, with nothing to change.

        Trouble that is known is told as trouble again.
        """
        decision = resolve(record, self.rules, self._now())
        kind = outcome_kind(record, record, decision, self.rules)
        if kind in {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}:  # that is for the next look to do
            kind = OutcomeKind.UNCHANGED
        known = [as_answered(record.candidates[source]) for source in _known_of(record, self.rules)]
        cause = cause_of(kind, decision, known, record)
        return _outcome(record, record.selection, kind, cause, known, seconds=0.0)

    def without_account(self, record: TalentRecord, platform: str, *, why: str, by: str) -> SyncResult:
        """What to show once a person has disconnected an account. It takes effect at once, unlike an absence.

        A locked picture, or one from another source, stays.
        """
        talent = replace(
            record.talent, accounts=tuple(a for a in record.talent.accounts if a.platform != platform)
        )
        candidates = {source: c for source, c in record.candidates.items() if source != platform}
        fixed = record.policy.is_locked(self._now()) or record.selection.source != platform
        shown = record.selection if fixed else Selection(synced_at=record.selection.synced_at)
        rest = replace(record, talent=talent, candidates=candidates, selection=shown)
        result = self.result_of(record, rest, why=why, by=by)
        return _unlooked(result, record, drop=(*result.change.drop, platform))

    def decided(self, record: TalentRecord, after: TalentRecord, *, why: str, by: str) -> SyncResult:
        """What to show once a person has decided something: at once, by what is known.

        Looks that are planned stay planned, as nobody was asked.

        Args:
            record: the talent as loaded.
            after: the same with the new policy, with the candidate that the person brought or without the one
                that they took away, and with another selection if they said what is shown.
            why: the reason in the history.
            by: who the history names.
        """
        result = self.result_of(record, after, why=why, by=by)
        taken = tuple(sorted(record.candidates.keys() - after.candidates.keys()))
        brought = tuple(c for source, c in after.candidates.items() if c is not record.candidates.get(source))
        change = replace(result.change, candidates=brought)
        return _unlooked(replace(result, change=change), record, drop=(*change.drop, *taken))

    def shown_again(self, talent_id: str, version: Version) -> Selection:
        """What was shown once, at the address that our copy of it has today."""
        content_hash = version.content_hash
        ours = self._public_url and content_hash and public_address(self._public_url, content_hash, talent_id)
        return Selection(version.source, content_hash, ours or version.url, question=version.question)

    def retract(
        self, record: TalentRecord, last: HistoryEntry | None, suspect: Suspect, *, by: str = BY_SYNC
    ) -> SyncResult | None:
        """Go back to what was shown before a placeholder.

        Args:
            record: the talent as it is now.
            last: the change whose earlier picture comes back; None if there is none that may.
            suspect: the placeholder.
            by: who the history names.

        Returns:
            None if a person decided what is shown.
        """
        shown = record.selection
        candidate = record.candidates.get(shown.source)
        if said_by_a_person(record, self._now()) is not None:
            return None
        before = standing(replace(record, selection=_previous_selection(last, shown)))
        refused: tuple[Candidate, ...] = ()
        # The source may offer another picture by now, which waits, or be asked for another account.
        if candidate is not None and shown.content_hash == candidate.content_hash:
            # Only the hash of the source's earlier picture is known, which is enough to keep showing it, and
            # not when it was last seen whole.
            known = replace(candidate.without_picture(), trouble_since=None, found_at=None)
            if before.source == shown.source and before.content_hash is not None:
                known = replace(known, content_hash=before.content_hash, picture_url=before.url)
            refused = (self._as_placeholder(known, suspect),)
        change = Change(
            talent_id=record.talent.id,
            selection=before,
            read=record,
            candidates=refused,
            history=_history(record, before, why_refused(suspect), by, self._now()),
        )
        return SyncResult(change, _outcome(record, before, OutcomeKind.KEPT, (None, None), (), seconds=0.0))

    def without_placeholders(self, record: TalentRecord, found: Mapping[str, Suspect], by: str) -> SyncResult:
        """What to show once a person has named the pictures of some sources placeholders; none is shown.

        Args:
            record: the talent.
            found: what these sources offer, by source.
            by: who the history names.
        """
        refused = {
            source: self._as_placeholder(record.candidates[source].without_picture(), suspect)
            for source, suspect in found.items()
        }
        after = replace(record, candidates={**record.candidates, **refused})
        result = _unlooked(self.result_of(record, after, by=by), record, drop=())
        return replace(result, change=replace(result.change, candidates=tuple(refused.values())))

    def _as_placeholder(self, known: Candidate, suspect: Suspect) -> Candidate:
        look = observe.Look(
            known.talent_id, known.source, self._now(), known.asked, known.tries, question=known.question
        )
        return observe.trouble(known, look, Reason.PLACEHOLDER, why_refused(suspect), None)

    def after_internal_error(self, record: TalentRecord) -> SyncResult:
        """Nothing was found out. The talent is not due again at once, or it would block the others."""
        if shows_another(record):  # whatever went wrong, the roster no longer asks for this picture
            result = self.result_of(record, record)
            return replace(result, outcome=replace(result.outcome, reason=Reason.BUG, detail=INTERNAL_ERROR))
        shown = record.selection
        outcome = Outcome(
            talent_id=record.talent.id,
            name=record.talent.name,
            kind=OutcomeKind.KEPT if shown.has_picture else OutcomeKind.FAILED,
            source=shown.source,
            previous_source=shown.source,
            reason=Reason.BUG,
            detail=INTERNAL_ERROR,
            url=shown.url,
            content_hash=shown.content_hash,
            previous_hash=shown.content_hash,
        )
        change = Change(
            record.talent.id,
            replace(shown, synced_at=self._now()),
            read=record,
            candidates=without_early_looks(record),
        )
        return SyncResult(change, outcome)

    def _selection(
        self, shown: Selection, after: TalentRecord, decision: Decision, now: datetime
    ) -> Selection:
        if decision.ground is Ground.LOCKED and after.overwritten and after.policy.is_locked(now):
            return replace(after.overwritten, synced_at=now)
        candidate = after.candidates.get(decision.source)
        if decision.keeps_selection:
            return replace(shown, synced_at=now, question=shown.question or _question_of(candidate))
        if decision.source == INITIALS or candidate is None or decision.content_hash is None:
            return Selection(synced_at=now)
        talent_id = after.talent.id
        ours = self._public_url and public_address(self._public_url, decision.content_hash, talent_id)
        return Selection(
            decision.source, decision.content_hash, ours or candidate.picture_url, now, candidate.question
        )


def why_refused(suspect: Suspect) -> str:
    """Why a picture is taken for a placeholder, in one sentence."""
    return NAMED_PICTURE if suspect.named_by else DUPLICATE_PICTURE


# -- parts of a result ---------------------------------------------------------------


def _no_longer_wanted(policy: Policy, source: str) -> str:
    """Why the picture of a source is nobody's question any more."""
    return (OPTED_OUT_OF if policy.refuses(source) else NO_LONGER_ASKED).format(source)


def _unlooked(result: SyncResult, record: TalentRecord, *, drop: tuple[str, ...]) -> SyncResult:
    """A result for which no source was asked: the time of the last look stays."""
    selection = replace(result.change.selection, synced_at=record.selection.synced_at)
    return replace(result, change=replace(result.change, selection=selection, drop=drop))


def brought_by(history: Sequence[HistoryEntry], shown: Selection) -> Iterator[HistoryEntry]:
    """The change that brought what is shown, then the one that brought what was shown before, and so on.

    However often a picture was made anew, one change brought it. It ends where nothing more is known.

    Args:
        history: the latest changes, newest first.
        shown: what is shown now.
    """
    now = shown.source, shown.content_hash
    for last in history:
        if (last.to_source, last.to_hash) != now:
            return
        if last.by not in SAME_PICTURE:
            yield last
        now = last.from_source, last.from_hash


def forms_of(history: Sequence[HistoryEntry], content_hash: str | None) -> list[str | None]:
    """A picture and those that it was made anew from, as far as the history tells."""
    forms = [content_hash]
    for entry in history:
        if entry.by in SAME_PICTURE and entry.to_hash == forms[-1]:
            forms.append(entry.from_hash)
    return forms


def _previous_selection(last: HistoryEntry | None, shown: Selection) -> Selection:
    """What was shown before that change; initials if that is unknown."""
    if last is None:
        return Selection(synced_at=shown.synced_at)
    return Selection(last.from_source, last.from_hash, last.from_url, shown.synced_at, last.from_question)


def _question_of(candidate: Candidate | None) -> str | None:
    return candidate.question if candidate else None


def _picture_of(results: Sequence[SourceResult]) -> Picture | None:
    """The new picture row of a sync, at most one, because the walk ends at the first good picture."""
    return next((result.picture for result in results if result.picture is not None), None)


def _history(
    before: TalentRecord, selection: Selection, why: str, by: str, now: datetime
) -> HistoryEntry | None:
    shown = before.selection
    if (shown.source, shown.content_hash) == (selection.source, selection.content_hash):
        return None
    return HistoryEntry(
        talent_id=before.talent.id,
        at=now,
        from_source=shown.source,
        from_hash=shown.content_hash,
        to_source=selection.source,
        to_hash=selection.content_hash,
        why=why,
        by=by,
        from_url=shown.kept_url,
        from_question=shown.question,
    )


def _known_of(record: TalentRecord, rules: Rules) -> list[str]:
    """The sources that have been asked, in the order of the chain."""
    chain = chain_of(record.talent, record.policy, rules.order)
    return [source for source in chain if source in record.candidates]


def _outcome(
    before: TalentRecord,
    selection: Selection,
    kind: OutcomeKind,
    cause: tuple[Reason | None, str | None],
    results: Sequence[SourceResult],
    *,
    seconds: float,
) -> Outcome:
    return Outcome(
        talent_id=before.talent.id,
        name=before.talent.name,
        kind=kind,
        source=selection.source,
        previous_source=before.selection.source,
        reason=cause[0],
        detail=cause[1],
        url=selection.url,
        content_hash=selection.content_hash,
        previous_hash=before.selection.content_hash,
        attempts=tuple(result.attempt for result in results),
        seconds=round(seconds, 3),
    )
