"""Names for gates, sealed: each opens with the code on the visitor's own pass only."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Row, Select, select

from referral.events.models import Event, Pass
from referral.events.rules.sealing import seal, shown_name
from referral.events.written import Pen, pen
from referral.fans.models import Fan
from referral.people.models import Person
from referral.plumbing.db import db, in_parts

AT_ONCE = 20_000
"""Names of one answer: sealing so many takes less than a second."""


class Names:
    """The sealed names of one event's passes: each is sealed once, for all devices that ask."""

    def __init__(self) -> None:
        self._sealed: dict[int, tuple[int, bytes]] = {}

    def between(self, event: Event, first: int, last: int) -> list[tuple[int, bytes]]:
        """Give the names of passes by their numbers, where there are names."""
        rows = db.session.execute(_rows(event).where(Pass.number.between(first, last)))
        return [(number, sealed) for number, sealed in self._of(event, rows) if sealed]

    def of(self, event: Event, numbers: list[int]) -> list[tuple[int, bytes]]:
        """Give the names of some passes; a revoked one has none, so that devices forget it."""
        found: list[tuple[int, bytes]] = []
        for part in in_parts(numbers):
            found += self._of(event, db.session.execute(_rows(event).where(Pass.number.in_(part))))
        return found

    def _of(self, event: Event, rows: Iterable[Row[Pass, str | None]]) -> list[tuple[int, bytes]]:
        writing: Pen | None = None
        found = []
        for one, name in rows:
            kept = self._sealed.get(one.number)
            if kept is None or kept[0] != one.changed:
                writing = writing or pen(event)
                kept = self._sealed[one.number] = (one.changed, _sealed(event, writing, one, name))
            found.append((one.number, kept[1]))
        return found


def _rows(event: Event) -> Select[Pass, str | None]:
    return (
        select(Pass, Person.name)
        .join(Fan, (Fan.brand_id == Pass.brand_id) & (Fan.id == Pass.fan_id))
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(Pass.brand_id == event.brand_id, Pass.event_id == event.id)
        .order_by(Pass.number)
    )


def _sealed(event: Event, writing: Pen, one: Pass, name: str | None) -> bytes:
    code, shown = writing.code(one), shown_name(name)
    if one.revoked_at is not None or code is None or shown is None:
        return b""
    return seal(event.salt, code, shown, one.label)
