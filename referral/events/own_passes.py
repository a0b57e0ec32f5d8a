"""A fan's own passes: which they hold, and how one reaches them by mail."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from referral.campaigns.models import Campaign
from referral.events.models import Event, Pass
from referral.fans.models import Fan
from referral.people.models import Person
from referral.plumbing import outbox
from referral.plumbing.db import db


def held(fan: Fan) -> list[tuple[Event, Pass]]:
    """List a fan's passes, one an event, the newest event first; a revoked one only where none took its place."""
    rows = db.session.execute(
        select(Event, Pass)
        .join(Pass, (Pass.brand_id == Event.brand_id) & (Pass.event_id == Event.id))
        .where(Pass.brand_id == fan.brand_id, Pass.fan_id == fan.id, Pass.replaced_by_id.is_(None))
        .order_by(Event.id.desc(), Pass.id)
    )
    found: dict[int, tuple[Event, Pass]] = {}
    for event, gate_pass in rows:
        if event.id not in found or found[event.id][1].revoked_at is not None:
            found[event.id] = (event, gate_pass)
    return list(found.values())


@dataclass(frozen=True)
class Held:
    """Hold a pass with whose it is, and of what."""

    gate_pass: Pass
    event: Event
    campaign: Campaign
    fan: Fan
    person: Person


def of_holder(brand_id: int, pass_id: int) -> Held | None:
    """Find a pass with the person that it belongs to; None where it belongs to nobody, or they were erased."""
    row = db.session.execute(
        select(Pass, Event, Campaign, Fan, Person)
        .join(Event, (Event.brand_id == Pass.brand_id) & (Event.id == Pass.event_id))
        .join(Campaign, (Campaign.brand_id == Event.brand_id) & (Campaign.id == Event.campaign_id))
        .join(Fan, (Fan.brand_id == Pass.brand_id) & (Fan.id == Pass.fan_id))
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(Pass.brand_id == brand_id, Pass.id == pass_id, Person.erased_at.is_(None))
    ).one_or_none()
    return None if row is None else Held(row[0], row[1], row[2], row[3], row[4])


def mail(gate_pass: Pass, locale: str) -> None:
    """Send a pass to whoever holds it; nothing leaves where no mail address is known, or it was revoked meanwhile."""
    outbox.put("pass", {"pass": gate_pass.id, "locale": locale}, brand_id=gate_pass.brand_id)
