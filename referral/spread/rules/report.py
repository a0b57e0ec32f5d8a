"""Choose what is worth saying of a spread: findings with their numbers, each only where the numbers bear it.

Nothing here is worded. A finding names its kind, the facts that a sentence of that kind holds, and the proof: the
anchor, on the page of measures, of the measure that it was read from. What was estimated carries its interval, and is
said only as far as the interval goes; what was counted is said as it is, if there is enough of it to be more than an
accident.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from referral.spread.rules.comparison import Contrast
from referral.spread.rules.curve import Plateau
from referral.spread.rules.study import ENOUGH, Study

ENDS = 20
SETTLED = 0.15
"""A curve of which a greater part came in the last quarter of its time still rises: K is not whole yet."""
FEW = {1: 0.25, 2: 0.3, 3: 0.3}
"""So few fans are worth a sentence if they brought this share of all who came."""

PROOFS = (
    "reach",
    "generations",
    "steps",
    "k",
    "cycle",
    "growth",
    "forecast",
    "offspring",
    "origins",
    "endings",
    "concentration",
    "bridges",
    "carriers",
    "sleepers",
    "languages",
    "comparison",
    "worth",
)
"""The anchors of the page of measures."""


@dataclass(frozen=True)
class Finding:
    """One thing worth saying. Greater ``weight`` comes first; ``is_money`` is for those who may see money only."""

    kind: str
    proof: str
    weight: int
    facts: dict[str, Any] = field(default_factory=dict)
    is_money: bool = False


def report(study: Study, *, is_over: bool = False, sees_money: bool = True, most: int = 10) -> tuple[Finding, ...]:
    """Give what is worth saying, the weightiest first, and no more than ``most``; nothing where nobody is.

    What asks for somebody to do something, or foretells, is left out where the campaign is over.
    """
    if not study.measures.reach:
        return ()
    found = [one for look in _LOOKS for one in look(study)]
    found = [one for one in found if sees_money or not one.is_money]
    if is_over:
        found = [_past(one) for one in found if one.kind not in _AHEAD]
    return tuple(sorted(found, key=lambda one: -one.weight)[:most])


def _past(one: Finding) -> Finding:
    """Say of a story that is over how many a fan brought, and not where it leads."""
    return replace(one, kind="k_was") if one.kind in ("k_below", "k_open", "k_above", "k_rising") else one


def share_interval(part: int, whole: int) -> tuple[float, float]:
    """Give the 95 % interval of a share of ``whole`` cases, by Wilson's score.

    >>> low, high = share_interval(15, 20)
    >>> round(low, 3), round(high, 3)
    (0.531, 0.888)

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 1927.
    """
    z2 = 1.959963984540054**2
    p = part / whole
    middle, half = p + z2 / (2 * whole), math.sqrt(z2 * (p * (1 - p) + z2 / (4 * whole)) / whole)
    low, high = (middle - half) / (1 + z2 / whole), (middle + half) / (1 + z2 / whole)
    return (low if part else 0.0), (high if part < whole else 1.0)


# --- How far, how many, how fast -------------------------------------------------------------------------------------


def _reach(study: Study) -> Iterator[Finding]:
    m = study.measures
    facts = {"people": m.reach, "first_tellers": m.first_tellers, "told_share": m.told_share}
    yield Finding("reach", "reach", 100, facts)


def _k(study: Study) -> Iterator[Finding]:
    ripe, plateau = sum(study.offspring), study.pace.plateau
    early = {"people": study.measures.reach, "ripe": ripe, "ripening_ms": study.ripening_ms}
    if plateau is None or (ripe < ENOUGH and not _settled(plateau)):
        yield Finding("early", "k", 95, early)
        return
    facts = {
        "k": plateau.k,
        "low": plateau.low,
        "high": plateau.high,
        "age_seconds": plateau.age_ms / 1000,
        "at_risk": plateau.at_risk,
    }
    if not plateau.k:
        kind = "silent"
    elif not _settled(plateau):
        kind = "k_rising"
    else:
        kind = "k_below" if plateau.high < 1 else "k_above" if plateau.low > 1 else "k_open"
    yield Finding(kind, "k", 95, facts)


def _settled(plateau: Plateau) -> bool:
    return plateau.late_share is not None and plateau.late_share < SETTLED


def _ahead(study: Study) -> Iterator[Finding]:
    plateau, growth, ahead = study.pace.plateau, study.pace.growth, study.forecast
    if plateau is None or not _settled(plateau):
        return
    if plateau.low > 1 and growth is not None and growth.doubling_seconds is not None:
        yield Finding("doubling", "growth", 90, {"seconds": growth.doubling_seconds})
    if ahead.reason is None and ahead.low is not None and ahead.median is not None and ahead.high is not None:
        more = {name: getattr(ahead, name) - ahead.reach for name in ("low", "median", "high")}
        kind = "dying" if plateau.high < 1 else "expected"
        yield Finding(kind, "forecast", 90, more)


def _cycle(study: Study) -> Iterator[Finding]:
    interval = study.pace.interval
    if interval is not None and interval.introductions >= ENDS and interval.median_seconds is not None:
        facts = {"seconds": interval.median_seconds, "introductions": interval.introductions}
        yield Finding("cycle", "cycle", 62, facts)


def _steps(study: Study) -> Iterator[Finding]:
    virality = study.measures.structural_virality
    tree = virality.trees[0] if virality.trees else None
    if tree is not None and tree.size >= ENDS and tree.value is not None:
        yield Finding("steps", "steps", 50, {"steps": tree.value, "people": tree.size})


def _quiet(study: Study) -> Iterator[Finding]:
    ripe = sum(study.offspring)
    if ripe >= ENOUGH and study.fit is not None and study.fit.law.mean:
        silent = study.offspring[0]
        low, high = share_interval(silent, ripe)
        yield Finding("quiet", "offspring", 40, {"share": silent / ripe, "low": low, "high": high, "of": ripe})


# --- Where people came from, and where it ends -----------------------------------------------------------------------


def _few(study: Study) -> Iterator[Finding]:
    came = study.origins
    if came.arrivals < ENOUGH:
        return
    for number, least in FEW.items():
        people = sum(one.people for one in came.first[:number])
        if came.tellers >= 3 * number and people >= least * came.arrivals:
            facts = {"fans": [one.fan for one in came.first[:number]], "share": people / came.arrivals}
            yield Finding("few", "origins", 85, facts | {"people": people, "start_ms": came.start_ms})
            return
    if came.half is not None and came.half * 4 <= came.tellers:
        facts = {"number": came.half, "tellers": came.tellers, "start_ms": came.start_ms}
        yield Finding("half_by_few", "origins", 72, facts)


def _half_channel(study: Study) -> Iterator[Finding]:
    came = study.origins
    known = [(name, people) for name, people in came.channels if name is not None]
    for number in (1, 2):
        people = sum(count for _, count in known[:number])
        if came.arrivals >= ENOUGH and len(known) > number and 2 * people >= came.arrivals:
            facts = {"channels": [name for name, _ in known[:number]], "share": people / came.arrivals}
            yield Finding("half_by_channel", "origins", 70, facts | {"start_ms": came.start_ms})
            return


def _ends(study: Study) -> Iterator[Finding]:
    ended = sum(study.endings)
    if ended < ENDS:
        return
    most = max(study.endings)
    if share_interval(most, ended)[0] > 0.5:
        facts = {"generation": study.endings.index(most) + 1, "share": most / ended, "ends": ended}
        yield Finding("ends", "endings", 76, facts)


# --- Who -------------------------------------------------------------------------------------------------------------


def _bridge(study: Study) -> Iterator[Finding]:
    least = max(5, study.measures.reach / 100)
    # Without a first teller their whole tree would not be here, which says little.
    for one in study.bridges:
        bridge = one.bridge
        if bridge.generation > 0 and bridge.below >= least:
            facts = {"fan": bridge.fan, "generation": bridge.generation, "people": bridge.below}
            yield Finding("bridge", "bridges", 82, facts)
            return


def _carrier(study: Study) -> Iterator[Finding]:
    plateau = study.pace.plateau
    for one in study.carriers[:1]:
        if plateau is not None and one.at_least is not None and one.at_least > 2 * plateau.k and one.introductions >= 5:
            facts = {"fan": one.fan, "generation": one.generation, "introductions": one.introductions}
            yield Finding("carrier", "carriers", 58, facts | {"at_least": one.at_least, "usual": plateau.k})


def _sleepers(study: Study) -> Iterator[Finding]:
    for one in study.sleepers[:1] if study.measures.reach >= ENOUGH else ():
        facts = {"fan": one.fan, "generation": one.generation, "introductions": one.introductions}
        more = {"quiet_seconds": one.quiet_ms / 1000, "number": len(study.sleepers)}
        yield Finding("sleeper", "sleepers", 66, facts | more)


def _languages(study: Study) -> Iterator[Finding]:
    opened = [one for one in study.openings if one.told_by is not None and one.people >= 5]
    if opened:
        one = max(opened, key=lambda one: one.people)
        facts = {"fan": one.told_by, "language": one.name, "people": one.people, "at_ms": one.at_ms}
        yield Finding("into_language", "languages", 60, facts)


# --- What makes a difference -----------------------------------------------------------------------------------------


def _compared(study: Study) -> Iterator[Finding]:
    for kind, weight in (("channel", 80), ("language", 64), ("place", 63)):
        contrasts: tuple[Contrast, ...] = getattr(study, f"{kind}s")
        found = [(one, one.by("depth")) for one in contrasts if one.by("depth").is_found]
        if found:
            one, matched = max(found, key=lambda pair: abs(pair[1].difference or 0))
            yield _deeper(kind, one, (matched.difference or 0, matched.low or 0, matched.high or 0), weight)
        elif kind == "channel" and (sure := [one for one in contrasts if one.reason is None]):
            yield Finding("alike", "comparison", 35, {"by": kind, "pairs": len(sure)})


def _deeper(kind: str, one: Contrast, numbers: tuple[float, float, float], weight: int) -> Finding:
    """Say it of the deeper one."""
    difference, low, high = numbers
    first, second = one.first, one.second
    if difference < 0:
        difference, low, high, first, second = -difference, -high, -low, second, first
    facts = {"by": kind, "first": first, "second": second, "difference": difference, "low": low, "high": high}
    return Finding("deeper", "comparison", weight, facts | {"pairs": one.pairs})


# --- Money -----------------------------------------------------------------------------------------------------------


def _told_money(study: Study) -> Iterator[Finding]:
    worth = study.worth
    if worth is None or worth.total <= 0 or worth.unshared < 0:
        return
    told = worth.total - worth.unshared
    if told > 0:
        facts = {"amount": told, "share": told / worth.total}
        yield Finding("told_money", "worth", 78, facts, is_money=True)
    for one in worth.first[:1]:
        if one.amount >= worth.total / 20 and worth.tellers >= ENDS / 2:
            facts = {"fan": one.fan, "amount": one.amount, "share": one.amount / worth.total}
            yield Finding("word_worth", "worth", 59, facts, is_money=True)


def _buyers(study: Study) -> Iterator[Finding]:
    value = study.value
    if value is not None and value.sharers >= ENDS and value.half * 4 <= value.sharers:
        facts = {"number": value.half, "buyers": value.sharers}
        yield Finding("half_of_money", "concentration", 42, facts, is_money=True)


_LOOKS: tuple[Callable[[Study], Iterator[Finding]], ...] = (
    _reach,
    _k,
    _ahead,
    _cycle,
    _steps,
    _quiet,
    _few,
    _half_channel,
    _ends,
    _bridge,
    _carrier,
    _sleepers,
    _languages,
    _compared,
    _told_money,
    _buyers,
)
_AHEAD = frozenset({"doubling", "dying", "expected", "sleeper"})
