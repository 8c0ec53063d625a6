"""The real command against the local platforms: what an operator does, sees and can rely on."""

from __future__ import annotations

import json
import stat
import time
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.faults import Faults
from talentimg.models import OutcomeKind
from talentimg.providers.registry import PROVIDERS, provider_class
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell


@pytest.fixture
def ada(online: Shell, platforms: PlatformServer) -> Shell:
    """Ada is on the roster and on Bluesky, with a picture."""
    platforms.world.add("ada", "Ada Lovelace")
    platforms.world.join("ada", "bluesky", "ada.example", picture=1)
    assert online("add", "Ada Lovelace", "--id", "ada", "--bluesky", "ada.example").code == 0
    return online


def test_add_sync_and_show_bring_a_real_picture(ada: Shell) -> None:
    synced = ada("sync", "ada")
    assert (synced.code, synced.out) == (0, "Profile photo updated from bluesky\n")
    assert len(ada.pictures()) == 3
    shown = ada("show", "ada", "--json").json
    assert (shown["id"], shown["name"], shown["source"]) == ("ada", "Ada Lovelace", "bluesky")
    assert {rendition["name"] for rendition in shown["picture"]["renditions"]} == {
        "webp-400",
        "webp-200",
        "webp-96",
        "jpeg-400",
    }
    assert all(
        (ada.data / "images" / rendition["key"]).exists() for rendition in shown["picture"]["renditions"]
    )
    card = ada("show", "ada").out
    assert "Ada Lovelace" in card
    assert "ada.example" in card
    assert "\x1b" not in card


def test_a_second_sync_finds_nothing_new_and_writes_no_picture(ada: Shell, platforms: PlatformServer) -> None:
    ada("sync", "ada")
    before = [(path, path.stat().st_mtime_ns) for path in ada.pictures()]
    downloads = platforms.log.count(platform="pictures")
    assert ada("sync", "ada").out == "Profile photo unchanged from bluesky\n"
    assert [(path, path.stat().st_mtime_ns) for path in ada.pictures()] == before
    assert platforms.log.count(platform="pictures") == downloads


def test_show_why_names_every_attempt_with_its_reason(ada: Shell, platforms: PlatformServer) -> None:
    platforms.world.join("ada", "github", "ada", picture=2)
    platforms.world.join("ada", "instagram", "ada.l", picture=3)
    platforms.world.default_avatar("ada", "instagram")
    assert ada("connect", "ada", "instagram", "ada.l").code == 0
    assert ada("connect", "ada", "github", "ada").code == 0
    chain = {step["source"]: step for step in ada("show", "ada", "--why", "--json").json["chain"]}
    assert list(chain) == ["instagram", "bluesky", "github", "initials"]
    assert (chain["instagram"]["state"], chain["instagram"]["reason"]) == ("absent", "default_picture")
    assert chain["instagram"]["asked"]
    assert (chain["bluesky"]["verdict"], chain["bluesky"]["state"]) == ("wins", "found")
    assert chain["bluesky"]["next_due_at"]
    assert chain["github"]["verdict"] is None
    text = ada("show", "ada", "--why").out
    assert "instagram" in text
    assert "Offers a good picture." in text


def test_when_the_platform_is_down_the_picture_stays_and_the_code_says_so(
    ada: Shell, platforms: PlatformServer
) -> None:
    ada("sync", "ada")
    before = ada("show", "ada", "--json").json
    platforms.world.set_faults("bluesky", Faults(down="close"))
    kept = ada("sync", "ada", "--json")
    assert kept.code == 3
    assert kept.json["outcome"] == "kept"
    after = ada("show", "ada", "--json").json
    assert {**after, "synced_at": None} == {**before, "synced_at": None}


def test_a_throttled_platform_says_when_and_is_not_asked_before(
    ada: Shell, platforms: PlatformServer
) -> None:
    platforms.world.set_faults("bluesky", Faults(throttle=0, hold=600))
    assert ada("sync", "ada").code == 75
    platforms.world.set_faults("bluesky")
    asked = platforms.log.count(platform="bluesky")
    assert ada("sync", "ada").code == 75
    assert platforms.log.count(platform="bluesky") == asked


def test_a_new_picture_is_seen_at_the_next_sync(ada: Shell, platforms: PlatformServer) -> None:
    ada("sync", "ada")
    before = ada("show", "ada", "--json").json["content_hash"]
    platforms.world.set_picture("ada", "bluesky", 7)
    assert ada("sync", "ada").out == "Profile photo updated from bluesky\n"
    assert ada("show", "ada", "--json").json["content_hash"] != before


def test_connecting_syncs_at_once_and_disconnecting_falls_back_at_once(
    ada: Shell, platforms: PlatformServer
) -> None:
    ada("sync", "ada")
    platforms.world.join("ada", "youtube", "adatube", picture=4)
    assert ada("connect", "ada", "YouTube", "@adatube").out == "Profile photo updated from youtube\n"
    gone = ada("disconnect", "ada", "youtube")
    assert (gone.code, gone.out) == (
        0,
        "Disconnected youtube from Ada Lovelace. Shown now: the picture from bluesky.\n",
    )
    last = ada("disconnect", "ada", "bluesky", "--json").json
    assert (last["outcome"], last["previous_source"], last["source"]) == ("demoted", "bluesky", "initials")
    assert ada("show", "ada", "--json").json["url"] is None
    again = ada("disconnect", "ada", "bluesky")
    assert (again.code, again.err.splitlines()[0]) == (
        2,
        "Error: Ada Lovelace has no bluesky account connected.",
    )


def test_a_token_reaches_the_platform_and_never_the_output(
    online: Shell, platforms: PlatformServer, tmp_path: Path
) -> None:
    platforms.world.add("ada", "Ada")
    token = platforms.world.join("ada", "tiktok", "ada", picture=1, own_token=True).token
    assert token is not None
    online("add", "Ada", "--id", "ada")
    file = tmp_path / "token.json"
    file.write_text(json.dumps({"access_token": token, "refresh_token": "rft.S3CRETS3CRET"}))
    everything = [
        online("connect", "ada", "tiktok", "ada", "--token-file", str(file)),
        online("--verbose", "sync", "ada"),
        online("show", "ada", "--why", "--json"),
        online("--log-format", "json", "sync-all", "--force"),
    ]
    assert everything[0].out == "Profile photo updated from tiktok\n"
    for done in everything:
        assert token not in done.out + done.err
        assert "S3CRET" not in done.out + done.err


def test_every_platform_of_the_registry_has_its_option_and_its_column(shell: Shell) -> None:
    handles = {platform: provider_class(platform).info.handle_example for platform in PROVIDERS}
    options = [word for platform, handle in handles.items() for word in (f"--{platform}", handle)]
    assert shell("add", "Ada", "--id", "ada", *options).code == 0
    rows = ",".join(["id", "name", *handles]), ",".join(["bea", "Bea", *handles.values()])
    assert shell("import", "-", stdin="\n".join(rows)).code == 0
    for talent_id in ("ada", "bea"):
        accounts = shell("show", talent_id, "--json").json["accounts"]
        assert {account["platform"] for account in accounts} == set(PROVIDERS)


def test_a_roster_is_imported_listed_and_synced_with_a_summary(
    online: Shell, platforms: PlatformServer
) -> None:
    rows = ["id,name,bluesky,avatar_url"]
    for number in range(12):
        platforms.world.add(f"t{number}", f"Talent {number}")
        platforms.world.join(f"t{number}", "bluesky", f"t{number}.example", picture=number)
        rows.append(f"t{number},Talent {number},t{number}.example,")
    rows.append("nobody,Nobody,gone.example,")
    imported = online("import", "-", stdin="\n".join(rows))
    assert imported.out == "Imported 13 talents: 13 new, 0 updated.\n"
    assert len(online("list", "--json").lines) == 13
    run = online("sync-all")
    assert run.code == 0
    assert "updated" in run.out
    assert "Looked at 13 talents" in run.out
    assert "1 of them show initials" in run.out
    assert "[CRON] Starting daily talent profile image sync..." in run.err
    assert "[TALENT_IMAGE] t0: Profile photo updated from bluesky" in run.err
    assert "[CRON] Daily talent profile image sync completed" in run.err
    nothing = online("sync-all")
    assert (nothing.code, nothing.out) == (0, "Nobody is due: everyone was looked at recently.\n")
    table = online("list").out
    assert "Talent 11" in table


def test_a_run_in_json_is_one_object_a_line_and_a_summary_that_adds_up(
    online: Shell, platforms: PlatformServer
) -> None:
    for number in range(5):
        platforms.world.add(f"t{number}", "T")
        platforms.world.join(f"t{number}", "github", f"t{number}", picture=number)
        online("add", "T", "--id", f"t{number}", "--github", f"t{number}")
    run = online("sync-all", "--limit", "3", "--json")
    *outcomes, summary = run.lines
    assert [outcome["outcome"] for outcome in outcomes] == ["updated"] * 3
    assert summary["summary"] is True
    assert summary["looked_at"] == 3 == sum(summary[kind.value] for kind in OutcomeKind)
    assert summary["still_due"] == 2
    rest = online("sync-all", "--json").lines
    assert {o["talent_id"] for o in rest[:-1]} == {"t3", "t4"}
    assert online("sync-all", "--force", "--all", "--json").lines[-1]["unchanged"] == 5


def test_log_lines_can_be_json(ada: Shell) -> None:
    lines = [json.loads(line) for line in ada("--log-format", "json", "sync-all").err.splitlines()]
    assert [line["tag"] for line in lines] == ["CRON", "TALENT_IMAGE", "CRON"]
    assert (lines[1]["talent_id"], lines[1]["outcome"], lines[1]["source"]) == ("ada", "updated", "bluesky")


def test_the_store_and_the_pictures_are_made_with_the_right_modes(ada: Shell) -> None:
    ada("sync", "ada")
    assert stat.S_IMODE((ada.data / "talentimg.db").stat().st_mode) == 0o600


def test_hostile_names_and_ids_are_shown_harmlessly(online: Shell) -> None:
    name = "[red]x[/red] [/y] \x1b]0;pwned\x07 \u202egnp.\n"
    online("add", name, "--id", 'a%b_c\'; DROP TABLE "Talent";--')
    for words in (
        ("list",),
        ("show", 'a%b_c\'; DROP TABLE "Talent";--'),
        ("show", 'a%b_c\'; DROP TABLE "Talent";--', "--why"),
    ):
        done = online(*words)
        assert done.code == 0
        assert "[red]x[/red]" in done.out
        assert not set("\x1b\x07\u202e") & set(done.out)
    assert online("show", "axb_c").code == 66


def test_two_first_commands_at_once_both_succeed(online: Shell) -> None:
    running = [online.start("add", "T", "--id", f"t{number}") for number in range(4)]
    for process in running:
        process.communicate(timeout=TIME_LIMIT)
    assert [process.returncode for process in running] == [0, 0, 0, 0]
    assert len(online("list", "--json").lines) == 4


def test_migrate_says_where_the_store_stands_and_prints_sql_without_doing_anything(shell: Shell) -> None:
    assert shell("migrate", "--status", "--json").json["current"] is None
    sql = shell("migrate", "--sql")
    assert 'CREATE TABLE "Talent"' in sql.out
    assert not (shell.data / "talentimg.db").exists()
    assert shell("migrate").code == 0
    assert shell("migrate").code == 0
    assert shell("migrate", "--status", "--json").json["pending"] == []
    assert shell("migrate", "--down").code == 0
    assert shell("migrate", "--status", "--json").json["current"] is None


def test_settings_are_shown_with_their_origin_and_secrets_masked(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[sync]\nlimit = 5\n[providers.youtube]\napi_key = 'AIzaS3CRET'\n")
    shown = shell(
        "--config", str(file), "config", "--json", TALENTIMG_DATABASE_URL="sqlite:////x/u:S3CRET@y.db"
    )
    assert shown.json["settings"]["sync.limit"]["value"] == "5"
    assert shown.json["settings"]["sync.limit"]["origin"] == str(file)
    assert "S3CRET" not in shown.out + shown.err
    assert f"hold a secret.\nHint: Fix it with: chmod 600 {file}\n" in shown.err
    assert "providers.youtube.api_key" in shell("config").out


def test_the_demo_ends_with_pictures_on_disk_and_cleans_up(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = shell("demo", "--folder", str(folder))
    assert done.code == 0, done.err
    assert list((folder / "images").rglob("*.webp"))
    assert "What to try next" in done.out
    assert str(folder) in done.err
    # The environment outranks the file, and this shell's names another folder.
    listed = shell(
        "--config", str(folder / "config.toml"), "list", "--json", TALENTIMG_DATA_DIR=str(folder)
    ).lines
    assert len(listed) >= 12
    assert {row["source"] for row in listed} >= {
        "instagram",
        "tiktok",
        "youtube",
        "mastodon",
        "user",
        "initials",
    }
    assert shell("demo", "--clean", "--folder", str(folder)).code == 0
    assert not folder.exists()


def test_the_demo_never_removes_a_folder_that_is_not_its_own(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for words in (("demo",), ("demo", "--clean")):
        done = shell(*words, "--folder", str(tmp_path / "mine"))
        assert done.code == 2
        assert "contains something that is not a demo of ours" in done.err
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_version_help_and_completion_answer(shell: Shell) -> None:
    assert shell("--version").out.startswith("talentimg ")
    assert "sync-all" in shell("--help").out
    assert (
        "talentimg"
        in shell("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1").out
    )
    completed = shell(
        _TALENTIMG_COMPLETE="complete_bash", COMP_WORDS="talentimg sync", COMP_CWORD="1", stdin=""
    )
    assert set(completed.out.split()) >= {"sync", "sync-all"}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("connect ada ins", {"instagram"}),
        ("show a", {"ada", "adam"}),
        ("--log-format ", {"text", "json"}),
    ],
)
def test_the_shell_is_offered_platforms_ids_and_choices(shell: Shell, line: str, offered: set[str]) -> None:
    for talent_id in ("ada", "adam", "bea"):
        shell("add", "T", "--id", talent_id)
    words = f"talentimg {line}"
    done = shell(
        _TALENTIMG_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1)
    )
    assert set(done.out.split()) == offered


def test_connecting_says_what_came_of_an_account_that_does_not_win(
    ada: Shell, platforms: PlatformServer
) -> None:
    done = ada("connect", "ada", "tiktok", "ada.tok")
    assert done.out.splitlines()[0] == "Profile photo updated from bluesky"
    assert done.out.splitlines()[1].startswith("tiktok: ")
    lower = ada("connect", "ada", "website", "ada.example")
    assert lower.out.splitlines()[1] == "website was not asked: bluesky comes before it."


def test_a_reader_that_leaves_early_is_no_error(online: Shell) -> None:
    online("import", "-", stdin="id,name\n" + "".join(f"t{n},T\n" for n in range(2000)))
    running = online.start("list", "--json")
    assert running.stdout is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr is not None
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait(timeout=TIME_LIMIT) == 0
    assert "Traceback" not in said


def test_what_runs_on_a_schedule_takes_last_nights_talents_again(ada: Shell) -> None:
    """A nightly run starts a little earlier or later than last night's: nobody may be left out."""
    ada("sync-all")
    time.sleep(0.01)
    assert ada("sync-all", "--min-age", "0", "--json").lines[-1]["looked_at"] == 1
