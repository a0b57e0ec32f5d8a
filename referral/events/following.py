"""Follow the passes of an event, and who has come in: whoever read the rest before reads only what is new."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Select, and_, case, or_, select, type_coerce
from sqlalchemy.engine import Row

from referral.events import queries
from referral.events.models import Admission, Event, Pass, PassKey
from referral.events.rules.kinds import REVOKED, Kind, Kinds
from referral.events.rules.terms import Reentry
from referral.events.rules.wire import GateList, Numbers, Slot
from referral.plumbing import ids
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.columns import Table, integers
from referral.plumbing.db import db

BEHIND_MS = 60_000
"""How long a transaction may take and still be seen: ids are made when it works, and seen when it commits."""
SLACK_MS = 2_000
"""How far the clocks of two nodes may be apart, and a cursor from what its reader saw."""
MANY = 500
"""So many rows changed as one are read once: they were committed together."""
ONCE = "0"
LATE_MS = 3_600_000
"""How long after a day's end its entries are still told."""
_TIME_BITS = 22

Times = npt.NDArray[np.int64]


@dataclass
class Columns:
    """Hold when each pass changed, by its number, and when this process noticed; 0 where it never did."""

    changed: Times = field(default_factory=lambda: np.zeros(0, np.int64))
    noticed: Times = field(default_factory=lambda: np.zeros(0, np.int64))

    def grow(self, size: int) -> None:
        """Make room for numbers below a size, and some more."""
        for name, column in vars(self).items():
            if len(column) < size:
                grown = np.zeros(max(size, 2 * len(column)), column.dtype)
                grown[: len(column)] = column
                setattr(self, name, grown)


@dataclass
class Passes(Columns):
    """Hold each pass's hash and kind, its id, and how many people it admits."""

    hashes: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    kind_of: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    ids: Times = field(default_factory=lambda: np.zeros(0, np.int64))
    admits: Times = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass
class Entered(Columns):
    """Hold which passes have no room left on a day."""

    full: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))


class Following:
    """Follow one event. `version` is another one whenever anything of the list is; `cursor` is how far it was read."""

    def __init__(self) -> None:
        self.version = 0
        self.cursor = 0
        self._begun = 0
        self._top = 0
        self._kinds = Kinds()
        self._passes = Passes()
        self._by_id: tuple[Times, Times] | None = None
        self._slots: dict[int, Entered] = {}
        self._settled: set[int] = set()

    def read_on(self, event: Event) -> None:
        """Read what came since the last time."""
        # Taken before anything is read: what is committed later is made or noticed later than this.
        cursor, moment = ids.new_id(), _milliseconds()
        floor = self.cursor - (BEHIND_MS << _TIME_BITS)
        if self.cursor:
            self._take(db.session.execute(_passes(event).where(Pass.changed > floor, *self._unsettled(Pass))), moment)
        self._top = max(self._top, event.next_number - 1)
        missing = self._missing()
        if missing is not None:
            # A transaction of minutes comes late, with old ids; numbers are given in the order of commits.
            self._take(db.session.execute(_passes(event).where(Pass.number.between(*missing))), moment)
        self._read_slots(event, floor, moment)
        self._settled = {change for change in self._settled if change > floor}
        self._begun = self._begun or moment
        self.cursor = cursor

    def whole(self) -> GateList:
        """Give the whole list."""
        top = self._top + 1
        self._passes.grow(top)
        slots = [
            Slot(_name(day_id), np.flatnonzero(entered.full).astype(np.uint32))
            for day_id, entered in self._slots.items()
        ]
        kinds, hashes, kind_of = self._kinds.listed, self._passes.hashes[1:top], self._passes.kind_of[1:top]
        return GateList(self.cursor, list(kinds), hashes.copy(), kind_of.copy(), slots)

    def changed(self, since: int) -> GateList | None:
        """Give what has changed since a cursor; None where the whole list is shorter, or the cursor none of ours."""
        if since > self.cursor:
            return None
        numbers = self._new(self._passes, since)
        if len(numbers) * 13 > self._top * 9:
            return None
        slots = []
        for day_id, entered in self._slots.items():
            touched = self._new(entered, since)
            full = entered.full[touched]
            slots.append(Slot(_name(day_id), touched[full], touched[~full]))
        hashes, kind_of = self._passes.hashes[numbers], self._passes.kind_of[numbers]
        return GateList(self.cursor, list(self._kinds.listed), hashes, kind_of, slots, numbers)

    def news(self, since: int) -> list[int]:
        """List the numbers of passes that may be new to somebody who read up to a cursor."""
        return [int(number) for number in self._new(self._passes, since)]

    def _new(self, columns: Columns, since: int) -> Numbers:
        """Tell what somebody who read up to a cursor may not have seen.

        What this process noticed before then had been committed, and was seen. Of what it read when it began, it knows
        only when it was changed.
        """
        seen_at = since >> _TIME_BITS
        late = columns.noticed >= seen_at - SLACK_MS
        known_when = columns.noticed > self._begun
        lately = columns.changed > since - (BEHIND_MS << _TIME_BITS)
        return np.flatnonzero(late & (known_when | lately) & (columns.changed > 0)).astype(np.uint32)

    def _take(self, rows: Iterable[Row[*tuple[Any, ...]]], moment: int) -> None:
        found = sorted(rows, key=lambda row: row[0])
        if not found:
            return
        self._passes.grow(found[-1][0] + 1)
        self._note(np.array([row[-1] for row in found], np.int64))
        passes = self._passes
        for number, code_hash, pass_id, label, admits, starts, ends, is_out, change in found:
            # In the order of numbers, so that every process numbers the kinds alike; also those of revoked passes.
            kind = self._kinds.number(Kind(label, admits, starts, ends))
            if change <= passes.changed[number]:  # a reader whose transaction began before ours was here first
                continue
            passes.hashes[number] = int.from_bytes(code_hash, "big")
            passes.kind_of[number] = REVOKED if is_out else kind
            passes.changed[number], passes.noticed[number] = change, moment
            passes.ids[number], passes.admits[number] = pass_id, admits
            self.version += 1
            self._by_id = None

    def _missing(self) -> tuple[int, int] | None:
        self._passes.grow(self._top + 1)
        unknown = np.flatnonzero(self._passes.changed[1 : self._top + 1] == 0)
        return (int(unknown[0]) + 1, int(unknown[-1]) + 1) if len(unknown) else None

    def _read_slots(self, event: Event, floor: int, moment: int) -> None:
        days = [] if event.reentry == Reentry.FREE else _days_now(event)
        old = [day_id for day_id in days if day_id in self._slots]
        fresh = [day_id for day_id in days if day_id not in self._slots]
        if set(self._slots) != set(days):
            self._slots = {day_id: self._slots.get(day_id, Entered()) for day_id in days}
            self.version += 1
        if old:
            lately = (Admission.changed > floor, *self._unsettled(Admission))
            self._enter(integers(_entered(event, old).where(*lately)), moment)
        if fresh:
            self._enter(integers(_entered(event, fresh)), moment)

    def _enter(self, rows: Table, moment: int) -> None:
        for day_id in np.unique(rows[:, 0]).tolist():
            pass_id, inside, change = rows[rows[:, 0] == day_id, 1:].T
            number, is_known = self._numbers(pass_id)
            entered = self._slots[day_id]
            entered.grow(len(self._passes.ids))
            self._note(change)
            news = is_known & (change > entered.changed[number])
            number = number[news]
            entered.full[number] = inside[news] >= self._passes.admits[number]
            entered.changed[number], entered.noticed[number] = change[news], moment
            self.version += len(number)

    def _numbers(self, pass_ids: Times) -> tuple[Times, npt.NDArray[np.bool_]]:
        """Give the numbers of passes, and which of them are known; what was made a moment ago is read next time."""
        if self._by_id is None:
            order = np.argsort(self._passes.ids)
            self._by_id = self._passes.ids[order], order
        known, order = self._by_id
        if not len(known):
            return np.zeros(len(pass_ids), np.int64), np.zeros(len(pass_ids), np.bool_)
        places = np.minimum(np.searchsorted(known, pass_ids), len(known) - 1)
        return order[places], known[places] == pass_ids

    def _note(self, changes: Times) -> None:
        """Remember which changes were of very many rows."""
        if len(changes) >= MANY:
            change, count = np.unique(changes, return_counts=True)
            self._settled.update(change[count >= MANY].tolist())

    def _unsettled(self, table: type[Pass] | type[Admission]) -> Sequence[Any]:
        return (table.changed.not_in(sorted(self._settled)),) if self._settled else ()


def _passes(event: Event) -> Select[*tuple[Any, ...]]:
    retired = (
        select(PassKey.id)
        .where(
            PassKey.brand_id == Pass.brand_id,
            PassKey.event_id == Pass.event_id,
            PassKey.number == Pass.key_number,
            PassKey.retired_at.is_not(None),
        )
        .exists()
    )
    is_out = or_(Pass.revoked_at.is_not(None), and_(Pass.foreign_code.is_(None), retired))
    return select(
        Pass.number,
        Pass.code_hash,
        Pass.id,
        Pass.label,
        Pass.admits,
        type_coerce(Pass.valid_from, BigInteger),
        type_coerce(Pass.valid_until, BigInteger),
        case((is_out, 1), else_=0),
        Pass.changed,
    ).where(Pass.brand_id == event.brand_id, Pass.event_id == event.id)


def _entered(event: Event, days: Sequence[int]) -> Select[*tuple[Any, ...]]:
    return select(Admission.day_id, Admission.pass_id, Admission.inside, Admission.changed).where(
        Admission.brand_id == event.brand_id,
        Admission.event_id == event.id,
        Admission.day_id.in_(days),
    )


def _days_now(event: Event) -> list[int]:
    """List the days on which somebody may come in now, or could until lately; 0 where a pass enters once."""
    if event.reentry == Reentry.ONCE:
        return [0]
    moment = milliseconds(now())
    early = event.early_minutes * 60_000
    return [
        day.id
        for day in queries.days(event)
        if milliseconds(day.opens_at) - early <= moment < milliseconds(day.closes_at) + LATE_MS
    ]


def _name(day_id: int) -> str:
    return ids.show(day_id) if day_id else ONCE


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
