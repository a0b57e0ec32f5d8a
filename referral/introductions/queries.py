"""What is asked about introductions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import aliased

from referral.campaigns.models import Campaign
from referral.clicks import queries as clicks
from referral.clicks.queries import Seen
from referral.fans.models import Fan
from referral.introductions.models import Introduction
from referral.introductions.rules import Teller, name_key, name_pattern
from referral.links.models import Link
from referral.links.rules import fold
from referral.people.models import Person
from referral.plumbing.db import db, in_parts


def primary(fan: Fan) -> Introduction | None:
    """Give a fan's first introduction."""
    return db.session.scalar(
        select(Introduction).where(
            Introduction.brand_id == fan.brand_id, Introduction.fan_id == fan.id, Introduction.is_primary
        )
    )


def primaries(campaign: Campaign, fan_ids: list[int]) -> dict[int, Introduction]:
    """Give the first introductions of some fans by fan id; who came alone is absent."""
    found: dict[int, Introduction] = {}
    for part in in_parts(fan_ids):
        rows = db.session.scalars(
            select(Introduction).where(
                Introduction.brand_id == campaign.brand_id,
                Introduction.fan_id.in_(part),
                Introduction.is_primary,
            )
        )
        found.update({one.fan_id: one for one in rows})
    return found


def recorded_pairs(campaign: Campaign, fan_ids: list[int]) -> set[tuple[int, int | None, int | None]]:
    """Give the (fan, introducer, link) of what is recorded about some fans."""
    found: set[tuple[int, int | None, int | None]] = set()
    for part in in_parts(fan_ids):
        rows = db.session.execute(
            select(Introduction.fan_id, Introduction.introducer_id, Introduction.link_id).where(
                Introduction.brand_id == campaign.brand_id,
                Introduction.fan_id.in_(part),
            )
        )
        found.update((row.fan_id, row.introducer_id, row.link_id) for row in rows)
    return found


def teller(campaign: Campaign, *, code: str | None = None, click_id: int | None = None) -> Teller | None:
    """Find who tells by a code or a click; None where the campaign has no such code or click."""
    if click_id is not None:
        click = clicks.seen(campaign, click_id)
        return None if click is None else teller_of_click(campaign, click)
    folded = fold(code or "")
    return None if folded is None else _teller(campaign, Link.code == folded)


def teller_of_click(campaign: Campaign, click: Seen) -> Teller | None:
    """Find who tells by a click, in the way that it came."""
    told = teller_of_link(campaign, click.link_id)
    return None if told is None else replace(told, channel=click.channel)


def teller_of_link(campaign: Campaign, link_id: int) -> Teller | None:
    """Find who tells by a link; None where the campaign has no such link."""
    return _teller(campaign, Link.id == link_id)


def _teller(campaign: Campaign, which: ColumnElement[bool]) -> Teller | None:
    row = db.session.execute(
        select(Link.id, Link.fan_id, Link.channel, Fan.generation)
        .outerjoin(Fan, (Fan.brand_id == Link.brand_id) & (Fan.id == Link.fan_id))
        .where(Link.brand_id == campaign.brand_id, Link.campaign_id == campaign.id, which)
    ).one_or_none()
    return None if row is None else Teller(row.id, row.fan_id, row.generation, row.channel)


def tellers_by_reference(campaign: Campaign) -> dict[str, Teller]:
    """Give the fans of a campaign whom the shop or an import named, each by that name, ready to tell others."""
    rows = db.session.execute(
        select(Person.external_id, func.min(Link.id), Fan.id, Fan.generation)
        .select_from(Fan)
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .join(Link, (Link.brand_id == Fan.brand_id) & (Link.fan_id == Fan.id))
        .where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id, Person.external_id.is_not(None))
        .group_by(Person.external_id, Fan.id, Fan.generation)
    )
    return {str(row[0]): Teller(row[1], row[2], row[3]) for row in rows}


def tellers_by_name(campaign: Campaign, name: str) -> list[Teller]:
    """Find the fans of a campaign who bear a name, in whatever case and spacing, with the first link of each."""
    key = name_key(name)
    if key is None:
        return []
    rows = db.session.execute(
        select(Person.name, func.min(Link.id), Fan.id, Fan.generation)
        .select_from(Fan)
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .join(Link, (Link.brand_id == Fan.brand_id) & (Link.fan_id == Fan.id))
        .where(
            Fan.brand_id == campaign.brand_id,
            Fan.campaign_id == campaign.id,
            Person.name.ilike(name_pattern(key), escape="\\"),
        )
        .group_by(Person.name, Fan.id, Fan.generation)
        .order_by(Fan.id)
    )
    return [Teller(row[1], row[2], row[3], "spoken") for row in rows if name_key(row[0] or "") == key]


def introducers(campaign: Campaign, fan_ids: list[int]) -> dict[int, tuple[int | None, str | None, str | None]]:
    """Give (introducer's fan id, introducer's name, brand link's label) of fans by fan id; who came alone is absent."""
    rows = db.session.execute(
        select(Introduction.fan_id, Introduction.introducer_id, Person.name, Link.label)
        .outerjoin(Fan, (Fan.brand_id == Introduction.brand_id) & (Fan.id == Introduction.introducer_id))
        .outerjoin(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .outerjoin(Link, (Link.brand_id == Introduction.brand_id) & (Link.id == Introduction.link_id))
        .where(Introduction.brand_id == campaign.brand_id, Introduction.fan_id.in_(fan_ids), Introduction.is_primary)
    )
    return {row.fan_id: (row.introducer_id, row.name, row.label) for row in rows}


def came_by_link(campaign: Campaign) -> dict[int, int]:
    """Count whom each of the brand's own links brought first, by link id; a link that brought nobody is absent."""
    rows = db.session.execute(
        select(Introduction.link_id, func.count())
        .where(
            Introduction.brand_id == campaign.brand_id,
            Introduction.campaign_id == campaign.id,
            Introduction.introducer_id.is_(None),
            Introduction.link_id.is_not(None),
            Introduction.is_primary,
        )
        .group_by(Introduction.link_id)
    )
    return {link_id: count for link_id, count in rows if link_id is not None}


def brought(fan: Fan) -> int:
    """Count whom a fan introduced first."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Introduction)
            .where(Introduction.brand_id == fan.brand_id, Introduction.introducer_id == fan.id, Introduction.is_primary)
        )
        or 0
    )


def brought_by(campaign: Campaign, fan_ids: list[int]) -> dict[int, int]:
    """Count whom some fans introduced first, by fan id; who introduced nobody is absent."""
    found: dict[int, int] = {}
    for part in in_parts(fan_ids):
        rows = db.session.execute(
            select(Introduction.introducer_id, func.count())
            .where(
                Introduction.brand_id == campaign.brand_id,
                Introduction.introducer_id.in_(part),
                Introduction.is_primary,
            )
            .group_by(Introduction.introducer_id)
        )
        found.update({row[0]: row[1] for row in rows if row[0] is not None})
    return found


@dataclass(frozen=True)
class Brought:
    """Name somebody below a fan: how far below, by whom, when; the name is for the first word only."""

    fan_id: int
    introducer_id: int
    depth: int
    name: str | None
    channel: str
    joined_at: datetime


def branch(fan: Fan, most: int = 2000) -> list[Brought]:
    """List everybody below a fan, generation by generation, at most so many."""
    found: list[Brought] = []
    level, depth = [fan.id], 0
    while level and len(found) < most:
        depth += 1
        below: list[Brought] = []
        for part in in_parts(level):
            rows = db.session.execute(
                select(
                    Introduction.fan_id, Introduction.introducer_id, Person.name, Introduction.channel, Fan.joined_at
                )
                .join(Fan, (Fan.brand_id == Introduction.brand_id) & (Fan.id == Introduction.fan_id))
                .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
                .where(
                    Introduction.brand_id == fan.brand_id,
                    Introduction.is_primary,
                    Introduction.introducer_id.in_(part),
                )
                .order_by(Fan.joined_at, Fan.id)
            )
            below += [
                Brought(row.fan_id, row.introducer_id or 0, depth, row.name, row.channel, row.joined_at) for row in rows
            ]
        found += below[: most - len(found)]
        level = [one.fan_id for one in below]
    return found


@dataclass(frozen=True)
class Reach:
    """Hold how far a fan's word went: how many people below, over how many generations, and when the last one came."""

    people: int
    generations: int
    last_at: datetime | None


def reach(fan: Fan) -> Reach:
    """Count everybody below a fan."""
    told = (
        select(Introduction.fan_id.label("fan_id"), literal(1).label("depth"))
        .where(Introduction.brand_id == fan.brand_id, Introduction.introducer_id == fan.id, Introduction.is_primary)
        .cte("told", recursive=True)
    )
    further = aliased(Introduction)
    told = told.union_all(
        select(further.fan_id, told.c.depth + 1).where(
            further.brand_id == fan.brand_id, further.introducer_id == told.c.fan_id, further.is_primary
        )
    )
    people, generations, last_at = db.session.execute(
        select(func.count(), func.max(told.c.depth), func.max(Fan.joined_at))
        .select_from(told)
        .join(Fan, (Fan.brand_id == fan.brand_id) & (Fan.id == told.c.fan_id))
    ).one()
    return Reach(people, generations or 0, last_at)
