"""Writes the pages of `docs/reference/` that follow from the code.

    uv run python docs/generate.py            write them
    uv run python docs/generate.py --check    write nothing; name the pages that are stale and exit 1

The pages hold no path and no version of the machine that made them.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from talentimg import cli, errors
from talentimg.cli.commands import EVERYWHERE
from talentimg.cli.errors import SIGNAL_BASE
from talentimg.cli.examples import EXAMPLES
from talentimg.errors import BUG, SOME_FAILED, TryLater
from talentimg.providers.registry import PROVIDERS, provider_class
from talentimg.settings import CONFIG_VARIABLE, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from talentimg.providers.interface import ProviderInfo, ProviderSetting
    from talentimg.settings import Option

FOLDER: Final = Path(__file__).parent / "reference"
MADE_BY: Final = "<!-- Made by docs/generate.py: change the code, not this page. -->\n\n"

HANDLES: Final = (
    "A handle may be pasted as it comes: with `@`, in capitals, in full-width letters, with unseen",
    "characters, or as the address of a profile, with whatever follows in it. An address that names nobody",
    "(a post, a reel, a shared link, a page of settings) and one of another platform are refused with what",
    "to give instead. Hosts of other alphabets are kept as DNS has them (`xn--...`).",
)

# Defaults that depend on the machine or the version, in words.
IN_WORDS: Final = {
    "data_dir": "the user's data folder",
    "database_url": "`DATABASE_URL`, else `talentimg.db` in `data_dir`",
    "images.store": "`images` in `data_dir`",
    "sync.order": "that of [the providers](providers.md)",
    "http.user_agent": "`talentimg/` and the version",
}

OTHER_VARIABLES: Final = (
    (CONFIG_VARIABLE, "The settings file, like `--config`."),
    (
        "DATABASE_URL",
        "The [agency app's Postgres](../how-to/run-on-postgres.md), unless `TALENTIMG_DATABASE_URL` is set.",
    ),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "Certificate authorities to believe in place of the usual ones."),
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL",
        "For pictures in `s3://`. `AWS_ALLOW_HTTP=true` allows an endpoint without TLS.",
    ),
    ("GOOGLE_APPLICATION_CREDENTIALS", "For pictures in `gs://`."),
    ("AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY", "For pictures in `az://`."),
    ("NO_COLOR", "No colours, and no pictures on the terminal."),
)

# What a shell script should make of each code. A class of errors.py whose code is missing here is an error.
MEANINGS: Final = {
    0: "All well. An absence that waits for a second look (`kept`) is no trouble.",
    BUG: "An internal error of talentimg. One line says where; what was saved is safe.",
    2: "The command makes no sense: an unknown option, platform or handle, an id that is taken,"
    " options that contradict each other.",
    SOME_FAILED: "Some talents could not be looked at, some pictures wait for review, were not cut anew, or"
    " are damaged or lost. What they had was kept; the others are done.",
    4: "The safety valve shut: too many pictures would have gone, so none did. All else is done.",
    66: "No talent has this id.",
    73: "A file or folder cannot be made or written.",
    TryLater.exit_code: "Not now: the store is busy, full or away, another roster run is under way, every"
    " platform that was asked wants us to wait, or somebody stopped the run before it had looked at"
    " everybody.",
    78: "A setting or a database right is wrong or missing, there is no roster yet, or a database"
    " needs `talentimg migrate` first.",
}


# -- commands ----------------------------------------------------------------------------


def cli_page() -> str:
    """Every command with its arguments and options."""
    root: Any = typer.main.get_command(cli.app)
    lines = [
        "# Commands",
        "",
        f"{root.help}",
        "",
        "`talentimg [OPTIONS] COMMAND [ARGS]...`",
        "",
        "These options go before the command or after it. Every command also has `--help`.",
        "",
        *_options(root),
    ]
    panel = None
    for name, command in root.commands.items():
        if command.rich_help_panel != panel:
            panel = command.rich_help_panel
            lines += ["", f"## {panel}"]
        lines += ["", *_command(name, command)]
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401  typer's own copy of click has no public type
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = ["talentimg", name, *(p.metavar for p in arguments), "[OPTIONS]"]
    yield from (f"### {name}", "", f"`{' '.join(words)}`", "", command.help, "")
    if arguments:
        yield from _table(("Argument", "Meaning"), ((f"`{p.metavar}`", p.help) for p in arguments))
        yield ""
    yield from _options(command)
    for word, sub in getattr(command, "commands", {}).items():
        yield from ("", *_word(f"{name} {word}", sub))
    yield from ("", "```sh", *(f"{words}  # {meaning}" for words, meaning in EXAMPLES[name]), "```")


def _word(words: str, command: Any) -> Iterator[str]:  # noqa: ANN401  likewise
    """A word that may follow a command, with its own arguments and options."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = " ".join(["talentimg", words, *(p.metavar for p in arguments), "[OPTIONS]"])
    yield from (f"#### {words}", "", f"`{usage}`", "", command.help, "")
    if arguments:
        yield from _table(("Argument", "Meaning"), ((f"`{p.metavar}`", p.help) for p in arguments))
        yield ""
    yield from _options(command)


def _options(command: Any) -> Iterator[str]:  # noqa: ANN401  likewise
    options = [
        p
        for p in command.params
        if p.param_type_name == "option" and getattr(p, "rich_help_panel", None) != EVERYWHERE
    ]
    rows = ((_names(p), _help(p), _default(p)) for p in options)
    return _table(("Option", "Meaning", "Default"), rows)


def _names(option: Any) -> str:  # noqa: ANN401  likewise
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return f"{names} {option.metavar}" if option.metavar else names


def _help(option: Any) -> str:  # noqa: ANN401  likewise
    if option.help is None and option.name in PROVIDERS:
        info = provider_class(option.name).info
        return f"{_title(info)}, like `{info.handle_example}`."
    return f"{option.help or ''}{' May be given several times.' if option.multiple else ''}"


def _default(option: Any) -> str:  # noqa: ANN401  likewise
    if isinstance(option.show_default, str):
        return option.show_default
    if option.secondary_opts:
        return f"`{option.opts[0] if option.default else option.secondary_opts[0]}`"
    return "" if option.default in {None, False, ()} else f"`{option.default}`"


# -- settings ----------------------------------------------------------------------------


def settings_page() -> str:
    """Every setting: its key, its variable, its default and what it is for."""
    lines = [
        "# Settings",
        "",
        "A flag wins over the environment, the environment over the file, the file over the default.",
        "`talentimg config` prints every setting with its value and its origin; secrets are masked.",
        "",
        "The file is TOML. It is looked for at `~/.config/talentimg/config.toml` on Linux and at",
        "`~/Library/Application Support/talentimg/config.toml` on macOS, unless `--config` or",
        f"`{CONFIG_VARIABLE}` names another one. The key `http.timeout` stands as `timeout` under `[http]`.",
        "An unknown key is an error. Give a file that holds credentials the mode 600.",
        "",
        "The user's data folder is `~/.local/share/talentimg` on Linux and",
        "`~/Library/Application Support/talentimg` on macOS.",
        "",
        "In the environment a list is written with commas. An empty variable counts as not set.",
        "",
        "## Of the program",
        "",
        *_table(("Key", "Variable", "Flag", "Default", "Meaning"), (_setting(option) for option in OPTIONS)),
        "",
        "`sync-all` has the flags `--limit` and `--min-age` for one run.",
    ]
    for info in (provider_class(name).info for name in PROVIDERS):
        if info.options:
            lines += ["", f"## Of {info.label}", "", *_provider_settings(info)]
    variables = ((", ".join(f"`{v}`" for v in names.split(", ")), what) for names, what in OTHER_VARIABLES)
    lines += ["", "## Other variables", "", *_table(("Variable", "Meaning"), variables)]
    return "\n".join(lines) + "\n"


def _setting(option: Option) -> tuple[str, ...]:
    help_text = option.help + (f" One of: {', '.join(option.choices)}." if option.choices else "")
    return (f"`{option.key}`", f"`{option.variable}`", _flag(option.key), _plain_default(option), help_text)


def _flag(key: str) -> str:
    root: Any = typer.main.get_command(cli.app)
    names = {p.name: p.opts[0] for p in root.params}
    found = names.get(key.replace(".", "_"))
    return f"`{found}`" if found else ""


def _plain_default(option: Option) -> str:
    if option.key in IN_WORDS:
        return IN_WORDS[option.key]
    if option.default in {"", ()}:
        return "none"
    return f"`{option.default:g}`" if isinstance(option.default, float) else f"`{option.default}`"


def _provider_settings(info: ProviderInfo) -> Iterator[str]:
    def row(setting: ProviderSetting) -> tuple[str, ...]:
        variable = f"TALENTIMG_PROVIDERS_{info.name.upper()}_{setting.key.upper()}"
        secret = " Secret." if setting.secret else ""
        default = f"`{setting.default}`" if setting.default else "none"
        return (f"`providers.{info.name}.{setting.key}`", f"`{variable}`", default, setting.help + secret)

    return _table(("Key", "Variable", "Default", "Meaning"), map(row, info.options))


# -- providers ---------------------------------------------------------------------------


def providers_page() -> str:
    """Every platform: what it takes to ask it, and what is known of it."""
    infos = [provider_class(name).info for name in PROVIDERS]
    lines = [
        "# Providers",
        "",
        "In the default order of priority. The setting `sync.order` changes it for everybody.",
        "After the platforms come the user's own avatar and, where nothing else is left, initials.",
        "",
        *_table(
            ("Platform", "It takes", "A handle looks like this", "Or an address of its profile"),
            ((f"[{i.name}](#{i.name})", i.needs, f"`{i.handle_example}`", _address(i)) for i in infos),
        ),
        "",
        *HANDLES,
    ]
    for info in infos:
        lines += ["", *_provider(info)]
    return "\n".join(lines) + "\n"


def _address(info: ProviderInfo) -> str:
    return f"`{info.profiles.like}`" if info.profiles.like else ""


def _provider(info: ProviderInfo) -> Iterator[str]:
    yield from (f"## {info.name}", "")
    if info.notes:
        yield from (info.notes, "")
    hosts = ", ".join(f"`*{host}`" if host.startswith(".") else f"`{host}`" for host in info.picture_hosts)
    keys = ", ".join(f"`{setting.key}`" for setting in info.options)
    facts = [
        ("It takes", info.needs),
        ("Accounts in one call, at most", str(info.batch_size)),
        ("Calls at once, at most", str(info.concurrency)),
        *((("Calls in a minute, at most", str(info.per_minute)),) if info.per_minute else ()),
        *((("Calls a day, at most", str(info.per_day)),) if info.per_day else ()),
        *((("Limits", "each host has its own"),) if info.per_host else ()),
        *(
            (("Its own addresses", ", ".join(f"`{h}`" for h in info.profiles.hosts)),)
            if info.profiles.hosts
            else ()
        ),
        ("Pictures come from", hosts or "any public host"),
        ("[Settings](settings.md)", f"{keys}, under `[providers.{info.name}]`" if keys else "none"),
        ("Documentation", f"<{info.docs}>"),
    ]
    yield from _table((_title(info), ""), facts)


def _title(info: ProviderInfo) -> str:
    return info.label[0].upper() + info.label[1:]


# -- exit codes --------------------------------------------------------------------------


def exit_codes_page() -> str:
    """Every exit code, and which errors end in it."""
    raised: dict[int, list[type[errors.TalentimgError]]] = {}
    for error in _all_below(errors.TalentimgError):
        raised.setdefault(error.exit_code, []).append(error)
    missing = sorted(set(raised) - set(MEANINGS))
    if missing:
        raise SystemExit(f"docs/generate.py has no words for the exit codes {missing}.")
    signals = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    stopped = ", ".join(f"{SIGNAL_BASE + number} ({number.name})" for number in signals)
    rows = [(str(code), what) for code, what in sorted(MEANINGS.items())]
    rows.append((f"{SIGNAL_BASE}+n", f"Signal n ended the command: {stopped}. What was done is kept."))
    lines = [
        "# Exit codes",
        "",
        *_table(("Code", "Meaning"), rows),
        "",
        "Later versions may add codes: take a code that you do not know for a failure.",
        "",
        "A reader that goes away early (`talentimg list | head`) is no failure. A `sync` or `sync-all`",
        "goes on without its reader, as it is done for everybody; its code says how it went.",
        "",
        "## Errors and their codes",
        "",
        "Within a roster run, trouble with one source never ends the run: it becomes an",
        "[outcome](outcomes.md), and code 3 at the end.",
        "",
        *_table(("Error", "Code", "What it says"), _errors(raised)),
    ]
    return "\n".join(lines) + "\n"


def _errors(raised: Mapping[int, Iterable[type[errors.TalentimgError]]]) -> Iterator[tuple[str, ...]]:
    for code, classes in sorted(raised.items()):
        for error in classes:
            yield f"`{error.__name__}`", str(code), (error.__doc__ or "").splitlines()[0]


def _all_below(error: type[errors.TalentimgError]) -> Iterator[type[errors.TalentimgError]]:
    for below in error.__subclasses__():
        if below.__module__ == errors.__name__:
            yield below
            yield from _all_below(below)


# -- writing -----------------------------------------------------------------------------


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(header)
    yield _row(["---"] * len(header))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "cli.md": cli_page,
    "settings.md": settings_page,
    "providers.md": providers_page,
    "exit-codes.md": exit_codes_page,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages, and return the exit code."""
    parser = argparse.ArgumentParser(description="Writes the generated pages of docs/reference/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pages are")
    given = parser.parse_args(arguments)
    pages = {given.folder / name: MADE_BY + make() for name, make in PAGES.items()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if given.check:
            sys.stderr.write(f"{path.name} is stale: uv run python docs/generate.py\n")
        else:
            path.write_text(pages[path], "utf-8")
            sys.stdout.write(f"Wrote {path.name}\n")
    return 1 if given.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
