"""The nouns of the program, all frozen.

A `Talent` goes down through the layers, an `Outcome` comes back up. Times are
always timezone-aware UTC. Identifiers of talents, accounts and platform users
are strings, never numbers: some platforms' ids exceed 2**53.
"""

from __future__ import annotations

from talentimg.models.candidate import INITIALS, MANUAL, USER, Candidate, HistoryEntry, Selection
from talentimg.models.outcome import Attempt, Outcome, OutcomeKind, RetractedOutcome
from talentimg.models.picture import Picture, Rendition
from talentimg.models.reasons import ABSENCES, NEEDS_THE_PERSON, Cooldown, Reason, State
from talentimg.models.run import PlatformCount, Run, RunState, SlowTalent, Suspect
from talentimg.models.talent import Account, Lock, Policy, Talent, TalentRecord, Token

__all__ = [
    "ABSENCES",
    "INITIALS",
    "MANUAL",
    "NEEDS_THE_PERSON",
    "USER",
    "Account",
    "Attempt",
    "Candidate",
    "Cooldown",
    "HistoryEntry",
    "Lock",
    "Outcome",
    "OutcomeKind",
    "Picture",
    "PlatformCount",
    "Policy",
    "Reason",
    "Rendition",
    "RetractedOutcome",
    "Run",
    "RunState",
    "Selection",
    "SlowTalent",
    "State",
    "Suspect",
    "Talent",
    "TalentRecord",
    "Token",
]
