"""Who may ask what of our API: the same tokens and cookies as everywhere, in the words of OpenAPI."""

from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from talentimg.models.access import Scope
from talentimg.web.access import COOKIE, Caller, Doorkeeper

_BEARER: Final = HTTPBearer(
    scheme_name="bearer", description="A token of `talentimg tokens --make`.", auto_error=False
)
_SESSION: Final = APIKeyCookie(
    name=COOKIE, scheme_name="session", description="What a login leaves in a browser.", auto_error=False
)


def _needing(scope: Scope) -> object:
    async def caller(request: Request) -> Caller:
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        return await doorkeeper.need(request, scope)

    return Depends(caller)


SHOWN: Final = (Security(_BEARER), Security(_SESSION))
"""Dependencies that only tell OpenAPI of both; one of them is enough."""
Reader = Annotated[Caller, _needing(Scope.READ)]
Operator = Annotated[Caller, _needing(Scope.OPERATE)]
Admin = Annotated[Caller, _needing(Scope.ADMIN)]
