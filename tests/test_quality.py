"""The code is clean: ruff's rules, ruff's format, mypy's strict types, and the examples in its docstrings run."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WITH_EXAMPLES = [
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for file in sorted((ROOT / "referral").rglob("*.py"))
    if ">>> " in file.read_text()
]


def clean(*command: str) -> None:
    """Run a tool over the project and show what it says; fail where it is not content."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)
    if done.returncode:
        print(done.stdout, done.stderr)
        pytest.fail(f"{' '.join(command)} is not content", pytrace=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_types_hold_in_mypys_strict_mode() -> None:
    clean("mypy", "referral", "wsgi.py", *(["bench"] if any(ROOT.glob("bench/*.py")) else []))


def test_ruff_finds_nothing() -> None:
    clean("ruff", "check", "--quiet", ".")


def test_every_file_is_in_ruffs_format() -> None:
    clean("ruff", "format", "--quiet", "--check", "--diff", ".")


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_run(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name.removesuffix(".__init__")))

    assert failed == 0
