"""Server-sent events: how a run goes on.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from starlette.responses import Response, StreamingResponse

from talentimg.shapes import progress_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from talentimg.models import RunProgress

MEDIA_TYPE: Final = "text/event-stream"
SILENCE_S: Final = 15.0
"""After so many seconds without an event there is a comment, so that nobody on the way takes it for dead."""
RETRY_MS: Final = 2000
_HEADERS: Final = {
    "X-Accel-Buffering": "no",  # https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
}
_COMMENT: Final = b":\n\n"


def no_more() -> Response:
    """For a client that knows the last state: it does not connect again."""
    return Response(status_code=204)


def headers_of_stream() -> Response:
    """What a stream begins with, and nothing of it."""
    return Response(media_type=MEDIA_TYPE, headers=_HEADERS)


def stream_of(
    states: AsyncGenerator[RunProgress | None, None], still_may: Callable[[], Awaitable[bool]]
) -> Response:
    """An event for each state, and a comment for each silence.

    Args:
        states: how a run goes on; None for a silence.
        still_may: whether whoever listens may still do so: their token may be revoked meanwhile.
    """
    return StreamingResponse(_events(states, still_may), media_type=MEDIA_TYPE, headers=_HEADERS)


async def _events(
    states: AsyncGenerator[RunProgress | None, None], still_may: Callable[[], Awaitable[bool]]
) -> AsyncIterator[bytes]:
    async with aclosing(states):
        yield _COMMENT  # the headers go out with it, though there may be nothing to tell for a while
        async for progress in states:
            if not await still_may():
                return
            yield _COMMENT if progress is None else _event(progress)


def _event(progress: RunProgress) -> bytes:
    name = "ended" if progress.is_over else "progress"
    data = json.dumps(progress_json(progress), ensure_ascii=False, separators=(",", ":"))
    # The time to wait before another try stands in each event: some clients take one on its own for an event.
    return f"id: {progress.revision}\nevent: {name}\nretry: {RETRY_MS}\ndata: {data}\n\n".encode()
