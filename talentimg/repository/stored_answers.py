"""Rows of kept answers to and from the values, for every kind of database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.repository.interface.answers import Answer, Earlier
from talentimg.repository.stored import to_text
from talentimg.repository.values import LONGEST_AHEAD

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.repository.interface.answers import Asked
    from talentimg.repository.stored import ReadRow, Row


def asked_row(asked: Asked, now: datetime, until: datetime) -> Row:
    """What is asked, as it is stored, with the times that decide whether another row is over."""
    return {
        "id": asked.id,
        "request": asked.request,
        "holder": asked.holder,
        "until": to_text(until),
        "now": to_text(now),
        "longest": to_text(now + LONGEST_AHEAD),
    }


def answer_row(asked: Asked, answer: Answer, until: datetime) -> Row:
    """An answer as it is stored."""
    return {
        "id": asked.id,
        "holder": asked.holder,
        "status": answer.status,
        "headers": json.dumps(answer.headers),
        "body": answer.body,
        "until": to_text(until),
    }


def earlier_from(row: ReadRow, asked: Asked) -> Earlier | None:
    """What a row says of an earlier request; None if it is that of this one."""
    if row["holder"] == asked.holder:
        return None
    if row["status"] is None:
        return Earlier(row["request"], None)
    headers = tuple((name, value) for name, value in json.loads(row["headers"]))
    return Earlier(row["request"], Answer(row["status"], headers, bytes(row["body"])))
