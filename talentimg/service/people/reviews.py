"""Pictures that wait for a person: who, since when, and what the person says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreUnavailable, TalentimgError, UsageError
from talentimg.models import Action, ReviewState, State
from talentimg.models.audit import BYTES, PICTURE, PLATFORM
from talentimg.service.decision.versions import versions_of
from talentimg.service.people.decisions import Said
from talentimg.service.people.edition import check_edition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Candidate, Outcome, Review, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.people.decisions import Decided, Decisions
    from talentimg.service.people.edition import Editions

PAGE: Final = 100
LOOK_AGAIN: Final = "See what waits now: talentimg review"
MIN_HASH: Final = 6
"""The fewest characters of a hash that have to be given."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture that waits, and the talent as it stands."""

    review: Review
    record: TalentRecord


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Some of what waits, how much waits in all, and where it goes on, if it does."""

    waiting: tuple[Waiting, ...]
    total: int
    more: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one of several pictures: the outcome, or why it is not settled."""

    talent_id: str
    outcome: Outcome | None = None
    error: TalentimgError | None = None


class ReviewDesk:
    """Lists what waits, and settles it. No platform is asked."""

    def __init__(self, repository: Repository, decisions: Decisions) -> None:
        self._repository = repository
        self._decisions = decisions

    def waiting(self) -> list[Review]:
        """What waits, the longest first."""
        return sorted(self._repository.all_waiting(), key=lambda one: (one.proposed_at, one.talent_id))

    def with_records(self, reviews: Sequence[Review]) -> Iterator[Waiting]:
        """The same with their talents, who are read a page at a time; whoever is gone is left out."""
        for start in range(0, len(reviews), PAGE):
            page = {review.talent_id: review for review in reviews[start : start + PAGE]}
            for record in self._repository.load_many(list(page)):
                yield Waiting(page[record.talent.id], record)

    def page(self, *, limit: int, after: tuple[datetime, str] | None = None) -> WaitingPage:
        """Some of what waits, the longest first.

        Args:
            limit: how many at most.
            after: where the page before ended.
        """
        waiting = self.waiting()
        left = [one for one in waiting if after is None or _place(one) > after]
        page = left[:limit]
        more = _place(page[-1]) if len(left) > limit else None
        return WaitingPage(tuple(self.with_records(page)), len(waiting), more)

    def settle_each(
        self, pictures: Iterable[tuple[str, str]], state: ReviewState, *, by: str, why: str | None = None
    ) -> Iterator[Settled]:
        """Approve or reject pictures, each by itself: what keeps one from it does not stop the others.

        Args:
            pictures: ids of talents, each with the first characters of the hash of the picture.
            state: approved or rejected.
            by: who says so.
            why: their reason.

        Raises:
            StoreUnavailable: it would be so for all of them.
        """
        for talent_id, content_hash in pictures:
            try:
                done = self.decide_on(talent_id, content_hash, state, by=by, why=why)
                yield Settled(talent_id, done.outcome)
            except StoreUnavailable:
                raise
            except TalentimgError as error:
                yield Settled(talent_id, error=error)

    def decide_on(
        self,
        talent_id: str,
        content_hash: str,
        state: ReviewState,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Approve or reject the picture whose hash begins like this: see `of` and `decide`."""
        record = self._repository.load(talent_id)
        check_edition(record, editions)
        review = _meant(record, content_hash)
        return self.decide(review, state, by=by, why=why, editions=editions)

    def seen_by(self, listed_at: datetime, *, limit: int) -> list[tuple[str, str]]:
        """The longest waiting of those that waited when somebody looked, as `settle_each` takes them."""
        seen = not_later_than(self.waiting(), listed_at)[:limit]
        return [(one.talent_id, one.content_hash) for one in seen]

    def of(self, talent_ids: Iterable[str], content_hash: str | None = None) -> list[Review]:
        """What waits for these talents.

        Args:
            talent_ids: each must have a picture that waits.
            content_hash: the first characters of its hash, if it must be exactly that picture. It may also be
                one that was decided on before: people change their minds.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: nothing waits for one of them, or another picture does.
        """
        return [_meant(self._repository.load(i), content_hash) for i in dict.fromkeys(talent_ids)]

    def settle(self, review: Review, state: ReviewState, *, by: str, why: str | None = None) -> Outcome:
        """Approve or reject exactly this picture, and show at once what follows: see `decide`."""
        return self.decide(review, state, by=by, why=why).outcome

    def decide(
        self,
        review: Review,
        state: ReviewState,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Approve or reject exactly this picture, and show at once what follows.

        Args:
            review: as it was listed.
            state: approved or rejected.
            by: who says so.
            why: their reason.
            editions: those of the talent that the person may have seen.

        Raises:
            TalentNotFound: the talent is gone.
            EditedMeanwhile: the talent is in none of them.
            UsageError: something else waits by now, or nothing.
        """

        def settled(record: TalentRecord, at: datetime) -> TalentRecord:
            _check_waits(review, record)
            return _settled(replace(review, state=state, decided_at=at, decided_by=by, why=why), record)

        said = replace(_said(review, state, by, why), editions=editions)
        return self._decisions.carry_out(review.talent_id, said, settled)

    def take_back(self, talent_id: str, content_hash: str, *, by: str, why: str | None = None) -> Decided:
        """Take back what was said of the picture whose hash begins like this: it waits again.

        What was shown before it was approved is shown until somebody decides.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: nobody has said anything of such a picture.
        """
        review = _meant(self._repository.load(talent_id), content_hash)
        said = Said(
            Action.RECONSIDER, by, why, _about(review), f"{by} took back what was said of the picture"
        )

        def waits_again(record: TalentRecord, at: datetime) -> TalentRecord:
            known = next((one for one in record.reviews if one.key == review.key), None)
            if known is None or not known.is_settled:
                return record
            others = (one for one in record.reviews if one.key != review.key)
            open_again = replace(known, state=ReviewState.WAITING, decided_at=None, decided_by=None, why=None)
            after = replace(record, reviews=(*others, open_again))
            return self._shown_before(after, open_again, at) if _is_shown(record, known) else after

        return self._decisions.carry_out(talent_id, said, waits_again)

    def _shown_before(self, record: TalentRecord, review: Review, at: datetime) -> TalentRecord:
        """The same with what was shown before the picture was."""
        history = self._repository.history(record.talent.id, limit=PAGE)
        earlier = versions_of(history, record.selection)[1:]
        before = next((one for one in earlier if one.content_hash != review.content_hash), None)
        return record if before is None else self._decisions.showing_again(record, before, at)


def _is_shown(record: TalentRecord, review: Review) -> bool:
    return (record.selection.source, record.selection.content_hash) == (review.source, review.content_hash)


def _meant(record: TalentRecord, prefix: str | None) -> Review:
    """The picture that waits; or the one whose hash begins like this, also if it was decided on before.

    Raises:
        UsageError: nothing waits, or another picture does.
    """
    known = [one for one in record.reviews if prefix and one.content_hash.startswith(prefix.lower())]
    if known and len(prefix or "") >= MIN_HASH:
        return known[-1]
    waiting = record.in_review
    if waiting is None:
        raise UsageError(f"No picture of {record.talent.name} waits for review.", hint=LOOK_AGAIN)
    if prefix is not None:
        raise _another(waiting, prefix)
    return waiting


def _place(review: Review) -> tuple[datetime, str]:
    return review.proposed_at, review.talent_id


def _said(review: Review, state: ReviewState, by: str, why: str | None) -> Said:
    action = Action.APPROVE if state is ReviewState.APPROVED else Action.REJECT
    return Said(action, by, why, _about(review), f"{state} by {by}" + (f": {why}" if why else ""))


def _settled(settled: Review, record: TalentRecord) -> TalentRecord:
    others = (one for one in record.reviews if one.key != settled.key)
    return replace(record, reviews=(*others, settled), candidates=_answered(record, settled))


def _answered(record: TalentRecord, settled: Review) -> Mapping[str, Candidate]:
    """The candidates as they were when it was found: an approved one does not wait for its platform."""
    candidate = record.candidates.get(settled.source)
    if candidate is None or settled.state is not ReviewState.APPROVED or not settled.is_of(candidate):
        return record.candidates
    found = replace(candidate, state=State.FOUND, reason=None, detail=None)
    return {**record.candidates, settled.source: found}


def _check_waits(review: Review, record: TalentRecord) -> None:
    known = next((one for one in record.reviews if one.key == review.key), None)
    if known is not None and known.state is review.state:
        return
    if known is not None:
        who = known.decided_by or "somebody"
        raise UsageError(
            f"The picture of {record.talent.name} was {known.state} by {who} meanwhile.", hint=LOOK_AGAIN
        )
    raise UsageError(
        f"What waited for {record.talent.name} has changed since it was listed: nothing was decided.",
        hint=LOOK_AGAIN,
    )


def _another(waiting: Review, prefix: str) -> UsageError:
    if len(prefix) < MIN_HASH:
        return UsageError(f"{prefix!r} is too short: give at least {MIN_HASH} characters of the hash.")
    return UsageError(
        f"What waits for {waiting.talent_id!r} is another picture by now: {waiting.content_hash[:12]}.",
        hint=LOOK_AGAIN,
    )


def not_later_than(reviews: Iterable[Review], listed_at: datetime) -> list[Review]:
    """Those that waited already when the list was made: nobody has seen what came later."""
    return [review for review in reviews if review.proposed_at <= listed_at]


def _about(review: Review) -> dict[str, str]:
    return {PLATFORM: review.source, PICTURE: review.content_hash, BYTES: review.source_hash}
