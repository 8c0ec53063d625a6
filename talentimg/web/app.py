"""The application: routes and what wraps them. It is built of ready services, and closes them at its end."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from talentimg import __version__
from talentimg.service.threads import in_thread
from talentimg.web.access import Doorkeeper
from talentimg.web.access_log import AccessLog
from talentimg.web.agency.routes import AgencyApi
from talentimg.web.api.app import make_api
from talentimg.web.cors import NamedOrigins
from talentimg.web.ending import told_of_signals
from talentimg.web.forgery import NoForgery
from talentimg.web.headers import SafeHeaders
from talentimg.web.operation import Operation
from talentimg.web.pages.site import Pages
from talentimg.web.pictures import Pictures
from talentimg.web.services import Services
from talentimg.web.waiting import ToldToWait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from talentimg.bootstrap import App
    from talentimg.web.services import OpenSyncer


def make_site(app: App, open_syncer: OpenSyncer | None = None) -> ASGIApp:
    """The application that a server runs.

    Args:
        app: the services. They are closed when the application ends.
        open_syncer: opens the sync service for one look, in place of the app's own.
    """
    services = Services(app, open_syncer)
    doorkeeper = Doorkeeper(app)
    pictures = Pictures(app, doorkeeper)
    pages = Pages(app, doorkeeper, pictures, services)
    agency = AgencyApi(
        app,
        doorkeeper,
        refresher=services.refresher,
        runs=services.runs,
        connecting=services.connecting,
        changes=services.changes,
    )
    services.changes.heard_by(pictures.forget)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await app.reads(app.profiles.check)
            with told_of_signals(services.end_soon):
                yield
        finally:
            await services.close()
            await in_thread(app.close)

    site = FastAPI(
        title="talentimg",
        version=__version__,
        openapi_url=None,
        redirect_slashes=False,  # such an address is made of the Host that whoever asks has named
        lifespan=lifespan,
        exception_handlers=pages.handlers(),
    )
    site.router.routes += [
        *pictures.routes(),  # in the order of how often they are asked, as they are tried one by one
        *pictures.routes("/api"),
        *Operation(doorkeeper, services.readiness).routes,
        *agency.routes,
        make_api(app, doorkeeper, services),
        *pages.routes,
    ]
    origins = frozenset(app.settings.serve_origins)
    # All outside of everything, for what goes wrong in the middleware is answered and told, too.
    guarded = NoForgery(site, origins, pages.refusal)
    return AccessLog(SafeHeaders(NamedOrigins(ToldToWait(guarded), origins)))
