"""One talent: what is shown and why, what waits, what was shown before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.routing import Route

from talentimg.images.initials import draw_svg
from talentimg.images.renditions import SIDES
from talentimg.models import MASTER
from talentimg.providers.registry import platform_names
from talentimg.service.decision.chain import Verdict
from talentimg.service.decision.state import TalentState
from talentimg.service.people.listing import Wanted
from talentimg.service.threads import in_thread
from talentimg.shapes import shown_json
from talentimg.web.pages.addresses import addresses_of, name_of
from talentimg.web.pages.choices import texts_for
from talentimg.web.pages.render import twin
from talentimg.web.pages.section import Section
from talentimg.web.pages.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.models import Picture, Talent, TalentRecord
    from talentimg.service.decision.explain import Step
    from talentimg.service.decision.versions import Version
    from talentimg.service.people.showing import Album, Shown

NEEDING: Wanted = Wanted(states=frozenset({TalentState.NEEDS_YOU}))


class TalentPage(Section):
    """Its routes."""

    @property
    def routes(self) -> list[Route]:
        """`/talents/{key}`."""
        return [
            Route("/talents/{key}.json", self.document),
            Route("/talents/{key}/pictures/{content_hash}/{form}", self.picture),
            Route("/talents/{key}", self.page),
        ]

    async def page(self, request: Request) -> Response:
        """All of it."""
        frame = await self._frames.of(request)
        talent_id = id_of(request)
        shown, album = await in_thread(self._looked_up, talent_id)
        following = await in_thread(self._app.overview.next_after, talent_id, NEEDING)
        at = addresses_of(request)
        return self._renderer.html(
            request,
            "talent",
            frame=frame,
            nav="roster",
            found=shown,
            pictures=album.pictures,
            record=shown.record,
            talent=shown.record.talent,
            following=following,
            form_of=form_of,
            tag_of=_tag_of,
            reconnect={one.platform: one for one in self._app.reconnecting.of(shown.record)},
            strip=_strip(album.versions),
            drawn=drawn(shown.record.talent),
            platforms=[source_of(name, texts_for(request)) for name in platform_names()],
            most=self._app.settings.http_max_picture_bytes // 1_000_000,
            days=int(self._app.settings.keep_history_days),
            twin=at.twin(request),
        )

    async def picture(self, request: Request) -> Response:
        """One of those that are not shown, or no longer, for whoever may see the page."""
        await self._frames.caller(request)
        name = request.path_params["content_hash"]
        if name not in await in_thread(self._app.showing.may_be_seen, id_of(request)):
            raise HTTPException(404)
        picture = await in_thread(self._app.repository.picture, name)
        return await self._pictures.closed(request, picture.renditions if picture else ())

    async def document(self, request: Request) -> Response:
        """The same for programs."""
        await self._frames.caller(request)
        shown = await in_thread(self._app.showing.show, id_of(request))
        reconnect = self._app.reconnecting.of(shown.record)
        return twin(shown_json(shown.record, shown.picture, shown.chain, shown.standing, reconnect))

    def _looked_up(self, talent_id: str) -> tuple[Shown, Album]:
        shown = self._app.showing.show(talent_id)
        return shown, self._app.showing.album(shown)


def id_of(request: Request) -> str:
    """Whom an address is about.

    Raises:
        HTTPException: 404, it is about nobody.
    """
    talent_id = name_of(request.path_params["key"])
    if talent_id is None:
        raise HTTPException(404)
    return talent_id


def form_of(picture: Picture, side: int) -> str:
    """The name of the smallest form of a picture that is large enough for a place on a page.

    Args:
        picture: of which we have copies.
        side: of the place, in pixels. A screen may have twice as many.
    """
    wanted = min((one for one in SIDES if one >= side), default=SIDES[0])
    forms = [form for form in picture.renditions if form.media_type == "image/webp" and form.name != MASTER]
    return min(forms, key=lambda form: (form.side < wanted, abs(form.side - wanted))).name


def _strip(versions: Sequence[Version]) -> list[tuple[Version, datetime | None]]:
    """The pictures that were shown, the newest first, each with the time until when."""
    ends = [None, *(one.at for one in versions)]
    return [(one, end) for one, end in zip(versions, ends, strict=False) if one.content_hash]


def drawn(talent: Talent) -> Markup:
    """The initials, for as long as the picture is not there."""
    return Markup(draw_svg(talent.name, talent.id, 64, title=""))  # noqa: S704  it escapes the name itself


def _tag_of(step: Step, record: TalentRecord) -> tuple[str, str]:
    """What a source came to: a colour and the key of a word."""
    if step.source == record.selection.source:
        return "good", "shown"
    if step.candidate is not None and step.verdict is not Verdict.WINS:
        if step.candidate.state == "trouble":
            return "wait", "silent"
        if step.candidate.state == "absent":
            return "", "nothing"
    if step.candidate is not None and step.candidate.has_picture:
        return "", "offers"
    return "", "not_needed"
