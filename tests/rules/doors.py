"""A server of one event's doors that keeps all in memory: the real rules, and a log without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from referral.events.rules import changing
from referral.events.rules.answering import Door, Fresh, Sender, judge
from referral.events.rules.arriving import arrivals
from referral.events.rules.days import Day
from referral.events.rules.door import Outcome
from referral.events.rules.known import AdmissionRow, ConflictRow, Known, PassRow, ScanRow
from referral.events.rules.records import Record
from referral.events.rules.rights import Right, may

EVENT = 1
HOUR = 3_600_000
DAYS = [Day(1, 100 * HOUR, 110 * HOUR), Day(2, 124 * HOUR, 134 * HOUR)]


def gate_pass(number: int = 1, *, fan: int | None = None, told_by: int | None = None, **terms: object) -> PassRow:
    """Make a pass of the event; a fan's, told by another fan, where they are named."""
    row = PassRow(
        id=number,
        event_id=EVENT,
        number=number,
        fan_id=fan,
        admits=1,
        key_number=0,
        valid_from=None,
        valid_until=None,
        revoked_at=None,
        is_foreign=0,
        generation=None if fan is None else 1,
        introducer_id=told_by,
        link_id=None,
        arrivals=0,
        channel=None,
        code_hash=bytes([number]) * 8,
    )
    return replace(row, **terms)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Sent:
    """Hold a record, which device sends it, and the pass that it names (none for an annul)."""

    record: Record
    sender: Sender
    pass_id: int | None = None


@dataclass
class Server:
    """Take records in batches as the product does, and keep what it would write."""

    passes: Sequence[PassRow]
    reentry: str = "daily"
    days: Sequence[Day] = field(default_factory=lambda: DAYS)
    scans: dict[str, ScanRow] = field(default_factory=dict)
    admissions: dict[tuple[int, int], AdmissionRow] = field(default_factory=dict)
    conflicts: dict[int, ConflictRow] = field(default_factory=dict)
    signs: dict[int, list[int]] = field(default_factory=dict)
    credits: list[tuple[int, int]] = field(default_factory=list)
    ids: int = 1000

    def take(self, batch: Sequence[Sent], received_ms: int) -> dict[str, Outcome]:
        """Take records, and give what each came to; an annul that waits for what it annuls has come to nothing yet."""
        known, doors = self._known(), Door(self.days, HOUR, self.reentry)
        new: dict[str, Sent] = {}
        for sent in batch:
            if sent.record.id not in self.scans:
                new.setdefault(sent.record.id, sent)
        fresh = [self._fresh(sent, new, known, received_ms) for sent in new.values()]
        also = [self.scans[sent.record.id].pass_id for sent in batch if sent.record.id in self.scans]
        judged = judge(known, EVENT, doors, fresh, also, {})
        for row in changing.admissions(known, judged.settled):
            self.admissions[row.pass_id, row.day_id] = row
        changes = changing.conflicts(known, judged.settled)
        for conflict in (*changes.new, *changes.changed):
            self.conflicts[conflict.second_scan_id] = replace(conflict, id=conflict.second_scan_id)
        for gone in changes.gone:
            del self.conflicts[gone]
        self._arrivals(known, judged.settled)
        for one in fresh:
            self.scans[one.record.id] = self._kept(one, judged.outcomes[one.record.id])
        return {nonce: one for sent in batch if (one := judged.outcomes.get(nonce := sent.record.id)) is not None}

    def _known(self) -> Known:
        passes = {row.id: replace(row, arrivals=len(self.signs.get(row.id, []))) for row in self.passes}
        return Known(
            days=list(self.days),
            passes=passes,
            scans=dict(self.scans),
            admissions=list(self.admissions.values()),
            conflicts=list(self.conflicts.values()),
        )

    def _fresh(self, sent: Sent, new: Mapping[str, Sent], known: Known, received_ms: int) -> Fresh:
        record, self.ids = sent.record, self.ids + 1
        pass_id = sent.pass_id
        if record.kind == "annul" and record.annuls in new:
            pass_id = new[record.annuls].pass_id
        elif record.kind == "annul" and record.annuls in self.scans:
            pass_id = self.scans[record.annuls].pass_id
        told_ms = record.told_ms(received_ms)
        at_ms = min(told_ms, received_ms)
        bars = sent.sender.bars(record, None, at_ms)
        found = known.passes.get(pass_id or 0)
        forced = record.forced and may(sent.sender.role, Right.FORCE)
        return Fresh(record, self.ids, told_ms, at_ms, "", found, bars, forced, sent.sender)

    def _kept(self, one: Fresh, outcome: Outcome) -> ScanRow:
        record = one.record
        return ScanRow(
            id=one.id,
            pass_id=one.found.id if one.found is not None else None,
            at=one.at_ms,
            device_id=one.sender.id,
            counter=record.counter,
            people=record.people,
            place_id=record.place_id,
            device_at=record.at_ms,
            offset_ms=record.offset_ms,
            forced=int(one.forced),
            nonce=record.id,
            kind=record.kind,
            said=record.said,
            annuls=record.annuls,
            verdict=outcome.verdict,
            reason=outcome.reason,
            digest="",
            role=one.sender.role,
            place_name=None,
        )

    def _arrivals(self, known: Known, settled: Mapping[int, object]) -> None:
        came, taken_back = arrivals(known, EVENT, settled, {})  # type: ignore[arg-type]
        for row, sign in [(one.found, 1) for one in came] + [(one.found, -1) for one in taken_back]:
            self.signs.setdefault(row.id, []).append(sign)
            if row.introducer_id is not None:
                self.credits.append((row.introducer_id, sign))

    # --- Where it stands ---

    def state(self) -> object:
        """Give where all passes stand, without the ids that the order of arrival gave out."""
        nonces: dict[int | None, str | None] = {row.id: row.nonce for row in self.scans.values()}
        nonces[None] = None
        return (
            {
                (row.pass_id, row.day_id, nonces[row.first_scan_id], row.first_at, row.people, row.inside, row.greens)
                for row in self.admissions.values()
            },
            {
                (row.pass_id, row.day_id, row.kind, nonces[row.first_scan_id], nonces[row.second_scan_id])
                for row in self.conflicts.values()
            },
            self.arrived(),
            {fan: total for fan in {fan for fan, _ in self.credits} if (total := self.credit(fan))},
        )

    def arrived(self) -> dict[int, int]:
        """Give the sum of the arrivals of each fan, or of each pass of nobody in particular."""
        sums: dict[int, int] = {}
        for row in self.passes:
            if row.fan_id is not None:
                sums[row.fan_id] = sums.get(row.fan_id, 0) + sum(self.signs.get(row.id, []))
        return sums

    def credit(self, fan_id: int) -> int:
        """Give how many arrivals a fan is credited with."""
        return sum(sign for fan, sign in self.credits if fan == fan_id)
