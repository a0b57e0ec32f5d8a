"""What is written anew for passes that were settled: the admissions and conflicts that differ from those kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from referral.events.rules.door import DoorScan, Outcome, Settled, Stay
from referral.events.rules.known import AdmissionRow, ConflictRow, Known

_NOT_YET = 0  # the id of a conflict that has none


@dataclass
class ConflictChanges:
    """Hold the conflicts that are new (their ids still to be given), those that changed, and the ids of those gone."""

    new: list[ConflictRow] = field(default_factory=list)
    changed: list[ConflictRow] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def admissions(known: Known, settled: Mapping[int, Settled]) -> list[AdmissionRow]:
    """Give the admissions that changed. One that is kept though no scan speaks of its day any more becomes empty."""
    kept = {(row.pass_id, row.day_id): row for row in known.admissions}
    wanted = {(pass_id, day): Stay() for pass_id, day in kept if pass_id in settled}
    wanted |= {(pass_id, day): stay for pass_id, one in settled.items() for day, stay in one.stays.items()}
    rows = [_admission(pass_id, day, stay) for (pass_id, day), stay in wanted.items()]
    return [row for row in rows if row != kept.get((row.pass_id, row.day_id))]


def conflicts(known: Known, settled: Mapping[int, Settled]) -> ConflictChanges:
    """Give the conflicts that changed.

    One that is none any more, since a scan was annulled or another came in, goes; but one that the gate's lead has
    settled stays, for it says what they did.
    """
    changes = ConflictChanges()
    kept = {row.second_scan_id: row for row in known.conflicts}
    wanted: set[int] = set()
    for pass_id, one in settled.items():
        for scan, outcome in one.conflicts:
            wanted.add(scan.id)
            row = _conflict(pass_id, scan, outcome, kept.get(scan.id))
            if scan.id not in kept:
                changes.new.append(row)
            elif row != kept[scan.id]:
                changes.changed.append(row)
    changes.gone = [
        row.id
        for row in known.conflicts
        if row.pass_id in settled and row.second_scan_id not in wanted and row.settled_at is None
    ]
    return changes


def _admission(pass_id: int, day_id: int, stay: Stay) -> AdmissionRow:
    first = stay.first
    return AdmissionRow(
        pass_id,
        day_id,
        first.id if first is not None else None,
        first.at_ms if first is not None else None,
        first.place_id if first is not None else None,
        stay.people,
        stay.inside,
        stay.greens,
        stay.last_ms,
    )


def _conflict(pass_id: int, scan: DoorScan, outcome: Outcome, kept: ConflictRow | None) -> ConflictRow:
    return ConflictRow(
        kept.id if kept is not None else _NOT_YET,
        pass_id,
        scan.slot,
        outcome.against.id if outcome.against is not None else None,
        scan.id,
        kept.settled_at if kept is not None else None,
        outcome.conflict or "",
    )
