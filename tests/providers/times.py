"""When it is, in the tests of providers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
