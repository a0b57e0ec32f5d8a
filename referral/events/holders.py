"""Who has a pass and who has none, asked of very many at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from referral.events.models import Event, Pass
from referral.fans.models import Fan
from referral.plumbing.db import db, in_parts


def who_had_one(event: Event, fan_ids: Sequence[int]) -> set[int]:
    """Tell which fans have a pass, or had one that was revoked."""
    found: set[int] = set()
    for part in in_parts(fan_ids):
        rows = db.session.scalars(
            select(Pass.fan_id).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.fan_id.in_(part))
        )
        found.update(fan_id for fan_id in rows if fan_id is not None)
    return found


def fans_without(event: Event, after: int = 0, most: int | None = None) -> list[int]:
    """List the fans of an event's campaign, of ids above one, who never had a pass for it; so many at most."""
    had = exists().where(Pass.brand_id == Fan.brand_id, Pass.fan_id == Fan.id, Pass.event_id == event.id)
    return list(
        db.session.scalars(
            select(Fan.id)
            .where(Fan.brand_id == event.brand_id, Fan.campaign_id == event.campaign_id, Fan.id > after, ~had)
            .order_by(Fan.id)
            .limit(most)
        )
    )


def passes_by_hashes(event: Event, hashes: Sequence[bytes]) -> list[Pass]:
    """Give the passes of an event whose codes have these hashes."""
    found: list[Pass] = []
    for part in in_parts(hashes):
        found += db.session.scalars(
            select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.code_hash.in_(part))
        )
    return found


def external_ids(event: Event, wanted: Sequence[str]) -> set[str]:
    """Tell which references name a pass of an event already."""
    found: set[str] = set()
    for part in in_parts(wanted):
        rows = db.session.scalars(
            select(Pass.external_id).where(
                Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.external_id.in_(part)
            )
        )
        found.update(one for one in rows if one is not None)
    return found
