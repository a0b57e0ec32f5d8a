"""Who counts among the people: each visitor once a while, and nobody who comes in floods.

The visits of all processes come together in the worker, in batches, roughly in the order of their times. So this is
the one place that can tell who was here before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from referral.clicks.rules.journals import VERDICT_NUMBERS, Record

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
            self._young, self._old = {}, self._young

    def counted_at(self, link_id: int, visitor: int) -> int | None:
        """Tell when a visitor was last counted on a link."""
        key = link_id << 63 | visitor
        found = self._young.get(key)
        return found if found is not None else self._old.get(key)

    def comes(self, link_id: int, network: int, at: int) -> int:
        """Note that somebody came to a link from a network; tell how many did in this minute of the clock."""
        minute = at // MINUTE
        # A visit of the minute before, from another process, comes late and counts with this one's.
        if minute > self._minute or minute < self._minute - 1:
            self._came, self._minute = {}, minute
        key = link_id << 63 | network
        came = self._came[key] = self._came.get(key, 0) + 1
        return came


def settle(
    records: Iterable[Record], memory: Memory, window: Callable[[int, int], int], flood: int
) -> Iterator[tuple[Record, int]]:
    """Give each record with the number of its verdict, now that it is known who was here before.

    `window(brand_id, campaign_id)` gives the minutes in which the same visitor on the same link counts once; 0 counts
    each visit. More than `flood` visits to a link in a minute from one network (an IPv4 address, or half an IPv6 one)
    are no people any more, however many browsers they claim to be; 0 lets everybody count.
    """
    waits: dict[int, int] = {}
    for record in records:
        if record.verdict != COUNTED:
            yield record, record.verdict
            continue
        link_id, at, campaign_id = record.link_id, record.at, record.campaign_id
        if flood and memory.comes(link_id, record.network, at) > flood:
            yield record, FLOOD
            continue
        wait = waits.get(campaign_id)
        if wait is None:
            wait = waits[campaign_id] = min(window(record.brand_id, campaign_id), LONGEST) * MINUTE
        before = memory.counted_at(link_id, record.visitor)
        if before is None and record.visitor_before:
            before = memory.counted_at(link_id, record.visitor_before)
        # A clock that was set back, or two processes whose visits crossed: a little earlier is here already, too.
        if before is not None and abs(at - before) < wait:
            yield record, REPEAT
            continue
        memory.counted(link_id, record.visitor, at)
        yield record, COUNTED
