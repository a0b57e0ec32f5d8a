"""Who is looked for by name at a door, where somebody came without their pass."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from referral.errors import Invalid
from referral.events import overview, queries, written
from referral.events.models import Admission, Event, Pass
from referral.events.rules.rights import SEARCH_SIGNS
from referral.fans.models import Fan
from referral.introductions.rules import name_key, name_pattern
from referral.people.models import Person
from referral.plumbing.db import db, in_parts

MOST_FOUND = 20
_CHUNK = 1_000


@dataclass(frozen=True)
class Found:
    """Hold somebody who was found: their pass, what a gate reads from it, and whether they are inside."""

    number: int
    name: str | None
    label: str | None
    code: str
    is_inside: bool


def by_name(event: Event, words: str, now: datetime) -> list[Found]:
    """Find passes by a part of the name, in any case; of a pass that is nobody's, by what is printed on it.

    A revoked pass is not found, nor one whose key is retired: neither would open the door.

    Raises:
        Invalid: `search_too_short`, below four letters: a list of everybody is nobody's to page through.
    """
    key = name_key(words[:200])
    if key is None or sum(unicodedata.category(sign)[0] in "LMN" for sign in key) < SEARCH_SIGNS:
        raise Invalid("search_too_short", least=SEARCH_SIGNS)
    pen = written.pen(event)
    found: list[tuple[Pass, str | None, str]] = []
    for gate_pass, name in _candidates(event, key):
        code = pen.code(gate_pass)
        if code is not None and key in (name_key(name or gate_pass.label or "") or ""):
            found.append((gate_pass, name, code))
            if len(found) == MOST_FOUND:
                break
    inside = _inside(event, [gate_pass.id for gate_pass, _, _ in found], now)
    return [Found(one.number, name, one.label, code, one.id in inside) for one, name, code in found]


def _candidates(event: Event, key: str) -> Iterator[tuple[Pass, str | None]]:
    """List whose name may hold a text: the engines fold letters each in its own way, so Python has the last word."""
    pattern = f"%{name_pattern(key)}%"
    query = (
        select(Pass, Person.name)
        .outerjoin(Fan, (Fan.brand_id == Pass.brand_id) & (Fan.id == Pass.fan_id))
        .outerjoin(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(
            Pass.brand_id == event.brand_id,
            Pass.event_id == event.id,
            Pass.revoked_at.is_(None),
            or_(
                Person.name.ilike(pattern, escape="\\"),
                and_(Pass.fan_id.is_(None), Pass.label.ilike(pattern, escape="\\")),
            ),
        )
        .order_by(Pass.number)
        .execution_options(yield_per=_CHUNK)
    )
    with db.session.execute(query) as rows:
        yield from ((row[0], row[1]) for row in rows)


def _inside(event: Event, pass_ids: Sequence[int], now: datetime) -> set[int]:
    """Tell which passes are inside today, or since an event began whose passes enter once."""
    day = overview.day_of(queries.days(event), event.early_minutes, now)
    slots = [0] if day is None else [0, day.id]
    found: set[int] = set()
    for part in in_parts(pass_ids):
        rows = db.session.scalars(
            select(Admission.pass_id).where(
                Admission.brand_id == event.brand_id,
                Admission.event_id == event.id,
                Admission.pass_id.in_(part),
                Admission.day_id.in_(slots),
                Admission.inside > 0,
            )
        )
        found.update(rows)
    return found
