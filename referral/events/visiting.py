"""A booth or stage seen from a visitor's side: what its code leads to, and that somebody with a pass was there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from referral.brands.models import Brand
from referral.campaigns.models import Campaign
from referral.events import leads, scanning
from referral.events.models import Event, Pass, Place, Scan
from referral.events.rules.answering import Answer
from referral.events.rules.records import Record
from referral.links.models import Link
from referral.plumbing import ids
from referral.plumbing.clock import now
from referral.plumbing.db import db, every_brand


def by_code(code: str) -> tuple[Brand, Campaign, Event, Place] | None:
    """Find the place whose folded code somebody scanned, whatever brand's it is."""
    with every_brand():
        row = db.session.execute(
            select(Brand, Campaign, Event, Place)
            .join(Campaign, Campaign.brand_id == Brand.id)
            .join(Event, (Event.brand_id == Campaign.brand_id) & (Event.campaign_id == Campaign.id))
            .join(Place, (Place.brand_id == Event.brand_id) & (Place.event_id == Event.id))
            .join(Link, (Link.brand_id == Place.brand_id) & (Link.id == Place.link_id))
            .where(Link.code == code)
        ).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


def last_visit(place: Place, gate_pass: Pass) -> datetime | None:
    """Say when a visitor was at a place last, whether its staff read their pass, or they the place's code."""
    return db.session.scalar(
        select(func.max(Scan.at)).where(
            Scan.brand_id == place.brand_id,
            Scan.pass_id == gate_pass.id,
            Scan.place_id == place.id,
            Scan.kind == "visit",
            Scan.verdict == "applied",
        )
    )


def visit(event: Event, place: Place, gate_pass: Pass, nonce: str, *, consent: bool) -> Answer:
    """Write down that a visitor was at a place, as if its staff had read their pass; and whom it may write to.

    A nonce that is known is the same visit. Only a booth may ask for consent; without it, it learns no name.

    Raises:
        Invalid: `scan_malformed` where the nonce is no UUID.
    """
    said = {"id": nonce, "kind": "visit", "pass": ids.show(gate_pass.id), "place": ids.show(place.id)}
    [answer] = scanning.take(event, [Record.read(said)], received_at=now())
    if consent and answer.verdict == "applied":
        leads.meet(event, place, gate_pass, consent=True)
    return answer
