"""The corpus is as large as we say, CI can build all of it, and what is lacking is never overlooked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.drawn import MADE
from tests.corpus.encoders import Program
from tests.corpus.need import Lacking, skip
from tests.corpus.packages import PACKAGES
from tests.corpus.programs import run
from tests.corpus.recipes import ENCODERS

CI = Path(__file__).parents[2] / ".ci" / "run"


def test_there_are_five_hundred_pictures_of_either_kind() -> None:
    assert sum(package.pictures for package in PACKAGES) >= 500
    assert sum(encoder.pictures for encoder in ENCODERS) >= 500


def test_ci_installs_every_encoder() -> None:
    needed = {encoder.debian for encoder in ENCODERS if isinstance(encoder, Program)}
    needed |= {debian for _, debian in MADE.values()}
    _, _, rest = CI.read_text(encoding="utf-8").partition("packages=(")
    assert set(rest.partition(")")[0].split()) >= needed


def test_what_is_lacking_is_a_skip_and_in_ci_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Lacking, match="apt-get install no-such-package") as lacking:
        run("no-such-encoder --quality 3", "no-such-package")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        skip(lacking.value)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        skip(lacking.value)
