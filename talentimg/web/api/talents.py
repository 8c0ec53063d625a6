"""The roster as it is read: who is on it, how each stands, and why."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse

from talentimg.models import INITIALS
from talentimg.providers.names import parse_platform, parse_source
from talentimg.service.decision.state import TalentState
from talentimg.service.people.listing import AGE, Sort, Wanted, age_of
from talentimg.service.people.overview import MOST_ON_A_PAGE, ON_A_PAGE
from talentimg.service.threads import in_thread
from talentimg.shapes import facets_json, page_json, shown_json
from talentimg.web.api.editions import edition_headers
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.roster import Facets, TalentPage
from talentimg.web.api.schemas.talents import ShownTalent
from talentimg.web.api.security import Reader
from talentimg.web.api.services import TheApp

router = APIRouter(prefix="/talents", tags=["talents"])

TalentId = Annotated[str, Path(description="The id of a talent.", examples=["ada"])]


async def _wanted(
    app: TheApp,
    q: Annotated[
        list[str], Query(description="All of these occur in id, name or a handle.", examples=[["ada"]])
    ] = [],  # noqa: B006  FastAPI copies it
    state: Annotated[list[TalentState], Query(description="How they may stand.")] = [],  # noqa: B006
    platform: Annotated[
        list[str], Query(description="They have an account on each.", examples=[["instagram"]])
    ] = [],  # noqa: B006
    source: Annotated[
        list[str], Query(description="Where what is shown may come from.", examples=[["tiktok"]])
    ] = [],  # noqa: B006
    without_picture: Annotated[bool, Query(description="Only those who show initials.")] = False,
    never_looked_at: Annotated[bool, Query(description="Only those nobody has looked at yet.")] = False,
    older_than: Annotated[
        str | None,
        Query(description="Nobody has looked at them for so long.", pattern=f"^{AGE}$", examples=["3d"]),
    ] = None,
) -> Wanted:
    sources = [*map(parse_source, source), *[INITIALS] * without_picture]
    before = app.now() - age_of(older_than, "older_than") if older_than is not None else None
    return Wanted(
        tuple(word for words in q for word in words.split()),
        frozenset(map(parse_platform, platform)),
        frozenset(sources),
        never_looked_at,
        frozenset(state),
        before,
    )


WhoIsWanted = Annotated[Wanted, Depends(_wanted)]


@router.get("", summary="The roster", responses=answers(TalentPage, "A page of it.") | problems(400))
async def list_talents(
    app: TheApp,
    _: Reader,
    wanted: WhoIsWanted,
    sort: Annotated[Sort, Query(description="In which order.")] = Sort.NAME,
    after: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(description="Talents on a page.", ge=1, le=MOST_ON_A_PAGE)] = ON_A_PAGE,
) -> JSONResponse:
    """A page of the roster, or of those who are wanted."""
    seen = await in_thread(app.overview.page, wanted, sort=sort, after=after, limit=limit)
    return JSONResponse(page_json(seen))


@router.get(
    "/facets", summary="Counts of the roster", responses=answers(Facets, "The counts.") | problems(400)
)
async def count_talents(app: TheApp, _: Reader, wanted: WhoIsWanted) -> JSONResponse:
    """How many there are of each kind, by state, platform and source."""
    return JSONResponse(facets_json(await in_thread(app.overview.facets, wanted)))


@router.get(
    "/{talent_id:name}", summary="One talent", responses=answers(ShownTalent, "The talent.") | problems(404)
)
async def show_talent(talent_id: TalentId, app: TheApp, _: Reader) -> JSONResponse:
    """Everything about one talent: what is shown, how they stand, and the chain as it was evaluated."""
    shown = await in_thread(app.showing.show, talent_id)
    reconnect = app.reconnecting.of(shown.record)
    told = shown_json(shown.record, shown.picture, shown.chain, shown.standing, reconnect)
    return JSONResponse(told, headers=edition_headers(shown.record))
