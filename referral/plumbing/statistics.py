"""What the database knows about its tables, renewed in the middle of a large transaction."""

from __future__ import annotations

from sqlalchemy import text

from referral.plumbing.db import db


def renew() -> None:
    """Let PostgreSQL look at its tables again, this transaction's rows included.

    It plans the check of a foreign key once, and keeps the plan. Made while a table was empty, when every index looks
    as good as any other, that plan may read all rows of the brand for each row that is written. Its own housekeeping,
    which would notice, does not see what is not committed yet. SQLite plans by the shape of a query: nothing to do.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))
