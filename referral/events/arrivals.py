"""What is asked about arrivals from a fan's side: who came by their word, and how far it had gone until then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from referral.events.models import Arrival, ArrivalCredit
from referral.fans.models import Fan
from referral.people.models import Person
from referral.plumbing.db import db


@dataclass(frozen=True)
class Came:
    """Name somebody who came in by a fan's word, so many tellings away; a name only where they show it.

    `is_taken_back` says that a gate took an entry back.
    """

    arrival_id: int
    depth: int
    name: str | None
    at: datetime
    is_taken_back: bool


def by_depth(fan: Fan) -> dict[int, int]:
    """Count who came in by a fan's word, by how many tellings away they are; what was taken back is not counted."""
    total = func.sum(ArrivalCredit.sign)
    rows = db.session.execute(
        select(ArrivalCredit.depth, total)
        .where(ArrivalCredit.brand_id == fan.brand_id, ArrivalCredit.fan_id == fan.id)
        .group_by(ArrivalCredit.depth)
        .having(total != 0)
        .order_by(ArrivalCredit.depth)
    )
    return {depth: int(count) for depth, count in rows}


def since(fan: Fan, arrival_id: int, limit: int) -> list[Came]:
    """List the newest who came in by a fan's word, or were taken back, after an arrival; the first of them first.

    Who came in and was taken back is only the latter.
    """
    later = aliased(Arrival)
    is_undone = exists().where(
        later.brand_id == Arrival.brand_id, later.pass_id == Arrival.pass_id, later.number == Arrival.number + 1
    )
    rows = db.session.execute(
        select(Arrival.id, ArrivalCredit.depth, Person.name, Fan.shows_name, Arrival.at, Arrival.sign)
        .join(Arrival, (Arrival.brand_id == ArrivalCredit.brand_id) & (Arrival.id == ArrivalCredit.arrival_id))
        .outerjoin(Fan, (Fan.brand_id == Arrival.brand_id) & (Fan.id == Arrival.fan_id))
        .outerjoin(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(
            ArrivalCredit.brand_id == fan.brand_id,
            ArrivalCredit.fan_id == fan.id,
            ArrivalCredit.arrival_id > arrival_id,
            or_(Arrival.sign == -1, ~is_undone),
        )
        .order_by(ArrivalCredit.arrival_id.desc())
        .limit(limit)
    )
    return [Came(row.id, row.depth, row.name if row.shows_name else None, row.at, row.sign < 0) for row in rows][::-1]
