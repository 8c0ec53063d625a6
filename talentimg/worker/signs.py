"""Signs of life for whoever started a worker: systemd's socket, and a file that is touched.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Signs:
    """Both, as far as anybody asked for them. That nobody listens never stops the work."""

    def __init__(self, health_file: Path | None = None, environment: Mapping[str, str] = os.environ) -> None:
        """Signs to a file, and to the socket that the environment names.

        Args:
            health_file: touched each beat, and gone once the worker has ended well.
            environment: may hold NOTIFY_SOCKET.

        Raises:
            CannotCreate: the file cannot be made.
        """
        self._file = health_file
        self._socket = environment.get("NOTIFY_SOCKET", "")
        self._touch(check=True)

    def ready(self) -> None:
        """It is at work."""
        self._tell("READY=1")
        self.beat("waiting")

    def beat(self, doing: str) -> None:
        """It lives, and is at this."""
        self._tell(f"WATCHDOG=1\nSTATUS={doing}")
        self._touch()

    def stopping(self) -> None:
        """It finishes what it has begun."""
        self._tell("STOPPING=1")

    def ended(self) -> None:
        """It has ended well."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink()

    def _touch(self, *, check: bool = False) -> None:
        if self._file is None:
            return
        try:
            self._file.touch()
        except OSError as error:
            if check:
                raise CannotCreate(
                    f"The file {self._file} cannot be made: {(error.strerror or 'it cannot').lower()}.",
                    hint="Name another one with --health-file.",
                ) from None

    def _tell(self, state: str) -> None:
        if not self._socket:
            return
        # A name that begins with @ is one of the abstract namespace.
        address = f"\0{self._socket[1:]}" if self._socket.startswith("@") else self._socket
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto(state.encode(), address)
