"""Learn from a campaign's own history how often a telling works, and check it against what came after."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FEWEST_VISITS = 20
"""With fewer visits on either side of the check there is nothing to check."""


@dataclass(frozen=True)
class Tried:
    """Hold how many visits people paid to fans' links, and how many of those visitors came in."""

    visits: int = 0
    came: int = 0

    def __add__(self, other: Tried) -> Tried:
        """Count both."""
        return Tried(self.visits + other.visits, self.came + other.came)

    @property
    def tries(self) -> int:
        """Count the tellings: nobody comes without one, though a visit may be missing from the counts."""
        return max(self.visits, self.came)


@dataclass(frozen=True)
class Conversion:
    """Hold how often a telling works: by channel where it was seen, else as it does on the whole.

    ``is_seen`` is False where no visit was ever counted, so that all of it is assumed.
    """

    whole: float
    by_channel: Mapping[str, float]
    is_seen: bool

    def of(self, channel: str | None) -> float:
        """Give the chance that a telling by a channel works."""
        return self.by_channel.get(channel or "", self.whole)


def conversion(tried: Mapping[str, Tried]) -> Conversion:
    """Estimate the chance that a telling works, by channel, smoothed so that few visits say little.

    A telling is a visit by a person to a fan's link; it works when the visitor comes in, as a newcomer or as somebody
    who is here already. With v visits of which c worked, over all channels V and C,

        whole = (C + 1) / (V + 2)          (Laplace's rule of succession)
        channel = (c + 2 whole) / (v + 2)  (the same, with the whole for what is known beforehand)

    so that a channel nobody used has the chance of the whole, and where nothing at all was counted it is 1/2. Tellings
    that leave no visit, such as those at a gate, are known only when they worked and teach nothing here.

    >>> found = conversion({"whatsapp": Tried(98, 24), "email": Tried(0, 0)})
    >>> found.whole, round(found.of("whatsapp"), 4), found.of("email"), found.of("spoken")
    (0.25, 0.245, 0.25, 0.25)
    """
    total = sum(tried.values(), Tried())
    visits = sum(one.tries for one in tried.values())
    whole = (total.came + 1) / (visits + 2)
    return Conversion(
        whole,
        {channel: (one.came + 2 * whole) / (one.tries + 2) for channel, one in tried.items()},
        is_seen=visits > 0,
    )


@dataclass(frozen=True)
class Day:
    """Hold what happened by one channel on one day, which is a whole number that grows with time."""

    day: int
    channel: str
    tried: Tried


@dataclass(frozen=True)
class Check:
    """Hold, for a channel, what was predicted of its later visits, and what was seen.

    The prediction lies between ``low`` and ``high`` in 95 of 100 cases, if visitors go on as they did.
    """

    channel: str
    visits: int
    predicted: float
    low: float
    high: float
    seen: int

    @property
    def is_as_predicted(self) -> bool:
        """Tell whether what was seen lies where the prediction said; half a person more is no matter."""
        return self.low - 0.5 <= self.seen <= self.high + 0.5


@dataclass(frozen=True)
class Calibration:
    """Hold the check of a model on what it had not seen: what came from day ``since`` on; most visits first."""

    since: int
    checks: tuple[Check, ...]


def calibrate(days: Iterable[Day]) -> Calibration | None:
    """Learn from the first half of a campaign's visits, predict the second, and set beside it what was seen.

    The later visits of a channel are as many tries with a chance that is itself known only from the earlier ones, so
    that what is predicted is beta-binomial: with a = c + 2 whole and b = v - c + 2 (1 - whole) from the first half, and
    n tries in the second, the mean is n a / (a + b) and the variance n a b (a + b + n) / ((a + b)^2 (a + b + 1)).

    None where either half has fewer than 20 visits.

    >>> days = [Day(day, "line", Tried(50, 10)) for day in (1, 2)]
    >>> found = calibrate(days)
    >>> found.since, found.checks[0].seen, round(found.checks[0].predicted, 2)
    (2, 10, 10.02)
    """
    by_day: dict[int, dict[str, Tried]] = {}
    for one in days:
        channels = by_day.setdefault(one.day, {})
        channels[one.channel] = channels.get(one.channel, Tried()) + one.tried
    total = sum(tried.tries for channels in by_day.values() for tried in channels.values())
    earlier: dict[str, Tried] = {}
    learnt, since = 0, None
    for day in sorted(by_day):
        if 2 * learnt >= total:
            since = day
            break
        for channel, tried in by_day[day].items():
            earlier[channel] = earlier.get(channel, Tried()) + tried
            learnt += tried.tries
    if since is None or learnt < FEWEST_VISITS:
        return None
    later: dict[str, Tried] = {}
    for day in by_day:
        if day >= since:
            for channel, tried in by_day[day].items():
                later[channel] = later.get(channel, Tried()) + tried
    if sum(tried.tries for tried in later.values()) < FEWEST_VISITS:
        return None
    whole = conversion(earlier).whole
    checks = [_check(channel, earlier.get(channel, Tried()), tried, whole) for channel, tried in later.items()]
    checks.sort(key=lambda check: (-check.visits, check.channel))
    return Calibration(since, tuple(check for check in checks if check.visits))


def _check(channel: str, before: Tried, after: Tried, whole: float) -> Check:
    came, missed, tries = before.came + 2 * whole, before.tries - before.came + 2 * (1 - whole), after.tries
    known = came + missed
    predicted = tries * came / known
    spread = math.sqrt(tries * came * missed * (known + tries) / (known**2 * (known + 1)))
    low, high = max(0.0, predicted - 1.96 * spread), min(float(tries), predicted + 1.96 * spread)
    return Check(channel, tries, predicted, low, high, after.came)
