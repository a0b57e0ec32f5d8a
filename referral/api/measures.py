"""What the API answers about a spread's measures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from referral.api.replies import Reply
from referral.spread.rules.comparison import ALL_ALIKE, MEASURES, SIZES_APART, TOO_FEW

Unforeseen = Annotated[
    str, Field(json_schema_extra={"enum": ["no_fans", "too_few_fans", "no_introductions", "growing"]})
]
Shape = Annotated[str, Field(json_schema_extra={"enum": list(MEASURES)})]
Uncompared = Annotated[str, Field(json_schema_extra={"enum": [TOO_FEW, SIZES_APART, ALL_ALIKE]})]


class TreeOut(Reply):
    """One tree: its first teller, people, last generation and structural virality."""

    root: str
    size: int
    depth: int
    value: float | None


class StructuralViralityOut(Reply):
    """Mean distance between two people of a tree (Goel, Anderson, Hofman and Watts, 2016)."""

    mean_over_trees: float | None
    pair_weighted: float | None
    trees: list[TreeOut]


class StandingOut(Reply):
    """Somebody's place in the spread."""

    fan: str
    generation: int
    introductions: int
    below: int


class PlateauOut(Reply):
    """K as the mean cumulative function of introductions by age: young fans do not pull it down."""

    value: float = Field(description="Introductions of one fan up to the age.")
    low: float
    high: float
    age_seconds: float = Field(description="The last age at which enough fans have been watched.")
    at_risk: int = Field(description="Fans who have been in for as long.")
    late_share: float | None = Field(
        description="The part that came in the last quarter of the age; near 0 K is whole."
    )


class IntervalOut(Reply):
    """Times from a fan's arrival to that of those they told; corrected for young fans, but for the recorded median."""

    channel: str | None = Field(description="Null for all channels together, and for one that is not known.")
    introductions: int
    recorded_median_seconds: float
    k: float | None = Field(description="What the channel adds to K.")
    first_quartile_seconds: float | None
    median_seconds: float | None
    third_quartile_seconds: float | None
    mean_seconds: float | None


class IntervalsOut(Reply):
    """Generation intervals, of all introductions and by channel."""

    all: IntervalOut | None
    channels: list[IntervalOut]


class OffspringOut(Reply):
    """How many people ripe fans introduced, and the negative binomial that suits them best."""

    fans: int
    r: float
    k: float | None = Field(description="Dispersion; null where it is infinite (`is_poisson`).")
    k_low: float | None
    k_high: float | None = Field(description="Null where it is infinite.")
    is_poisson: bool
    counts: list[int] = Field(description="Fans who introduced nobody, one, two …")


class ForecastOut(Reply):
    """The reach when all is told, by simulation; without first tellers who are yet to come."""

    reach: int
    k: float | None = Field(description="K of those who were told.")
    still_to_tell: float | None
    mean: float | None
    low: int | None = Field(description="Nine of ten futures lie between low and high.")
    median: int | None
    high: int | None
    dies_out: float | None
    reason: Unforeseen | None


class ShareOut(Reply):
    """What the first people have of all there is."""

    people: int
    share: float


class ConcentrationOut(Reply):
    """How unevenly something is shared out."""

    people: int
    sharers: int = Field(description="Those who have any of it.")
    gini: float
    half: int = Field(description="The fewest people who have half of it.")
    top: list[ShareOut] = Field(description="The first hundredth, tenth and fifth of the people.")
    effective_number: float


class ConcentrationsOut(Reply):
    """Concentration of introductions, and of what each fan bought."""

    introductions: ConcentrationOut | None
    value: ConcentrationOut | None


class WordOut(Reply):
    """What a fan's word was worth."""

    fan: str
    amount: str


class WorthOut(Reply):
    """Each sale shared equally among all on its way, without the buyer; with what is unshared it sums to the total."""

    currency: str
    total: str
    unshared: str = Field(description="What was bought by first tellers.")
    fans: list[WordOut] = Field(description="Those whose word was worth most.")


class BetweenOut(Reply):
    """The pairs of other people whose way to each other leads by a fan."""

    fan: str
    generation: int
    pairs: int


class ProvenOut(Reply):
    """Somebody who tells, with what is to be expected of a fan like them."""

    fan: str
    generation: int
    introductions: int
    below: int
    expected: float | None
    at_least: float | None


class SleeperOut(Reply):
    """Somebody who told many and has been silent for longer than chance explains."""

    fan: str
    generation: int
    introductions: int
    below: int
    last_at: datetime
    quiet_seconds: float
    chance: float


class MatchedOut(Reply):
    """A difference at equal size, first less second, with an interval; `raw` compares chains of all sizes."""

    measure: Shape
    raw: float | None
    difference: float | None
    low: float | None
    high: float | None


class ContrastOut(Reply):
    """Two kinds of chains compared at equal size."""

    first: str
    second: str
    first_chains: int
    second_chains: int
    pairs: int
    measures: list[MatchedOut]
    reason: Uncompared | None


class ComparisonsOut(Reply):
    """Comparisons at equal size."""

    channel: list[ContrastOut]
    language: list[ContrastOut]
    place: list[ContrastOut]


class MeasuresOut(Reply):
    """The measures of a spread; what is undefined is null."""

    reach: int
    first_tellers: int
    generations: list[int]
    reproduction: list[float]
    k_factor: float | None
    k_naive: float | None
    cycle_time_seconds: float | None
    structural_virality: StructuralViralityOut
    gini_introductions: float | None
    gini_value: float | None
    told_share: float | None
    retold_share: float | None
    carriers: list[StandingOut]
    bridges: list[StandingOut]
    studied_at: datetime = Field(description="The moment of all that follows; of a large spread it may be minutes old.")
    k_mcf: PlateauOut | None
    generation_intervals: IntervalsOut
    growth_rate_per_day: float | None
    doubling_time_seconds: float | None
    half_life_seconds: float | None
    offspring: OffspringOut | None
    extinction_probability: float | None = Field(description="Of a story with one first teller, by the fitted law.")
    forecast: ForecastOut
    concentration: ConcentrationsOut
    worth: WorthOut | None = Field(description="Null where nothing was bought.")
    betweenness: list[BetweenOut]
    proven_carriers: list[ProvenOut]
    sleepers: list[SleeperOut]
    comparisons: ComparisonsOut
