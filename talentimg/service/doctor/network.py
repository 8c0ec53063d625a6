"""Whether the servers of platforms can be reached: their names looked up, their certificates believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import Reason
from talentimg.service.doctor.interface import Check, Finding, Severity, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from talentimg.service.doctor.interface import Look
    from talentimg.service.doctor.reach import Reached

_OURS: Final = {
    Reason.DNS: "Is a resolver set, and does it answer? (/etc/resolv.conf, getent hosts NAME)",
    Reason.TLS: "Are the certificates of this machine current (SSL_CERT_FILE), and its clock right?",
}
_BETWEEN: Final = "Does a firewall or a proxy stand in between? talentimg uses no proxy."


class NetworkCheck(Check):
    """What is wrong with all of them is told once."""

    name: ClassVar = "network"
    title: ClassVar = "Network"
    seconds: ClassVar = 60.0
    needs: ClassVar = ("store",)

    def __init__(self, reach: Callable[[], Sequence[Reached]]) -> None:
        """Checks those that this asks."""
        self._reach = reach

    def look(self, look: Look) -> Iterator[Finding]:
        """Which cannot be reached."""
        del look
        asked = self._reach()
        away = [one for one in asked if one.reason is not None]
        if not asked:
            yield Finding("No platform had to be asked: nobody has an account there.", Severity.SKIPPED)
        elif len(away) == len(asked):
            what = f"No platform can be reached. {away[0].detail}"
            remedy = _OURS.get(away[0].reason or Reason.UNREACHABLE, _BETWEEN)
            yield Finding(what, Severity.NEEDS_YOU, remedy)
        else:
            yield from map(_finding, away)
            well = counted(
                len(asked) - len(away), "server of a platform answers", "servers of platforms answer"
            )
            yield Finding(f"{well}, with a certificate that is believed where there is one.")


def _finding(one: Reached) -> Finding:
    """One of several: what may pass by itself needs nobody."""
    remedy = _OURS.get(one.reason or Reason.UNREACHABLE)
    if remedy is None:
        return Finding(f"{one.label}: {one.detail}", Severity.NOTE, "Its pictures stay meanwhile.")
    return Finding(f"{one.label}: {one.detail}", Severity.NEEDS_YOU, remedy)
