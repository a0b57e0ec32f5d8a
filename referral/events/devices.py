"""What is asked about the phones at an event's doors."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, scoped_session

from referral.brands.models import Brand
from referral.errors import NotFound
from referral.events.models import Event, GateDevice
from referral.plumbing.db import db, every_brand, reading

Whose = tuple[GateDevice, Event, Brand]

# Written once: each scan asks the first, and putting a statement together takes as long as running it.
_WHOSE: Select[GateDevice, Event, Brand] = (
    select(GateDevice, Event, Brand)
    .join(Event, (Event.brand_id == GateDevice.brand_id) & (Event.id == GateDevice.event_id))
    .join(Brand, Brand.id == GateDevice.brand_id)
)
_BY_SECRET = _WHOSE.where(GateDevice.token_hash == bindparam("hash"))
_BY_PAIRING = _WHOSE.where(GateDevice.pairing_hash == bindparam("hash"))


def by_secret(token_hash: str) -> Whose | None:
    """Find whose secret this is, revoked or not, in one statement, as rows of no session: to be read, not written to.

    It asks before the request's own transaction begins: on SQLite that one keeps all other writers out, and a gate's
    scan would hold them up a third longer.
    """
    with every_brand(), reading(), Session(db.engine) as session:
        found = _found(session, _BY_SECRET, token_hash)
        session.expunge_all()
        return found


def by_pairing(pairing_hash: str) -> Whose | None:
    """Find the device that a pairing code was made for, used or not."""
    with every_brand():
        return _found(db.session, _BY_PAIRING, pairing_hash)


def listed(event: Event) -> list[GateDevice]:
    """List an event's devices, the newest first."""
    return list(
        db.session.scalars(
            select(GateDevice)
            .where(GateDevice.brand_id == event.brand_id, GateDevice.event_id == event.id)
            .order_by(GateDevice.id.desc())
        )
    )


def by_id(event: Event, device_id: int) -> GateDevice:
    """Give an event's device; raise NotFound `device_unknown`."""
    found = db.session.scalar(
        select(GateDevice).where(
            GateDevice.brand_id == event.brand_id, GateDevice.event_id == event.id, GateDevice.id == device_id
        )
    )
    if found is None:
        raise NotFound("device_unknown")
    return found


def again(brand_id: int, device_id: int) -> GateDevice:
    """Give a device that was there a moment ago."""
    return db.session.scalars(
        select(GateDevice).where(GateDevice.brand_id == brand_id, GateDevice.id == device_id)
    ).one()


def _found(
    session: Session | scoped_session[Any], statement: Select[GateDevice, Event, Brand], key: str
) -> Whose | None:
    row = session.execute(statement, {"hash": key}).one_or_none()
    return None if row is None else (row[0], row[1], row[2])
