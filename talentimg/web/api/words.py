"""A talent's own rules, as people set and lift them. No platform is asked."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from talentimg.providers.names import parse_asked
from talentimg.service.people.until import parse_until
from talentimg.service.threads import in_thread
from talentimg.web.api.editions import Expected, decided
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.talents import Outcome
from talentimg.web.api.schemas.words import LockWord, OptOutWord, OrderWord, WhyInQuery
from talentimg.web.api.security import Operator
from talentimg.web.api.services import TheApp
from talentimg.web.api.talents import TalentId

router = APIRouter(prefix="/talents/{talent_id:name}", tags=["words"])

_RESPONSES: dict[int | str, Any] = answers(Outcome, "What came of it.") | problems(400, 404, 412, 413)


@router.put("/lock", summary="Freeze what is shown", responses=_RESPONSES)
async def lock(
    talent_id: TalentId, expected: Expected, app: TheApp, caller: Operator, word: LockWord | None = None
) -> JSONResponse:
    """What is shown stays, initials too, whatever sources offer. It takes the place of an earlier lock."""
    said = word or LockWord(until=None)
    until = parse_until(said.until, app.now()) if said.until is not None else None
    done = await in_thread(
        app.talent_rules.lock, talent_id, by=caller.name, why=said.why, until=until, editions=expected
    )
    return decided(done)


@router.delete("/lock", summary="Lift the lock", responses=_RESPONSES)
async def unlock(
    talent_id: TalentId, expected: Expected, app: TheApp, caller: Operator, why: WhyInQuery = None
) -> JSONResponse:
    """What is shown follows the sources again. Nothing happens if there is no lock."""
    done = await in_thread(app.talent_rules.unlock, talent_id, by=caller.name, why=why, editions=expected)
    return decided(done)


@router.put("/order", summary="Ask in another order", responses=_RESPONSES)
async def set_order(
    talent_id: TalentId, word: OrderWord, expected: Expected, app: TheApp, caller: Operator
) -> JSONResponse:
    """These sources come first for this talent, then all others in the usual order."""
    sources = tuple(dict.fromkeys(map(parse_asked, word.sources)))
    done = await in_thread(
        app.talent_rules.order, talent_id, sources, by=caller.name, why=word.why, editions=expected
    )
    return decided(done)


@router.delete("/order", summary="Ask in the usual order", responses=_RESPONSES)
async def unset_order(
    talent_id: TalentId, expected: Expected, app: TheApp, caller: Operator, why: WhyInQuery = None
) -> JSONResponse:
    """The same order as for everybody again."""
    done = await in_thread(app.talent_rules.order, talent_id, (), by=caller.name, why=why, editions=expected)
    return decided(done)


@router.put("/opt-out", summary="Show no picture any more", responses=_RESPONSES)
async def opt_out(
    talent_id: TalentId, expected: Expected, app: TheApp, caller: Operator, word: OptOutWord | None = None
) -> JSONResponse:
    """Show none from a platform, or none at all. It goes at once, and is not asked for."""
    said = word or OptOutWord(platform=None)
    platform = parse_asked(said.platform) if said.platform is not None else None
    done = await in_thread(
        app.talent_rules.opt_out, talent_id, platform, by=caller.name, why=said.why, editions=expected
    )
    return decided(done)


@router.delete("/opt-out", summary="Show pictures again", responses=_RESPONSES)
async def opt_in(
    talent_id: TalentId,
    expected: Expected,
    app: TheApp,
    caller: Operator,
    platform: Annotated[
        str | None,
        Query(max_length=100, description="Left out: the opt-out of every picture.", examples=["tiktok"]),
    ] = None,
    why: WhyInQuery = None,
) -> JSONResponse:
    """Undo exactly that: the opt-out of a platform, or that of every picture."""
    source = parse_asked(platform) if platform is not None else None
    done = await in_thread(
        app.talent_rules.opt_in, talent_id, source, by=caller.name, why=why, editions=expected
    )
    return decided(done)
