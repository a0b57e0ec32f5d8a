"""What a batch of scans changes, in few statements: the log, admissions, conflicts, arrivals and their credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, bindparam, delete, insert, text, update
from sqlalchemy.dialects import postgresql, sqlite

from referral.events.models import Admission, Arrival, DoorConflict, Event, Scan
from referral.events.rules.arriving import DEEPEST, RULE, Came, TakenBack
from referral.events.rules.changing import ConflictChanges
from referral.events.rules.known import AdmissionRow
from referral.plumbing import bulk
from referral.plumbing.clock import EPOCH
from referral.plumbing.db import Base, db
from referral.plumbing.ids import new_id, new_ids

Row = dict[str, Any]


@dataclass(frozen=True)
class Changes:
    """Hold what is to be written: rows of scans, admissions and conflicts; who came, and who came after all not."""

    scans: Sequence[Row]
    admissions: Sequence[AdmissionRow]
    conflicts: ConflictChanges
    came: Sequence[Came]
    taken_back: Sequence[TakenBack]

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to write."""
        conflicts = (self.conflicts.new, self.conflicts.changed, self.conflicts.gone)
        return not any((self.scans, self.admissions, *conflicts, self.came, self.taken_back))


def moment(ms: int | None) -> datetime | None:
    """Turn milliseconds since 1970 into a moment."""
    return None if ms is None else EPOCH + timedelta(milliseconds=ms)


def write(event: Event, changes: Changes, received_at: datetime) -> None:
    """Write what changed, and nothing else: one statement for each kind of row, two for arrivals with their credit."""
    connection = db.session.connection()
    if changes.scans:
        _write_scans(connection, changes.scans)
    if changes.admissions:
        changed = new_id()
        rows = [_admission_row(event, row, changed) for row in changes.admissions]
        connection.execute(_UPSERT[connection.dialect.name], rows)
    _write_conflicts(connection, event, changes.conflicts, received_at)
    if changes.came:
        _write_came(connection, event, changes.came)
    if changes.taken_back:
        _write_taken_back(connection, event, changes.taken_back)


def _admission_row(event: Event, row: AdmissionRow, changed: int) -> Row:
    return {
        "brand_id": event.brand_id,
        "pass_id": row.pass_id,
        "day_id": row.day_id,
        "event_id": event.id,
        "first_scan_id": row.first_scan_id,
        "first_at": moment(row.first_at),
        "place_id": row.place_id,
        "people": row.people,
        "inside": row.inside,
        "greens": row.greens,
        "last_at": moment(row.last_at),
        "changed": changed,
    }


def _write_conflicts(connection: Connection, event: Event, changes: ConflictChanges, received_at: datetime) -> None:
    if changes.new:
        rows = [
            {
                "brand_id": event.brand_id,
                "id": conflict_id,
                "event_id": event.id,
                "pass_id": row.pass_id,
                "day_id": row.day_id,
                "kind": row.kind,
                "first_scan_id": row.first_scan_id,
                "second_scan_id": row.second_scan_id,
                "noted_at": received_at,
            }
            for conflict_id, row in zip(new_ids(len(changes.new)), changes.new, strict=True)
        ]
        connection.execute(_INSERT_CONFLICT, rows)
    if changes.changed:
        changed = [
            {
                "of_brand": event.brand_id,
                "of_id": row.id,
                "day": row.day_id,
                "what": row.kind,
                "first": row.first_scan_id,
            }
            for row in changes.changed
        ]
        connection.execute(_CHANGE_CONFLICT, changed)
    if changes.gone:
        connection.execute(_DROP_CONFLICTS, {"of_brand": event.brand_id, "ids": changes.gone})


def _write_scans(connection: Connection, rows: Sequence[Row]) -> None:
    if len(rows) < bulk.MANY:
        connection.execute(_INSERT_SCAN, rows)
    else:
        bulk.write(Scan, rows)


def _write_came(connection: Connection, event: Event, came: Sequence[Came]) -> None:
    """Write arrivals, and credit for each teller up the chain; one statement where the engine can."""
    rows = [
        {
            "brand_id": event.brand_id,
            "id": arrival_id,
            "event_id": event.id,
            "campaign_id": event.campaign_id,
            "pass_id": one.found.id,
            "number": one.found.arrivals + 1,
            "sign": 1,
            "fan_id": one.found.fan_id,
            "introducer_id": one.found.introducer_id,
            "link_id": one.found.link_id,
            "channel": one.found.channel,
            "generation": one.found.generation,
            "scan_id": one.scan.id,
            "at": moment(one.scan.at_ms),
        }
        for arrival_id, one in zip(new_ids(len(came)), came, strict=True)
    ]
    told: Row = {"brand": event.brand_id, "event": event.id}
    if connection.dialect.name == "postgresql":
        lists = {f"{name}s": [row[name] for row in rows] for name in _OWN}
        lists["ats"] = [one.scan.at_ms for one in came]
        connection.execute(_COME_AT_ONCE, told | {"campaign": event.campaign_id} | lists)
        return
    connection.execute(_INSERT_ARRIVAL, rows)
    if any(one.found.introducer_id is not None for one in came):
        connection.execute(_CREDIT, told | {"ids": [row["id"] for row in rows]})


def _write_taken_back(connection: Connection, event: Event, taken_back: Sequence[TakenBack]) -> None:
    """Write the opposite of what was written when they came, to the last teller."""
    rows = [
        {
            "brand": event.brand_id,
            "new_id": arrival_id,
            "pass": one.found.id,
            "number": one.found.arrivals,
            "scan": one.scan_id,
        }
        for arrival_id, one in zip(new_ids(len(taken_back)), taken_back, strict=True)
    ]
    if connection.dialect.name == "postgresql":
        lists = {f"{name}s": [row[name] for row in rows] for name in ("new_id", "pass", "number", "scan")}
        connection.execute(_TAKE_BACK_AT_ONCE, {"brand": event.brand_id} | lists)
        return
    connection.execute(_TAKE_BACK, rows)
    connection.execute(_TAKE_CREDIT_BACK, rows)


# --- The statements --------------------------------------------------------------------------------------------------


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


_admission, _conflict = _table(Admission), _table(DoorConflict)
_INSERT_SCAN, _INSERT_ARRIVAL, _INSERT_CONFLICT = map(insert, map(_table, (Scan, Arrival, DoorConflict)))

_KEPT = ("first_scan_id", "first_at", "place_id", "people", "inside", "greens", "last_at", "changed")


def _upsert(dialect: Any) -> Any:
    made = dialect.insert(_admission)
    return made.on_conflict_do_update(
        index_elements=["brand_id", "pass_id", "day_id"], set_={name: made.excluded[name] for name in _KEPT}
    )


_UPSERT = {"sqlite": _upsert(sqlite), "postgresql": _upsert(postgresql)}

_CHANGE_CONFLICT = (
    update(_conflict)
    .where(_conflict.c.brand_id == bindparam("of_brand"), _conflict.c.id == bindparam("of_id"))
    .values(day_id=bindparam("day"), kind=bindparam("what"), first_scan_id=bindparam("first", type_=BigInteger))
)
_DROP_CONFLICTS = delete(_conflict).where(
    _conflict.c.brand_id == bindparam("of_brand"), _conflict.c.id.in_(bindparam("ids", expanding=True))
)

# Up the chain: whoever told the visitor, whoever told them, … `came` says who the visitors are.
_UP = f"""
up (arrival_id, fan_id, depth) AS (
    SELECT id, introducer_id, 1 FROM came WHERE introducer_id IS NOT NULL
    UNION ALL
    SELECT up.arrival_id, introduction.introducer_id, up.depth + 1
    FROM up JOIN introduction ON introduction.brand_id = :brand AND introduction.fan_id = up.fan_id
    WHERE introduction.is_primary AND introduction.introducer_id IS NOT NULL AND up.depth < {DEEPEST}
)
INSERT INTO arrival_credit (brand_id, arrival_id, fan_id, event_id, depth, sign, rule)
SELECT :brand, arrival_id, fan_id, :event, depth, 1, {RULE} FROM up
"""  # noqa: S608 - two numbers of our own

_CAME = "WITH RECURSIVE came AS (SELECT id, introducer_id FROM arrival WHERE brand_id = :brand AND id IN :ids),"
_CREDIT = text(_CAME + _UP).bindparams(bindparam("ids", expanding=True))

# What differs from one arrival to the other, and its type in PostgreSQL.
_OWN = {
    "id": "BIGINT",
    "pass_id": "BIGINT",
    "number": "BIGINT",
    "fan_id": "BIGINT",
    "introducer_id": "BIGINT",
    "link_id": "BIGINT",
    "channel": "VARCHAR",
    "generation": "BIGINT",
    "scan_id": "BIGINT",
    "at": "BIGINT",
}
_COME_AT_ONCE = text(
    f"""
WITH RECURSIVE came AS (
    INSERT INTO arrival (brand_id, event_id, campaign_id, sign, {", ".join(_OWN)})
    SELECT :brand, :event, :campaign, 1, {", ".join(_OWN)}
    FROM unnest({", ".join(f"CAST(:{name}s AS {kind}[])" for name, kind in _OWN.items())}) AS told ({", ".join(_OWN)})
    RETURNING id, introducer_id
),{_UP}"""  # noqa: S608 - names of our own columns
)

# The opposite of an arrival, and of its credit; `:number` is the arrival's own.
_BACK = """
INSERT INTO arrival (brand_id, id, event_id, campaign_id, pass_id, number, sign,
                     fan_id, introducer_id, link_id, channel, generation, scan_id, at)
SELECT brand_id, {new_id}, event_id, campaign_id, pass_id, number + 1, -1,
       fan_id, introducer_id, link_id, channel, generation, {scan}, at
FROM arrival {which}
"""
_CREDIT_BACK = """
INSERT INTO arrival_credit (brand_id, arrival_id, fan_id, event_id, depth, sign, rule)
SELECT given.brand_id, {new_id}, given.fan_id, given.event_id, given.depth, -1, given.rule
FROM arrival JOIN arrival_credit given ON given.brand_id = arrival.brand_id AND given.arrival_id = arrival.id {which}
"""
_ONE = {
    "new_id": ":new_id",
    "scan": ":scan",
    "which": "WHERE arrival.brand_id = :brand AND arrival.pass_id = :pass AND arrival.number = :number",
}
_MANY = {
    "new_id": "told.new_id",
    "scan": "told.scan",
    "which": "JOIN told ON told.pass = arrival.pass_id AND told.held = arrival.number WHERE arrival.brand_id = :brand",
}
_TAKE_BACK, _TAKE_CREDIT_BACK = text(_BACK.format(**_ONE)), text(_CREDIT_BACK.format(**_ONE))
_TAKE_BACK_AT_ONCE = text(f"""
WITH told AS (
    SELECT * FROM unnest(CAST(:new_ids AS BIGINT[]), CAST(:passs AS BIGINT[]), CAST(:numbers AS BIGINT[]),
                         CAST(:scans AS BIGINT[])) AS told (new_id, pass, held, scan)
), back AS ({_BACK.format(**_MANY)})
{_CREDIT_BACK.format(**_MANY)}""")  # noqa: S608 - our own words only
