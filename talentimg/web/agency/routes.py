"""The table of the app's endpoints: path, method, what answers, and what the app calls its failure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import JSONResponse
from starlette.routing import Route

from talentimg.errors import TalentimgError
from talentimg.web.agency.accounts import Socials
from talentimg.web.agency.envelope import Refused, in_words
from talentimg.web.agency.own import OwnSocials, in_one_text
from talentimg.web.agency.session import Sessions
from talentimg.web.agency.shapes import AgencyShapes
from talentimg.web.agency.syncs import Syncs
from talentimg.web.agency.talents import TalentReads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.service.people.connecting import Connecting
    from talentimg.service.run.background import BackgroundRuns
    from talentimg.service.run.refresh import Refresher
    from talentimg.web.access import Doorkeeper
    from talentimg.web.changes import Changes

    Answer: TypeAlias = Callable[[Request], Awaitable[Response]]
    Words: TypeAlias = Callable[[Refused | TalentimgError], Refused]

_TALENT = "/api/admin/talent"
_OWN = "/api/exclusive/socials"


class AgencyApi:
    """All of them."""

    def __init__(
        self,
        app: App,
        doorkeeper: Doorkeeper,
        *,
        refresher: Refresher,
        runs: BackgroundRuns,
        connecting: Connecting,
        changes: Changes,
    ) -> None:
        sessions = Sessions(app, doorkeeper)
        shapes = AgencyShapes(app.settings.serve_public_url or app.settings.serve_root_path)
        self._reads = TalentReads(app, sessions, shapes)
        changes.heard_by(self._reads.forget)
        self._syncs = Syncs(app, sessions, shapes, refresher=refresher, runs=runs)
        self._socials = Socials(app, sessions, connecting)
        self._own = OwnSocials(app, sessions, connecting)

    @property
    def routes(self) -> list[Route]:
        """All of them. Plain ones: FastAPI's own cost as much again as the answer to what pages ask most."""
        return [*self._of_admins(), *self._of_talents()]

    def _of_admins(self) -> Iterator[Route]:
        reads, syncs, socials = self._reads, self._syncs, self._socials
        for method, path, answer, failure in (
            ("GET", "", reads.everybody, "TALENT_FETCH_FAILED"),
            ("POST", "/sync/profile-images", syncs.everybody, "SYNC_FAILED"),
            ("DELETE", "/sync/profile-images", syncs.stop, "SYNC_FAILED"),
            ("DELETE", "/socials/{account_id}", socials.disconnect, "SOCIAL_DELETE_FAILED"),
            ("GET", "/{talent_id}", reads.one, "TALENT_FETCH_FAILED"),
            ("GET", "/{talent_id}/profile-image", reads.image, "PROFILE_IMAGE_GET_FAILED"),
            ("POST", "/{talent_id}/profile-image/sync", syncs.one, "PROFILE_IMAGE_SYNC_FAILED"),
            ("GET", "/{talent_id}/socials", socials.all, "SOCIALS_FETCH_FAILED"),
            ("POST", "/{talent_id}/socials", socials.connect, "SOCIAL_ADD_FAILED"),
        ):
            words = partial(_in_the_apps_words, failure)
            yield self._route(
                method, _TALENT + path, answer, words if path else partial(_as_the_list_tells, words)
            )

    def _of_talents(self) -> Iterator[Route]:
        own = self._own
        yield self._route("GET", _OWN, own.all, in_one_text)
        yield self._route("POST", f"{_OWN}/connect", own.connect, in_one_text)
        yield self._route("POST", f"{_OWN}/disconnect", own.disconnect, in_one_text)

    def _route(self, method: str, path: str, answer: Answer, words: Words) -> Route:
        """A route that tells errors in these words."""

        async def route(request: Request) -> Response:
            try:
                return await answer(request)
            except (Refused, TalentimgError) as error:
                told = words(error)
                return JSONResponse(told.body, told.status)

        return Route(path, route, methods=[method])


def _in_the_apps_words(failure: str, error: Refused | TalentimgError) -> Refused:
    return in_words(error, failure) if isinstance(error, TalentimgError) else error


def _as_the_list_tells(words: Words, error: Refused | TalentimgError) -> Refused:
    """The same, with one text as `error`: so has the app's list, and nothing else."""
    told = words(error)
    if isinstance(error, TalentimgError):
        return Refused(told.status, {**told.body, "error": told.body["message"]})
    return told
