"""A setting is one line: name, default, help; nothing is read that is not there, and the README says the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from referral.cli.settings import SECRET, as_markdown, shown, written
from referral.config import SETTINGS, Setting, from_environment

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "referral"
TREES = {file: ast.parse(file.read_text()) for file in PACKAGE.rglob("*.py") if file.name != "config.py"}

# What the application works out from settings, and what Flask and its extensions call theirs.
DERIVED = re.compile(
    r"(SQLALCHEMY|SESSION|WTF|RATELIMIT|BABEL)_[A-Z_]+|MAX_CONTENT_LENGTH|PROPAGATE_EXCEPTIONS|TESTING|DEBUG"
)
HOLDERS = {"config", "settings"}


def read_settings() -> dict[str, str]:
    """Find what is read as `settings["NAME"]` or `config["NAME"]`, or by their get(), and where."""
    found = {}
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            key: ast.expr | None = None
            if isinstance(node, ast.Subscript) and holds_settings(node.value):
                key = node.slice
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                key = node.args[0] if node.func.attr == "get" and holds_settings(node.func.value) else None
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found[key.value] = f"{file.relative_to(ROOT)}:{node.lineno}"
    return found


def holds_settings(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in HOLDERS


def test_settings_have_names_of_their_own_in_capitals() -> None:
    names = [setting.name for setting in SETTINGS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Z][A-Z_]+", name) for name in names)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_says_in_a_sentence_what_it_is_for(setting: Setting) -> None:
    assert re.fullmatch(r"[A-Z].{15,}\.", setting.help)
    assert "|" not in setting.help


def test_whatever_the_code_reads_is_a_setting() -> None:
    known = {setting.name for setting in SETTINGS}

    unknown = {
        name: where for name, where in read_settings().items() if name not in known and not DERIVED.fullmatch(name)
    }

    assert unknown == {}


def test_every_setting_is_read_somewhere() -> None:
    assert {setting.name for setting in SETTINGS} - set(read_settings()) == set()


def test_only_settings_look_at_the_environment() -> None:
    # A child process is given the whole of it, which is not a look.
    allowed = {"referral/cli/serve.py", "referral/plumbing/backup.py"}

    found = {
        file.relative_to(ROOT).as_posix()
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and isinstance(node.value, ast.Name)
        if node.value.id == "os"
    }

    assert found <= allowed


def test_without_an_environment_every_setting_has_its_default() -> None:
    assert from_environment({}) == {setting.name: setting.default for setting in SETTINGS}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PORT", "9000", 9000),
        ("DEMO", "1", True),
        ("DEMO", "yes", True),
        ("DEMO", "0", False),
        ("DEMO", "", False),
        ("RATE_LIMITS", "off", False),
        ("MAIL_FROM", "The fair <fair@mail.example>", "The fair <fair@mail.example>"),
    ],
)
def test_a_setting_is_read_as_its_type(name: str, text: str, value: object) -> None:
    assert from_environment({name: text})[name] == value


@pytest.mark.parametrize(("name", "text"), [("PORT", "eighty"), ("PORT", ""), ("DEMO", "perhaps")])
def test_what_is_not_of_a_settings_type_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        from_environment({name: text})


def test_what_is_no_setting_is_passed_over() -> None:
    assert "HOME" not in from_environment({"HOME": "/home/fair"})


@pytest.mark.parametrize("name", sorted(SECRET))
def test_a_secret_is_never_shown(name: str) -> None:
    setting = next(setting for setting in SETTINGS if setting.name == name)

    assert "hush" not in shown(setting, "hush")
    assert shown(setting, "") == '""'


def test_every_setting_that_sounds_secret_is_one() -> None:
    assert {one.name for one in SETTINGS if re.search("SECRET|PASSWORD|TOKEN", one.name)} == SECRET


def test_a_password_inside_an_address_is_not_shown() -> None:
    setting = next(setting for setting in SETTINGS if setting.name == "DATABASE_URL")

    assert shown(setting, "postgresql://tular:hush@db.example/fair") == "postgresql://tular:…@db.example/fair"
    assert shown(setting, "sqlite:////srv/tular.db") == "sqlite:////srv/tular.db"


def test_yes_and_no_are_written_as_they_are_set() -> None:
    assert (written(True), written(False), written(8000), written("")) == ("1", "0", "8000", '""')


def test_the_readme_holds_the_table_that_is_printed() -> None:
    readme = (ROOT / "README.md").read_text()

    table = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", readme, re.DOTALL)

    assert table is not None, "README.md has no table between <!-- settings --> and <!-- /settings -->"
    assert table[1].strip().splitlines() == as_markdown(SETTINGS), "paste `flask --app wsgi settings --markdown`"
