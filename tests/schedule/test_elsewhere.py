"""Files for others' schedulers, judged by the schemas that those publish."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import kubernetes_validate
import pytest
import yaml

from talentimg.schedule import elsewhere
from talentimg.schedule.job import Job
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AWKWARD = "a \U0001f600 \x7f\u2028 $HOME $(HOME) ${{ github.token }} %PATH% ' \" \\"
PLAIN = Job((), version="1.2.3")
WHOLE = Job(
    (),
    at=185,
    version="1.2.3",
    needs=("postgres",),
    values={"TALENTIMG_IMAGES_STORE": "s3://faces/a: b", "TALENTIMG_SYNC_LIMIT": "5"},
    secrets=("TALENTIMG_DATABASE_URL", "TALENTIMG_PROVIDERS_YOUTUBE_API_KEY"),
)


@pytest.mark.parametrize("job", [PLAIN, WHOLE])
@pytest.mark.parametrize(
    ("form", "schema"),
    [(elsewhere.github, "vendor.github-workflows"), (elsewhere.gitlab, "vendor.gitlab-ci")],
)
def test_their_own_schemas_find_nothing_wrong(
    job: Job, form: Callable[[Job], str], schema: str, tmp_path: Path
) -> None:
    (tmp_path / "file.yml").write_text(form(job))
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(tmp_path / "file.yml")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("job", [PLAIN, WHOLE])
def test_a_cluster_takes_the_job(job: Job) -> None:
    assert kubernetes_validate.validate(yaml.safe_load(elsewhere.kubernetes(job)), "1.33", strict=True)


def test_a_value_is_read_back_as_it_was() -> None:
    job = Job((), version="1.2.3", values={"NAME": AWKWARD})
    (jobs,) = yaml.safe_load(elsewhere.github(job))["jobs"].values()
    assert jobs["env"]["NAME"].replace("${{ '${{' }}", "${{") == AWKWARD
    given = yaml.safe_load(elsewhere.gitlab(job))["talentimg"]["variables"]["NAME"]
    assert given == {"value": AWKWARD, "expand": False}
    pod = yaml.safe_load(elsewhere.kubernetes(job))["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["env"][0]["value"] == AWKWARD.replace("$", "$$")


def test_it_runs_as_asked_and_no_secret_is_written_down() -> None:
    jobs = yaml.safe_load(elsewhere.github(WHOLE))
    assert jobs[True]["schedule"] == [{"cron": "5 3 * * *"}]  # `on` is a truth to YAML 1.1
    (job,) = jobs["jobs"].values()
    assert job["env"]["TALENTIMG_DATABASE_URL"] == "${{ secrets.TALENTIMG_DATABASE_URL }}"
    assert job["env"]["TALENTIMG_IMAGES_STORE"] == "s3://faces/a: b"
    assert "talentimg[postgres]==1.2.3" in job["steps"][1]["run"]
    spec = yaml.safe_load(elsewhere.kubernetes(WHOLE))["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == (
        "5 3 * * *",
        "Etc/UTC",
        "Forbid",
    )
