"""Which processes of this machine live."""

from __future__ import annotations

import os


def is_gone(pid: int) -> bool:
    """Whether there is no such process on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it belongs to another user, so it exists
        return False
    return False
