"""What is asked of an event afterwards: everybody with a pass, and those of them who came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Select, case, func, literal, select, type_coerce

from referral.events.models import Admission, Arrival, ArrivalCredit, Event, Pass, Place, Scan, WallName
from referral.events.rules.results import Came, Results, results
from referral.fans.models import Fan
from referral.introductions.models import Introduction
from referral.people.models import Person
from referral.plumbing.clock import milliseconds
from referral.plumbing.db import db


def outcome(event: Event) -> Results:
    """Sum up an event: an annulled entry is no arrival, whoever came on several days is one."""
    return results(_everybody(event), _came(event))


def _everybody(event: Event) -> list[Came]:
    """List the passes that somebody could have come with, and how their holders heard."""
    rows = db.session.execute(
        select(
            Pass.fan_id,
            Introduction.introducer_id,
            Introduction.link_id,
            Introduction.channel,
            Fan.generation,
            Fan.locale,
            literal(0),
            literal(0),
            literal(0),
        )
        .outerjoin(Fan, (Fan.brand_id == Pass.brand_id) & (Fan.id == Pass.fan_id))
        .outerjoin(
            Introduction,
            (Introduction.brand_id == Pass.brand_id) & (Introduction.fan_id == Pass.fan_id) & Introduction.is_primary,
        )
        .where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.replaced_by_id.is_(None))
    )
    return [Came(*row) for row in rows]


def _came(event: Event) -> list[Came]:
    """List the arrivals that stand, with what the log saw of each."""
    days = (
        select(
            Admission.pass_id,
            func.count().label("days"),
            func.max(Admission.last_at - Admission.first_at).label("longest"),
        )
        .where(Admission.brand_id == event.brand_id, Admission.event_id == event.id, Admission.people > 0)
        .group_by(Admission.pass_id)
        .subquery()
    )
    visits = (
        select(Scan.pass_id, func.count(Scan.place_id.distinct()).label("visits"))
        .where(Scan.brand_id == event.brand_id, Scan.event_id == event.id, Scan.kind == "visit")
        .where(Scan.verdict == "applied")
        .group_by(Scan.pass_id)
        .subquery()
    )
    standing = _standing(event).subquery()
    rows = db.session.execute(
        select(
            standing.c.fan_id,
            standing.c.introducer_id,
            standing.c.link_id,
            standing.c.channel,
            standing.c.generation,
            Fan.locale,
            func.coalesce(days.c.days, 1),
            func.coalesce(visits.c.visits, 0),
            func.coalesce(days.c.longest, 0),
        )
        .outerjoin(Fan, (Fan.brand_id == event.brand_id) & (Fan.id == standing.c.fan_id))
        .outerjoin(days, days.c.pass_id == standing.c.pass_id)
        .outerjoin(visits, visits.c.pass_id == standing.c.pass_id)
    )
    return [Came(*row) for row in rows]


def _standing(event: Event) -> Select[Arrival]:
    """Give the arrivals that were not taken back: of each pass the last row, where it is a +1."""
    last = (
        select(Arrival.pass_id, func.max(Arrival.number).label("number"))
        .where(Arrival.brand_id == event.brand_id, Arrival.event_id == event.id)
        .group_by(Arrival.pass_id)
        .subquery()
    )
    return (
        select(Arrival)
        .join(last, (last.c.pass_id == Arrival.pass_id) & (last.c.number == Arrival.number))
        .where(Arrival.brand_id == event.brand_id, Arrival.event_id == event.id, Arrival.sign == 1)
    )


@dataclass(frozen=True)
class ArrivalRow:
    """Hold one arrival for a file: who came, by whose word, when, and at which gate."""

    number: int
    fan_id: int | None
    introducer_id: int | None
    link_id: int | None
    channel: str | None
    generation: int | None
    at: datetime
    place: str | None


def arrivals(event: Event) -> Iterator[ArrivalRow]:
    """List the arrivals that stand, in the order in which they came."""
    standing = _standing(event).subquery()
    rows = db.session.execute(
        select(
            Pass.number,
            standing.c.fan_id,
            standing.c.introducer_id,
            standing.c.link_id,
            standing.c.channel,
            standing.c.generation,
            standing.c.at,
            Place.name,
        )
        .select_from(standing)
        .join(Pass, (Pass.brand_id == event.brand_id) & (Pass.id == standing.c.pass_id))
        .outerjoin(Scan, (Scan.brand_id == event.brand_id) & (Scan.id == standing.c.scan_id))
        .outerjoin(Place, (Place.brand_id == event.brand_id) & (Place.id == Scan.place_id))
        .order_by(standing.c.at, Pass.number)
    )
    return (ArrivalRow(*row) for row in rows)


@dataclass(frozen=True)
class CreditRow:
    """Hold what one fan is credited with: arrivals by their own word, and those further down."""

    fan_id: int
    direct: int
    further: int


def credited(event: Event, most: int | None = None) -> list[CreditRow]:
    """List who is credited with arrivals, annulled ones taken off, most direct ones first."""
    direct = func.sum(ArrivalCredit.sign).filter(ArrivalCredit.depth == 1)
    further = func.sum(ArrivalCredit.sign).filter(ArrivalCredit.depth > 1)
    rows = db.session.execute(
        select(ArrivalCredit.fan_id, func.coalesce(direct, 0), func.coalesce(further, 0))
        .where(ArrivalCredit.brand_id == event.brand_id, ArrivalCredit.event_id == event.id)
        .group_by(ArrivalCredit.fan_id)
        .having(func.sum(ArrivalCredit.sign) > 0)
        .order_by(func.coalesce(direct, 0).desc(), func.coalesce(further, 0).desc(), ArrivalCredit.fan_id)
        .limit(most)
    )
    return [CreditRow(int(fan_id), int(one), int(more)) for fan_id, one, more in rows]


# --- For the big screen ----------------------------------------------------------------------------------------------


def fans_in(event: Event) -> list[tuple[int, int]]:
    """List the fans whose arrival stands, with its moment in milliseconds since 1970."""
    standing = _standing(event).subquery()
    rows = db.session.execute(select(standing.c.fan_id, standing.c.at).where(standing.c.fan_id.is_not(None)))
    return [(fan_id, milliseconds(at)) for fan_id, at in rows]


def version(event: Event) -> str:
    """Name what the arrivals were when they were asked for; another one after each."""
    newest, count = db.session.execute(
        select(func.max(Arrival.id), func.count()).where(
            Arrival.brand_id == event.brand_id, Arrival.event_id == event.id
        )
    ).one()
    return f"{newest or 0:x}-{count}"


def by_hour(event: Event, since: datetime, until: datetime) -> dict[int, int]:
    """Count the people who first came in, by the hour counted from 1970, in UTC; an hour without any is absent."""
    hour = type_coerce(Admission.first_at, BigInteger) // 3_600_000
    rows = db.session.execute(
        select(hour, func.sum(Admission.people))
        .where(
            Admission.brand_id == event.brand_id,
            Admission.event_id == event.id,
            Admission.people > 0,
            Admission.first_at >= since,
            Admission.first_at < until,
        )
        .group_by(hour)
    )
    return {int(at): int(people) for at, people in rows}


@dataclass(frozen=True)
class Bringer:
    """Hold somebody by whose word people came in; the name is there only where the big screen may show it."""

    fan_id: int
    name: str | None
    brought: int


def brought_most(event: Event, since: datetime, most: int) -> list[Bringer]:
    """List who brought most people since a moment, by their own word, annulled ones taken off."""
    brought = func.sum(ArrivalCredit.sign)
    rows = db.session.execute(
        select(ArrivalCredit.fan_id, func.max(case((WallName.fan_id.is_not(None), Person.name))), brought)
        .join(Arrival, (Arrival.brand_id == ArrivalCredit.brand_id) & (Arrival.id == ArrivalCredit.arrival_id))
        .join(Fan, (Fan.brand_id == ArrivalCredit.brand_id) & (Fan.id == ArrivalCredit.fan_id))
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .outerjoin(
            WallName,
            (WallName.brand_id == ArrivalCredit.brand_id)
            & (WallName.event_id == ArrivalCredit.event_id)
            & (WallName.fan_id == ArrivalCredit.fan_id),
        )
        .where(
            ArrivalCredit.brand_id == event.brand_id,
            ArrivalCredit.event_id == event.id,
            ArrivalCredit.depth == 1,
            Arrival.at >= since,
        )
        .group_by(ArrivalCredit.fan_id)
        .having(brought > 0)
        .order_by(brought.desc(), ArrivalCredit.fan_id)
        .limit(most)
    )
    return [Bringer(int(fan_id), name, int(count)) for fan_id, name, count in rows]
