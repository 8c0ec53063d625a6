"""The one place that imports httpx: cheaply, and with its loggers kept quiet.

Everything in this package takes `httpx` and `httpcore` from here.
"""

from __future__ import annotations

import logging
import sys

if "httpx" not in sys.modules and "httpx._main" not in sys.modules:
    # httpx loads its own command line (rich, click, pygments) wherever those happen to be
    # installed, which is a third of its import time. httpx copes when that import fails.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # None makes the import fail

import httpcore
import httpx

for _name in ("httpx", "httpcore"):
    # Both log whole URLs, query and all, at INFO and DEBUG: https://github.com/encode/httpx/discussions/2760
    logging.getLogger(_name).setLevel(logging.WARNING)

__all__ = ["httpcore", "httpx"]
