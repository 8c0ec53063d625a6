"""Style, scripts and icons, under names that hold the hash of what is in them, to be kept for good."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_HASH: Final = 10
BASE: Final = "page.js"
"""The script that the others may import."""


class _Asset(NamedTuple):
    body: bytes
    packed: bytes
    media_type: str


class Assets:
    """The files of the folder `static`, read once."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._assets: dict[str, _Asset] = {}
        # A script that others import comes before them, so that its name today is known.
        found = sorted(files("talentimg.web").joinpath("static").iterdir(), key=lambda one: one.name != BASE)
        for file in found:
            stem, dot, suffix = file.name.rpartition(".")
            if f".{suffix}" not in _TYPES:
                continue
            body = file.read_bytes()
            if BASE in self._names:
                body = body.replace(f'"./{BASE}"'.encode(), f'"./{self._names[BASE]}"'.encode())
            name = f"{stem}.{hashlib.sha256(body).hexdigest()[:_HASH]}{dot}{suffix}"
            self._names[file.name] = name
            self._assets[name] = _Asset(body, gzip.compress(body, mtime=0), _TYPES[f".{suffix}"])

    @property
    def routes(self) -> list[Route]:
        """`/static`."""
        return [Route("/static/{name}", self.serve)]

    def name(self, plain: str) -> str:
        """What a file is called today."""
        return self._names[plain]

    async def serve(self, request: Request) -> Response:
        """One of them."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
        if takes_gzip(request):
            return Response(
                asset.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type
            )
        return Response(asset.body, headers=headers, media_type=asset.media_type)


def takes_gzip(request: Request) -> bool:
    """Whether an answer may be packed."""
    asked = request.headers.get("accept-encoding", "").replace(" ", "").split(",")
    return any(one.partition(";")[0] == "gzip" and not one.endswith(";q=0") for one in asked)
