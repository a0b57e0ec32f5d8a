"""What changes about the phones at an event's doors: paired once, by a code of ten minutes, until they are revoked.

A device carries a secret of its own, of which only the hash is kept. Pairing asks nothing of whoever holds the phone
but the code that the organiser's screen shows, and a name.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from referral.brands.models import Brand
from referral.errors import Conflict, Invalid, NotFound
from referral.events import devices
from referral.events.models import Event, GateDevice, Place
from referral.events.rules import pairing as rules
from referral.events.rules.pairing import SECRET_PREFIX, TOKEN_SIGNS, State
from referral.events.rules.rights import RIGHTS
from referral.plumbing.clock import now
from referral.plumbing.db import db, of_brand
from referral.plumbing.ids import new_id
from referral.plumbing.signing import fingerprint, short_code

SECRET_BYTES = 32
BOOTH = "booth"


@dataclass(frozen=True)
class Pairing:
    """Hold a device that waits to be paired, and the code for it: this is the only time that it can be read."""

    device: GateDevice
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Paired:
    """Hold a device that was just paired, its event, and its secret: this is the only time that it can be read."""

    device: GateDevice
    event: Event
    secret: str


@dataclass(frozen=True)
class Offer:
    """Hold what a pairing code stands for, and whether it can still be used."""

    token: str
    state: State
    expires_at: datetime | None
    device: GateDevice
    event: Event
    brand: Brand


def make(event: Event, *, name: str, role: str, places: Sequence[Place] = ()) -> Pairing:
    """Make a device of an event, and a code by which one phone becomes it; without places it may be at all of them.

    Raises:
        Invalid: `name_missing`, `name_too_long`, `device_role_unknown`, or `booth_missing` where a booth's device would
            read all booths' visitors.
        Conflict: `event_closed`.
        NotFound: `place_unknown`, a place of another event.
    """
    if event.closed_at is not None:
        raise Conflict("event_closed")
    if role not in RIGHTS:
        raise Invalid("device_role_unknown")
    if role == BOOTH and not places:
        raise Invalid("booth_missing")
    if any((place.brand_id, place.event_id) != (event.brand_id, event.id) for place in places):
        raise NotFound("place_unknown")
    return _waiting(event.brand_id, event.id, rules.clean_name(name), role, rules.written_places(p.id for p in places))


def look(token: str) -> Offer:
    """Tell what a pairing code stands for, without using it up; raise NotFound `pairing_unknown`."""
    code = rules.clean_token(token)
    found = None if code is None else devices.by_pairing(fingerprint(code))
    if code is None or found is None:
        raise NotFound("pairing_unknown")
    device, event, brand = found
    standing = rules.state(device.pairing_expires_at, device.revoked_at, now())
    return Offer(code, standing, device.pairing_expires_at, device, event, brand)


def pair(token: str, name: str) -> Paired:
    """Make the phone that holds a code the device it was made for, carried by somebody of that name. Works once.

    The row itself decides who was first: of two that use the code at the same moment, one finds it used.

    Raises:
        Invalid: `name_missing`, `name_too_long`, `pairing_expired`.
        NotFound: `pairing_unknown`.
        Conflict: `pairing_used`.
    """
    carrier = rules.clean_name(name)
    offer, moment = look(token), now()
    if offer.state is State.EXPIRED:
        raise Invalid("pairing_expired", minutes=rules.PAIRING_MINUTES)
    secret = SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    if offer.state is State.USED or not _claim(offer.device, carrier, fingerprint(secret), moment):
        raise Conflict("pairing_used")
    with of_brand(offer.brand.id):
        db.session.refresh(offer.device)
    return Paired(offer.device, offer.event, secret)


def revoke(device: GateDevice) -> None:
    """Stop a device: it may send what it still has, and nothing else. Its phone forgets everything when it hears so."""
    device.revoked_at = device.revoked_at or now()
    db.session.flush()


def roll(device: GateDevice) -> Pairing:
    """Make a new code for a device, whose old one and old secret stop.

    A phone that was paired keeps a row of its own, revoked: it may still hold scans, and they must be able to come in.
    The new phone then is a new device of the same name, role and places.
    """
    if device.paired_at is not None or device.revoked_at is not None:
        revoke(device)
        return _waiting(device.brand_id, device.event_id, device.name, device.role, device.places)
    token = short_code(TOKEN_SIGNS)
    device.pairing_hash, device.pairing_expires_at = fingerprint(token), rules.ends(now())
    db.session.flush()
    return Pairing(device, token, device.pairing_expires_at)


def note_seen(device: GateDevice, *, unsent: int | None = None, offset_ms: int | None = None) -> bool:
    """Write down that a device was heard of, how much it has still to send and how far its clock is off.

    Written at most every thirty seconds, so that hearing of a device costs a scan nothing; tell whether it was.
    """
    moment = now()
    if not rules.is_due(device.last_seen_at, moment):
        return False
    heard: dict[str, object] = {"last_seen_at": moment}
    if unsent is not None:
        heard["unsent"] = min(max(unsent, 0), rules.MOST_UNSENT)
    if offset_ms is not None and abs(offset_ms) <= rules.MOST_OFFSET_MS:
        heard["clock_offset_ms"] = offset_ms
    db.session.execute(
        update(GateDevice)
        .where(GateDevice.brand_id == device.brand_id, GateDevice.id == device.id)
        .values(**heard)
        .execution_options(synchronize_session=False)
    )
    return True


def _claim(device: GateDevice, carrier: str, token_hash: str, moment: datetime) -> bool:
    """Take a code for good, where nobody has yet; tell whether that went well."""
    done = db.session.connection().execute(
        update(GateDevice)
        .where(
            GateDevice.brand_id == device.brand_id,
            GateDevice.id == device.id,
            GateDevice.pairing_hash == device.pairing_hash,
            GateDevice.pairing_expires_at > moment,
            GateDevice.revoked_at.is_(None),
        )
        .values(name=carrier, token_hash=token_hash, paired_at=moment, pairing_expires_at=None, last_seen_at=moment)
    )
    return done.rowcount == 1


def _waiting(brand_id: int, event_id: int, name: str, role: str, places: str) -> Pairing:
    token, moment = short_code(TOKEN_SIGNS), now()
    device = GateDevice(
        brand_id=brand_id,
        id=new_id(),
        event_id=event_id,
        name=name,
        role=role,
        places=places,
        pairing_hash=fingerprint(token),
        pairing_expires_at=rules.ends(moment),
        created_at=moment,
    )
    db.session.add(device)
    db.session.flush()
    return Pairing(device, token, rules.ends(moment))
