"""Where two gates contradicted each other, or a gate and the truth: what the gate lead is shown, and settles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select

from referral.errors import NotFound
from referral.events.models import DoorConflict, Event, GateDevice, Pass, Place, Scan
from referral.events.rules.terms import visible
from referral.plumbing.clock import now
from referral.plumbing.db import db, in_parts

NAME_LENGTH = 80
Found = TypeVar("Found", Scan, Place, GateDevice)


@dataclass(frozen=True)
class Side:
    """Hold one of two scans that contradict each other, with the gate and the device that it was made at."""

    scan: Scan
    place: Place | None
    device: GateDevice | None

    @property
    def volunteer(self) -> str | None:
        """Name who scanned, as far as it is known."""
        return self.scan.operator or (self.device.name if self.device is not None else None)


@dataclass(frozen=True)
class Contradiction:
    """Hold a conflict with its pass, the scan that stands (if there is one) and the one that should not be green."""

    conflict: DoorConflict
    gate_pass: Pass
    first: Side | None
    second: Side


def unsettled(event: Event, limit: int) -> list[Contradiction]:
    """List the conflicts of an event that nobody has settled yet, the newest first."""
    return _told(
        event,
        db.session.scalars(
            select(DoorConflict)
            .where(
                DoorConflict.brand_id == event.brand_id,
                DoorConflict.event_id == event.id,
                DoorConflict.settled_at.is_(None),
            )
            .order_by(DoorConflict.id.desc())
            .limit(limit)
        ).all(),
    )


def of_pass(event: Event, gate_pass: Pass) -> list[Contradiction]:
    """List all conflicts about a pass, settled ones too, the oldest first."""
    return _told(
        event,
        db.session.scalars(
            select(DoorConflict)
            .where(DoorConflict.brand_id == event.brand_id, DoorConflict.pass_id == gate_pass.id)
            .order_by(DoorConflict.id)
        ).all(),
    )


def count_unsettled(event: Event) -> int:
    """Count the conflicts of an event that nobody has settled yet."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(DoorConflict)
            .where(
                DoorConflict.brand_id == event.brand_id,
                DoorConflict.event_id == event.id,
                DoorConflict.settled_at.is_(None),
            )
        )
        or 0
    )


def by_id(event: Event, conflict_id: int) -> DoorConflict:
    """Give a conflict of an event; raise NotFound `conflict_unknown`."""
    found = db.session.scalar(
        select(DoorConflict).where(
            DoorConflict.brand_id == event.brand_id,
            DoorConflict.event_id == event.id,
            DoorConflict.id == conflict_id,
        )
    )
    if found is None:
        raise NotFound("conflict_unknown")
    return found


def settle(conflict: DoorConflict, by: str) -> None:
    """Say that a conflict was looked at, and by whom; the first who said so stays. It stays in the history."""
    if conflict.settled_at is None:
        conflict.settled_at, conflict.settled_by = now(), visible(by)[:NAME_LENGTH] or None


def _told(event: Event, found: Sequence[DoorConflict]) -> list[Contradiction]:
    scans = _by_id(Scan, event, [number for one in found for number in (one.first_scan_id, one.second_scan_id)])
    places = _by_id(Place, event, [scan.place_id for scan in scans.values()])
    devices = _by_id(GateDevice, event, [scan.device_id for scan in scans.values()])
    passes: dict[int, Pass] = {}
    for part in in_parts(sorted({one.pass_id for one in found})):
        rows = db.session.scalars(select(Pass).where(Pass.brand_id == event.brand_id, Pass.id.in_(part)))
        passes.update((one.id, one) for one in rows)

    def side(scan_id: int | None) -> Side | None:
        scan = scans.get(scan_id) if scan_id is not None else None
        if scan is None:
            return None
        return Side(
            scan,
            places.get(scan.place_id) if scan.place_id is not None else None,
            devices.get(scan.device_id) if scan.device_id is not None else None,
        )

    told = [(one, passes[one.pass_id], side(one.first_scan_id), side(one.second_scan_id)) for one in found]
    return [Contradiction(one, whose, first, second) for one, whose, first, second in told if second is not None]


def _by_id(table: type[Found], event: Event, numbers: Iterable[int | None]) -> dict[int, Found]:
    """Give rows of an event by their ids."""
    wanted = sorted({number for number in numbers if number is not None})
    found: dict[int, Found] = {}
    for part in in_parts(wanted):
        rows = db.session.scalars(select(table).where(table.brand_id == event.brand_id, table.id.in_(part)))
        found.update((row.id, row) for row in rows)
    return found
