"""The outbox: what must leave the house after a commit, kept in the same transaction, sent at least once.

A worker takes a lease on a row, sends it, and marks it. A worker that dies in between leaves a lease that runs out,
and the row is sent again with the same id, by which a receiver can tell that it is the same message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.models import Outbox

LEASE = timedelta(seconds=60)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 60, 300, 1_800, 7_200, 21_600, 43_200))


@dataclass(frozen=True)
class Leased:
    """Name one message that this worker may send now."""

    id: int
    brand_id: int | None
    kind: str
    payload: Mapping[str, Any]
    attempts: int


def put(kind: str, payload: Mapping[str, Any], brand_id: int | None = None) -> None:
    """Write a message for the worker; it leaves only if this transaction is committed."""
    moment = now()
    db.session.add(
        Outbox(kind=kind, payload=json.dumps(payload), brand_id=brand_id, created_at=moment, due_at=moment, attempts=0)
    )


def lease(limit: int = 20) -> list[Leased]:
    """Take the messages that are due and that nobody else holds; commit before sending them."""
    moment = now()
    free = or_(Outbox.leased_until.is_(None), Outbox.leased_until < moment)
    due = (
        select(Outbox)
        .where(Outbox.done_at.is_(None), Outbox.failed_at.is_(None), Outbox.due_at <= moment, free)
        .order_by(Outbox.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(db.session.scalars(due))
    for row in rows:
        row.leased_until = moment + LEASE
        row.attempts += 1
    return [Leased(row.id, row.brand_id, row.kind, json.loads(row.payload), row.attempts) for row in rows]


def done(message_id: int) -> None:
    """Mark a message as sent, and forget what it said: it may have held a sign-in link."""
    db.session.execute(
        update(Outbox)
        .where(Outbox.id == message_id)
        .values(done_at=now(), leased_until=None, payload="{}", last_error=None)
    )


def failed(leased: Leased, reason: str) -> None:
    """Put a message back for a later try, or give it up after the last one."""
    moment = now()
    values: dict[str, Any] = {"leased_until": None, "last_error": reason[:200]}
    if leased.attempts > len(PAUSES):
        values["failed_at"] = moment
    else:
        values["due_at"] = moment + PAUSES[leased.attempts - 1]
    db.session.execute(update(Outbox).where(Outbox.id == leased.id).values(**values))


def waiting() -> tuple[int, datetime | None]:
    """Count the messages still to leave, and say since when the oldest waits."""
    row = db.session.execute(
        select(func.count(), func.min(Outbox.created_at)).where(Outbox.done_at.is_(None), Outbox.failed_at.is_(None))
    ).one()
    return row[0], row[1]


def given_up() -> int:
    """Count the messages that were tried as often as it makes sense, and did not leave."""
    return db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.failed_at.is_not(None))) or 0
