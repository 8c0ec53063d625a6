"""What a look at a talent came to, as one plain sentence: the same on every surface. Pure.

The sentences follow those of the app that this tool replaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS, MANUAL, OutcomeKind, Reason, State
from talentimg.models.talent import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from talentimg.models import Outage, Outcome


def sentence(outcome: Outcome) -> str:
    """What a sync did, as one plain sentence."""
    return _SENTENCES[outcome.kind](outcome)


def notes(outcome: Outcome) -> list[str]:
    """What a person should know of accounts whose pictures are fine, each in one plain sentence."""
    told = (attempt for attempt in outcome.attempts if attempt.state is State.FOUND and attempt.detail)
    return [f"{attempt.source}: {attempt.detail}" for attempt in told]


def would(outcome: Outcome) -> str:
    """What a sync would do, as one plain sentence; only for outcomes that change what is shown."""
    was = "initials" if outcome.previous_source == INITIALS else f"the picture from {outcome.previous_source}"
    if outcome.source == INITIALS:
        return f"would show initials in place of {was}{_because(outcome)}"
    if outcome.source == outcome.previous_source:
        return f"would show a new picture from {outcome.source}."
    return f"would show the picture from {outcome.source} in place of {was}{_because(outcome)}"


def _because(outcome: Outcome) -> str:
    return f": {outcome.detail}" if outcome.detail else "."


def _updated(outcome: Outcome) -> str:
    return f"Profile photo updated from {outcome.source}"


def _unchanged(outcome: Outcome) -> str:
    if outcome.source != INITIALS:
        return f"Profile photo unchanged from {outcome.source}"
    asked = ", ".join(attempt.source for attempt in outcome.attempts)
    return (
        f"No profile photo on {asked}; initials are shown"
        if asked
        else "No account connected; initials are shown"
    )


def _kept(outcome: Outcome) -> str:
    if outcome.source == INITIALS:
        return f"Initials are kept{_because(outcome)}"
    return f"Profile photo kept from {outcome.source}{_because(outcome)}"


def _demoted(outcome: Outcome) -> str:
    if outcome.source == INITIALS:
        return f"Profile photo from {outcome.previous_source} is gone, initials are shown{_because(outcome)}"
    return f"Profile photo now from {outcome.source} instead of {outcome.previous_source}{_because(outcome)}"


def _locked(outcome: Outcome) -> str:
    if outcome.source == MANUAL:
        head = "Profile photo chosen by a person"
    else:
        head = f"Profile photo locked on {outcome.source}"
    return f"{head}; no platform was asked{_told(outcome)}"


def _opted_out(outcome: Outcome) -> str:
    if outcome.detail == FORGOTTEN:
        return "Forgotten; initials are shown and no platform was asked"
    return f"Opted out; initials are shown and no platform was asked{_told(outcome)}"


def _told(outcome: Outcome) -> str:
    return f". {outcome.detail}" if outcome.detail else ""


def _reconnect(outcome: Outcome) -> str:
    shown = (
        "initials are shown" if outcome.source == INITIALS else f"profile photo kept from {outcome.source}"
    )
    return f"An account must be connected again, {shown}{_because(outcome)}"


def _failed(outcome: Outcome) -> str:
    return f"No profile photo was available, initials are shown{_because(outcome)}"


_SENTENCES: Final[Mapping[OutcomeKind, Callable[[Outcome], str]]] = {
    OutcomeKind.UPDATED: _updated,
    OutcomeKind.UNCHANGED: _unchanged,
    OutcomeKind.KEPT: _kept,
    OutcomeKind.DEMOTED: _demoted,
    OutcomeKind.LOCKED: _locked,
    OutcomeKind.OPTED_OUT: _opted_out,
    OutcomeKind.RECONNECT: _reconnect,
    OutcomeKind.FAILED: _failed,
}


# -- platforms that answer nobody ---------------------------------------------------


def outage(one: Outage, label: str | None = None) -> str:
    """That a platform answered nobody, with how many, since when, and what it is, as one plain sentence.

    Args:
        one: the outage.
        label: what the platform is called there.
    """
    since = f"{one.since:%Y-%m-%d %H:%M} UTC"
    why = _WHY_NOBODY.get(one.reason, _WHY_NOBODY[None])[0]
    return (
        f"{label or one.source} has answered nobody since {since} ({one.talents} people in this run): {why}"
    )


def advice(one: Outage) -> str:
    """What to do about it."""
    return _WHY_NOBODY.get(one.reason, _WHY_NOBODY[None])[1]


_BY_ITSELF: Final = (
    "Nothing to do unless it lasts: what is shown stays, and it is asked again at the next run."
)
_NEWER: Final = "What is shown stays. Look for a newer version of talentimg."
_NETWORK: Final = "What is shown stays. See whether this machine reaches the internet; if so, wait."
_WHY_NOBODY: Final[Mapping[Reason | None, tuple[str, str]]] = {
    None: ("it gave no usable answer.", _BY_ITSELF),
    Reason.CONFIG: (
        "a credential or permission of the agency is missing or wrong.",
        "What is shown stays. Check what is set for it: talentimg config",
    ),
    Reason.BLOCKED: ("it shows a wall to programs.", _BY_ITSELF),
    Reason.THROTTLED: (
        "it was asked too often and wants a pause.",
        "Nothing to do: what is shown stays. Until when it is left alone: talentimg platforms",
    ),
    Reason.DNS: ("its name could not be resolved.", _NETWORK),
    Reason.TIMEOUT: ("it does not answer in time.", _NETWORK),
    Reason.UNREACHABLE: ("it could not be reached.", _NETWORK),
    Reason.TLS: (
        "its certificate could not be trusted.",
        "What is shown stays. See whether this machine's clock is right, and whether a proxy is in between.",
    ),
    Reason.PROTOCOL: ("it breaks off what it answers.", _BY_ITSELF),
    Reason.STATUS: ("it answers with errors of its own.", _BY_ITSELF),
    Reason.BAD_JSON: ("its answers cannot be read.", _NEWER),
    Reason.SHAPE: ("its answers look different from before.", _NEWER),
}
"""Why, and what to do."""
