"""What `doctor` has found. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.shapes.plain import document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.service.doctor.doctor import Examined
    from talentimg.service.doctor.interface import Finding


def doctor_json(examined: Sequence[Examined], at: datetime, *, deep: bool, fix: bool) -> dict[str, Any]:
    """Everything that was found.

    Args:
        examined: the checks, in their order.
        at: when that was.
        deep: whether everything was looked at, and not a sample.
        fix: whether it was to heal.
    """
    from talentimg.service.doctor.doctor import exit_code_of, worst_of  # noqa: PLC0415  start-up time

    return document(
        {
            "worst": worst_of(one.worst for one in examined),
            "exit_code": exit_code_of(examined),
            "at": at,
            "deep": deep,
            "fix": fix,
            "checks": [
                {
                    "check": one.check,
                    "title": one.title,
                    "worst": one.worst,
                    "done": one.done,
                    "findings": [_finding(finding) for finding in one.findings],
                }
                for one in examined
            ],
        }
    )


def _finding(finding: Finding) -> dict[str, Any]:
    names = ("severity", "what", "remedy", "can_fix", "talents")
    return {name: getattr(finding, name) for name in names}
