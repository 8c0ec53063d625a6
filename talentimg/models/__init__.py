"""The nouns of the program, all frozen.

A `Talent` goes down through the layers, an `Outcome` comes back up. Times are
always timezone-aware UTC. Identifiers of talents, accounts and platform users
are strings, never numbers: some platforms' ids exceed 2**53.

Each file is loaded when one of its nouns is first asked for: making one frozen dataclass takes a tenth
of the time in which Python itself starts, and a command that shows a talent needs few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from talentimg.models.access import AccessToken, Scope
    from talentimg.models.audit import NOBODY, Action, AuditEntry
    from talentimg.models.candidate import INITIALS, MANUAL, USER, Candidate, Selection
    from talentimg.models.feed import FeedEntry, FeedKind, Reconnect
    from talentimg.models.outcome import (
        Attempt,
        Cooldown,
        HistoryEntry,
        Outcome,
        OutcomeKind,
        RetractedOutcome,
    )
    from talentimg.models.picture import MASTER, Part, Picture, Rendition
    from talentimg.models.reasons import (
        ABSENCES,
        DOUBTFUL_PICTURES,
        NEEDS_THE_PERSON,
        USELESS_PICTURES,
        Reason,
        State,
    )
    from talentimg.models.review import Review, ReviewMode, ReviewState
    from talentimg.models.run import (
        ANY_SOURCE,
        MOST_COUNTED,
        Freshness,
        Outage,
        PlatformCount,
        Run,
        RunProgress,
        RunState,
        RunTalent,
        SlowTalent,
        StopRequest,
        Suspect,
    )
    from talentimg.models.talent import (
        Account,
        Choice,
        Lock,
        OptOut,
        Order,
        Policy,
        Talent,
        TalentRecord,
        Token,
    )
    from talentimg.models.webhook import Delivery, DeliveryState, Webhook
    from talentimg.models.work import Wish, WishCount, Worker

__all__ = [
    "ABSENCES",
    "ANY_SOURCE",
    "DOUBTFUL_PICTURES",
    "INITIALS",
    "MANUAL",
    "MASTER",
    "MOST_COUNTED",
    "NEEDS_THE_PERSON",
    "NOBODY",
    "USELESS_PICTURES",
    "USER",
    "AccessToken",
    "Account",
    "Action",
    "Attempt",
    "AuditEntry",
    "Candidate",
    "Choice",
    "Cooldown",
    "Delivery",
    "DeliveryState",
    "FeedEntry",
    "FeedKind",
    "Freshness",
    "HistoryEntry",
    "Lock",
    "OptOut",
    "Order",
    "Outage",
    "Outcome",
    "OutcomeKind",
    "Part",
    "Picture",
    "PlatformCount",
    "Policy",
    "Reason",
    "Reconnect",
    "Rendition",
    "RetractedOutcome",
    "Review",
    "ReviewMode",
    "ReviewState",
    "Run",
    "RunProgress",
    "RunState",
    "RunTalent",
    "Scope",
    "Selection",
    "SlowTalent",
    "State",
    "StopRequest",
    "Suspect",
    "Talent",
    "TalentRecord",
    "Token",
    "Webhook",
    "Wish",
    "WishCount",
    "Worker",
]

_NOUNS: Final = {
    "reasons": (
        "ABSENCES",
        "DOUBTFUL_PICTURES",
        "NEEDS_THE_PERSON",
        "USELESS_PICTURES",
        "Reason",
        "State",
    ),
    "picture": ("MASTER", "Part", "Picture", "Rendition"),
    "candidate": ("INITIALS", "MANUAL", "USER", "Candidate", "Selection"),
    "talent": (
        "Account",
        "Choice",
        "Lock",
        "OptOut",
        "Order",
        "Policy",
        "Talent",
        "TalentRecord",
        "Token",
    ),
    "audit": ("NOBODY", "Action", "AuditEntry"),
    "outcome": ("Attempt", "Cooldown", "HistoryEntry", "Outcome", "OutcomeKind", "RetractedOutcome"),
    "webhook": ("Delivery", "DeliveryState", "Webhook"),
    "feed": ("FeedEntry", "FeedKind", "Reconnect"),
    "review": ("Review", "ReviewMode", "ReviewState"),
    "access": ("AccessToken", "Scope"),
    "work": ("Wish", "WishCount", "Worker"),
    "run": (
        "ANY_SOURCE",
        "MOST_COUNTED",
        "Freshness",
        "Outage",
        "PlatformCount",
        "Run",
        "RunProgress",
        "RunState",
        "RunTalent",
        "SlowTalent",
        "StopRequest",
        "Suspect",
    ),
}
"""The nouns of each file."""
_FILES: Final = {noun: file for file, nouns in _NOUNS.items() for noun in nouns}

if not TYPE_CHECKING:  # a checker would take every name for one of ours

    def __getattr__(name: str) -> object:
        """A noun that was not asked for before."""
        if name not in _FILES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        noun = getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
        globals()[name] = noun
        return noun
