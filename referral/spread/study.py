"""What is measured of a campaign's spread beyond its first measures, kept for as long as it took some trouble to make.

Measuring a million people takes seconds. What was quick to make is made anew whenever anything is another; what was
slow is kept for a while, says of which moment it is, and is the same for everybody who asks in the meantime.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, cast

from flask import current_app

from referral.campaigns.models import Campaign
from referral.plumbing.clock import milliseconds, now
from referral.plumbing.db import is_reading
from referral.spread import queries
from referral.spread.cache import Standing, standing
from referral.spread.rules import study as rules
from referral.spread.rules.study import Pace, Study

T = TypeVar("T")
EXTENSION = "tular_studies"
MINUTE = 60_000
MOST = 64
SLOW_SECONDS = 0.2
SLOW_TIMES, LEAST_SECONDS = 40, 60.0
"""What took longer than ``SLOW_SECONDS`` is kept for so many times as long as it took, and for so long at least."""


def pace(campaign: Campaign) -> Pace:
    """Measure how many people a fan brings, and how fast."""
    stands = standing(campaign)
    at_ms = observed_until(campaign, stands)
    return _kept(campaign, "pace", (stands.version, at_ms), lambda: rules.pace(stands.forest, at_ms))


def study(campaign: Campaign) -> Study:
    """Take every measure of a campaign's spread."""
    stands = standing(campaign)
    at_ms = observed_until(campaign, stands)
    ripening_ms = timedelta(days=campaign.ripening_days) // timedelta(milliseconds=1)

    def make() -> Study:
        # The seed follows from what is measured, so that every process draws the same.
        seed = zlib.crc32(f"{campaign.id}:{stands.version}".encode())
        measures = queries.measures(campaign)
        return rules.study(stands.forest, measures, now_ms=at_ms, ripening_ms=ripening_ms, seed=seed)

    return _kept(campaign, "study", (stands.version, at_ms, ripening_ms), make)


def observed_until(campaign: Campaign, stands: Standing) -> int:
    """Say until when a spread has been watched, in epoch milliseconds.

    That is this minute, or the moment of the last arrival if that is later; of a campaign that is over, its end: who
    could tell nobody any more has not been silent since.
    """
    at_ms, forest = milliseconds(now()), stands.forest
    last = min(int(forest.at_ms[-1]), at_ms) if len(forest) else 0
    until = at_ms // MINUTE * MINUTE
    if campaign.ends_at is not None:
        until = min(until, milliseconds(campaign.ends_at))
    return max(until, last)


@dataclass(eq=False)
class _Slot:
    """What was made last under one name, of what, how long that took, and until when it is good for others too."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    of: Hashable = None
    value: Any = None
    good_until: float = 0.0

    def get(self, of: Hashable, make: Callable[[], Any]) -> Any:
        """Give what was made of the same, or of something else a short while ago; else make it, one thread alone."""
        if self._serves(of):
            return self.value
        with self.lock:
            if not self._serves(of):
                began = time.monotonic()
                self.value, self.of = make(), of
                took = time.monotonic() - began
                slow = took >= SLOW_SECONDS
                self.good_until = began + took + max(SLOW_TIMES * took, LEAST_SECONDS) if slow else 0.0
            return self.value

    def _serves(self, of: Hashable) -> bool:
        return self.value is not None and (self.of == of or time.monotonic() < self.good_until)


@dataclass(eq=False)
class _Slots:
    """The slots of the campaigns that were asked for lately."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    each: OrderedDict[Hashable, _Slot] = field(default_factory=OrderedDict)

    def slot(self, key: Hashable) -> _Slot:
        with self.lock:
            found = self.each.setdefault(key, _Slot())
            self.each.move_to_end(key)
            while len(self.each) > MOST:
                self.each.popitem(last=False)
            return found


def _kept(campaign: Campaign, name: str, of: Hashable, make: Callable[[], T]) -> T:
    # In a transaction that may write, something may be measured that is never committed.
    if not is_reading():
        return make()
    slots = cast(_Slots, current_app.extensions.setdefault(EXTENSION, _Slots()))
    return cast(T, slots.slot((campaign.brand_id, campaign.id, name)).get(of, make))
