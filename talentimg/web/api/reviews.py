"""Pictures that wait for a person's word."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from talentimg.models import ReviewState
from talentimg.service.threads import in_thread
from talentimg.shapes import PLACE_SEPARATOR, reviews_json, settled_json
from talentimg.web.api.editions import Expected, decided
from talentimg.web.api.problems import Problem
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.people import Reviews, SettledPictures
from talentimg.web.api.schemas.talents import Outcome
from talentimg.web.api.schemas.words import MOST_SETTLED, ReviewWord, SettleWord
from talentimg.web.api.security import Operator, Reader
from talentimg.web.api.services import TheApp
from talentimg.web.api.talents import TalentId

router = APIRouter(prefix="/reviews", tags=["reviews"])

_RESPONSES: dict[int | str, Any] = answers(Outcome, "What came of it.") | problems(400, 404, 412, 413)


@router.get("", summary="What waits", responses=answers(Reviews, "The longest first.") | problems(400))
async def list_reviews(
    app: TheApp,
    _: Reader,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many.")] = 100,
    after: Annotated[str | None, Query(max_length=600, description="`next` of the last page.")] = None,
) -> JSONResponse:
    """The pictures that wait, each beside what is shown. Which wait is for the setting `sync.review`."""
    listed_at = app.now()
    page = await in_thread(app.reviews.page, limit=limit, after=_place(after) if after else None)
    return JSONResponse(reviews_json(page, listed_at))


@router.post(
    "/settle",
    summary="Approve or reject many",
    responses=answers(SettledPictures, "What became of each.") | problems(400, 413),
)
async def settle(word: SettleWord, app: TheApp, caller: Operator) -> JSONResponse:
    """Settle exactly the pictures that are named, or those that waited when they were listed.

    Of the latter a thousand at most, the longest waiting first. What keeps one from it does not stop the
    others.
    """

    def settled() -> dict[str, Any]:
        state, seen = ReviewState(word.state), _seen(word, app)
        return settled_json(list(app.reviews.settle_each(seen, state, by=caller.name, why=word.why)))

    return JSONResponse(await in_thread(settled))


@router.post("/{talent_id:name}/approve", summary="Show a picture that waits", responses=_RESPONSES)
async def approve(
    talent_id: TalentId, word: ReviewWord, expected: Expected, app: TheApp, caller: Operator
) -> JSONResponse:
    """Show exactly this picture, at once and without asking a platform, and no newer one."""
    return decided(
        await in_thread(
            app.reviews.decide_on,
            talent_id,
            word.content_hash,
            ReviewState.APPROVED,
            by=caller.name,
            why=word.why,
            editions=expected,
        )
    )


@router.post("/{talent_id:name}/reject", summary="Never show a picture that waits", responses=_RESPONSES)
async def reject(
    talent_id: TalentId, word: ReviewWord, expected: Expected, app: TheApp, caller: Operator
) -> JSONResponse:
    """Never show it, nor what looks like it: what is shown stays, or the next source is."""
    return decided(
        await in_thread(
            app.reviews.decide_on,
            talent_id,
            word.content_hash,
            ReviewState.REJECTED,
            by=caller.name,
            why=word.why,
            editions=expected,
        )
    )


def _seen(word: SettleWord, app: TheApp) -> list[tuple[str, str]]:
    if word.pictures is not None:
        return [(one.talent_id, one.content_hash) for one in word.pictures]
    assert word.listed is not None
    listed = word.listed if word.listed.tzinfo else word.listed.replace(tzinfo=UTC)
    return app.reviews.seen_by(listed, limit=MOST_SETTLED)


def _place(after: str) -> tuple[datetime, str]:
    at, _, talent_id = after.partition(PLACE_SEPARATOR)
    try:
        return datetime.fromisoformat(at).astimezone(UTC), talent_id
    except (ValueError, OverflowError):
        raise Problem(
            400, "This is no place in the list.", hint="Give the `next` of the last page."
        ) from None
