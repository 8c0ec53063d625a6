"""Evidence for tests that need an absence and not the platform that spoke it."""

from __future__ import annotations

from typing import Final

from talentimg.providers.evidence import told_of
from talentimg.providers.replies import Part

SPOKEN: Final = told_of(Part({"id": "1"}, "the test"), "id")
