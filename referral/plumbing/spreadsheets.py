"""Write tables for other programs, as CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def to_csv(rows: Iterable[Sequence[str | None]]) -> str:
    r"""Write rows; a cell that a spreadsheet would run as a formula gets an apostrophe before it.

    >>> to_csv([("6H0V", "=1+1", None)])
    "6H0V,'=1+1,\r\n"
    """
    out = io.StringIO()
    csv.writer(out).writerows([guarded(cell or "") for cell in row] for row in rows)
    return out.getvalue()


def guarded(cell: str) -> str:
    """Give a cell as no spreadsheet takes it for a formula, whatever blanks stand before it."""
    return f"'{cell}" if cell.lstrip(" \u00a0\u3000").startswith(_FORMULA) else cell
