"""The house is built as drawn: who may import whom, what files are called, and what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import missing

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "referral"
TEMPLATES = ROOT / "templates"

MODULES = sorted(PACKAGE.rglob("*.py"))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = [
    {name.strip("() ") for name in layer.split("|")}
    for layer in next(contract["layers"] for contract in CONTRACTS if contract["id"] == "parts")
]


def test_every_import_keeps_to_the_order_of_the_parts() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    if done.returncode:
        print(done.stdout, done.stderr)
        pytest.fail("a contract of pyproject.toml is broken", pytrace=False)


def test_the_map_of_the_package_names_every_part_in_the_order_of_the_layers() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    words = [line.split()[0].rstrip("/") for line in (ast.get_docstring(tree) or "").splitlines() if line.strip()]
    named = [word for word in words if any(word in layer for layer in LAYERS)]

    for layer in LAYERS:
        here, named = named[: len(layer)], named[len(layer) :]
        assert set(here) == layer, f"the docstring of referral/__init__.py has {here} where the layers have {layer}"
    assert named == [], "the docstring of referral/__init__.py names these twice"
    assert len(tree.body) == 1, "referral/__init__.py holds its docstring and nothing else"


def test_every_package_says_what_it_is() -> None:
    folders = {module.parent for module in MODULES if "migrations" not in module.parts}

    silent = [folder for folder in folders if not docstring(folder / "__init__.py")]

    assert not silent, shown(silent)


def test_every_module_says_what_it_is() -> None:
    silent = [module for module in MODULES if not docstring(module)]

    assert not silent, shown(silent)


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"util", "utils", "helper", "helpers", "common", "misc", "shared"}

    found = [module for module in MODULES if drawers & {module.stem, *module.relative_to(PACKAGE).parts[:-1]}]

    assert not found, shown(found)


def test_imports_stand_at_the_top_and_are_absolute() -> None:
    found = []
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
                found += [f"{module.relative_to(ROOT)}:{n.lineno}" for n in inner]
            if isinstance(node, ast.ImportFrom) and node.level:
                found.append(f"{module.relative_to(ROOT)}:{node.lineno}")

    assert not found, listed(found)


def test_rules_take_time_chance_and_settings_as_arguments() -> None:
    banned = {"flask", "flask_babel", "os", "random", "secrets", "sqlalchemy", "time"}
    calls = {"now", "utcnow", "today"}
    found = []
    for module in MODULES:
        if "rules" not in {module.stem, *module.relative_to(PACKAGE).parts[:-1]}:
            continue
        for node in ast.walk(ast.parse(module.read_text())):
            names = {name.split(".")[0] for name in imported(node)}
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if names & banned or called in calls:
                found.append(f"{module.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")

    assert not found, listed(found)


def test_only_transactions_commit() -> None:
    allowed = PACKAGE / "plumbing" / "transaction.py"

    found = [
        f"{module.relative_to(ROOT)}:{node.lineno}"
        for module in MODULES
        if module != allowed and "migrations" not in module.parts
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]

    assert not found, listed(found)


# Templates that may write text as it is, and why.
SAFE = {"templates/_components/icons.html": "the drawings are written out in that same file"}


def test_templates_escape_what_they_write() -> None:
    raw = re.compile(r"\|\s*safe\b|autoescape\s+false")

    found = [place for place in lines_with(raw) if place.rsplit(":", 1)[0] not in SAFE]

    assert not found, listed(found)


def test_templates_hold_no_script_or_style_of_their_own() -> None:
    inline = re.compile(r"<style\b|\sstyle\s*=|<script\b(?![^>]*\bsrc=)|<[^>]*\son[a-z]+\s*=\s*[\"']|javascript:", re.I)

    found = list(lines_with(inline, but="templates/mail/"))

    assert not found, listed(found)


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    hosts = ["pypi" + ".org", "python" + "hosted", "npm" + "js.", "registry" + ".npm", "deb" + ".debian.org"]
    places = ["/" + "work/", "/" + "tmp/brief", "/" + "root/"]
    found = []
    for file in committed():
        text = file.read_bytes()
        found += [f"{file.relative_to(ROOT)}: {word}" for word in hosts + places if word.encode() in text]

    assert not found, listed(found)


# --- What these tests look with --------------------------------------------------------------------------------------


def docstring(module: Path) -> str | None:
    """Read a module's docstring; None where there is no module or it says nothing."""
    return ast.get_docstring(ast.parse(module.read_text())) if module.exists() else None


def imported(node: ast.AST) -> list[str]:
    """List what a statement imports; nothing where it is not an import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def shown(files: list[Path]) -> str:
    """Write files as a reader of the report wants them."""
    return listed([str(file.relative_to(ROOT)) for file in files])


def listed(places: list[str]) -> str:
    """Write places one a line."""
    return "\n".join(["", *sorted(places)])


def lines_with(pattern: re.Pattern[str], but: str = "-") -> Iterator[str]:
    """Find the lines of the templates that match, as file:line."""
    for template in sorted(file for file in TEMPLATES.rglob("*") if file.is_file()):
        name = template.relative_to(ROOT).as_posix()
        text = template.read_text()
        if not name.startswith(but):
            yield from (f"{name}:{text.count(chr(10), 0, hit.start()) + 1}" for hit in pattern.finditer(text))


def committed() -> Iterator[Path]:
    """List every file that is in the repository, or would be with the next commit."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listing.returncode:
        missing(f"this is no git checkout: {listing.stderr.strip()}")
    files = (ROOT / name for name in sorted(set(listing.stdout.split("\0"))) if name)
    return (file for file in files if file.is_file())
