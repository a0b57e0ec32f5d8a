"""What makes a transaction of many thousand rows fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Table, insert, text
from sqlalchemy.exc import DBAPIError

from referral.plumbing.db import Base, db
from referral.plumbing.ids import new_id

PLANNED_AFTER = 2  # uses of a statement
MANY = 100
"""As many rows as are worth a way of their own past the session."""
WORTH_A_LOOK = 1_000
"""As many new rows as PostgreSQL should hear of before its own housekeeping comes by."""


def write(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; a column that is not named is empty.

    Many rows go past the session, which takes longer over a row than the database does: to SQLite as they are, to
    PostgreSQL as one stream. Whatever the database refuses is raised as SQLAlchemy raises it.
    """
    if len(rows) < MANY:
        if rows:
            db.session.execute(insert(model), rows)
        return
    db.session.flush()
    connection = db.session.connection()
    table = model.__table__
    assert isinstance(table, Table)
    names = list(rows[0])
    columns = [[row[name] for row in rows] for name in names]
    for place, name in enumerate(names):
        stored = _stored(table, name, connection)
        if stored is not None:
            columns[place] = [stored(value) for value in columns[place]]
    values = zip(*columns, strict=True)
    if connection.dialect.name == "postgresql":
        _stream(connection, f"COPY {table.name} ({', '.join(names)}) FROM STDIN", values)
    else:
        places = ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})", list(values))  # noqa: S608 - names of our own columns


def _stored(table: Table, name: str, connection: Connection) -> Callable[[Any], Any] | None:
    """Give what turns a value of a column into what the database keeps; None where it is kept as it is."""
    found: Callable[[Any], Any] | None = (
        table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    )
    return found


def _stream(connection: Connection, statement: str, values: Iterator[tuple[Any, ...]]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, dialect=connection.dialect, ismulti=True
        ) from error


@contextmanager
def planned_once() -> Iterator[None]:
    """Have each statement inside the block planned once, and not for each of its rows: half of the server's work.

    Connections do without that otherwise (see `prepare_threshold`), for behind a pooler the next transaction may get
    another server, which does not know the plan. So nothing of it is left when the transaction ends.
    """
    if db.engine.dialect.name != "postgresql":
        yield
        return
    connection = db.session.connection().connection.driver_connection
    assert connection is not None
    usual = connection.prepare_threshold
    # One that broke off may have left its plans behind, under the names that are used now.
    db.session.execute(text("DEALLOCATE ALL"))
    connection.prepare_threshold = PLANNED_AFTER
    try:
        yield
        # psycopg forgets its plans where it reads that they are gone; it reads only statements that it has not met.
        db.session.execute(text(f"DEALLOCATE ALL -- {new_id()}"))
    finally:
        connection.prepare_threshold = usual


def look_again(*models: type[Base]) -> None:
    """Let PostgreSQL look at its tables again, this transaction's rows included; at some only, where they are named.

    It plans the check of a foreign key once, and keeps the plan. Made while a table was empty, when every index looks
    as good as any other, that plan may read all rows of the brand for each row that is written. Its own housekeeping,
    which would notice, does not see what is not committed yet. A table without a page is left alone: what was never
    looked at is planned as if it were to grow, and what was found empty as if it were to stay so.
    """
    if db.engine.dialect.name == "postgresql":
        filled = set(db.session.scalars(_FILLED))
        if models:
            filled &= {model.__tablename__ for model in models}
        if filled:
            quote = db.engine.dialect.identifier_preparer.quote
            db.session.execute(text(f"ANALYZE {', '.join(map(quote, sorted(filled)))}"))


_FILLED = text("""
  SELECT relname FROM pg_class
  WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND (relkind = 'p' OR pg_relation_size(oid) > 0)
""")
