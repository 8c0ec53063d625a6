"""A server that speaks S3 on a free loopback port: prints the port, serves until its input ends."""

from __future__ import annotations

import sys
from http.client import HTTPConnection

from moto.server import ThreadedMotoServer

BUCKET = "pictures"


def main() -> None:
    """Start, make the bucket, say where, and wait."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    connection = HTTPConnection(host, port)
    connection.request("PUT", f"/{BUCKET}")
    if connection.getresponse().status != 200:
        sys.exit("the bucket could not be made")
    print(port, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
