"""Settings in, ready services out: the only place that chooses implementations."""

from __future__ import annotations

from dataclasses import dataclass

from talentimg.bootstrap.examining import Examining


@dataclass
class App(Examining):
    """Everything that a command, a page or a worker needs, built when first used. Close it when done."""
