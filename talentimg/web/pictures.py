"""Pictures for whoever has their address: what is shown for a talent now, and each stored form for good.

No platform is ever asked or waited for. What is shown is remembered for some seconds, and for some minutes
while the store does not answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.routing import Route

from talentimg.errors import TalentimgError
from talentimg.images.initials import draw_svg
from talentimg.images.renditions import SIDES
from talentimg.models import INITIALS, MASTER
from talentimg.service.threads import in_thread
from talentimg.store.keys import object_key
from talentimg.web.access import token_of
from talentimg.web.cache import RememberedMany
from talentimg.web.errors import SILENT, unsaid_where_it_is
from talentimg.web.memory import Recent
from talentimg.web.partial import Content, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.models import Rendition
    from talentimg.repository.interface.profiles import Profile
    from talentimg.web.access import Doorkeeper

log = logging.getLogger("talentimg.web")

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of pictures that are held in memory."""
MOST_TALENTS: Final = 20_000
SHOWN_S: Final = 5.0
"""For how long what is shown is not asked for again."""

AT_MOST_S: Final = 300.0
"""For how long it is believed while the store does not answer: somebody may have opted out since."""

PATIENCE_S: Final = 3.0
"""How long the store has to tell what is shown, before what was shown goes on being shown."""

_SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    # They are meant to be shown by the pages of others.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_NOW: Final = "public, max-age=60, stale-while-revalidate=240, stale-if-error=240"
# A browser shows nothing for longer than five minutes that is no longer shown.
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_FOR_ONE: Final = "private, max-age=300"
_NOT_AT_ALL: Final = "no-store"
_SVG: Final = "image/svg+xml"
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Shown(NamedTuple):
    """What is shown for a talent, and when that was read. Nobody's is that of somebody without a name."""

    name: str
    forms: tuple[Rendition, ...]
    read_at: float
    is_stale: bool = False
    """Whether the store did not answer when it was asked again."""
    is_initials: bool = True
    """Whether nothing but the initials should be shown."""


class Pictures:
    """Its routes."""

    def __init__(self, app: App, doorkeeper: Doorkeeper, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._clock = clock
        self._shown: Recent[str, Shown] = Recent(MOST_TALENTS)
        self._forgotten = 0
        self._bytes: Recent[str, Content] = Recent(MOST_BYTES, lambda content: len(content.body))
        self._stand_ins: RememberedMany[str, tuple[Rendition, ...]] = RememberedMany(
            self._ask_stand_in, seconds=SHOWN_S, most=MOST_TALENTS, weigh=lambda _: 1, clock=clock
        )

    def routes(self, prefix: str = "") -> list[Route]:
        """Where they are. Under `/api` an app's pages reach them without another rule of their proxy."""
        return [
            Route(f"{prefix}/avatars/{{talent_id:path}}", self.avatar),
            Route(f"{prefix}/pictures/{{content_hash}}/{{form}}", self.picture),
        ]

    def forget(self, talent_id: str | None) -> None:
        """Somebody was changed by this process, or everybody: what is shown is asked for anew."""
        self._forgotten += 1
        self._stand_ins.forget()
        if talent_id is None:
            self._shown.clear()
        else:
            self._shown.drop(talent_id)

    # -- what is shown now ----------------------------------------------------------------

    async def avatar(self, request: Request) -> Response:
        """A picture, always: ours, else the next that we hold, else the initials.

        Who is unknown looks like somebody without a name.
        """
        talent_id = request.path_params["talent_id"]
        side = _side(request.query_params.get("size"))
        shown = await self._what_is_shown(talent_id)
        content = await self._first_whole(shown.forms, side) if shown else None
        is_uncertain = shown is None or shown.is_stale or (bool(shown.forms) and content is None)
        if content is None and shown is not None and not shown.is_initials:
            content = await self._first_whole(await self._stand_in(talent_id), side)
        return answer(
            content or _initials(shown.name if shown else "", talent_id, side),
            method=request.method,
            asked=request.headers,
            headers=_SAFE | {"Cache-Control": _NOT_AT_ALL if is_uncertain else _NOW},
        )

    async def _what_is_shown(self, talent_id: str) -> Shown | None:
        """None if the store does not answer, and did not some minutes before."""
        known = self._shown.get(talent_id)
        now = self._clock()
        if known is not None and now - known.read_at < SHOWN_S:
            return known
        forgotten = self._forgotten
        try:
            async with asyncio.timeout(PATIENCE_S):
                profile = await self._app.reads(self._app.profiles.profile, talent_id)
        except (TalentimgError, TimeoutError) as error:
            why = error.message if isinstance(error, TalentimgError) else SILENT
            log.warning("What is shown could not be read: %s", why)
            return self._still_believed(talent_id, now)
        read = _shown(profile, now)
        if forgotten == self._forgotten:  # otherwise it may be of before
            self._shown.put(talent_id, read)
        return read

    def _still_believed(self, talent_id: str, now: float) -> Shown | None:
        known = self._shown.get(talent_id)
        if known is None or now - known.read_at < AT_MOST_S:
            return known and known._replace(is_stale=True)
        self._shown.drop(talent_id)
        return None

    async def _stand_in(self, talent_id: str) -> tuple[Rendition, ...]:
        """The forms of what is shown in place of a picture that cannot be read."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._stand_ins.get(talent_id)
        except (TalentimgError, TimeoutError):
            return ()

    async def _ask_stand_in(self, talent_id: str) -> tuple[Rendition, ...]:
        return await in_thread(self._app.stand_ins.forms, talent_id)

    async def _first_whole(self, forms: Iterable[Rendition], side: int) -> Content | None:
        """The best form that is there and undamaged."""
        for form in _best_first(forms, side):
            try:
                content = await self._stored(form)
            except TalentimgError as error:
                log.warning("A picture could not be read: %s", error.message)
                return None
            if content is not None:
                return content
        return None

    # -- what is stored for good ----------------------------------------------------------

    async def picture(self, request: Request) -> Response:
        """One stored form of a picture that is shown; 404 for all else.

        One that waits for review is for those who may read everything, and nobody keeps it.
        """
        with unsaid_where_it_is():
            form = await self._form(request)
            kept = _FOR_GOOD
            if form is None and await self._may_review(request):
                form, kept = await self._form(request, waiting=True), _NOT_AT_ALL
            content = await self._stored(form) if form else None
        if content is None:
            raise HTTPException(404)
        headers = _SAFE | {"Cache-Control": kept}
        return answer(content, method=request.method, asked=request.headers, headers=headers)

    async def _form(self, request: Request, *, waiting: bool = False) -> Rendition | None:
        content_hash, name = request.path_params["content_hash"], request.path_params["form"]
        # The whole of a picture that is shown as a square is not for everybody.
        if not _HASH.fullmatch(content_hash) or name == MASTER:
            return None
        forms = await self._app.reads(self._app.profiles.forms, content_hash, waiting=waiting)
        return next((form for form in forms if form.name == name), None)

    async def _may_review(self, request: Request) -> bool:
        shown = token_of(request)
        return bool(shown) and await self._doorkeeper.caller(shown) is not None

    async def closed(self, request: Request, forms: Iterable[Rendition]) -> Response:
        """The form that was asked for, of a picture that only whoever asks may see.

        Args:
            request: asks for `form`.
            forms: those of the picture; the whole of one that is shown as a square is not for pages.

        Raises:
            HTTPException: 404 if it is not among them, or is lost.
        """
        name = request.path_params["form"]
        form = next((one for one in forms if one.name == name != MASTER), None)
        content = await self._stored(form) if form else None
        if content is None:
            raise HTTPException(404)
        headers = _SAFE | {"Cache-Control": _FOR_ONE, "Cross-Origin-Resource-Policy": "same-origin"}
        return answer(content, method=request.method, asked=request.headers, headers=headers)

    async def _stored(self, form: Rendition) -> Content | None:
        """The bytes of a form; None if they are missing or not what was stored.

        Raises:
            TalentimgError: the store refused, or cannot be reached.
        """
        held = self._bytes.get(form.key)
        if held is not None:
            return held
        data = await in_thread(self._app.store.get, form.key)
        if data is None or object_key(data, form.key.rpartition(".")[2]) != form.key:
            return None
        content = Content(data, form.media_type, form.key.partition("/")[2].partition(".")[0])
        self._bytes.put(form.key, content)
        return content


def _shown(profile: Profile | None, now: float) -> Shown:
    if profile is None:
        return Shown("", (), now)
    return Shown(profile.shown_name, profile.renditions, now, is_initials=profile.source == INITIALS)


def _best_first(forms: Iterable[Rendition], side: int) -> list[Rendition]:
    """The forms that a page may show: that of this size first, then larger ones before smaller."""
    of_page = [form for form in forms if form.media_type == "image/webp" and form.name != MASTER]
    return sorted(of_page, key=lambda form: (form.side < side, abs(form.side - side)))


def _side(asked: str | None) -> int:
    """The smallest size that is large enough, or the largest."""
    if asked is None or not re.fullmatch("[0-9]{1,6}", asked):
        return SIDES[0]
    return min((side for side in SIDES if side >= int(asked)), default=SIDES[0])


@lru_cache(4096)
def _initials(name: str, talent_id: str, side: int) -> Content:
    """The initials, and nothing else of the name."""
    body = draw_svg(name, talent_id, side, title="").encode()
    return Content(body, _SVG, hashlib.sha256(body).hexdigest())
