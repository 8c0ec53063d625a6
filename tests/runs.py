"""A run to look at: long, eventful, and with a talent whose id is meant to mislead."""

from __future__ import annotations

from datetime import timedelta

from talentimg.models import Freshness, Outage, OutcomeKind, PlatformCount, Reason, Run, RunState, SlowTalent
from tests.conftest import NOW

MISLEADING = "eve\x1b[2J\u202e[bold]"

RUN = Run(
    id="20261124-020000-5eed",
    started_at=NOW,
    host="night-1",
    pid=4711,
    state=RunState.DONE,
    ended_at=NOW + timedelta(minutes=62, seconds=3.25),
    exit_code=3,
    outcomes={
        **dict.fromkeys(OutcomeKind, 0),
        OutcomeKind.UPDATED: 12,
        OutcomeKind.UNCHANGED: 9980,
        OutcomeKind.KEPT: 3,
        OutcomeKind.OPTED_OUT: 5,
    },
    showing_initials=41,
    platforms={
        "user": PlatformCount(outcomes={OutcomeKind.UNCHANGED: 2}, found=2),
        "instagram": PlatformCount(
            outcomes={OutcomeKind.UPDATED: 12, OutcomeKind.UNCHANGED: 9937},
            found=9949,
            absent=40,
            trouble=3,
            calls=10011,
            received=48_200_400,
        ),
        "youtube": PlatformCount(found=7, calls=1, received=8_240, quota=1),
        "initials": PlatformCount(outcomes={OutcomeKind.UNCHANGED: 41}),
    },
    slowest=(SlowTalent(MISLEADING, 31.27, "instagram"), SlowTalent("bob", 4.0, "user")),
    freshness=Freshness(9_960, 40, NOW - timedelta(days=3)),
    outages=(Outage("tiktok", 12, NOW - timedelta(days=1), Reason.THROTTLED),),
    still_due=17,
    next_due_at=NOW + timedelta(hours=23),
)
"""Five shows of `opted_out` come from nowhere: a run's own numbers, not sums, are what is shown."""
