"""A batch of records against what is known: which are repeats, what each comes to, and what follows for their passes.

Nothing here reads or writes: what is to be written comes out as plain values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from referral.events.rules import door
from referral.events.rules.days import WHOLE_EVENT, Day, nearest, slot_at
from referral.events.rules.door import DoorScan, Outcome, Settled, Ticket
from referral.events.rules.known import Known, PassRow, PlaceRow, ScanRow
from referral.events.rules.pairing import may_be_at
from referral.events.rules.records import Record
from referral.events.rules.rights import Right, may

BARRED = frozenset({"wrong_place", "device_revoked"})
"""Reasons that stand for ever, whatever comes in later about the same pass."""
NEEDS = {"entry": Right.ENTRY, "exit": Right.ENTRY, "visit": Right.VISIT, "annul": Right.ANNUL_OWN}


@dataclass(frozen=True)
class Door:
    """Hold what an event says of its doors: which days, how early they open, how often a pass enters, until when."""

    days: Sequence[Day]
    early_ms: int
    reentry: str
    closed_at: int | None = None

    def slot(self, at_ms: int) -> tuple[int, bool]:
        """Give the slot that a moment counts for, and whether the doors were open."""
        found = slot_at(self.days, at_ms, self.early_ms)
        is_open = found is not None and (self.closed_at is None or at_ms < self.closed_at)
        if self.reentry == "once":
            return WHOLE_EVENT, is_open
        return nearest(self.days, at_ms) if found is None else found, is_open


@dataclass(frozen=True)
class Sender:
    """Hold which device sends; none is a program of the brand, or a visitor's own phone."""

    id: int | None = None
    role: str | None = None
    places: str = ""
    revoked_at: int | None = None

    def bars(self, record: Record, place: PlaceRow | None, at_ms: int) -> str | None:
        """Give the reason for which a record counts for nothing, whatever it is about: `device_revoked`, `wrong_place`.

        People go in and out at gates, and visit all other places. Nobody scans at a place that is closed.
        """
        if self.revoked_at is not None and at_ms >= self.revoked_at:
            return "device_revoked"
        if not may(self.role, NEEDS[record.kind]):
            return "wrong_place"
        if record.kind == "annul":
            return None
        if record.place_id is None:
            return "wrong_place" if self.places else None
        if place is None or not may_be_at(self.places, place.id):
            return "wrong_place"
        if place.closed_at is not None and at_ms >= place.closed_at:
            return "wrong_place"
        return None if (place.kind == "gate") == (record.kind != "visit") else "wrong_place"


@dataclass(frozen=True)
class First:
    """Hold where and when whoever stands in the way came in."""

    at_ms: int
    place: str | None


@dataclass(frozen=True)
class Answer:
    """Hold what one record is answered. `repeat`: it was known, and this is what was answered then.

    `would` tells that the visitor would have been let in, had the device not said no; `skewed` that its clock is off by
    more than SKEW_MS; `conflict` that it was shown green though it does not count.
    """

    id: str
    verdict: str
    reason: str | None = None
    repeat: bool = False
    would: bool = False
    skewed: bool = False
    conflict: bool = False
    first: First | None = None
    pass_id: int | None = None
    number: int | None = None


@dataclass(frozen=True)
class Fresh:
    """Hold a record that is new: what it is about, and what came of it once its pass was settled."""

    record: Record
    id: int
    told_ms: int
    at_ms: int
    digest: str
    found: PassRow | None
    reason: str | None
    forced: bool
    sender: Sender

    def scan(self, doors: Door) -> DoorScan:
        """Give the scan as the door's rule needs it."""
        slot, is_open = doors.slot(self.at_ms)
        return DoorScan(
            id=self.id,
            nonce=self.record.id,
            kind=self.record.kind,
            told_ms=self.told_ms,
            at_ms=self.at_ms,
            slot=slot,
            is_open=is_open,
            device_id=self.sender.id,
            counter=self.record.counter,
            place_id=self.record.place_id,
            people=self.record.people,
            said=self.record.said,
            forced=self.forced,
            annuls=self.record.annuls,
            annuls_any=may(self.sender.role, Right.ANNUL_ANY),
            barred=self.reason,
            is_live=self.record.is_live,
        )


def kept_scan(row: ScanRow, doors: Door) -> DoorScan:
    """Give a scan of the log as the door's rule needs it."""
    slot, is_open = doors.slot(row.at)
    is_live = row.device_at is None and row.said is None
    scan = DoorScan(
        id=row.id,
        nonce=row.nonce,
        kind=row.kind,
        told_ms=row.at if row.device_at is None else row.device_at + (row.offset_ms or 0),
        at_ms=row.at,
        slot=slot,
        is_open=is_open,
        device_id=row.device_id,
        counter=row.counter,
        place_id=row.place_id,
        people=row.people,
        said=row.said,
        forced=bool(row.forced),
        annuls=row.annuls,
        annuls_any=may(row.role, Right.ANNUL_ANY),
        barred=row.reason if row.reason in BARRED else None,
        is_live=is_live,
    )
    return _as_answered(scan, row.verdict)


def is_skewed(record: Record, told_ms: int, received_ms: int) -> bool:
    """Tell whether a device's clock is off by more than SKEW_MS, by its own measure or since it is ahead of ours."""
    return abs(record.offset_ms or 0) > door.SKEW_MS or told_ms > received_ms + door.SKEW_MS


@dataclass(frozen=True)
class Judged:
    """Hold what passes come to, with the scans of a batch; the outcome of each scan by its nonce, as it is answered.

    `in_conflict` are the ids of scans that contradict each other, of both sides.
    """

    settled: Mapping[int, Settled]
    outcomes: Mapping[str, Outcome]
    in_conflict: frozenset[int]


def judge(
    known: Known,
    event_id: int,
    doors: Door,
    fresh: Sequence[Fresh],
    also: Iterable[int | None],
    retired: Mapping[int, int | None],
) -> Judged:
    """Settle every pass that a new record is about, and others of the event, from all of their scans.

    `retired` says when the key of each pass was.
    """
    ours = {row.id for row in known.passes.values() if row.event_id == event_id}
    kept: dict[int, list[DoorScan]] = {pass_id: [] for pass_id in also if pass_id is not None and pass_id in ours}
    new: dict[int, list[DoorScan]] = {}
    of_pass = {row.nonce: row.pass_id for row in known.scans.values()}
    outcomes: dict[str, Outcome] = {}
    for one in fresh:
        of_pass[one.record.id] = one.found.id if one.found is not None else None
        if one.found is None:
            outcomes[one.record.id] = Outcome(door.REFUSED, one.reason or "not_found")
            continue
        kept.setdefault(one.found.id, [])
        new.setdefault(one.found.id, []).append(one.scan(doors))
    for row in known.scans.values():
        # An annul that came before what it annuls was of no pass yet.
        pass_id = row.pass_id if row.pass_id is not None else of_pass.get(row.annuls or "")
        if pass_id is not None and pass_id in kept:
            kept[pass_id].append(kept_scan(row, doors))
    settled: dict[int, Settled] = {}
    for pass_id, before in kept.items():
        ticket = _ticket(known.passes[pass_id], doors, retired.get(pass_id))
        settled[pass_id], answered = settle_new(ticket, before, new.get(pass_id, []))
        outcomes |= settled[pass_id].outcomes
        outcomes |= answered
    sides = [(scan, outcome.against) for one in settled.values() for scan, outcome in one.conflicts]
    return Judged(settled, outcomes, frozenset(one.id for pair in sides for one in pair if one is not None))


def settle_new(
    ticket: Ticket, before: Sequence[DoorScan], new: Sequence[DoorScan]
) -> tuple[Settled, dict[str, Outcome]]:
    """Settle a pass with scans that are new, and say what each of them is answered.

    A scan is answered `applied` where it counts by its time, and would also count if it came after all that was known
    before: of any number of scans for the same room, by however many gates and in whichever order, one is. Another that
    was made before it, and comes in late, is the admission all the same; but it is told that the pass is in already.

    What was asked of us at the door (`is_live`), and was not answered `applied`, let nobody in: it never counts.
    """
    truth = door.settle(ticket, [*before, *new])
    if not new:
        return truth, {}
    asked = door.settle(ticket, [*before, *(replace(scan, turn=1) for scan in new)]) if before else truth
    answered = {scan.nonce: _answered(scan, truth, asked) for scan in new}
    known = [_as_answered(scan, answered[scan.nonce].verdict) for scan in new]
    return (truth if known == new else door.settle(ticket, [*before, *known])), answered


def _answered(scan: DoorScan, truth: Settled, asked: Settled) -> Outcome:
    by_time, by_turn = truth.outcomes[scan.nonce], asked.outcomes[scan.nonce]
    return by_turn if by_time.verdict == door.APPLIED else by_time


def _as_answered(scan: DoorScan, verdict: str) -> DoorScan:
    """Give a scan as it is read back from the log."""
    if scan.kind != "entry" or scan.said is not None:
        return scan
    let_in = verdict == door.APPLIED
    return replace(scan, was_green=let_in, said="again" if scan.is_live and not let_in else None)


def _ticket(row: PassRow, doors: Door, key_retired_at: int | None) -> Ticket:
    return Ticket(row.admits, doors.reentry, row.valid_from, row.valid_until, row.revoked_at, key_retired_at)
