"""Whose first name an event's big screen may show: a fan's own choice, off unless they switch it on."""

from __future__ import annotations

from sqlalchemy import delete, select

from referral.events.models import Event, WallName
from referral.fans.models import Fan
from referral.plumbing.db import db


def shown_at(fan: Fan) -> set[int]:
    """Give the ids of the events at which a fan shows their first name."""
    return set(
        db.session.scalars(
            select(WallName.event_id).where(WallName.brand_id == fan.brand_id, WallName.fan_id == fan.id)
        )
    )


def show(event: Event, fan: Fan) -> None:
    """Let an event's big screen show a fan's first name."""
    if event.id not in shown_at(fan):
        db.session.add(WallName(brand_id=event.brand_id, event_id=event.id, fan_id=fan.id))
        db.session.flush()


def hide(event: Event, fan: Fan) -> None:
    """Take a fan's name off an event's big screen."""
    db.session.execute(
        delete(WallName).where(
            WallName.brand_id == event.brand_id, WallName.event_id == event.id, WallName.fan_id == fan.id
        )
    )
