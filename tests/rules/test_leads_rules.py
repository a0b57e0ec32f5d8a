"""What a booth keeps of a visitor, and how it leaves."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from referral.errors import Invalid
from referral.events.rules.leads import COLUMNS, Lead, Warmth, clean_note, clean_warmth, leads_csv

MET = datetime(2026, 5, 1, 12, tzinfo=UTC)
LEAD = Lead(
    id=1,
    place_id=2,
    place="Booth 4",
    pass_id=3,
    number=17,
    label=None,
    name="Siti Rahma",
    email="siti@people.example",
    phone=None,
    consented_at=MET,
    warmth="hot",
    note="wants 20 chairs",
    taken_by="Budi",
    at=MET,
)


def rows(text: str) -> list[list[str]]:
    """Read CSV back, without its first line."""
    first, *rest = csv.reader(io.StringIO(text))
    assert tuple(first) == COLUMNS
    return rest


def test_a_lead_is_one_row() -> None:
    [row] = rows(leads_csv([LEAD]))

    assert row == [
        "Booth 4",
        "2026-05-01T12:00:00.000Z",
        "17",
        "",
        "Siti Rahma",
        "siti@people.example",
        "",
        "2026-05-01T12:00:00.000Z",
        "hot",
        "wants 20 chairs",
        "Budi",
    ]


@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "'=1", "\u3000=1"])
@pytest.mark.parametrize("where", ["place", "label", "name", "email", "phone", "note", "taken_by"])
def test_no_cell_is_run_as_a_formula(where: str, evil: str) -> None:
    [row] = rows(leads_csv([replace(LEAD, **{where: evil})]))

    assert f"'{evil}" in row


@given(some.text(max_size=60), some.text(max_size=60))
def test_whatever_was_typed_stays_in_its_cell(note: str, name: str) -> None:
    lead = replace(LEAD, note=clean_note(note), name=clean_note(name))

    [row] = rows(leads_csv([lead]))

    assert len(row) == len(COLUMNS)
    assert row[COLUMNS.index("note")].removeprefix("'") == lead.note.removeprefix("'")


def test_a_note_keeps_its_lines_and_loses_what_cannot_be_kept() -> None:
    assert clean_note("two\r\nlines\0\ud800 ") == "two\nlines"


def test_a_note_has_an_end() -> None:
    assert clean_note("é" * 2_000)
    with pytest.raises(Invalid, match="note_too_long"):
        clean_note("é" * 2_001)


def test_warmth_is_one_of_three_or_not_said() -> None:
    assert [clean_warmth(text) for text in ("cold", "warm", "hot", "", None)] == [*Warmth, None, None]
    with pytest.raises(Invalid, match="warmth_unknown"):
        clean_warmth("lukewarm")
