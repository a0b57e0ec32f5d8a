"""What makes a transaction of many thousand rows fast on PostgreSQL; SQLite needs none of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from referral.plumbing.db import db

PLANNED_AFTER = 2  # uses of a statement


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
        db.session.execute(text("DEALLOCATE ALL"))
    finally:
        connection.prepare_threshold = usual


def look_again() -> None:
    """Let PostgreSQL look at its tables again, this transaction's rows included.

    It plans the check of a foreign key once, and keeps the plan. Made while a table was empty, when every index looks
    as good as any other, that plan may read all rows of the brand for each row that is written. Its own housekeeping,
    which would notice, does not see what is not committed yet.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))
