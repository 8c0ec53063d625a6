"""Flag over environment over file over default; what is wrong is named with its place."""

from __future__ import annotations

import os
import pwd
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from talentimg.errors import ConfigError
from talentimg.providers.settings import check_providers
from talentimg.settings import OPTIONS, load_settings
from talentimg.settings.row import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.settings import Option, Settings


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        return file

    return write


def test_without_anything_the_defaults_hold_and_point_into_the_users_data_folder() -> None:
    settings = load_settings()
    assert settings.sync_limit == 200
    assert settings.database_url == f"sqlite:///{settings.data_dir / 'talentimg.db'}"
    assert settings.images_store == (settings.data_dir / "images").as_uri()
    assert set(settings.origins.values()) == {"default"}


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(config: Callable[[str], Path]) -> None:
    file = config("[sync]\nlimit = 1\nconcurrency = 2\ngrace_days = 3\n")
    environment = {"TALENTIMG_SYNC_LIMIT": "10", "TALENTIMG_SYNC_CONCURRENCY": "20"}
    settings = load_settings(flags={"sync.limit": 100}, config=file, environment=environment)
    assert (settings.sync_limit, settings.sync_concurrency, settings.sync_grace_days) == (100, 20, 3.0)
    assert settings.origins["sync.limit"] == "--sync-limit"
    assert settings.origins["sync.concurrency"] == "TALENTIMG_SYNC_CONCURRENCY"
    assert settings.origins["sync.grace_days"] == str(file)


def test_the_apps_database_url_is_used_unless_ours_is_set() -> None:
    theirs = {"DATABASE_URL": "sqlite:////theirs.db"}
    assert load_settings(environment=theirs).database_url == "sqlite:////theirs.db"
    both = {**theirs, "TALENTIMG_DATABASE_URL": "sqlite:////ours.db"}
    assert load_settings(environment=both).database_url == "sqlite:////ours.db"


def test_the_file_in_the_users_config_folder_is_found_by_itself() -> None:
    from talentimg.settings import config_file_path

    usual = config_file_path()
    assert usual is not None
    usual.parent.mkdir(parents=True)
    usual.write_text("[sync]\nlimit = 7\n")
    assert load_settings().sync_limit == 7


def test_lists_come_from_toml_and_from_commas() -> None:
    environment = {"TALENTIMG_HTTP_ALLOW_PRIVATE": "10.0.0.0/8, ::1/128,"}
    assert load_settings(environment=environment).http_allow_private == ("10.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[sync]\nlimt = 3\n", 2, "Did you mean 'sync.limit'?"),
        ("\n[sync]\nlimit = 'many'\n", 3, "whole number"),
        ("[sync]\nlimit = 0\n", 2, "from 1 to"),
        ("[sync]\nlimit = true\n", 2, "whole number"),
        ("[http]\nallow_private = [1]\n", 2, "list of texts"),
        ("database_url = 3\n", 1, "text in quotes"),
        ("[sync]\ngrace_days = nan\n", 2, "a number from 0 to 10000"),
        ("[sync]\nconcurrency = 99999999\n", 2, "from 1 to 1000"),
        ("[log]\nformat = 'xml'\n", 2, "one of text, json"),
        ("[sync]\n[sync]\n", 2, "not TOML"),
        ("[providers.bluesky]\nbase_url = true\n", 2, "text in quotes"),
        ("[providers.bluesky]\nper_minute = 0x1000000000000000000\n", 2, "too large"),
        ("# \u2028 \x85\n[sync]\nlimit = 0\n", 3, "from 1 to"),
        ("\n'sync' . \"limit\" = 0\n", 2, "from 1 to"),
        ("\n[ 'sync' ]\n'limit' = 0\n", 3, "from 1 to"),
        ("\nsync = { order = [], limit = 0 }\n", 2, "from 1 to"),
        ("\n[[sync]]\nlimit = 3\n", 2, "sync is a section"),
        ("http = 3\n", 1, "http is a section"),
        ("[[providers]]\nname = 'github'\n", 1, "providers is a section"),
        ("[http]\nallow_private = [\n  '10.0.0.0/8',\n]\ntimeout = 0\n", 5, "from 0.1 to"),
        ("[http.timeout]\nlimit = 3\n[sync]\nlimit = 0\n", 2, "no setting 'http.timeout.limit'"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(
    config: Callable[[str], Path], text: str, line: int, says: str
) -> None:
    file = config(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(config=file)
    assert f"{file}, line {line}" in caught.value.message
    assert says in caught.value.message


def test_an_unknown_setting_is_answered_with_those_of_its_section(config: Callable[[str], Path]) -> None:
    """`talentimg config` could not list them: it reads the same file."""
    with pytest.raises(ConfigError) as caught:
        load_settings(config=config("[log]\nlevel = 'all'\n"))
    assert caught.value.hint == "One of these: log.format"
    with pytest.raises(ConfigError) as caught:
        load_settings(config=config("[logging]\nlevel = 'all'\n"))
    assert all(option.key in (caught.value.hint or "") for option in OPTIONS)


def test_a_bracket_that_is_not_closed_has_no_line_but_a_hint(config: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: this is not TOML") as caught:
        load_settings(config=config("[http]\nallow_private = [\n"))
    assert caught.value.hint == "Look for a quote or a bracket that is not closed."


def load_text(text: str) -> Settings:
    """What a file with this text makes of the settings."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "c.toml"
        file.write_bytes(text.encode("utf-8", "replace"))
        return load_settings(config=file, environment={})


WORDS = ["sync", "http", "providers", "github", "token", "limit", "timeout", "data_dir", "x", "é"]
NUMBERS = ["1", "-0", "1.5", "nan", "1e400", "9" * 400, "9" * 5000, "0x" + "f" * 5000, "1979-05-27", "true"]
VALUES = st.recursive(
    st.sampled_from(['""', "'x'", '"\\u0000"', *NUMBERS]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | inner.map(lambda part: f"{{ limit = {part} }}")
    ),
    max_leaves=3,
)
KEYS = st.lists(st.sampled_from([*WORDS, '""', '"a.b"']), min_size=1, max_size=4).map(".".join)
LINES = (
    st.tuples(KEYS, VALUES).map(" = ".join) | KEYS.map("[{}]".format) | KEYS.map("[[{}]]".format) | st.text()
)


@given(st.lists(LINES, max_size=6).map("\n".join))
@example("a = " + "[" * 50_000)
@example("a = " + "{ a = " * 5_000)
@example(".".join(["a"] * 5_000) + " = 1")
@example("providers.github.per_minute = 0x" + "f" * 5_000)
@example("[http]\ntimeout = 1" + "0" * 400)
def test_no_file_ends_in_anything_but_settings_or_a_sentence_that_names_it(text: str) -> None:
    try:
        check_providers(load_text(text))
    except ConfigError as error:
        assert "c.toml" in error.message  # noqa: PT017  most texts are no settings, but some are


NOISE = ["", "# images.depth = 3", "\t# \u2028 [images]", "  # depth ="]
WAYS = ["{}.{} = 1", " {}.'{}'=1", '"{}" . {}\t= 1 # images.depth = 1', "{} = {{ {} = 1 }}", "[{}]\n{} = 1"]


@given(
    st.lists(st.sampled_from(NOISE), max_size=4),
    st.sampled_from(WAYS[:-1]),
    st.lists(st.sampled_from(NOISE), max_size=4),
    st.sampled_from(WAYS),
)
def test_the_line_that_is_named_is_never_another(
    before: list[str], way: str, between: list[str], wrong: str
) -> None:
    lines = [*before, way.format("sync", "limit"), *between, *wrong.format("images", "depth").split("\n")]
    with pytest.raises(ConfigError, match=rf"c\.toml, line {len(lines)}: .*'images\.depth'"):
        load_text("\n".join(lines))


def test_a_name_that_no_file_can_have_is_an_error() -> None:
    with pytest.raises(ConfigError, match="cannot be read: file name too long"):
        load_settings(config=Path("x" * 5_000))
    with pytest.raises(ConfigError, match="cannot be read: no access"):
        load_settings(config=Path("x\0"))


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    with pytest.raises(ConfigError, match="TALENTIMG_SYNC_LIMIT"):
        load_settings(environment={"TALENTIMG_SYNC_LIMIT": "٣"})


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml does not exist"):
        load_settings(config=tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_settings(config=tmp_path / "c.toml")


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(config=tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="file modes are different there")
def test_a_file_with_credentials_that_others_can_read_is_warned_of(config: Callable[[str], Path]) -> None:
    file = config("[providers.github]\ntoken = 'ghp_x'\n")
    assert load_settings(config=file).warnings == ()
    file.chmod(0o644)
    (warning,) = load_settings(config=file).warnings
    assert warning.message == f"Other users can read {file}, which seems to hold a secret."
    assert warning.hint == f"Fix it with: chmod 600 {file}"


@pytest.mark.skipif(os.name == "nt", reason="file modes are different there")
def test_the_command_that_closes_a_file_can_be_copied(tmp_path: Path) -> None:
    file = tmp_path / "my settings.toml"
    file.write_text("[sync]\nlimit = 7\n")
    file.chmod(0o666)
    assert load_settings(config=file).warnings[0].hint == f"Fix it with: chmod 600 '{file}'"


def test_a_file_that_everybody_can_change_is_warned_about(config: Callable[[str], Path]) -> None:
    file = config("[sync]\nlimit = 7\n")
    for mode, warned in ((0o600, False), (0o644, False), (0o664, False), (0o666, True), (0o602, True)):
        file.chmod(mode)
        assert (
            any("Every user can change" in one.message for one in load_settings(config=file).warnings)
            is warned
        )


def test_no_representation_of_the_settings_shows_a_secret(config: Callable[[str], Path]) -> None:
    file = config("database_url = 'x://u:S3CRET@h/d'\n[providers.github]\ntoken = 'S3CRET'\n")
    assert "S3CRET" not in repr(load_settings(config=file))


@pytest.mark.parametrize(
    "url", ["garbage", "ftp://x", "https://", "https://u:p@x", "https://x/a b", "https://x?y"]
)
def test_a_public_url_that_browsers_could_not_use_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="PUBLIC_URL"):
        load_settings(environment={"TALENTIMG_IMAGES_PUBLIC_URL": url})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ping_url = 'hc-ping.com/x'\n", "line 1, ping_url: it has to be a web address."),
        ("[http]\nuser_agent = ''\n", "line 2, http.user_agent: it has to be one line of plain ASCII."),
    ],
)
def test_a_text_of_the_wrong_form_is_named_with_its_line_and_an_example(
    config: Callable[[str], Path], text: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        load_settings(config=config(text))
    assert (caught.value.hint or "").startswith("Like this: ")


def test_a_slash_at_the_end_of_the_public_url_makes_no_difference() -> None:
    environment = {"TALENTIMG_IMAGES_PUBLIC_URL": "https://pictures.example.com/a//"}
    assert load_settings(environment=environment).images_public_url == "https://pictures.example.com/a"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_the_default_of_a_setting_may_also_be_given(option: Option) -> None:
    """So it is of the setting's own type and form, and within its own bounds."""
    default = str(option.default) if isinstance(option.default, Path) else option.default
    settings = load_settings(flags={option.key: default})
    assert isinstance(settings.value(option), type(option.default))


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_the_default_of_a_setting_is_written_as_its_type(option: Option) -> None:
    """`5` would pass for a float, but the type alone decides what is read."""
    default = option.default
    assert option.kind == {tuple: "tuple[str, ...]", type(Path()): "Path"}.get(
        type(default), type(default).__name__
    )


def test_a_setting_stands_in_the_section_that_its_name_begins_with() -> None:
    keys = {option.name: option.key for option in OPTIONS}
    assert keys["http_max_picture_bytes"] == "http.max_picture_bytes"
    assert keys["database_url"] == "database_url"


def test_every_option_has_its_own_variable_and_a_sentence() -> None:
    assert len({option.variable for option in OPTIONS}) == len(OPTIONS)
    assert all(option.help.endswith(".") for option in OPTIONS)


@pytest.fixture
def without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a user of a container who is no more than a number."""

    def no_such_user(*_: object) -> NoReturn:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", no_such_user)


@pytest.mark.usefixtures("without_a_home")
def test_a_user_without_a_home_is_told_what_to_give() -> None:
    with pytest.raises(ConfigError, match="has no home folder"):
        load_settings(environment={})


@pytest.mark.usefixtures("without_a_home")
def test_a_user_without_a_home_can_work_all_the_same(tmp_path: Path) -> None:
    given = {"TALENTIMG_DATA_DIR": str(tmp_path)}
    assert load_settings(environment=given).data_dir == tmp_path
    elsewhere = {"DATABASE_URL": "postgresql://app@db.example/app", "TALENTIMG_IMAGES_STORE": "s3://pictures"}
    assert load_settings(environment=elsewhere).images_store == "s3://pictures"


def test_settings_that_begin_with_the_same_word_stand_in_a_section_of_the_file() -> None:
    words = Counter(option.name.partition("_")[0] for option in OPTIONS)
    assert {word for word, number in words.items() if number > 1} <= set(SECTIONS)
