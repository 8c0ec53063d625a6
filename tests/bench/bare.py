"""A bare route of the stack that `talentimg serve` runs on: what anything there costs at least.

python -m tests.bench.bare PORT
"""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI

site = FastAPI(openapi_url=None)


@site.get("/")
async def bare() -> dict[str, bool]:
    return {"well": True}


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=2048)
    config = uvicorn.Config(site, ws="none", log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listening])
