"""s3rver, an S3 server that somebody else wrote, in JavaScript: npm puts it into the cache of the tests.

Needs Node.js with npm; `s3_by_others/package-lock.json` pins all that it is made of.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.npm import ENVIRONMENT, modules, program
from tests.store.s3_server import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).with_name("s3_by_others")
ACCESS = "S3RVER"
"""The only key that it knows, and the secret that belongs to it."""


@contextmanager
def serving() -> Iterator[str]:
    """It runs, with an empty bucket; its address.

    Raises:
        Lacking: it is not in the cache and cannot be fetched, or there is no Node.js.
    """
    found = modules(_HERE, "s3rver")
    with tempfile.TemporaryDirectory() as folder:
        command = [program("node", "s3rver"), str(_HERE / "serve.js"), folder, BUCKET]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**ENVIRONMENT, "NODE_PATH": str(found)},
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            assert port, "s3rver did not start"
            yield f"http://127.0.0.1:{port}"
            server.stdin.close()
