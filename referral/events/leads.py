"""Visitors whom booths met: written down once a booth and a pass, and shown by name only where they agreed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from referral.errors import Invalid, NotFound
from referral.events import queries, scan_reading
from referral.events.models import BoothLead, Event, Pass, Place, Scan
from referral.events.rules.identifying import Book, Named
from referral.events.rules.leads import Lead, clean_note, clean_warmth
from referral.events.rules.pairing import NAME_LENGTH
from referral.events.rules.records import Record
from referral.events.rules.terms import PlaceKind, visible
from referral.events.scan_reading import Wanted
from referral.fans.models import Fan
from referral.people.models import Person
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id


def meet(
    event: Event,
    place: Place,
    gate_pass: Pass,
    *,
    consent: bool | None = None,
    warmth: str | None = None,
    note: str | None = None,
    by: str | None = None,
    at: datetime | None = None,
    scan: Scan | None = None,
) -> tuple[BoothLead, bool]:
    """Write down that a booth met a visitor, or what it learned of them since; tell whether it is the first time.

    What is None stays as it was. Consent taken back takes the name back. `scan` is the reading at which they met, and
    says when, unless `at` does.

    Raises:
        Invalid: `place_no_booth`, `warmth_unknown`, `note_too_long`.
        NotFound: `place_unknown`, `pass_unknown`: of another event.
    """
    _check(event, place, gate_pass)
    moment = now()
    lead = find(place, gate_pass)
    is_new = lead is None
    if lead is None:
        met_at = at or (scan.at if scan is not None else moment)
        lead = BoothLead(
            brand_id=event.brand_id,
            id=new_id(),
            event_id=event.id,
            place_id=place.id,
            pass_id=gate_pass.id,
            note="",
            at=min(met_at, moment),
        )
        db.session.add(lead)
    if consent is not None:
        lead.consented_at = (lead.consented_at or moment) if consent else None
    if warmth is not None:
        lead.warmth = clean_warmth(warmth)
    if note is not None:
        lead.note = clean_note(note)
    if by is not None:
        lead.taken_by = visible(by)[:NAME_LENGTH] or None
    lead.changed_at = moment
    db.session.flush()
    return lead, is_new


def find(place: Place, gate_pass: Pass) -> BoothLead | None:
    """Find what a booth knows of the visitor with a pass."""
    return db.session.scalar(
        select(BoothLead).where(
            BoothLead.brand_id == place.brand_id, BoothLead.place_id == place.id, BoothLead.pass_id == gate_pass.id
        )
    )


def scanned(event: Event, nonce: str) -> tuple[Scan, Pass]:
    """Give a reading of a pass of an event, and the pass; raise NotFound `scan_unknown`."""
    found = db.session.execute(
        select(Scan, Pass)
        .join(Pass, (Pass.brand_id == Scan.brand_id) & (Pass.id == Scan.pass_id))
        .where(Scan.brand_id == event.brand_id, Scan.event_id == event.id, Scan.nonce == nonce)
    ).one_or_none()
    if found is None:
        raise NotFound("scan_unknown")
    return found[0], found[1]


def spoken_of(event: Event, code: str, base_url: str) -> Pass:
    """Give the pass of an event that a code speaks of, as a gate reads it; raise NotFound `pass_unknown`."""
    named = Named.by(Record(id="", code=code), base_url, event.salt)
    wanted = Wanted(
        pass_ids=named.ids,
        hashes=[] if named.hash is None else [named.hash],
        numbers=[] if named.number is None else [named.number],
    )
    known = scan_reading.read(event, wanted)
    found, _reason = Book(event.brand_id, event.id, known.keys, known.passes.values()).find(named)
    if found is None:
        raise NotFound("pass_unknown")
    return queries.gate_pass(event, found.id)


def listed(event: Event, places: Iterable[int] | None = None) -> list[Lead]:
    """List whom an event's booths met, the newest first; of some places, or of all."""
    query = (
        select(BoothLead, Place.name, Pass.number, Pass.label, Person)
        .join(Place, (Place.brand_id == BoothLead.brand_id) & (Place.id == BoothLead.place_id))
        .join(Pass, (Pass.brand_id == BoothLead.brand_id) & (Pass.id == BoothLead.pass_id))
        .outerjoin(Fan, (Fan.brand_id == Pass.brand_id) & (Fan.id == Pass.fan_id))
        # Who did not agree is not even read.
        .outerjoin(Person, _agreed())
        .where(BoothLead.brand_id == event.brand_id, BoothLead.event_id == event.id)
        .order_by(BoothLead.at.desc(), BoothLead.id.desc())
    )
    if places is not None:
        query = query.where(BoothLead.place_id.in_(sorted(places)))
    return [
        Lead(
            id=lead.id,
            place_id=lead.place_id,
            place=place,
            pass_id=lead.pass_id,
            number=number,
            label=label,
            name=person.name if person is not None else None,
            email=person.email if person is not None else None,
            phone=person.phone if person is not None else None,
            consented_at=lead.consented_at,
            warmth=lead.warmth,
            note=lead.note,
            taken_by=lead.taken_by,
            at=lead.at,
        )
        for lead, place, number, label, person in db.session.execute(query)
    ]


def _agreed() -> ColumnElement[bool]:
    return and_(
        Person.brand_id == Fan.brand_id,
        Person.id == Fan.person_id,
        Person.erased_at.is_(None),
        BoothLead.consented_at.is_not(None),
    )


def _check(event: Event, place: Place, gate_pass: Pass) -> None:
    if (place.brand_id, place.event_id) != (event.brand_id, event.id):
        raise NotFound("place_unknown")
    if (gate_pass.brand_id, gate_pass.event_id) != (event.brand_id, event.id):
        raise NotFound("pass_unknown")
    if place.kind != PlaceKind.BOOTH:
        raise Invalid("place_no_booth")
