"""A campaign's touch history: who told whom, how often, by what, and how often such a telling worked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sqlalchemy import BigInteger, case, cast, func, select, type_coerce

from referral.campaigns.models import Campaign
from referral.clicks.models import WHOLE_CAMPAIGN, ClickDay
from referral.clicks.rules.months import DAY
from referral.fans.models import Fan
from referral.introductions.models import Introduction
from referral.links.models import Link
from referral.links.rules import CHANNEL_NAMES
from referral.people.models import Person
from referral.plumbing.columns import UNKNOWN, Table, coded, integers
from referral.spread.rules.conversion import Calibration, Conversion, Day, Tried, calibrate, conversion
from referral.spread.rules.forest import Flags, Forest, Ints
from referral.spread.rules.ties import Ties


@dataclass(frozen=True, eq=False)
class Touches:
    """Hold the tellings of a campaign among the rows of its forest, with what is known of how well tellings work."""

    ties: Ties
    askable: Flags
    conversion: Conversion
    calibration: Calibration | None

    @cached_property
    def tellers(self) -> int:
        """Count the people who told somebody here and can still be asked."""
        return int((self.askable & (self.ties.told() > 0)).sum())


def touches(campaign: Campaign, forest: Forest) -> Touches:
    """Gather a campaign's touch history.

    A tie leads from A to B where A told B, be it as the first or later. It has one try for each introduction on record,
    and the chance of a try is that of its channel.
    """
    words = (*CHANNEL_NAMES, *(name for name in forest.channel.names if name and name not in CHANNEL_NAMES))
    told = _told(campaign, words)
    days = _days(campaign, told, words)
    by_channel: dict[str, Tried] = {}
    for one in days:
        by_channel[one.channel] = by_channel.get(one.channel, Tried()) + one.tried
    learnt = conversion(by_channel)

    order = np.argsort(forest.ids)
    teller, hearer = _rows(forest, order, told[:, 0]), _rows(forest, order, told[:, 1])
    known = (teller >= 0) & (hearer >= 0)
    # UNKNOWN reads the last one, which stands for a channel that is not known.
    chances = np.array([*(learnt.of(word) for word in words), learnt.whole])
    ties = Ties.of(len(forest), teller[known], hearer[known], chances[told[known, 2]])
    askable = np.ones(len(forest), dtype=np.bool_)
    erased = _rows(forest, order, _erased(campaign)[:, 0])
    askable[erased[erased >= 0]] = False
    return Touches(ties, askable, learnt, calibrate(days))


def marks(campaign: Campaign) -> tuple[int, int, int]:
    """Count the visits, the introductions and the people erased: where one of them has grown, the history has."""
    introductions = select(func.count()).where(
        Introduction.brand_id == campaign.brand_id, Introduction.campaign_id == campaign.id
    )
    visits = int(_visits(campaign, CHANNEL_NAMES, of_brand=False)[:, 2].sum())
    return visits, int(integers(introductions)[0, 0]), len(_erased(campaign))


def _rows(forest: Forest, order: Ints, ids: Ints) -> Ints:
    """Find the rows of fans by id, -1 for those who are not in the forest."""
    if not len(forest):
        return np.full(len(ids), -1, dtype=np.int64)
    ranked = forest.ids[order]
    place = np.minimum(np.searchsorted(ranked, ids), len(ranked) - 1)
    return np.where(ranked[place] == ids, order[place], -1)


def _told(campaign: Campaign, words: Sequence[str]) -> Table:
    """Read the introductions by fans: teller, hearer, channel by its place in a list, time, and 1 where one clicked."""
    return integers(
        select(
            func.coalesce(Introduction.introducer_id, UNKNOWN),
            Introduction.fan_id,
            coded(Introduction.channel, words),
            type_coerce(Introduction.at, BigInteger),
            cast(case((Introduction.click_id.is_(None), 0), else_=1), BigInteger),
        ).where(
            Introduction.brand_id == campaign.brand_id,
            Introduction.campaign_id == campaign.id,
            Introduction.introducer_id.is_not(None),
        )
    )


def _visits(campaign: Campaign, words: Sequence[str], *, of_brand: bool) -> Table:
    """Read the visits that count: day, channel by its place in a list, number; of all links, or of the brand's own."""
    query = select(ClickDay.day, coded(ClickDay.channel, words), ClickDay.clicks).where(
        ClickDay.brand_id == campaign.brand_id, ClickDay.campaign_id == campaign.id, ClickDay.verdict == "counted"
    )
    if not of_brand:
        return integers(query.where(ClickDay.link_id == WHOLE_CAMPAIGN))
    own = select(Link.id).where(
        Link.brand_id == campaign.brand_id, Link.campaign_id == campaign.id, Link.fan_id.is_(None)
    )
    return integers(query.where(ClickDay.link_id.in_(own)))


def _days(campaign: Campaign, told: Table, words: Sequence[str]) -> list[Day]:
    """Count, by day and channel, the visits to fans' links, and those of them by which somebody came in.

    What all links had less what the brand's own had is what the fans' had: two short questions instead of one about
    each of perhaps a million links.
    """
    count: dict[tuple[int, int], Tried] = {}
    for of_brand, sign in ((False, 1), (True, -1)):
        for day, word, visits in _visits(campaign, words, of_brand=of_brand).tolist():
            count[day, word] = count.get((day, word), Tried()) + Tried(sign * visits, 0)
    by_click = told[told[:, 4] == 1]
    if len(by_click):
        key, came = np.unique((by_click[:, 3] // DAY) * (len(words) + 1) + by_click[:, 2] + 1, return_counts=True)
        for one, number in zip(key.tolist(), came.tolist(), strict=True):
            at = (one // (len(words) + 1), one % (len(words) + 1) - 1)
            count[at] = count.get(at, Tried()) + Tried(0, number)
    return [
        Day(day, words[word] if word != UNKNOWN else "", Tried(max(tried.visits, 0), tried.came))
        for (day, word), tried in sorted(count.items())
    ]


def _erased(campaign: Campaign) -> Table:
    """Read the fans of whom nothing is known any more, so that nobody can ask them."""
    return integers(
        select(Fan.id)
        .join(Person, (Person.brand_id == Fan.brand_id) & (Person.id == Fan.person_id))
        .where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id, Person.erased_at.is_not(None))
    )
