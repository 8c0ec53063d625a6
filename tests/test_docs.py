"""The documentation is true: pages are generated whole, and what the others show would work.

Whether the generated pages in `docs/reference/` are current is asked by `docs/generate.py --check` in
`.ci/run`, so that the tests pass before the pages of a new provider are written.
"""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
import typer

from talentimg import cli, errors
from talentimg.cli.commands import EVERYWHERE
from talentimg.http.interface import Api, Reply
from talentimg.models import Account, FeedEntry, FeedKind, HistoryEntry, OutcomeKind, Reason, State, Token
from talentimg.providers.interface import Absent, Found, ProviderContext, RemotePicture
from talentimg.providers.registry import PROVIDERS, platform_names, provider_class
from talentimg.providers.settings import check_providers
from talentimg.repository.interface import Change
from talentimg.repository.migrations import upgrade
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.urls import sqlite_url
from talentimg.service.decision import state
from talentimg.service.decision.chain import Verdict
from talentimg.service.people.files.roster import read_roster
from talentimg.service.people.files.token import parse_token
from talentimg.service.run.recrop import Recut
from talentimg.settings import CONFIG_VARIABLE, OPTIONS, load_settings
from talentimg.shapes import feed_entry_json
from tests import conftest, postgres
from tests.conftest import NOW
from tests.corpus import packages
from tests.repository import app_schema
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from talentimg.providers.interface import Provider

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
GENERATE = DOCS / "generate.py"
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`(talentimg [^`]+)`")
COMMANDS = re.compile(r"(?:^|[\s=/])talentimg (?P<words>.*)")
SHELLS = {"sh", "crontab", "ini"}
LANGUAGES = SHELLS | {"text", "toml", "csv", "json", "python", "sql", "yaml", "nginx"}
SET_UP = "python3 -m pip install --quiet --upgrade --target .uv uv && .uv/bin/uv run "


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def fences(page: Path, *languages: str) -> Iterator[str]:
    """The fenced blocks of a page in these languages."""
    for language, block in FENCE.findall(text_of(page)):
        if not languages or language in languages:
            yield block


def blocks(*languages: str) -> list[Any]:
    """A parameter for each fenced block in these languages, on any page."""
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, block in enumerate(fences(page, *languages), start=1)
    ]


def on_each_page() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


# -- the generated pages ---------------------------------------------------------------------


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(GENERATE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIME_LIMIT)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of pages as the code makes them now."""
    folder = tmp_path_factory.mktemp("reference")
    done = generate("--folder", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_a_stale_page_is_named_and_mended(tmp_path: Path) -> None:
    assert generate("--folder", str(tmp_path)).returncode == 0
    page = tmp_path / "settings.md"
    page.write_text("something old", "utf-8")
    stale = generate("--check", "--folder", str(tmp_path))
    assert stale.returncode == 1
    assert "settings.md" in stale.stderr
    assert "cli.md" not in stale.stderr
    assert page.read_text("utf-8") == "something old"
    assert generate("--folder", str(tmp_path)).returncode == 0
    assert generate("--check", "--folder", str(tmp_path)).returncode == 0


def test_the_generated_pages_know_nothing_of_this_machine() -> None:
    for page in REFERENCE.glob("*.md"):
        assert str(Path.home()) not in text_of(page)
        assert str(ROOT) not in text_of(page)


# -- everything has its place ---------------------------------------------------------------


def commands() -> Mapping[str, Any]:
    root: Any = typer.main.get_command(cli.app)
    commands: Mapping[str, Any] = root.commands
    return commands


def test_every_command_and_option_has_its_place(generated: Path) -> None:
    page = text_of(generated / "cli.md")
    for name, command in commands().items():
        assert f"\n### {name}\n" in page
        section = page.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        own = [p for p in command.params if getattr(p, "rich_help_panel", None) != EVERYWHERE]
        for parameter in own:
            names = parameter.opts if parameter.param_type_name == "option" else [parameter.metavar]
            assert all(f"`{written}`" in section for written in names)


def test_every_state_has_its_place() -> None:
    page = text_of(REFERENCE / "outcomes.md")
    table = page.partition("## How a talent stands")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == precedence()


def precedence() -> list[str]:
    """The states in the order in which the code that decides tells of them."""
    return re.findall(r"^[0-9]\. `(\w+)`:", state.__doc__ or "", re.MULTILINE)


def test_the_code_tells_of_every_state() -> None:
    assert sorted(precedence()) == sorted(state.TalentState)


def test_every_setting_has_its_place(generated: Path) -> None:
    page = text_of(generated / "settings.md")
    for option in OPTIONS:
        assert f"`{option.key}` | `{option.variable}`" in page
    for platform in PROVIDERS:
        for setting in provider_class(platform).info.options:
            assert f"`providers.{platform}.{setting.key}`" in page


def test_every_provider_has_its_place(generated: Path) -> None:
    page = text_of(generated / "providers.md")
    for platform in PROVIDERS:
        info = provider_class(platform).info
        assert f"\n## {platform}\n" in page
        assert info.docs in page
        assert info.needs in page


def test_every_exit_code_has_its_place(generated: Path) -> None:
    page = text_of(generated / "exit-codes.md")
    for name, error in vars(errors).items():
        if isinstance(error, type) and issubclass(error, errors.TalentimgError):
            assert f"\n| {error.exit_code} | " in page
            assert name == "TalentimgError" or f"`{name}` | {error.exit_code} |" in page


@pytest.mark.parametrize("word", [*OutcomeKind, *State, *Reason])
def test_every_word_for_what_happened_is_explained(word: str) -> None:
    assert f"`{word}`" in text_of(REFERENCE / "outcomes.md")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_of_show_why_is_explained(verdict: str) -> None:
    assert f"`{verdict}`" in text_of(DOCS / "how-to" / "find-out-why.md")


def documented_tables() -> dict[str, set[str]]:
    """The columns of each table, by its name on SQLite."""
    rows = [line for line in text_of(REFERENCE / "files.md").splitlines() if line.startswith("| `")]
    return {row.split("`")[1].strip('"'): set(re.findall(r"[\w]+", row.split("|")[2])) for row in rows}


def test_every_table_and_column_has_its_place(tmp_path: Path) -> None:
    upgrade(sqlite_url(tmp_path / "roster.db"))
    documented = documented_tables()
    with closing(sqlite3.connect(tmp_path / "roster.db")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert set(tables) <= set(documented)
        for table in tables:
            columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
            assert documented[table] == columns


def test_every_table_and_column_on_postgres_has_its_place(new_database: str) -> None:
    query = """SELECT table_schema, table_name, array_agg(column_name::text) FROM information_schema.columns
        WHERE table_schema IN ('public', 'talentimg') GROUP BY 1, 2"""
    with postgres.connect(new_database) as connection:
        found = connection.execute(query.encode()).fetchall()
    named = {f"talentimg_{name}" if schema == "talentimg" else name: set(c) for schema, name, c in found}
    assert named == documented_tables()


def test_the_rights_on_the_page_suffice_for_a_run(databases: postgres.Databases, empty_database: str) -> None:
    if databases.server is None:
        pytest.skip("makes a role that another server may have")
    role = f"pictures_{empty_database.rpartition('/')[2]}"
    (grants,) = fences(DOCS / "how-to" / "run-on-postgres.md", "sql")
    app_schema.make(empty_database)
    upgrade(empty_database)
    with postgres.connect(empty_database) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        connection.execute(grants.replace("agency_pictures", role).encode())
        try:
            look_as(role, empty_database)
        finally:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def look_as(role: str, url: str) -> None:
    """What a run does, as another role."""
    options = f"options={quote(f'-c role={role}')}"
    with PostgresRepository.open(f"{url}{'&' if '?' in url else '?'}{options}") as repository:
        assert repository.claim(NOW, before=None, limit=9, lease=timedelta(hours=1)) == ["ada", "bob"]
        ada = repository.load("ada")
        shown = replace(ada.selection, source="instagram", url="https://new.example/ada.webp", synced_at=NOW)
        errors_of = ((ada.talent.accounts[0].id, None),)
        assert repository.save([Change("ada", shown, account_errors=errors_of, read=ada)], NOW) == []
        repository.save_token(ada.talent.accounts[0], Token("new", None, NOW))
        repository.release(["bob"])
        assert repository.load("ada").selection.url == shown.url
        assert [row.talent_id for row in repository.roster()] == ["ada", "bob", "cid"]


def test_every_runtime_dependency_has_its_reason() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    decisions = "\n".join(text_of(page) for page in (DOCS / "decisions").glob("*.md")).lower()
    for dependency in project["dependencies"]:
        name = re.match(r"[\w-]+", dependency)
        assert name
        assert re.search(rf"\b{re.escape(name[0].lower())}\b", decisions), name[0]


def test_every_page_can_be_reached_from_the_index() -> None:
    index = text_of(DOCS / "index.md")
    for page in DOCS.rglob("*.md"):
        assert page.name == "index.md" or f"({page.relative_to(DOCS).as_posix()})" in index


# -- links -----------------------------------------------------------------------------------


@on_each_page()
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", text_of(page))):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{link}: no such file"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# -- commands ----------------------------------------------------------------------------------


@on_each_page()
def test_every_block_says_what_it_is(page: Path) -> None:
    """A block without a language would escape the tests below."""
    for language, _ in FENCE.findall(text_of(page)):
        assert language in LANGUAGES


def shown_commands(page: Path) -> Iterator[str]:
    """The words after `talentimg` of every command on a page."""
    for block in fences(page, *SHELLS):
        for line in block.replace("\\\n", " ").splitlines():
            match = COMMANDS.search(line)
            if match and not line.lstrip().startswith("#") and "python -m" not in line[: match.start()]:
                yield match["words"]
    for inline in INLINE.findall(FENCE.sub("", text_of(page))):
        words = inline.removeprefix("talentimg ")
        if words in commands():
            continue  # the command's name in a sentence
        yield words


def words_of(line: str) -> list[str]:
    """What the program would be given: up to a comment, a pipe or a redirection."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|&;<>()"):
            break
        words.append(word)
    return words


def check_command(words: list[str]) -> None:
    """Parse a command line as the program would, and run nothing."""
    root: Any = typer.main.get_command(cli.app)
    try:
        context = root.make_context("talentimg", words)
        name, command, rest = root.resolve_command(context, [*context._protected_args, *context.args])
        command.make_context(name, rest, parent=context)
    except typer.Exit:
        pass  # --version, --help


@on_each_page()
def test_every_command_would_be_understood(page: Path) -> None:
    for line in shown_commands(page):
        words = words_of(line)
        if "[OPTIONS]" in words or words[0] in {"--install-completion", "--show-completion"}:
            continue  # usage in the reference; typer's own
        try:
            check_command(words)
        except Exception as error:  # noqa: BLE001  typer keeps its usage errors to itself
            pytest.fail(f"talentimg {line}: {error!r}")


def test_a_wrong_command_would_be_noticed() -> None:
    for wrong in (["sync", "ada", "--forse"], ["synch", "ada"], ["show"]):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            check_command(wrong)


def test_the_readme_holds_exactly_the_two_commands_that_set_up_and_run() -> None:
    found = [line for block in fences(README, "sh") for line in block.splitlines() if "--target .uv" in line]
    assert found == [f"{SET_UP}--no-dev talentimg demo", f"{SET_UP}pytest"]
    for command in found:
        assert f"```sh\n{command}\n```" in text_of(README)


# -- examples --------------------------------------------------------------------------------------


def test_every_variable_of_ours_exists() -> None:
    known = {option.variable for option in OPTIONS} | {CONFIG_VARIABLE}
    known |= {
        f"TALENTIMG_PROVIDERS_{platform}_{setting.key}".upper()
        for platform in PROVIDERS
        for setting in provider_class(platform).info.options
    }
    example = {"TALENTIMG_PROVIDERS_FORUM_BASE_URL", postgres.VARIABLE, packages.VARIABLE, conftest.VARIABLE}
    for page in PAGES:
        assert set(re.findall(r"TALENTIMG_[A-Z_]+[A-Z]", text_of(page))) <= known | example, page.name


@pytest.mark.parametrize("block", [b for b in blocks("toml") if "[project" not in b.values[0]])
def test_every_example_of_a_settings_file_can_be_read(block: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.touch(0o600)
    file.write_text(block, "utf-8")
    check_providers(load_settings(config=file, environment={}))


@pytest.mark.parametrize("block", blocks("csv"))
def test_every_example_of_a_roster_can_be_read(block: str) -> None:
    for _, talent in read_roster(block.encode(), "the example", platform_names()).talents:
        for account in talent.accounts:
            provider_class(account.platform).normalise(account.handle)


@pytest.mark.parametrize("block", blocks("json"))
def test_every_example_in_json_is_what_it_seems(block: str) -> None:
    document = json.loads(block)
    if isinstance(document, list):
        assert read_roster(block.encode(), "the example", platform_names()).talents
    elif "access_token" in document:
        assert parse_token(block).access_token
    elif "type" in document:
        step = HistoryEntry("ada", NOW, "initials", None, "instagram", "c", "x", "sync")
        told = feed_entry_json(FeedEntry(1, FeedKind.PICTURE_CHANGED, NOW, "ada", step=step), lambda *_: None)
        assert (document.keys(), document["data"].keys()) == (told.keys(), told["data"].keys())
        assert document["type"] in list(FeedKind)
    elif "looked_at" in document:
        assert document["looked_at"] == sum(document[kind] for kind in OutcomeKind)
    else:
        assert document.keys() == {"summary", "dry_run", "talents", *Recut}


class AnsweringApi(Api):
    """Answers every request alike."""

    def __init__(self, status: int, body: object = None) -> None:
        self._status = status
        self._body = json.dumps(body).encode()

    async def request(self, method: str, url: str, **_: object) -> Reply:
        assert (method, url) == ("GET", "https://forum.example.com/api/members/ada_lovelace")
        return Reply(self._status, {}, self._body, url)


def example_provider() -> type[Provider]:
    """The provider of the how-to page."""
    (source,) = fences(DOCS / "how-to" / "write-a-provider.md", "python")
    names: dict[str, Any] = {"__name__": "talentimg_forum"}
    exec(compile(source, "write-a-provider.md", "exec"), names)
    found: type[Provider] = names["Forum"]
    return found


def example_answering(api: Api) -> Provider:
    settings = {setting.key: setting.default for setting in example_provider().info.settings}

    nothing: Any = None  # the forum has no tokens, and no other hosts
    return example_provider()(ProviderContext(api, nothing, settings, lambda: NOW, nothing))


async def test_the_example_of_a_provider_works() -> None:
    ada = Account("1", "ada", "forum", "ada_lovelace")
    member = {"id": 7, "avatar_url": "https://cdn.forum.example.com/7.png", "avatar_version": "3"}
    found = await example_answering(AnsweringApi(200, member)).lookup_one(ada)
    picture = RemotePicture(
        ("https://cdn.forum.example.com/7.png",), key="3", hosts=("cdn.forum.example.com",)
    )
    assert found == Found(picture, "7", asked='forum: member "ada_lovelace"')
    words = {"error": {"code": "no_such_member", "message": "Who?"}}
    nobody = await example_answering(AnsweringApi(404, words)).lookup_one(ada)
    assert isinstance(nobody, Absent)
    assert nobody.reason is Reason.NOT_FOUND
    faceless = await example_answering(AnsweringApi(200, {"id": 7, "avatar_url": None})).lookup_one(ada)
    assert isinstance(faceless, Absent)
    assert faceless.reason is Reason.NO_PICTURE
    for other in (AnsweringApi(500), AnsweringApi(404), AnsweringApi(404, {"message": "Not Found"})):
        answers = await example_answering(other).lookup([ada])
        assert isinstance(answers["1"], errors.ProviderError)
