"""Counts and partitions that grow as visits arrive."""

from __future__ import annotations

import contextvars
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from referral.clicks import actions, queries
from referral.clicks.actions import Row
from referral.clicks.models import WHOLE_CAMPAIGN, Click, ClickDay, ClickHour, ClickTrait
from referral.clicks.rules.months import DAY, HOUR
from referral.clicks.rules.people import DEVICES
from referral.clicks.rules.tally import TRAITS
from referral.clicks.rules.visits import VERDICTS
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing import clock
from referral.plumbing.clock import milliseconds
from referral.plumbing.db import db
from tests import factories as make
from tests.parts.clicking import NIGHT, PHONE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.mark.parametrize("seed", [1, 2])
def test_the_counts_are_those_of_the_rows(app: Flask, seed: int) -> None:
    draw = Random(seed)
    with make.saved(app):
        brand = make.brand()
        some = [make.campaign(brand, "one"), make.campaign(brand, "two")]
    start = 1_780_000_000_000
    made = []
    for number in range(400):
        campaign = draw.choice(some)
        at = start + draw.randrange(3 * DAY)
        made.append(
            Row(
                at << 22 | number,
                at,
                brand.id,
                campaign.id,
                campaign.id + draw.randrange(1, 4),
                draw.randrange(2**63),
                draw.choice(CHANNEL_NAMES[:3]),
                draw.choice(("tap", "qr")),
                draw.choice(DEVICES),
                draw.choice((None, "id", "pl")),
                draw.choice((None, "ID")),
                draw.choice((None, "t.me", "wa.me")),
                draw.choice(VERDICTS),
            )
        )

    cuts = sorted(draw.sample(range(400), 6))
    for begin, end in zip([0, *cuts], [*cuts, 400], strict=True):
        with make.saved(app):
            actions.keep(made[begin:end])

    hours: Counter[tuple[object, ...]] = Counter()
    days: Counter[tuple[object, ...]] = Counter()
    traits: Counter[tuple[object, ...]] = Counter()
    for row in made:
        for link_id in (row.link_id, WHOLE_CAMPAIGN):
            hours[row.campaign_id, link_id, row.at // HOUR, row.channel, row.verdict] += 1
            days[row.campaign_id, link_id, row.at // DAY, row.channel, row.verdict] += 1
            for trait in TRAITS:
                traits[row.campaign_id, link_id, trait, getattr(row, trait) or "", row.verdict] += 1
    with make.saved(app):
        kept = [
            {
                tuple(getattr(count, name) for name in ("campaign_id", "link_id", *names, "verdict")): count.clicks
                for count in db.session.scalars(select(table))
            }
            for table, names in (
                (ClickHour, ("hour", "channel")),
                (ClickDay, ("day", "channel")),
            )
        ]
        told = {
            (campaign.id, link_id, *of): number
            for campaign in some
            for link_id in (WHOLE_CAMPAIGN, *{row.link_id for row in made if row.campaign_id == campaign.id})
            for of, number in queries.by_trait(campaign, link_id).items()
        }
        by_link = queries.by_link(some[0], [some[0].id + 1])
    assert kept == [hours, days]
    assert told == traits
    assert by_link == {some[0].id + 1: Counter(row.verdict for row in made if row.link_id == some[0].id + 1)}


@pytest.mark.parametrize("number", [2, actions.COPIED])
def test_visits_stand_in_the_table_as_they_were_written(app: Flask, number: int) -> None:
    """Few and many are written in different ways on PostgreSQL."""
    most = 2**63 - 1
    with make.saved(app):
        brand = make.brand()
    at = 1_780_000_000_000
    written = [
        Row((at << 22) + 1, at, brand.id, 5, 6, 7, "whatsapp", "tap", "phone", "id", "ID", "t.me", "counted"),
        Row((at << 22) + 2, at - 1, brand.id, most, most, most, "x", "qr", "other", None, None, None, "own"),
    ]
    written += [written[0]._replace(id=(at << 22) + more) for more in range(3, number + 1)]

    with make.saved(app):
        actions.keep(written)

    with make.saved(app):
        names = [Click.__table__.c[name] for name in Row._fields]
        kept = [
            Row(*row)._replace(at=milliseconds(row.at)) for row in db.session.execute(select(*names).order_by(Click.id))
        ]
    assert kept == written


def test_what_is_not_known_is_told_once_where_an_earlier_version_counted_it(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        link = make.link(campaign)
        actions.record(link, channel="poster", verdict="counted")
        key = {"brand_id": campaign.brand_id, "campaign_id": campaign.id, "link_id": WHOLE_CAMPAIGN}
        db.session.add(ClickTrait(**key, trait="country", value="", verdict="counted", clicks=1))

    with make.saved(app):
        actions.record(link, channel="poster", verdict="counted")

    with make.saved(app):
        assert queries.by_trait(campaign)["country", "", "counted"] == 2


@pytest.mark.engines("postgresql")
def test_two_who_make_the_same_partition_at_once_both_go_on(app: Flask) -> None:
    month = datetime(2031, 5, 1, tzinfo=UTC)
    trouble: list[Exception] = []

    def make_it_too() -> None:
        try:
            with db.engine.begin() as other:
                actions.part_by_month(other, [month])
        except Exception as error:
            trouble.append(error)

    with app.app_context():
        context = contextvars.copy_context()
        second = Thread(target=lambda: context.run(make_it_too))
        with db.engine.begin() as first:
            actions.part_by_month(first, [month])
            second.start()
            second.join(0.2)
            assert second.is_alive()
        second.join(5)

    assert trouble == []


@pytest.mark.engines("postgresql")
def test_each_month_has_a_partition_of_its_own(app: Flask, client: FlaskClient) -> None:
    with clock.at(NIGHT - timedelta(days=40)), make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    for moment in (NIGHT - timedelta(days=40), NIGHT, NIGHT + timedelta(minutes=1)):
        with clock.at(moment):
            client.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    with app.app_context(), db.engine.connect() as connection:
        found = connection.execute(text("SELECT tableoid::regclass::text, at FROM click ORDER BY id")).all()
    assert [row[0] for row in found] == ["click_y2026m04", "click_y2026m05", "click_y2026m06"]
