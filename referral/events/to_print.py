"""What is asked of passes before they are printed: how many there are, of which labels, and the ones of a range."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from referral.events.models import Event, Pass
from referral.plumbing.db import db

MOST = 2_000
"""Passes that one file is made of, so that it is made in seconds; there may be as many files as it takes."""


@dataclass(frozen=True)
class Range:
    """Hold which passes are wanted: of numbers from one to another, and of one label; None is no limit."""

    first: int | None = None
    last: int | None = None
    label: str | None = None


def count(event: Event, wanted: Range) -> int:
    """Count the passes of a range that are not revoked."""
    return db.session.scalar(select(func.count()).select_from(_of(event, wanted).subquery())) or 0


def printable(event: Event, wanted: Range) -> list[Pass]:
    """List the passes of a range that are not revoked, by number: at most MOST."""
    return list(db.session.scalars(_of(event, wanted).order_by(Pass.number).limit(MOST)))


def files(event: Event) -> list[Range]:
    """Part an event's passes into ranges that a file each can be made of; nothing where one is enough for all."""
    mine = _of(event, Range()).subquery()
    ordered = select(mine.c.number, func.row_number().over(order_by=mine.c.number).label("place")).subquery()
    ends = list(
        db.session.scalars(select(ordered.c.number).where(ordered.c.place % MOST == 0).order_by(ordered.c.number))
    )
    if not ends or count(event, Range()) <= MOST:
        return []
    starts = [1, *(end + 1 for end in ends)]
    parts = [Range(first, last) for first, last in zip(starts, [*ends, None], strict=True)]
    return parts if count(event, parts[-1]) else parts[:-1]


def labels(event: Event) -> list[tuple[str, int]]:
    """List the labels of an event's passes that are not revoked, each with how many passes bear it."""
    rows = db.session.execute(
        select(Pass.label, func.count())
        .where(
            Pass.brand_id == event.brand_id,
            Pass.event_id == event.id,
            Pass.revoked_at.is_(None),
            Pass.label.is_not(None),
        )
        .group_by(Pass.label)
        .order_by(Pass.label)
    )
    return [(row[0] or "", row[1]) for row in rows]


def _of(event: Event, wanted: Range) -> Select[Pass]:
    query = select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.revoked_at.is_(None))
    if wanted.first is not None:
        query = query.where(Pass.number >= wanted.first)
    if wanted.last is not None:
        query = query.where(Pass.number <= wanted.last)
    if wanted.label is not None:
        query = query.where(Pass.label == wanted.label)
    return query
