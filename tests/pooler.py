"""A real PgBouncer before a server of ours, where the machine has one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests.postgres import connect
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


def find_pooler() -> str | None:
    """The program."""
    return shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


@contextmanager
def pooled(url: str, mode: str, size: int) -> Iterator[str]:
    """The URL of the same database behind PgBouncer in a mode, with a pool of some size."""
    program = find_pooler()
    assert program is not None
    before, _, rest = url.partition("@")
    behind, _, database = rest.partition("/")
    folder = Path(tempfile.mkdtemp(prefix="timg-pool"))
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host=127.0.0.1 port={behind.rpartition(':')[2]} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {size}\nquery_wait_timeout = 20\n"
    )
    user = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    process = subprocess.Popen(
        [program, str(settings)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **user,  # type: ignore[call-overload]
    )
    try:
        pooled_url = f"{before}@127.0.0.1:{port}/{database}"
        wait_until(lambda: _answers(pooled_url))
        yield pooled_url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIME_LIMIT)
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
