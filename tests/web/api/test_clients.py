"""What nobody here wrote, against a server that is a process of its own: curl, and a generated client."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from talentimg.bootstrap import App
from talentimg.models import Scope
from talentimg.settings import load_settings
from tests.corpus.need import Lacking, skip
from tests.waiting import TIME_LIMIT
from tests.web.test_process import environment, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "use-the-api.md"
BLOCKS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GENERATOR = "openapi-python-client==0.29.1"
CALLS = """
import sys
from talentimg_client import AuthenticatedClient
from talentimg_client.api.accounts import connect_account, disconnect_account
from talentimg_client.api.operation import list_platforms, show_health, show_me
from talentimg_client.api.talents import add_talent, count_talents, edit_talent, list_talents, remove_talent
from talentimg_client.api.talents import show_talent
from talentimg_client.models import AddedTalent, ConnectedAccount, EditedTalent, GivenAccount

address, token = sys.argv[1:]
client = AuthenticatedClient(base_url=address + "/api/v1", token=token, raise_on_unexpected_status=True)
assert show_me.sync(client=client).name == "clients"
new = AddedTalent(name="Bob", accounts=[GivenAccount(handle="https://github.com/octocat")])
for again in (None, "true"):
    added = add_talent.sync_detailed(client=client, body=new, idempotency_key="k")
    assert added.headers.get("idempotent-replayed") == again
    assert (added.parsed.talent_id, added.parsed.accounts[0].handle) == ("bob", "octocat")
tag = added.headers["etag"]
assert edit_talent.sync("bob", client=client, body=EditedTalent(name="Rob"), if_match=tag).changed == ["name"]
assert edit_talent.sync("bob", client=client, body=EditedTalent(name="B"), if_match=tag).status == 412
assert [one.name for one in list_talents.sync(client=client, q=["rob"]).talents] == ["Rob"]
assert count_talents.sync(client=client).all_ == 1
assert show_talent.sync("bob", client=client).chain[0].source == "github"
assert disconnect_account.sync("bob", "github", client=client).source == "initials"
assert {one.platform for one in list_platforms.sync(client=client)} >= {"github", "bluesky"}
assert show_health.sync(client=client).ready
assert remove_talent.sync("bob", client=client).holds
assert show_talent.sync("bob", client=client).code == "not_found"
print("well")
"""


@pytest.fixture
def server(new_store: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a server, and a token for everything."""
    place = environment(new_store, tmp_path)
    with closing(App(load_settings(environment=place))) as app:
        token = app.access.make("clients", Scope.ADMIN, by="a test")
    with serving(**place) as (_, address):
        yield address, token


@pytest.mark.network
def test_the_examples_of_the_page_work(server: tuple[str, str], tmp_path: Path) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        skip(Lacking("There is no curl on this machine."))
    blocks = [block for block in BLOCKS.findall(PAGE.read_text("utf-8")) if "ask" in block]
    assert len(blocks) > 5
    address, token = server
    script = "set -eu\n" + "\n".join(blocks).replace("http://127.0.0.1:8000", address)
    done = subprocess.run(
        ["bash", "-c", script],
        env={"TOKEN": token, "PATH": "/usr/local/bin:/usr/bin:/bin", "NO_PROXY": "127.0.0.1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr)
    bearer = {"Authorization": f"Bearer {token}"}
    told = httpx.get(f"{address}/api/v1/talents", headers=bearer, timeout=TIME_LIMIT).json()
    assert [one["name"] for one in told["talents"]] == ["Ada King", "Bob"]


@pytest.mark.network
def test_a_generated_client_does_ten_calls(server: tuple[str, str], tmp_path: Path) -> None:
    address, token = server
    described = tmp_path / "openapi.json"
    described.write_bytes(httpx.get(f"{address}/api/v1/openapi.json", timeout=TIME_LIMIT).content)
    json.loads(described.read_text("utf-8"))
    tools, client = tmp_path / "tools", tmp_path / "client"
    env = {"PYTHONPATH": str(tools), "PATH": f"{tools / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}

    def run(*command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            env=env | more,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )

    fetched = run("-m", "pip", "install", "-q", "--retries", "1", "--target", tools, GENERATOR, PYTHONPATH="")
    if fetched.returncode:
        skip(Lacking(f"{GENERATOR} cannot be fetched: {fetched.stderr.strip()[-200:]}"))
    made = run("-m", "openapi_python_client", "generate", "--path", described, "--output-path", client)
    assert made.returncode == 0, made.stdout
    assert "Unable to process schema" not in made.stdout
    done = run("-c", CALLS, address, token, PYTHONPATH=f"{client}:{tools}")
    assert (done.stdout, done.returncode) == ("well\n", 0), done.stderr
