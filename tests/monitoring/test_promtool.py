"""Prometheus itself judges the file of numbers and the alerts that are made of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from talentimg.monitoring.metrics import metrics_text
from tests.runs import RUN
from tests.waiting import TIME_LIMIT

HERE = Path(__file__).parent


def promtool(*words: str | Path, given: bytes = b"") -> None:
    """Run it, from Debian's package `prometheus`; a machine without it skips the test."""
    program = shutil.which("promtool")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no promtool on this machine")
    done = subprocess.run(
        [program, *words], input=given, capture_output=True, check=False, timeout=TIME_LIMIT
    )
    assert (done.returncode, done.stderr) == (0, b""), (done.stdout + done.stderr).decode()


def test_the_file_is_as_the_format_wants_it() -> None:
    promtool("check", "metrics", given=metrics_text(RUN, {}))


def test_an_alert_is_told_when_it_should_and_no_earlier() -> None:
    promtool("test", "rules", HERE / "alerts_test.yml")
