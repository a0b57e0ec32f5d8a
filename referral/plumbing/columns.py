"""Read very many rows of whole numbers straight into an array, without an object for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Cast, Select, SQLColumnExpression, case, cast

from referral.plumbing.db import db, need_brand

Table = npt.NDArray[np.int64]

AT_ONCE = 50_000  # rows
PARTS = 16
UNKNOWN = -1
"""What stands for no number, and for a word that has none."""


def integers(query: Select[*tuple[Any, ...]]) -> Table:
    """Run a query and give its rows, one of the table each; every column must be a whole number, and never null.

    Columns keep their stored form: a moment is its milliseconds. Raises BrandMissing where no brand was chosen, as any
    query of a brand's rows does, and ValueError for a null.
    """
    need_brand()
    wide = len(query.selected_columns)
    read = _packed if db.engine.dialect.name == "postgresql" else _fetched
    return read(query, wide)


def coded(column: SQLColumnExpression[Any], words: Sequence[str | None]) -> Cast[int]:
    """Number a column of words by their places in a list; UNKNOWN stands for one that is not in it."""
    known = [(column.is_(None) if word is None else column == word, place) for place, word in enumerate(words)]
    return cast(case(*known, else_=UNKNOWN), BigInteger)


def _fetched(query: Select[*tuple[Any, ...]], wide: int) -> Table:
    """Take SQLite's own rows as they come."""
    cursor = db.session.connection().execute(query).cursor
    assert cursor is not None
    parts: list[Table] = []
    while rows := cursor.fetchmany(AT_ONCE):
        try:
            numbers = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * wide)
        except TypeError as error:
            raise ValueError("a column of whole numbers holds something else") from error
        parts.append(numbers.reshape(-1, wide))
    return np.concatenate(parts) if parts else np.empty((0, wide), np.int64)


def _packed(query: Select[*tuple[Any, ...]], wide: int) -> Table:
    """Have PostgreSQL pack all rows into a few values, big-endian, since each row it sends costs the driver dear."""
    connection = db.session.connection()
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver = connection.connection.driver_connection
    assert driver is not None
    names = [f"c{place}" for place in range(wide)]
    row = " || ".join(f"int8send({name})" for name in names)
    # A value holds a gigabyte at most; a remainder parts the rows well, whatever they are.
    text = (
        f"SELECT string_agg({row}, ''::bytea), count(*) FROM ({compiled.string}) AS rows({', '.join(names)}) "  # noqa: S608 - SQLAlchemy's own words
        f"GROUP BY c0 %% {PARTS}"
    )
    with driver.cursor(binary=True) as cursor:
        parts = cursor.execute(text, compiled.params).fetchall()
    for packed, count in parts:
        if len(packed or b"") != 8 * wide * count:
            raise ValueError("a column of whole numbers holds something else")
    numbers = np.frombuffer(b"".join(packed for packed, _ in parts), ">i8")
    return numbers.astype(np.int64).reshape(-1, wide)
