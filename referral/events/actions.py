"""What changes about events: made, changed, their days and places, the key of the big screen, closed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from referral.campaigns.models import Campaign
from referral.errors import Conflict
from referral.events import queries
from referral.events.models import Event, EventDay, PassKey, Place
from referral.events.rules import terms as rules
from referral.events.rules.hours import zone_of
from referral.events.rules.terms import EventTerms, PlaceKind
from referral.links import actions as links
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id

PLACE_CHANNEL = "poster"
SALT_BYTES, SECRET_BYTES, WALL_KEY_BYTES = 16, 32, 24


def create(campaign: Campaign, terms: EventTerms) -> Event:
    """Make an event with its opening hours and its first signing key.

    Raises:
        Invalid: a value that could never be right (see rules/terms.py).
        Conflict: `slug_taken`.
    """
    wanted = rules.clean(terms)
    if queries.slug_taken(wanted.slug):
        raise Conflict("slug_taken", slug=wanted.slug)
    event = Event(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        slug=wanted.slug,
        next_number=1,
        salt=secrets.token_bytes(SALT_BYTES),
        wall_key=secrets.token_urlsafe(WALL_KEY_BYTES),
        created_at=now(),
        **_kept(wanted),
    )
    db.session.add(event)
    db.session.flush()
    add_key(event, 0)
    _write_days(event, wanted.days)
    return event


def change(event: Event, terms: EventTerms) -> None:
    """Change what an organiser says of an event, its opening hours included; its slug is for ever, and not looked at.

    Raises:
        Invalid: a value that could never be right.
        Conflict: `day_entered` where a day is left out on which people came.
    """
    wanted = rules.clean(replace(terms, slug=event.slug))
    for name, value in _kept(wanted).items():
        setattr(event, name, value)
    _write_days(event, wanted.days)


def set_days(event: Event, days: Sequence[tuple[datetime, datetime]]) -> None:
    """Write an event's opening hours anew.

    A day that opens when it did, or overlaps with what it was, stays the same day: people came on it.

    Raises:
        Invalid: `days_missing`, `hours_reversed`, `days_overlap`, …
        Conflict: `day_entered` where a day is left out on which people came.
    """
    _write_days(event, rules.clean_days(days, zone_of(event.timezone)))


def add_key(event: Event, number: int) -> PassKey:
    """Make a key that signs passes; event/passes.py decides when."""
    key = PassKey(
        brand_id=event.brand_id,
        id=new_id(),
        event_id=event.id,
        number=number,
        secret=secrets.token_bytes(SECRET_BYTES),
        created_at=now(),
    )
    db.session.add(key)
    db.session.flush()
    return key


def add_place(event: Event, kind: str, name: str) -> Place:
    """Make a gate, booth, poster or stage; all but gates get a link of the brand's, by which they tell people.

    Raises:
        Invalid: `place_kind_unknown`, `name_missing`, `name_too_long`.
    """
    wanted, text = rules.clean_kind(kind), rules.clean_name(name)
    link = None
    if wanted is not PlaceKind.GATE:
        link = links.issue_for_brand(queries.campaign_of(event), channel=PLACE_CHANNEL, label=text)
    place = Place(
        brand_id=event.brand_id,
        id=new_id(),
        event_id=event.id,
        kind=wanted,
        name=text,
        link_id=link.id if link is not None else None,
        created_at=now(),
    )
    db.session.add(place)
    db.session.flush()
    return place


def close_place(place: Place) -> None:
    """Close a place, so that nothing is scanned there any more; its link goes on telling, for photos of it do."""
    place.closed_at = place.closed_at or now()


def open_place(place: Place) -> None:
    """Open a place again."""
    place.closed_at = None


def renew_wall_key(event: Event) -> str:
    """Lock every big screen that is on out of an event, and give the key for new ones."""
    event.wall_key = secrets.token_urlsafe(WALL_KEY_BYTES)
    return event.wall_key


def close(event: Event) -> None:
    """Close an event for good: no more passes; what happened at its doors stays."""
    event.closed_at = event.closed_at or now()


def _kept(wanted: EventTerms) -> dict[str, object]:
    return {
        "name": wanted.name,
        "venue": wanted.venue,
        "timezone": wanted.timezone,
        "capacity": wanted.capacity,
        "early_minutes": wanted.early_minutes,
        "reentry": str(wanted.reentry),
        "gives_passes": wanted.gives_passes,
        "cost_minor": wanted.cost_minor,
    }


def _write_days(event: Event, days: Sequence[tuple[datetime, datetime]]) -> None:
    """Match new hours with old days by their opening, then by overlap; make and drop the rest."""
    old = queries.days(event)
    by_opening = {day.opens_at: day for day in old}
    fresh: list[tuple[datetime, datetime]] = []
    for opens, closes in days:
        same = by_opening.pop(opens, None)
        if same is None:
            fresh.append((opens, closes))
        else:
            same.closes_at = closes
    left = list(by_opening.values())
    made: list[tuple[datetime, datetime]] = []
    for opens, closes in fresh:
        moved = next((day for day in left if day.opens_at < closes and opens < day.closes_at), None)
        if moved is None:
            made.append((opens, closes))
        else:
            left.remove(moved)
            moved.opens_at, moved.closes_at = opens, closes
    if left and queries.days_entered(event) & {day.id for day in left}:
        raise Conflict("day_entered")
    for day in left:
        db.session.delete(day)
    for opens, closes in made:
        db.session.add(
            EventDay(brand_id=event.brand_id, id=new_id(), event_id=event.id, opens_at=opens, closes_at=closes)
        )
    db.session.flush()
