"""The truth of the door: what the scans of one pass come to, whichever way and in whichever order they came in.

`settle` is a function of the set of a pass's scans, of the pass's terms, and of nothing else. It is computed anew from
all of them whenever one comes in. So phones that come back in another order, answers that were lost, and scans that
were sent twice leave the same admissions, conflicts and arrival.

**Order.** Scans are taken in the order of (told, device, counter, nonce): `told` is the device's time corrected by the
offset that it measured. `at` is the same moment, but never later than the scan came in, and is what opening hours,
validity and revocation are looked up by. The order goes by `told` since `at` would make the first of two scans by fast
clocks the one that came in first. (What is answered to a scan is looked up with all that was known before it in front:
see rules/answering.py. Then it has `turn` 1.)

**Annulled.** An annul takes one scan back, whenever it comes in, be it before that scan. Who may take back any scan
may always; others only scans of their own device, ANNUL_MS from them at most. What was annulled is left out of
everything that follows. An annul cannot be annulled.

**Valid entry.** An entry counts where the device did not say otherwise (said is none or `in`), at that moment the pass
was not revoked, nor its key out of use, it was valid, the doors were open, and there was room: a pass that admits n
lets in people while at most n of them are inside. One that enters as often as it likes (`free`) has room for each n
anew. A forced entry counts whatever the pass says. A day that begins finds nobody inside.

**Exit.** An exit is never refused. It lets its people out of the day that was entered last.

**Admission.** Of each slot (see rules/days.py): the first valid entry; how many people are inside at the end; and the
most that were inside at once, which is the least number of people who came.

**Conflict.** An entry that was shown green though it does not count: by a device that said `in`, or by us, where we
answered `applied` and an earlier scan came in since. Where there was no room, it stands against the last valid entry
before it that was shown green, too; where there is none such, only one of them was let in, and it is no conflict.

**Arrival.** A pass has arrived where it has a valid entry in any slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from referral.events.rules.rights import ANNUL_MS

SKEW_MS = 5 * 60_000
APPLIED, ALREADY_IN, REFUSED = "applied", "already_in", "refused"

CONFLICTS = {
    "already_in": "twice",
    "no_room": "no_room",
    "revoked": "revoked",
    "old_key": "revoked",
    "closed": "closed",
    "expired": "closed",
    "not_yet": "closed",
}
"""What an entry that was shown green is in conflict with, by the reason for which it does not count."""


@dataclass(frozen=True)
class Ticket:
    """Hold what a pass promises; moments in milliseconds since 1970. `reentry` is the event's: once, daily or free.

    `key_retired_at` is when the key that signs it was taken out of use; another system's ticket has none.
    """

    admits: int = 1
    reentry: str = "daily"
    valid_from: int | None = None
    valid_until: int | None = None
    revoked_at: int | None = None
    key_retired_at: int | None = None


@dataclass(frozen=True)
class DoorScan:
    """Hold one scan of a pass, as the door's rule needs it.

    `slot` is the day it counts for (the nearest one while closed), `is_open` whether the doors were open. `barred` is
    the reason for which it counts for nothing whatever the pass says, such as a device that was revoked before.
    `is_live` tells that somebody waited for our word, and `was_green` that it was answered `applied` when it came in.
    `annuls_any` is the right of whoever annuls. `turn` goes before everything else in the order.
    """

    id: int
    nonce: str
    kind: str
    told_ms: int
    at_ms: int
    slot: int
    is_open: bool = True
    device_id: int | None = None
    counter: int | None = None
    place_id: int | None = None
    people: int = 1
    said: str | None = None
    forced: bool = False
    annuls: str | None = None
    annuls_any: bool = False
    barred: str | None = None
    was_green: bool = False
    is_live: bool = False
    turn: int = 0

    @property
    def order(self) -> tuple[int, int, int, int, str]:
        """Give what scans are sorted by."""
        return self.turn, self.told_ms, self.device_id or 0, self.counter or 0, self.nonce

    @property
    def shown_green(self) -> bool:
        """Tell whether somebody was shown that the visitor may come in."""
        return self.said == "in" or (self.said is None and self.was_green)


@dataclass(frozen=True)
class Outcome:
    """Hold what one scan came to. `would`: it would count, had the device not said no. `against`: the other scan."""

    verdict: str
    reason: str | None = None
    would: bool = False
    conflict: str | None = None
    against: DoorScan | None = None


@dataclass(frozen=True)
class Stay:
    """Hold where a pass stands in a slot: an admission. `greens` counts the entries that were shown green."""

    first: DoorScan | None = None
    people: int = 0
    inside: int = 0
    greens: int = 0
    last_ms: int | None = None


@dataclass(frozen=True)
class Settled:
    """Hold what the scans of a pass come to: the outcome of each by its nonce, a stay by slot, the first entry.

    `conflicts` are the scans that should not have been green, each with its outcome.
    """

    outcomes: Mapping[str, Outcome]
    stays: Mapping[int, Stay]
    conflicts: Sequence[tuple[DoorScan, Outcome]]
    arrived: DoorScan | None


def settle(ticket: Ticket, scans: Iterable[DoorScan]) -> Settled:
    """Fold all scans of a pass into where it stands.

    >>> gate_a = DoorScan(1, "a", "entry", told_ms=900, at_ms=900, slot=7, device_id=1, said="in")
    >>> gate_b = DoorScan(2, "b", "entry", told_ms=800, at_ms=800, slot=7, device_id=2, said="in")
    >>> found = settle(Ticket(), [gate_a, gate_b])
    >>> found.stays[7].first.nonce, found.outcomes["a"].verdict, found.outcomes["a"].conflict
    ('b', 'already_in', 'twice')
    >>> found == settle(Ticket(), [gate_b, gate_a])
    True
    """
    ordered = sorted(scans, key=lambda scan: scan.order)
    outcomes, annulled = _annuls(ordered)
    door = _Door(ticket)
    for scan in ordered:
        if scan.barred is not None:
            outcomes[scan.nonce] = Outcome(REFUSED, scan.barred)
        elif scan.nonce in annulled:
            outcomes[scan.nonce] = door.leave_out(scan)
        elif scan.kind != "annul":
            outcomes[scan.nonce] = door.take(scan)
    stays = {slot: stay.told() for slot, stay in door.stays.items()}
    conflicts = [(scan, outcomes[scan.nonce]) for scan in ordered if outcomes[scan.nonce].conflict is not None]
    return Settled(outcomes, stays, conflicts, door.arrived)


def _annuls(ordered: Sequence[DoorScan]) -> tuple[dict[str, Outcome], set[str]]:
    """Give the outcome of each annul, and the nonces of what was annulled."""
    by_nonce = {scan.nonce: scan for scan in ordered}
    outcomes: dict[str, Outcome] = {}
    annulled: set[str] = set()
    for scan in ordered:
        if scan.kind != "annul" or scan.barred is not None:
            continue
        target = by_nonce.get(scan.annuls or "")
        reason = _annul_refusal(scan, target)
        outcomes[scan.nonce] = Outcome(APPLIED) if reason is None else Outcome(REFUSED, reason)
        if reason is None and target is not None:
            annulled.add(target.nonce)
    return outcomes, annulled


def _annul_refusal(annul: DoorScan, target: DoorScan | None) -> str | None:
    if target is None or target.kind == "annul":
        return "not_found"
    if annul.annuls_any:
        return None
    if annul.device_id is None or annul.device_id != target.device_id:
        return "not_found"  # somebody else's scan is none of this device's business
    return None if abs(annul.told_ms - target.told_ms) <= ANNUL_MS else "too_late"


@dataclass
class _Stay:
    first: DoorScan | None = None
    latest: DoorScan | None = None
    latest_green: DoorScan | None = None
    people: int = 0
    inside: int = 0
    greens: int = 0
    last_ms: int | None = None

    def told(self) -> Stay:
        return Stay(self.first, self.people, self.inside, self.greens, self.last_ms)


@dataclass
class _Door:
    """Go through the scans of a pass one after the other."""

    ticket: Ticket
    stays: dict[int, _Stay] = field(default_factory=dict)
    entered: _Stay | None = None
    arrived: DoorScan | None = None

    def take(self, scan: DoorScan) -> Outcome:
        if scan.said in {"again", "no"}:
            would = scan.kind == "entry" and self._refusal(scan) is None
            return Outcome(REFUSED, "as_said", would=would)
        if scan.kind == "visit":
            return Outcome(REFUSED, "revoked") if self._revoked(scan) else Outcome(APPLIED)
        return self._exit(scan) if scan.kind == "exit" else self._entry(scan)

    def leave_out(self, scan: DoorScan) -> Outcome:
        if scan.kind == "entry":
            self.stays.setdefault(scan.slot, _Stay())  # so that whoever saw the entry sees that it is gone
        return Outcome(REFUSED, "annulled")

    def _entry(self, scan: DoorScan) -> Outcome:
        reason = self._refusal(scan)
        if reason is None:
            self._let_in(scan)
            return Outcome(APPLIED)
        verdict = ALREADY_IN if reason == "already_in" else REFUSED
        stay = self.stays.get(scan.slot)
        full = reason in {"already_in", "no_room"}
        against = (stay.latest_green or stay.latest) if stay is not None and full else None
        if not scan.shown_green or (against is not None and not against.shown_green):
            return Outcome(verdict, reason, against=against)
        self.stays.setdefault(scan.slot, _Stay()).greens += 1
        return Outcome(verdict, reason, conflict=CONFLICTS[reason], against=against)

    def _let_in(self, scan: DoorScan) -> None:
        stay = self.entered = self.stays.setdefault(scan.slot, _Stay())
        inside = stay.inside + scan.people
        stay.inside = min(inside, max(self.ticket.admits, scan.people)) if self.ticket.reentry == "free" else inside
        stay.people = max(stay.people, stay.inside)
        stay.greens += 1
        stay.first, stay.latest = stay.first or scan, scan
        stay.latest_green = scan if scan.shown_green else stay.latest_green
        stay.last_ms = max(scan.at_ms, stay.last_ms or scan.at_ms)
        self.arrived = self.arrived or scan

    def _exit(self, scan: DoorScan) -> Outcome:
        if self.entered is not None:
            self.entered.inside = max(0, self.entered.inside - scan.people)
            self.entered.last_ms = max(scan.at_ms, self.entered.last_ms or scan.at_ms)
        return Outcome(APPLIED)

    def _refusal(self, scan: DoorScan) -> str | None:
        if scan.forced:
            return None
        if self._revoked(scan):
            return "revoked"
        if self.ticket.key_retired_at is not None and scan.at_ms >= self.ticket.key_retired_at:
            return "old_key"
        if self.ticket.valid_from is not None and scan.at_ms < self.ticket.valid_from:
            return "not_yet"
        if self.ticket.valid_until is not None and scan.at_ms >= self.ticket.valid_until:
            return "expired"
        return self._no_room(scan) if scan.is_open else "closed"

    def _no_room(self, scan: DoorScan) -> str | None:
        stay = self.stays.get(scan.slot)
        inside = stay.inside if stay is not None and self.ticket.reentry != "free" else 0
        left = self.ticket.admits - inside
        if left <= 0:
            return "already_in"
        return "no_room" if scan.people > left else None

    def _revoked(self, scan: DoorScan) -> bool:
        return self.ticket.revoked_at is not None and scan.at_ms >= self.ticket.revoked_at
