"""What is asked of passes at the desk: found by number, code or name; one pass's history; all of them for a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from referral.events import queries, written
from referral.events.conflicts import Side
from referral.events.models import Admission, Event, GateDevice, Pass, Place, Scan
from referral.events.rules.codes import MOST_NUMBER, Token, code_hash, recognise
from referral.fans.models import Fan
from referral.introductions.rules import name_key, name_pattern
from referral.people.models import Person
from referral.plumbing.db import db, in_parts

_CHUNK = 1_000
MOST_HISTORY = 500


@dataclass(frozen=True)
class Came:
    """Hold when a pass first came in, on how many days, and how many of its people are inside by the last of them."""

    first_at: datetime
    days: int
    inside: int


def found(event: Event, text: str, base_url: str, *, names: bool, before: int | None, limit: int) -> list[Pass]:
    """List passes of numbers below one, the highest first, that a text speaks of; an empty text is all of them.

    A text is a number, a short code, what a QR code holds, another system's code, a shop's reference, or a part of a
    label; and, for those who may see people, a part of a name.
    """
    words = text.strip()
    query = _all(event, before)
    if not words:
        return list(db.session.scalars(query.limit(limit)))
    exactly = _exactly(event, words, base_url)
    if exactly:
        return [one for one in exactly if before is None or one.number < before][:limit]
    key = name_key(words[:200])
    if key is None:
        return []
    return _by_words(query, key, names, limit)


def arrivals(event: Event, pass_ids: Sequence[int]) -> dict[int, Came]:
    """Tell of passes when they came in, by pass id; who has not is absent."""
    came: dict[int, Came] = {}
    for part in in_parts(pass_ids):
        rows = db.session.execute(
            select(Admission.pass_id, func.min(Admission.first_at), func.count(), func.sum(Admission.inside))
            .where(
                Admission.brand_id == event.brand_id,
                Admission.event_id == event.id,
                Admission.pass_id.in_(part),
                Admission.people > 0,
            )
            .group_by(Admission.pass_id)
        )
        came.update((row[0], Came(row[1], row[2], int(row[3]))) for row in rows if row[1] is not None)
    return came


def history(event: Event, gate_pass: Pass) -> list[Side]:
    """List the scans of a pass in the order in which they count, the last ones where there are very many."""
    rows = db.session.execute(
        select(Scan, Place, GateDevice)
        .outerjoin(Place, (Place.brand_id == Scan.brand_id) & (Place.id == Scan.place_id))
        .outerjoin(GateDevice, (GateDevice.brand_id == Scan.brand_id) & (GateDevice.id == Scan.device_id))
        .where(Scan.brand_id == event.brand_id, Scan.event_id == event.id, Scan.pass_id == gate_pass.id)
        .order_by(Scan.at.desc(), Scan.device_id.desc(), Scan.counter.desc(), Scan.nonce.desc())
        .limit(MOST_HISTORY)
    ).all()
    return [Side(row[0], row[1], row[2]) for row in reversed(rows)]


def replaced(event: Event, gate_pass: Pass) -> tuple[Pass | None, Pass | None]:
    """Give the pass that another took the place of, and the one that took this one's place."""
    old = db.session.scalar(
        select(Pass).where(
            Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.replaced_by_id == gate_pass.id
        )
    )
    new = queries.pass_by_id(event.brand_id, gate_pass.replaced_by_id) if gate_pass.replaced_by_id else None
    return old, new


# --- For files -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScanRow:
    """Hold a scan with the number of its pass, and the names of its gate and its device."""

    scan: Scan
    number: int | None
    place: str | None
    device: str | None


def scans(event: Event, after: int, limit: int) -> list[ScanRow]:
    """List scans in the order in which they came in, of ids above one."""
    rows = db.session.execute(
        select(Scan, Pass.number, Place.name, GateDevice.name)
        .outerjoin(Pass, (Pass.brand_id == Scan.brand_id) & (Pass.id == Scan.pass_id))
        .outerjoin(Place, (Place.brand_id == Scan.brand_id) & (Place.id == Scan.place_id))
        .outerjoin(GateDevice, (GateDevice.brand_id == Scan.brand_id) & (GateDevice.id == Scan.device_id))
        .where(Scan.brand_id == event.brand_id, Scan.event_id == event.id, Scan.id > after)
        .order_by(Scan.id)
        .limit(limit)
    )
    return [ScanRow(*row) for row in rows]


def passes(event: Event, after: int, limit: int) -> list[tuple[Pass, Person | None]]:
    """List passes with whose they are, by number, above one."""
    rows = db.session.execute(
        select(Pass, Person)
        .outerjoin(Fan, (Fan.brand_id == Pass.brand_id) & (Fan.id == Pass.fan_id))
        .outerjoin(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(Pass.brand_id == event.brand_id, Pass.event_id == event.id, Pass.number > after)
        .order_by(Pass.number)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


# --- How a text is understood ----------------------------------------------------------------------------------------


def _all(event: Event, before: int | None) -> Select[Pass]:
    query = select(Pass).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id).order_by(Pass.number.desc())
    return query if before is None else query.where(Pass.number < before)


def _exactly(event: Event, words: str, base_url: str) -> list[Pass]:
    """Find the passes that a text names: by number, by a code, by a reference. A code need not be signed any more."""
    read = recognise(words, base_url)
    wanted: list[Pass | None] = [
        queries.pass_by_external_id(event, words),
        queries.pass_by_hash(event, code_hash(event.salt, words)),
    ]
    if words.isascii() and words.isdigit() and int(words) <= MOST_NUMBER:
        wanted.append(queries.pass_by_number(event, int(words)))
    if read is not None and read.kind == "short":
        number = written.pen(event).signer.number_of_short(read.text)
        wanted.append(queries.pass_by_number(event, number) if number is not None else None)
    if read is not None and read.kind == "pass" and (token := Token.read(read.text)) is not None:
        known = queries.pass_by_id(event.brand_id, token.pass_id)
        wanted.append(known if known is not None and known.event_id == event.id else None)
    unique = {one.id: one for one in wanted if one is not None}
    return sorted(unique.values(), key=lambda one: -one.number)


def _by_words(query: Select[Pass], key: str, names: bool, limit: int) -> list[Pass]:
    """Find passes by a part of a label, and of a name. Engines fold letters each in its own way, so we look again."""
    listed: list[Pass] = []
    for gate_pass, name in _candidates(query, key, names):
        if key in (name_key(gate_pass.label or "") or "") or (names and key in (name_key(name or "") or "")):
            listed.append(gate_pass)
            if len(listed) == limit:
                break
    return listed


def _candidates(query: Select[Pass], key: str, names: bool) -> Iterator[tuple[Pass, str | None]]:
    pattern = f"%{name_pattern(key)}%"
    if names:
        wide = (
            query.add_columns(Person.name)
            .outerjoin(Fan, (Fan.brand_id == Pass.brand_id) & (Fan.id == Pass.fan_id))
            .outerjoin(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
            .where(or_(Person.name.ilike(pattern, escape="\\"), Pass.label.ilike(pattern, escape="\\")))
        )
    else:
        wide = query.add_columns(Pass.label).where(Pass.label.ilike(pattern, escape="\\"))
    with db.session.execute(wide.execution_options(yield_per=_CHUNK)) as rows:
        yield from ((row[0], row[1]) for row in rows)


def scanned(event: Event) -> list[int]:
    """List the ids of all passes that were ever scanned."""
    return list(
        db.session.scalars(
            select(Scan.pass_id)
            .where(Scan.brand_id == event.brand_id, Scan.event_id == event.id, Scan.pass_id.is_not(None))
            .distinct()
            .order_by(Scan.pass_id)
        )
    )
