"""No spreadsheet runs what a file of ours holds."""

from __future__ import annotations

import pytest

from referral.plumbing.spreadsheets import guarded, to_csv


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "'=1", "\u00a0=cmd|x"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert guarded(cell) == "'" + cell


def test_other_cells_stay_as_they_are() -> None:
    assert to_csv([("Hall B, left", 'the "big" one', None)]) == '"Hall B, left","the ""big"" one",\r\n'
