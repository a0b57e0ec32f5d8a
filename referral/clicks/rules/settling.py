"""Who counts among the people: each visitor once a while, and nobody who comes in floods.

The visits of all processes come together in the worker, in batches, roughly in the order of their times. So this is
the one place that can tell who was here before.
"""

from __future__ import annotations

from collections import deque
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
    _networks: dict[tuple[int, int], deque[int]] = field(default_factory=dict)
    _swept_at: int = 0

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

    def comes(self, link_id: int, network: int, at: int, most: int) -> bool:
        """Note that somebody came to a link from a network; tell whether more than `most` did within a minute."""
        if abs(at - self._swept_at) > MINUTE:
            self._networks = {key: seen for key, seen in self._networks.items() if abs(at - seen[-1]) <= MINUTE}
            self._swept_at = at
        seen = self._networks.setdefault((link_id, network), deque(maxlen=most + 1))
        seen.append(at)
        return len(seen) > most and abs(at - seen[0]) <= MINUTE


def settle(
    records: Iterable[Record], memory: Memory, window: Callable[[int, int], int], flood: int
) -> Iterator[tuple[Record, int]]:
    """Give each record with the number of its verdict, now that it is known who was here before.

    `window(brand_id, campaign_id)` gives the minutes in which the same visitor on the same link counts once; 0 counts
    each visit. More than `flood` visits to a link in a minute from one network (an IPv4 address, or half an IPv6 one)
    are no people any more, however many browsers they claim to be; 0 lets everybody count.
    """
    for record in records:
        if record.verdict != COUNTED:
            yield record, record.verdict
            continue
        if flood and memory.comes(record.link_id, record.network, record.at, flood):
            yield record, FLOOD
            continue
        wait = min(window(record.brand_id, record.campaign_id), LONGEST) * MINUTE
        before = memory.counted_at(record.link_id, record.visitor)
        if before is None and record.visitor_before:
            before = memory.counted_at(record.link_id, record.visitor_before)
        # A clock that was set back, or two processes whose visits crossed: a little earlier is here already, too.
        if before is not None and abs(record.at - before) < wait:
            yield record, REPEAT
            continue
        memory.counted(record.link_id, record.visitor, record.at)
        yield record, COUNTED
