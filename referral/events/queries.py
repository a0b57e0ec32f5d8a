"""What is asked about events, their days, places, keys and passes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, func, select

from referral.brands.models import Brand
from referral.campaigns import queries as campaigns
from referral.campaigns.models import Campaign
from referral.errors import NotFound
from referral.events.models import Admission, DoorConflict, Event, EventDay, Pass, PassKey, Place
from referral.events.rules.codes import RING, Signer
from referral.plumbing.clock import now
from referral.plumbing.db import db, every_brand, in_parts

# --- Events ----------------------------------------------------------------------------------------------------------


def by_slug(brand: Brand, slug: str) -> Event:
    """Give a brand's event; raise NotFound `event_unknown`, also where another brand has it."""
    event = db.session.scalar(select(Event).where(Event.brand_id == brand.id, Event.slug == slug))
    if event is None:
        raise NotFound("event_unknown")
    return event


def in_campaign(campaign: Campaign, slug: str) -> Event:
    """Give a campaign's event; raise NotFound `event_unknown`."""
    event = db.session.scalar(
        select(Event).where(Event.brand_id == campaign.brand_id, Event.campaign_id == campaign.id, Event.slug == slug)
    )
    if event is None:
        raise NotFound("event_unknown")
    return event


def by_id(brand_id: int, event_id: int) -> Event:
    """Give an event by its id; raise NotFound `event_unknown`."""
    event = db.session.scalar(select(Event).where(Event.brand_id == brand_id, Event.id == event_id))
    if event is None:
        raise NotFound("event_unknown")
    return event


def public(slug: str) -> tuple[Brand, Campaign, Event] | None:
    """Find whose event a public address speaks of."""
    with every_brand():
        found = db.session.execute(_whose().where(Event.slug == slug)).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


def by_wall_key(key: str) -> tuple[Brand, Campaign, Event] | None:
    """Find the event whose big screen a key opens."""
    with every_brand():
        found = db.session.execute(_whose().where(Event.wall_key == key)).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


def _whose() -> Select[Brand, Campaign, Event]:
    return (
        select(Brand, Campaign, Event)
        .join(Event, Event.brand_id == Brand.id)
        .join(Campaign, (Campaign.brand_id == Event.brand_id) & (Campaign.id == Event.campaign_id))
    )


def slug_taken(slug: str) -> bool:
    """Tell whether any brand of this installation has an event by this short name."""
    with every_brand():
        return db.session.scalar(select(Event.id).where(Event.slug == slug)) is not None


def of_campaign(campaign: Campaign) -> list[Event]:
    """List a campaign's events, the newest first."""
    return list(
        db.session.scalars(
            select(Event)
            .where(Event.brand_id == campaign.brand_id, Event.campaign_id == campaign.id)
            .order_by(Event.id.desc())
        )
    )


def open_for_passes(campaign: Campaign) -> list[Event]:
    """List a campaign's events that are not over, and whose passes are given to everybody who joins."""
    mine = select(Event).where(Event.brand_id == campaign.brand_id, Event.campaign_id == campaign.id)
    return list(db.session.scalars(mine.where(*_gives()).order_by(Event.id)))


def all_open_for_passes() -> list[tuple[int, int]]:
    """List such events of all brands, by brand id and event id."""
    with every_brand():
        return [(row[0], row[1]) for row in db.session.execute(select(Event.brand_id, Event.id).where(*_gives()))]


def _gives() -> Sequence[ColumnElement[bool]]:
    ahead = exists().where(
        EventDay.brand_id == Event.brand_id, EventDay.event_id == Event.id, EventDay.closes_at > now()
    )
    return Event.gives_passes.is_(True), Event.closed_at.is_(None), ahead


def of_brand(brand: Brand) -> list[Event]:
    """List a brand's events, the newest first."""
    return list(db.session.scalars(select(Event).where(Event.brand_id == brand.id).order_by(Event.id.desc())))


def campaign_of(event: Event) -> Campaign:
    """Give the campaign that an event belongs to."""
    return campaigns.by_id(event.brand_id, event.campaign_id)


# --- Days and places -------------------------------------------------------------------------------------------------


def days(event: Event) -> list[EventDay]:
    """List an event's opening hours in their order."""
    return list(
        db.session.scalars(
            select(EventDay)
            .where(EventDay.brand_id == event.brand_id, EventDay.event_id == event.id)
            .order_by(EventDay.opens_at)
        )
    )


def hours(event: Event) -> tuple[object, ...]:
    """Give all that decides for which day a scan counts, to be compared with what it was."""
    return event.reentry, event.early_minutes, *((day.id, day.opens_at, day.closes_at) for day in days(event))


def days_entered(event: Event) -> set[int]:
    """Give the ids of the days on which somebody came, or two gates contradicted each other."""
    found: set[int] = set()
    for table in (Admission, DoorConflict):
        rows = db.session.scalars(
            select(table.day_id).where(table.brand_id == event.brand_id, table.event_id == event.id).distinct()
        )
        found.update(rows)
    return found


def places(event: Event, *, closed: bool = False) -> list[Place]:
    """List an event's places in the order in which they were made; closed ones only where they are asked for."""
    query = select(Place).where(Place.brand_id == event.brand_id, Place.event_id == event.id).order_by(Place.id)
    return list(db.session.scalars(query if closed else query.where(Place.closed_at.is_(None))))


def place(event: Event, place_id: int) -> Place:
    """Give an event's place, closed or not; raise NotFound `place_unknown`."""
    found = db.session.scalar(
        select(Place).where(Place.brand_id == event.brand_id, Place.event_id == event.id, Place.id == place_id)
    )
    if found is None:
        raise NotFound("place_unknown")
    return found


# --- Keys ------------------------------------------------------------------------------------------------------------


def ring(event: Event) -> list[PassKey]:
    """List the keys by which an event's passes are valid, the oldest first: at most four."""
    return list(
        db.session.scalars(
            select(PassKey)
            .where(PassKey.brand_id == event.brand_id, PassKey.event_id == event.id, PassKey.retired_at.is_(None))
            .order_by(PassKey.number)
        )
    )


def signer_of(event: Event, keys: Sequence[PassKey]) -> Signer:
    """Give what signs an event's passes with some keys."""
    return Signer(event.brand_id, event.id, {key.number % RING: key.secret for key in keys})


def signer(event: Event) -> Signer:
    """Give what signs an event's passes, and tells whether they are signed."""
    return signer_of(event, ring(event))


# --- Passes ----------------------------------------------------------------------------------------------------------


def gate_pass(event: Event, pass_id: int) -> Pass:
    """Give an event's pass; raise NotFound `pass_unknown`."""
    found = db.session.scalar(
        select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.id == pass_id)
    )
    if found is None:
        raise NotFound("pass_unknown")
    return found


def pass_by_id(brand_id: int, pass_id: int) -> Pass | None:
    """Find a pass of a brand, of whatever event."""
    return db.session.scalar(select(Pass).where(Pass.brand_id == brand_id, Pass.id == pass_id))


def whose_pass(pass_id: int) -> tuple[Brand, Event, Pass] | None:
    """Find the pass that a public address speaks of: a token names no brand. Its signature is the asker's to check."""
    with every_brand():
        found = db.session.execute(
            select(Brand, Event, Pass)
            .join(Event, Event.brand_id == Brand.id)
            .join(Pass, (Pass.brand_id == Event.brand_id) & (Pass.event_id == Event.id))
            .where(Pass.id == pass_id)
        ).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


def pass_by_number(event: Event, number: int) -> Pass | None:
    """Find an event's pass by its number."""
    return db.session.scalar(
        select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.number == number)
    )


def pass_by_hash(event: Event, code_hash: bytes) -> Pass | None:
    """Find an event's pass by the hash of its code."""
    return db.session.scalar(
        select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.code_hash == code_hash)
    )


def pass_by_external_id(event: Event, external_id: str) -> Pass | None:
    """Find an event's pass by the reference that a shop knows it by."""
    return db.session.scalar(
        select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.external_id == external_id)
    )


def pass_of_fan(event: Event, fan_id: int) -> Pass | None:
    """Find the pass that a fan may come in with; they have at most one."""
    return passes_of_fans(event, [fan_id]).get(fan_id)


def passes_of_fans(event: Event, fan_ids: Sequence[int]) -> dict[int, Pass]:
    """Give the passes that fans may come in with, by fan id; who has none is absent."""
    found: dict[int, Pass] = {}
    for part in in_parts(fan_ids):
        rows = db.session.scalars(
            select(Pass).where(
                Pass.brand_id == event.brand_id,
                Pass.event_id == event.id,
                Pass.fan_id.in_(part),
                Pass.revoked_at.is_(None),
            )
        )
        found.update({one.fan_id: one for one in rows if one.fan_id is not None})
    return found


def of_retired_keys(event: Event) -> list[Pass]:
    """List an event's passes that are not revoked, and whose signing key is retired."""
    return list(
        db.session.scalars(
            select(Pass)
            .join(
                PassKey,
                (PassKey.brand_id == Pass.brand_id)
                & (PassKey.event_id == Pass.event_id)
                & (PassKey.number == Pass.key_number),
            )
            .where(
                Pass.brand_id == event.brand_id,
                Pass.event_id == event.id,
                Pass.revoked_at.is_(None),
                Pass.foreign_code.is_(None),
                PassKey.retired_at.is_not(None),
            )
            .order_by(Pass.number)
        )
    )


def page(event: Event, after: int | None, limit: int) -> list[Pass]:
    """List an event's passes by number, from after an id on."""
    query = select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id).order_by(Pass.id)
    if after is not None:
        query = query.where(Pass.id > after)
    return list(db.session.scalars(query.limit(limit)))


def count(event: Event) -> int:
    """Count an event's passes that are not revoked."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Pass)
            .where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.revoked_at.is_(None))
        )
        or 0
    )
