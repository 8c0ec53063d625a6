"""The unit, the image and the proxy's part in `docs/deploy` name what exists, and leave time to end."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Final

from talentimg.errors import ConfigError, UsageError
from talentimg.settings import CONFIG_VARIABLE, OPTIONS, load_settings
from talentimg.web.server import STREAMS_END_S
from tests.corpus.need import Lacking, skip
from tests.test_docs import check_command
from tests.waiting import TIME_LIMIT

ROOT: Final = Path(__file__).parent.parent
DEPLOY: Final = ROOT / "docs" / "deploy"
CLOSING_S: Final = 5
"""Seconds that closing everything may take besides."""
BOUNDS_S: Final = STREAMS_END_S + load_settings(environment={}).sync_stop_seconds + CLOSING_S
SIGTERM: Final = 128 + 15
KNOWN: Final = {option.variable for option in OPTIONS} | {CONFIG_VARIABLE}


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def unit() -> list[tuple[str, str]]:
    """The lines of the unit; a name may come more than once."""
    pairs = re.findall(r"^(\w+)=(.*)$", text_of("talentimg.service"), re.MULTILINE)
    return [(name, value) for name, value in pairs]


def named(name: str) -> list[str]:
    return [value for given, value in unit() if given == name]


# -- systemd ------------------------------------------------------------------------------


def test_the_unit_starts_a_command_that_exists_with_variables_that_exist() -> None:
    (start,) = named("ExecStart")
    program, *words = shlex.split(start)
    assert program == "/opt/talentimg/bin/talentimg"
    check_command(words)
    assert {value.partition("=")[0] for value in named("Environment")} <= KNOWN


def test_the_unit_waits_longer_than_the_server_needs_to_end_and_calls_that_success() -> None:
    assert [float(value) for value in named("TimeoutStopSec")] > [BOUNDS_S]
    assert named("SuccessExitStatus") == [str(SIGTERM)]
    assert named("Type") == ["exec"]


def test_the_unit_tries_nothing_again_that_does_not_pass_by_itself() -> None:
    codes = {str(UsageError.exit_code), str(ConfigError.exit_code)}
    assert {code for value in named("RestartPreventExitStatus") for code in value.split()} == codes


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        skip(Lacking("Units are judged by systemd: apt-get install systemd"))
    program = shutil.which("true")
    file = tmp_path / "talentimg.service"
    text = text_of("talentimg.service").replace("/opt/talentimg/bin/talentimg", program or "")
    file.write_text(text.replace("User=talentimg", "User=root").replace("Group=talentimg", "Group=root"))
    environment = {"PATH": os.environ["PATH"], "SYSTEMD_LOG_LEVEL": "warning"}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(file)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# -- a container --------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile."""
    whole = re.sub(r"\\\n\s*", "", text_of("Dockerfile"))
    lines = [line.partition(" ") for line in whole.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in lines]


def told(name: str) -> list[str]:
    return [rest for given, rest in instructions() if given == name]


def test_the_image_is_made_of_debian_and_of_files_and_extras_that_exist() -> None:
    assert {base.split()[0].partition(":")[0] for base in told("FROM")} == {"debian"}
    for copied in told("COPY"):
        if not copied.startswith("--from"):
            assert all((ROOT / name).exists() for name in copied.split()[:-1]), copied
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    asked = re.findall(r"--extra (\w+)", text_of("Dockerfile"))
    assert asked
    assert set(asked) <= set(extras)


def test_the_image_serves_as_nobody_in_particular_and_passes_signals_on() -> None:
    (user,) = told("USER")
    assert 0 not in {int(part) for part in user.split(":")}
    assert told("STOPSIGNAL") == ["SIGTERM"]
    assert told("ENTRYPOINT") == ['["tini", "--", "talentimg"]']
    assert told("CMD") == ['["serve"]']
    check_command(["serve"])


def test_the_image_sets_what_exists_and_asks_where_it_listens(tmp_path: Path) -> None:
    given = dict(pair.split("=", 1) for line in told("ENV") for pair in line.split())
    ours = {name: value for name, value in given.items() if name.startswith("TALENTIMG_")}
    assert ours.keys() <= KNOWN
    settings = load_settings(environment={**ours, "HOME": str(tmp_path)})
    (health,), (port,), (volume,) = told("HEALTHCHECK"), told("EXPOSE"), told("VOLUME")
    assert settings.serve_port == int(port)
    assert f"'127.0.0.1', {port}" in health
    assert "/healthz" in health
    assert ours["TALENTIMG_DATA_DIR"] == volume


# -- the proxy ----------------------------------------------------------------------------


def test_the_proxy_names_who_asks_and_where_it_passes_on_and_notes_no_token() -> None:
    text = text_of("nginx.conf")
    for header in ("X-Forwarded-For $proxy_add_x_forwarded_for", "X-Forwarded-Proto $scheme", "Host $host"):
        assert f"proxy_set_header {header};" in text
    assert f"server 127.0.0.1:{load_settings(environment={}).serve_port};" in text
    # With a path behind the name, ids would arrive decoded.
    assert set(re.findall(r"proxy_pass (\S+);", text)) == {"http://talentimg"}
    assert "access_log off;" in text.partition("location = /login {")[2].partition("}")[0]


def test_nginx_finds_nothing_wrong_with_its_part(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        skip(Lacking("nginx judges its part itself: apt-get install nginx"))
    part = tmp_path / "talentimg.conf"
    elsewhere = text_of("nginx.conf").replace("listen [::]:80;", "")
    part.write_text(elsewhere.replace("listen 80;", f"listen unix:{tmp_path}/socket;"))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {part}; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, done.stderr
