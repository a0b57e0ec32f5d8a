"""Who told whom, as it is kept: one first teller for each fan, enforced by the database, and later ones beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

from referral.fans import queries as fan_queries
from referral.introductions import actions, queries
from referral.introductions.models import Introduction
from referral.introductions.queries import Reach
from referral.introductions.rules import Arrival
from referral.people.rules import Contact
from referral.plumbing import clock
from referral.plumbing.db import db
from referral.plumbing.ids import new_id
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan
    from referral.links.models import Link

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


def arrival(campaign: Campaign, email: str, told_by: Fan | Link | None = None, name: str | None = None) -> Arrival:
    """Say that somebody came."""
    return Arrival(Contact.of(name=name, email=email), make.teller(campaign, told_by), None, clock.now())


def tellers(campaign: Campaign, fan: Fan) -> list[tuple[int | None, bool]]:
    """List who told a fan, and who of them was the first."""
    pairs = queries.recorded_pairs(campaign, [fan.id])
    first = queries.primary(fan)
    return sorted(
        (introducer or 0, first is not None and (introducer, link) == (first.introducer_id, first.link_id))
        for _, introducer, link in pairs
    )


def test_a_story_is_passed_on_over_generations(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        chain = make.chain(campaign, "Ayu", "Budi", "Citra", "Dewi")

        assert [fan.generation for fan in chain] == [0, 1, 2, 3]
        assert [queries.primary(fan) is None for fan in chain] == [True, False, False, False]
        assert [one.depth for one in queries.branch(chain[0])] == [1, 2, 3]


def test_the_first_teller_stays_the_first_and_later_ones_are_kept_beside(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu, budi = make.fan(campaign, "Ayu"), make.fan(campaign, "Budi")
        citra = make.fan(campaign, "Citra", email="citra@example.org", told_by=ayu)

        for _ in range(3):
            make.fan(campaign, "Citra", email="citra@example.org", told_by=budi)
        make.fan(campaign, "Citra", email="citra@example.org", told_by=ayu)

        assert tellers(campaign, citra) == sorted([(ayu.id, True), (budi.id, False)])
        assert (queries.brought(ayu), queries.brought(budi)) == (1, 0)


def test_who_came_alone_was_brought_by_nobody_whoever_tells_them_later(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu", email="ayu@example.org")
        budi = make.fan(campaign, "Budi", told_by=ayu)

        make.fan(campaign, "Ayu", email="ayu@example.org", told_by=budi)

        assert queries.primary(ayu) is None
        assert tellers(campaign, ayu) == [(budi.id, False)]
        assert queries.reach(ayu) == Reach(1, 1, budi.joined_at)
        assert queries.reach(budi) == Reach(0, 0, None), "a later teller made a circle"


def test_a_poster_introduces_as_the_brand(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        poster = make.link(campaign)
        ayu = make.fan(campaign, "Ayu", told_by=poster)

        told = queries.primary(ayu)
        assert told is not None
        assert (told.introducer_id, told.link_id, told.channel, ayu.generation) == (None, poster.id, "poster", 0)


def test_the_same_person_twice_in_one_go_is_one_fan(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")

        come = [arrival(campaign, address, ayu) for address in ("b@example.org", "B@example.org", "c@example.org")]
        first, second, other = actions.arrive(campaign, come)

        assert first.fan_id == second.fan_id != other.fan_id
        assert (first.is_new, second.is_new, other.is_new) == (True, False, True)
        assert queries.brought(ayu) == 2


def test_it_is_said_whether_the_brand_knew_somebody_before(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        fair, tea = make.campaign(brand), make.campaign(brand, "tea")
        make.fan(fair, "Ayu", email="ayu@example.org")

        came = actions.arrive(tea, [arrival(tea, "ayu@example.org"), arrival(tea, "budi@example.org")])

        assert [(one.is_new, one.was_known) for one in came] == [(True, True), (True, False)]


def test_a_thousand_come_in_one_go(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")

        came = make.crowd(campaign, 1000, told_by=ayu)

        assert len(set(came)) == 1000
        assert queries.brought(ayu) == 1000
        assert len(queries.branch(ayu, most=600)) == 600
        assert queries.reach(ayu).people == 1000


def test_how_far_a_word_went_is_counted_over_all_generations(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu", at=NOON)
        budi = make.fan(campaign, "Budi", told_by=ayu, at=NOON + timedelta(hours=3))
        make.fan(campaign, "Citra", told_by=ayu, at=NOON + timedelta(hours=1))
        make.fan(campaign, "Dewi", told_by=budi, at=NOON + timedelta(hours=4))
        make.fan(campaign, "Eka", at=NOON + timedelta(hours=9))

        assert queries.reach(ayu) == Reach(3, 2, NOON + timedelta(hours=4))
        assert queries.reach(budi) == Reach(1, 1, NOON + timedelta(hours=4))


def test_the_database_keeps_a_second_first_teller_out(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu, budi = make.fan(campaign, "Ayu"), make.fan(campaign, "Budi")
        citra = make.fan(campaign, "Citra", told_by=ayu)

        with pytest.raises(DBAPIError):
            add(edge(campaign, citra.id, budi.id))


def test_the_database_lets_nobody_bring_themselves(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")

        with pytest.raises(DBAPIError):
            add(edge(campaign, ayu.id, ayu.id))


def add(introduction: Introduction) -> None:
    """Write an introduction in a transaction of its own inside this one."""
    with db.session.begin_nested():
        db.session.add(introduction)


def edge(campaign: Campaign, fan_id: int, introducer_id: int) -> Introduction:
    """Make a first introduction past the actions, as a mistake in the program would."""
    return Introduction(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        fan_id=fan_id,
        introducer_id=introducer_id,
        channel="copy",
        at=clock.now(),
        is_primary=True,
    )


def test_a_click_names_its_teller_only_in_its_own_campaign(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        fair, tea = make.campaign(brand), make.campaign(brand, "tea")
        ayu = make.fan(fair, "Ayu")
        click = make.click(ayu, channel="line")

        told = queries.teller(fair, click_id=click)

        assert told is not None
        assert (told.fan_id, told.generation, told.channel) == (ayu.id, 0, "line")
        assert queries.teller(tea, click_id=click) is None
        assert queries.teller(tea, code=make.code_of(ayu)) is None


def test_an_arrivals_own_channel_outweighs_the_links(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        poster = make.link(campaign)
        come = [
            replace(arrival(campaign, "a@example.org", poster), channel="spoken"),
            arrival(campaign, "b@example.org", poster),
            arrival(campaign, "c@example.org", make.fan(campaign, "Ayu")),
        ]

        actions.arrive(campaign, come)

        fans = [fan.id for fan, _ in fan_queries.page(campaign, None, 10)]
        channels = sorted(one.channel for one in queries.primaries(campaign, fans).values())
        assert channels == ["copy", "poster", "spoken"]
