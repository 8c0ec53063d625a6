"""What routes of our API are given: the services of the process."""

from typing import Annotated

from fastapi import Depends, Request

from talentimg.bootstrap import App
from talentimg.web.services import Services


def _app_of(request: Request) -> App:
    app: App = request.app.state.app
    return app


def _services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


TheApp = Annotated[App, Depends(_app_of)]
"""The services that commands have."""
TheServices = Annotated[Services, Depends(_services_of)]
"""What a process that stays has besides."""
