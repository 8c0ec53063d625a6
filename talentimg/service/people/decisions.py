"""A person's decision about a talent, written with everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from talentimg.errors import StoreLocked
from talentimg.models import AuditEntry
from talentimg.repository.tombstones import refuse
from talentimg.service.decision.resolver import CONFLICT_RETRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from talentimg.models import Outcome, Policy, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says about a talent: an action with who, why, and what it is about."""

    action: str
    by: str
    why: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)

    def entry(self, talent_id: str, at: datetime) -> AuditEntry:
        """The same as it is kept."""
        return AuditEntry(talent_id, at, self.action, self.by, self.why, self.about)


class Decisions:
    """Writes what people decide. No platform is asked."""

    def __init__(self, repository: Repository, resolver: Resolver, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._resolver = resolver
        self._now = now

    def decide(self, talent_id: str, said: Said, policy_of: Callable[[TalentRecord], Policy]) -> Outcome:
        """Write a decision, and show what follows from it at once, by what is known.

        Args:
            talent_id: whom it is about.
            said: who says what.
            policy_of: the policy from now on, made of the record as it stands; may raise a `UsageError`. It
                is asked again if somebody else was faster.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: the talent is forgotten, or the decision would bring back a platform that is.
            StoreLocked: the talent keeps being changed by others.
        """
        record = self._repository.load(talent_id)
        for _ in range(CONFLICT_RETRIES):
            after = replace(record, policy=policy_of(record))
            self._keep_forgotten(after)
            result = self._resolver.decided(record, after, why=said.why or said.action, by=said.by)
            change = replace(result.change, policy=after.policy, audit=(said.entry(talent_id, self._now()),))
            if not self._repository.save([change], self._now()):
                return result.outcome
            record = self._repository.load(talent_id)
        raise StoreLocked(f"{record.talent.name} keeps being changed by others.", hint="Try again later.")

    def _keep_forgotten(self, after: TalentRecord) -> None:
        """Only `remember` brings back what was forgotten."""
        talent_id, known = after.talent.id, after.policy
        what = [(talent_id, None), *((talent_id, account.platform) for account in after.talent.accounts)]
        refuse(
            [o for o in self._repository.forgotten(what) if not o.platform or not known.refuses(o.platform)]
        )
