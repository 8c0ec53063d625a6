"""What `talentimg schedule` prints for others is run as it stands, by what each of them makes of it.

The runners are played here: each reads its file, gives what the file names, secrets included, and nothing
else, to a bare environment, and runs the file's commands there. The package comes from a folder that pip is
pointed to.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from obstore.store import S3Store

from talentimg.demo.pictures import warm
from tests import bare
from tests.store.s3_server import BUCKET, serving
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obstore.store import S3Config

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.network

NAMED: Final = re.compile(r"^# .*: ([A-Z_]+)$", re.MULTILINE)
"""What a file says is to be put among the secrets."""
EXPRESSION: Final = re.compile(r"\$\{\{ (?:secrets\.(\w+)|'([^']*)') \}\}")
REFERENCE: Final = re.compile(r"\$(\$|\(\w+\))")
AGENT: Final = "agency $HOME $(HOME) ${{ github.token }} %PATH% 'x'"
"""A setting that each of them would make something else of."""


@dataclass
class Runner:
    """A machine that is made for a job: what it keeps of others' secrets, and a folder to work in."""

    home: Path
    wheels: Path
    secrets: dict[str, str]

    def secrets_of(self, text: str) -> dict[str, str]:
        """What people were told to put there, and so did."""
        return {name: self.secrets[name] for name in NAMED.findall(text)}

    def run(self, script: str, given: dict[str, str]) -> None:
        environment = bare.environment(self.home) | {"CI": "true", **given}
        found = environment.get("PIP_FIND_LINKS", "")
        environment["PIP_FIND_LINKS"] = f"{found} {self.wheels}".strip()
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def github(self, text: str) -> None:
        """https://docs.github.com/en/actions/reference/workflows-and-actions/expressions"""
        secrets = self.secrets_of(text)
        (job,) = yaml.safe_load(text)["jobs"].values()
        given = {
            name: EXPRESSION.sub(lambda found: secrets[found[1]] if found[1] else found[2], value)
            for name, value in job["env"].items()
        }
        for step in job["steps"]:
            self.run(step["run"], given)

    def gitlab(self, text: str) -> None:
        """https://docs.gitlab.com/ci/yaml/#variablesexpand"""
        job = yaml.safe_load(text)["talentimg"]
        given = {name: _unexpanded(value) for name, value in job["variables"].items()}
        self.run("\n".join(job["script"]), given | self.secrets_of(text))

    def kubernetes(self, text: str) -> None:
        """https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/"""
        pod = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        given = {one["name"]: REFERENCE.sub(_replaced, one["value"]) for one in container["env"]}
        assert container["envFrom"] == [{"secretRef": {"name": "talentimg"}}]
        # The entry point of docs/deploy/Dockerfile is the program, installed as by the others.
        command = [".venv/bin/talentimg", *container["args"]]
        self.run(" ".join(command), given | self.secrets_of(text))


def _unexpanded(value: str | dict[str, str | bool]) -> str:
    if isinstance(value, dict):
        assert value["expand"] is False
        return str(value["value"])
    assert not re.search("[$%]", value)
    return value


def _replaced(found: re.Match[str]) -> str:
    return "$" if found[1] == "$" else "what another variable says"


@pytest.fixture
def s3() -> Iterator[str]:
    """The address of a server with an empty bucket."""
    with serving() as address:
        yield address


def objects(address: str) -> int:
    """How many there are in the bucket."""
    keys: S3Config = {"endpoint": address, "access_key_id": "key", "secret_access_key": "hush-hush"}
    bucket = S3Store(BUCKET, config=keys, client_options={"allow_http": True})
    return sum(len(page) for page in bucket.list())


def test_github_gitlab_and_a_cluster_look_at_the_roster_and_keep_its_pictures(
    shell: Shell, platforms: PlatformServer, new_database: str, s3: str, tmp_path: Path
) -> None:
    shell.point_at(platforms.url)
    shell.environment |= {
        "DATABASE_URL": new_database,
        "TALENTIMG_IMAGES_STORE": f"s3://{BUCKET}",
        "TALENTIMG_HTTP_USER_AGENT": AGENT,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "hush-hush",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": s3,
        "AWS_ALLOW_HTTP": "true",
    }
    home = tmp_path / "runner"
    home.mkdir()
    wheels = bare.wheel(tmp_path / "wheels").parent
    secrets = shell.environment | {"TALENTIMG_DATABASE_URL": new_database}
    runner = Runner(home, wheels, secrets)
    # One after the other in one folder, so that what the first one has installed is there for all.
    for number, form in enumerate(("github", "gitlab", "kubernetes")):
        platforms.world.add(form, form.title())
        platforms.world.join(form, "youtube", form, picture=number)
        warm(platforms.world.seeds())
        assert shell("add", form.title(), "--id", form, "--youtube", f"@{form}").code == 0
        before = objects(s3)
        printed = shell("schedule", form)
        assert (printed.code, printed.err) == (0, "")
        assert "hush-hush" not in printed.out
        getattr(runner, form)(printed.out)
        assert shell("show", form, "--json").json["source"] == "youtube"
        assert objects(s3) > before
    assert {request.headers["user-agent"] for request in platforms.log} == {AGENT}
