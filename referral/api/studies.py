"""Write what was studied of a spread as the API answers it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from referral.api.measures import (
    BetweenOut,
    ComparisonsOut,
    ConcentrationOut,
    ConcentrationsOut,
    ContrastOut,
    ForecastOut,
    IntervalOut,
    IntervalsOut,
    MatchedOut,
    OffspringOut,
    PlateauOut,
    ProvenOut,
    ShareOut,
    SleeperOut,
    WordOut,
    WorthOut,
)
from referral.plumbing import ids
from referral.plumbing.money import Money
from referral.spread.rules.comparison import Contrast
from referral.spread.rules.concentration import Concentration
from referral.spread.rules.curve import Plateau
from referral.spread.rules.forecast import Forecast
from referral.spread.rules.growth import Interval
from referral.spread.rules.offspring import Fit
from referral.spread.rules.study import Study, Worth


def studied(made: Study, currency: str) -> dict[str, Any]:
    """Write what was studied as the fields of MeasuresOut from ``studied_at`` on."""
    pace, growth = made.pace, made.pace.growth
    return {
        "studied_at": _at(pace.at_ms),
        "k_mcf": _plateau(pace.plateau),
        "generation_intervals": IntervalsOut(
            all=_interval(pace.interval) if pace.interval else None,
            channels=[_interval(one) for one in pace.by_channel],
        ),
        "growth_rate_per_day": growth.per_day if growth else None,
        "doubling_time_seconds": growth.doubling_seconds if growth else None,
        "half_life_seconds": growth.half_life_seconds if growth else None,
        "offspring": _offspring(made.fit, made.offspring) if made.fit else None,
        "extinction_probability": made.extinction,
        "forecast": _forecast(made.forecast),
        "concentration": ConcentrationsOut(
            introductions=_concentration(made.introductions), value=_concentration(made.value)
        ),
        "worth": _worth(made.worth, currency) if made.worth else None,
        "betweenness": [
            BetweenOut(fan=ids.show(one.fan), generation=one.generation, pairs=one.pairs) for one in made.between
        ],
        "proven_carriers": [
            ProvenOut(
                fan=ids.show(one.fan),
                generation=one.generation,
                introductions=one.introductions,
                below=one.below,
                expected=one.expected,
                at_least=one.at_least,
            )
            for one in made.carriers
        ],
        "sleepers": [
            SleeperOut(
                fan=ids.show(one.fan),
                generation=one.generation,
                introductions=one.introductions,
                below=one.below,
                last_at=_at(one.last_ms),
                quiet_seconds=one.quiet_ms / 1000,
                chance=one.chance,
            )
            for one in made.sleepers
        ],
        "comparisons": ComparisonsOut(
            channel=_contrasts(made.channels), language=_contrasts(made.languages), place=_contrasts(made.places)
        ),
    }


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _plateau(one: Plateau | None) -> PlateauOut | None:
    if one is None:
        return None
    return PlateauOut(
        value=one.k,
        low=one.low,
        high=one.high,
        age_seconds=one.age_ms / 1000,
        at_risk=one.at_risk,
        late_share=one.late_share,
    )


def _interval(one: Interval) -> IntervalOut:
    return IntervalOut(
        channel=one.name,
        introductions=one.introductions,
        recorded_median_seconds=one.recorded_median_seconds,
        k=one.k,
        first_quartile_seconds=one.first_quartile_seconds,
        median_seconds=one.median_seconds,
        third_quartile_seconds=one.third_quartile_seconds,
        mean_seconds=one.mean_seconds,
    )


def _offspring(fit: Fit, counts: Sequence[int]) -> OffspringOut:
    return OffspringOut(
        fans=fit.fans,
        r=fit.law.mean,
        k=_finite(fit.law.k),
        k_low=_finite(fit.k_low),
        k_high=_finite(fit.k_high),
        is_poisson=fit.law.is_poisson,
        counts=list(counts),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _forecast(one: Forecast) -> ForecastOut:
    return ForecastOut(
        reach=one.reach,
        k=one.k,
        still_to_tell=one.still_to_tell,
        mean=one.mean,
        low=one.low,
        median=one.median,
        high=one.high,
        dies_out=one.dies_out,
        reason=one.reason,
    )


def _concentration(one: Concentration | None) -> ConcentrationOut | None:
    if one is None:
        return None
    return ConcentrationOut(
        people=one.people,
        sharers=one.sharers,
        gini=one.gini,
        half=one.half,
        top=[ShareOut(people=first.people, share=first.share) for first in one.top],
        effective_number=one.effective_number,
    )


def _worth(one: Worth, currency: str) -> WorthOut:
    def text(minor: int) -> str:
        return Money(minor, currency).text()

    return WorthOut(
        currency=currency,
        total=text(one.total),
        unshared=text(one.unshared),
        fans=[WordOut(fan=ids.show(first.fan), amount=text(first.amount)) for first in one.first],
    )


def _contrasts(found: Sequence[Contrast]) -> list[ContrastOut]:
    return [
        ContrastOut(
            first=one.first,
            second=one.second,
            first_chains=one.chains[0],
            second_chains=one.chains[1],
            pairs=one.pairs,
            measures=[
                MatchedOut(
                    measure=each.measure,
                    raw=each.raw,
                    difference=each.difference,
                    low=each.low,
                    high=each.high,
                )
                for each in one.measures
            ],
            reason=one.reason,
        )
        for one in found
    ]
