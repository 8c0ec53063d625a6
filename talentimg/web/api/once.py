"""Idempotency keys: a POST that is sent again under its key is answered as before, and not done again.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from talentimg.errors import TalentimgError
from talentimg.repository.interface.answers import Answer, Asked
from talentimg.service.threads import in_thread
from talentimg.web.access import token_of
from talentimg.web.access_log import FAILED
from talentimg.web.api.problems import Problem, problem_of, problem_of_http

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from talentimg.service.repeats import Repeats
    from talentimg.web.access import Doorkeeper

log = logging.getLogger("talentimg.web")

HEADER: Final = "idempotency-key"
REPLAYED: Final = "idempotent-replayed"
LONGEST: Final = 255
PATTERN: Final = rf'^"?[!#-\[\]-~]{{1,{LONGEST}}}"?$'
"""Visible ASCII without quotes and backslashes, in quotes as the draft has it, or without."""
_KEY: Final = re.compile(rf'(?:"([!#-\[\]-~]{{1,{LONGEST}}})"|([!#-\[\]-~]{{1,{LONGEST}}}))')
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)


class OnceOnly:
    """Wraps an application."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, repeats: Repeats) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._repeats = repeats
        self._under_way: set[asyncio.Task[list[Message]]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keys = Headers(scope=scope).getlist(HEADER) if _is_post(scope) else []
        if not keys:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            key = _key_of(keys)
            owner = await self._owner(request)
            if owner is None:  # whom nobody knows the application refuses
                await self._app(scope, receive, send)
                return
            body = await request.body()
            asked = await in_thread(self._repeats.begin, owner, key, _digest(request, body))
        except Problem as problem:
            await problem.answer()(scope, receive, send)
        except HTTPException as error:
            await problem_of_http(error)(scope, receive, send)
        except TalentimgError as error:
            await problem_of(error)(scope, receive, send)
        else:
            if isinstance(asked, Answer):
                await _again(asked)(scope, receive, send)
            else:
                await self._once(asked, scope, _read_again(body, receive), send)

    async def _owner(self, request: Request) -> str | None:
        """Whose keys these are: the token's, so that a new token of the same name has keys of its own."""
        token = token_of(request)
        return token if await self._doorkeeper.caller(token) is not None else None

    async def _once(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Do it, and keep what is answered before anybody is told.

        It goes on when the server ends and nobody waits for it any more: what is begun may be done by then.
        """
        work = asyncio.create_task(self._carried_out(asked, scope, receive))
        self._under_way.add(work)
        work.add_done_callback(self._ended)
        for message in await asyncio.shield(work):
            await send(message)

    async def _carried_out(self, asked: Asked, scope: Scope, receive: Receive) -> list[Message]:
        """What is sent. Where it is cut off nobody knows what was done: the key stays taken for a while."""
        messages: list[Message] = []

        async def kept(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(scope, receive, kept)
        except Exception:
            await self._end(asked, None)
            raise
        await self._end(asked, _answer_of(messages))
        return messages

    def _ended(self, work: asyncio.Task[list[Message]]) -> None:
        self._under_way.discard(work)
        if not work.cancelled():
            work.exception()  # it is told to whoever waits, if anybody does

    async def _end(self, asked: Asked, answer: Answer | None) -> None:
        try:
            if answer is not None and _is_final(answer):
                await in_thread(self._repeats.keep, asked, answer)
            else:
                await in_thread(self._repeats.drop, asked)
        except TalentimgError as error:  # what was done is done, and is answered
            log.warning("An answer could not be kept for whoever asks again: %s", error.message)


def _is_post(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["method"] == "POST")


def _key_of(keys: list[str]) -> str:
    """What the request is called.

    Raises:
        Problem: it is called nothing that could be a key.
    """
    match = _KEY.fullmatch(keys[0].strip()) if len(keys) == 1 else None
    if match is None:
        raise Problem(
            400,
            f"An Idempotency-Key has 1 to {LONGEST} visible ASCII characters, and there is one.",
            hint="Make a new UUID for each request, and send the same one again when you repeat it.",
        )
    return match[1] or match[2]


def _digest(request: Request, body: bytes) -> str:
    """Stands for all that is asked. Where a form's parts begin is marked anew each time, and so left out."""
    scope, kind = request.scope, request.headers.get("content-type", "")
    if (found := _BOUNDARY.search(kind)) and kind.lower().startswith("multipart/"):
        body = body.replace(found[1].encode(), b"")
        kind = _BOUNDARY.sub("", kind)
    digest = hashlib.sha256()
    told = (scope["path"], scope["query_string"], kind, request.headers.get("if-match", ""), body)
    for part in told:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def _read_again(body: bytes, receive: Receive) -> Receive:
    """The body as a whole, then whatever comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return messages.pop() if messages else await receive()

    return received


def _answer_of(messages: list[Message]) -> Answer | None:
    if not messages or messages[0]["type"] != "http.response.start":
        return None
    start, *rest = messages
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
    return Answer(start["status"], headers, b"".join(one.get("body", b"") for one in rest))


def _is_final(answer: Answer) -> bool:
    """Whether the same request would not be answered otherwise later by itself."""
    names = {name.lower(): value.lower() for name, value in answer.headers}
    if "no-store" in names.get("cache-control", ""):  # a secret that is told once
        return False
    return answer.status < FAILED and "retry-after" not in names


def _again(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers
    ]
    response.headers[REPLAYED] = "true"
    return response
