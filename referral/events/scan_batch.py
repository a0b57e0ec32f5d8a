"""One batch of records, from what it names to what it is answered; scanning.py is the way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral.events import scan_reading
from referral.events.rules import changing
from referral.events.rules.answering import Answer, Door, First, Fresh, Judged, Sender, is_skewed, judge
from referral.events.rules.arriving import arrivals
from referral.events.rules.door import REFUSED, DoorScan
from referral.events.rules.identifying import Book, Named
from referral.events.rules.known import PassRow, ScanRow
from referral.events.rules.records import Record, printable
from referral.events.rules.rights import Right, may
from referral.events.scan_reading import Wanted
from referral.events.scan_writing import Changes, moment
from referral.plumbing.clock import milliseconds
from referral.plumbing.ids import new_ids

if TYPE_CHECKING:
    from referral.events.models import Event, GateDevice

CODE_KEPT = 80
Found = tuple[PassRow | None, str | None]


class Batch:
    """Hold a batch of records, what they name, and what is known of it; `pass_ids` are settled beside what they name.

    Making one reads the database, and keeps others from scanning the same passes until the transaction ends.
    """

    def __init__(
        self,
        event: Event,
        records: Sequence[Record],
        device: GateDevice | None,
        received_at: datetime,
        base_url: str,
        pass_ids: Sequence[int] = (),
    ) -> None:
        self.event, self.records, self.pass_ids = event, records, pass_ids
        self.received_at, self.received_ms = received_at, milliseconds(received_at)
        self.sender = _sender(device)
        self.digests = [record.digest(event.id, self.sender.id) for record in records]
        self.named = [Named.by(record, base_url, event.salt) for record in records]
        self.known = scan_reading.read(event, _wanted(records, self.named, pass_ids))
        self.book = Book(event.brand_id, event.id, self.known.keys, self.known.passes.values())

    # --- What the records are ---

    def fresh(self) -> dict[str, Fresh]:
        """Give the records that are in no log yet, the first of each id, with the pass that each is about."""
        places: dict[str, int] = {}
        for place, record in enumerate(self.records):
            if record.id not in self.known.scans:
                places.setdefault(record.id, place)
        found = self._found(places)
        return {
            nonce: self._one(self.records[place], self.digests[place], scan_id, found)
            for scan_id, (nonce, place) in zip(new_ids(len(places)), places.items(), strict=True)
        }

    def _one(self, record: Record, digest: str, scan_id: int, found: Mapping[str, Found]) -> Fresh:
        told_ms = record.told_ms(self.received_ms)
        at_ms = min(told_ms, self.received_ms)
        gate_pass, reason = self._of_annul(record, found) if record.kind == "annul" else found[record.id]
        bars = self.sender.bars(record, self.known.places.get(record.place_id or 0), at_ms)
        if gate_pass is not None or record.kind == "annul" or bars == "device_revoked":
            reason = bars
        forced = record.forced and may(self.sender.role, Right.FORCE)
        return Fresh(record, scan_id, told_ms, at_ms, digest, gate_pass, reason, forced, self.sender)

    def _of_annul(self, record: Record, found: Mapping[str, Found]) -> Found:
        """Give the pass of the scan that is annulled; where that did not come yet, the pass whose code was sent too."""
        target = self.known.scans.get(record.annuls or "")
        if target is not None:
            gate_pass = self.known.passes.get(target.pass_id or 0)
            return (gate_pass if gate_pass is not None and gate_pass.event_id == self.event.id else None), None
        return found.get(record.annuls or "", found[record.id])[0], None

    def _found(self, places: Mapping[str, int]) -> dict[str, Found]:
        """Find the pass of each record; where a code failed, look further for the reason."""
        named = {nonce: self.named[place] for nonce, place in places.items()}
        found = {nonce: self.book.find(one) for nonce, one in named.items()}
        lost = {nonce: one for nonce, one in named.items() if found[nonce] == (None, "unknown") and one.ids}
        tokens = {one.token.pass_id for one in lost.values() if one.token is not None}
        far = tokens - set(self.known.passes)
        strangers = scan_reading.elsewhere(far) if far else set()
        return found | {nonce: (None, self._reason(one, strangers)) for nonce, one in lost.items()}

    def _reason(self, named: Named, strangers: set[int]) -> str:
        """Tell a code of another event, or of another brand, from one of none; never which."""
        of_brand = [self.known.passes[one] for one in named.ids if one in self.known.passes]
        if named.token is None:
            return "other_event" if of_brand else "unknown"
        if not of_brand:
            return "other_brand" if named.token.pass_id in strangers else "forged"
        other = of_brand[0].event_id
        keys = scan_reading.keys_of(self.event, other)
        ring = Book(self.event.brand_id, other, keys, of_brand)
        return "other_event" if ring.signs(named.token, [key.number for key in keys]) else "forged"

    # --- What they come to ---

    def judge(self, fresh: Mapping[str, Fresh]) -> Judged:
        """Settle the passes that the batch is about."""
        event, closed_at = self.event, self.event.closed_at
        doors = Door(
            self.known.days,
            event.early_minutes * 60_000,
            event.reentry,
            None if closed_at is None else milliseconds(closed_at),
        )
        repeats = [row for record in self.records if (row := self.known.scans.get(record.id)) is not None]
        also = [*self.pass_ids, *(row.pass_id for row in repeats)]
        retired = {one.id: self.book.retired_at(one) for one in self.known.passes.values()}
        return judge(self.known, event.id, doors, list(fresh.values()), also, retired)

    def changes(self, fresh: Mapping[str, Fresh], judged: Judged) -> Changes:
        """Give what is to be written."""
        newest: dict[int, int] = {}
        ids = [(row.pass_id, row.id) for row in self.known.scans.values()]
        ids += [(one.found.id if one.found is not None else None, one.id) for one in fresh.values()]
        for pass_id, scan_id in ids:
            if pass_id is not None:
                newest[pass_id] = max(scan_id, newest.get(pass_id, 0))
        came, taken_back = arrivals(self.known, self.event.id, judged.settled, newest)
        return Changes(
            [self._row(one, judged) for one in fresh.values()],
            changing.admissions(self.known, judged.settled),
            changing.conflicts(self.known, judged.settled),
            came,
            taken_back,
        )

    def _row(self, one: Fresh, judged: Judged) -> dict[str, Any]:
        record, outcome = one.record, judged.outcomes[one.record.id]
        code = record.code if one.found is None else None
        place = self.known.places.get(record.place_id or 0)
        return {
            "brand_id": self.event.brand_id,
            "id": one.id,
            "event_id": self.event.id,
            "nonce": record.id,
            "kind": record.kind,
            "place_id": place.id if place is not None else None,
            "device_id": self.sender.id,
            "operator": record.operator,
            "pass_id": one.found.id if one.found is not None else None,
            "code": printable(code)[:CODE_KEPT] if code is not None else None,
            "people": record.people,
            "said": record.said,
            "said_reason": record.reason,
            "forced": one.forced,
            "annuls": record.annuls,
            "device_at": moment(record.at_ms),
            "offset_ms": record.offset_ms,
            "counter": record.counter,
            "at": moment(one.at_ms),
            "received_at": self.received_at,
            "verdict": outcome.verdict,
            "reason": outcome.reason,
            "digest": one.digest,
        }

    # --- What is answered ---

    def answers(self, fresh: Mapping[str, Fresh], judged: Judged) -> list[Answer]:
        """Answer each record, in order."""
        names = {row.place_id: row.place_name for row in self.known.scans.values()}
        names |= {place.id: place.name for place in self.known.places.values()}
        met: set[str] = set()
        answers = []
        for record, digest in zip(self.records, self.digests, strict=True):
            one, row = fresh.get(record.id), self.known.scans.get(record.id)
            before = one.digest if one is not None else row.digest if row is not None else ""
            if before != digest:
                answers.append(Answer(record.id, REFUSED, "nonce_reused"))
            elif one is not None:
                answers.append(self._answer(one, judged, names, again=record.id in met))
            elif row is not None:
                answers.append(self._repeat(record, row, judged, names))
            met.add(record.id)
        return answers

    def _answer(self, one: Fresh, judged: Judged, names: Mapping[int | None, str | None], *, again: bool) -> Answer:
        outcome = judged.outcomes[one.record.id]
        return Answer(
            id=one.record.id,
            verdict=outcome.verdict,
            reason=outcome.reason,
            repeat=again,
            would=outcome.would,
            skewed=is_skewed(one.record, one.told_ms, self.received_ms),
            conflict=one.id in judged.in_conflict,
            first=_first(outcome.against, names),
            pass_id=one.found.id if one.found is not None else None,
            number=one.found.number if one.found is not None else None,
        )

    def _repeat(self, record: Record, row: ScanRow, judged: Judged, names: Mapping[int | None, str | None]) -> Answer:
        """Answer what was answered the first time; whether it is a conflict is told as it stands now."""
        outcome = judged.outcomes.get(record.id)
        gate_pass = self.known.passes.get(row.pass_id or 0)
        return Answer(
            id=record.id,
            verdict=row.verdict,
            reason=row.reason,
            repeat=True,
            would=outcome is not None and outcome.would and record.said is not None,
            skewed=is_skewed(record, record.told_ms(self.received_ms), self.received_ms),
            conflict=row.id in judged.in_conflict,
            first=_first(outcome.against, names) if outcome is not None else None,
            pass_id=row.pass_id,
            number=gate_pass.number if gate_pass is not None else None,
        )


def _first(against: DoorScan | None, names: Mapping[int | None, str | None]) -> First | None:
    return None if against is None else First(against.at_ms, names.get(against.place_id))


def _sender(device: GateDevice | None) -> Sender:
    if device is None:
        return Sender()
    revoked_at = None if device.revoked_at is None else milliseconds(device.revoked_at)
    return Sender(device.id, device.role, device.places, revoked_at)


def _wanted(records: Sequence[Record], named: Sequence[Named], pass_ids: Sequence[int]) -> Wanted:
    annuls = [record.annuls for record in records if record.annuls is not None]
    return Wanted(
        pass_ids=[*pass_ids, *(pass_id for one in named for pass_id in one.ids)],
        hashes=[one.hash for one in named if one.hash is not None],
        numbers=[one.number for one in named if one.number is not None],
        nonces=[record.id for record in records] + annuls,
        place_ids=[record.place_id for record in records if record.place_id is not None],
        annuls=bool(annuls),
    )
