"""From what was observed to what is written and said. Asks nobody and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.models import (
    INITIALS,
    NEEDS_THE_PERSON,
    HistoryEntry,
    Outcome,
    OutcomeKind,
    Reason,
    Selection,
    State,
)
from talentimg.repository.interface import Change
from talentimg.service.decision import observe
from talentimg.service.decision.chain import Ground, is_confirmed_absent, outcome_kind, resolve, stay
from talentimg.service.results import SyncResult
from talentimg.store.keys import public_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from talentimg.models import Attempt, Candidate, Picture, Suspect, TalentRecord
    from talentimg.service.decision.chain import Decision, Rules
    from talentimg.service.results import SourceResult

STALE_ROUNDS: Final = 5
"""Times that a result is worked out again because somebody changed the talent meanwhile."""
BY_SYNC: Final = "sync"
"""Who the history names when nobody in person changed what is shown."""
DISTRUSTED: Final = "The same new picture came for several talents, so it is taken for a placeholder."
_SECONDARY: Final = NEEDS_THE_PERSON | {Reason.UNSUPPORTED}


class Resolver:
    """Draws conclusions by the operator's rules."""

    def __init__(self, rules: Rules, public_url: str | None, now: Callable[[], datetime]) -> None:
        """The rules and what else it takes.

        Args:
            rules: order and grace time.
            public_url: where our copies are served; without one the app is given the platform's address.
            now: the clock.
        """
        self.rules = rules
        self._public_url = public_url
        self._now = now

    def conclude(
        self,
        before: TalentRecord,
        seen: TalentRecord,
        looks: Sequence[SourceResult] = (),
        *,
        why: str | None = None,
        by: str = BY_SYNC,
        seconds: float = 0.0,
        held_back: str | None = None,
    ) -> SyncResult:
        """What a sync leaves behind, and what it says.

        Args:
            before: the record as it was loaded.
            seen: the same with what was observed since.
            looks: the observations.
            why: for the history; otherwise told from what was observed.
            by: who the history names.
            seconds: how long it took.
            held_back: why what is shown has to stay whatever the decision is, if it has to.
        """
        now = self._now()
        decision = resolve(seen, self.rules, now) if held_back is None else stay(seen.selection)
        kind = outcome_kind(before, seen, decision, self.rules)
        selection = self._selection(seen.selection, seen, decision, now)
        attempts = tuple(look.attempt for look in looks)
        telling = _telling(kind, decision, attempts, seen)
        if held_back is not None:
            telling = telling[0], held_back
        change = Change(
            talent_id=before.talent.id,
            selection=selection,
            read=before,
            candidates=(
                *(_given_up(look.candidate, selection) for look in looks),
                *_no_longer_due(before, looks),
            )
            if held_back is None
            else _due_at_once(seen, now),
            picture=_picture_of(looks),
            history=_history(before, selection, why or telling[1] or kind.value, by, now),
            external_ids=_learnt_ids(before, looks),
            account_errors=_account_errors(before, looks),
        )
        return SyncResult(change, _outcome(before, selection, kind, telling, attempts, seconds=seconds))

    def without(self, record: TalentRecord, platform: str, *, why: str, by: str) -> SyncResult:
        """What follows when a person takes an account away: that is no observation, nothing is waited for.

        A lock, or a picture from elsewhere, stays as it is.
        """
        talent = replace(
            record.talent, accounts=tuple(a for a in record.talent.accounts if a.platform != platform)
        )
        candidates = {source: c for source, c in record.candidates.items() if source != platform}
        fixed = record.policy.is_locked(self._now()) or record.selection.source != platform
        shown = record.selection if fixed else Selection(synced_at=record.selection.synced_at)
        rest = replace(record, talent=talent, candidates=candidates, selection=shown)
        resolved = self.conclude(record, rest, why=why, by=by)
        # Nobody was looked at, so the time of the last look stays.
        selection = replace(resolved.change.selection, synced_at=record.selection.synced_at)
        return replace(resolved, change=replace(resolved.change, selection=selection, drop=(platform,)))

    def retract(
        self, record: TalentRecord, suspect: Suspect, history: Sequence[HistoryEntry]
    ) -> SyncResult | None:
        """Show again what was shown before a picture that is taken for a placeholder came.

        Args:
            record: the talent as it is.
            suspect: the picture.
            history: the latest change of what is shown.

        Returns:
            None when the picture is not what is shown, or a person fixed what is.
        """
        shown, candidate = record.selection, record.candidates.get(suspect.source)
        if record.policy.is_locked(self._now()) or record.policy.opted_out:
            return None
        if (shown.source, shown.content_hash) != (suspect.source, suspect.content_hash) or candidate is None:
            return None
        last = next(iter(history), None)
        before = _shown_before(last, shown)
        look = observe.Look(record.talent.id, suspect.source, self._now(), candidate.asked, candidate.tries)
        # Of the source's picture before that one only the hash is known: enough to go on showing it.
        known = replace(candidate.without_picture(), trouble_since=None)
        if before.source == suspect.source and before.content_hash is not None:
            known = replace(known, content_hash=before.content_hash, picture_url=before.url)
        doubted = observe.trouble(known, look, Reason.PLACEHOLDER, DISTRUSTED, None)
        change = Change(
            talent_id=record.talent.id,
            selection=before,
            read=record,
            candidates=(doubted,),
            history=_history(record, before, DISTRUSTED, BY_SYNC, self._now()),
        )
        return SyncResult(change, _outcome(record, before, OutcomeKind.KEPT, (None, None), (), seconds=0.0))

    def after_a_bug(self, record: TalentRecord) -> SyncResult:
        """Nothing was learnt; the talent is not due again at once, or it would be in everybody's way."""
        shown = record.selection
        outcome = Outcome(
            talent_id=record.talent.id,
            name=record.talent.name,
            kind=OutcomeKind.KEPT if shown.has_picture else OutcomeKind.FAILED,
            source=shown.source,
            previous_source=shown.source,
            reason=Reason.BUG,
            detail="A mistake in talentimg itself; --verbose shows it.",
            url=shown.url,
            content_hash=shown.content_hash,
        )
        change = Change(record.talent.id, replace(shown, synced_at=self._now()), read=record)
        return SyncResult(change, outcome)

    def _selection(
        self, shown: Selection, seen: TalentRecord, decision: Decision, now: datetime
    ) -> Selection:
        if decision.keeps:
            return replace(shown, synced_at=now)
        candidate = seen.candidates.get(decision.source)
        if decision.source == INITIALS or candidate is None or decision.content_hash is None:
            return Selection(synced_at=now)
        ours = public_address(self._public_url, decision.content_hash) if self._public_url else None
        return Selection(decision.source, decision.content_hash, ours or candidate.picture_url, now)


# -- pieces of a conclusion ---------------------------------------------------------------


def _shown_before(last: HistoryEntry | None, shown: Selection) -> Selection:
    """What the latest change replaced; initials where it is not known."""
    if last is None or (last.to_source, last.to_hash) != (shown.source, shown.content_hash):
        return Selection(synced_at=shown.synced_at)
    return Selection(last.from_source, last.from_hash, last.from_url, shown.synced_at)


def _no_longer_due(before: TalentRecord, looks: Sequence[SourceResult]) -> Iterator[Candidate]:
    """Sources that were not needed this time: an early look once planned for them must not come again."""
    asked = {look.candidate.source for look in looks}
    for source, candidate in before.candidates.items():
        if source not in asked and candidate.next_due_at is not None:
            yield replace(candidate, next_due_at=None)


def _due_at_once(seen: TalentRecord, now: datetime) -> tuple[Candidate, ...]:
    """What was seen of a talent whose picture is held back: due again as soon as a person has decided."""
    shown = seen.selection.source
    return tuple(
        replace(candidate, next_due_at=now if source == shown else None)
        for source, candidate in seen.candidates.items()
    )


def _given_up(candidate: Candidate, selection: Selection) -> Candidate:
    """The candidate without its picture, once that is gone for certain and no longer shown."""
    gone = candidate.state is State.ABSENT and candidate.source != selection.source
    certain = gone and (is_confirmed_absent(candidate) or not candidate.has_picture)
    return candidate.without_picture() if certain else candidate


def _picture_of(looks: Sequence[SourceResult]) -> Picture | None:
    """The new picture row of a sync: at most one, as the walk ends at the first good picture."""
    return next((look.picture for look in looks if look.picture is not None), None)


def _telling(
    kind: OutcomeKind, decision: Decision, attempts: Sequence[Attempt], seen: TalentRecord
) -> tuple[Reason | None, str | None]:
    """The reason and sentence that explain an outcome, from the source that caused it."""
    if kind in {OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.LOCKED, OutcomeKind.OPTED_OUT}:
        return None, None
    if decision.ground is Ground.HELD:
        candidate = seen.candidates.get(decision.source)
        return (candidate.reason, candidate.detail) if candidate else (None, None)
    wanted = State.ABSENT if kind is OutcomeKind.DEMOTED else State.TROUBLE
    # The trouble that somebody here can mend is told before one that waits for the person.
    fitting = sorted((a for a in attempts if a.state is wanted), key=lambda a: a.reason in _SECONDARY)
    chosen = next(iter(fitting), attempts[0] if attempts else None)
    return (chosen.reason, chosen.detail) if chosen else (None, None)


def _learnt_ids(before: TalentRecord, looks: Sequence[SourceResult]) -> tuple[tuple[str, str], ...]:
    """The platforms' stable ids of this person that were not known before."""
    return tuple(
        (account.id, look.candidate.platform_user_id)
        for look in looks
        if (account := before.talent.account(look.candidate.source)) is not None
        and account.external_id is None
        and look.candidate.platform_user_id is not None
    )


def _account_errors(
    before: TalentRecord, looks: Sequence[SourceResult]
) -> tuple[tuple[str, str | None], ...]:
    """For each account that was asked: what is wrong with it, or None."""
    return tuple(
        (account.id, look.candidate.detail if look.candidate.state is State.TROUBLE else None)
        for look in looks
        if (account := before.talent.account(look.candidate.source)) is not None
    )


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
        from_url=shown.url,
    )


def _outcome(
    before: TalentRecord,
    selection: Selection,
    kind: OutcomeKind,
    telling: tuple[Reason | None, str | None],
    attempts: tuple[Attempt, ...],
    *,
    seconds: float,
) -> Outcome:
    return Outcome(
        talent_id=before.talent.id,
        name=before.talent.name,
        kind=kind,
        source=selection.source,
        previous_source=before.selection.source,
        reason=telling[0],
        detail=telling[1],
        url=selection.url,
        content_hash=selection.content_hash,
        attempts=attempts,
        seconds=round(seconds, 3),
    )
