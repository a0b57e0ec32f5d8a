"""Passes for those who came past the doors that give them at once: buyers, people of before an event was made."""

from __future__ import annotations

import time

from referral.events import holders, passes, queries
from referral.events.models import Pass
from referral.plumbing import bulk
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import in_reading, in_transaction

AT_ONCE = 5_000
"""Passes given in one transaction: between two of them others may write."""
BEHIND_MS = 60_000
"""How long a fan may have waited to be committed, and still be seen by the next look."""


class Giver:
    """Give passes to whoever has none, look by look; each looks only at fans who came since the last.

    What a look cannot see, such as the fans of a transaction that went on for minutes, the first look after `forget`
    sees.
    """

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def look(self) -> int:
        """Give every fan of an open event a pass who never had one; return how many were given."""
        begun = max(0, time.time_ns() // 1_000_000 - BEHIND_MS) << 22
        given = 0
        events = in_reading(queries.all_open_for_passes)
        for brand_id, event_id in events:
            with of_brand(brand_id):
                given += _give(brand_id, event_id, self._seen.get(event_id, 0))
        self._seen = {event_id: begun for _, event_id in events}
        return given

    def forget(self) -> None:
        """Look at all fans again next time."""
        self._seen = {}


def _give(brand_id: int, event_id: int, after: int) -> int:
    given = 0
    while _is_waiting(brand_id, event_id, after):  # only where somebody is, is it worth the writer's lock
        done = _some(brand_id, event_id, after)
        given += len(done)
        after = done[-1] if done else after
    if given >= bulk.WORTH_A_LOOK:
        in_transaction(lambda: bulk.look_again(Pass))
    return given


def _is_waiting(brand_id: int, event_id: int, after: int) -> bool:
    return in_reading(lambda: bool(holders.fans_without(queries.by_id(brand_id, event_id), after, 1)))


def _some(brand_id: int, event_id: int, after: int) -> list[int]:
    return in_transaction(lambda: passes.issue_missing(queries.by_id(brand_id, event_id), after, AT_ONCE))
