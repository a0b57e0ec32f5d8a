"""Who arrived by a batch of scans, and who came after all not: +1 and -1, taking turns.

A fan arrives at an event once, however many passes they had: the passes of one fan are looked at together. They have
arrived while any of them has a valid entry. The +1 is written for the pass that came in first of those at hand, and
stays with it as long as any has entered, even if a scan comes in late by which another was first; the -1 goes to the
pass that holds it. So the signs of each pass, and of each fan, add up to 0 or 1, whatever the order.

A pass of nobody in particular lets people in, but nobody's word is known to have brought them: it has no arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from referral.events.rules.door import DoorScan, Settled
from referral.events.rules.known import Known, PassRow

RULE = 1
"""By which credit is given: one to the fan who told the visitor, to who told that fan, and so on to the first."""
DEEPEST = 10_000
"""No chain of tellers is as long; a circle of them, which cannot be, would have no end."""


@dataclass(frozen=True)
class Came:
    """Say that somebody arrived by the first valid entry of a pass."""

    found: PassRow
    scan: DoorScan


@dataclass(frozen=True)
class TakenBack:
    """Say that the arrival of a pass is taken back; `scan_id` is the newest of its scans, by which it was."""

    found: PassRow
    scan_id: int


def arrivals(
    known: Known, event_id: int, settled: Mapping[int, Settled], newest: Mapping[int, int]
) -> tuple[list[Came], list[TakenBack]]:
    """Tell who arrived and who did not after all, where some passes were settled; `newest` scan ids by pass."""
    entered_before = {row.pass_id for row in known.admissions if row.first_scan_id is not None}
    by_fan: dict[int, list[PassRow]] = {}
    for row in known.passes.values():
        if row.fan_id is not None and row.event_id == event_id:
            by_fan.setdefault(row.fan_id, []).append(row)
    came: list[Came] = []
    taken_back: list[TakenBack] = []
    for passes in by_fan.values():
        holders = [row for row in passes if row.arrivals % 2]
        first = [(one.arrived, row) for row in passes if (one := settled.get(row.id)) is not None and one.arrived]
        others = any(row.id not in settled and row.id in entered_before for row in passes)
        if first and not holders:
            scan, row = min(first, key=lambda pair: pair[0].order)
            came.append(Came(row, scan))
        if not first and not others:
            taken_back += [TakenBack(row, newest.get(row.id, 0)) for row in holders]
    return came, taken_back
