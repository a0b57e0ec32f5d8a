"""The secrets by which visitors are told apart: one for each day, the same in every process, gone after two days."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from referral.clicks.models import VisitorSalt
from referral.clicks.rules.months import DAY
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db

TABLE = VisitorSalt.__tablename__
LENGTH = 32  # bytes
ZEROS = bytes(LENGTH)


def prepare() -> None:
    """Make the secrets of today and tomorrow where they are not there yet, whoever else does so too."""
    today = milliseconds(now()) // DAY
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    for day in (today, today + 1):
        made = insert(VisitorSalt).values(day=day, salt=secrets.token_bytes(LENGTH))
        db.session.execute(made.on_conflict_do_nothing())


def forget() -> None:
    """Throw away the secrets of days before yesterday; what they told apart can be matched with nobody any more."""
    old = VisitorSalt.day < milliseconds(now()) // DAY - 1
    # Written over first, for a deleted row's bytes stay in the file until something else needs the room.
    db.session.execute(update(VisitorSalt).where(old).values(salt=ZEROS))
    db.session.flush()
    db.session.execute(delete(VisitorSalt).where(old))


def known() -> dict[int, bytes]:
    """Give the secrets that there are, by day."""
    return {row.day: row.salt for row in db.session.execute(select(VisitorSalt.day, VisitorSalt.salt))}
