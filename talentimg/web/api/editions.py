"""ETag and If-Match: so that of two people who edit one talent, the second sees what the first has said.

https://www.rfc-editor.org/rfc/rfc9110#name-if-match
"""

import re
from typing import Annotated, Final

from fastapi import Depends, Header
from starlette.responses import JSONResponse

from talentimg.models import TalentRecord
from talentimg.service.people.decisions import Decided
from talentimg.service.people.edition import edition_of
from talentimg.shapes import outcome_json

_TAG: Final = re.compile(r'"([^"]*)"')


async def _expected(
    if_match: Annotated[
        str | None,
        Header(description="The `ETag` that was read: it is done only if nobody has said anything since."),
    ] = None,
) -> frozenset[str] | None:
    """The editions that will do; None where any will."""
    if if_match is None or if_match.strip() == "*":
        return None
    return frozenset(_TAG.findall(if_match))


Expected = Annotated[frozenset[str] | None, Depends(_expected)]


def edition_headers(record: TalentRecord) -> dict[str, str]:
    """The tag of a talent as they stand."""
    return etag(edition_of(record))


def etag(edition: str) -> dict[str, str]:
    """The tag of an edition."""
    return {"ETag": f'"{edition}"'}


def decided(done: Decided) -> JSONResponse:
    """What came of a person's word, with the tag of the talent from now on."""
    return JSONResponse(outcome_json(done.outcome), headers=edition_headers(done.record))
