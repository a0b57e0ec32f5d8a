"""Every string is translated in every language, with the same placeholders and all plural forms."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from referral.plumbing.i18n import DEFAULT, LANGUAGES

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "referral" / "translations"
PLURALS = {"id": 1, "pl": 3, "zh_Hans": 1}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2)}


def _catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(CATALOGUES / language / "LC_MESSAGES" / "messages.po"))


def _said() -> Iterator[str]:
    """Read every string out of code and templates."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(one["pattern"], one["method"]) for one in mappings]
    for folder in ("referral", "templates"):
        found = extract_from_dir(
            ROOT / folder,
            [
                (re.sub(r"^(referral|templates)/", "", pattern), method)
                for pattern, method in methods
                if pattern.startswith(folder)
            ],
            keywords=KEYWORDS,
            directory_filter=lambda _folder: True,  # by itself it leaves out what begins with an underscore
        )
        for _file, _line, message, _comments, _context in found:
            yield message[0] if isinstance(message, tuple) else message


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Give all strings, once."""
    return set(_said())


def test_there_are_strings_to_translate(said: set[str]) -> None:
    assert len(said) > 300


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {DEFAULT}))
def test_every_string_has_its_translation(language: str, said: set[str]) -> None:
    translated = {
        entry.msgid
        for entry in _catalogue(language)
        if not entry.obsolete and not entry.fuzzy and (entry.msgstr or all(entry.msgstr_plural.values() or [""]))
    }

    missing = sorted(said - translated)

    assert not missing, f"run `make translations`, then translate: {missing[:20]}"


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {DEFAULT}))
def test_no_translation_is_fuzzy_or_without_its_string(language: str, said: set[str]) -> None:
    catalogue = _catalogue(language)

    assert [entry.msgid for entry in catalogue if entry.fuzzy] == []
    assert [entry.msgid for entry in catalogue if entry.msgid not in said] == []


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {DEFAULT}))
def test_a_translation_has_the_placeholders_of_its_string(language: str) -> None:
    wrong = []
    for entry in _catalogue(language):
        allowed = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            used = set(PLACEHOLDER.findall(text))
            if text and (used - allowed or (not entry.msgid_plural and used != allowed)):
                wrong.append((entry.msgid, text))

    assert wrong == []


@pytest.mark.parametrize("language", sorted(PLURALS))
def test_every_plural_has_all_forms_of_its_language(language: str) -> None:
    catalogue = _catalogue(language)

    assert catalogue.metadata["Plural-Forms"].startswith(f"nplurals={PLURALS[language]};")
    for entry in catalogue:
        if entry.msgid_plural:
            assert sorted(entry.msgstr_plural) == list(range(PLURALS[language])), entry.msgid
