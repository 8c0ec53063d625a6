"""Pictures that wait for a person: one after the other, or many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse
from starlette.routing import Route

from talentimg.errors import TalentimgError
from talentimg.models import ReviewState
from talentimg.service.threads import in_thread
from talentimg.shapes import review_json
from talentimg.web.pages.acting import Done
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.render import twin
from talentimg.web.pages.said import Said, Undo
from talentimg.web.pages.section import Section
from talentimg.web.pages.talent import form_of, id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.models import Picture, Review
    from talentimg.service.people.reviews import Waiting
    from talentimg.web.pages.acting import Asked

AT_ONCE: Final = 40
"""Pictures on the page of many, so that the way back for all of them fits into a cookie."""
QUEUED: Final = 14
HASH: Final = 12
_STATES: Final = {"approve": ReviewState.APPROVED, "reject": ReviewState.REJECTED}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in the queue: it goes around."""

    ids: Sequence[str]
    at: int

    def step(self, by: int) -> str:
        """Whoever is so many places on; empty if there is nobody else."""
        following = self.ids[(self.at + by) % len(self.ids)]
        return "" if following == self.ids[self.at] else following

    @property
    def queue(self) -> Sequence[tuple[str, bool]]:
        """Some of the ids around it, each with whether it is the one."""
        start = max(0, min(self.at - 2, len(self.ids) - QUEUED))
        return [(one, one == self.ids[self.at]) for one in self.ids[start : start + QUEUED]]


class ReviewPage(Section):
    """Its routes."""

    @property
    def routes(self) -> list[Route]:
        """`/review`, `/review/{key}` and `/reviews`."""
        return [
            Route("/review", self.page),
            Route("/review.json", self.document),
            Route("/reviews", self.many),
            Route("/reviews.json", self.document),
            Route("/reviews", self.settle, methods=["POST"]),
            Route("/review/{key}", self.page),
            Route("/review/{key}", self.decide, methods=["POST"]),
        ]

    # -- read -----------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        """One of them: whose id is named, or else who has waited the longest."""
        frame = await self._frames.of(request)
        waiting = await in_thread(self._app.reviews.waiting)
        if not waiting:
            return self._renderer.html(request, "review_done", frame=frame, nav="review")
        ids = [one.talent_id for one in waiting]
        wanted = id_of(request) if "key" in request.path_params else ids[0]
        at = addresses_of(request)
        if wanted not in ids:
            return RedirectResponse(at.review(), 303)
        shown = await in_thread(self._app.showing.show, wanted)
        album = await in_thread(self._app.showing.album, shown)
        return self._renderer.html(
            request,
            "review",
            frame=frame,
            nav="review",
            review=waiting[ids.index(wanted)],
            record=shown.record,
            talent=shown.record.talent,
            pictures=album.pictures,
            place=Place(ids, ids.index(wanted)),
            form_of=form_of,
            twin=f"{at.root}/review.json",
        )

    async def many(self, request: Request) -> Response:
        """The longest waiting of them, to be decided at once."""
        frame = await self._frames.of(request)
        page = await in_thread(self._app.reviews.page, limit=AT_ONCE)
        if not page.waiting:
            return self._renderer.html(request, "review_done", frame=frame, nav="review")
        pictures = await in_thread(self._pictures_of, page.waiting)
        return self._renderer.html(
            request,
            "reviews",
            frame=frame,
            nav="review",
            page=page,
            pictures=pictures,
            pick_of=_pick,
            form_of=form_of,
            twin=f"{addresses_of(request).root}/reviews.json",
        )

    async def document(self, request: Request) -> Response:
        """The same for programs."""
        await self._frames.caller(request)
        page = await in_thread(self._app.reviews.page, limit=AT_ONCE)
        return twin({"total": page.total, "reviews": [review_json(one) for one in page.waiting]})

    def _pictures_of(self, waiting: Sequence[Waiting]) -> dict[str, Picture]:
        hashes = {one.review.content_hash for one in waiting}
        hashes |= {one.record.selection.content_hash or "" for one in waiting}
        found = {name: self._app.repository.picture(name) for name in hashes if name}
        return {name: picture for name, picture in found.items() if picture}

    # -- decide ---------------------------------------------------------------------------

    async def decide(self, request: Request) -> Response:
        """Say something of one picture, or take it back."""
        talent_id, at = id_of(request), addresses_of(request)

        async def work(asked: Asked) -> Done:
            word, picture = asked.get("word"), asked.get("hash")
            if word not in _STATES:
                await in_thread(self._app.reviews.take_back, talent_id, picture, by=asked.by)
                await in_thread(self._app.overview.touched, talent_id)
                return Done(Said("said.undone"), at.own(asked.get("back"), f"/review/{at.key(talent_id)}"))
            state = _STATES[word]
            await in_thread(
                self._app.reviews.decide_on, talent_id, picture, state, by=asked.by, why=asked.why
            )
            await in_thread(self._app.overview.touched, talent_id)
            fields = [("word", "back"), ("hash", picture[:HASH]), ("back", asked.get("back"))]
            undo = Undo(at.review(talent_id), [one for one in fields if one[1]])
            following = f"/review/{at.key(asked.get('next'))}" if asked.get("next") else "/review"
            hint = "" if word == "approve" else "said.not_again"
            text = "said.approved" if word == "approve" else "said.rejected"
            return Done(Said(text, hint=hint, undo=undo), at.own(asked.get("back"), following))

        return await self._acting.act(request, work, at.review(talent_id))

    async def settle(self, request: Request) -> Response:
        """Say the same of all that are chosen, or take it back."""
        at = addresses_of(request)

        async def work(asked: Asked) -> Done:
            picks = [_picked(one) for one in asked.all("pick")][:AT_ONCE]
            done = await in_thread(self._settled, picks, asked)
            await in_thread(self._app.overview.anew)
            if asked.get("word") not in _STATES:
                return Done(Said("said.undone"), at.reviews)
            fields = [("word", "back"), *(("pick", f"{one}~{picture[:HASH]}") for one, picture in done)]
            text = "said.approved_many" if asked.get("word") == "approve" else "said.rejected_many"
            undo = Undo(at.reviews, fields) if done else None
            return Done(Said(text, n=len(done), undo=undo), at.reviews)

        return await self._acting.act(request, work, at.reviews)

    def _settled(self, picks: Sequence[tuple[str, str]], asked: Asked) -> list[tuple[str, str]]:
        """Those of which it was said; what keeps one from it does not stop the others."""
        state = _STATES.get(asked.get("word"))
        if state is not None:
            told = self._app.reviews.settle_each(picks, state, by=asked.by, why=asked.why)
            return [pick for pick, one in zip(picks, told, strict=True) if one.error is None]
        done = []
        for talent_id, picture in picks:
            try:
                self._app.reviews.take_back(talent_id, picture, by=asked.by)
                done.append((talent_id, picture))
            except TalentimgError:
                continue
        return done


def _pick(review: Review) -> str:
    """Exactly this picture, as a field names it."""
    return f"{review.talent_id}~{review.content_hash}"


def _picked(text: str) -> tuple[str, str]:
    talent_id, _, picture = text.rpartition("~")
    return talent_id, picture
