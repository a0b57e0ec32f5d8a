"""Who counts among the people: each visitor once a while, and nobody who comes in floods.

The visits of all processes come together in the worker, in batches, roughly in the order of their times. So this is
the one place that can tell who was here before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from referral.clicks.rules.journals import VERDICT_NUMBERS

COUNTED, REPEAT, FLOOD = (VERDICT_NUMBERS[name] for name in ("counted", "repeat", "flood"))
MINUTE = 60_000  # milliseconds
LONGEST = 1_440  # minutes: with yesterday's salt nobody is known for longer than a day


@dataclass
class Memory:
    """Remember who was counted, and how many came from where a moment ago.

    `most` bounds the visitors that are remembered; the oldest half is forgotten when there are more, and those would
    count once again.
    """

    most: int = 1_000_000
    _young: dict[int, int] = field(default_factory=dict)
    _old: dict[int, int] = field(default_factory=dict)
    _came: dict[int, int] = field(default_factory=dict)
    _minute: int = 0

    def __len__(self) -> int:
        """Count the visitors that are remembered."""
        return len(self._young) + len(self._old)

    def counted(self, link_id: int, visitor: int, at: int) -> None:
        """Remember that a visitor was counted on a link."""
        self._young[link_id << 63 | visitor] = at
        if len(self._young) > self.most // 2:
            self._grow_old()

    def counted_at(self, link_id: int, visitor: int) -> int | None:
        """Tell when a visitor was last counted on a link."""
        key = link_id << 63 | visitor
        return self._young.get(key, self._old.get(key))

    def _grow_old(self) -> None:
        self._young, self._old = {}, self._young


def settle(
    records: Iterable[Sequence[Any]], memory: Memory, window: Callable[[int, int], int], flood: int
) -> list[int]:
    """Give the number of the verdict of each record, now that it is known who was here before.

    Each has the fields of a `Record`, in their order. `window(brand_id, campaign_id)` gives the minutes in which the
    same visitor on the same link counts once; 0 counts each visit. More than `flood` visits to a link in a minute from
    one network (an IPv4 address, or half an IPv6 one) are no people any more, however many browsers they claim to be;
    0 lets everybody count.

    All visits there are go through this loop, on a machine that has the visitors to answer meanwhile. So it asks the
    memory's dictionaries itself, and makes no call that it can do without.
    """
    waits: dict[int, int] = {}
    verdicts = list[int]()
    add = verdicts.append
    young, old, half = memory._young, memory._old, memory.most // 2
    for _, at, brand_id, campaign_id, link_id, visitor, visitor_before, network, _, _, _, verdict, _, _, _ in records:
        if verdict != COUNTED:
            add(verdict)
            continue
        link = link_id << 63
        if flood:
            minute = at // MINUTE
            # A visit of the minute before, from another process, comes late and counts with this one's.
            if minute > memory._minute or minute < memory._minute - 1:
                memory._came, memory._minute = {}, minute
            key, came = link | network, memory._came
            came[key] = number = came.get(key, 0) + 1
            if number > flood:
                add(FLOOD)
                continue
        wait = waits.get(campaign_id)
        if wait is None:
            wait = waits[campaign_id] = min(window(brand_id, campaign_id), LONGEST) * MINUTE
        key = link | visitor
        before = young.get(key)
        if before is None:
            before = old.get(key)
        if before is None and visitor_before:
            before = memory.counted_at(link_id, visitor_before)
        # A clock that was set back, or two processes whose visits crossed: a little earlier is here already, too.
        if before is not None and abs(at - before) < wait:
            add(REPEAT)
            continue
        young[key] = at
        if len(young) > half:
            memory._grow_old()
            young, old = memory._young, memory._old
        add(COUNTED)
    return verdicts
