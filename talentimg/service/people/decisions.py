"""A person's decision about a talent, written with everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.errors import UsageError
from talentimg.models import Action, AuditEntry
from talentimg.repository.tombstones import refuse
from talentimg.service.decision.in_force import SPOKEN, in_force, without_kept
from talentimg.service.decision.resolver import CONFLICT_RETRIES
from talentimg.service.people.edition import check_edition
from talentimg.service.people.insisting import keeps_changing
from talentimg.service.people.taken_back import as_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Outcome, Picture, TalentRecord
    from talentimg.repository.interface import Change, Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.decision.versions import Version
    from talentimg.service.people.edition import Editions


AfterOf: TypeAlias = "Callable[[TalentRecord, datetime], TalentRecord]"
"""What is known of a talent once a person has said something at that time."""
ExternalIds: TypeAlias = "Sequence[tuple[str, str]]"
"""Rows of accounts, each with the platform's id of whose it is."""

IN_HISTORY: Final[Mapping[str, str]] = {
    Action.SET: "a person chose a picture",
    Action.UNSET: "a person took the choice back",
    Action.UNLOCK: "a person unlocked it",
    Action.ORDER: "a person changed the order of the sources",
    Action.OPT_OUT: "the talent opted out",
    Action.OPT_IN: "the talent opted in again",
    Action.ROLLBACK: "a person went back to it",
    Action.ACCEPT: "another account was accepted",
}
"""Why what is shown has changed, where the person who did it did not say."""
TAKES_BACK: Final = frozenset({Action.UNLOCK, Action.UNSET, Action.OPT_IN, Action.ORDER, Action.RECONSIDER})
"""What people say to take back what they, or others, have decided."""
ASKS_FOR_A_PICTURE: Final = frozenset({Action.SET, Action.ROLLBACK})
"""What people say of one picture, and not of where pictures come from."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says about a talent: an action with who, why, and what it is about.

    `told` is why what is shown has changed, where that is more than `why`. `editions` are those of the talent
    that the person may have seen; what they say of another is not done.
    """

    action: str
    by: str
    why: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    told: str | None = None
    editions: Editions = None

    @property
    def in_history(self) -> str:
        """Why what is shown has changed."""
        return self.told or self.why or IN_HISTORY.get(self.action, self.action)

    def entry(self, talent_id: str, at: datetime) -> AuditEntry:
        """The same as it is kept."""
        return AuditEntry(talent_id, at, self.action, self.by, self.why, self.about)


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision: the outcome, and the talent as they are from now on.

    `is_new` is False if it was so before, and nothing was written.
    """

    outcome: Outcome
    record: TalentRecord
    is_new: bool = True


class Decisions:
    """Writes what people decide. No platform is asked."""

    def __init__(self, repository: Repository, resolver: Resolver, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._resolver = resolver
        self._now = now

    def carry_out(
        self, talent_id: str, said: Said, after_of: AfterOf, *, external_ids: ExternalIds = ()
    ) -> Decided:
        """Write a decision, and show what follows from it at once, by what is known.

        Args:
            talent_id: whom it is about.
            said: who says what.
            after_of: what is known from now on, made of the record as it stands and of the time at which the
                person says it, as it is kept everywhere; it may raise a `UsageError`, and is asked again if
                somebody else was faster: the policy, candidates that the person brought or
                took away, what is shown. The same record means that there is nothing to do: then nothing is
                written.
            external_ids: what else is written: rows of accounts with the platform's ids that are theirs from
                now on.

        Raises:
            TalentNotFound: there is no such talent.
            EditedMeanwhile: the talent is another than the person has seen.
            UsageError: the talent is forgotten, or the decision would bring back a platform that is; or the
                app would have no address of the picture that a person asks for.
            StoreLocked: the talent keeps being changed by others.
        """
        for _ in range(CONFLICT_RETRIES):
            decided = self.attempt(talent_id, said, after_of, external_ids=external_ids)
            if decided is not None:
                return decided
        raise keeps_changing(talent_id)

    def attempt(
        self,
        talent_id: str,
        said: Said,
        after_of: AfterOf,
        *,
        picture: Picture | None = None,
        external_ids: ExternalIds = (),
    ) -> Decided | None:
        """One attempt at it; None if others were faster, or are removing the files of the picture.

        Args:
            talent_id: whom it is about.
            said: who says what.
            after_of: as above.
            picture: the row of a picture that the person brought. Its files have to be stored anew before the
                next attempt.
            external_ids: as above.

        Raises:
            TalentNotFound: there is no such talent.
            EditedMeanwhile: the talent is another than the person has seen.
        """
        record, at = self._repository.load(talent_id), self._now()
        check_edition(record, said.editions)
        after = after_of(record, at)
        self._keep_forgotten(after)
        after = as_before(self._repository, self._resolver, record, after, at)
        result = self._resolver.at(at).decided(record, after, why=said.in_history, by=said.by)
        if after is record and not external_ids:
            self._lay_to_rest(said.entry(talent_id, at), record)
            return Decided(result.outcome, record, is_new=False)
        self._keep_addressed(said, record, result.change)
        change = replace(
            result.change,
            policy=None if after.policy is record.policy else after.policy,
            audit=(said.entry(talent_id, at),),
            picture=picture,
            external_ids=tuple(external_ids),
        )
        if self._repository.save([change], at):
            return None
        return Decided(result.outcome, replace(after, selection=change.selection))

    def _lay_to_rest(self, entry: AuditEntry, record: TalentRecord) -> None:
        """Keep that a person takes back what is lost, or what is on record of it would be kept again."""
        if entry.action not in TAKES_BACK:
            return
        said = self._repository.said_of([entry.talent_id], SPOKEN).get(entry.talent_id, [])
        before, after = (without_kept(in_force(one), record, (), entry.at) for one in (said, [*said, entry]))
        if before != after:
            self._repository.save_audit([entry])

    def showing_again(self, record: TalentRecord, version: Version, at: datetime) -> TalentRecord:
        """The talent with what was shown before; whether it may stay is for the decision."""
        shown = self._resolver.at(at).shown_again(record.talent.id, version)
        return replace(record, selection=replace(shown, synced_at=record.selection.synced_at))

    def _keep_addressed(self, said: Said, record: TalentRecord, change: Change) -> None:
        """Not even a person's picture empties the column in which an app has the address of another."""
        shown = change.selection
        if said.action not in ASKS_FOR_A_PICTURE or not shown.has_picture or shown.url is not None:
            return
        if change.history is not None and not self._repository.is_own():
            raise UsageError(
                f"The app would have no address of the picture, and show none for {record.talent.name}.",
                hint="Set images.public_url, or choose the picture by an address: "
                f"talentimg set {record.talent.id} https://...",
            )

    def _keep_forgotten(self, after: TalentRecord) -> None:
        """Only `remember` brings back what was forgotten."""
        talent_id, known = after.talent.id, after.policy
        what = [(talent_id, None), *((talent_id, account.platform) for account in after.talent.accounts)]
        refuse(
            [o for o in self._repository.forgotten(what) if not o.platform or not known.refuses(o.platform)]
        )
