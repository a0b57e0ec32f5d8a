"""A door with gates and devices, as tests of scans find it: an event, what scans at it, and what is in the log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import event as listener
from sqlalchemy import func, select

from referral.events import pairing, scanning
from referral.events.models import Admission, Arrival, ArrivalCredit, DoorConflict, Event, GateDevice, Place, Scan
from referral.events.rules.answering import Answer
from referral.events.rules.records import Record
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import db, of_brand
from referral.plumbing.transaction import in_transaction

if TYPE_CHECKING:
    from flask import Flask


def nonce() -> str:
    """Make a client's id."""
    return str(uuid.uuid4())


def device(event: Event, name: str = "Sari", role: str = "steward", places: Sequence[Place] = ()) -> GateDevice:
    """Make a phone that is paired, carried by somebody of that name."""
    return pairing.pair(pairing.make(event, name=name, role=role, places=places).token, name).device


def taken(
    app: Flask,
    event: Event,
    *records: Record,
    device: GateDevice | None = None,
    at: datetime | None = None,
) -> list[Answer]:
    """Send records in a transaction of their own, and give what is answered."""
    with app.app_context(), of_brand(event.brand_id):
        moment = at or now()
        return in_transaction(lambda: scanning.take(event, records, device=device, received_at=moment))


def entry(code: str, **said: Any) -> Record:
    """Write an entry as a gate sends it; `at` is a moment."""
    at = said.pop("at", None)
    return Record(said.pop("id", nonce()), code=code, at_ms=None if at is None else milliseconds(at), **said)


def count(app: Flask, model: Any) -> int:
    """Count the rows of a table, whichever brand's they are."""
    with app.app_context():
        return int(db.session.connection().scalar(select(func.count()).select_from(model.__table__)) or 0)


def rows(app: Flask, model: Any, *names: str) -> list[tuple[Any, ...]]:
    """List some columns of a table in the order of its key."""
    table = model.__table__
    with app.app_context():
        found = db.session.connection().execute(
            select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)
        )
        return [tuple(row) for row in found]


@dataclass(frozen=True)
class State:
    """Hold where the passes of an event stand, in words that do not depend on ids made by chance."""

    admissions: frozenset[tuple[Any, ...]]
    conflicts: frozenset[tuple[Any, ...]]
    arrivals: dict[int, int]
    credits: dict[int, int]


def state(app: Flask) -> State:
    """Read where all passes stand: admissions and conflicts by nonces, arrivals by pass, credit by fan."""
    nonces = dict(rows(app, Scan, "id", "nonce")) | {None: None}
    arrived: dict[int, int] = {}
    credit: dict[int, int] = {}
    for pass_id, sign in rows(app, Arrival, "pass_id", "sign"):
        arrived[pass_id] = arrived.get(pass_id, 0) + sign
    for fan_id, sign in rows(app, ArrivalCredit, "fan_id", "sign"):
        credit[fan_id] = credit.get(fan_id, 0) + sign
    admitted = rows(app, Admission, "pass_id", "day_id", "first_scan_id", "people", "inside", "greens", "first_at")
    conflicts = rows(app, DoorConflict, "pass_id", "day_id", "kind", "first_scan_id", "second_scan_id")
    return State(
        frozenset((*row[:2], nonces[row[2]], *row[3:]) for row in admitted if row[5] or row[3]),
        frozenset((*row[:3], nonces[row[3]], nonces[row[4]]) for row in conflicts),
        {key: value for key, value in arrived.items() if value},
        {key: value for key, value in credit.items() if value},
    )


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Note each statement, but for those that only open a transaction."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SET TRANSACTION")):
            statements.append(" ".join(statement.split()))

    with app.app_context():
        engine = db.engine
    listener.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        listener.remove(engine, "before_cursor_execute", note)
