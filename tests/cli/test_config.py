"""The settings as people see them, and every fault in them at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from talentimg.bootstrap import App
from talentimg.settings import OPTIONS, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell

SECRET = "S3CRET"


def test_no_value_is_cut_and_no_password_shown(shell: Shell) -> None:
    given = {
        "TALENTIMG_DATA_DIR": f"/{'very-long-' * 12}/folder",
        "TALENTIMG_IMAGES_STORE": f"s3://key:{SECRET}@bucket/prefix",
        "TALENTIMG_PROVIDERS_GITHUB_BASE_URL": f"http://user:{SECRET}@proxy.example:8080",
    }
    table, document = shell("config", COLUMNS="50", **given), shell("config", "--json", **given)
    for done in (table, document):
        assert (done.code, SECRET in done.out) == (0, False)
        assert given["TALENTIMG_DATA_DIR"] in done.out
        assert "********@proxy.example:8080" in done.out
    assert all(option.key in document.json["settings"] for option in OPTIONS)


def test_every_fault_is_named_at_once(shell: Shell, tmp_path: Path) -> None:
    done = shell(
        "config",
        "--check",
        "--json",
        TALENTIMG_SYNC_ORDER="githab",
        TALENTIMG_HTTP_ALLOW_PRIVATE="10.0.0.0/99",
        TALENTIMG_PROVIDERS_GITHUB_TOKEN=f"{SECRET} with a space",
        TALENTIMG_IMAGES_STORE=f"s3://key:{SECRET}@bucket",
        TALENTIMG_METRICS_FILE=str(tmp_path / "nowhere" / "x.prom"),
    )
    told = " ".join(fault["message"] for fault in done.json["faults"])
    assert done.code == 78
    assert SECRET not in done.out
    for word in ("githab", "allow_private", "token of github", "pictures store", "no roster", "metrics file"):
        assert word in told
    assert not list(tmp_path.glob("**/*.db"))


def test_settings_that_work_are_called_that(shell: Shell) -> None:
    shell("add", "Ada")
    done = shell("config", "--check")
    assert (done.code, done.out) == (0, "All settings can work.\n")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SYNC_ORDER", "githab"), ("HTTP_ALLOW_PRIVATE", "x"), ("PROVIDERS_GITHAB_TOKEN", "x")],
)
def test_a_mistake_is_found_by_whoever_is_at_the_keyboard(shell: Shell, variable: str, value: str) -> None:
    done = shell("add", "Ada", **{f"TALENTIMG_{variable}": value})
    assert done.code == 78
    assert re.search(r"githab|allow_private", done.err)


def test_nothing_is_written_by_a_check(tmp_path: Path) -> None:
    app = App(load_settings(environment={"TALENTIMG_DATA_DIR": str(tmp_path / "new")}), read_only=True)
    assert [fault.exit_code for fault in app.faults()] == [78]
    assert not (tmp_path / "new").exists()
