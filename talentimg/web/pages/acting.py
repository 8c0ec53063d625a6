"""A form of a page is done: who may, what came of it, and where one goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from talentimg.errors import ObjectError, TalentimgError, TalentNotFound, UsageError
from talentimg.models.access import Scope
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.forms import fields_of
from talentimg.web.pages.said import Said, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.web.pages.frame import Frames


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants: who they are, and the fields of the form."""

    by: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The text of a field without blanks around it; empty if there is none."""
        return next((text for field, text in self.fields if field == name), "").strip()

    def all(self, name: str) -> list[str]:
        """Each different text of a field that there may be several of."""
        return list(dict.fromkeys(text for field, text in self.fields if field == name))

    @property
    def why(self) -> str | None:
        """The reason, if one is told."""
        return self.get("why") or None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it, and the page on which it is said."""

    said: Said
    back: str


class Acting:
    """Does what forms ask for, and says so on the next page."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    async def act(
        self,
        request: Request,
        work: Callable[[Asked], Awaitable[Done]],
        back: str,
        scope: Scope = Scope.OPERATE,
    ) -> Response:
        """Do it, and go on.

        Args:
            request: a form without files.
            work: does it.
            back: where one goes on if it fails, unless the form says so.
            scope: what they have to be allowed.

        Raises:
            HTTPException: nobody is signed in, or they may not do this.
            TalentNotFound: nobody has the id, so there is no page to go back to.
        """
        caller = await self._frames.caller(request, scope)
        asked = Asked(caller.name, tuple(await fields_of(request)))
        at = addresses_of(request)
        back = at.own(asked.get("back"), back.removeprefix(at.root)) if asked.get("back") else back
        try:
            done = await work(asked)
        except TalentNotFound:
            raise
        except TalentimgError as error:
            done = Done(failed(error, dict(asked.fields)), back)
        return self.went_on(request, done)

    def went_on(self, request: Request, done: Done) -> Response:
        """The next page, on which it is said."""
        self._frames.changed()
        response = RedirectResponse(done.back, 303)
        say(request, response, done.said)
        return response


def failed(error: TalentimgError, typed: Mapping[str, str] | None = None) -> Said:
    """Why nothing came of it, in the service's own words."""
    is_theirs = isinstance(error, UsageError | ObjectError)
    kept = {name: text for name, text in (typed or {}).items() if name != "back"}
    return Said(sentence=error.message, sentence_hint=error.hint or "", typed=kept if is_theirs else {})
