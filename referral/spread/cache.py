"""Keep in memory how each campaign's spread stands: the database keeps the facts, and a million take seconds to read.

Each process keeps the forests that it was asked for lately, and reads on from where it stopped.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, has_request_context

from referral.campaigns.models import Campaign
from referral.plumbing.db import is_reading
from referral.spread.following import Following, Mistaken
from referral.spread.rules.forest import Forest

T = TypeVar("T")
EXTENSION = "tular_spread"


@dataclass(frozen=True, eq=False)
class Standing:
    """How a campaign's spread stands; ``version`` is another one whenever anything of the forest is.

    It is ``<newest>-<fans>-<largest id of a sale or refund>.<how many>.<visits known>``, ids in hexadecimal. The first
    two tell every process which fans are meant, whatever came since: ``newest`` is the largest id of a fan, 0 where
    there is none.
    """

    forest: Forest
    newest: int
    version: str
    _kept: dict[str, tuple[Hashable, Any]] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def keep(self, name: str, make: Callable[[], T], at: Hashable = None) -> T:
        """Give what was made of this standing before, under a name, or make it now.

        What does not follow from the standing alone but from something more, such as the time, says so by ``at``; what
        was made at another is forgotten.
        """
        with self._lock:
            found = self._kept.get(name)
            if found is None or found[0] != at:
                found = self._kept[name] = (at, make())
            return cast(T, found[1])


def standing(campaign: Campaign) -> Standing:
    """Give how a campaign's spread stands now; to one request it stands still.

    In a transaction that may write, it is read from the database as a whole and not kept: some of what is seen there
    may never be committed.
    """
    if not is_reading():
        return Spread().standing(campaign)
    if not has_request_context():
        return spreads(current_app).standing(campaign)
    seen: dict[tuple[int, int], Standing] = g.setdefault("standings", {})
    key = (campaign.brand_id, campaign.id)
    if key not in seen:
        seen[key] = spreads(current_app).standing(campaign)
    return seen[key]


def spreads(app: Flask) -> Spreads:
    """Give what an application keeps in this process."""
    made = app.extensions.get(EXTENSION)
    return cast(Spreads, made or app.extensions.setdefault(EXTENSION, Spreads(app.config["SPREAD_CACHE_FANS"])))


class Spreads:
    """Spreads asked for lately, of so many fans together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._each: OrderedDict[tuple[int, int], Spread] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Count the spreads."""
        return len(self._each)

    def __contains__(self, campaign: Campaign) -> bool:
        """Tell whether a campaign's is among them."""
        return (campaign.brand_id, campaign.id) in self._each

    def standing(self, campaign: Campaign) -> Standing:
        """Give how a campaign's spread stands, and forget those asked for longest ago where there are too many fans."""
        key = (campaign.brand_id, campaign.id)
        with self._lock:
            spread = self._each.setdefault(key, Spread())
            self._each.move_to_end(key)
        found = spread.standing(campaign)
        with self._lock:
            fans = sum(map(len, self._each.values()))
            # The one asked for last stays, whatever its size: else it would be read anew for each question.
            while fans > self._most and len(self._each) > 1:
                fans -= len(self._each.popitem(last=False)[1])
        return found


class Spread:
    """One campaign's spread, which reads on whenever it is asked for."""

    def __init__(self) -> None:
        self._following = Following()
        self._standing: Standing | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Count the fans."""
        return len(self._following)

    def standing(self, campaign: Campaign) -> Standing:
        """Read what is new and give how it stands; threads that ask at the same time wait for one of them to read."""
        with self._lock:
            try:
                news = self._read_on(campaign)
            except BaseException:
                # Half of the news may have been taken in.
                self._begin_again()
                raise
            if news or self._standing is None:
                it = self._following
                self._standing = Standing(it.forest(), max(it.newest, 0), it.version)
            return self._standing

    def _read_on(self, campaign: Campaign) -> bool:
        try:
            return self._following.read_on(campaign)
        except Mistaken:
            self._begin_again()
            return self._following.read_on(campaign)

    def _begin_again(self) -> None:
        self._following, self._standing = Following(), None
