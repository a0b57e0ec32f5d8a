"""What the door has to know about the passes at hand, fetched by one statement that is built once.

Its rows are of several kinds, one below the other in the same columns. That costs less than the sum of its parts, and a
scan waits for one answer instead of eight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    LargeBinary,
    Select,
    String,
    Table,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
    type_coerce,
    union,
    union_all,
)

from referral.brands.models import Brand
from referral.events.models import (
    Admission,
    Arrival,
    DoorConflict,
    Event,
    EventDay,
    GateDevice,
    Pass,
    PassKey,
    Place,
    Scan,
)
from referral.events.rules.days import Day
from referral.events.rules.known import AdmissionRow, ConflictRow, Key, Known, PassRow, PlaceRow, ScanRow
from referral.fans.models import Fan
from referral.introductions.models import Introduction
from referral.plumbing.db import Base, db, need_brand

Taker = Callable[[Known, Sequence[Any]], None]


@dataclass(frozen=True)
class Wanted:
    """Hold what a batch of records names: passes by id, by the hash of a code, by number; scans; places."""

    pass_ids: Iterable[int] = ()
    hashes: Iterable[bytes] = ()
    numbers: Iterable[int] = ()
    nonces: Iterable[str] = ()
    place_ids: Iterable[int] = ()
    annuls: bool = False


def read(event: Event, wanted: Wanted) -> Known:
    """Fetch what is known about all that a batch names, and keep others from scanning the same passes meanwhile.

    On SQLite the transaction has the database for itself. PostgreSQL locks the passes first, by a statement of its own:
    what somebody wrote while we waited is seen by the next one only. Whoever annuls waits for all who scan at the event
    instead, and they for it: an annul and what it annuls may come at once.
    """
    need_brand()
    connection = db.session.connection()
    values = {
        "brand": event.brand_id,
        "event": event.id,
        "pass_ids": sorted(set(wanted.pass_ids)),
        "hashes": sorted(set(wanted.hashes)),
        "numbers": sorted(set(wanted.numbers)),
        "nonces": sorted(set(wanted.nonces)),
        "place_ids": sorted(set(wanted.place_ids)),
    }
    statement = _READ
    if connection.dialect.name == "postgresql" and wanted.annuls:
        connection.execute(_HOLD_ALL, values)
    elif connection.dialect.name == "postgresql":
        values["held"] = list(connection.scalars(_HOLD, values))
        statement = _READ_HELD
    known = Known()
    for row in connection.execute(statement, values):
        _KINDS[row[0]](known, row)
    return known


def keys_of(event: Event, event_id: int) -> list[Key]:
    """List the keys of another event of the same brand."""
    rows = db.session.connection().execute(_KEYS_OF, {"brand": event.brand_id, "event": event_id})
    return [Key(*row) for row in rows]


def elsewhere(pass_ids: Iterable[int]) -> set[int]:
    """Tell which passes exist, whichever brand's they are: for codes that the brand at hand does not know."""
    rows = db.session.connection().execute(_ELSEWHERE, {"pass_ids": sorted(set(pass_ids))})
    return {row[0] for row in rows}


# --- The statement ---------------------------------------------------------------------------------------------------


def _take_day(known: Known, row: Sequence[Any]) -> None:
    known.days.append(Day(*row[1:4]))


def _take_key(known: Known, row: Sequence[Any]) -> None:
    known.keys.append(Key(row[1], row[2], row[_CODE]))


def _take_place(known: Known, row: Sequence[Any]) -> None:
    known.places[row[1]] = PlaceRow(row[1], row[2], row[_TEXT], row[_TEXT + 1])


def _take_pass(known: Known, row: Sequence[Any]) -> None:
    known.passes[row[1]] = PassRow(*(*row[1 : _TEXT + 1], row[_CODE]))


def _take_scan(known: Known, row: Sequence[Any]) -> None:
    known.scans[row[_TEXT]] = ScanRow(*row[1:11], *row[_TEXT:_CODE])


def _take_admission(known: Known, row: Sequence[Any]) -> None:
    known.admissions.append(AdmissionRow(*row[1:10]))


def _take_conflict(known: Known, row: Sequence[Any]) -> None:
    known.conflicts.append(ConflictRow(*(*row[1:7], row[_TEXT])))


_KINDS = (_take_day, _take_key, _take_place, _take_pass, _take_scan, _take_admission, _take_conflict)
_INTEGERS, _TEXTS = 14, 9
_TEXT = 1 + _INTEGERS
_CODE = _TEXT + _TEXTS


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


_day, _key, _place, _pass = map(_table, (EventDay, PassKey, Place, Pass))
_scan, _device, _admission, _conflict = map(_table, (Scan, GateDevice, Admission, DoorConflict))
_arrival, _fan, _introduction = map(_table, (Arrival, Fan, Introduction))

_BRAND, _EVENT = bindparam("brand", type_=BigInteger), bindparam("event", type_=BigInteger)
_IDS = bindparam("pass_ids", expanding=True, type_=BigInteger)
_HASHES = bindparam("hashes", expanding=True, type_=LargeBinary)
_NUMBERS = bindparam("numbers", expanding=True, type_=BigInteger)
_NONCES = bindparam("nonces", expanding=True, type_=String)
_PLACES = bindparam("place_ids", expanding=True, type_=BigInteger)


def _line(what: Taker, integers: Sequence[Any], texts: Sequence[Any] = (), code: Any = None) -> Select[Any]:
    """Lay values out in the columns that all kinds of rows share; moments, and yes or no, as whole numbers.

    The first kind of all says what type each column is.
    """
    number = _KINDS.index(what)
    empty: Callable[[Any], Any] = (lambda type_: null()) if number else (lambda type_: cast(null(), type_))
    columns: list[Any] = [
        literal_column(str(number)),
        *(type_coerce(one, BigInteger) for one in integers),
        *(empty(BigInteger) for _ in range(_INTEGERS - len(integers))),
        *texts,
        *(empty(String) for _ in range(_TEXTS - len(texts))),
        empty(LargeBinary) if code is None else code,
    ]
    return select(*columns)


def _as_number(condition: Any) -> Any:
    return case((condition, literal_column("1")), else_=literal_column("0"))


def _of_event(table: Table) -> Any:
    return (table.c.brand_id == _BRAND) & (table.c.event_id == _EVENT)


_id_and_fan = select(_pass.c.id, _pass.c.fan_id)
_of_scan = _scan.join(_pass, (_pass.c.brand_id == _scan.c.brand_id) & (_pass.c.id == _scan.c.pass_id))
# The passes that are named, by whatever; and the other passes of their fans, who arrive only once all the same.
_named = union(
    _id_and_fan.where(_pass.c.brand_id == _BRAND, _pass.c.id.in_(_IDS)),
    _id_and_fan.where(_of_event(_pass), _pass.c.code_hash.in_(_HASHES)),
    _id_and_fan.where(_of_event(_pass), _pass.c.number.in_(_NUMBERS)),
    _id_and_fan.select_from(_of_scan).where(_scan.c.brand_id == _BRAND, _scan.c.nonce.in_(_NONCES)),
).cte("named")
# A term that no index knows keeps SQLite from reading all passes of the event.
_of_same_fans = select(_pass.c.id).where(
    _pass.c.brand_id == _BRAND, _pass.c.fan_id.in_(select(_named.c.fan_id)), _pass.c.event_id + 0 == _EVENT
)
_held = union(select(_named.c.id), _of_same_fans).cte("held")
_held_ids = select(_held.c.id)
_HELD = bindparam("held", expanding=True, type_=BigInteger)

_arrivals = (
    select(func.count()).where(_arrival.c.brand_id == _pass.c.brand_id, _arrival.c.pass_id == _pass.c.id)
).scalar_subquery()
_told = _pass.outerjoin(_fan, (_fan.c.brand_id == _pass.c.brand_id) & (_fan.c.id == _pass.c.fan_id)).outerjoin(
    _introduction,
    (_introduction.c.brand_id == _pass.c.brand_id)
    & (_introduction.c.fan_id == _pass.c.fan_id)
    & _introduction.c.is_primary,
)
_sent = _scan.outerjoin(
    _device, (_device.c.brand_id == _scan.c.brand_id) & (_device.c.id == _scan.c.device_id)
).outerjoin(_place, (_place.c.brand_id == _scan.c.brand_id) & (_place.c.id == _scan.c.place_id))


def _columns(table: Table, names: str) -> list[Any]:
    return [table.c[name] for name in names.split()]


def _scan_ids(held: Any) -> Any:
    """Ask for the scans of passes, all but visits; scans that are named; and annuls of either: some came before."""
    annul = _scan.alias("annul")
    of_held = (
        select(_scan.c.id, _scan.c.nonce)
        .where(_scan.c.brand_id == _BRAND, _scan.c.pass_id.in_(held), _scan.c.kind != "visit")
        .cte("of_held")
    )
    return union(
        select(of_held.c.id),
        select(_scan.c.id).where(_scan.c.brand_id == _BRAND, _scan.c.nonce.in_(_NONCES)),
        select(annul.c.id).where(annul.c.brand_id == _BRAND, annul.c.annuls.in_(_NONCES)),
        select(annul.c.id).where(annul.c.brand_id == _BRAND, annul.c.annuls.in_(select(of_held.c.nonce))),
    )


def _reading(held: Any) -> Any:
    """Ask for all that is known, of the event and of some passes."""
    return union_all(
        _line(_take_day, _columns(_day, "id opens_at closes_at")).where(_of_event(_day)),
        _line(_take_key, _columns(_key, "number retired_at"), code=_key.c.secret).where(_of_event(_key)),
        _line(_take_place, _columns(_place, "id closed_at"), _columns(_place, "kind name")).where(
            _of_event(_place), _place.c.id.in_(_PLACES)
        ),
        _line(
            _take_pass,
            [
                *_columns(_pass, "id event_id number fan_id admits key_number valid_from valid_until revoked_at"),
                _as_number(_pass.c.foreign_code.is_not(None)),
                _fan.c.generation,
                *_columns(_introduction, "introducer_id link_id"),
                _arrivals,
            ],
            [_introduction.c.channel],
            _pass.c.code_hash,
        )
        .select_from(_told)
        .where(_pass.c.brand_id == _BRAND, _pass.c.id.in_(held)),
        _line(
            _take_scan,
            [
                *_columns(_scan, "id pass_id at device_id counter people place_id device_at offset_ms"),
                _as_number(_scan.c.forced),
            ],
            [*_columns(_scan, "nonce kind said annuls verdict reason digest"), _device.c.role, _place.c.name],
        )
        .select_from(_sent)
        .where(_scan.c.brand_id == _BRAND, _scan.c.id.in_(_scan_ids(held))),
        _line(
            _take_admission,
            _columns(_admission, "pass_id day_id first_scan_id first_at place_id people inside greens last_at"),
        ).where(_admission.c.brand_id == _BRAND, _admission.c.pass_id.in_(held)),
        _line(
            _take_conflict,
            _columns(_conflict, "id pass_id day_id first_scan_id second_scan_id settled_at"),
            [_conflict.c.kind],
        ).where(_conflict.c.brand_id == _BRAND, _conflict.c.pass_id.in_(held)),
    )


_READ, _READ_HELD = _reading(_held_ids), _reading(_HELD)
_hold = select(_pass.c.id).where(_pass.c.brand_id == _BRAND, _pass.c.id.in_(_held_ids)).order_by(_pass.c.id)
_HOLD = _hold.where(text("(SELECT pg_advisory_xact_lock_shared(CAST(:event AS BIGINT))) IS NOT NULL")).with_for_update()
_HOLD_ALL = text("SELECT pg_advisory_xact_lock(CAST(:event AS BIGINT))")

_KEYS_OF = select(_key.c.number, type_coerce(_key.c.retired_at, BigInteger), _key.c.secret).where(_of_event(_key))
_brand = _table(Brand)
_ELSEWHERE = (
    select(_pass.c.id).select_from(_brand.join(_pass, _pass.c.brand_id == _brand.c.id)).where(_pass.c.id.in_(_IDS))
)
